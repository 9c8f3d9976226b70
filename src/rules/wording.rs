//! Small helps to write French sentences.

use crate::domain::dossier::DossierNumber;
pub(super) use crate::domain::text::{counted, grouped};

/// How many things a sentence lists before it only counts: a form takes any number of lines.
const LISTED: usize = 100;

/// `a`, `a et b`, `a, b et c`; beyond a hundred, `a, b, … et 12 autres`.
pub(super) fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [first @ .., _] if first.len() >= LISTED => {
            let named: Vec<&str> = items.iter().take(LISTED).map(AsRef::as_ref).collect();
            format!("{} et {}", named.join(", "), counted(items.len() - LISTED, "autre", "autres"))
        }
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} et {}", first.join(", "), last.as_ref())
        }
    }
}

/// How many dossiers a sentence names before it only counts.
const NAMED: usize = 10;

/// `dossier n° 12`, `dossiers n° 12 et 15`; beyond ten, `dossiers n° 1, 2, … et 5 autres`.
pub(super) fn dossiers(numbers: &[DossierNumber]) -> String {
    let mut texts: Vec<String> = numbers.iter().take(NAMED).map(ToString::to_string).collect();
    if numbers.len() > NAMED {
        texts.push(counted(numbers.len() - NAMED, "autre", "autres"));
    }
    format!("{} n°\u{a0}{}", if numbers.len() < 2 { "dossier" } else { "dossiers" }, listed(&texts))
}

/// `le dossier n° 12`, `les dossiers n° 12 et 15`.
pub(super) fn the_dossiers(numbers: &[DossierNumber]) -> String {
    format!("{} {}", if numbers.len() < 2 { "le" } else { "les" }, dossiers(numbers))
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
        assert_eq!(dossiers(&[12]), "dossier n°\u{a0}12");
        assert_eq!(the_dossiers(&[12, 15]), "les dossiers n°\u{a0}12 et 15");
        assert_eq!(dossiers(&[12, 15]), "dossiers n°\u{a0}12 et 15");
        assert!(dossiers(&(1..=12).collect::<Vec<_>>()).ends_with("9, 10 et 2 autres"));
        assert_eq!(counted(1, "ligne", "lignes"), "1 ligne");
    }
}
