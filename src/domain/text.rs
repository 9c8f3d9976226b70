//! Text compared as people read it, not as it was typed.

use std::fmt::Write as _;

use unicode_normalization::char::is_combining_mark;
use unicode_width::UnicodeWidthChar;

pub use super::fold::fold;

/// The longest name of a thing of another program that is shown or logged, characters.
const LONGEST_TOKEN: usize = 80;

/// A code, a type, a path or an identifier that another program gave, fit for logs, messages and screens: the letters, digits and
/// `_ . -` of it, 80 at most. Such names hold nothing else; what does is no such name.
#[must_use]
pub fn token(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')).take(LONGEST_TOKEN).collect()
}

/// How many marks, or other signs drawn over it, a character may carry: accents of any language have fewer, and a heap of them covers
/// its neighbours.
const MOST_MARKS: usize = 4;

/// A text that came from outside, fit to be shown to people: line feeds stay, other controls become spaces, line and paragraph
/// separators too; what turns the direction of writing or cannot be seen is left out, and no character carries a heap of marks.
#[must_use]
pub fn printable(text: &str) -> String {
    let mut printable = String::with_capacity(text.len());
    let mut marks = 0;
    for character in text.chars() {
        if is_combining_mark(character) || character.width() == Some(0) {
            marks += 1;
        } else {
            marks = 0;
        }
        match character {
            '\n' => printable.push('\n'),
            c if c.is_control() || is_separator(c) => printable.push(' '),
            c if is_unseen(c) => {}
            _ if marks > MOST_MARKS => {}
            c => printable.push(c),
        }
    }
    printable
}

/// The same on one line.
#[must_use]
pub fn printable_line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// A JSON text in which what could steer a terminal or turn the direction of writing is escaped. Such characters stand in its
/// texts only, so that it stays the same document.
#[must_use]
pub fn escaped_json(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for character in json.chars() {
        if (character.is_control() && !character.is_ascii_whitespace()) || is_unseen(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(character);
        }
    }
    escaped
}

/// Line and paragraph separators, which break lines where nobody expects it.
fn is_separator(character: char) -> bool {
    matches!(character, '\u{2028}' | '\u{2029}')
}

/// What shows nothing, turns the direction of writing, or breaks lines where nobody expects it.
#[must_use]
pub fn is_unseen(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'
            | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

/// Bytes as lower-case hexadecimal digits: how hashes are shown and stored as text.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 0xf] {
            text.extend(char::from_digit(u32::from(nibble), 16));
        }
        text
    })
}

/// Digits in groups of three, set apart by narrow no-break spaces, as French people write large numbers.
#[must_use]
pub fn grouped(number: impl Into<i128>) -> String {
    let number = number.into();
    let digits = number.unsigned_abs().to_string();
    let mut grouped = if number < 0 { "−".to_owned() } else { String::new() };
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('\u{202f}');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with its noun, which is singular up to 1 in French: `0 commune`, `1 commune`, `1 200 communes`.
#[must_use]
pub fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{} {}", grouped(number as u64), if number < 2 { one } else { several })
}

/// How many characters of somebody's text people are shown where it is only quoted: a form takes texts of any length.
pub const QUOTED: usize = 200;

/// The beginning of a text on one line, with an ellipsis when something was cut. Reads no more of it than it keeps.
#[must_use]
pub fn shortened(text: &str, most: usize) -> String {
    let mut characters = text.trim().chars().map(|c| if c.is_control() { ' ' } else { c });
    let mut kept: String = characters.by_ref().take(most).collect();
    if characters.next().is_some() {
        kept.pop();
        kept.truncate(kept.trim_end().len());
        kept.push('…');
    }
    kept
}

/// The same between guillemets, which are not nested: its own become “ and ”.
#[must_use]
pub fn quoted(text: &str) -> String {
    format!("« {} »", unguarded(&shortened(text, QUOTED)))
}

/// Without guillemets of its own.
fn unguarded(text: &str) -> String {
    let mut inner = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '«' => {
                inner.push('“');
                while characters.next_if(|c| c.is_whitespace()).is_some() {}
            }
            '»' => {
                inner.truncate(inner.trim_end().len());
                inner.push('”');
            }
            other => inner.push(other),
        }
    }
    inner
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_normalization::UnicodeNormalization;
    use unicode_normalization::char::is_combining_mark;

    use super::{
        QUOTED, counted, escaped_json, fold, grouped, hexadecimal, printable, printable_line, quoted, shortened, token,
    };

    #[test]
    fn nouns_are_singular_up_to_one() {
        assert_eq!(counted(0, "commune", "communes"), "0 commune");
        assert_eq!(counted(1, "commune", "communes"), "1 commune");
        assert_eq!(counted(1200, "commune", "communes"), "1\u{202f}200 communes");
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!(grouped(2_165_423), "2\u{202f}165\u{202f}423");
        assert_eq!((grouped(-350), grouped(-1_350)), ("−350".to_owned(), "−1\u{202f}350".to_owned()));
        assert_eq!(grouped(u64::MAX), "18\u{202f}446\u{202f}744\u{202f}073\u{202f}709\u{202f}551\u{202f}615");
    }

    #[test]
    fn what_is_quoted_is_short_and_nests_no_guillemets() {
        assert_eq!(quoted(" Laboratoire « SIILAB » de Lille\n"), "« Laboratoire “SIILAB” de Lille »");
        assert_eq!(shortened("un\tdeux\ntrois", 20), "un deux trois");
        assert_eq!(shortened("un deux trois", 8), "un deux…");
        let long = quoted(&"é".repeat(1_000_000));
        assert_eq!(long.chars().count(), QUOTED + "«  »".chars().count());
        assert!(long.ends_with("é… »"));
        assert_eq!(quoted(&"« ".repeat(500)).matches('«').count(), 1);
    }

    #[test]
    fn a_token_forges_no_line_and_holds_no_page() {
        assert_eq!(token("demarche.dossiers.nodes.3-x_y"), "demarche.dossiers.nodes.3-x_y");
        assert_eq!(token("e-1\n2026-01-01 ERROR forgé\u{1b}[31m"), "e-12026-01-01ERRORforg31m");
        assert_eq!(token(&"x".repeat(5_000_000)).len(), 80);
    }

    #[test]
    fn what_comes_from_outside_steers_no_terminal_and_hides_nothing() {
        assert_eq!(printable("Mairie\u{1b}[31m de\u{9b}2J\r\nMelun"), "Mairie [31m de 2J \nMelun");
        assert_eq!(printable_line("a\u{2028}b\u{2029}c\nd\te"), "a b c d e");
        assert_eq!(printable("1\u{202e}000\u{2066}8 \u{200b}€\u{feff}\u{e0041}"), "10008 €");
        assert_eq!(printable("L’Haÿ-les-Roses e\u{301}"), "L’Haÿ-les-Roses e\u{301}");
        assert_eq!(printable(&format!("e{}f", "\u{301}".repeat(20_000))).chars().count(), 2 + super::MOST_MARKS);
    }

    proptest! {
        #[test]
        fn characters_are_folded_one_by_one_as_all_at_once(text in "[ -~À-ÿŒœ’–\u{301}\u{323}ﬁ①㎢İẞ가\u{200b}]{0,12}|.{0,12}") {
            let whole: String = text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
            let is_space = |c: char| c.is_whitespace() || "'’‘ʼ`´-‐‑–—_\u{200b}\u{feff}".contains(c);
            let words: Vec<&str> = whole.split(is_space).filter(|word| !word.is_empty()).collect();
            prop_assert_eq!(fold(&text), words.join(" ").replace('œ', "oe").replace('æ', "ae"));
        }

        #[test]
        fn an_escaped_document_is_the_same_document(text in any::<String>()) {
            let hidden = ['\u{9b}', '\u{202e}', '\u{e0041}'];
            let text: String = text.chars().chain(hidden).collect();
            let escaped = escaped_json(&serde_json::to_string(&text).unwrap());
            prop_assert!(!escaped.contains(hidden));
            prop_assert_eq!(serde_json::from_str::<String>(&escaped).unwrap(), text);
        }
    }

    #[test]
    fn hexadecimal_keeps_every_nibble() {
        assert_eq!(hexadecimal(&[0x00, 0x0f, 0xa0, 0xff]), "000fa0ff");
    }

    #[test]
    fn labels_that_look_alike_are_equal() {
        assert_eq!(fold("  L’Haÿ-les-Roses "), "l hay les roses");
        assert_eq!(fold("Date de\u{a0}l'événement"), fold("DATE DE L’EVENEMENT"));
        assert_eq!(fold("Œuvre"), "oeuvre");
        assert_ne!(fold("Montant HT"), fold("Montant TTC"));
    }
}
