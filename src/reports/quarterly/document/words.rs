//! How the report writes numbers, days and lists of names.

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::money::Cents;
use crate::domain::period::{Quarter, month_name};
use crate::domain::text::{counted, grouped};
use crate::reports::cell::percent;

/// What is not known.
pub(in crate::reports::quarterly) const NONE: &str = "–";

/// `1 234 567 €`: to the nearest euro, half a euro away from zero.
pub(in crate::reports::quarterly) fn euros(amount: Cents) -> String {
    let cents = amount.0;
    let whole = (cents.abs() + 50) / 100;
    format!("{}\u{a0}€", grouped(if cents < 0 { -whole } else { whole }))
}

/// The same, or a dash.
pub(in crate::reports::quarterly) fn maybe_euros(amount: Option<Cents>) -> String {
    amount.map_or_else(|| NONE.to_owned(), euros)
}

/// To the cent, or a dash.
pub(in crate::reports::quarterly) fn money(amount: Option<Cents>) -> String {
    amount.map_or_else(|| NONE.to_owned(), |amount| amount.to_string())
}

/// A share, or a dash.
pub(in crate::reports::quarterly) fn share(share: Option<Decimal>) -> String {
    share.map_or_else(|| NONE.to_owned(), percent)
}

/// A count that may not be known.
pub(in crate::reports::quarterly) fn number(count: usize) -> String {
    grouped(count as u64)
}

/// `4ᵉ trimestre 2021`.
pub(in crate::reports) fn quarter(quarter: Quarter) -> String {
    quarter.label()
}

/// `30 septembre 2021`, `1ᵉʳ octobre 2021`.
pub(in crate::reports::quarterly) fn day(date: Date) -> String {
    let day = if date.day() == 1 { "1ᵉʳ".to_owned() } else { date.day().to_string() };
    format!("{day}\u{a0}{} {}", month_name(date.month()), date.year())
}

/// `un`, `un et deux`, `un, deux et trois`.
pub(in crate::reports::quarterly) fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [one] => one.as_ref().to_owned(),
        [rest @ .., last] => {
            let rest: Vec<&str> = rest.iter().map(AsRef::as_ref).collect();
            format!("{} et {}", rest.join(", "), last.as_ref())
        }
    }
}

/// With a capital letter.
pub(in crate::reports) fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// What is said of those that are not shown: `… et 12 autres (classeur, feuille « Contrôles »)`; nothing when all are.
pub(in crate::reports::quarterly) fn and_others(left_out: usize, sheet: &str) -> Option<String> {
    (left_out > 0).then(|| format!("… et {} (classeur, feuille « {sheet} »)", counted(left_out, "autre", "autres")))
}

/// The first of some names, separated by semicolons, then how many there are beside them, on a sheet of the workbook.
pub(in crate::reports::quarterly) fn named(
    names: impl ExactSizeIterator<Item = String>,
    most: usize,
    sheet: &str,
) -> String {
    let left_out = names.len().saturating_sub(most);
    let mut said: Vec<String> = names.take(most).collect();
    said.extend(and_others(left_out, sheet));
    said.join("\u{a0}; ").replace("\u{a0}; …", " …")
}

/// The verb of an amount in whole euros: `est` up to one.
pub(in crate::reports::quarterly) fn is_or_are(
    amount: Cents,
    one: &'static str,
    several: &'static str,
) -> &'static str {
    if (amount.0.abs() + 50) / 100 < 2 { one } else { several }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn amounts_are_rounded_to_the_nearest_euro() {
        let rounded = [0, 49, 50, -49, -50, 123_456_749, 123_456_750].map(|cents| euros(Cents(cents)));
        assert_eq!(
            rounded,
            [
                "0\u{a0}€",
                "0\u{a0}€",
                "1\u{a0}€",
                "0\u{a0}€",
                "−1\u{a0}€",
                "1\u{202f}234\u{202f}567\u{a0}€",
                "1\u{202f}234\u{202f}568\u{a0}€"
            ]
        );
    }

    #[test]
    fn quarters_and_days_have_their_ordinals() {
        let of = |text: &str| quarter(text.parse().unwrap());
        assert_eq!((of("2021-Q1"), of("2021-Q4")), ("1ᵉʳ trimestre 2021".to_owned(), "4ᵉ trimestre 2021".to_owned()));
        assert_eq!(day(date(2021, 10, 1)), "1ᵉʳ\u{a0}octobre 2021");
        assert_eq!(day(date(2021, 9, 30)), "30\u{a0}septembre 2021");
    }

    #[test]
    fn names_are_listed_and_the_rest_is_counted() {
        assert_eq!(listed::<&str>(&[]), "");
        assert_eq!((listed(&["a"]), listed(&["a", "b"])), ("a".to_owned(), "a et b".to_owned()));
        assert_eq!(listed(&["a", "b", "c"]), "a, b et c");
        let names = |all: usize, most| named((0..all).map(|at| at.to_string()), most, "Délais");
        assert_eq!((names(0, 2), names(2, 2)), (String::new(), "0\u{a0}; 1".to_owned()));
        assert_eq!(names(3, 2), "0\u{a0}; 1 … et 1 autre (classeur, feuille « Délais »)");
        assert_eq!(names(5, 2), "0\u{a0}; 1 … et 3 autres (classeur, feuille « Délais »)");
    }
}
