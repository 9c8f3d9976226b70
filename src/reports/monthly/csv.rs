//! The list as CSV.

use std::io::Write;

use super::columns::COLUMNS;
use super::line::Lines;
use crate::reports::{CsvTable, ReportError};

/// Writes the file.
///
/// # Errors
/// What keeps it from being written, or its rows from being read.
pub fn write(lines: &Lines<'_>, to: impl Write) -> Result<(), ReportError> {
    let mut table = CsvTable::new(to, COLUMNS.iter().map(|column| column.name))?;
    lines.each(|line| table.row(COLUMNS.iter().map(|column| (column.cell)(&line.row))))?;
    table.finish()?;
    Ok(())
}
