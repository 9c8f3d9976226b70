//! Tables as CSV for French spreadsheets: UTF-8 with BOM, `;`, CRLF, decimal comma, days as `YYYY-MM-DD`.
//!
//! No cell is one that a spreadsheet would run as a formula, even when it reads the file with another separator: text that could
//! be gets an apostrophe in front. Numbers stay numbers, negative ones included. That is the file's own: lists are compared by
//! what their cells say.

use std::io::Write;

use csv::{Terminator, Writer, WriterBuilder};

use super::{Cell, ReportError};
use crate::domain::text::is_unseen;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// A table that is being written, row by row.
pub struct CsvTable<W: Write>(Writer<W>);

impl<W: Write> CsvTable<W> {
    /// Begins with the names of the columns.
    ///
    /// # Errors
    /// What keeps it from being written; the same of the other methods.
    pub fn new<'a>(mut to: W, columns: impl Iterator<Item = &'a str>) -> Result<Self, ReportError> {
        to.write_all(BOM)?;
        let mut writer = WriterBuilder::new().delimiter(b';').terminator(Terminator::CRLF).from_writer(to);
        writer.write_record(columns)?;
        Ok(Self(writer))
    }

    /// Adds a row.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub fn row(&mut self, cells: impl Iterator<Item = Cell>) -> Result<(), ReportError> {
        Ok(self.0.write_record(cells.map(text))?)
    }

    /// What it was written to.
    ///
    /// # Errors
    /// See [`Self::new`].
    pub fn finish(self) -> Result<W, ReportError> {
        Ok(self.0.into_inner().map_err(|error| error.into_error())?)
    }
}

fn text(cell: Cell) -> String {
    match cell {
        Cell::Empty => String::new(),
        Cell::Text(text) | Cell::Link(text) => neutralised(&text),
        Cell::Integer(number) => number.to_string(),
        Cell::Amount(amount) => amount.to_comma_string(),
        Cell::Share(share) => share.to_string().replace('.', ","),
        Cell::Date(date) => date.to_string(),
    }
}

/// The text, with an apostrophe before each sign that a spreadsheet could take for the beginning of a formula: the first one of the
/// cell, and the first one after a comma, a semicolon, a tab or a line break, for a file that is read with another separator has
/// cells that begin there, quotes or not. What counts is the first character that shows: some of them drop spaces and quotes
/// before it.
pub(super) fn neutralised(text: &str) -> String {
    let mut neutral = String::with_capacity(text.len());
    let mut begins = true;
    for character in text.chars() {
        match character {
            ',' | ';' | '\t' | '\r' | '\n' => begins = true,
            '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' if begins => {
                neutral.push('\'');
                begins = false;
            }
            '"' => {}
            c if c.is_whitespace() || c.is_control() || is_unseen(c) => {}
            _ => begins = false,
        }
        neutral.push(character);
    }
    neutral
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::money::Cents;

    #[test]
    fn text_that_looks_like_a_formula_gets_an_apostrophe() {
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", "＝1", "＋1", "－1", "＠x"] {
            assert_eq!(text(Cell::text(formula)), format!("'{formula}"));
            assert_eq!(text(Cell::text(format!(" {formula}"))), format!(" '{formula}"));
        }
        assert_eq!(text(Cell::text("\u{feff}=1")), "'=1");
        for plain in ["Ville d’Évry = bien", "rue de l’Est-Ouest, 12", "'=1", "1 + 1 ; a-b", "a@b.example, c@d.example"]
        {
            assert_eq!(text(Cell::text(plain)), plain);
        }
    }

    #[test]
    fn a_file_that_is_read_with_another_separator_has_no_formula_either() {
        assert_eq!(text(Cell::text("Melun,=1+1")), "Melun,'=1+1");
        assert_eq!(text(Cell::text("Melun;\"=1+1\"")), "Melun;\"'=1+1\"");
        assert_eq!(text(Cell::text("Melun\n @A1 ; - 2")), "Melun\n '@A1 ; '- 2");
    }

    proptest! {
        #[test]
        fn whatever_separates_its_cells_no_cell_begins_a_formula(hostile in "[=+@a\u{ff1d} ,;\"\t\n\u{200b}'-]{0,12}") {
            let mut writer = WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
            writer.write_record(["77", &text(Cell::text(hostile)), "12"]).unwrap();
            let line = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            for separator in [b';', b',', b'\t'] {
                for quoting in [true, false] {
                    let mut reader = csv::ReaderBuilder::new();
                    reader.delimiter(separator).quoting(quoting).has_headers(false).flexible(true);
                    for record in reader.from_reader(line.as_bytes()).records() {
                        for cell in &record.unwrap() {
                            let first = cell.trim_start_matches(|c: char| c == '"' || c.is_whitespace()).chars().next();
                            prop_assert!(!first.is_some_and(|c| "=+-@＝＋－＠".contains(c)), "{:?} in {:?}", cell, line);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn numbers_stay_numbers() {
        assert_eq!(text(Cell::Amount(Cents(-525_040))), "-5250,40");
        assert_eq!(text(Cell::Integer(-3)), "-3");
    }
}
