//! Sober colours of what people read on a terminal: the signs of what is met, open or broken, and headings. Everything said by a colour is
//! said by a sign or a word too.

use std::fmt::Write as _;

use crate::domain::verdict::Status;

/// Signs at the beginning of a line, with the colour of each.
const SIGNS: [(char, &str); 4] = [('✓', "32"), ('✗', "31"), ('?', "33"), ('!', "33")];
const BOLD: &str = "1";

/// A status as its sign is coloured elsewhere.
#[must_use]
pub fn of_status(status: Status) -> &'static str {
    match status {
        Status::Eligible => "32",
        Status::NonEligible => "31",
        Status::AVerifier => "33",
    }
}

/// A part of a line in a colour.
#[must_use]
pub fn painted(text: &str, colour: &str) -> String {
    format!("\u{1b}[{colour}m{text}\u{1b}[0m")
}

/// In the weight of headings.
#[must_use]
pub fn bold(text: &str) -> String {
    painted(text, BOLD)
}

/// Whether a line is a heading: it begins at the margin, and what is below begins two columns further. What is further in goes on with
/// its line. Between a heading and what it heads there may be an empty line, when there is one above it too.
fn is_heading(before: Option<&str>, line: &str, below: &[&str]) -> bool {
    let is_indented =
        |line: &str| line.strip_prefix("  ").is_some_and(|rest| !rest.is_empty() && !rest.starts_with(' '));
    let is_apart = before.is_none_or(str::is_empty);
    let follows_a_list = before.is_some_and(|before| before.starts_with(' '));
    match below {
        _ if line.is_empty() || line.starts_with(' ') => false,
        ["", next, ..] => is_apart && is_indented(next),
        [next, ..] => (is_apart || follows_a_list) && is_indented(next),
        [] => false,
    }
}

/// The same text with colours: the sign that a line begins with, and lines that are headings. It changes no character.
#[must_use]
pub fn coloured(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let lines: Vec<&str> = text.split('\n').collect();
    for (at, line) in lines.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        let content = line.trim_start();
        let sign = content.chars().next().and_then(|first| SIGNS.into_iter().find(|(sign, _)| *sign == first));
        if let Some((sign, colour)) = sign.filter(|(sign, _)| content[sign.len_utf8()..].starts_with(' ')) {
            let (indent, rest) = (&line[..line.len() - content.len()], &content[sign.len_utf8()..]);
            let _ = write!(out, "{indent}{}{rest}", painted(sign.encode_utf8(&mut [0; 4]), colour));
        } else if is_heading(at.checked_sub(1).map(|before| lines[before]), line, &lines[at + 1..]) {
            out.push_str(&bold(line));
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
        let apart =
            "À demander (2 lignes)\n\n  À compléter : factures.\n    - 1\n\nÀ vérifier (1 ligne)\n\n  À trancher.\n";
        let expected = apart
            .replace("À demander (2 lignes)", "\u{1b}[1mÀ demander (2 lignes)\u{1b}[0m")
            .replace("À vérifier (1 ligne)", "\u{1b}[1mÀ vérifier (1 ligne)\u{1b}[0m");
        assert_eq!(coloured(apart), expected);
        // What goes on further in, a row of numbers of several lengths, the end of a paragraph.
        for plain in [
            "gardé   numéro,\n        programme\n",
            "12345678 un\n    4242 deux\n",
            "Tout voir (un,\ndeux) :\n  fitn\n",
        ] {
            assert_eq!(coloured(plain), plain);
        }
    }

    proptest! {
        #[test]
        fn no_character_changes(text in "[a✓✗?! \n]{0,40}") {
            prop_assert_eq!(plain(&coloured(&text)), text);
        }
    }
}
