//! What is read again from workbooks before they are sent.

mod around;
mod formulas;
mod links;
mod ods;
mod rows;

use calamine::Data;
use rust_decimal::Decimal;

pub(super) use around::{Around, around};
pub(super) use formulas::{Formulas, formulas};
pub(super) use links::{Links, links};
pub(super) use rows::{format_of, rows};

use crate::domain::money::Cents;

/// Where a heading stands in a row.
pub(super) fn place(row: &[Data], heading: &str) -> Option<usize> {
    row.iter().position(|cell| matches!(cell, Data::String(text) if text == heading))
}

/// What a workbook has as an amount: the digits that are written there, to the cent.
pub(super) fn amount(cell: &Data) -> Option<Cents> {
    let euros = match cell {
        // The shortest text that is this number: what the file has. Taken as a number, 4234593.23 is a little more.
        Data::Float(euros) => euros.to_string().parse::<Decimal>().ok()?,
        Data::Int(euros) => Decimal::from(*euros),
        _ => return None,
    };
    Cents::exact(euros.normalize()).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_amount_is_read_to_the_cent(cents in -900_000_000_000_000_i64..900_000_000_000_000) {
            let sign = if cents < 0 { "-" } else { "" };
            let (euros, rest) = (cents.abs() / 100, cents.abs() % 100);
            let euros: f64 = format!("{sign}{euros}.{rest:02}").parse().unwrap();
            prop_assert_eq!(amount(&Data::Float(euros)), Some(Cents(cents.into())));
        }
    }
}
