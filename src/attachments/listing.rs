//! The rows of the files, from what is stored of each dossier. A dossier that arrives has them written with it; here is the rest:
//! what an older version of the program stored, and what DS did not show all of.

use super::Attachments;
use crate::domain::attachment::{are_all_known, attachments};
use crate::raw;
use crate::store::{StaleAttachments, StoreError};

/// Dossiers listed per transaction: large enough to be quick, small enough to let others write in between.
const BATCH: usize = 200;
/// So many bytes of dossiers are enough for one, however few: they are in memory together.
const BATCH_BYTES: usize = 8 * 1024 * 1024;

impl Attachments {
    /// Lists the files of every dossier whose current version is not the one they were listed from.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn list(&self) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let batch = self.stale(after)?;
            let Some(last) = batch.last() else { return Ok(()) };
            after = last.dossier;
            self.store.write(|writer| {
                for stale in &batch {
                    // The evaluation says what is to be done about it.
                    let Some(raw) = &stale.raw else {
                        tracing::warn!(dossier = stale.dossier, "pièces jointes non listées : contenu illisible");
                        continue;
                    };
                    match raw::decode(raw) {
                        // What DS does not show of it for now is not gone: the list stays as it was.
                        Ok(dossier) if !are_all_known(&dossier) => {
                            tracing::debug!(
                                dossier = stale.dossier,
                                "pièces jointes non listées : DS ne les montre pas toutes"
                            );
                        }
                        Ok(dossier) => {
                            let (files, since) = (attachments(&dossier), stale.observed_at);
                            writer.attachments_replace(stale.dossier, stale.version, &files, since)?;
                        }
                        // It was readable when it was stored: the evaluation says what is to be done.
                        Err(error) => tracing::warn!(dossier = stale.dossier, %error, "pièces jointes non listées"),
                    }
                }
                Ok::<_, StoreError>(())
            })?;
        }
    }

    fn stale(&self, mut after: i64) -> Result<Vec<StaleAttachments>, StoreError> {
        self.store.read(|reader| {
            let (mut batch, mut bytes) = (Vec::new(), 0);
            while batch.len() < BATCH
                && bytes < BATCH_BYTES
                && let Some(stale) = reader.attachments_stale(after)?
            {
                after = stale.dossier;
                bytes += stale.raw.as_ref().map_or(0, String::len);
                batch.push(stale);
            }
            Ok(batch)
        })
    }
}
