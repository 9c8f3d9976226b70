//! Dossiers that came without what DS no longer has in its API.
//!
//! An answer that says less than what is stored, and nothing else, changes nothing: the fuller version stands. One that says
//! something else is stored as it came, without what is gone, and its hash is that of what came. A mark remembers what
//! was gone while a démarche was read; as soon as some of it is back, everything is read again, so that the database is the
//! server's once more, and no earlier version was lost.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::SyncError;
use super::page::{Content, Received};
use super::procedure::Session;
use crate::domain::dossier::ProcedureNumber;
use crate::raw;
use crate::store::{Reader, StoreError, Walk, Writer};

/// What was gone while a démarche was read, since it was last read in full.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Holes {
    gone: BTreeSet<String>,
    /// Everything is being read again, without this.
    #[serde(default)]
    reading_without: Option<BTreeSet<String>>,
}

impl Holes {
    fn read(reader: &Reader<'_>, procedure: ProcedureNumber) -> Result<Self, StoreError> {
        let text = reader.mark(&mark(procedure))?.filter(|text| !text.is_empty());
        text.map_or_else(|| Ok(Self::default()), |text| serde_json::from_str(&text).map_err(|error| unreadable(&error)))
    }

    fn write(&self, writer: &Writer<'_>, procedure: ProcedureNumber) -> Result<(), StoreError> {
        let text = serde_json::to_string(self).map_err(|error| unreadable(&error))?;
        writer.mark_put(&mark(procedure), if self.gone.is_empty() { "" } else { &text })
    }
}

fn unreadable(error: &serde_json::Error) -> StoreError {
    StoreError::Unreadable { what: "ce que DS ne donnait plus", detail: error.to_string() }
}

fn mark(procedure: ProcedureNumber) -> String {
    format!("gone:{procedure}")
}

/// Remembers what is gone; in the transaction that stores what came without it.
pub(super) fn remember(writer: &Writer<'_>, procedure: ProcedureNumber, gone: &[String]) -> Result<(), StoreError> {
    let mut holes = Holes::read(&writer.reader(), procedure)?;
    if gone.iter().all(|part| holes.gone.contains(part)) {
        return Ok(());
    }
    holes.gone.extend(gone.iter().cloned());
    holes.write(writer, procedure)
}

/// The version that is stored, where it says all that came.
pub(super) fn fuller(writer: &Writer<'_>, received: &Received) -> Result<Option<Received>, StoreError> {
    let Content::Dossier { dossier, raw: came, fault, .. } = &received.content else { return Ok(None) };
    let Some(known) = writer.reader().dossier_readable(dossier.number)? else { return Ok(None) };
    if !raw::covers(&known, came.get()) {
        return Ok(None);
    }
    let known = serde_json::value::RawValue::from_string(known).ok();
    Ok(known.and_then(|known| Received::read(received.at, known, fault.clone())))
}

impl Session<'_> {
    /// What DS no longer has.
    pub(super) fn gone(&self) -> Vec<String> {
        self.engine.client.missing().unwrap_or_default()
    }

    /// Whether something that was gone is back, so that everything has to be read again. A reading that began while more
    /// was gone than now is not gone on with.
    pub(super) fn something_is_back(&self) -> Result<bool, SyncError> {
        let now: BTreeSet<String> = self.gone().into_iter().collect();
        let procedure = self.procedure;
        Ok(self.engine.store.write::<_, StoreError>(|writer| {
            let mut holes = Holes::read(&writer.reader(), procedure)?;
            if holes.gone.is_subset(&now) {
                return Ok(false);
            }
            if holes.reading_without.as_ref() != Some(&now) {
                writer.walk_remove(procedure, Walk::Deposit)?;
                holes.reading_without = Some(now);
                holes.write(writer, procedure)?;
            }
            Ok(true)
        })?)
    }

    /// Everything was read: nothing is gone but what is gone now.
    pub(super) fn read_in_full(&self) -> Result<(), SyncError> {
        let holes = Holes { gone: self.gone().into_iter().collect(), reading_without: None };
        let procedure = self.procedure;
        Ok(self.engine.store.write::<_, StoreError>(|writer| {
            if Holes::read(&writer.reader(), procedure)? == holes { Ok(()) } else { holes.write(writer, procedure) }
        })?)
    }
}
