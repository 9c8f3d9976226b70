//! Text compared as people read it. The build script of the tables of communes uses this file too, so it names nothing of the crate.

use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Folds case, accents, apostrophes, hyphens and runs of spaces: two labels that look alike to a person become equal.
///
/// `Œ` and `Æ` become two letters; dashes and apostrophes become spaces; what is left at both ends is trimmed.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = Folded { text: String::with_capacity(text.len()), pending_space: false };
    for character in text.chars() {
        if character.is_ascii() {
            folded.push(character.to_ascii_lowercase());
        } else {
            decompose_compatible(character, |part| {
                if !is_combining_mark(part) {
                    part.to_lowercase().for_each(|part| folded.push(part));
                }
            });
        }
    }
    folded.text
}

struct Folded {
    text: String,
    pending_space: bool,
}

impl Folded {
    fn push(&mut self, character: char) {
        if character.is_whitespace() || is_joiner(character) {
            self.pending_space = true;
            return;
        }
        if std::mem::take(&mut self.pending_space) && !self.text.is_empty() {
            self.text.push(' ');
        }
        match character {
            'œ' => self.text.push_str("oe"),
            'æ' => self.text.push_str("ae"),
            character => self.text.push(character),
        }
    }
}

fn is_joiner(character: char) -> bool {
    matches!(
        character,
        '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '-' | '‐' | '‑' | '–' | '—' | '_' | '\u{200b}' | '\u{feff}'
    )
}
