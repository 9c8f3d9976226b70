//! How alike two labels are, to suggest the one that was probably meant. Never used to read a dossier.

use std::collections::BTreeSet;

use crate::domain::text::fold;

/// How many characters of a label are compared: every letter of one is held against every letter of the other.
const COMPARED: usize = 200;

/// From 0 (nothing in common) to 1000 (the same to a person): the better of the letters and the words in common.
pub(super) fn likeness(a: &str, b: &str) -> usize {
    let beginning = |label: &str| fold(&label.chars().take(COMPARED).collect::<String>());
    let (a, b) = (beginning(a), beginning(b));
    letters_in_common(&a, &b).max(words_in_common(&a, &b))
}

/// The candidates that resemble `wanted`, the most alike first, three at most.
pub(super) fn nearest<'a>(wanted: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    const ENOUGH: usize = 500;
    let mut ranked: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| (likeness(wanted, candidate), candidate))
        .filter(|(score, _)| *score >= ENOUGH)
        .collect();
    ranked.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    ranked.into_iter().take(3).map(|(_, candidate)| candidate).collect()
}

fn letters_in_common(a: &str, b: &str) -> usize {
    let longest = a.chars().count().max(b.chars().count());
    ((longest - edits(a, b).min(longest)) * 1000).checked_div(longest).unwrap_or(1000)
}

fn words_in_common(a: &str, b: &str) -> usize {
    let words = |text: &str| -> BTreeSet<String> { text.split(' ').map(str::to_owned).collect() };
    let (a, b) = (words(a), words(b));
    a.intersection(&b).count() * 2000 / (a.len() + b.len())
}

/// Levenshtein's distance: letters to add, remove or replace.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut next = Vec::with_capacity(row.len());
        let mut left = i + 1;
        next.push(left);
        for ((to, diagonal), above) in b.iter().zip(&row).zip(row.iter().skip(1)) {
            left = (diagonal + usize::from(from != *to)).min(left + 1).min(above + 1);
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn edits_are_counted() {
        for (a, b, expected) in [("", "", 0), ("abc", "", 3), ("chat", "chats", 1), ("kitten", "sitting", 3)] {
            assert_eq!(edits(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_most_alike_label_comes_first() {
        let labels = ["Montant TTC", "Factures", "Montant HT"];
        assert_eq!(nearest("montant h.t.", labels).first(), Some(&"Montant HT"));
        assert!(nearest("Attestation", ["Factures"]).is_empty());
    }

    proptest! {
        #[test]
        fn likeness_is_symmetric_and_bounded(a in "\\PC{0,12}", b in "\\PC{0,12}") {
            prop_assert_eq!(likeness(&a, &b), likeness(&b, &a));
            prop_assert!(likeness(&a, &b) <= 1000);
            prop_assert_eq!(likeness(&a, &a), 1000);
        }
    }
}
