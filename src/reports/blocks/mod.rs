//! A document that people read, as blocks: the same contents are written as HTML and as PDF.
//!
//! Who makes a [`Document`] decides what it says and in which order; who writes it decides how it looks. Amounts and dates come as text:
//! their typography (no-break spaces, the signs of the language) is the maker’s.

mod chart;
#[cfg(feature = "pdf")]
mod columns;
pub mod html;
pub(super) mod lettering;
mod outline;
#[cfg(feature = "pdf")]
mod paper;
#[cfg(feature = "pdf")]
pub mod pdf;
#[cfg(not(feature = "pdf"))]
#[path = "without_pdf.rs"]
pub mod pdf;
#[cfg(test)]
mod tests;

use rust_decimal::Decimal;

use super::cell::Cell;

/// A document, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its title: on its first page, and as metadata.
    pub title: String,
    /// Who gives it out: `Préfet de la région Île-de-France`.
    pub author: String,
    /// What stands under the title: the period, when it was closed, which correction it is.
    pub standing: String,
    /// At the foot of each page, beside its number: name, revision, "arrêté au", version of the program.
    pub footer: String,
    /// Why it is not final; nothing when it is.
    pub provisional: Vec<String>,
    /// When its contents were closed: the only date that its metadata give.
    pub closed_at: jiff::Timestamp,
    /// What it says, from the top.
    pub blocks: Vec<Block>,
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A heading; `level` 1 is that of a section (the title of the document stands above), 3 the lowest. No level is skipped on the way down.
    Heading {
        /// From 1 to 3.
        level: u8,
        /// What links within the document name it by.
        anchor: Option<String>,
        /// What it says.
        text: String,
    },
    /// A paragraph.
    Paragraph(Vec<Span>),
    /// What a reader must not miss.
    Warning(Vec<Span>),
    /// A remark about the method, in smaller type.
    Note(Vec<Span>),
    /// What somebody else wrote, under its title.
    Quotation(Vec<Vec<Span>>),
    /// A list, each item a paragraph.
    List(Vec<Vec<Span>>),
    /// What is known of one thing: each term with what is said of it.
    Terms(Vec<(String, Vec<Span>)>),
    /// Figures to be seen at once: a label, a value, what stands under it.
    Figures(Vec<Figure>),
    /// A table.
    Table(Table),
    /// A chart; its figures stand in a table nearby.
    Chart(Chart),
    /// Room for place, date and signature.
    Signature {
        /// Lines above the room: `Fait à Paris, le …`, the office.
        lines: Vec<String>,
    },
    /// What follows starts on a new page (on paper).
    PageBreak,
}

/// Text within a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Span {
    /// As it is.
    Text(String),
    /// Of more weight.
    Strong(String),
    /// A link, to a web address or (`#name`) to an anchor of this document.
    Link {
        /// What is read.
        text: String,
        /// Where it leads.
        to: String,
    },
}

/// A figure to be seen at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// What it is.
    pub label: String,
    /// `1 234 567 €`.
    pub value: String,
    /// `42 % du droit de tirage`.
    pub detail: Option<String>,
}

/// A table. Its first column names its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it shows.
    pub caption: String,
    /// How a table is to be read that is not a plain grid; for readers who do not see it.
    pub summary: Option<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows, in groups; a table without groups has one without a heading.
    pub groups: Vec<Group>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its heading.
    pub heading: String,
    /// Numbers stand at the right.
    pub is_number: bool,
    /// How wide it is beside the others: 1 for a short one, more for texts.
    pub weight: u8,
}

/// Rows of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// A row over all columns.
    pub heading: Option<String>,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A row of a table: as many cells as there are columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is.
    pub kind: RowKind,
    /// Its cells; the first names it.
    pub cells: Vec<RowCell>,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// One of many.
    Plain,
    /// The sum of rows above.
    Total,
    /// Outside the sums.
    Apart,
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RowCell {
    /// What it says; nothing where nothing is known.
    pub text: Vec<Span>,
    /// A second line, smaller.
    pub detail: Option<String>,
    /// It is to be seen (a right that is exceeded).
    pub is_striking: bool,
}

/// A chart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// What it shows.
    pub caption: String,
    /// The same in words, for who does not see it: what is told by it, with the figures.
    pub alternative: String,
    /// Its shape.
    pub plot: Plot,
}

/// What a chart draws. Series are told apart without colour (by shade, pattern, dash and a label).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Plot {
    /// For each label a bar of each series, side by side.
    Bars {
        /// The names of the series.
        series: Vec<String>,
        /// A label, the value of each series (none where it is not known), and a limit to be marked.
        groups: Vec<BarGroup>,
        /// What the limits of the groups are: `droit de tirage`.
        limit: Option<String>,
        /// How values are written: amounts, or shares.
        unit: Unit,
    },
    /// Series over time, from left to right.
    Lines {
        /// The labels of the steps: quarters.
        steps: Vec<String>,
        /// Each series with a value for each step.
        series: Vec<(String, Vec<Option<Decimal>>)>,
        /// A level that the series approach: the right.
        limit: Option<(String, Decimal)>,
        /// How values are written.
        unit: Unit,
    },
}

/// The bars of one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BarGroup {
    /// What they belong to.
    pub label: String,
    /// One a series.
    pub values: Vec<Option<Decimal>>,
    /// A mark to be compared with.
    pub limit: Option<Decimal>,
}

/// How values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Whole euros.
    Euros,
    /// A ratio as a percentage.
    Percent,
    /// How many.
    Count,
}

impl Span {
    /// Text as it is.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }
}

impl RowCell {
    /// A cell with a plain text.
    #[must_use]
    pub fn plain(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { text: if text.is_empty() { Vec::new() } else { vec![Span::Text(text)] }, ..Self::default() }
    }
}

impl From<Cell> for RowCell {
    fn from(cell: Cell) -> Self {
        Self::plain(cell.to_string())
    }
}
