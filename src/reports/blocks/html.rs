//! A document as one page of HTML, after the RGAA (the State’s rules for accessibility): no external resource, readable by screen
//! readers, on a telephone and on paper.

use std::io::Write;

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::outline::Outline;
use super::{Block, Column, Document, Figure, Group, Row, RowKind, Span, Table, chart};
use crate::domain::text::{printable, printable_line};
use crate::reports::ReportError;

const STYLE: &str = include_str!("style.css");

/// A page with so many sections has a table of contents.
const CONTENTS_FROM: usize = 3;

/// Writes the page, UTF-8, block by block. The same document gives the same bytes.
///
/// # Errors
/// What keeps it from being written.
pub fn write(document: &Document, mut to: impl Write) -> Result<(), ReportError> {
    let outline = Outline::of(document);
    let mut put = |markup: &Markup| to.write_all(printable(&markup.0).as_bytes());
    put(&opening(document, &outline))?;
    for (at, block) in document.blocks.iter().enumerate() {
        put(&written(block, at, &outline))?;
    }
    put(&closing(document))?;
    Ok(())
}

fn opening(document: &Document, outline: &Outline) -> Markup {
    let text = html! {
        (DOCTYPE)
        html lang="fr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="author" content=(printable_line(&document.author));
                title { (document.title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#contenu" { "Aller au contenu" }
                header {
                    p.author { (document.author) }
                    h1 { (document.title) }
                    p.standing { (document.standing) }
                    @for reason in &document.provisional { p.provisional { (reason) } }
                    (contents(document, outline))
                }
                main id="contenu" tabindex="-1" {}
            }
        }
    };
    // What stays open until [`closing`].
    PreEscaped(text.0.trim_end_matches("</main></body></html>").to_owned())
}

fn closing(document: &Document) -> Markup {
    PreEscaped(format!("</main>{}</body></html>", html! { footer { p { (document.footer) } } }.0))
}

fn contents(document: &Document, outline: &Outline) -> Markup {
    let sections: Vec<(&str, &str)> = document
        .blocks
        .iter()
        .enumerate()
        .filter_map(|(at, block)| match block {
            Block::Heading { text, .. } if outline.level(at) == 1 => Some((outline.name(at)?, text.as_str())),
            _ => None,
        })
        .collect();
    html! {
        @if sections.len() >= CONTENTS_FROM {
            nav aria-label="Sommaire" {
                ul {
                    @for (anchor, text) in sections { li { a href={ "#" (anchor) } { (text) } } }
                }
            }
        }
    }
}

fn written(block: &Block, at: usize, outline: &Outline) -> Markup {
    let said = |spans: &[Span]| spans_of(spans, outline);
    match block {
        Block::Heading { text, .. } => {
            let anchor = outline.name(at);
            match outline.level(at) {
                1 => html! { h2 id=[anchor] { (text) } },
                2 => html! { h3 id=[anchor] { (text) } },
                _ => html! { h4 id=[anchor] { (text) } },
            }
        }
        Block::Paragraph(spans) => html! { p { (said(spans)) } },
        Block::Warning(spans) => html! { p.warning { (said(spans)) } },
        Block::Note(spans) => html! { p.note { (said(spans)) } },
        Block::Quotation(paragraphs) => html! {
            blockquote { @for spans in paragraphs { p { (said(spans)) } } }
        },
        Block::List(items) => html! {
            @if !items.is_empty() { ul { @for spans in items { li { (said(spans)) } } } }
        },
        Block::Terms(terms) => html! {
            @if !terms.is_empty() {
                dl.terms { @for (term, spans) in terms { div { dt { (term) } dd { (said(spans)) } } } }
            }
        },
        Block::Figures(figures) => html! {
            @if !figures.is_empty() { dl.figures { @for one in figures { (figure(one)) } } }
        },
        Block::Table(table) => self::table(table, outline),
        Block::Chart(drawn) => html! {
            figure role="figure" aria-label=(printable_line(&drawn.caption)) {
                figcaption { (drawn.caption) }
                div.scroll tabindex="0" role="group" aria-label={ "Graphique\u{a0}: " (printable_line(&drawn.caption)) } {
                    (chart::svg(drawn, &format!("graphique-{at}")))
                }
            }
        },
        Block::Signature { lines } => html! {
            div.signature { @for line in lines { p { (line) } } }
        },
        Block::PageBreak => html! { div.break {} },
    }
}

fn spans_of(spans: &[Span], outline: &Outline) -> Markup {
    html! {
        @for span in spans {
            @match span {
                Span::Text(text) => (text),
                Span::Strong(text) => strong { (text) },
                Span::Link { text, to } => @match outline.target(to) {
                    Some(to) => a href=(to) { (text) },
                    None => (text),
                },
            }
        }
    }
}

fn figure(figure: &Figure) -> Markup {
    html! {
        div {
            dt { (figure.label) }
            dd { (figure.value) @if let Some(detail) = &figure.detail { small { (detail) } } }
        }
    }
}

fn table(table: &Table, outline: &Outline) -> Markup {
    html! {
        div.scroll tabindex="0" role="group" aria-label={ "Tableau\u{a0}: " (printable_line(&table.caption)) } {
            table {
                caption {
                    (table.caption)
                    @if let Some(summary) = &table.summary { span.unseen { " " (summary) } }
                }
                thead { tr { @for column in &table.columns { (heading(column)) } } }
                @for group in &table.groups { (rows(group, &table.columns, outline)) }
            }
        }
    }
}

fn heading(column: &Column) -> Markup {
    let class = class(column);
    html! {
        // A heading without a word names nothing.
        @if column.heading.is_empty() { td class=[class] {} }
        @else { th class=[class] scope="col" { (column.heading) } }
    }
}

fn class(column: &Column) -> Option<&'static str> {
    match (column.is_number, column.weight) {
        (true, _) => Some("number"),
        (false, 3..) => Some("wide"),
        (false, _) => None,
    }
}

fn rows(group: &Group, columns: &[Column], outline: &Outline) -> Markup {
    html! {
        tbody {
            @if let Some(heading) = &group.heading {
                tr.group { th colspan=(columns.len().max(1)) scope="rowgroup" { (heading) } }
            }
            @for row in &group.rows { (self::row(row, columns, outline)) }
        }
    }
}

fn row(row: &Row, columns: &[Column], outline: &Outline) -> Markup {
    let kind = match row.kind {
        RowKind::Plain => None,
        RowKind::Total => Some("total"),
        RowKind::Apart => Some("apart"),
    };
    html! {
        tr class=[kind] {
            @for (at, (cell, column)) in row.cells.iter().zip(columns).enumerate() {
                @let class = match (class(column), cell.is_striking) {
                    (Some(class), true) => Some(format!("{class} striking")),
                    (Some(class), false) => Some(class.to_owned()),
                    (None, true) => Some("striking".to_owned()),
                    (None, false) => None,
                };
                @let said = html! {
                    (spans_of(&cell.text, outline))
                    @if let Some(detail) = &cell.detail { small { (detail) } }
                };
                @if at == 0 && !cell.text.is_empty() { th class=[class] scope="row" { (said) } }
                @else { td class=[class] { (said) } }
            }
        }
    }
}
