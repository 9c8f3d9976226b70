//! The rows of workbooks, one after the other, whoever wrote them: this program, or a spreadsheet that saved them again.

use std::io::{self, Read, Seek};

use calamine::{Data, Reader, Xlsx};
use zip::ZipArchive;

use super::ods;
use crate::reports::WorkbookFormat;

/// What is larger, once unpacked, is no list, and would fill memory or the day: an archive of a few kilobytes may hold as much as it
/// likes. The ODS of a hundred thousand dossiers, the largest there is, has less than half of this.
pub(super) const LARGEST: u64 = 1 << 31;

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
    if !is_at_most(LARGEST, &mut archive) {
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

/// Whether an archive has no more bytes than that once unpacked, whatever it says of itself.
pub(super) fn is_at_most(largest: u64, archive: &mut ZipArchive<impl Read + Seek>) -> bool {
    let mut left = largest;
    for index in 0..archive.len() {
        let Ok(part) = archive.by_index(index) else { return false };
        if part.size() > left {
            return false;
        }
        let Ok(read) = io::copy(&mut part.take(left.saturating_add(1)), &mut io::sink()) else { return false };
        let Some(rest) = left.checked_sub(read) else { return false };
        left = rest;
    }
    true
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

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    #[test]
    fn an_archive_is_as_large_as_what_comes_out_of_it() {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        archive.start_file("a", SimpleFileOptions::default()).unwrap();
        archive.write_all(&vec![b'x'; 70_000]).unwrap();
        let mut honest = archive.finish().unwrap().into_inner();
        let is_at_most = |largest, bytes: &[u8]| is_at_most(largest, &mut ZipArchive::new(Cursor::new(bytes)).unwrap());
        assert!(is_at_most(70_000, &honest) && !is_at_most(69_999, &honest));
        // It says in both of its places that it is one byte long.
        while let Some(at) = honest.windows(4).position(|size| size == 70_000_u32.to_le_bytes()) {
            honest[at..at + 4].copy_from_slice(&1_u32.to_le_bytes());
        }
        assert!(!is_at_most(69_999, &honest));
    }
}
