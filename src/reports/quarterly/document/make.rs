//! Short ways to make the blocks of a report.

use crate::domain::dossier::DossierNumber;
use crate::reports::blocks::{Block, Column, Group, Row, RowCell, RowKind, Span, Table};

pub fn heading(level: u8, anchor: Option<&str>, text: impl Into<String>) -> Block {
    Block::Heading { level, anchor: anchor.map(str::to_owned), text: text.into() }
}

pub fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(vec![Span::text(text)])
}

pub fn warning(text: impl Into<String>) -> Block {
    Block::Warning(vec![Span::text(text)])
}

pub fn note(text: impl Into<String>) -> Block {
    Block::Note(vec![Span::text(text)])
}

/// A dossier by its number, which leads to it on DS.
pub fn link(number: DossierNumber, to: &str) -> Span {
    Span::Link { text: number.to_string(), to: to.to_owned() }
}

/// A column of words, so wide beside the others.
pub fn words(heading: &str, weight: u8) -> Column {
    Column { heading: heading.to_owned(), is_number: false, weight }
}

/// A column of numbers.
pub fn numbers(heading: &str, weight: u8) -> Column {
    Column { heading: heading.to_owned(), is_number: true, weight }
}

/// A table without groups.
pub fn table(caption: impl Into<String>, columns: Vec<Column>, rows: Vec<Row>) -> Block {
    grouped(caption, None, columns, vec![Group { heading: None, rows }])
}

/// A table whose rows stand in groups; groups without rows are left out.
pub fn grouped(caption: impl Into<String>, summary: Option<&str>, columns: Vec<Column>, groups: Vec<Group>) -> Block {
    let groups = groups.into_iter().filter(|group| !group.rows.is_empty()).collect();
    Block::Table(Table { caption: caption.into(), summary: summary.map(str::to_owned), columns, groups })
}

/// A row of plain cells.
pub fn row<const N: usize>(kind: RowKind, cells: [String; N]) -> Row {
    Row { kind, cells: cells.into_iter().map(RowCell::plain).collect() }
}

/// A cell with a second line.
pub fn with_detail(text: impl Into<String>, detail: Option<String>) -> RowCell {
    RowCell { detail, ..RowCell::plain(text) }
}

/// A cell to be seen where something is wrong.
pub fn striking(text: impl Into<String>, is_striking: bool, detail: &str) -> RowCell {
    RowCell { is_striking, detail: is_striking.then(|| detail.to_owned()), ..RowCell::plain(text) }
}
