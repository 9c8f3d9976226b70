//! What there is to count and to name of the rows of a list.

use std::collections::BTreeMap;

use super::row::{Evolution, ListRow, Perimeter};
use crate::domain::dossier::DossierNumber;

/// Where a row stands in the list.
type Spot = (Option<String>, DossierNumber);

/// The rows of a list, counted; the few that are named, named.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Tally {
    evolutions: BTreeMap<Evolution, usize>,
    /// Of the départements served, those withdrawn left out.
    pub(super) inside: usize,
    /// Whose state is that of their first reading, after the closing instant.
    pub(super) known_later: usize,
    /// Accepted, and no longer shown by DS.
    removed_grants: Vec<Spot>,
    /// Whose content cannot be read.
    unreadable: Vec<Spot>,
}

impl Tally {
    pub(super) fn add(&mut self, row: &ListRow) {
        *self.evolutions.entry(row.evolution).or_default() += 1;
        self.known_later += usize::from(row.etat_connu_depuis.is_some());
        if row.evolution == Evolution::Retire {
            return;
        }
        self.inside += usize::from(row.perimetre == Perimeter::Suivi);
        let spot = || (row.departement.clone(), row.numero_dossier);
        self.removed_grants.extend(row.retire_de_ds.map(|_| spot()));
        self.unreadable.extend((row.perimetre == Perimeter::Illisible).then(spot));
    }

    /// In the order of the list.
    pub(super) fn sorted(mut self) -> Self {
        self.removed_grants.sort();
        self.unreadable.sort();
        self
    }

    /// All rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.evolutions.values().sum()
    }

    /// Rows of dossiers that became something since the list kept last.
    pub(super) fn of(&self, evolution: Evolution) -> usize {
        self.evolutions.get(&evolution).copied().unwrap_or_default()
    }

    /// The dossiers that DS no longer shows, and that were accepted.
    pub(super) fn removed_grants(&self) -> impl Iterator<Item = DossierNumber> {
        self.removed_grants.iter().map(|(_, number)| *number)
    }

    /// The dossiers whose content cannot be read.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = DossierNumber> {
        self.unreadable.iter().map(|(_, number)| *number)
    }
}
