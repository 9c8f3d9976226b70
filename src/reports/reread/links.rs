//! Where the links of a workbook lead: what is read beside its cells, since a link may lead elsewhere than its text says.

use std::collections::BTreeSet;
use std::io::{BufReader, Read, Seek};

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use zip::ZipArchive;

use super::rows::LARGEST;
use crate::reports::WorkbookFormat;

/// The addresses, and the formulas that make one; none where it cannot be read.
pub(in crate::reports) fn links(format: WorkbookFormat, content: impl Read + Seek) -> Option<BTreeSet<String>> {
    let mut archive = ZipArchive::new(content).ok()?;
    let is_read = |name: &str| match format {
        WorkbookFormat::Ods => name == "content.xml",
        WorkbookFormat::Xlsx => name.starts_with("xl/worksheets/"),
    };
    let names = archive.file_names().filter_map(Result::ok);
    let parts: Vec<String> = names.filter(|name| is_read(name)).map(|name| name.into_owned()).collect();
    let mut links = BTreeSet::new();
    for part in parts {
        let part = archive.by_name(&part).ok()?;
        if part.size() > LARGEST {
            return None;
        }
        of_part(part.take(LARGEST), &mut links)?;
    }
    Some(links)
}

fn of_part(part: impl Read, links: &mut BTreeSet<String>) -> Option<()> {
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(part));
    let (mut buffer, mut is_formula) = (Vec::new(), false);
    loop {
        buffer.clear();
        match reader.read_event_into(&mut buffer).ok()? {
            Event::Start(element) | Event::Empty(element) => {
                is_formula = element.name().0 == "f";
                let address = match element.name().0 {
                    "text:a" | "draw:a" => attribute(&element, "xlink:href")?,
                    "Relationship" if attribute(&element, "Type")?.is_some_and(|kind| kind.ends_with("/hyperlink")) => {
                        attribute(&element, "Target")?
                    }
                    "table:table-cell" => attribute(&element, "table:formula")?.filter(|formula| makes_a_link(formula)),
                    _ => None,
                };
                links.extend(address);
            }
            Event::Text(text) if is_formula => {
                links.extend(Some(text.xml10_content().into_owned()).filter(|formula| makes_a_link(formula)));
            }
            Event::End(_) => is_formula = false,
            Event::Eof => return Some(()),
            _ => {}
        }
    }
}

fn makes_a_link(formula: &str) -> bool {
    formula.to_ascii_uppercase().contains("HYPERLINK")
}

/// An attribute of an element; the outer none where it cannot be read.
#[allow(clippy::option_option, reason = "an element without an attribute is well made")]
fn attribute(element: &BytesStart<'_>, name: &str) -> Option<Option<String>> {
    let Some(attribute) = element.try_get_attribute(name).ok()? else { return Some(None) };
    Some(Some(attribute.normalized_value(XmlVersion::Explicit1_0).ok()?.into_owned()))
}
