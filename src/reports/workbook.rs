//! What the workbooks of this room share: formats, typed cells, tables, page set-up and document properties.
//!
//! Text is always written as text: nothing a person typed can become a formula or a hyperlink. Only addresses made by
//! the program are hyperlinks.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_xlsxwriter::{
    ColNum, Color, DocProperties, Format, FormatAlign, FormatBorder, FormatPattern, IgnoreError, RowNum, Url, Workbook,
    Worksheet, XlsxError,
};

use unicode_width::UnicodeWidthStr;

use super::cell::shown;
use super::{Cell, ReportError};
use crate::files::scratch_directory;

const INK: Color = Color::RGB(0x0000_0091);
const LINE: Color = Color::RGB(0x00C8_CCD6);
const MUTED: Color = Color::RGB(0x006A_6A6A);
/// `_-` leaves the room of a hyphen, so that figures do not touch the text beside them.
const AMOUNT: &str = "#,##0.00\\ \"€\"_-;[Red]\\-#,##0.00\\ \"€\"_-";

const POINTS_A_LINE: u32 = 13;
/// Excel allows rows of 409 points.
const MOST_LINES: u32 = 31;

/// How a row or a cell stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// A sum.
    Strong,
    /// Left out of sums.
    Muted,
    Good,
    Warning,
    Bad,
}

impl Tone {
    const ALL: [Self; 6] = [Self::Plain, Self::Strong, Self::Muted, Self::Good, Self::Warning, Self::Bad];
}

/// The formats of one tone, by type of cell.
#[derive(Debug)]
struct Set {
    text: Format,
    integer: Format,
    amount: Format,
    share: Format,
    date: Format,
}

impl Set {
    fn new(tone: Tone) -> Self {
        let base = Format::new()
            .set_font_size(10)
            .set_align(FormatAlign::Top)
            .set_border(FormatBorder::Thin)
            .set_border_color(LINE);
        let base = match tone {
            Tone::Plain => base,
            Tone::Strong => base.set_bold().set_background_color(Color::RGB(0x00E3_E8F7)),
            Tone::Muted => base.set_italic().set_font_color(MUTED).set_background_color(Color::RGB(0x00F4_F4F4)),
            Tone::Good => base.set_background_color(Color::RGB(0x00DD_F3E0)),
            Tone::Warning => base.set_background_color(Color::RGB(0x00FF_F0CC)),
            Tone::Bad => base.set_background_color(Color::RGB(0x00FB_DEDC)),
        };
        Self {
            text: base.clone().set_text_wrap().set_align(FormatAlign::Left),
            integer: base.clone().set_num_format("0_-").set_align(FormatAlign::Right),
            amount: base.clone().set_num_format(AMOUNT).set_align(FormatAlign::Right),
            share: base.clone().set_num_format("0.0\\ %_-").set_align(FormatAlign::Right),
            date: base.set_num_format("dd/mm/yyyy").set_align(FormatAlign::Center),
        }
    }
}

/// Every format of a workbook, made once.
#[derive(Debug)]
pub(super) struct Styles {
    sets: Vec<(Tone, Set)>,
    fallback: Set,
    pub(super) header: Format,
    pub(super) title: Format,
    pub(super) alert: Format,
    pub(super) section: Format,
    pub(super) note: Format,
}

impl Styles {
    pub(super) fn new() -> Self {
        Self {
            sets: Tone::ALL.into_iter().map(|tone| (tone, Set::new(tone))).collect(),
            fallback: Set::new(Tone::Plain),
            header: Format::new()
                .set_bold()
                .set_font_size(10)
                .set_font_color(Color::White)
                .set_pattern(FormatPattern::Solid)
                .set_background_color(INK)
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_border(FormatBorder::Thin)
                .set_border_color(LINE),
            title: Format::new().set_bold().set_font_size(16).set_font_color(INK),
            alert: Format::new().set_bold().set_font_size(12).set_font_color(Color::RGB(0x00B3_4000)),
            section: Format::new().set_bold().set_font_size(12).set_font_color(INK),
            note: Format::new().set_font_size(10),
        }
    }

    fn set(&self, tone: Tone) -> &Set {
        self.sets.iter().find(|(one, _)| *one == tone).map_or(&self.fallback, |(_, set)| set)
    }

    /// Writes a typed cell.
    pub(super) fn put(
        &self,
        sheet: &mut Worksheet,
        at: (RowNum, ColNum),
        cell: &Cell,
        tone: Tone,
    ) -> Result<(), XlsxError> {
        let (row, column) = at;
        let set = self.set(tone);
        match cell {
            Cell::Empty => sheet.write_blank(row, column, &set.text)?,
            Cell::Text(text) => sheet.write_string_with_format(row, column, shown(text), &set.text)?,
            Cell::Integer(number) if number.unsigned_abs() < 1 << 53 => {
                sheet.write_with_format(row, column, *number, &set.integer)?
            }
            Cell::Integer(number) => sheet.write_string_with_format(row, column, number.to_string(), &set.integer)?,
            Cell::Amount(amount) => sheet.write_with_format(row, column, amount.to_decimal(), &set.amount)?,
            Cell::Share(share) => sheet.write_with_format(row, column, *share, &set.share)?,
            // The calendar of spreadsheets begins in 1900.
            Cell::Date(date) if date.year() >= 1900 => sheet.write_with_format(row, column, date, &set.date)?,
            Cell::Date(date) => sheet.write_string_with_format(row, column, date.to_string(), &set.date)?,
            Cell::Link(address) if is_plain_address(address) => {
                sheet.write_url_with_format(row, column, Url::new(address.as_str()), &set.text)?
            }
            Cell::Link(address) => sheet.write_string_with_format(row, column, shown(address), &set.text)?,
        };
        Ok(())
    }

    /// Makes a row high enough for its wrapped texts, which not every spreadsheet does by itself.
    pub(super) fn fit_height(
        sheet: &mut Worksheet,
        row: RowNum,
        cells: &[Cell],
        widths: &[u8],
    ) -> Result<(), XlsxError> {
        let lines = |(cell, width): (&Cell, &u8)| match cell {
            Cell::Text(text) | Cell::Link(text) => wrapped_lines(text, usize::from(*width)),
            _ => 1,
        };
        match cells.iter().zip(widths).map(lines).max() {
            Some(lines) if lines > 1 => sheet.set_row_height(row, lines.min(MOST_LINES) * POINTS_A_LINE + 2)?,
            _ => sheet,
        };
        Ok(())
    }

    /// Begins a table with its headings.
    pub(super) fn begin<'a>(
        &'a self,
        sheet: &'a mut Worksheet,
        first: RowNum,
        headings: &[&str],
        widths: &'a [u8],
    ) -> Result<Table<'a>, XlsxError> {
        for (column, heading) in (0..).zip(headings) {
            sheet.write_string_with_format(first, column, *heading, &self.header)?;
        }
        Self::fit_height(
            sheet,
            first,
            &headings.iter().map(|heading| Cell::text(*heading)).collect::<Vec<_>>(),
            widths,
        )?;
        Ok(Table { styles: self, sheet, first, at: first, last_column: last_column(headings.len()), widths })
    }

    /// Writes a table and returns the row after it.
    pub(super) fn table(
        &self,
        sheet: &mut Worksheet,
        first: RowNum,
        (headings, widths): (&[&str], &[u8]),
        rows: &[(Tone, Vec<Cell>)],
    ) -> Result<RowNum, XlsxError> {
        let mut table = self.begin(sheet, first, headings, widths)?;
        for (tone, cells) in rows {
            table.row(*tone, cells)?;
        }
        table.end()
    }
}

/// A table that is being written, row by row.
pub(super) struct Table<'a> {
    styles: &'a Styles,
    sheet: &'a mut Worksheet,
    first: RowNum,
    at: RowNum,
    last_column: ColNum,
    widths: &'a [u8],
}

impl Table<'_> {
    /// Adds a row.
    pub(super) fn row(&mut self, tone: Tone, cells: &[Cell]) -> Result<(), XlsxError> {
        self.at += 1;
        for (column, cell) in (0..).zip(cells) {
            self.styles.put(self.sheet, (self.at, column), cell, tone)?;
        }
        Styles::fit_height(self.sheet, self.at, cells, self.widths)
    }

    /// The row after the last.
    pub(super) fn end(self) -> Result<RowNum, XlsxError> {
        numbers_may_be_text(self.sheet, (self.first, 0), (self.at, self.last_column))?;
        Ok(self.at + 1)
    }
}

/// Writes lines of running text, one a row, and returns the row after them.
pub(super) fn lines(sheet: &mut Worksheet, first: RowNum, lines: &[(&Format, String)]) -> Result<RowNum, XlsxError> {
    let mut at = first;
    for (format, line) in lines {
        sheet.write_string_with_format(at, 0, shown(line), format)?;
        at += 1;
    }
    Ok(at)
}

/// The index of the last of so many columns.
pub(super) fn last_column(columns: usize) -> ColNum {
    ColNum::try_from(columns.saturating_sub(1)).unwrap_or(ColNum::MAX)
}

/// SIRET and INSEE codes are text on purpose: no green corner on each.
pub(super) fn numbers_may_be_text(
    sheet: &mut Worksheet,
    (first_row, first_column): (RowNum, ColNum),
    (last_row, last_column): (RowNum, ColNum),
) -> Result<(), XlsxError> {
    sheet.ignore_error_range(first_row, first_column, last_row, last_column, IgnoreError::NumberStoredAsText)?;
    Ok(())
}

/// Widths of the first columns, in characters.
pub(super) fn widths(sheet: &mut Worksheet, widths: &[u8]) -> Result<(), XlsxError> {
    for (column, width) in (0..).zip(widths) {
        sheet.set_column_width(column, *width)?;
    }
    Ok(())
}

/// A4 landscape, all columns on a page wide, the header row repeated, title and page numbers around.
pub(super) fn page(sheet: &mut Worksheet, title: &str) {
    sheet
        .set_landscape()
        .set_paper_size(9)
        .set_print_fit_to_pages(1, 0)
        .set_margins(0.4, 0.4, 0.7, 0.6, 0.3, 0.3)
        .set_header(format!("&L&10{}", header_text(title)))
        .set_footer("&L&9&A&R&9page &P sur &N");
}

/// A title as the header of printed pages has it: an ampersand is doubled there, and a header of more than 255 characters is refused
/// whole.
fn header_text(title: &str) -> String {
    /// Leaves room for the font and the ellipsis.
    const ROOM: usize = 200;
    let mut text = String::new();
    let mut used = 0;
    for c in title.chars() {
        let width = if c == '&' { 2 } else { c.len_utf16() };
        if used + width > ROOM {
            text.push('…');
            break;
        }
        used += width;
        text.push(c);
    }
    text.replace('&', "&&")
}

/// An empty workbook whose dates are those of its contents, so that the same contents give the same bytes.
pub(super) fn workbook(title: &str, subject: &str, made_at: Timestamp) -> Workbook {
    let mut workbook = Workbook::new();
    let properties = DocProperties::new()
        .set_title(title)
        .set_subject(subject)
        .set_creation_datetime(&made_at.to_zoned(TimeZone::UTC).datetime());
    workbook.set_properties(&properties);
    // Where that cannot be, the first sheet says so.
    let _ = workbook.set_tempdir(scratch_directory());
    workbook
}

/// Writes a workbook. Its library holds that a scratch file can always be written, and panics where the disk is full: here that is an
/// error like any other.
pub(super) fn guarded(write: impl FnOnce() -> Result<(), ReportError>) -> Result<(), ReportError> {
    catch_unwind(AssertUnwindSafe(write)).unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::StorageFull).into()))
}

/// A new sheet, whose rows are written from the first to the last: none is held in memory once the next one begins.
pub(super) fn sheet(workbook: &mut Workbook) -> Result<&mut Worksheet, XlsxError> {
    workbook.add_worksheet_with_constant_memory()
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

fn is_plain_address(address: &str) -> bool {
    (address.starts_with("https://") || address.starts_with("http://"))
        && address.len() < 2_000
        && address.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '#'))
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

    #[test]
    fn a_header_keeps_its_beginning_however_long_the_title_is() {
        assert_eq!(header_text("R&D — PROVISOIRE"), "R&&D — PROVISOIRE");
        for title in
            ["PROVISOIRE : ".to_owned() + &"123456, ".repeat(60), "&".repeat(300), "x".to_owned() + &"&".repeat(300)]
        {
            let text = header_text(&title);
            assert!(text.chars().count() <= 201 && text.ends_with('…'), "{text}");
            assert_eq!(text.matches('&').count() % 2, 0, "{text}");
            assert!(title.replace('&', "&&").starts_with(text.trim_end_matches('…')));
        }
    }

    #[test]
    fn a_library_that_panics_on_a_full_disk_is_an_error() {
        let refused = guarded(|| panic!("the disk is full")).unwrap_err().to_string();
        assert!(refused.contains("le disque est plein"), "{refused}");
        assert!(guarded(|| Ok(())).is_ok());
    }

    #[test]
    fn only_plain_addresses_are_links() {
        assert!(is_plain_address("https://demarche.numerique.gouv.fr/dossiers/12"));
        for address in ["javascript:alert(1)", "internal:Totaux!A1", "https://a/\"b", "file:///etc", "https://é"] {
            assert!(!is_plain_address(address), "{address}");
        }
    }
}
