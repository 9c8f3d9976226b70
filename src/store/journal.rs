//! The journal of what people decided, corrected and set aside: added to, read, and forgotten with a dossier.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::change::What;
use super::codec::{instant, json, read_instant, read_json};
use super::dirty::Why;
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::DossierNumber;
use crate::domain::journal::{Act, Entry, Standing};

impl Writer<'_> {
    /// Adds an entry, and gives it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn journal_add(
        &self,
        dossier: DossierNumber,
        act: &Act,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Entry, StoreError> {
        let entry = self.journal_insert(dossier, act, by, reason, now)?;
        self.dirty_mark(dossier, Why::Act)?;
        self.change_add(dossier, What::Act, (None, Some(&act.summary())), now)?;
        Ok(entry)
    }

    /// An entry that is no news.
    pub(super) fn journal_insert(
        &self,
        dossier: DossierNumber,
        act: &Act,
        by: &str,
        reason: &str,
        at: Timestamp,
    ) -> Result<Entry, StoreError> {
        self.transaction
            .prepare_cached("INSERT INTO journal (dossier, at, person, reason, act) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![dossier, instant(at), by, reason, json(act)?])?;
        let id = self.transaction.last_insert_rowid();
        Ok(Entry { id, dossier, at, by: by.to_owned(), reason: reason.to_owned(), act: act.clone() })
    }

    /// Removes the entries of a dossier whose data must not be kept; the only way in which an entry goes.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn journal_remove(&self, dossier: DossierNumber) -> Result<(), StoreError> {
        for statement in [
            "INSERT OR IGNORE INTO journal_erasures (dossier) VALUES (?1)",
            "DELETE FROM journal WHERE dossier = ?1",
            "DELETE FROM journal_erasures WHERE dossier = ?1",
        ] {
            self.transaction.prepare_cached(statement)?.execute([dossier])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// The entries of a dossier, the first one first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn journal(&self, dossier: DossierNumber) -> Result<Vec<Entry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, dossier, at, person, reason, act FROM journal WHERE dossier = ?1 ORDER BY id",
        )?;
        let mut rows = statement.query([dossier])?;
        let mut entries = Vec::new();
        while let Some(row) = rows.next()? {
            entries.push(read_entry(row)?);
        }
        Ok(entries)
    }

    /// What the journal adds up to, for each dossier that it speaks of.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn standings(&self) -> Result<BTreeMap<DossierNumber, Standing>, StoreError> {
        self.standings_until(Timestamp::MAX)
    }

    /// What the journal added up to at an instant.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn standings_until(&self, at: Timestamp) -> Result<BTreeMap<DossierNumber, Standing>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT id, dossier, at, person, reason, act FROM journal WHERE at <= ?1 ORDER BY id")?;
        let mut rows = statement.query([instant(at)])?;
        let mut standings: BTreeMap<DossierNumber, Standing> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let entry = read_entry(row)?;
            standings.entry(entry.dossier).or_default().add(entry);
        }
        Ok(standings)
    }
}

fn read_entry(row: &Row<'_>) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.get(0)?,
        dossier: row.get(1)?,
        at: read_instant(&row.get::<_, String>(2)?)?,
        by: row.get(3)?,
        reason: row.get(4)?,
        act: read_json("journal", &row.get::<_, String>(5)?)?,
    })
}
