//! Cases kept as data: a dossier and its neighbours in, verdicts and amounts out.
//!
//! A file says the facts by the names of the configuration; from there on a case is a [`Subject`] like any other, judged by
//! the same [`Rulebook`]. What a case does not expect is not compared.

mod fact;
mod file;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub use file::read;

use super::{Peers, Rulebook};
use crate::domain::money::Cents;
use crate::domain::subject::Subject;
use crate::domain::verdict::{Evaluation, Status, VerdictValue};

/// The cases built in (name, TOML text).
pub const BUILTIN: &[(&str, &str)] = &[("axe3-v1-ads.toml", include_str!("axe3-v1-ads.toml"))];

/// A dossier, the others, and what is to come out.
#[derive(Debug, Clone)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Where it begins in its file, from 1.
    pub line: usize,
    /// The dossier judged.
    pub subject: Subject,
    /// The other dossiers.
    pub others: Vec<Subject>,
    /// What is to come out.
    pub expected: Expected,
}

/// What is to come out; what is not said is not compared.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// The status.
    pub status: Option<Status>,
    /// The expenses that count; `Some(None)`: they are not known.
    pub eligible_expenses: Option<Option<Cents>>,
    /// The amount; `Some(None)`: none can be computed.
    pub computed: Option<Option<Cents>>,
    /// Verdicts by rule.
    pub verdicts: BTreeMap<String, VerdictValue>,
}

impl Case {
    /// Judges the dossier.
    #[must_use]
    pub fn evaluate(&self, rulebook: &Rulebook) -> Evaluation {
        let mut peers = Peers::default();
        self.others.iter().chain([&self.subject]).for_each(|subject| peers.add(subject));
        rulebook.evaluate(&self.subject, &peers)
    }

    /// What came out otherwise than expected, in French; nothing when the case holds.
    #[must_use]
    pub fn differences(&self, evaluation: &Evaluation) -> Vec<String> {
        let Expected { status, eligible_expenses, computed, verdicts } = &self.expected;
        let mut found = Vec::new();
        let mut compare = |what: &str, expected: String, got: String| {
            if expected != got {
                found.push(format!("{what} : attendu {expected}, obtenu {got}"));
            }
        };
        if let Some(status) = status {
            compare("statut", status.label().to_owned(), evaluation.status.label().to_owned());
        }
        if let Some(expected) = eligible_expenses {
            compare("dépenses éligibles", amount(*expected), amount(evaluation.eligible_expenses));
        }
        if let Some(expected) = computed {
            compare("montant calculé", amount(*expected), amount(evaluation.computed));
        }
        for (rule, expected) in verdicts {
            match evaluation.verdicts.iter().find(|verdict| verdict.rule == *rule) {
                Some(verdict) if verdict.verdict == *expected => {}
                Some(verdict) => found.push(format!(
                    "{rule} : attendu {}, obtenu {}. {}",
                    expected.label(),
                    verdict.verdict.label(),
                    verdict.explanation
                )),
                None => found.push(format!("{rule} : cette règle n’est pas du programme {}", self.subject.programme)),
            }
        }
        found
    }
}

fn amount(cents: Option<Cents>) -> String {
    cents.map_or_else(|| "aucun montant".to_owned(), |cents| cents.to_string())
}
