//! The list as CSV for French spreadsheets: UTF-8 with BOM, `;`, CRLF, decimal comma, days as `YYYY-MM-DD`.
//!
//! No cell is one that a spreadsheet would run as a formula: text that could be gets an apostrophe in front. Numbers
//! stay numbers, negative ones included.

use csv::{Terminator, WriterBuilder};

use super::MonthlyList;
use super::columns::COLUMNS;
use crate::reports::{Cell, ReportError};

const BOM: &[u8] = "\u{feff}".as_bytes();

/// The file's bytes.
///
/// # Errors
/// [`ReportError::Csv`], which no list met so far.
pub fn write(list: &MonthlyList) -> Result<Vec<u8>, ReportError> {
    let mut writer = WriterBuilder::new().delimiter(b';').terminator(Terminator::CRLF).from_writer(BOM.to_vec());
    let refused = |error: csv::Error| ReportError::Csv(error.to_string());
    writer.write_record(COLUMNS.iter().map(|column| column.name)).map_err(refused)?;
    for row in &list.rows {
        writer.write_record(COLUMNS.iter().map(|column| text((column.cell)(row)))).map_err(refused)?;
    }
    writer.into_inner().map_err(|error| ReportError::Csv(error.error().to_string()))
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Link(text) => neutralised(text),
        Cell::Integer(number) => number.to_string(),
        Cell::Amount(amount) => amount.to_comma_string(),
        Cell::Share(share) => share.to_string().replace('.', ","),
        Cell::Date(date) => date.to_string(),
    }
}

/// The text, with an apostrophe in front when a spreadsheet could take it for a formula: what counts is the first
/// character that shows, for spaces and invisible characters before it are dropped by some of them.
fn neutralised(text: String) -> String {
    let first = text.chars().next();
    let first_shown = text.chars().find(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(*c));
    let dangerous = first.is_some_and(|c| matches!(c, '\t' | '\r' | '\n'))
        || first_shown.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠'));
    if dangerous { format!("'{text}") } else { text }
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Cents;

    #[test]
    fn text_that_looks_like_a_formula_gets_an_apostrophe() {
        for formula in
            ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", " =1", "\u{feff}=1"]
        {
            assert_eq!(text(Cell::text(formula)), format!("'{formula}"));
        }
        assert_eq!(text(Cell::text("Ville d’Évry = bien")), "Ville d’Évry = bien");
    }

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(text(Cell::Amount(Cents(-525_040))), "-5250,40");
        assert_eq!(text(Cell::Integer(-3)), "-3");
    }
}
