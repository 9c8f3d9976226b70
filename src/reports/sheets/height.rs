//! How high a row must be for its texts, which not every spreadsheet finds out by itself.

use unicode_width::UnicodeWidthStr;

use super::{Line, WorkbookFormat};

const POINTS_A_LINE: u32 = 13;
/// Excel allows rows of 409 points.
const MOST_LINES: u32 = 31;

/// In points; none when each text fits into one line.
pub(super) fn of<'a>(format: WorkbookFormat, texts: impl Iterator<Item = &'a str>, widths: &[u8]) -> Option<u32> {
    let lines = texts.zip(widths).map(|(text, width)| wrapped_lines(text, room(format, usize::from(*width)))).max();
    lines.filter(|lines| *lines > 1).map(|lines| lines.min(MOST_LINES) * POINTS_A_LINE + 2)
}

/// Of running text over all columns, in points.
pub(super) fn of_line(format: WorkbookFormat, text: &str, line: Line, widths: &[u8]) -> u32 {
    let width: usize = widths.iter().map(|width| usize::from(*width)).sum();
    // Larger letters take more room.
    let (letters, points) = match line {
        Line::Title => (16, 21),
        Line::Alert | Line::Section => (12, 16),
        Line::Note => (10, POINTS_A_LINE),
    };
    wrapped_lines(text, room(format, width) * 10 / letters).min(MOST_LINES * POINTS_A_LINE / points) * points + 2
}

/// How many letters of 10 points a column has room for: in XLSX its width is counted in digits of 11 points.
fn room(format: WorkbookFormat, width: usize) -> usize {
    match format {
        WorkbookFormat::Xlsx => width + width / 8,
        WorkbookFormat::Ods => width - width / 12,
    }
}

/// How many lines a text takes where there is room for so many letters, broken between words as spreadsheets do.
fn wrapped_lines(text: &str, room: usize) -> u32 {
    let room = room.max(1);
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
        assert_eq!(wrapped_lines("anticonstitutionnellement", 11), 3);
        assert_eq!(wrapped_lines("77001 77002 77003", 6), 3);
    }
}
