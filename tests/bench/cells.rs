//! The cells of a workbook that the program wrote, to be written again by the same library and nothing else.

use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;

use calamine::{Data, Reader, Xlsx, open_workbook};
use fitn_connector::files::write_atomically;
use rust_xlsxwriter::{Workbook, XlsxError};

use super::floor::Floor;

/// Between two cells, and between two rows: they are in no cell.
const CELL: char = '\u{1f}';
const ROW: char = '\u{1e}';
const SHEET: char = '\u{1d}';

/// Puts the cells of the workbook that was written last beside it, in a form that is read in no time.
pub fn take(exports: &Path, floor: Floor) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("{} : {error}", exports.display());
    let begins = if floor == Floor::List { "liste-" } else { "rapport-" };
    let is_wanted =
        |name: &str| name.starts_with(begins) && Path::new(name).extension().is_some_and(|end| end == "xlsx");
    let found = fs::read_dir(exports).map_err(|error| failed(&error))?;
    let mut names: Vec<String> =
        found.filter_map(|entry| entry.ok()?.file_name().into_string().ok()).filter(|name| is_wanted(name)).collect();
    names.sort();
    let name = names.pop().ok_or_else(|| failed(&"aucun classeur"))?;
    let mut workbook: Xlsx<_> =
        open_workbook(exports.join(name)).map_err(|error: calamine::XlsxError| failed(&error))?;
    let mut text = String::new();
    for (sheet, range) in workbook.worksheets() {
        let _ = write!(text, "{sheet}{ROW}");
        for row in range.rows() {
            for cell in row {
                match cell {
                    Data::Empty => {}
                    Data::Float(number) => {
                        let _ = write!(text, "n{number}");
                    }
                    other => {
                        let _ = write!(text, "t{other}");
                    }
                }
                text.push(CELL);
            }
            text.push(ROW);
        }
        text.push(SHEET);
    }
    let path = exports.with_file_name(floor.name());
    write_atomically(&path, text.as_bytes()).map_err(|error| failed(&error))
}

/// Writes the cells into a workbook.
pub fn write(name: &str) -> io::Result<()> {
    let text = fs::read_to_string(name)?;
    let workbook = written(&text).map_err(io::Error::other)?;
    write_atomically(Path::new("floor.xlsx"), &workbook)
}

fn written(text: &str) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    for sheet in text.split_terminator(SHEET) {
        let mut rows = sheet.split_terminator(ROW);
        let worksheet = workbook.add_worksheet();
        worksheet.set_name(rows.next().unwrap_or_default())?;
        for (row, line) in (0..).zip(rows) {
            for (column, cell) in (0..).zip(line.split_terminator(CELL)) {
                match cell.split_at_checked(1) {
                    Some(("n", number)) => worksheet.write(row, column, number.parse::<f64>().unwrap_or_default())?,
                    Some((_, text)) => worksheet.write(row, column, text)?,
                    None => continue,
                };
            }
        }
    }
    workbook.save_to_buffer()
}
