//! Workbooks as ODS (ODF 1.3).
//!
//! Rows go into a scratch file as they come; what stands around them, which only the last one settles, is written when all have come.

mod style;
mod xml;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Seek, Write};

use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Field, Layout, Line, Paper, Properties, Tone, Value, WorkbookFormat, Writer, is_plain_address};
use crate::domain::instant::to_rfc3339;
use crate::files::Unfinished;
use crate::reports::cell::shown;
use crate::reports::{Cell, GENERATOR, ReportError};
use style::Height;
pub(super) use style::tenths_of_millimetres;
use xml::{escaped, paragraphs};

const MIMETYPE: &str = "application/vnd.oasis.opendocument.spreadsheet";
const NAMESPACES: &str = concat!(
    " xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\"",
    " xmlns:style=\"urn:oasis:names:tc:opendocument:xmlns:style:1.0\"",
    " xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\"",
    " xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\"",
    " xmlns:fo=\"urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0\"",
    " xmlns:number=\"urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0\"",
    " xmlns:svg=\"urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0\"",
    " xmlns:xlink=\"http://www.w3.org/1999/xlink\"",
    " xmlns:dc=\"http://purl.org/dc/elements/1.1/\"",
    " xmlns:meta=\"urn:oasis:names:tc:opendocument:xmlns:meta:1.0\"",
    " xmlns:config=\"urn:oasis:names:tc:opendocument:xmlns:config:1.0\"",
    " xmlns:of=\"urn:oasis:names:tc:opendocument:xmlns:of:1.2\"",
    " office:version=\"1.3\""
);
const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

impl From<ZipError> for ReportError {
    fn from(error: ZipError) -> Self {
        match error {
            ZipError::Io(source) => Self::from(source),
            _ => Self::from(io::Error::from(io::ErrorKind::InvalidInput)),
        }
    }
}

/// A workbook of this format.
pub(super) struct Ods<W> {
    to: W,
    properties: Properties,
    /// The tables, as they are written.
    body: Unfinished,
    /// What is not yet there of them.
    row: String,
    sheets: Vec<Sheet>,
    /// The widths of columns, and the heights of rows, that there are.
    widths: BTreeSet<u8>,
    heights: BTreeSet<Height>,
    /// The words that cells are to be chosen from.
    choices: Vec<&'static [&'static str]>,
}

/// What is written of a sheet when all its rows have come.
struct Sheet {
    layout: Layout,
    at: u32,
    /// The row of its first headings, where it is a table.
    headings: Option<u32>,
}

impl<W: Write + Seek> Ods<W> {
    pub fn new(to: W, properties: &Properties) -> Result<Self, ReportError> {
        Ok(Self {
            to,
            properties: properties.clone(),
            body: Unfinished::new()?,
            row: String::new(),
            sheets: Vec::new(),
            widths: BTreeSet::new(),
            heights: BTreeSet::new(),
            choices: Vec::new(),
        })
    }

    /// Writes a row whose cells are there.
    fn put_row(&mut self, cells: &str, height: Height) -> Result<(), ReportError> {
        self.heights.insert(height);
        self.row.clear();
        let _ = write!(self.row, "<table:table-row table:style-name=\"{}\">", style::row(height));
        self.row.push_str(if cells.is_empty() { "<table:table-cell/>" } else { cells });
        self.row.push_str("</table:table-row>\n");
        self.body.add(self.row.as_bytes())?;
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.at += 1;
        }
        Ok(())
    }

    /// The number of a choice.
    fn choice(&mut self, words: &'static [&'static str]) -> usize {
        self.choices.iter().position(|known| *known == words).unwrap_or_else(|| {
            self.choices.push(words);
            self.choices.len() - 1
        })
    }

    fn end(&mut self) -> Result<(), ReportError> {
        if !self.sheets.is_empty() {
            self.body.add(b"</table:table>\n")?;
        }
        Ok(())
    }
}

impl<W: Write + Seek> Writer for Ods<W> {
    fn sheet(&mut self, layout: &Layout) -> Result<(), ReportError> {
        self.end()?;
        let mut begins = format!(
            "<table:table table:name=\"{}\" table:style-name=\"ta{}\">",
            escaped(layout.name),
            self.sheets.len()
        );
        let repeated = if layout.pages_wide > 1 { usize::from(layout.frozen_columns) } else { 0 };
        for (index, width) in layout.widths.iter().enumerate() {
            self.widths.insert(*width);
            let opens = if index == 0 && repeated > 0 { "<table:table-header-columns>" } else { "" };
            let closes = if index + 1 == repeated { "</table:table-header-columns>" } else { "" };
            let _ = write!(begins, "{opens}<table:table-column table:style-name=\"co{width}\"/>{closes}");
        }
        begins.push('\n');
        self.body.add(begins.as_bytes())?;
        self.sheets.push(Sheet { layout: layout.clone(), at: 0, headings: None });
        Ok(())
    }

    fn line(&mut self, line: Line, text: &str, height: u32) -> Result<(), ReportError> {
        let columns = self.sheets.last().map_or(1, |sheet| sheet.layout.widths.len());
        let mut cells = format!(
            "<table:table-cell table:style-name=\"{}\" table:number-columns-spanned=\"{columns}\" \
             table:number-rows-spanned=\"1\" office:value-type=\"string\">{}</table:table-cell>",
            style::line(line),
            paragraphs(text)
        );
        if columns > 1 {
            let _ = write!(cells, "<table:covered-table-cell table:number-columns-repeated=\"{}\"/>", columns - 1);
        }
        self.put_row(&cells, Height::Fixed(height))
    }

    fn headings(&mut self, headings: &[&str], height: Option<u32>, is_first: bool) -> Result<(), ReportError> {
        let cells: String = headings.iter().map(|heading| heading_cell(heading)).collect();
        let height = Height::of(height);
        if !is_first {
            return self.put_row(&cells, height);
        }
        if let Some(sheet) = self.sheets.last_mut() {
            sheet.headings = Some(sheet.at);
        }
        self.body.add(b"<table:table-header-rows>\n")?;
        self.put_row(&cells, height)?;
        Ok(self.body.add(b"</table:table-header-rows>\n")?)
    }

    fn row(&mut self, tone: Tone, values: &[Value], height: Option<u32>) -> Result<(), ReportError> {
        let mut cells = String::new();
        for value in values {
            let choice = match value.field {
                Some(Field::Choice(words)) => Some(self.choice(words)),
                _ => None,
            };
            put(&mut cells, value, value.tone.unwrap_or(tone), choice);
        }
        self.put_row(&cells, Height::of(height))
    }

    fn blank(&mut self) -> Result<(), ReportError> {
        self.put_row("", Height::Usual)
    }

    fn finish(mut self: Box<Self>) -> Result<(), ReportError> {
        self.end()?;
        let Self { to, properties, body, sheets, widths, heights, choices, .. } = *self;
        let body = body.finish()?;
        let mut zip = ZipWriter::new(to);
        // First and as it is, so that who looks at the first bytes knows what it is.
        zip.start_file("mimetype", SimpleFileOptions::default().compression_method(CompressionMethod::Stored))?;
        zip.write_all(MIMETYPE.as_bytes())?;
        let parts = [
            ("META-INF/manifest.xml", manifest()),
            ("meta.xml", meta(&properties)),
            ("settings.xml", settings(&sheets)),
            ("styles.xml", styles(&sheets)),
        ];
        let packed = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
        for (name, part) in parts {
            zip.start_file(name, packed)?;
            zip.write_all(part.as_bytes())?;
        }
        zip.start_file("content.xml", packed.large_file(body.size() > u64::from(u32::MAX / 2)))?;
        zip.write_all(before_tables(&sheets, &widths, &heights).as_bytes())?;
        zip.write_all(validations(&choices).as_bytes())?;
        io::copy(&mut body.bytes(), &mut zip)?;
        zip.write_all(after_tables(&sheets).as_bytes())?;
        zip.finish()?.flush()?;
        Ok(())
    }
}

fn heading_cell(heading: &str) -> String {
    format!(
        "<table:table-cell table:style-name=\"{}\" office:value-type=\"string\">{}</table:table-cell>",
        style::HEADING,
        paragraphs(heading)
    )
}

/// Writes a typed cell.
fn put(to: &mut String, value: &Value, tone: Tone, choice: Option<usize>) {
    let (kind, typed) = match &value.cell {
        Cell::Integer(number) if number.unsigned_abs() < 1 << 53 => {
            (style::INTEGER, format!("office:value-type=\"float\" office:value=\"{number}\""))
        }
        Cell::Integer(_) => (style::INTEGER, "office:value-type=\"string\"".to_owned()),
        Cell::Amount(amount) => (
            style::AMOUNT,
            format!(
                "office:value-type=\"currency\" office:currency=\"EUR\" office:value=\"{}\"",
                amount.to_decimal().normalize()
            ),
        ),
        Cell::Share(share) => {
            (style::SHARE, format!("office:value-type=\"percentage\" office:value=\"{}\"", share.normalize()))
        }
        // As in the other format, whose calendar begins then.
        Cell::Date(date) if date.year() >= 1900 => {
            (style::DATE, format!("office:value-type=\"date\" office:date-value=\"{date}\""))
        }
        Cell::Date(_) => (style::DATE, "office:value-type=\"string\"".to_owned()),
        Cell::Text(_) | Cell::Link(_) if value.link.as_deref().is_some_and(is_plain_address) => {
            (style::LINK, "office:value-type=\"string\"".to_owned())
        }
        Cell::Text(_) | Cell::Link(_) => (style::TEXT, "office:value-type=\"string\"".to_owned()),
        Cell::Empty => match value.field {
            Some(Field::Amount) => (style::AMOUNT, String::new()),
            Some(Field::Day) => (style::DATE, String::new()),
            Some(Field::Choice(_)) | None => (style::TEXT, String::new()),
        },
    };
    let _ = write!(to, "<table:table-cell table:style-name=\"{}\"", style::cell(tone, kind));
    if let Some(choice) = choice {
        let _ = write!(to, " table:content-validation-name=\"choice{choice}\"");
    }
    if let Some(formula) = &value.formula {
        let _ = write!(to, " table:formula=\"{}\"", escaped(&formula.text(WorkbookFormat::Ods)));
    }
    if value.cell == Cell::Empty {
        to.push_str("/>");
        return;
    }
    let text = match &value.cell {
        Cell::Date(date) if date.year() < 1900 => date.to_string(),
        cell => shown(&cell.to_string()),
    };
    let paragraphs = match &value.link {
        Some(address) if is_plain_address(address) => format!(
            "<text:p><text:a xlink:type=\"simple\" xlink:href=\"{}\">{}</text:a></text:p>",
            escaped(address),
            escaped(&text)
        ),
        _ => paragraphs(&text),
    };
    let _ = write!(to, " {typed}>{paragraphs}</table:table-cell>");
}

fn manifest() -> String {
    let mut text = format!(
        "{DECLARATION}<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\" \
         manifest:version=\"1.3\"><manifest:file-entry manifest:full-path=\"/\" manifest:version=\"1.3\" \
         manifest:media-type=\"{MIMETYPE}\"/>"
    );
    for part in ["content.xml", "styles.xml", "settings.xml", "meta.xml"] {
        let _ = write!(text, "<manifest:file-entry manifest:full-path=\"{part}\" manifest:media-type=\"text/xml\"/>");
    }
    text.push_str("</manifest:manifest>\n");
    text
}

fn meta(properties: &Properties) -> String {
    let Properties { title, subject, made_at } = properties;
    let made_at = to_rfc3339(*made_at);
    format!(
        "{DECLARATION}<office:document-meta{NAMESPACES}><office:meta><meta:generator>{GENERATOR}</meta:generator>\
         <dc:title>{}</dc:title><dc:subject>{}</dc:subject><dc:language>fr-FR</dc:language>\
         <meta:creation-date>{made_at}</meta:creation-date><dc:date>{made_at}</dc:date></office:meta>\
         </office:document-meta>\n",
        escaped(title),
        escaped(subject)
    )
}

/// What stays in sight.
fn settings(sheets: &[Sheet]) -> String {
    let mut text = format!(
        "{DECLARATION}<office:document-settings{NAMESPACES}><office:settings>\
         <config:config-item-set config:name=\"ooo:view-settings\"><config:config-item-map-indexed config:name=\"Views\">\
         <config:config-item-map-entry><config:config-item config:name=\"ViewId\" config:type=\"string\">view1</config:config-item>\
         <config:config-item-map-named config:name=\"Tables\">"
    );
    for sheet in sheets {
        let Layout { name, frozen_columns, .. } = &sheet.layout;
        let (columns, rows) = (u32::from(*frozen_columns), sheet.headings.map_or(0, |at| at + 1));
        let _ = write!(text, "<config:config-item-map-entry config:name=\"{}\">", escaped(name));
        let mut item = |name: &str, kind: &str, value: u32| {
            let _ = write!(
                text,
                "<config:config-item config:name=\"{name}\" config:type=\"{kind}\">{value}</config:config-item>"
            );
        };
        // 2: frozen.
        item("HorizontalSplitMode", "short", if columns > 0 { 2 } else { 0 });
        item("VerticalSplitMode", "short", if rows > 0 { 2 } else { 0 });
        item("HorizontalSplitPosition", "int", columns);
        item("VerticalSplitPosition", "int", rows);
        item("ActiveSplitRange", "short", if rows > 0 { if columns > 0 { 3 } else { 2 } } else { 0 });
        item("PositionLeft", "int", 0);
        item("PositionRight", "int", columns);
        item("PositionTop", "int", 0);
        item("PositionBottom", "int", rows);
        text.push_str("</config:config-item-map-entry>");
    }
    let first = sheets.first().map_or("", |sheet| sheet.layout.name);
    let _ = write!(
        text,
        "</config:config-item-map-named><config:config-item config:name=\"ActiveTable\" config:type=\"string\">{}\
         </config:config-item></config:config-item-map-entry></config:config-item-map-indexed></config:config-item-set>\
         </office:settings></office:document-settings>",
        escaped(first)
    );
    text
}

/// The pages that sheets are printed on, and what stands around their rows.
fn styles(sheets: &[Sheet]) -> String {
    let mut text = format!("{DECLARATION}<office:document-styles{NAMESPACES}>{}", style::COMMON);
    text.push_str("<office:automatic-styles>");
    for (index, sheet) in sheets.iter().enumerate() {
        let (width, height) = match sheet.layout.paper {
            Paper::A3 => ("42cm", "29.7cm"),
            Paper::A4 => ("29.7cm", "21cm"),
        };
        text.push_str(&style::page(index, (width, height), sheet.layout.pages_wide));
    }
    text.push_str("</office:automatic-styles><office:master-styles>");
    for (index, sheet) in sheets.iter().enumerate() {
        let Layout { name, page_title, .. } = &sheet.layout;
        let _ = write!(
            text,
            "<style:master-page style:name=\"mp{index}\" style:page-layout-name=\"pm{index}\"><style:header>\
             <style:region-left><text:p>{}</text:p></style:region-left></style:header><style:footer><style:region-left><text:p>{}</text:p></style:region-left>\
             <style:region-right><text:p>page <text:page-number>1</text:page-number> sur \
             <text:page-count>99</text:page-count></text:p></style:region-right></style:footer></style:master-page>",
            escaped(page_title),
            escaped(name)
        );
    }
    text.push_str("</office:master-styles></office:document-styles>\n");
    text
}

fn before_tables(sheets: &[Sheet], widths: &BTreeSet<u8>, heights: &BTreeSet<Height>) -> String {
    let mut text = format!(
        "{DECLARATION}<office:document-content{NAMESPACES}>{}<office:automatic-styles>{}",
        style::FONTS,
        style::cells()
    );
    for (index, sheet) in sheets.iter().enumerate() {
        let colour = if sheet.layout.is_alarming { " table:tab-color=\"#d64d00\"" } else { "" };
        let _ = write!(
            text,
            "<style:style style:name=\"ta{index}\" style:family=\"table\" style:master-page-name=\"mp{index}\">\
             <style:table-properties table:display=\"true\" style:writing-mode=\"lr-tb\"{colour}/></style:style>"
        );
    }
    for width in widths {
        text.push_str(&style::column(*width));
    }
    text.push_str(&style::row_heights(heights));
    text.push_str(
        "</office:automatic-styles><office:body><office:spreadsheet>\
         <table:calculation-settings table:automatic-find-labels=\"false\" table:use-regular-expressions=\"false\" \
         table:use-wildcards=\"true\"/>\n",
    );
    text
}

/// What may be chosen; another word is warned of, not refused.
fn validations(choices: &[&[&str]]) -> String {
    if choices.is_empty() {
        return String::new();
    }
    let mut text = "<table:content-validations>".to_owned();
    for (at, words) in choices.iter().enumerate() {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        let condition = format!("of:cell-content-is-in-list({})", words.join(";"));
        let _ = write!(
            text,
            "<table:content-validation table:name=\"choice{at}\" table:condition=\"{}\" table:allow-empty-cell=\"true\" \
             table:display-list=\"unsorted\"><table:error-message table:display=\"true\" table:message-type=\"warning\"/>\
             </table:content-validation>",
            escaped(&condition)
        );
    }
    text.push_str("</table:content-validations>\n");
    text
}

fn after_tables(sheets: &[Sheet]) -> String {
    let mut text = String::new();
    for (index, sheet) in sheets.iter().enumerate() {
        let Some(first) = sheet.headings.filter(|_| sheet.layout.is_filtered) else { continue };
        let name = format!("'{}'", sheet.layout.name.replace('\'', "''"));
        let last =
            super::formula::column_name(u16::try_from(sheet.layout.widths.len().saturating_sub(1)).unwrap_or(u16::MAX));
        let _ = write!(
            text,
            "<table:database-range table:name=\"__Anonymous_Sheet_DB__{index}\" \
             table:target-range-address=\"{}.A{}:{}.{last}{}\" table:display-filter-buttons=\"true\"/>",
            escaped(&name),
            first + 1,
            escaped(&name),
            sheet.at
        );
    }
    let ranges = if text.is_empty() { text } else { format!("<table:database-ranges>{text}</table:database-ranges>") };
    format!("{ranges}</office:spreadsheet></office:body></office:document-content>\n")
}
