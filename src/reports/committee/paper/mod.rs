//! The pack as a document to print: what the committee looks at together in front, then one sheet a dossier.

mod front;
mod progress;
mod sheet;

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Pack, Request};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::{french_date, paris_date};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::reports::blocks::{Block, Column, Document, Group, Row, RowCell, RowKind, Span, Table};
use crate::reports::quarterly::typography;

/// The document; the same pack gives the same.
#[must_use]
pub fn document(pack: &Pack) -> Document {
    let mut blocks = front::blocks(pack);
    blocks.extend(progress::blocks(pack));
    blocks.push(Block::Signature {
        lines: vec!["Comité réuni le ………………".to_owned(), "Pour le préfet et par délégation".to_owned()],
    });
    blocks.extend(sheet::blocks(pack));
    let (title, standing) = (pack.title(), pack.standing());
    typography::document(Document {
        author: format!("Préfecture – {}", pack.place()),
        footer: format!("{title} – {standing} – fitn {}", env!("CARGO_PKG_VERSION")),
        provisional: pack.provisional.clone(),
        closed_at: pack.closed_at,
        standing: format!("Dossier du comité trimestriel de suivi, région {}. {standing}.", pack.region.name),
        title,
        blocks,
    })
}

fn heading(level: u8, text: impl Into<String>) -> Block {
    Block::Heading { level, anchor: None, text: text.into() }
}

fn paragraph(text: impl Into<String>) -> Block {
    Block::Paragraph(vec![Span::text(text)])
}

fn note(text: impl Into<String>) -> Block {
    Block::Note(vec![Span::text(text)])
}

fn column(heading: &str, is_number: bool, weight: u8) -> Column {
    Column { heading: heading.to_owned(), is_number, weight }
}

/// A table of plain rows, in groups by programme where there are several.
fn table(caption: &str, columns: Vec<Column>, rows: Vec<(Programme, Vec<RowCell>)>) -> Block {
    let mut groups: Vec<(Programme, Vec<Row>)> = Vec::new();
    for (programme, cells) in rows {
        let row = Row { kind: RowKind::Plain, cells };
        match groups.last_mut() {
            Some((last, rows)) if *last == programme => rows.push(row),
            _ => groups.push((programme, vec![row])),
        }
    }
    let are_several = groups.len() > 1;
    let group = |(programme, rows): (Programme, Vec<Row>)| Group {
        heading: are_several.then(|| programme.label().to_owned()),
        rows,
    };
    Block::Table(Table {
        caption: caption.to_owned(),
        summary: None,
        columns,
        groups: groups.into_iter().map(group).collect(),
    })
}

/// The number of a dossier, as the link to it.
fn number(number: DossierNumber, link: &str) -> RowCell {
    RowCell { text: vec![Span::Link { text: number.to_string(), to: link.to_owned() }], ..RowCell::default() }
}

/// Who asks, and what for.
fn carrier(request: &Request) -> RowCell {
    RowCell { detail: request.title.clone(), ..RowCell::plain(request.carrier()) }
}

fn amount(amount: Option<Cents>) -> RowCell {
    RowCell::plain(amount.map_or_else(|| "–".to_owned(), |amount| amount.to_string()))
}

/// A few words that stay on one line.
fn label(text: &str) -> RowCell {
    RowCell::plain(text.replace(' ', "\u{a0}"))
}

fn day(date: Option<Date>) -> RowCell {
    RowCell::plain(date.map_or_else(|| "–".to_owned(), french_date))
}

fn day_of(instant: Timestamp) -> RowCell {
    day(Some(paris_date(instant)))
}

/// What one looks for beside a dossier that is named by its number alone.
fn named(numbers: &[DossierNumber]) -> String {
    const MOST: usize = 20;
    let mut text = numbers.iter().take(MOST).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if numbers.len() > MOST {
        text.push_str(" et ");
        text.push_str(&counted(numbers.len() - MOST, "autre", "autres"));
    }
    text
}
