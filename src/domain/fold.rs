//! Text compared as people read it. The build script of the tables of communes uses this file too, so it names nothing of the crate.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Folds case, accents, apostrophes, hyphens and runs of spaces: two labels that look alike to a person become equal.
///
/// `Œ` and `Æ` become two letters; dashes and apostrophes become spaces; what is left at both ends is trimmed.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    let mut pending_space = false;
    for character in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        let spelled: &str = match character {
            'œ' => "oe",
            'æ' => "ae",
            c if c.is_whitespace() || is_joiner(c) => {
                pending_space = true;
                continue;
            }
            _ => "",
        };
        if pending_space && !folded.is_empty() {
            folded.push(' ');
        }
        pending_space = false;
        if spelled.is_empty() {
            folded.push(character);
        } else {
            folded.push_str(spelled);
        }
    }
    folded
}

fn is_joiner(character: char) -> bool {
    matches!(
        character,
        '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '-' | '‐' | '‑' | '–' | '—' | '_' | '\u{200b}' | '\u{feff}'
    )
}
