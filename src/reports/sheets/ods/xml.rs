//! Text as it stands in XML.

use std::borrow::Cow;
use std::fmt::Write as _;

/// A text within an element or an attribute; what XML cannot hold is left out.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let is_plain = |c: char| !matches!(c, '&' | '<' | '>' | '"' | '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}');
    if text.chars().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\t' | '\n' | '\r' => escaped.push(' '),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => {}
            plain => escaped.push(plain),
        }
    }
    Cow::Owned(escaped)
}

/// The paragraphs of a cell, one a line. Spaces that XML would fold are written as such.
pub(super) fn paragraphs(text: &str) -> String {
    let mut written = String::with_capacity(text.len() + 16);
    for line in text.split('\n') {
        written.push_str("<text:p>");
        let mut spaces = 0;
        let mut words = String::new();
        for character in line.chars() {
            if character == ' ' {
                spaces += 1;
                continue;
            }
            put_spaces(&mut written, &mut words, &mut spaces);
            words.push(character);
        }
        put_spaces(&mut written, &mut words, &mut spaces);
        written.push_str(&escaped(&words));
        written.push_str("</text:p>");
    }
    written
}

/// One space between words is itself.
fn put_spaces(written: &mut String, words: &mut String, spaces: &mut usize) {
    let begins = written.ends_with("<text:p>") && words.is_empty();
    match (*spaces, begins) {
        (0, _) => return,
        (1, false) => words.push(' '),
        (many, _) => {
            written.push_str(&escaped(words));
            words.clear();
            let _ = write!(written, "<text:s text:c=\"{many}\"/>");
        }
    }
    *spaces = 0;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_hold_is_left_out_and_the_rest_is_escaped() {
        assert_eq!(escaped("L’Haÿ"), "L’Haÿ");
        assert_eq!(escaped("a<b & \"c\"\u{1}\u{ffff}"), "a&lt;b &amp; &quot;c&quot;");
    }

    #[test]
    fn each_line_is_a_paragraph_and_no_space_is_lost() {
        assert_eq!(paragraphs("un deux"), "<text:p>un deux</text:p>");
        assert_eq!(
            paragraphs(" a  b\nc "),
            "<text:p><text:s text:c=\"1\"/>a<text:s text:c=\"2\"/>b</text:p><text:p>c </text:p>"
        );
    }
}
