//! Workbooks as XLSX.

use std::io::{Seek, Write};

use jiff::tz::TimeZone;
use rust_xlsxwriter::{
    ColNum, Color, DataValidation, DataValidationErrorStyle, DocProperties, Format, FormatAlign, FormatBorder,
    FormatPattern, FormatUnderline, Formula as Written, IgnoreError, RowNum, Url, Workbook, Worksheet, XlsxError,
};

use super::{Field, Layout, Line, Paper, Properties, Tone, Value, WorkbookFormat, Writer, is_plain_address};
use crate::files::scratch_directory;
use crate::reports::cell::shown;
use crate::reports::{Cell, GENERATOR, ReportError};

const INK: Color = Color::RGB(0x0000_0091);
const EDGE: Color = Color::RGB(0x00C8_CCD6);
const MUTED: Color = Color::RGB(0x006A_6A6A);
/// `_-` leaves the room of a hyphen, so that figures do not touch the text beside them.
const AMOUNT: &str = "#,##0.00\\ \"€\"_-;[Red]\\-#,##0.00\\ \"€\"_-";
/// Excel takes no more links a sheet.
const MOST_LINKS: u32 = 65_000;

/// The formats of one tone, by type of cell.
#[derive(Debug)]
struct Set {
    text: Format,
    link: Format,
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
            .set_border_color(EDGE);
        let base = match tone {
            Tone::Plain => base,
            Tone::Strong => base.set_bold().set_background_color(Color::RGB(0x00E3_E8F7)),
            Tone::Group => base
                .set_bold()
                .set_font_size(11)
                .set_font_color(INK)
                .set_background_color(Color::RGB(0x00F1_F3FB))
                .set_border(FormatBorder::None)
                .set_border_bottom(FormatBorder::Thin)
                .set_border_bottom_color(INK),
            Tone::Muted => base.set_italic().set_font_color(MUTED).set_background_color(Color::RGB(0x00F4_F4F4)),
            Tone::Good => base.set_background_color(Color::RGB(0x00DD_F3E0)),
            Tone::Warning => base.set_background_color(Color::RGB(0x00FF_F0CC)),
            Tone::Bad => base.set_background_color(Color::RGB(0x00FB_DEDC)),
            Tone::Open => base.set_background_color(Color::RGB(0x00FF_FCE5)),
        };
        let text = base.clone().set_align(FormatAlign::Left);
        let text = if tone == Tone::Group { text } else { text.set_text_wrap() };
        Self {
            link: text.clone().set_font_color(INK).set_underline(FormatUnderline::Single),
            text,
            integer: base.clone().set_num_format("0_-").set_align(FormatAlign::Right),
            amount: base.clone().set_num_format(AMOUNT).set_align(FormatAlign::Right),
            share: base.clone().set_num_format("0.0\\ %_-").set_align(FormatAlign::Right),
            date: base.set_num_format("dd/mm/yyyy").set_align(FormatAlign::Center),
        }
    }
}

/// Every format of a workbook, made once.
#[derive(Debug)]
struct Styles {
    sets: [Set; Tone::ALL.len()],
    lines: [Format; Line::ALL.len()],
    header: Format,
}

impl Styles {
    fn new() -> Self {
        let base = Format::new().set_text_wrap().set_align(FormatAlign::Left).set_align(FormatAlign::Top);
        let line = |line| match line {
            Line::Title => base.clone().set_bold().set_font_size(16).set_font_color(INK),
            Line::Alert => base.clone().set_bold().set_font_size(12).set_font_color(Color::RGB(0x00B3_4000)),
            Line::Section => base.clone().set_bold().set_font_size(12).set_font_color(INK),
            Line::Note => base.clone().set_font_size(10),
        };
        Self {
            sets: Tone::ALL.map(Set::new),
            lines: Line::ALL.map(line),
            header: Format::new()
                .set_bold()
                .set_font_size(10)
                .set_font_color(Color::White)
                .set_pattern(FormatPattern::Solid)
                .set_background_color(INK)
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_border(FormatBorder::Thin)
                .set_border_color(EDGE),
        }
    }

    fn set(&self, tone: Tone) -> &Set {
        &self.sets[tone as usize]
    }
}

/// A workbook of this format.
pub(super) struct Xlsx<W> {
    to: W,
    workbook: Workbook,
    styles: Styles,
    /// The sheet that is being written; none before the first.
    sheet: Option<Begun>,
}

/// What there is to know of a sheet when it ends.
struct Begun {
    index: usize,
    at: RowNum,
    columns: ColNum,
    /// The row of its first headings, where it is a table.
    headings: Option<RowNum>,
    is_filtered: bool,
    frozen_columns: ColNum,
    links: u32,
}

impl<W: Write + Seek + Send> Xlsx<W> {
    pub fn new(to: W, properties: &Properties) -> Self {
        let mut workbook = Workbook::new();
        let made_at = properties.made_at.to_zoned(TimeZone::UTC).datetime();
        let said = DocProperties::new()
            .set_title(&properties.title)
            .set_subject(&properties.subject)
            .set_comment(GENERATOR)
            .set_creation_datetime(&made_at);
        workbook.set_properties(&said);
        // Where that cannot be, the first sheet says so.
        let _ = workbook.set_tempdir(scratch_directory());
        Self { to, workbook, styles: Styles::new(), sheet: None }
    }

    /// Writes into the sheet that was begun.
    fn with(
        &mut self,
        write: impl FnOnce(&mut Worksheet, &mut Begun, &Styles) -> Result<(), XlsxError>,
    ) -> Result<(), ReportError> {
        let Self { workbook, styles, sheet, .. } = self;
        let Some(begun) = sheet else { return Ok(()) };
        let worksheet = workbook.worksheet_from_index(begun.index)?;
        write(worksheet, begun, styles)?;
        begun.at += 1;
        Ok(())
    }

    /// Ends the sheet that was begun.
    fn end(&mut self) -> Result<(), ReportError> {
        let Some(begun) = self.sheet.take() else { return Ok(()) };
        let Begun { index, at, columns, headings, is_filtered, frozen_columns, .. } = begun;
        let sheet = self.workbook.worksheet_from_index(index)?;
        let (last_row, last_column) = (at.saturating_sub(1), columns.saturating_sub(1));
        // SIRET and INSEE codes are text on purpose: no green corner on each.
        sheet.ignore_error_range(0, 0, last_row, last_column, IgnoreError::NumberStoredAsText)?;
        if let Some(headings) = headings {
            sheet.set_freeze_panes(headings + 1, frozen_columns)?;
            sheet.set_repeat_rows(headings, headings)?;
            if is_filtered {
                sheet.autofilter(headings, 0, last_row, last_column)?;
            }
        }
        Ok(())
    }
}

impl<W: Write + Seek + Send> Writer for Xlsx<W> {
    fn sheet(&mut self, layout: &Layout) -> Result<(), ReportError> {
        self.end()?;
        let index = self.workbook.worksheets().len();
        // Its rows are written from the first to the last: none is held in memory once the next one begins.
        let sheet = self.workbook.add_worksheet_with_constant_memory()?;
        sheet.set_name(layout.name)?;
        for (column, width) in (0..).zip(&layout.widths) {
            sheet.set_column_width(column, *width)?;
        }
        if layout.is_alarming {
            sheet.set_tab_color(Color::RGB(0x00D6_4D00));
        }
        let paper = match layout.paper {
            Paper::A3 => 8,
            Paper::A4 => 9,
        };
        sheet
            .set_landscape()
            .set_paper_size(paper)
            .set_print_fit_to_pages(layout.pages_wide, 0)
            .set_margins(0.4, 0.4, 0.7, 0.6, 0.3, 0.3)
            .set_header(format!("&L&10{}", header_text(&layout.page_title)))
            .set_footer("&L&9&A&R&9page &P sur &N");
        if layout.pages_wide > 1 {
            // The pages of the same rows follow one another.
            sheet.set_page_order(false);
            if layout.frozen_columns > 0 {
                sheet.set_repeat_columns(0, layout.frozen_columns - 1)?;
            }
        }
        self.sheet = Some(Begun {
            index,
            at: 0,
            columns: ColNum::try_from(layout.widths.len()).unwrap_or(ColNum::MAX),
            headings: None,
            is_filtered: layout.is_filtered,
            frozen_columns: layout.frozen_columns,
            links: 0,
        });
        Ok(())
    }

    fn line(&mut self, line: Line, text: &str, height: u32) -> Result<(), ReportError> {
        self.with(|sheet, begun, styles| {
            let format = &styles.lines[line as usize];
            if begun.columns > 1 {
                sheet.merge_range(begun.at, 0, begun.at, begun.columns - 1, text, format)?;
            } else {
                sheet.write_string_with_format(begun.at, 0, text, format)?;
            }
            sheet.set_row_height(begun.at, height)?;
            Ok(())
        })
    }

    fn headings(&mut self, headings: &[&str], height: Option<u32>, is_first: bool) -> Result<(), ReportError> {
        self.with(|sheet, begun, styles| {
            for (column, heading) in (0..).zip(headings) {
                sheet.write_string_with_format(begun.at, column, *heading, &styles.header)?;
            }
            if let Some(height) = height {
                sheet.set_row_height(begun.at, height)?;
            }
            if is_first {
                begun.headings = Some(begun.at);
            }
            Ok(())
        })
    }

    fn row(&mut self, tone: Tone, values: &[Value], height: Option<u32>) -> Result<(), ReportError> {
        self.with(|sheet, begun, styles| {
            for (column, value) in (0..).zip(values) {
                put(sheet, (begun.at, column), value, styles.set(value.tone.unwrap_or(tone)), &mut begun.links)?;
            }
            if let Some(height) = height {
                sheet.set_row_height(begun.at, height)?;
            }
            Ok(())
        })
    }

    fn blank(&mut self) -> Result<(), ReportError> {
        self.with(|_, _, _| Ok(()))
    }

    fn finish(mut self: Box<Self>) -> Result<(), ReportError> {
        self.end()?;
        let Self { to, mut workbook, .. } = *self;
        Ok(workbook.save_to_writer(to)?)
    }
}

/// Writes a typed cell.
fn put(
    sheet: &mut Worksheet,
    (row, column): (RowNum, ColNum),
    value: &Value,
    set: &Set,
    links: &mut u32,
) -> Result<(), XlsxError> {
    if let Some(formula) = &value.formula {
        let (gives, format) = match &value.cell {
            Cell::Integer(number) => (number.to_string(), &set.integer),
            Cell::Amount(amount) => (amount.to_decimal().normalize().to_string(), &set.amount),
            Cell::Share(share) => (share.normalize().to_string(), &set.share),
            other => (other.to_string(), &set.text),
        };
        let formula = Written::new(formula.text(WorkbookFormat::Xlsx)).set_result(gives);
        sheet.write_formula_with_format(row, column, formula, format)?;
        return Ok(());
    }
    if let Some(Field::Choice(words)) = value.field {
        let offered =
            DataValidation::new().allow_list_strings(words)?.set_error_style(DataValidationErrorStyle::Warning);
        sheet.add_data_validation(row, column, row, column, &offered)?;
    }
    match &value.cell {
        Cell::Empty => {
            let format = match value.field {
                Some(Field::Amount) => &set.amount,
                Some(Field::Day) => &set.date,
                Some(Field::Choice(_)) | None => &set.text,
            };
            sheet.write_blank(row, column, format)?
        }
        Cell::Text(text) | Cell::Link(text) => match &value.link {
            Some(address) if is_plain_address(address) && *links < MOST_LINKS => {
                *links += 1;
                sheet.write_url_with_format(row, column, Url::new(address.as_str()).set_text(shown(text)), &set.link)?
            }
            _ => sheet.write_string_with_format(row, column, shown(text), &set.text)?,
        },
        Cell::Integer(number) if number.unsigned_abs() < 1 << 53 => {
            sheet.write_with_format(row, column, *number, &set.integer)?
        }
        Cell::Integer(number) => sheet.write_string_with_format(row, column, number.to_string(), &set.integer)?,
        Cell::Amount(amount) => sheet.write_with_format(row, column, amount.to_decimal(), &set.amount)?,
        Cell::Share(share) => sheet.write_with_format(row, column, *share, &set.share)?,
        // The calendar of spreadsheets begins in 1900.
        Cell::Date(date) if date.year() >= 1900 => sheet.write_with_format(row, column, date, &set.date)?,
        Cell::Date(date) => sheet.write_string_with_format(row, column, date.to_string(), &set.date)?,
    };
    Ok(())
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
