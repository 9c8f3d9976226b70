//! Workbooks, sheet by sheet and row by row, in the formats that people open: XLSX, and ODS, its equal.
//!
//! Who fills a [`Workbook`] says what stands where and what it is; each format says how that looks. No row is held once the next one
//! begins. Text is always written as text: nothing a person typed can become a formula or a hyperlink. Only addresses made by the
//! program are hyperlinks, and only a [`Formula`] is one; beside it stands its value, exact.

mod formula;
mod height;
mod ods;
mod xlsx;

use std::cell::Cell as Flag;
use std::io::{self, Seek, Write};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::Once;

use jiff::Timestamp;

pub(super) use formula::{Area, Formula, column_name};
pub(super) use height::roomy;

use super::{Cell, ReportError};

/// A format of workbooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkbookFormat {
    /// Office Open XML.
    Xlsx,
    /// Open Document Format, the one that the State’s rules name first.
    Ods,
}

impl WorkbookFormat {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Xlsx, Self::Ods];

    /// As in `view_exports`, and at the end of the names of files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Ods => "ods",
        }
    }
}

/// What a workbook says of itself.
#[derive(Debug, Clone)]
pub(super) struct Properties {
    pub title: String,
    pub subject: String,
    /// Its only date, so that the same contents give the same bytes.
    pub made_at: Timestamp,
}

/// The sheet of paper that a page is printed on, its long side across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paper {
    A3,
    A4,
}

/// A sheet, before its rows.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    /// Its name; in formulas too.
    pub name: &'static str,
    /// The widths of its columns, in characters.
    pub widths: Vec<u8>,
    /// At the top of each printed page.
    pub page_title: String,
    pub paper: Paper,
    /// Whether it is one table: its first headings stay in sight, and stand on each printed page.
    pub is_table: bool,
    /// So many columns stay in sight too, and stand on each printed page.
    pub frozen_columns: u16,
    /// How many pages its columns are printed on, side by side.
    pub pages_wide: u16,
    /// Whether the rows under its first headings can be filtered.
    pub is_filtered: bool,
    /// Whether its tab is to be seen at once.
    pub is_alarming: bool,
}

/// How a row or a cell stands out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Plain,
    /// A sum.
    Strong,
    /// The name of the rows that follow.
    Group,
    /// Left out of sums.
    Muted,
    Good,
    Warning,
    Bad,
    /// To be filled in by a person.
    Open,
}

impl Tone {
    const ALL: [Self; 8] =
        [Self::Plain, Self::Strong, Self::Group, Self::Muted, Self::Good, Self::Warning, Self::Bad, Self::Open];
}

/// Running text, one line a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Title,
    /// What a reader must not miss.
    Alert,
    Section,
    Note,
}

impl Line {
    const ALL: [Self; 4] = [Self::Title, Self::Alert, Self::Section, Self::Note];
}

/// What stands in a cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Value {
    pub cell: Cell,
    /// When it stands out otherwise than its row.
    pub tone: Option<Tone>,
    /// Where its text leads.
    pub link: Option<String>,
    /// What computes it.
    pub formula: Option<Formula>,
    /// What people are to fill in, where that is left empty.
    pub field: Option<Field>,
}

/// What a cell that people fill in is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Amount,
    Day,
    /// One of these words, which a spreadsheet offers; it warns of another one.
    Choice(&'static [&'static str]),
}

impl From<Cell> for Value {
    fn from(cell: Cell) -> Self {
        let link = if let Cell::Link(address) = &cell { Some(address.clone()) } else { None };
        Self { cell, tone: None, link, formula: None, field: None }
    }
}

impl Value {
    /// A text that leads to an address of the program's making.
    pub fn linked(text: impl Into<String>, address: &str) -> Self {
        Self { link: Some(address.to_owned()), ..Cell::text(text).into() }
    }

    /// A formula, and what it gives.
    pub fn computed(formula: Formula, gives: Cell) -> Self {
        Self { formula: Some(formula), ..gives.into() }
    }

    pub fn field(self, field: Field) -> Self {
        Self { field: Some(field), ..self }
    }

    pub fn toned(self, tone: Tone) -> Self {
        Self { tone: Some(tone), ..self }
    }
}

/// What each format does.
trait Writer {
    fn sheet(&mut self, layout: &Layout) -> Result<(), ReportError>;
    /// Over all columns.
    fn line(&mut self, line: Line, text: &str, height: u32) -> Result<(), ReportError>;
    /// `is_first` of a sheet that is a table.
    fn headings(&mut self, headings: &[&str], height: Option<u32>, is_first: bool) -> Result<(), ReportError>;
    fn row(&mut self, tone: Tone, values: &[Value], height: Option<u32>) -> Result<(), ReportError>;
    fn blank(&mut self) -> Result<(), ReportError>;
    fn finish(self: Box<Self>) -> Result<(), ReportError>;
}

/// A workbook that is being written. Rows are counted from 0.
pub(super) struct Workbook<'a> {
    writer: Box<dyn Writer + 'a>,
    at: u32,
    widths: Vec<u8>,
    awaits_headings: bool,
    is_filtered: bool,
    format: WorkbookFormat,
}

/// Writes a workbook; the same contents give the same bytes.
///
/// # Errors
/// [`ReportError::Workbook`], for a sheet beyond a million rows; what keeps it from being written; what `fill` returns.
pub(super) fn write<'a>(
    format: WorkbookFormat,
    to: impl Write + Seek + Send + 'a,
    properties: &Properties,
    fill: impl FnOnce(&mut Workbook<'a>) -> Result<(), ReportError>,
) -> Result<(), ReportError> {
    guarded(|| {
        let writer: Box<dyn Writer + 'a> = match format {
            WorkbookFormat::Xlsx => Box::new(xlsx::Xlsx::new(to, properties)),
            WorkbookFormat::Ods => Box::new(ods::Ods::new(to, properties)?),
        };
        let mut workbook =
            Workbook { writer, at: 0, widths: Vec::new(), awaits_headings: false, is_filtered: false, format };
        fill(&mut workbook)?;
        workbook.writer.finish()
    })
}

impl Workbook<'_> {
    /// Begins a sheet.
    pub fn sheet(&mut self, layout: &Layout) -> Result<(), ReportError> {
        self.at = 0;
        self.widths.clone_from(&layout.widths);
        self.awaits_headings = layout.is_table;
        self.is_filtered = layout.is_filtered;
        self.writer.sheet(layout)
    }

    /// The row that comes next.
    pub fn next_row(&self) -> u32 {
        self.at
    }

    /// Adds a line of running text, over all columns.
    pub fn line(&mut self, line: Line, text: &str) -> Result<(), ReportError> {
        self.at += 1;
        let text = super::cell::shown(text);
        let height = height::of_line(self.format, &text, line, &self.widths);
        self.writer.line(line, &text, height)
    }

    /// Leaves a row empty.
    pub fn blank(&mut self) -> Result<(), ReportError> {
        self.at += 1;
        self.writer.blank()
    }

    /// Adds the headings of a table.
    pub fn headings(&mut self, headings: &[&str]) -> Result<(), ReportError> {
        self.at += 1;
        let is_first = std::mem::take(&mut self.awaits_headings);
        let headings_of_filter = is_first && self.is_filtered;
        let height = height::of_headings(self.format, headings, &self.widths, headings_of_filter);
        self.writer.headings(headings, height, is_first)
    }

    /// Adds a row, and tells which one it is.
    pub fn row(&mut self, tone: Tone, cells: impl IntoIterator<Item = impl Into<Value>>) -> Result<u32, ReportError> {
        let values: Vec<Value> = cells.into_iter().map(Into::into).collect();
        let texts = values.iter().map(|value| match &value.cell {
            Cell::Text(text) | Cell::Link(text) => text.as_str(),
            _ => "",
        });
        // What names the rows that follow runs over the cells beside it.
        let is_bold = tone == Tone::Strong || values.iter().any(|value| value.tone == Some(Tone::Strong));
        let height = if tone == Tone::Group { None } else { height::of(self.format, texts, &self.widths, is_bold) };
        let row = self.at;
        self.at += 1;
        self.writer.row(tone, &values, height)?;
        Ok(row)
    }
}

thread_local! {
    static GUARDED: Flag<bool> = const { Flag::new(false) };
}

/// Writes a workbook. The library for XLSX holds that a scratch file can always be written, and panics where the disk is full: here
/// that is an error like any other, and nobody is told of a panic.
fn guarded(write: impl FnOnce() -> Result<(), ReportError>) -> Result<(), ReportError> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let tell = take_hook();
        set_hook(Box::new(move |panic| {
            if !GUARDED.get() {
                tell(panic);
            }
        }));
    });
    let within = GUARDED.replace(true);
    let written = catch_unwind(AssertUnwindSafe(write));
    GUARDED.set(within);
    written.unwrap_or_else(|_| Err(io::Error::from(io::ErrorKind::StorageFull).into()))
}

/// Whether an address can be a hyperlink: nothing else than a page of a web site.
fn is_plain_address(address: &str) -> bool {
    (address.starts_with("https://") || address.starts_with("http://"))
        && address.len() < 2_000
        && address.chars().all(|c| c.is_ascii_graphic() && !matches!(c, '"' | '<' | '>' | '#'))
}

#[cfg(test)]
mod tests;
