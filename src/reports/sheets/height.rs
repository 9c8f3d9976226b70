//! How high a row must be for its texts, which spreadsheets find out for the screen at best: what is printed is broken otherwise.

use unicode_width::UnicodeWidthStr;

use super::{Line, WorkbookFormat};
use crate::reports::blocks::lettering;

/// Excel allows rows of 409 points.
const MOST_LINES: u32 = 31;

/// In points; none when each text fits into one line.
pub(super) fn of<'a>(
    format: WorkbookFormat,
    texts: impl Iterator<Item = &'a str>,
    widths: &[u8],
    is_bold: bool,
) -> Option<u32> {
    let lines = texts.zip(widths).map(|(text, width)| Room::of(format, &[*width], 10, is_bold).lines(text)).max();
    height_of(format, lines)
}

/// Of headings. Where rows can be filtered, each has a button, and some programs set its text beside it.
pub(super) fn of_headings(format: WorkbookFormat, headings: &[&str], widths: &[u8], have_buttons: bool) -> Option<u32> {
    let button = if have_buttons && format == WorkbookFormat::Ods { BUTTON } else { 0 };
    let room = |width: &u8| {
        let room = Room::of(format, &[*width], 10, true);
        Room { room: room.room.saturating_sub(button), ..room }
    };
    let lines = headings.iter().zip(widths).map(|(text, width)| room(width).lines(text)).max();
    height_of(format, lines)
}

/// The widths of columns, those raised whose headings have a longer word: in the widest font that stands in where that of the workbook is not
/// installed, a word is not broken.
pub fn roomy(widths: &[u8], headings: &[&str]) -> Vec<u8> {
    let longest = |heading: &str| heading.split(' ').map(letters_of_ten_points).max().unwrap_or(0) * STANDING_IN / 100;
    let holds = |width: u8, word: u32| {
        let room = super::ods::tenths_of_millimetres(width) * 2_835 / 1_000;
        room.saturating_sub(30) >= word
    };
    let raised = |(width, heading): (&u8, &&str)| {
        let word = longest(heading);
        (*width..u8::MAX).find(|width| holds(*width, word)).unwrap_or(*width)
    };
    widths.iter().zip(headings).map(raised).chain(widths.iter().skip(headings.len()).copied()).collect()
}

/// How wide its bold letters are, in hundredths of those that are measured.
const STANDING_IN: u32 = 131;

/// What a button takes, in the unit of a room: eighteen pixels of most screens, and a little.
const BUTTON: u32 = 140;

fn height_of(format: WorkbookFormat, lines: Option<u32>) -> Option<u32> {
    lines.filter(|lines| *lines > 1).map(|lines| lines.min(MOST_LINES) * leading(format, 10) + 2)
}

/// Of running text over all columns, in points.
pub(super) fn of_line(format: WorkbookFormat, text: &str, line: Line, widths: &[u8]) -> u32 {
    let (size, is_bold) = match line {
        Line::Title => (16, true),
        Line::Alert | Line::Section => (12, true),
        Line::Note => (10, false),
    };
    let leading = leading(format, size);
    Room::of(format, widths, size, is_bold).lines(text).min(MOST_LINES * 13 / leading) * leading + 2
}

/// From one line to the next, points.
fn leading(format: WorkbookFormat, size: u32) -> u32 {
    match (format, size) {
        (WorkbookFormat::Xlsx, 10) => 13,
        _ => size * 12 / 10 + size / 12,
    }
}

/// The room for a line of text, and how texts are measured there.
struct Room {
    room: u32,
    measure: fn(&str) -> u32,
}

impl Room {
    /// Of columns together, for letters of so many points.
    fn of(format: WorkbookFormat, widths: &[u8], size: u32, is_bold: bool) -> Self {
        let width: u32 = widths.iter().map(|width| u32::from(*width)).sum();
        match format {
            // A width is counted in digits of 11 points, in a font that is narrower than the one measured.
            WorkbookFormat::Xlsx => Self { room: (width + width / 8) * 10 / size, measure: signs },
            WorkbookFormat::Ods => {
                let tenths_of_millimetres: u32 =
                    widths.iter().map(|width| super::ods::tenths_of_millimetres(*width)).sum();
                // Tenths of points, less what stands around a text, and a little: no printer breaks lines as the next one does.
                let room = (tenths_of_millimetres * 2_835 / 1_000).saturating_sub(30) * 97 / 100;
                let letters = if is_bold { size * 21 / 2 } else { size * 10 };
                Self { room: room * 100 / letters, measure: letters_of_ten_points }
            }
        }
    }

    /// How many lines a text takes, broken between words as spreadsheets do.
    fn lines(&self, text: &str) -> u32 {
        let room = self.room.max(1);
        let space = (self.measure)(" ");
        let mut lines = 0_u32;
        for paragraph in text.lines() {
            let (mut used, mut here) = (0, 1_u32);
            for word in paragraph.split(' ') {
                let long = (self.measure)(word);
                if used > 0 && used + space + long > room {
                    here += 1;
                    used = 0;
                }
                used += long + if used > 0 { space } else { 0 };
                here += used.saturating_sub(1) / room;
                used -= used.saturating_sub(1) / room * room;
            }
            lines = lines.saturating_add(here);
        }
        lines.max(1)
    }
}

fn signs(text: &str) -> u32 {
    u32::try_from(text.width()).unwrap_or(u32::MAX / 4)
}

/// Tenths of points.
fn letters_of_ten_points(text: &str) -> u32 {
    lettering::width(text, 100).min(u32::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, room: u32) -> u32 {
        Room { room, measure: signs }.lines(text)
    }

    #[test]
    fn wrapped_texts_take_the_lines_they_need() {
        assert_eq!(lines("", 10), 1);
        assert_eq!(lines("un deux", 10), 1);
        assert_eq!(lines("un deux trois", 10), 2);
        assert_eq!(lines("un\ndeux", 10), 2);
        assert_eq!(lines("anticonstitutionnellement", 11), 3);
        assert_eq!(lines("77001 77002 77003", 6), 3);
    }

    #[test]
    fn wide_letters_take_more_lines_than_narrow_ones_where_they_are_measured() {
        let high = |text: &str, is_bold| of(WorkbookFormat::Ods, std::iter::once(text), &[24], is_bold).unwrap_or(12);
        assert_eq!(high("illisible ici ils lisent, il fit", false), 12);
        assert_eq!(high("CA MONT-MORENCY VAL MORDEUMONT", false), 26);
        // Bold letters are wider: of texts that grow, some take a line more, none one less.
        let growing: Vec<String> = (1..80).map(|letters| "un mot ".chars().cycle().take(letters).collect()).collect();
        let heights = growing.iter().map(|text| (high(text, true), high(text, false)));
        assert!(
            heights.clone().all(|(bold, plain)| bold >= plain) && heights.into_iter().any(|(bold, plain)| bold > plain)
        );
        assert_eq!(of(WorkbookFormat::Xlsx, std::iter::once("Commune de la vallée"), &[24], true), None);
        // `Département` in bold, where the font that stands in is wider.
        assert_eq!(roomy(&[12, 12, 40, 7], &["Département", "État", "Montant compté"]), [15, 12, 40, 7]);
        let headings = |have_buttons| of_headings(WorkbookFormat::Ods, &["Ce trimestre"], &[13], have_buttons);
        assert_eq!((headings(false), headings(true)), (None, Some(26)));
    }
}
