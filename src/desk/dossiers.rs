//! Dossiers listed and counted.

use super::Desk;
use crate::domain::dossier::DossierNumber;
use crate::domain::programme::Programme;
use crate::store::{DossierFilter, DossierLine, ProgrammeTally, StoreError};

impl Desk {
    /// Calls `each` with the dossiers that a filter lets through, removed ones included, by number, from one snapshot.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossiers(&self, filter: &DossierFilter, mut each: impl FnMut(DossierLine)) -> Result<(), StoreError> {
        self.store.read(|reader| {
            reader.dossiers_listed(filter, |line| {
                each(line);
                Ok(())
            })
        })
    }

    /// What the dossiers of each programme add up to.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn tallies(&self) -> Result<Vec<ProgrammeTally>, StoreError> {
        self.store.read(|reader| reader.programme_tallies())
    }

    /// The dossier of a programme that has most to tell: most rules to review, with their names.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn most_doubtful(&self, programme: Programme) -> Result<Option<(DossierNumber, Vec<String>)>, StoreError> {
        self.store.read(|reader| reader.most_doubtful(programme))
    }
}
