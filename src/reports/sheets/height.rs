//! How high a row must be for its texts, which not every spreadsheet finds out by itself.

use unicode_width::UnicodeWidthStr;

use super::Line;

const POINTS_A_LINE: u32 = 13;
/// Excel allows rows of 409 points.
const MOST_LINES: u32 = 31;

/// In points; none when each text fits into one line.
pub(super) fn of<'a>(texts: impl Iterator<Item = &'a str>, widths: &[u8]) -> Option<u32> {
    let lines = texts.zip(widths).map(|(text, width)| wrapped_lines(text, usize::from(*width))).max();
    lines.filter(|lines| *lines > 1).map(|lines| lines.min(MOST_LINES) * POINTS_A_LINE + 2)
}

/// Of running text over all columns, in points.
pub(super) fn of_line(text: &str, line: Line, widths: &[u8]) -> u32 {
    let width: usize = widths.iter().map(|width| usize::from(*width)).sum();
    // Larger letters take more room.
    let (letters, points) = match line {
        Line::Title => (16, 21),
        Line::Alert | Line::Section => (12, 16),
        Line::Note => (10, POINTS_A_LINE),
    };
    wrapped_lines(text, width * 10 / letters).min(MOST_LINES * POINTS_A_LINE / points) * points + 2
}

/// How many lines a text takes in a column so many characters wide, broken between words as spreadsheets do.
fn wrapped_lines(text: &str, width: usize) -> u32 {
    // Widths are counted in digits of 11 points; the text has 10.
    let room = (width + width / 10).max(1);
    let mut lines = 0;
    for paragraph in text.lines() {
        let (mut used, mut here) = (0, 1);
        for word in paragraph.split(' ') {
            let long = word.width();
            if used > 0 && used + 1 + long > room {
                here += 1;
                used = 0;
            }
            used += long + usize::from(used > 0);
            here += used.saturating_sub(1) / room;
            used -= used.saturating_sub(1) / room * room;
        }
        lines += here;
    }
    u32::try_from(lines.max(1)).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_texts_take_the_lines_they_need() {
        assert_eq!(wrapped_lines("", 10), 1);
        assert_eq!(wrapped_lines("un deux", 10), 1);
        assert_eq!(wrapped_lines("un deux trois", 10), 2);
        assert_eq!(wrapped_lines("un\ndeux", 10), 2);
        assert_eq!(wrapped_lines("anticonstitutionnellement", 10), 3);
        assert_eq!(wrapped_lines("77001 77002 77003", 6), 3);
    }
}
