//! What an XLSX has around its cells.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use quick_xml::events::BytesStart;
use zip::ZipArchive;

use super::super::ods::attribute;
use super::{Around, Met, formats, is_yes, of_sheet, walk};

pub(super) fn read<R: Read + Seek>(archive: &mut ZipArchive<R>, around: &mut Around) -> Option<()> {
    let codes = formats_of_cells(archive)?;
    let parts = relations(archive, "xl/workbook.xml")?;
    for (name, id) in sheets(archive, around)? {
        let Some((_, part)) = parts.get(&id) else { continue };
        of_sheet_part(archive, &name, part, &codes, around)?;
        for (kind, part) in relations(archive, part)?.values() {
            let (open, is_comment) = match kind.as_str() {
                "comments" => ("comment", true),
                "threadedComment" => ("threadedComment", true),
                "drawing" => ("Anchor", false),
                _ => continue,
            };
            texts(archive, part, open, &mut |text| {
                if is_comment { around.comment(&name, text) } else { around.drawing(&name, text) }
            })?;
        }
    }
    Some(())
}

/// A name without its prefix.
fn bare(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The sheets and the identifiers of their parts. What is hidden, and what is printed of each, stands there too.
fn sheets<R: Read + Seek>(archive: &mut ZipArchive<R>, around: &mut Around) -> Option<Vec<(String, String)>> {
    let mut sheets: Vec<(String, String)> = Vec::new();
    let (mut area_of, mut area) = (None::<usize>, String::new());
    walk(archive, "xl/workbook.xml", &mut |met| {
        match met {
            Met::Start(name, element) if bare(name) == "sheet" => {
                let name = attribute(element, "name")?.unwrap_or_default();
                if attribute(element, "state")?.is_some_and(|state| state != "visible") {
                    around.add(of_sheet(&name), "la feuille est masquée");
                }
                sheets.push((name, attribute(element, "r:id")?.unwrap_or_default()));
            }
            Met::Start(name, element) if bare(name) == "definedName" => {
                let is_area = attribute(element, "name")?.as_deref() == Some("_xlnm.Print_Area");
                let of = attribute(element, "localSheetId")?.and_then(|of| of.parse().ok());
                area_of = of.filter(|_| is_area);
            }
            Met::Text(text) if area_of.is_some() => area.push_str(text),
            Met::End(name) if bare(name) == "definedName" => {
                if let Some((sheet, _)) = area_of.take().and_then(|at| sheets.get(at)) {
                    around.text(sheet, "seule une partie en est imprimée", &area);
                }
                area.clear();
            }
            _ => {}
        }
        Some(())
    })?;
    Some(sheets)
}

/// What a part leads to, by identifier: the kind and the other part.
fn relations<R: Read + Seek>(archive: &mut ZipArchive<R>, part: &str) -> Option<BTreeMap<String, (String, String)>> {
    let (directory, file) = part.rsplit_once('/')?;
    let mut relations = BTreeMap::new();
    walk(archive, &format!("{directory}/_rels/{file}.rels"), &mut |met| {
        if let Met::Start(name, element) = met
            && bare(name) == "Relationship"
        {
            let of = |name: &str| Some(attribute(element, name)?.unwrap_or_default());
            let (id, kind, target) = (of("Id")?, of("Type")?, of("Target")?);
            let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
            relations.insert(id, (kind, within(directory, &target)));
        }
        Some(())
    })?;
    Some(relations)
}

/// The name of a part that is named beside another.
fn within(directory: &str, target: &str) -> String {
    if let Some(absolute) = target.strip_prefix('/') {
        return absolute.to_owned();
    }
    let mut path: Vec<&str> = directory.split('/').collect();
    for step in target.split('/') {
        match step {
            ".." => {
                path.pop();
            }
            step => path.push(step),
        }
    }
    path.join("/")
}

/// The codes of the formats that the styles of cells have, in the order of the styles.
fn formats_of_cells<R: Read + Seek>(archive: &mut ZipArchive<R>) -> Option<Vec<String>> {
    let mut named: BTreeMap<String, String> = BTreeMap::new();
    let mut styles = Vec::new();
    let mut in_cells = false;
    walk(archive, "xl/styles.xml", &mut |met| {
        match met {
            Met::Start(name, element) => match bare(name) {
                "numFmt" => {
                    let id = attribute(element, "numFmtId")?.unwrap_or_default();
                    named.insert(id, attribute(element, "formatCode")?.unwrap_or_default());
                }
                "cellXfs" => in_cells = true,
                "xf" if in_cells => styles.push(attribute(element, "numFmtId")?.unwrap_or_default()),
                _ => {}
            },
            Met::End(name) if bare(name) == "cellXfs" => in_cells = false,
            _ => {}
        }
        Some(())
    })?;
    let code = |id: String| match (named.get(&id), id.as_str()) {
        (Some(code), _) => code.clone(),
        // Of those that every program knows, only these are told apart here.
        (None, "9" | "10") => "0%".to_owned(),
        (None, _) => "General".to_owned(),
    };
    Some(styles.into_iter().map(code).collect())
}

fn of_sheet_part<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    sheet: &str,
    part: &str,
    codes: &[String],
    around: &mut Around,
) -> Option<()> {
    let mut printed: Option<String> = None;
    let (mut cell, mut used) = (None::<usize>, BTreeSet::new());
    let (mut has_hidden_row, mut has_hidden_column) = (false, false);
    walk(archive, part, &mut |met| {
        match met {
            Met::Start(name, element) => match bare(name) {
                "row" if !has_hidden_row && is_yes(attribute(element, "hidden")?.as_deref()) => {
                    has_hidden_row = true;
                    let first = attribute(element, "r")?.unwrap_or_default();
                    let what = format!("des lignes y sont masquées, la première est la {first}");
                    around.add(of_sheet(sheet), what);
                }
                "col" if !has_hidden_column && is_yes(attribute(element, "hidden")?.as_deref()) => {
                    has_hidden_column = true;
                    around.add(of_sheet(sheet), hidden_columns(element)?);
                }
                "c" => cell = style_of_number(element)?,
                // A cell without a value shows none.
                "v" => used.extend(cell.take()),
                "oddHeader" | "oddFooter" | "evenHeader" | "evenFooter" | "firstHeader" | "firstFooter" => {
                    printed = Some(String::new());
                }
                _ => {}
            },
            Met::Text(text) => {
                if let Some(printed) = &mut printed {
                    printed.push_str(text);
                }
            }
            Met::End(_) => {
                if let Some(code) = printed.take() {
                    for text in regions(&code, sheet) {
                        around.printed(sheet, &text);
                    }
                }
            }
        }
        Some(())
    })?;
    for code in used.into_iter().filter_map(|style: usize| codes.get(style)) {
        if let Some(how) = formats::misread(code) {
            around.format(&of_sheet(sheet), how);
        }
        if formats::is_percentage(code) {
            around.percentage(sheet);
        }
    }
    Some(())
}

fn hidden_columns(element: &BytesStart<'_>) -> Option<String> {
    let first = attribute(element, "min")?.and_then(|min| min.parse::<u16>().ok()).unwrap_or(1);
    let name = crate::reports::sheets::column_name(first.saturating_sub(1));
    Some(format!("des colonnes y sont masquées, à partir de : « {name} »"))
}

/// The style of a cell with a number or a day; the outer none where it cannot be read.
#[allow(clippy::option_option, reason = "a cell with a text has no format to look at")]
fn style_of_number(element: &BytesStart<'_>) -> Option<Option<usize>> {
    let kind = attribute(element, "t")?;
    let style = attribute(element, "s")?.map_or(Some(0), |style| style.parse().ok());
    Some(style.filter(|_| matches!(kind.as_deref(), None | Some("n" | "d"))))
}

/// What a heading or a foot says, without the codes for its looks and its pages, left, middle and right.
fn regions(code: &str, sheet: &str) -> Vec<String> {
    let mut regions = vec![String::new()];
    let mut characters = code.chars().peekable();
    while let Some(character) = characters.next() {
        let Some(region) = regions.last_mut() else { break };
        if character != '&' {
            region.push(character);
            continue;
        }
        match characters.next() {
            Some('&') => region.push('&'),
            Some('A') => region.push_str(sheet),
            Some('L' | 'C' | 'R') => regions.push(String::new()),
            Some('"') => while characters.next().is_some_and(|c| c != '"') {},
            Some('K') => (0..6).for_each(|_| {
                characters.next_if(char::is_ascii_hexdigit);
            }),
            Some(digit) if digit.is_ascii_digit() => while characters.next_if(char::is_ascii_digit).is_some() {},
            _ => {}
        }
    }
    regions
}

/// Calls `each` with the text of each of the elements whose names end so, those without text too.
fn texts<R: Read + Seek>(
    archive: &mut ZipArchive<R>,
    part: &str,
    open: &str,
    each: &mut dyn FnMut(&str),
) -> Option<()> {
    let mut text: Option<String> = None;
    walk(archive, part, &mut |met| {
        match met {
            Met::Start(name, _) if bare(name).ends_with(open) => text = Some(String::new()),
            Met::Start(name, _) if matches!(bare(name), "p" | "r") => {
                if let Some(text) = &mut text {
                    text.push(' ');
                }
            }
            Met::Text(said) => {
                if let Some(text) = &mut text {
                    text.push_str(said);
                }
            }
            Met::End(name) if bare(name).ends_with(open) => {
                if let Some(text) = text.take() {
                    each(&text);
                }
            }
            _ => {}
        }
        Some(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_says_its_words_alone() {
        let said = |code: &str| regions(code, "Liste").into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>();
        assert_eq!(said("&L&10Liste R&&D — octobre 2021"), ["Liste R&D — octobre 2021"]);
        assert_eq!(said("&L&\"Arial,Regular\"&9&K000091&A&R&9page &P sur &N"), ["Liste", "page  sur "]);
    }

    #[test]
    fn a_part_is_named_beside_another() {
        assert_eq!(within("xl/worksheets", "../drawings/drawing1.xml"), "xl/drawings/drawing1.xml");
        assert_eq!(within("xl", "worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
        assert_eq!(within("xl", "/xl/worksheets/sheet1.xml"), "xl/worksheets/sheet1.xml");
    }
}
