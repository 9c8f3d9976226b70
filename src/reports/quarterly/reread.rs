//! The sums of a report, computed again from the bytes of its workbook: before it is sent, they must be those that it states.

use std::io::{Read, Seek};

use calamine::Data;

use super::credits::ALL_TOGETHER;
use super::workbook::{AMOUNTS, CREDITS_SHEET, GRANTS_SHEET, IN_THE_SUMS};
use crate::domain::money::Cents;
use crate::reports::WorkbookFormat;
use crate::reports::reread::{amount, place, rows};

/// Granted, engaged, paid.
type Sums = [Cents; 3];

/// Whether what the workbook states as granted, engaged and paid is what its own lines add up to, those of the credits and those of
/// the grants; none where it cannot be read, or says nothing of them. A workbook of an earlier version is read alike.
#[must_use]
pub fn adds_up(format: WorkbookFormat, workbook: impl Read + Seek) -> Option<bool> {
    let (mut credits, mut grants) = (Credits::default(), Grants::default());
    rows(format, workbook, &mut |sheet, _, row| match sheet {
        CREDITS_SHEET => credits.row(row),
        GRANTS_SHEET => grants.row(row),
        _ => Some(()),
    })?;
    (credits.sections > 0 && grants.table.is_some()).then_some(!credits.differ && credits.stated == grants.counted)
}

/// What the sections state.
#[derive(Default)]
struct Credits {
    sections: usize,
    /// Of all sections.
    stated: Sums,
    /// The sums of a section are not what its lines add up to.
    differ: bool,
    /// Where the amounts stand in the table under way, and what its lines add up to.
    table: Option<([usize; 3], Sums)>,
}

impl Credits {
    fn row(&mut self, row: &[Data]) -> Option<()> {
        if let Some(places) = places(row) {
            self.table = Some((places, Sums::default()));
            return Some(());
        }
        let Some((places, lines)) = &mut self.table else { return Some(()) };
        let amounts = amounts(row, *places)?;
        if row.iter().any(|cell| matches!(cell, Data::String(text) if text == ALL_TOGETHER)) {
            self.differ |= amounts != *lines;
            self.sections += 1;
            add(&mut self.stated, amounts);
            // What follows lies outside, and is in no sum.
            self.table = None;
        } else {
            add(lines, amounts);
        }
        Some(())
    }
}

/// What the grants that count add up to.
#[derive(Default)]
struct Grants {
    counted: Sums,
    /// Where the amounts stand, and whether they count.
    table: Option<([usize; 3], usize)>,
}

impl Grants {
    fn row(&mut self, row: &[Data]) -> Option<()> {
        if let Some(places) = places(row) {
            self.table = Some((places, place(row, IN_THE_SUMS)?));
            return Some(());
        }
        let Some((places, counts)) = self.table else { return Some(()) };
        if matches!(row.get(counts), Some(Data::String(text)) if text == "oui") {
            add(&mut self.counted, amounts(row, places)?);
        }
        Some(())
    }
}

/// Where the amounts stand; none in a row that is no heading.
fn places(row: &[Data]) -> Option<[usize; 3]> {
    let [granted, engaged, paid] = AMOUNTS.map(|name| place(row, name));
    Some([granted?, engaged?, paid?])
}

/// A text in the place of an amount says that there is none.
fn amounts(row: &[Data], places: [usize; 3]) -> Option<Sums> {
    let mut found = Sums::default();
    for (sum, at) in found.iter_mut().zip(places) {
        *sum = match row.get(at) {
            None | Some(Data::Empty | Data::String(_)) => Cents::ZERO,
            Some(cell) => amount(cell)?,
        };
    }
    Some(found)
}

fn add(sums: &mut Sums, amounts: Sums) {
    sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
}
