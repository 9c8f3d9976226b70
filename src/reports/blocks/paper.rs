//! A document as data for its template on paper: what stands in it is a value there, never markup, whatever people typed.

use serde_json::{Value, json};
use unicode_normalization::UnicodeNormalization;

use super::columns::{Measures, text};
use super::outline::Outline;
use super::{Block, Document, Group, Row, RowCell, RowKind, Span, Table, chart, lettering};
use crate::domain::text::printable;

/// The room between the margins of a page A4, tenths of a point.
const ROOM: u32 = 5_040;
/// A row with a cell longer than this may go on on the next page, characters.
const LONG: usize = 900;
/// A table of no more rows, which say no more than so many characters, stands on one page.
const SHORT: usize = 14;
const FEW: usize = 2_000;
/// No word is set that is wider than this, tenths of a point.
const LONGEST_WORD: u32 = 4_600;

/// The data that `document.typ` reads.
pub(super) fn data(document: &Document) -> Value {
    let outline = Outline::of(document);
    let mut blocks: Vec<Value> =
        document.blocks.iter().enumerate().filter_map(|(at, written)| block(written, at, &outline)).collect();
    stay_with_signatures(&mut blocks);
    let title = Some(line(&document.title)).filter(|title| !title.trim().is_empty());
    json!({
        // A document without a title is none, after PDF/UA.
        "title": title.as_deref().unwrap_or("Document"),
        "author": line(&document.author),
        "standing": plain(&document.standing),
        "footer": line(&document.footer),
        "provisional": document.provisional.iter().map(|reason| plain(reason)).collect::<Vec<_>>(),
        "blocks": blocks,
    })
}

/// A signature never stands on a page by itself: what is above stays with it, and a note with what it is about.
fn stay_with_signatures(blocks: &mut [Value]) {
    let mut is_above = false;
    for block in blocks.iter_mut().rev() {
        let kind = block["kind"].as_str().unwrap_or_default().to_owned();
        if is_above && kind != "heading" && kind != "break" {
            block["sticky"] = true.into();
        }
        is_above = kind == "signature" || (is_above && kind == "note");
    }
}

fn block(block: &Block, at: usize, outline: &Outline) -> Option<Value> {
    let spans = |spans: &[Span]| spans_of(spans, outline, ROOM, 100);
    let each = |paragraphs: &[Vec<Span>]| paragraphs.iter().map(|paragraph| spans(paragraph)).collect::<Vec<_>>();
    let value = match block {
        Block::Heading { text, .. } => {
            let text = line(text);
            if text.trim().is_empty() {
                return None;
            }
            json!({ "kind": "heading", "level": outline.level(at), "name": outline.name(at), "text": text })
        }
        Block::Paragraph(text) => json!({ "kind": "paragraph", "spans": spans(text) }),
        Block::Warning(text) => json!({ "kind": "warning", "spans": spans(text) }),
        Block::Note(text) => json!({ "kind": "note", "spans": spans(text) }),
        Block::Quotation(paragraphs) => json!({ "kind": "quotation", "paragraphs": each(paragraphs) }),
        Block::List(items) if items.is_empty() => return None,
        Block::List(items) => json!({ "kind": "list", "items": each(items) }),
        Block::Terms(terms) if terms.is_empty() => return None,
        Block::Terms(terms) => {
            let terms = terms.iter().map(|(term, said)| json!({ "term": plain(term), "spans": spans(said) }));
            json!({ "kind": "terms", "terms": terms.collect::<Vec<_>>() })
        }
        Block::Figures(figures) if figures.is_empty() => return None,
        Block::Figures(figures) => {
            let figures = figures.iter().map(|figure| {
                let detail = figure.detail.as_deref().map(plain);
                json!({ "label": plain(&figure.label), "value": plain(&figure.value), "detail": detail })
            });
            json!({ "kind": "figures", "figures": figures.collect::<Vec<_>>() })
        }
        Block::Table(table) if table.columns.is_empty() => return None,
        Block::Table(table) => self::table(table, outline),
        Block::Chart(drawn) => {
            let svg = printable(&chart::svg(drawn, &format!("graphique-{at}")).0);
            if svg.is_empty() {
                return None;
            }
            // An image of its own says which language it is in; within a page it need not.
            let svg = svg.replacen("<svg ", "<svg xmlns=\"http://www.w3.org/2000/svg\" ", 1);
            json!({ "kind": "chart", "caption": plain(&drawn.caption), "alternative": line(&drawn.alternative), "svg": svg })
        }
        Block::Signature { lines } => {
            json!({ "kind": "signature", "lines": lines.iter().map(|line| plain(line)).collect::<Vec<_>>() })
        }
        Block::PageBreak => json!({ "kind": "break" }),
    };
    Some(value)
}

fn table(table: &Table, outline: &Outline) -> Value {
    let measures = Measures::of(table, ROOM);
    let columns = table.columns.iter().enumerate().map(|(at, column)| {
        json!({
            "heading": broken(&column.heading, measures.room(at), measures.size),
            "number": column.is_number,
            "width": measures.widths.get(at),
        })
    });
    let row = |row: &Row| {
        let cells = row.cells.iter().take(table.columns.len()).enumerate();
        let cells: Vec<Value> = cells.map(|(at, one)| cell(one, at, &measures, outline)).collect();
        let kind = match row.kind {
            RowKind::Plain => "plain",
            RowKind::Total => "total",
            RowKind::Apart => "apart",
        };
        let is_long = row.cells.iter().any(|cell| text(cell).chars().count() > LONG);
        json!({ "kind": kind, "cells": cells, "breakable": is_long })
    };
    let group = |group: &Group| {
        let rows: Vec<Value> = group.rows.iter().map(row).collect();
        json!({ "heading": group.heading.as_deref().map(plain), "rows": rows })
    };
    let rows = || table.groups.iter().flat_map(|group| &group.rows);
    let said = |cell: &RowCell| text(cell).len() + cell.detail.as_ref().map_or(0, String::len);
    let is_whole = rows().count() <= SHORT && rows().flat_map(|row| &row.cells).map(said).sum::<usize>() <= FEW;
    json!({
        "kind": "table",
        "caption": plain(&table.caption),
        "summary": table.summary.as_deref().map(line),
        "size": measures.size,
        "whole": is_whole,
        "columns": columns.collect::<Vec<_>>(),
        "groups": table.groups.iter().map(group).collect::<Vec<_>>(),
    })
}

fn cell(cell: &RowCell, at: usize, measures: &Measures, outline: &Outline) -> Value {
    let room = measures.room(at);
    json!({
        "spans": spans_of(&cell.text, outline, room, measures.size),
        "detail": cell.detail.as_deref().map(|detail| broken(detail, room, measures.size)),
        "striking": cell.is_striking,
    })
}

fn spans_of(spans: &[Span], outline: &Outline, room: u32, size: u32) -> Vec<Value> {
    let span = |span: &Span| match span {
        Span::Text(text) => json!({ "kind": "text", "text": broken(text, room, size) }),
        Span::Strong(text) => json!({ "kind": "strong", "text": broken(text, room, size) }),
        Span::Link { text, to } => {
            let text = broken(text, room, size);
            match outline.target(to).map(|to| to.strip_prefix('#').ok_or(to)) {
                Some(Ok(name)) => json!({ "kind": "within", "text": text, "to": name }),
                Some(Err(address)) => json!({ "kind": "web", "text": text, "to": address }),
                None => json!({ "kind": "text", "text": text }),
            }
        }
    };
    spans.iter().map(span).collect()
}

fn line(text: &str) -> String {
    plain(text).replace('\n', " ")
}

/// As people may be shown it, with accents and letters in one.
fn plain(text: &str) -> String {
    broken(text, LONGEST_WORD, 100)
}

/// Words that are wider than the room are taken apart: they would stand over what is beside them.
fn broken(text: &str, room: u32, size: u32) -> String {
    let text: String = printable(text).nfc().collect();
    let is_wide = |word: &str| lettering::width(word, size) > room;
    if !text.split([' ', '\n']).any(is_wide) {
        return text;
    }
    let mut broken = String::with_capacity(text.len() + 16);
    for word in text.split_inclusive([' ', '\n']) {
        let mut taken = 0;
        let wide = is_wide(word.trim_end());
        for character in word.chars() {
            let width = lettering::width(character.encode_utf8(&mut [0; 4]), size);
            if wide && taken > 0 && taken + width > room {
                broken.push('\u{200b}');
                taken = 0;
            }
            taken += width;
            broken.push(character);
        }
    }
    broken
}
