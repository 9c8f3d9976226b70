//! What is new about dossiers.

use jiff::Timestamp;

use super::Desk;
use crate::store::{Change, StoreError};

impl Desk {
    /// Calls `each` with what changed since an instant, by date; of the dossiers of a département, or of all.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn changes(
        &self,
        since: Timestamp,
        departement: Option<&str>,
        mut each: impl FnMut(Change),
    ) -> Result<(), StoreError> {
        self.store.read(|reader| {
            reader.changes_since(since, departement, |change| {
                each(change);
                Ok(())
            })
        })
    }
}
