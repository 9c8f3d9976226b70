//! What an ODS has around its cells.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use quick_xml::events::BytesStart;
use rust_decimal::Decimal;
use zip::ZipArchive;

use super::super::ods::attribute;
use super::{Around, Met, formats, is_yes, of_sheet, walk};
use crate::reports::sheets::column_name;

pub(super) fn read<R: Read + Seek>(archive: &mut ZipArchive<R>, around: &mut Around) -> Option<()> {
    let mut pages = Pages::default();
    let mut numbers = Numbers::default();
    walk(archive, "styles.xml", &mut |met| {
        numbers.take(&met)?;
        pages.take(&met)
    })?;
    let mut tables = Tables { pages: pages.of, ..Tables::default() };
    walk(archive, "content.xml", &mut |met| {
        numbers.take(&met)?;
        tables.take(&met, around)
    })?;
    for (sheet, style) in &tables.used {
        if let Some(how) = numbers.misread(style) {
            around.format(&of_sheet(sheet), how);
        }
    }
    Some(())
}

/// What is printed above and below each page, by the name of the page.
#[derive(Default)]
struct Pages {
    of: BTreeMap<String, Vec<String>>,
    page: Option<String>,
    /// How deep in a heading or a foot that is printed one is, and in a field of it, whose text is each program's.
    within: u32,
    is_hidden: bool,
    field: u32,
    text: String,
}

/// Stands for the name of the sheet.
const SHEET_NAME: char = '\u{fffc}';

impl Pages {
    fn take(&mut self, met: &Met<'_>) -> Option<()> {
        match met {
            Met::Start("style:master-page", element) => self.page = attribute(element, "style:name")?,
            Met::Start(name, element) if is_printed(name) => {
                self.within += 1;
                self.is_hidden = attribute(element, "style:display")?.as_deref() == Some("false");
            }
            Met::Start("text:sheet-name", _) if self.within > 0 => {
                self.field += 1;
                self.text.push(SHEET_NAME);
            }
            Met::Start("text:page-number" | "text:page-count", _) if self.within > 0 => self.field += 1,
            Met::Text(text) if self.within > 0 && self.field == 0 => self.text.push_str(text),
            Met::End("text:sheet-name" | "text:page-number" | "text:page-count") => {
                self.field = self.field.saturating_sub(1);
            }
            Met::End(name) if is_printed(name) => {
                self.end_of_text();
                self.within = self.within.saturating_sub(1);
                self.is_hidden &= self.within > 0;
            }
            Met::End(name) if name.starts_with("style:region-") || *name == "text:p" => self.end_of_text(),
            _ => {}
        }
        Some(())
    }

    fn end_of_text(&mut self) {
        let text = std::mem::take(&mut self.text);
        if let Some(page) = self.page.as_ref().filter(|_| self.within > 0 && !self.is_hidden) {
            self.of.entry(page.clone()).or_default().push(text);
        }
    }
}

fn is_printed(name: &str) -> bool {
    name.starts_with("style:header") && !name.ends_with("-style")
        || name.starts_with("style:footer") && !name.ends_with("-style")
}

/// The styles of numbers and of cells: programs write many that no cell has.
#[derive(Default)]
struct Numbers {
    open: Option<Number>,
    known: BTreeMap<String, Number>,
    /// Of styles of cells: that of their numbers, and the style that they are made from.
    cells: BTreeMap<String, (Option<String>, Option<String>)>,
}

/// A style of numbers.
#[derive(Default)]
struct Number {
    name: String,
    is_date: bool,
    shows_it: bool,
    is_scaled: bool,
    /// The styles that take its place under a condition, and whether they are of negative numbers.
    maps: Vec<(String, bool)>,
    literal: String,
    in_literal: u32,
    calendar: String,
}

impl Numbers {
    fn take(&mut self, met: &Met<'_>) -> Option<()> {
        match met {
            Met::Start("style:style", element) => {
                if let Some(name) = attribute(element, "style:name")? {
                    let numbers = attribute(element, "style:data-style-name")?;
                    self.cells.insert(name, (numbers, attribute(element, "style:parent-style-name")?));
                }
            }
            Met::Start(name, element) if is_style_of_numbers(name) => {
                let style = attribute(element, "style:name")?.unwrap_or_default();
                self.open = Some(Number { name: style, is_date: *name == "number:date-style", ..Number::default() });
            }
            Met::End(name) if is_style_of_numbers(name) => {
                if let Some(number) = self.open.take() {
                    self.known.insert(number.name.clone(), number);
                }
            }
            met => {
                if let Some(number) = &mut self.open {
                    number.take(met)?;
                }
            }
        }
        Some(())
    }

    /// How what cells of a style show is read as something else; none where it is not.
    fn misread(&self, style: &str) -> Option<&'static str> {
        const MOST_PARENTS: usize = 10;
        let mut style = style;
        for _ in 0..MOST_PARENTS {
            let (numbers, parent) = self.cells.get(style)?;
            if let Some(numbers) = numbers {
                let number = self.known.get(numbers)?;
                let of_negative = |(name, is_negative): &(String, bool)| Some((self.known.get(name)?, *is_negative));
                let others = number.maps.iter().filter_map(of_negative);
                return std::iter::once((number, !number.maps.is_empty()))
                    .chain(others)
                    .find_map(|(number, may_have_sign)| number.misread(may_have_sign));
            }
            style = parent.as_deref()?;
        }
        None
    }
}

impl Number {
    fn take(&mut self, met: &Met<'_>) -> Option<()> {
        match met {
            Met::Start(name, element) => match *name {
                "number:number" | "number:scientific-number" | "number:fraction" => {
                    self.shows_it = true;
                    let factor = attribute(element, "number:display-factor")?;
                    self.is_scaled |= factor.is_some_and(|factor| factor.parse() != Ok(Decimal::ONE));
                }
                "number:text" | "number:embedded-text" => self.in_literal += 1,
                "number:day" => self.calendar.push('d'),
                "number:month" => self.calendar.push('m'),
                "number:year" => self.calendar.push('y'),
                "style:map" => {
                    let is_negative = attribute(element, "style:condition")?.is_some_and(|when| when.contains('<'));
                    self.maps.extend(attribute(element, "style:apply-style-name")?.map(|name| (name, is_negative)));
                }
                _ => {}
            },
            Met::Text(text) if self.in_literal > 0 => self.literal.push_str(text),
            Met::End("number:text" | "number:embedded-text") => self.in_literal = self.in_literal.saturating_sub(1),
            _ => {}
        }
        Some(())
    }

    /// What is said of negative numbers alone has a sign.
    fn misread(&self, may_have_sign: bool) -> Option<&'static str> {
        if self.is_scaled {
            return Some("il le divise");
        }
        if self.literal.chars().any(char::is_numeric) {
            return Some("il y ajoute des chiffres");
        }
        if self.is_date {
            return formats::month_before_day(&self.calendar);
        }
        if !may_have_sign && self.literal.contains(['-', '−', '–']) {
            return Some("il y ajoute un signe");
        }
        (!self.shows_it && self.maps.is_empty()).then_some("il n’en montre rien")
    }
}

/// Those of texts, times and truths are of no cell of a list.
fn is_style_of_numbers(name: &str) -> bool {
    matches!(name, "number:number-style" | "number:currency-style" | "number:percentage-style" | "number:date-style")
}

#[derive(Default)]
struct Tables {
    pages: BTreeMap<String, Vec<String>>,
    /// The styles of tables: the page, and whether the table is hidden.
    styles: BTreeMap<String, (Option<String>, bool)>,
    style: Option<String>,
    /// How deep in tables one is: one within a cell is no sheet.
    depth: u32,
    sheet: String,
    row: u32,
    rows: u32,
    column: u32,
    hidden_columns: BTreeSet<u32>,
    has_hidden_row: bool,
    drawn: u32,
    drawing: String,
    annotated: u32,
    annotation: String,
    cell: Option<Shown>,
    cells: u32,
    /// The styles that columns give to cells without one: from which column on.
    usual: BTreeMap<u32, Option<String>>,
    /// The styles of cells with numbers and days, by sheet.
    used: BTreeSet<(String, String)>,
}

/// A cell with a number, and what it shows.
struct Shown {
    value: Decimal,
    text: String,
    repeated: u32,
}

impl Tables {
    fn take(&mut self, met: &Met<'_>, around: &mut Around) -> Option<()> {
        match met {
            Met::Start(name, element) => self.start(name, element, around)?,
            Met::Text(text) => {
                if self.annotated > 0 {
                    self.annotation.push_str(text);
                } else if self.drawn > 0 {
                    self.drawing.push_str(text);
                } else if let Some(cell) = &mut self.cell {
                    cell.text.push_str(text);
                }
            }
            Met::End(name) => self.end(name, around),
        }
        Some(())
    }

    fn start(&mut self, name: &str, element: &BytesStart<'_>, around: &mut Around) -> Option<()> {
        match name {
            "style:style" => {
                self.style = attribute(element, "style:name")?;
                if let Some(style) = &self.style {
                    let page = attribute(element, "style:master-page-name")?;
                    self.styles.insert(style.clone(), (page, false));
                }
            }
            "style:table-properties" => {
                let is_hidden = attribute(element, "table:display")?.as_deref() == Some("false");
                if let Some((_, hidden)) = self.style.as_ref().and_then(|style| self.styles.get_mut(style)) {
                    *hidden = is_hidden;
                }
            }
            "table:table" => {
                self.depth += 1;
                if self.depth == 1 {
                    self.begin(element, around)?;
                }
            }
            "office:annotation" => self.annotated += 1,
            "text:p" if self.annotated > 0 => self.annotation.push(' '),
            "text:p" if self.drawn > 0 => self.drawing.push(' '),
            _ if name.starts_with("draw:") || name.starts_with("dr3d:") => self.drawn += 1,
            _ if self.depth != 1 => {}
            "table:table-column" => {
                let times = times(element, "table:number-columns-repeated")?;
                if attribute(element, "table:visibility")?.is_some_and(|how| how != "visible") {
                    self.hidden_columns.insert(self.column);
                }
                self.usual.insert(self.column, attribute(element, "table:default-cell-style-name")?);
                self.column = self.column.saturating_add(times);
            }
            "table:table-row" => {
                self.rows = times(element, "table:number-rows-repeated")?;
                self.cells = 0;
                if attribute(element, "table:visibility")?.is_some_and(|how| how != "visible") && !self.has_hidden_row {
                    self.has_hidden_row = true;
                    let first = u64::from(self.row) + 1;
                    around
                        .add(of_sheet(&self.sheet), format!("des lignes y sont masquées, la première est la {first}"));
                }
            }
            "table:table-cell" | "table:covered-table-cell" => {
                let repeated = times(element, "table:number-columns-repeated")?;
                let kind = attribute(element, "office:value-type")?;
                if kind.as_deref() == Some("percentage") {
                    around.percentage(&self.sheet);
                }
                if matches!(kind.as_deref(), Some("float" | "currency" | "percentage" | "date")) {
                    let usual = || self.usual.range(..=self.cells).next_back().and_then(|(_, style)| style.clone());
                    let style = attribute(element, "table:style-name")?.or_else(usual);
                    self.used.extend(style.map(|style| (self.sheet.clone(), style)));
                }
                let is_number = matches!(kind.as_deref(), Some("float" | "currency" | "percentage"));
                let value = if is_number { attribute(element, "office:value")? } else { None };
                self.cell = value.and_then(|value| value.parse().ok()).map(|value: Decimal| {
                    let value =
                        if kind.as_deref() == Some("percentage") { value * Decimal::ONE_HUNDRED } else { value };
                    Shown { value, text: String::new(), repeated }
                });
                if self.cell.is_none() {
                    self.cells = self.cells.saturating_add(repeated);
                }
            }
            _ => {}
        }
        Some(())
    }

    fn begin(&mut self, element: &BytesStart<'_>, around: &mut Around) -> Option<()> {
        self.sheet = attribute(element, "table:name")?.unwrap_or_default();
        (self.row, self.column, self.has_hidden_row) = (0, 0, false);
        self.hidden_columns.clear();
        self.usual.clear();
        let style = attribute(element, "table:style-name")?.and_then(|style| self.styles.get(&style));
        if let Some((page, is_hidden)) = style {
            if *is_hidden {
                around.add(of_sheet(&self.sheet), "la feuille est masquée");
            }
            for text in page.iter().filter_map(|page| self.pages.get(page)).flatten() {
                around.printed(&self.sheet, &text.replace(SHEET_NAME, &self.sheet));
            }
        }
        if attribute(element, "table:print")?.is_some_and(|print| !is_yes(Some(&print))) {
            around.add(of_sheet(&self.sheet), "elle n’est pas imprimée");
        }
        if let Some(ranges) = attribute(element, "table:print-ranges")?.filter(|ranges| !ranges.is_empty()) {
            around.text(&self.sheet, "seule une partie en est imprimée", &ranges);
        }
        Some(())
    }

    fn end(&mut self, name: &str, around: &mut Around) {
        match name {
            "style:style" => self.style = None,
            "table:table" => {
                if self.depth == 1 && !self.hidden_columns.is_empty() {
                    let names =
                        self.hidden_columns.iter().map(|at| column_name(u16::try_from(*at).unwrap_or(u16::MAX)));
                    let names = names.collect::<Vec<_>>().join(", ");
                    around.text(&self.sheet, "des colonnes y sont masquées, à partir de", &names);
                }
                self.depth = self.depth.saturating_sub(1);
            }
            "office:annotation" => {
                self.annotated = self.annotated.saturating_sub(1);
                around.comment(&self.sheet, &std::mem::take(&mut self.annotation));
            }
            _ if name.starts_with("draw:") || name.starts_with("dr3d:") => {
                self.drawn = self.drawn.saturating_sub(1);
                if self.drawn == 0 {
                    around.drawing(&self.sheet, &std::mem::take(&mut self.drawing));
                }
            }
            "table:table-row" if self.depth == 1 => self.row = self.row.saturating_add(self.rows),
            "table:table-cell" | "table:covered-table-cell" if self.depth == 1 => {
                let Some(Shown { value, text, repeated }) = self.cell.take() else { return };
                if reads_otherwise(&text, value) {
                    let column = column_name(u16::try_from(self.cells).unwrap_or(u16::MAX));
                    let place = format!("{}, cellule {column}{}", of_sheet(&self.sheet), u64::from(self.row) + 1);
                    let value = value.normalize().to_string().replace('.', ",");
                    around.add(place, format!("montre « {} » pour la valeur {value}", super::plain(&text)));
                }
                self.cells = self.cells.saturating_add(repeated);
            }
            _ => {}
        }
    }
}

fn times(element: &BytesStart<'_>, name: &str) -> Option<u32> {
    attribute(element, name)?.map_or(Some(1), |number| number.parse().ok())
}

/// Whether a text is a number, and another one than a value that was rounded for it.
fn reads_otherwise(text: &str, value: Decimal) -> bool {
    let sign = if text.contains(['-', '−', '(']) { "-" } else { "" };
    let digits: String = text.chars().filter(|c| c.is_ascii_digit() || matches!(c, ',' | '.')).collect();
    if !digits.contains(|c: char| c.is_ascii_digit()) || text.contains(['E', 'e']) {
        return false;
    }
    // A comma is of decimals here, and of thousands elsewhere.
    let readings = [digits.replace('.', "").replace(',', "."), digits.replace(',', "")];
    !readings.iter().filter_map(|reading| format!("{sign}{reading}").parse::<Decimal>().ok()).any(|shown| {
        let room = Decimal::new(501, 3).checked_div(Decimal::from(10_u64.saturating_pow(shown.scale().min(15))));
        shown.checked_sub(value).zip(room).is_some_and(|(apart, room)| apart.abs() <= room)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_cell_shows_is_its_value_rounded_in_whatever_country() {
        let value = |text: &str| text.parse::<Decimal>().unwrap();
        for (text, of) in [
            ("101\u{202f}089,30\u{a0}€", "101089.3"),
            ("101,089.30 €", "101089.3"),
            ("-3,00 €", "-3"),
            ("1,234", "1234"),
            ("30,5 %", "30.51"),
            ("5", "4.6"),
            ("", "3"),
            ("1,0E5", "100000"),
        ] {
            assert!(!reads_otherwise(text, value(of)), "{text}");
        }
        for (text, of) in
            [("9\u{202f}101\u{202f}089,30", "101089.3"), ("101", "101089.3"), ("-5,00", "5"), ("6", "4.6")]
        {
            assert!(reads_otherwise(text, value(of)), "{text}");
        }
    }
}
