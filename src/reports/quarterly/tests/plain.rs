//! A document as plain text, for the tests: what people read, without how it looks.

use std::fmt::Write as _;

use crate::reports::blocks::{Block, Document, Plot, RowCell, Span};

/// The whole document; spaces that do not break are plain ones.
pub(super) fn text(document: &Document) -> String {
    let mut out = format!("{}\n{}\n{}\n", document.title, document.author, document.standing);
    for reason in &document.provisional {
        let _ = writeln!(out, "PROVISOIRE : {reason}");
    }
    for block in &document.blocks {
        write(&mut out, block);
    }
    let _ = writeln!(out, "\n[{}]", document.footer);
    out.replace(['\u{a0}', '\u{202f}'], " ")
}

pub(super) fn spans(spans: &[Span]) -> String {
    spans
        .iter()
        .map(|span| match span {
            Span::Text(text) | Span::Link { text, .. } => text.clone(),
            Span::Strong(text) => format!("**{text}**"),
        })
        .collect()
}

fn cell(cell: &RowCell) -> String {
    let mark = if cell.is_striking { " !" } else { "" };
    let detail = cell.detail.as_ref().map_or(String::new(), |detail| format!(" [{detail}]"));
    format!("{}{mark}{detail}", spans(&cell.text))
}

fn write(out: &mut String, block: &Block) {
    let _ = match block {
        Block::Heading { level, text, .. } => writeln!(out, "\n{} {text}", "#".repeat(usize::from(*level))),
        Block::Paragraph(said) => writeln!(out, "\n{}", spans(said)),
        Block::Warning(said) => writeln!(out, "\n(!) {}", spans(said)),
        Block::Note(said) => writeln!(out, "\n(note) {}", spans(said)),
        Block::Quotation(parts) => parts.iter().try_for_each(|part| writeln!(out, "\n> {}", spans(part))),
        Block::List(items) => items.iter().try_for_each(|item| writeln!(out, "- {}", spans(item))),
        Block::Terms(terms) => terms.iter().try_for_each(|(term, said)| writeln!(out, "{term} : {}", spans(said))),
        Block::Figures(figures) => figures.iter().try_for_each(|figure| {
            writeln!(out, "= {} : {} ({})", figure.label, figure.value, figure.detail.as_deref().unwrap_or_default())
        }),
        Block::Table(table) => {
            let headings: Vec<&str> = table.columns.iter().map(|column| column.heading.as_str()).collect();
            let _ = writeln!(out, "\n{}\n{}", table.caption, headings.join(" | "));
            for group in &table.groups {
                if let Some(heading) = &group.heading {
                    let _ = writeln!(out, "  {heading}");
                }
                for row in &group.rows {
                    assert_eq!(row.cells.len(), headings.len(), "{}", table.caption);
                    let cells: Vec<String> = row.cells.iter().map(cell).collect();
                    let _ = writeln!(out, "{}", cells.join(" | "));
                }
            }
            Ok(())
        }
        Block::Chart(chart) => {
            let shape = match &chart.plot {
                Plot::Bars { groups, series, .. } => format!("{} × {} barres", groups.len(), series.len()),
                Plot::Lines { steps, series, .. } => format!("{} lignes, {} pas", series.len(), steps.len()),
            };
            writeln!(out, "\n<{}> ({shape})\n{}", chart.caption, chart.alternative)
        }
        Block::Signature { lines } => lines.iter().try_for_each(|line| writeln!(out, "\n{line}")),
        Block::PageBreak => writeln!(out, "\n-----"),
    };
}
