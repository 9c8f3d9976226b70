//! How wide the columns of a table are on paper, and how large its type is, so that nothing overlaps and little is broken.
//! Everything is in tenths of a point.

use super::lettering::width;
use super::{Column, Row, RowCell, RowKind, Span, Table};

/// Sizes of type, the first that fits.
const SIZES: [u32; 5] = [85, 80, 75, 70, 65];
/// Left and right of what a cell holds, together.
const INSET: u32 = 60;
/// No text makes its column wider than this by itself.
const LONGEST: u32 = 2_400;

/// The measures of a table.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Measures {
    /// The size of its type.
    pub size: u32,
    /// The width of each column; together, the room there is.
    pub widths: Vec<u32>,
}

impl Measures {
    /// Of a table that takes all of a width.
    pub fn of(table: &Table, room: u32) -> Self {
        let count = u32::try_from(table.columns.len()).unwrap_or(u32::MAX).max(1);
        let room = room.saturating_sub(INSET * count);
        let measured = SIZES.map(|size| (size, wanted(table, size)));
        let fitting = measured.iter().find(|(_, wanted)| wanted.iter().map(|one| one.least).sum::<u32>() <= room);
        let widths = |wanted: &[Wanted]| shared(wanted, room).into_iter().map(|width| width + INSET).collect();
        match fitting.or(measured.last()) {
            Some((size, wanted)) => Self { size: *size, widths: widths(wanted) },
            None => Self { size: SIZES[0], widths: Vec::new() },
        }
    }

    /// What the words of a column have to fit into.
    pub fn room(&self, column: usize) -> u32 {
        self.widths.get(column).copied().unwrap_or(0).saturating_sub(INSET)
    }
}

/// What a column asks for.
#[derive(Debug, Clone, Copy)]
struct Wanted {
    /// So that its longest word is whole.
    least: u32,
    /// So that no line is broken.
    most: u32,
    weight: u32,
}

fn wanted(table: &Table, size: u32) -> Vec<Wanted> {
    let rows: Vec<&Row> = table.groups.iter().flat_map(|group| &group.rows).collect();
    let of = |(at, column): (usize, &Column)| {
        let heading = bold(width(&column.heading, size));
        let mut least = bold(longest_word(&column.heading, size));
        // A heading may be broken at leisure.
        let mut most = least.max(heading / 3);
        for (row, cell) in rows.iter().filter_map(|row| Some((row, row.cells.get(at)?))) {
            let text = text(cell);
            let detail = cell.detail.as_deref().unwrap_or_default();
            let is_bold = row.kind == RowKind::Total
                || cell.is_striking
                || cell.text.iter().any(|span| matches!(span, Span::Strong(_)));
            let set = |width: u32| if is_bold { bold(width) } else { width };
            least = least.max(set(longest_word(&text, size))).max(longest_word(detail, size));
            most = most.max(set(width(&text, size))).max(width(detail, size));
        }
        let (least, most) = (least.min(LONGEST), most.min(LONGEST));
        Wanted { least, most: most.max(least), weight: u32::from(column.weight.max(1)) }
    };
    table.columns.iter().enumerate().map(of).collect()
}

/// Bold letters are up to a tenth wider; figures are not, but a little room does no harm.
fn bold(width: u32) -> u32 {
    width.saturating_mul(21) / 20
}

/// What a cell says, without its marks.
pub(super) fn text(cell: &RowCell) -> String {
    let said = |span: &Span| match span {
        Span::Text(text) | Span::Strong(text) | Span::Link { text, .. } => text.clone(),
    };
    cell.text.iter().map(said).collect()
}

fn longest_word(text: &str, size: u32) -> u32 {
    text.split([' ', '\n']).map(|word| width(word, size)).max().unwrap_or(0)
}

/// All of the room: what each needs at least, then what each would like, then the rest by weight.
fn shared(wanted: &[Wanted], room: u32) -> Vec<u32> {
    let least: u32 = wanted.iter().map(|one| one.least).sum();
    if least > room {
        return parts(room, &wanted.iter().map(|one| one.least).collect::<Vec<_>>());
    }
    let liked: Vec<u32> = wanted.iter().map(|one| one.most - one.least).collect();
    let rest = room - least;
    let more = if liked.iter().sum::<u32>() > rest {
        let weighed: Vec<u32> = wanted.iter().zip(&liked).map(|(one, liked)| liked * one.weight).collect();
        parts(rest, &weighed)
    } else {
        let left = parts(rest - liked.iter().sum::<u32>(), &wanted.iter().map(|one| one.weight).collect::<Vec<_>>());
        liked.iter().zip(left).map(|(liked, left)| liked + left).collect()
    };
    wanted.iter().zip(more).map(|(one, more)| one.least + more).collect()
}

/// A whole divided as some numbers are to each other; what rounding leaves goes to the last.
fn parts(whole: u32, by: &[u32]) -> Vec<u32> {
    let sum: u64 = by.iter().copied().map(u64::from).sum::<u64>().max(1);
    let mut parts: Vec<u32> =
        by.iter().map(|one| u32::try_from(u64::from(whole) * u64::from(*one) / sum).unwrap_or(0)).collect();
    let given: u32 = parts.iter().sum();
    if let Some(last) = parts.last_mut() {
        *last += whole.saturating_sub(given);
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reports::blocks::Group;

    fn table(columns: Vec<(&str, u8)>, rows: Vec<Vec<&str>>) -> Table {
        let column = |(heading, weight): (&str, u8)| Column { heading: heading.to_owned(), is_number: false, weight };
        let row =
            |cells: Vec<&str>| Row { kind: RowKind::Plain, cells: cells.into_iter().map(RowCell::plain).collect() };
        Table {
            caption: "Essai".to_owned(),
            summary: None,
            columns: columns.into_iter().map(column).collect(),
            groups: vec![Group { heading: None, rows: rows.into_iter().map(row).collect() }],
        }
    }

    #[test]
    fn amounts_stay_whole_beside_long_texts() {
        let amount = "12\u{202f}345\u{202f}678,90\u{a0}€";
        let long = "Un projet qui se dit en beaucoup de mots ".repeat(20);
        let measures = Measures::of(&table(vec![("Projet", 3), ("Accordé", 1)], vec![vec![&long, amount]]), 5_000);
        assert_eq!(measures.size, 85);
        assert!(measures.room(1) >= width(amount, 85));
        assert!(measures.widths[0] > 3_500 && measures.widths.iter().sum::<u32>() == 5_000);
    }

    #[test]
    fn type_gets_smaller_before_words_are_broken() {
        let amounts = vec!["1\u{202f}234\u{202f}567,89\u{a0}€"; 9];
        let measures = Measures::of(&table(vec![("Accordé", 1); 9], vec![amounts]), 5_000);
        assert!(measures.size < 85 && measures.size > 65, "{}", measures.size);
        let broken = Measures::of(&table(vec![("Mot", 1)], vec![vec![&"a".repeat(900)]]), 2_000);
        assert_eq!(broken, Measures { size: 65, widths: vec![2_000] });
    }

    proptest! {
        #[test]
        fn columns_take_the_room_there_is(texts in prop::collection::vec("[a-z ]{0,80}", 1..12), weight in 0_u8..=255) {
            let columns = texts.iter().map(|_| ("Titre", weight)).collect();
            let measures = Measures::of(&table(columns, vec![texts.iter().map(String::as_str).collect()]), 5_000);
            prop_assert_eq!(measures.widths.iter().sum::<u32>(), 5_000);
        }
    }
}
