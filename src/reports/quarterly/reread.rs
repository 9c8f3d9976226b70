//! The sums of a report, computed again from the bytes of its workbook: before it is sent, they must be those that it states.

use std::io::{Read, Seek};

use calamine::{Data, Range, Reader, Xlsx};

use super::credits::ALL_TOGETHER;
use super::xlsx::{AMOUNTS, CREDITS_SHEET, GRANTS_SHEET, IN_THE_SUMS};
use crate::domain::money::Cents;
use crate::reports::reread::{amount, place};

/// Granted, engaged, paid.
type Sums = [Cents; 3];

/// Whether what the workbook states as granted, engaged and paid is what its own lines add up to, those of the credits and those of
/// the grants; none where it cannot be read.
#[must_use]
pub fn adds_up(workbook: impl Read + Seek) -> Option<bool> {
    let mut workbook: Xlsx<_> = Xlsx::new(workbook).ok()?;
    let Stated { sums, are_those_of_lines } = of_credits(&workbook.worksheet_range(CREDITS_SHEET).ok()?)?;
    let counted = of_grants(&workbook.worksheet_range(GRANTS_SHEET).ok()?)?;
    Some(are_those_of_lines && sums == counted)
}

/// What the sections state.
struct Stated {
    /// Of all sections.
    sums: Sums,
    /// Whether the sums of each section are what its lines add up to.
    are_those_of_lines: bool,
}

fn of_credits(sheet: &Range<Data>) -> Option<Stated> {
    let mut stated = Stated { sums: Sums::default(), are_those_of_lines: true };
    let mut table: Option<([usize; 3], Sums)> = None;
    for row in sheet.rows() {
        if let Some(places) = places(row) {
            table = Some((places, Sums::default()));
            continue;
        }
        let Some((places, lines)) = &mut table else { continue };
        let amounts = amounts(row, *places)?;
        if row.iter().any(|cell| matches!(cell, Data::String(text) if text == ALL_TOGETHER)) {
            stated.are_those_of_lines &= amounts == *lines;
            add(&mut stated.sums, amounts);
            // What follows lies outside, and is in no sum.
            table = None;
        } else {
            add(lines, amounts);
        }
    }
    Some(stated)
}

/// What the grants that count add up to.
fn of_grants(sheet: &Range<Data>) -> Option<Sums> {
    let mut sums = Sums::default();
    let mut table: Option<([usize; 3], usize)> = None;
    for row in sheet.rows() {
        if let Some(places) = places(row) {
            table = Some((places, place(row, IN_THE_SUMS)?));
            continue;
        }
        let Some((places, counts)) = table else { continue };
        if matches!(row.get(counts)?, Data::String(text) if text == "oui") {
            add(&mut sums, amounts(row, places)?);
        }
    }
    table.is_some().then_some(sums)
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
        *sum = match row.get(at)? {
            Data::Empty | Data::String(_) => Cents::ZERO,
            cell => amount(cell)?,
        };
    }
    Some(found)
}

fn add(sums: &mut Sums, amounts: Sums) {
    sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
}
