//! French typography: the spaces that must not break a line, and apostrophes, in all that a document says.

use crate::domain::text::printable;
use crate::reports::blocks::{Block, Document, Plot, RowCell, Span};

const WIDE: char = '\u{a0}';
const NARROW: char = '\u{202f}';

/// A text with its no-break spaces: after ordinals, narrow before `;`, `!` and `?`, wide before `:`, `%` and `€`, within guillemets and ranges.
pub(super) fn set(text: &str) -> String {
    let text = printable(text);
    let mut set = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let is_number = |text: Option<&char>| text.is_some_and(char::is_ascii_digit);
        // `n° 1`, `4ᵉ trimestre 2021`.
        let holds = set.ends_with(['«', '°', 'ᵉ', 'ʳ']) || (set.ends_with("trimestre") && is_number(characters.peek()));
        let after = if holds { Some(WIDE) } else { None };
        let before = match characters.peek() {
            Some(';' | '!' | '?') => Some(NARROW),
            Some(':' | '%' | '€' | '»' | '–') => Some(WIDE),
            _ => None,
        };
        let is_within_a_word = character == '\''
            && set.ends_with(char::is_alphabetic)
            && characters.peek().is_some_and(|next| next.is_alphabetic());
        match (character, before.or(after)) {
            _ if is_within_a_word => set.push('’'),
            (' ', Some(space)) => set.push(space),
            _ => set.push(character),
        }
    }
    ranges(&set)
}

/// `1 à 3` stays on one line.
fn ranges(text: &str) -> String {
    const BETWEEN: &str = " à ";
    let mut whole = String::with_capacity(text.len());
    for (at, part) in text.split(BETWEEN).enumerate() {
        let is_range = whole.ends_with(|c: char| c.is_ascii_digit()) && part.starts_with(|c: char| c.is_ascii_digit());
        match (at, is_range) {
            (0, _) => {}
            (_, true) => whole.extend([WIDE, 'à', WIDE]),
            (_, false) => whole.push_str(BETWEEN),
        }
        whole.push_str(part);
    }
    whole
}

fn spans(spans: &mut [Span]) {
    for span in spans {
        match span {
            Span::Text(text) | Span::Strong(text) | Span::Link { text, .. } => *text = set(text),
        }
    }
}

fn cell(cell: &mut RowCell) {
    spans(&mut cell.text);
    maybe(&mut cell.detail);
}

fn maybe(text: &mut Option<String>) {
    if let Some(text) = text {
        *text = set(text);
    }
}

/// The same document, with the spaces that French wants.
pub(in crate::reports) fn document(mut document: Document) -> Document {
    for text in [&mut document.title, &mut document.author, &mut document.standing, &mut document.footer] {
        *text = set(text);
    }
    document.provisional.iter_mut().for_each(|text| *text = set(text));
    document.blocks.iter_mut().for_each(block);
    document
}

fn block(block: &mut Block) {
    match block {
        Block::Heading { text, .. } => *text = set(text),
        Block::Paragraph(said) | Block::Warning(said) | Block::Note(said) => spans(said),
        Block::Quotation(parts) | Block::List(parts) => parts.iter_mut().for_each(|part| spans(part)),
        Block::Terms(terms) => terms.iter_mut().for_each(|(term, said)| {
            *term = set(term);
            spans(said);
        }),
        Block::Figures(figures) => figures.iter_mut().for_each(|figure| {
            figure.label = set(&figure.label);
            figure.value = set(&figure.value);
            maybe(&mut figure.detail);
        }),
        Block::Table(table) => {
            table.caption = set(&table.caption);
            maybe(&mut table.summary);
            table.columns.iter_mut().for_each(|column| column.heading = set(&column.heading));
            for group in &mut table.groups {
                maybe(&mut group.heading);
                group.rows.iter_mut().flat_map(|row| &mut row.cells).for_each(cell);
            }
        }
        Block::Chart(chart) => {
            chart.caption = set(&chart.caption);
            chart.alternative = set(&chart.alternative);
            plot(&mut chart.plot);
        }
        Block::Signature { lines } => lines.iter_mut().for_each(|line| *line = set(line)),
        Block::PageBreak => {}
    }
}

fn plot(plot: &mut Plot) {
    match plot {
        Plot::Bars { series, groups, limit, .. } => {
            let labels = groups.iter_mut().map(|group| &mut group.label);
            series.iter_mut().chain(labels).chain(limit).for_each(|text| *text = set(text));
        }
        Plot::Lines { steps, series, limit, .. } => {
            let names = series.iter_mut().map(|(name, _)| name);
            let limit = limit.iter_mut().map(|(name, _)| name);
            steps.iter_mut().chain(names).chain(limit).for_each(|text| *text = set(text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spaces_before_punctuation_do_not_break() {
        assert_eq!(
            set("Fonds « Transformation » : 42 % ; vraiment ? Oui ! 3 € – fin"),
            "Fonds «\u{a0}Transformation\u{a0}»\u{a0}: 42\u{a0}%\u{202f}; vraiment\u{202f}? Oui\u{202f}! 3\u{a0}€\u{a0}– fin"
        );
        assert_eq!(set("thèmes 1 à 3, 4 à voir, à 5"), "thèmes 1\u{a0}à\u{a0}3, 4 à voir, à 5");
        assert_eq!(set("a:b https://example.org/?c=d"), "a:b https://example.org/?c=d");
        assert_eq!(set("Val-d'Oise 'x' l' 3'"), "Val-d’Oise 'x' l' 3'");
        assert_eq!(set("Mairie\u{202e} de\tMelun"), "Mairie de Melun");
    }
}
