//! What a workbook says around its cells, and what it keeps from being seen: text boxes, comments, what is printed above and below each
//! page, hidden rows, columns and sheets, areas of printing, and formats that make a number read as another one.
//!
//! The looks of cells (fonts, colours, edges, formats under a condition) and the properties of the file are not among it.

mod formats;
mod ods;
mod xlsx;

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Seek};

use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::rows::{LARGEST, is_at_most};
use crate::domain::text::{printable_line, shortened};
use crate::reports::WorkbookFormat;

/// So much is told of a workbook; a sheet may hide any number of rows.
const MOST: usize = 1_000;
/// How many characters of a text are told.
const TEXT: usize = 80;

const PERCENTAGES: &str = "des nombres y sont montrés en pourcentage";

/// What there is around the cells of a workbook.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::reports) struct Around(BTreeSet<(String, String)>);

impl Around {
    /// What another workbook has not: where it is, and what it is, in French. What is gone misleads nobody.
    pub fn beyond<'a>(&'a self, kept: &'a Self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.difference(&kept.0).map(|(place, what)| (place.as_str(), what.as_str()))
    }

    /// Whether numbers of a sheet are shown as percentages.
    pub fn has_percentages(&self, sheet: &str) -> bool {
        self.0.contains(&(of_sheet(sheet), PERCENTAGES.to_owned()))
    }

    fn add(&mut self, place: impl Into<String>, what: impl Into<String>) {
        if self.0.len() < MOST {
            self.0.insert((place.into(), what.into()));
        }
    }

    /// Something on a sheet that has a text; nothing of none.
    fn text(&mut self, sheet: &str, what: &str, text: &str) {
        let text = plain(text);
        if !text.is_empty() {
            self.add(of_sheet(sheet), format!("{what} : « {} »", shortened(&text, TEXT)));
        }
    }

    /// What is drawn on a sheet.
    fn drawing(&mut self, sheet: &str, text: &str) {
        if plain(text).is_empty() {
            self.add(of_sheet(sheet), "un dessin ou une image y est posé");
        } else {
            self.text(sheet, "une zone de texte y est posée", text);
        }
    }

    fn comment(&mut self, sheet: &str, text: &str) {
        self.text(sheet, "un commentaire y est joint à une cellule", text);
    }

    /// A part of what is printed above or below each page. Spaces are each program's.
    fn printed(&mut self, sheet: &str, text: &str) {
        self.text(sheet, "un en-tête ou un pied de page imprimé dit", text);
    }

    fn format(&mut self, place: &str, how: &str) {
        self.add(place, format!("un format de nombre fait lire autre chose que la valeur : {how}"));
    }

    fn percentage(&mut self, sheet: &str) {
        self.add(of_sheet(sheet), PERCENTAGES);
    }
}

/// The same; none where it cannot be read.
pub(in crate::reports) fn around(format: WorkbookFormat, content: impl Read + Seek) -> Option<Around> {
    let mut archive = ZipArchive::new(content).ok()?;
    if !is_at_most(LARGEST, &mut archive) {
        return None;
    }
    let mut around = Around::default();
    match format {
        WorkbookFormat::Ods => ods::read(&mut archive, &mut around)?,
        WorkbookFormat::Xlsx => xlsx::read(&mut archive, &mut around)?,
    }
    Some(around)
}

fn of_sheet(sheet: &str) -> String {
    format!("feuille « {sheet} »")
}

/// A text without what programs put in and leave out.
fn plain(text: &str) -> String {
    printable_line(text).split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a part of a workbook is made of.
enum Met<'a> {
    Start(&'a str, &'a BytesStart<'a>),
    Text(&'a str),
    End(&'a str),
}

/// Calls `each` with all that a part has; none where it cannot be read. A part that is not there has nothing.
fn walk<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    part: &str,
    each: &mut dyn FnMut(Met<'_>) -> Option<()>,
) -> Option<()> {
    if archive.index_for_name(part).is_none() {
        return Some(());
    }
    let content = archive.by_name(part).ok()?.take(LARGEST);
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(content));
    reader.config_mut().expand_empty_elements = true;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(element) => each(Met::Start(element.name().0, &element))?,
            Event::End(element) => each(Met::End(element.name().0))?,
            Event::Text(text) => each(Met::Text(&text.xml10_content()))?,
            Event::CData(text) => each(Met::Text(&text.xml10_content()))?,
            Event::GeneralRef(entity) => match (resolve_xml_entity(&entity), entity.resolve_char_ref()) {
                (Some(text), _) => each(Met::Text(text))?,
                (None, Ok(Some(character))) => each(Met::Text(character.encode_utf8(&mut [0; 4])))?,
                _ => return None,
            },
            Event::Eof => return Some(()),
            _ => {}
        }
    }
}

/// Whether an attribute says yes.
fn is_yes(value: Option<&str>) -> bool {
    matches!(value, Some("1" | "true" | "on"))
}
