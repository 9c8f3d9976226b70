//! The rows of workbooks, one after the other, whoever wrote them: this program, or a spreadsheet that saved them again.

use std::io::{Read, Seek};

use calamine::{Data, Reader, Xlsx};
use zip::ZipArchive;

use super::ods;
use crate::reports::WorkbookFormat;

/// No list is so large: what is, once unpacked, is not read.
pub(super) const LARGEST: u64 = 1 << 30;

/// Takes rows: the name of the sheet, the row counted from 0, its cells. None: it has had enough.
pub(in crate::reports) type EachRow<'a> = &'a mut dyn FnMut(&str, u32, &[Data]) -> Option<()>;

/// The format of a workbook, by what is in it; none of what is no workbook.
pub(in crate::reports) fn format_of(content: impl Read + Seek) -> Option<WorkbookFormat> {
    let archive = ZipArchive::new(content).ok()?;
    let has = |name: &str| archive.index_for_name(name).is_some();
    match (has("content.xml"), has("xl/workbook.xml")) {
        (true, false) => Some(WorkbookFormat::Ods),
        (false, true) => Some(WorkbookFormat::Xlsx),
        _ => None,
    }
}

/// Calls `each` with every row that is not empty, sheet by sheet; none where it cannot be read, or `each` had enough.
pub(in crate::reports) fn rows(format: WorkbookFormat, mut content: impl Read + Seek, each: EachRow<'_>) -> Option<()> {
    let mut archive = ZipArchive::new(&mut content).ok()?;
    let mut unpacked = 0_u64;
    for index in 0..archive.len() {
        unpacked = unpacked.saturating_add(archive.by_index_raw(index).ok()?.size());
    }
    if unpacked > LARGEST {
        return None;
    }
    match format {
        WorkbookFormat::Ods => ods::rows(archive, each),
        WorkbookFormat::Xlsx => {
            drop(archive);
            rows_of_xlsx(content, each)
        }
    }
}

fn rows_of_xlsx(content: impl Read + Seek, each: EachRow<'_>) -> Option<()> {
    let mut workbook: Xlsx<_> = Xlsx::new(content).ok()?;
    for name in workbook.sheet_names() {
        let mut cells = workbook.worksheet_cells_reader(&name).ok()?;
        let (mut at, mut row) = (0, Vec::new());
        while let Some(cell) = cells.next_cell().ok()? {
            let (here, column) = cell.get_position();
            let value: Data = cell.get_value().clone().into();
            if value == Data::Empty {
                continue;
            }
            if here != at {
                hand_over(&name, at, &mut row, each)?;
                at = here;
            }
            let column = usize::try_from(column).ok()?;
            row.resize(row.len().max(column + 1), Data::Empty);
            row[column] = value;
        }
        hand_over(&name, at, &mut row, each)?;
    }
    Some(())
}

fn hand_over(sheet: &str, at: u32, row: &mut Vec<Data>, each: EachRow<'_>) -> Option<()> {
    if !row.is_empty() {
        each(sheet, at, row)?;
        row.clear();
    }
    Some(())
}
