//! The rows of an ODS.

use std::io::{BufReader, Read, Seek};

use calamine::Data;
use quick_xml::XmlVersion;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::formulas::Formulas;
use super::links::Links;
use super::rows::{EachRow, LARGEST};

const MOST_COLUMNS: usize = 16_384;
const MOST_ROWS: u32 = 1 << 20;
/// How often a row that says something may be told at once.
const MOST_REPEATED: u32 = 1 << 14;
/// How many cells with a link or a formula may be told at once.
const MOST_LINKED: usize = 1 << 12;

/// A sheet that is being read.
#[derive(Default)]
struct Sheet {
    name: String,
    at: u32,
    repeated: u32,
    row: Vec<Data>,
    /// Empty cells that nothing has followed yet.
    empty: usize,
    cell: Option<Open>,
    /// The links of the row, by column.
    links: Vec<(u32, String)>,
    /// Its formulas, by column.
    formulas: Vec<(u32, String)>,
}

/// A cell whose end has not come.
struct Open {
    repeated: usize,
    /// Its value, when it is typed.
    typed: Option<Data>,
    text: String,
    paragraphs: usize,
    /// How deep in paragraphs, and in what is no part of the text, one is.
    in_paragraph: u32,
    aside: u32,
    links: Vec<String>,
    formula: Option<String>,
}

/// Calls `each` with every row that is not empty.
pub(super) fn rows<R: Read + Seek>(archive: ZipArchive<R>, each: EachRow<'_>) -> Option<()> {
    read(archive, &mut |sheet| if sheet.row.is_empty() { Some(()) } else { each(&sheet.name, sheet.at, &sheet.row) })
}

/// The cells that have formulas.
pub(super) fn formulas<R: Read + Seek>(archive: ZipArchive<R>, formulas: &mut Formulas) -> Option<()> {
    read(archive, &mut |sheet| {
        for (column, formula) in &sheet.formulas {
            formulas.place(&sheet.name, sheet.at, *column, formula);
        }
        Some(())
    })
}

/// The cells that have links.
pub(super) fn links<R: Read + Seek>(archive: ZipArchive<R>, links: &mut Links) -> Option<()> {
    read(archive, &mut |sheet| {
        for (column, address) in &sheet.links {
            links.place(&sheet.name, sheet.at, *column, address);
        }
        Some(())
    })
}

/// Calls `each` with every row that says something, has links or formulas.
fn read<R: Read + Seek>(mut archive: ZipArchive<R>, each: &mut dyn FnMut(&Sheet) -> Option<()>) -> Option<()> {
    let content = archive.by_name("content.xml").ok()?.take(LARGEST);
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(content));
    reader.config_mut().expand_empty_elements = true;
    let (mut buffer, mut sheet, mut depth) = (Vec::new(), Sheet::default(), 0_u32);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(element) => match element.name().0 {
                // A table within a cell is no sheet.
                "table:table" => {
                    depth += 1;
                    if depth == 1 {
                        sheet =
                            Sheet { name: attribute(&element, "table:name")?.unwrap_or_default(), ..Sheet::default() };
                    }
                }
                _ if depth != 1 => {}
                name => sheet.start(name, &element)?,
            },
            Event::End(element) => match element.name().0 {
                "table:table" => depth = depth.checked_sub(1)?,
                _ if depth != 1 => {}
                name => sheet.end(name, each)?,
            },
            Event::Text(text) if depth == 1 => sheet.text(&text.xml10_content()),
            Event::CData(text) if depth == 1 => sheet.text(&text.xml10_content()),
            Event::GeneralRef(entity) if depth == 1 => match (resolve_xml_entity(&entity), entity.resolve_char_ref()) {
                (Some(text), _) => sheet.text(text),
                (None, Ok(Some(character))) => sheet.text(character.encode_utf8(&mut [0; 4])),
                _ => return None,
            },
            Event::Eof => return Some(()),
            _ => {}
        }
    }
}

impl Sheet {
    fn start(&mut self, name: &str, element: &BytesStart<'_>) -> Option<()> {
        if let Some(open) = &mut self.cell {
            match name {
                "text:a" | "draw:a" => open.links.extend(attribute(element, "xlink:href")?),
                "office:annotation" => open.aside += 1,
                _ if open.aside > 0 => {}
                "text:p" => {
                    if open.paragraphs > 0 {
                        open.text.push('\n');
                    }
                    open.paragraphs += 1;
                    open.in_paragraph += 1;
                }
                "text:s" => {
                    let spaces = attribute(element, "text:c")?.map_or(Some(1), |number| number.parse().ok())?;
                    open.text.extend(std::iter::repeat_n(' ', spaces.min(MOST_COLUMNS)));
                }
                "text:tab" => open.text.push('\t'),
                "text:line-break" => open.text.push('\n'),
                _ => {}
            }
            return Some(());
        }
        match name {
            "table:table-row" => {
                self.repeated = repeated(element, "table:number-rows-repeated")?;
                self.row.clear();
                self.links.clear();
                self.formulas.clear();
                self.empty = 0;
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let repeated = usize::try_from(repeated(element, "table:number-columns-repeated")?).ok()?;
                self.cell = Some(Open {
                    repeated,
                    typed: typed(element)?,
                    text: String::new(),
                    paragraphs: 0,
                    in_paragraph: 0,
                    aside: 0,
                    links: Vec::new(),
                    formula: attribute(element, "table:formula")?,
                });
            }
            _ => {}
        }
        Some(())
    }

    fn text(&mut self, text: &str) {
        if let Some(open) = self.cell.as_mut().filter(|open| open.in_paragraph > 0 && open.aside == 0) {
            open.text.push_str(text);
        }
    }

    fn end(&mut self, name: &str, each: &mut dyn FnMut(&Self) -> Option<()>) -> Option<()> {
        match name {
            "table:table-cell" | "table:covered-table-cell" => {
                let Some(open) = self.cell.take() else { return Some(()) };
                let first = u32::try_from(self.row.len().saturating_add(self.empty)).ok()?;
                for (column, link) in (first..)
                    .take(open.repeated.min(MOST_LINKED))
                    .flat_map(|column| open.links.iter().map(move |link| (column, link)))
                {
                    self.links.push((column, link.clone()));
                }
                for column in (first..).take(open.repeated.min(MOST_LINKED)) {
                    self.formulas.extend(open.formula.clone().map(|formula| (column, formula)));
                }
                let told = if open.text.is_empty() { Data::Empty } else { Data::String(open.text) };
                let value = open.typed.unwrap_or(told);
                if value == Data::Empty {
                    self.empty = self.empty.saturating_add(open.repeated);
                    return Some(());
                }
                if self.row.len().saturating_add(self.empty).saturating_add(open.repeated) > MOST_COLUMNS {
                    return None;
                }
                self.row.resize(self.row.len() + std::mem::take(&mut self.empty), Data::Empty);
                self.row.resize(self.row.len() + open.repeated, value);
            }
            "table:table-row" => {
                let end = self.at.saturating_add(self.repeated);
                if !(self.row.is_empty() && self.links.is_empty() && self.formulas.is_empty()) {
                    if self.repeated > MOST_REPEATED {
                        return None;
                    }
                    while self.at < end {
                        each(self)?;
                        self.at += 1;
                    }
                }
                self.at = end;
            }
            _ => {
                if let Some(open) = &mut self.cell {
                    match name {
                        "office:annotation" => open.aside = open.aside.saturating_sub(1),
                        "text:p" if open.aside == 0 => open.in_paragraph = open.in_paragraph.saturating_sub(1),
                        _ => {}
                    }
                }
            }
        }
        Some(())
    }
}

/// The value of a cell that is no text; the outer none where it cannot be read.
#[allow(clippy::option_option, reason = "a text has no other value")]
fn typed(element: &BytesStart<'_>) -> Option<Option<Data>> {
    let Some(kind) = attribute(element, "office:value-type")? else { return Some(None) };
    Some(match kind.as_str() {
        "float" | "currency" | "percentage" => Some(Data::Float(attribute(element, "office:value")??.parse().ok()?)),
        "date" => Some(Data::DateTimeIso(attribute(element, "office:date-value")??)),
        "time" => Some(Data::DurationIso(attribute(element, "office:time-value")??)),
        "boolean" => Some(Data::Bool(attribute(element, "office:boolean-value")?? == "true")),
        _ => attribute(element, "office:string-value")?.map(Data::String),
    })
}

fn repeated(element: &BytesStart<'_>, name: &str) -> Option<u32> {
    let times = attribute(element, name)?.map_or(Some(1), |number| number.parse::<u32>().ok())?;
    Some(times.min(MOST_ROWS))
}

/// An attribute of an element; the outer none where it cannot be read.
#[allow(clippy::option_option, reason = "an element without an attribute is well made")]
pub(super) fn attribute(element: &BytesStart<'_>, name: &str) -> Option<Option<String>> {
    let Some(attribute) = element.try_get_attribute(name).ok()? else { return Some(None) };
    Some(Some(attribute.normalized_value(XmlVersion::Explicit1_0).ok()?.into_owned()))
}
