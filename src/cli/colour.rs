//! Sober colours of what people read on a terminal: the signs of what is met, open or broken, and headings. Everything said by a colour is
//! said by a sign or a word too.

use std::fmt::Write as _;

/// Signs at the beginning of a line, with the colour of each.
const SIGNS: [(char, &str); 4] = [('✓', "32"), ('✗', "31"), ('?', "33"), ('!', "33")];
const BOLD: &str = "1";

/// The same text with colours: the sign that a line begins with, and lines that are headings, which alone begin at the margin and have
/// lines below them. It changes no character.
#[must_use]
pub fn coloured(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let lines: Vec<&str> = text.split('\n').collect();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let below = lines.get(at + 1).copied().unwrap_or_default();
        let content = line.trim_start();
        let sign = content.chars().next().and_then(|first| SIGNS.into_iter().find(|(sign, _)| *sign == first));
        if let Some((sign, colour)) = sign.filter(|(sign, _)| content[sign.len_utf8()..].starts_with(' ')) {
            let (indent, rest) = (&line[..line.len() - content.len()], &content[sign.len_utf8()..]);
            let _ = write!(out, "{indent}\u{1b}[{colour}m{sign}\u{1b}[0m{rest}");
        } else if !line.is_empty() && content.len() == line.len() && below.starts_with("  ") {
            let _ = write!(out, "\u{1b}[{BOLD}m{line}\u{1b}[0m");
        } else {
            out.push_str(line);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::coloured;

    fn plain(text: &str) -> String {
        [BOLD_START, "\u{1b}[32m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[0m"]
            .into_iter()
            .fold(text.to_owned(), |text, code| text.replace(code, ""))
    }

    const BOLD_START: &str = "\u{1b}[1m";

    #[test]
    fn signs_and_headings_have_colours() {
        let text = "Avis des règles\n  ✗ ADS-02 : non\n  ? ADS-08\n      ?mot\n\nFin.\n";
        let expected = "\u{1b}[1mAvis des règles\u{1b}[0m\n  \u{1b}[31m✗\u{1b}[0m ADS-02 : non\n  \u{1b}[33m?\u{1b}[0m ADS-08\n      ?mot\n\nFin.\n";
        assert_eq!(coloured(text), expected);
    }

    proptest! {
        #[test]
        fn no_character_changes(text in "[a✓✗?! \n]{0,40}") {
            prop_assert_eq!(plain(&coloured(&text)), text);
        }
    }
}
