//! The attached communes of a dossier, sorted into those that count and those that do not.

use crate::domain::fact::{CommuneRef, FactName};
use crate::domain::subject::Subject;
use crate::domain::text::{QUOTED, shortened};
use crate::rules::Attached;

/// The attached communes as the list shows them: those that ADS-06 counts, and the others apart.
#[derive(Debug, Default)]
pub(super) struct Communes {
    stated: bool,
    sorted: Attached,
    pub(super) codes: Vec<String>,
    pub(super) repeated: Vec<String>,
    pub(super) unknown: Vec<String>,
}

impl Communes {
    pub(super) fn of(subject: &Subject) -> Self {
        let Some(listed) = subject.facts.communes(FactName::AttachedCommunes) else { return Self::default() };
        let sorted = Attached::sort(listed);
        let code_or_text =
            |commune: &CommuneRef| commune.code.clone().unwrap_or_else(|| shortened(&commune.text, QUOTED));
        let text_or_code = |commune: &CommuneRef| {
            let text = Some(shortened(&commune.text, QUOTED)).filter(|text| !text.is_empty());
            text.or_else(|| commune.code.clone()).unwrap_or_default()
        };
        Self {
            stated: true,
            codes: sorted.known.iter().map(|commune| commune.code.to_owned()).collect(),
            repeated: sorted.repeated.iter().map(code_or_text).collect(),
            unknown: sorted.unknown.iter().chain(&sorted.districts).map(text_or_code).collect(),
            sorted,
        }
    }

    pub(super) fn number(&self) -> Option<i64> {
        self.stated.then(|| i64::try_from(self.codes.len()).unwrap_or(i64::MAX))
    }

    /// Those that count and lie outside the départements served, named.
    pub(super) fn elsewhere(&self, served: &[String]) -> Option<String> {
        let outside = self.sorted.outside(|departement| served.iter().any(|code| code == departement));
        let named: Vec<String> = outside.iter().map(|commune| format!("{} ({})", commune.name, commune.code)).collect();
        (!named.is_empty())
            .then(|| format!("communes rattachées hors des départements suivis, comptées : {}", named.join(", ")))
    }
}
