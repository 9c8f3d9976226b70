//! The letters of text files that spreadsheets write.

/// What Windows-1252 has between 0x80 and 0x9F.
const UPPER: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}', '\u{90}', '‘', '’',
    '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// What UTF-8 may begin with.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// The text of a file, and whether its letters are those of Windows alone: others became question marks then.
pub(super) fn decoded(mut bytes: Vec<u8>) -> (String, bool) {
    let units = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair));
        char::decode_utf16(units).map(|one| one.unwrap_or(char::REPLACEMENT_CHARACTER)).collect::<String>()
    };
    match bytes.as_slice() {
        [0xFF, 0xFE, rest @ ..] => (units(rest, u16::from_le_bytes), false),
        [0xFE, 0xFF, rest @ ..] => (units(rest, u16::from_be_bytes), false),
        _ => {
            if bytes.starts_with(MARK) {
                bytes.drain(..MARK.len());
            }
            // Large lists are not held twice.
            match String::from_utf8(bytes) {
                Ok(text) => (text, false),
                Err(error) => (error.as_bytes().iter().map(|byte| of_windows(*byte)).collect(), true),
            }
        }
    }
}

fn of_windows(byte: u8) -> char {
    match byte {
        0x80..=0x9F => UPPER[usize::from(byte - 0x80)],
        byte => char::from(byte),
    }
}

/// A text as it becomes where only the letters of Windows fit.
pub(super) fn narrowed(text: &str) -> String {
    let fits = |c: char| matches!(c, '\u{0}'..='\u{7f}' | '\u{a0}'..='\u{ff}') || UPPER.contains(&c);
    text.chars().map(|c| if fits(c) { c } else { '?' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_letters_of_spreadsheets_are_read() {
        assert_eq!(decoded("\u{feff}Évry".into()), ("Évry".to_owned(), false));
        assert_eq!(decoded(b"L\x92Ha\xFF ; 3 \x80".to_vec()), ("L’Haÿ ; 3 €".to_owned(), true));
        let wide: Vec<u8> = [0xFEFF_u16].into_iter().chain("Évry".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(decoded(wide), ("Évry".to_owned(), false));
        assert_eq!(narrowed("L’Haÿ \u{202f}Œ"), "L’Haÿ ?Œ");
    }
}
