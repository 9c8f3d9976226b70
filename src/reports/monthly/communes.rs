//! The attached communes of a dossier, sorted into those that count and those that do not.

use std::collections::BTreeSet;

use crate::domain::fact::FactName;
use crate::domain::subject::Subject;
use crate::territory::territory;

/// The attached communes as the list shows them: those that ADS-06 counts, and the others apart.
#[derive(Debug, Default)]
pub(super) struct Communes {
    stated: bool,
    pub(super) codes: Vec<String>,
    pub(super) repeated: Vec<String>,
    pub(super) unknown: Vec<String>,
}

impl Communes {
    pub(super) fn of(subject: &Subject) -> Self {
        let Some(listed) = subject.facts.communes(FactName::AttachedCommunes) else { return Self::default() };
        let mut communes = Self { stated: true, ..Self::default() };
        let mut seen = BTreeSet::new();
        for commune in listed {
            match commune.code.as_deref().filter(|code| territory().commune(code).is_some()) {
                Some(code) if seen.insert(code) => communes.codes.push(code.to_owned()),
                Some(code) => communes.repeated.push(code.to_owned()),
                None if commune.text.is_empty() => communes.unknown.extend(commune.code.clone()),
                None => communes.unknown.push(commune.text.clone()),
            }
        }
        communes
    }

    pub(super) fn number(&self) -> Option<i64> {
        self.stated.then(|| i64::try_from(self.codes.len()).unwrap_or(i64::MAX))
    }
}
