//! Small helps to write French sentences.

use super::peers::Others;
pub(super) use crate::domain::text::{counted, grouped};

/// How many things a sentence lists before it only counts: a form takes any number of lines.
pub(super) const LISTED: usize = 100;

/// `a`, `a et b`, `a, b et c`; beyond a hundred, `a, b, … et 12 autres`.
pub(super) fn listed<T: AsRef<str>>(items: &[T]) -> String {
    listed_of(items, items.len())
}

/// The same of the first things, when there are more: `all` of them.
pub(super) fn listed_of<T: AsRef<str>>(first: &[T], all: usize) -> String {
    match first {
        [] => String::new(),
        first if first.len() > LISTED || first.len() < all => {
            let named: Vec<&str> = first.iter().take(LISTED).map(AsRef::as_ref).collect();
            format!("{} et {}", named.join(", "), counted(all - named.len(), "autre", "autres"))
        }
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} et {}", first.join(", "), last.as_ref())
        }
    }
}

/// `dossier n° 12`, `dossiers n° 12 et 15`; beyond ten, `dossiers n° 1, 2, … et 5 autres`.
pub(super) fn dossiers(others: &Others) -> String {
    let numbers: Vec<String> = others.first.iter().map(ToString::to_string).collect();
    format!("{} n°\u{a0}{}", if others.count < 2 { "dossier" } else { "dossiers" }, listed_of(&numbers, others.count))
}

/// `le dossier n° 12`, `les dossiers n° 12 et 15`.
pub(super) fn the_dossiers(others: &Others) -> String {
    format!("{} {}", if others.count < 2 { "le" } else { "les" }, dossiers(others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_read_as_french() {
        assert_eq!(listed(&["a", "b", "c"]), "a, b et c");
        assert!(listed(&["a"; 100]).ends_with(", a et a"));
        assert!(listed(&["a"; 101]).ends_with(", a et 1 autre"));
        assert!(listed(&["a"; 112]).ends_with(", a et 12 autres"));
        let others = |first: &[i64], count| Others { first: first.to_vec(), count };
        assert_eq!(dossiers(&others(&[12], 1)), "dossier n°\u{a0}12");
        assert_eq!(the_dossiers(&others(&[12, 15], 2)), "les dossiers n°\u{a0}12 et 15");
        assert_eq!(dossiers(&others(&[12, 15], 2)), "dossiers n°\u{a0}12 et 15");
        assert!(dossiers(&others(&[8, 9, 10], 5)).ends_with("8, 9, 10 et 2 autres"));
        assert_eq!(counted(1, "ligne", "lignes"), "1 ligne");
    }
}
