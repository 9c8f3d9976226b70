//! Dossiers set aside.

use super::Desk;
use crate::store::{QuarantineEntry, StoreError};

impl Desk {
    /// The dossiers set aside, by number.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn quarantine(&self) -> Result<Vec<QuarantineEntry>, StoreError> {
        self.store.read(|reader| reader.quarantine(None))
    }
}
