//! How wide texts are, and how they are made to fit. Nobody has a font here: widths are those of Arial, whose metrics Liberation Sans
//! shares, by classes of letters, and rather too wide.

/// Thousandths of the size of the type.
fn advance(character: char) -> u32 {
    match character {
        'i' | 'j' | 'l' | '\'' | '’' | '|' => 240,
        '\u{202f}' => 210,
        '.' | ',' | ':' | ';' | '!' | '·' | 'f' | 't' | 'I' | '/' | ' ' | '\u{a0}' => 280,
        '0'..='9' => 557,
        'r' | '(' | ')' | '-' | '[' | ']' | '°' => 340,
        'c' | 'k' | 's' | 'v' | 'x' | 'y' | 'z' | 'J' => 510,
        'm' | 'M' | 'W' | '%' | 'œ' | '…' => 900,
        'A'..='Z' | 'À'..='Þ' | 'w' => 740,
        _ if character.is_ascii() || ('ß'..='ÿ').contains(&character) || character == '€' => 570,
        _ => 1_000,
    }
}

/// What a line takes, in the unit of `size`: pixels, points or parts of them.
pub(in crate::reports) fn width(text: &str, size: u32) -> u32 {
    text.chars().map(advance).fold(0, u32::saturating_add).saturating_mul(size).div_ceil(1_000)
}

/// A text in at most `most` lines of at most `room` pixels; what remains is cut, with an ellipsis.
pub(super) fn lines(text: &str, size: u32, room: u32, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    let is_cut = lines.len() > most;
    lines.truncate(most);
    let last = lines.len().wrapping_sub(1);
    for (at, line) in lines.iter_mut().enumerate() {
        if (is_cut && at == last) || width(line, size) > room {
            cut(line, size, room);
        }
    }
    lines
}

fn cut(line: &mut String, size: u32, room: u32) {
    while width(line, size) + width("…", size) > room && line.pop().is_some() {}
    line.truncate(line.trim_end().len());
    line.push('…');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_set_in_lines_and_cut_where_anybody_sees_it() {
        assert_eq!(lines("Paris", 13, 100, 2), ["Paris"]);
        assert_eq!(lines("", 13, 100, 2), [""; 0]);
        assert_eq!(lines("Seine-et-Marne et Val-de-Marne", 13, 110, 2), ["Seine-et-Marne et", "Val-de-Marne"]);
        assert_eq!(lines("un deux trois quatre cinq", 13, 60, 2), ["un deux", "trois…"]);
        assert_eq!(lines(&"a".repeat(90), 13, 60, 2), ["aaaaaa…"]);
        for room in [0, 1, 5, 40] {
            for line in lines("Communauté d’agglomération « Œuvre 日本 »", 13, room, 2) {
                assert!(width(&line, 13) <= room || line == "…", "{line} {room}");
            }
        }
    }
}
