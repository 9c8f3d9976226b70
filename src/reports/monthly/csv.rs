//! The list as CSV.

use super::MonthlyList;
use super::columns::COLUMNS;
use crate::reports::{CsvTable, ReportError};

/// The file's bytes.
///
/// # Errors
/// [`ReportError::Csv`], which no list met so far.
pub fn write(list: &MonthlyList) -> Result<Vec<u8>, ReportError> {
    let mut table = CsvTable::new(COLUMNS.iter().map(|column| column.name))?;
    for row in &list.rows {
        table.row(COLUMNS.iter().map(|column| (column.cell)(row)))?;
    }
    table.finish()
}
