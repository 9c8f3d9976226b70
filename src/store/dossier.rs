//! Dossiers: where they stand, and their champs.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::change::What;
use super::codec::instant;
use super::dirty::Why;
use super::{Reader, StoreError, Writer};
use crate::domain::champ::ChampRow;
use crate::domain::dossier::{Dossier, DossierNumber, ProcedureNumber, RemovalReason};

/// What a dossier that was just received did to the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Upsert {
    /// Never seen before.
    New,
    /// Its content changed, or DS shows it again.
    Changed,
    /// Nothing was written.
    Unchanged,
}

/// A dossier as received, ready to be stored.
#[derive(Debug)]
pub struct DossierRecord<'a> {
    /// The démarche it was listed in.
    pub procedure: ProcedureNumber,
    /// The decoded dossier.
    pub dossier: &'a Dossier,
    /// Its champs and annotations, flattened.
    pub champs: &'a [ChampRow],
    /// The JSON as received.
    pub raw: &'a str,
    /// SHA-256 of its canonical form.
    pub content_hash: [u8; 32],
}
/// The dossiers of a démarche that stand in one state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossiersOfState {
    /// The démarche.
    pub procedure: ProcedureNumber,
    /// The state, as DS names it.
    pub state: String,
    /// How many they are.
    pub count: usize,
    /// The first of them, by number.
    pub first: Vec<DossierNumber>,
}

/// What is stored of a dossier that is received again.
struct Known {
    content_hash: Option<Vec<u8>>,
    procedure: ProcedureNumber,
    state: String,
    removed_reason: Option<String>,
    is_unfinished: bool,
    is_erased: bool,
}

impl Writer<'_> {
    /// Stores a dossier as received. Unchanged content that DS never stopped showing costs no write.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_upsert(&self, record: &DossierRecord<'_>, now: Timestamp) -> Result<Upsert, StoreError> {
        let dossier = record.dossier;
        let unfinished = dossier.is_unfinished(now);
        let known = self.known(dossier.number)?;
        let outcome = match &known {
            None => Upsert::New,
            Some(known) => {
                let same_content = known.content_hash.as_deref() == Some(record.content_hash.as_slice());
                if same_content && known.removed_reason.is_none() && known.procedure == record.procedure {
                    if known.is_unfinished != unfinished {
                        self.dossier_unfinished(dossier.number, unfinished, now)?;
                    }
                    return Ok(Upsert::Unchanged);
                }
                self.dirty_mark(dossier.number, Why::Content)?;
                if let Some(reason) = &known.removed_reason {
                    self.removal_event(dossier.number, None, now)?;
                    // Known by its tombstone alone, it is filed rather than back.
                    if known.content_hash.is_some() || known.is_erased {
                        self.change_add(dossier.number, What::Returned, (Some(reason), None), now)?;
                    }
                }
                if same_content {
                    self.transaction
                        .prepare_cached(
                            "UPDATE dossiers SET removed_at = NULL, removed_reason = NULL, procedure = ?2 WHERE number = ?1",
                        )?
                        .execute(params![dossier.number, record.procedure])?;
                    return Ok(Upsert::Changed);
                }
                Upsert::Changed
            }
        };
        self.transaction
            .prepare_cached(
                "INSERT INTO dossiers (number, procedure, state, deposited_at, updated_at, treated_at, content_hash)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (number) DO UPDATE SET procedure = excluded.procedure, state = excluded.state,
                 deposited_at = excluded.deposited_at, updated_at = excluded.updated_at, treated_at = excluded.treated_at,
                 content_hash = excluded.content_hash, removed_at = NULL, removed_reason = NULL, erased_at = NULL",
            )?
            .execute(params![
                dossier.number,
                record.procedure,
                dossier.state.code(),
                instant(dossier.deposited_at),
                instant(dossier.updated_at),
                dossier.treated_at.map(instant),
                record.content_hash.as_slice()
            ])?;
        self.dossier_unfinished(dossier.number, unfinished, now)?;
        self.version_add(record, now)?;
        self.champs_replace(dossier.number, record.champs)?;
        let state = Some(dossier.state.code());
        match known {
            // Known by its tombstone alone, it was never received.
            Some(Known { content_hash: None, is_erased: false, .. }) | None => {
                self.dirty_mark(dossier.number, Why::Content)?;
                self.change_add(dossier.number, What::Filed, (None, state), now)?;
            }
            Some(known) => self.change_add(dossier.number, What::State, (Some(&known.state), state), now)?,
        }
        Ok(outcome)
    }

    fn known(&self, number: DossierNumber) -> Result<Option<Known>, StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT content_hash, procedure, state, removed_reason, unfinished_since IS NOT NULL, erased_at IS NOT NULL
             FROM dossiers WHERE number = ?1",
        )?;
        let known = statement.query_row([number], |row| {
            Ok(Known {
                content_hash: row.get(0)?,
                procedure: row.get(1)?,
                state: row.get(2)?,
                removed_reason: row.get(3)?,
                is_unfinished: row.get(4)?,
                is_erased: row.get(5)?,
            })
        });
        Ok(known.optional()?)
    }
}

impl Reader<'_> {
    /// The numbers of the dossiers of a démarche that were removed for one reason.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossiers_removed(
        &self,
        procedure: ProcedureNumber,
        reason: RemovalReason,
    ) -> Result<Vec<DossierNumber>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number FROM dossiers WHERE procedure = ?1 AND removed_reason = ?2 ORDER BY number",
        )?;
        let rows = statement.query_map(params![procedure, reason.code()], |row| row.get(0))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }

    /// How many dossiers of a démarche are stored and shown by DS.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_count(&self, procedure: ProcedureNumber) -> Result<u64, StoreError> {
        let count: i64 = self.connection.query_row(
            "SELECT count(*) FROM dossiers WHERE procedure = ?1 AND removed_at IS NULL",
            [procedure],
            |row| row.get(0),
        )?;
        Ok(count.cast_unsigned())
    }

    /// How many dossiers of each démarche are decided without a date of decision, which DS always had.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossiers_undated(&self) -> Result<Vec<(ProcedureNumber, u64)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT procedure, count(*) FROM dossiers INDEXED BY dossiers_undated
             WHERE state IN ('accepte', 'refuse', 'sans_suite') AND treated_at IS NULL AND removed_at IS NULL
             AND version IS NOT NULL GROUP BY procedure ORDER BY procedure",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }

    /// The dossiers that DS shows in a state that this version does not know, by démarche and state: how many, and the first ones.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossiers_of_other_states(&self, named: usize) -> Result<Vec<DossiersOfState>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT procedure, state, number FROM dossiers
             WHERE state NOT IN ('en_construction', 'en_instruction', 'accepte', 'refuse', 'sans_suite') AND removed_at IS NULL
             ORDER BY procedure, state, number",
        )?;
        let mut rows = statement.query([])?;
        let mut found: Vec<DossiersOfState> = Vec::new();
        while let Some(row) = rows.next()? {
            let (procedure, state): (ProcedureNumber, String) = (row.get(0)?, row.get(1)?);
            if found.last().is_none_or(|last| (last.procedure, &last.state) != (procedure, &state)) {
                found.push(DossiersOfState { procedure, state, count: 0, first: Vec::new() });
            }
            if let Some(last) = found.last_mut() {
                last.count += 1;
                if last.first.len() < named {
                    last.first.push(row.get(2)?);
                }
            }
        }
        Ok(found)
    }

    /// How many dossiers of a démarche are accepted, of those that were received and that nobody set aside, without an amount that is
    /// known.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn grants_without_amount(&self, procedure: ProcedureNumber) -> Result<usize, StoreError> {
        let count: i64 = self.connection.query_row(
            "SELECT count(*) FROM dossiers d LEFT JOIN subjects s ON s.dossier = d.number
             WHERE d.procedure = ?1 AND d.state = 'accepte' AND d.deposited_at IS NOT NULL AND s.granted_cents IS NULL
             AND NOT EXISTS (SELECT 1 FROM view_exclusions x WHERE x.dossier = d.number)",
            [procedure],
            |row| row.get(0),
        )?;
        Ok(usize::try_from(count).unwrap_or_default())
    }

    /// The numbers of the dossiers of a démarche that DS shows, as far as is known here.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossiers_shown(&self, procedure: ProcedureNumber) -> Result<Vec<DossierNumber>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number FROM dossiers WHERE procedure = ?1 AND removed_at IS NULL ORDER BY number",
        )?;
        let rows = statement.query_map([procedure], |row| row.get(0))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }

    /// Dossiers of a démarche that were received whole and are shown, but for one, as far apart from each other in the order of
    /// their changes as can be; to ask for them again tells whether the server still answers.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn witnesses(
        &self,
        procedure: ProcedureNumber,
        but: DossierNumber,
        limit: usize,
    ) -> Result<Vec<DossierNumber>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number FROM (
                 SELECT number, updated_at, count(*) OVER () AS every,
                        row_number() OVER (ORDER BY updated_at DESC, number DESC) - 1 AS place
                 FROM dossiers WHERE procedure = ?1 AND number <> ?2 AND removed_at IS NULL
                 AND version IS NOT NULL AND number NOT IN (SELECT dossier FROM quarantine))
             WHERE place * ?3 % every < ?3 ORDER BY updated_at DESC, number DESC LIMIT ?3",
        )?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let rows = statement.query_map([procedure, but, limit], |row| row.get(0))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }
}
