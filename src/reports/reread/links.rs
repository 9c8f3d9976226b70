//! Where the links of a workbook lead: what is read beside its cells, since a link may lead elsewhere than its text says.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufReader, Read, Seek, SeekFrom};

use calamine::{Reader, Xlsx};
use quick_xml::events::Event;
use zip::ZipArchive;

use super::ods::{self, attribute};
use super::rows::{LARGEST, is_at_most};
use crate::reports::WorkbookFormat;

/// A link on more cells than this is no link of a list.
const MOST_CELLS: u64 = 1 << 12;

/// The links of a workbook.
#[derive(Debug, Default)]
pub(in crate::reports) struct Links {
    /// All addresses, wherever they stand.
    pub addresses: BTreeSet<String>,
    /// Those of cells: by sheet, then row and column, counted from 0.
    placed: BTreeMap<String, BTreeMap<(u32, u32), Vec<String>>>,
}

impl Links {
    /// The links of a row: column and address.
    pub fn of_row(&self, sheet: &str, at: u32) -> Vec<(u32, String)> {
        let Some(links) = self.placed.get(sheet) else { return Vec::new() };
        let row = links.range((at, 0)..=(at, u32::MAX));
        row.flat_map(|((_, column), addresses)| addresses.iter().map(|address| (*column, address.clone()))).collect()
    }

    pub(super) fn place(&mut self, sheet: &str, at: u32, column: u32, address: &str) {
        if !self.placed.contains_key(sheet) {
            self.placed.insert(sheet.to_owned(), BTreeMap::new());
        }
        if let Some(links) = self.placed.get_mut(sheet) {
            links.entry((at, column)).or_default().push(address.to_owned());
        }
    }
}

/// The links; none where it cannot be read.
pub(in crate::reports) fn links(format: WorkbookFormat, mut content: impl Read + Seek) -> Option<Links> {
    let mut archive = ZipArchive::new(&mut content).ok()?;
    if !is_at_most(LARGEST, &mut archive) {
        return None;
    }
    let is_read = |name: &str| match format {
        WorkbookFormat::Ods => name == "content.xml",
        WorkbookFormat::Xlsx => name.starts_with("xl/worksheets/_rels/") || name.starts_with("xl/drawings/_rels/"),
    };
    let names = archive.file_names().filter_map(Result::ok);
    let parts: Vec<String> = names.filter(|name| is_read(name)).map(|name| name.into_owned()).collect();
    let mut links = Links::default();
    for part in parts {
        of_part(archive.by_name(&part).ok()?.take(LARGEST), &mut links.addresses)?;
    }
    match format {
        WorkbookFormat::Ods => ods::links(archive, &mut links)?,
        WorkbookFormat::Xlsx => {
            drop(archive);
            content.seek(SeekFrom::Start(0)).ok()?;
            place_those_of_xlsx(content, &mut links)?;
        }
    }
    Some(links)
}

fn place_those_of_xlsx(content: impl Read + Seek, links: &mut Links) -> Option<()> {
    let mut workbook: Xlsx<_> = Xlsx::new(content).ok()?;
    for sheet in workbook.sheet_names() {
        for link in workbook.hyperlinks_by_sheet_name(&sheet).ok()? {
            let (target, within) = (link.target.unwrap_or_default(), link.location.filter(|within| !within.is_empty()));
            let address = within.map_or_else(|| target.clone(), |within| format!("{target}#{within}"));
            let ((top, left), (bottom, right)) = (link.range.start, link.range.end);
            let (rows, columns) = (bottom.checked_sub(top)?, right.checked_sub(left)?);
            let cells = (u64::from(rows) + 1) * (u64::from(columns) + 1);
            if cells > MOST_CELLS {
                links.addresses.insert(format!("{address} ({cells} cellules)"));
                continue;
            }
            for (at, column) in (top..=bottom).flat_map(|at| (left..=right).map(move |column| (at, column))) {
                links.place(&sheet, at, column, &address);
            }
        }
    }
    Some(())
}

fn of_part(part: impl Read, links: &mut BTreeSet<String>) -> Option<()> {
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(part));
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(element) | Event::Empty(element) => {
                let address = match element.name().0 {
                    "text:a" | "draw:a" => attribute(&element, "xlink:href")?,
                    "Relationship" if attribute(&element, "Type")?.is_some_and(|kind| kind.ends_with("/hyperlink")) => {
                        attribute(&element, "Target")?
                    }
                    _ => None,
                };
                links.extend(address);
            }
            Event::Eof => return Some(()),
            _ => {}
        }
    }
}
