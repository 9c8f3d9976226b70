//! Cases kept as data: a dossier and its neighbours in, verdicts and amounts out.
//!
//! A file says the facts by the names of the configuration; from there on a case is a [`Subject`] like any other, judged by
//! the same [`Rulebook`]. What a case does not expect is not compared.

#[cfg(test)]
mod coverage;
mod fact;
mod file;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use file::read;

use super::{Parameter, ParameterError, Peers, Rulebook};
use crate::domain::money::Cents;
use crate::domain::neighbour::Neighbour;
use crate::domain::subject::Subject;
use crate::domain::verdict::{Evaluation, Status, VerdictValue, Who};

macro_rules! builtin {
    ($($file:literal),+) => {
        /// The cases built in (name, TOML text).
        pub const BUILTIN: &[(&str, &str)] = &[$(($file, include_str!($file))),+];
    };
}

builtin!["axe2.toml", "axe3-v1.toml", "axe3-v1-ads.toml", "axe3-v2.toml"];

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
    /// Values of parameters that hold for it alone.
    pub parameters: Vec<Parameter>,
    /// What is to come out.
    pub expected: Expected,
}

/// What is to come out; what is not said is not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expected {
    /// The status.
    pub status: Option<Status>,
    /// The expenses that count; `Some(None)`: they are not known.
    pub eligible_expenses: Option<Option<Cents>>,
    /// The amount; `Some(None)`: none can be computed.
    pub computed: Option<Option<Cents>>,
    /// Verdicts by rule.
    pub verdicts: BTreeMap<String, VerdictValue>,
    /// Words of explanations by rule; how they are spaced does not matter.
    pub sentences: BTreeMap<String, String>,
    /// By who is to do something, exactly the rules that leave it to them; nobody else is compared.
    pub to_do: BTreeMap<Who, BTreeSet<String>>,
}

impl Case {
    /// Judges the dossier.
    ///
    /// # Errors
    /// Its own values of parameters and those of the rulebook do not follow each other without overlap or gap.
    pub fn evaluate(&self, rulebook: &Rulebook) -> Result<Evaluation, ParameterError> {
        let mut peers = Peers::default();
        self.others.iter().chain([&self.subject]).for_each(|subject| peers.add(&Neighbour::of(subject, true)));
        if self.parameters.is_empty() {
            return Ok(rulebook.evaluate(&self.subject, &peers));
        }
        Ok(rulebook.with_parameters(self.parameters.clone())?.evaluate(&self.subject, &peers))
    }

    /// What came out otherwise than expected, in French; nothing when the case holds.
    #[must_use]
    pub fn differences(&self, evaluation: &Evaluation) -> Vec<String> {
        let Expected { status, eligible_expenses, computed, verdicts, sentences, to_do } = &self.expected;
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
        for (who, rules) in to_do {
            let left = evaluation.missing.iter().filter(|missing| missing.who == *who);
            let left: BTreeSet<&str> = left.map(|missing| missing.rule.as_str()).collect();
            let listed = |rules: Vec<&str>| if rules.is_empty() { "rien".to_owned() } else { rules.join(", ") };
            let expected = rules.iter().map(String::as_str).collect();
            compare(who.heading(), listed(expected), listed(left.into_iter().collect()));
        }
        let of_rule = |rule: &String| {
            let verdict = evaluation.verdicts.iter().find(|verdict| verdict.rule == *rule);
            verdict.ok_or_else(|| format!("{rule} : cette règle n’est pas du programme {}", self.subject.programme))
        };
        for (rule, expected) in verdicts {
            match of_rule(rule) {
                Ok(verdict) if verdict.verdict == *expected => {}
                Ok(verdict) => found.push(format!(
                    "{rule} : attendu {}, obtenu {}. {}",
                    expected.label(),
                    verdict.verdict.label(),
                    verdict.explanation
                )),
                Err(message) => found.push(message),
            }
        }
        for (rule, expected) in sentences {
            match of_rule(rule) {
                Ok(verdict) if spaced(&verdict.explanation).contains(&spaced(expected)) => {}
                Ok(verdict) => found
                    .push(format!("{rule} : l’explication devait contenir « {expected} » : {}", verdict.explanation)),
                Err(message) => found.push(message),
            }
        }
        found
    }
}

/// With plain spaces only: nobody types the narrow ones of amounts.
fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn amount(cents: Option<Cents>) -> String {
    cents.map_or_else(|| "aucun montant".to_owned(), |cents| cents.to_string())
}
