//! Dossiers: the current state, every version ever observed, and their champs.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::change::What;
use super::codec::{compress, decompress_text, instant, read_instant, read_optional_instant};
use super::dirty::Why;
use super::{Reader, StoreError, Writer};
use crate::domain::champ::ChampRow;
use crate::domain::dossier::{Dossier, DossierNumber, DossierState, ProcedureNumber, Removal, RemovalReason};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::verdict::Status;

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

/// A dossier in one line, as in `view_dossiers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierLine {
    /// Its number.
    pub number: DossierNumber,
    /// Its démarche.
    pub procedure: ProcedureNumber,
    /// Its programme.
    pub programme: Programme,
    /// Where it stands.
    pub state: DossierState,
    /// First deposit; none for a dossier known by its tombstone only.
    pub deposited_at: Option<Timestamp>,
    /// Last change that DS dates.
    pub updated_at: Option<Timestamp>,
    /// The applicant's SIRET; this and what follows is none before the dossier was evaluated.
    pub siret: Option<String>,
    /// The applicant's name.
    pub applicant: Option<String>,
    /// INSEE code of the applicant's commune.
    pub code_insee: Option<String>,
    /// The applicant's département.
    pub departement: Option<String>,
    /// The applicant's population.
    pub population: Option<i64>,
    /// What the verdicts add up to.
    pub status: Option<Status>,
    /// The expenses that count.
    pub eligible_expenses: Option<Cents>,
    /// The amount of the programme's rule.
    pub computed: Option<Cents>,
    /// The amount granted.
    pub granted: Option<Cents>,
    /// The amount engaged.
    pub engaged: Option<Cents>,
    /// The amount paid.
    pub paid: Option<Cents>,
    /// When DS stopped showing it.
    pub removed_at: Option<Timestamp>,
    /// Why.
    pub removed: Option<RemovalReason>,
    /// When a person set it aside, out of lists and sums.
    pub excluded_at: Option<Timestamp>,
    /// What sums take of it.
    pub counted: Option<Cents>,
    /// When its content was erased here; none: it was not.
    pub erased_at: Option<Timestamp>,
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

/// Which version of which dossier stood at an instant; its content is read when it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SnapshotEntry {
    /// The dossier.
    pub number: DossierNumber,
    /// The version.
    pub version: i64,
    /// When it was first seen; later than the instant asked for when nothing older is known and it stands in.
    pub observed_at: Timestamp,
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

    /// Puts a content as received in the place of the current one, which can no longer be read; whether it is the same content.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_repair(
        &self,
        number: DossierNumber,
        raw: &str,
        content_hash: &[u8; 32],
    ) -> Result<bool, StoreError> {
        let repaired = self.transaction.execute(
            "UPDATE dossier_versions SET raw = ?2
             WHERE id = (SELECT version FROM dossiers WHERE number = ?1 AND content_hash = ?3)",
            params![number, compress(raw.as_bytes())?, content_hash.as_slice()],
        )?;
        if repaired > 0 {
            self.dirty_mark(number, Why::Content)?;
        }
        Ok(repaired > 0)
    }

    fn version_add(&self, record: &DossierRecord<'_>, now: Timestamp) -> Result<(), StoreError> {
        let number = record.dossier.number;
        self.transaction
            .prepare_cached(
                // A clock set back puts no version before the one that it follows.
                "INSERT INTO dossier_versions (dossier, observed_at, content_hash, raw) VALUES (?1,
                 max(?2, coalesce((SELECT max(observed_at) FROM dossier_versions WHERE dossier = ?1), ?2)), ?3, ?4)",
            )?
            .execute(params![number, instant(now), record.content_hash.as_slice(), compress(record.raw.as_bytes())?])?;
        let version = self.transaction.last_insert_rowid();
        self.transaction
            .prepare_cached("UPDATE dossiers SET version = ?2 WHERE number = ?1")?
            .execute([number, version])?;
        Ok(())
    }

    /// Champs come and go with the applicant's answers: the set is replaced, never merged (API facts, 4.5).
    fn champs_replace(&self, number: DossierNumber, champs: &[ChampRow]) -> Result<(), StoreError> {
        self.transaction.prepare_cached("DELETE FROM champs WHERE dossier = ?1")?.execute([number])?;
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO champs (dossier, position, kind, champ_id, descriptor_id, label, type, row_id, value)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?;
        for (position, champ) in (0_i64..).zip(champs) {
            insert.execute(params![
                number,
                position,
                champ.kind.code(),
                champ.champ_id,
                champ.descriptor_id,
                champ.label,
                champ.type_name,
                champ.row_id,
                champ.value
            ])?;
        }
        Ok(())
    }
}

pub(super) const LINE: &str =
    "SELECT number, procedure, programme, state, deposited_at, updated_at, siret, applicant, code_insee,
    departement, population, status, eligible_expenses_cents, computed_cents, granted_cents, engaged_cents, paid_cents,
    removed_at, removed_reason, excluded_at, counted_cents,
    (SELECT erased_at FROM view_erasures WHERE view_erasures.dossier = view_dossiers.number) FROM view_dossiers";

pub(super) fn read_line(row: &Row<'_>) -> Result<DossierLine, StoreError> {
    let programme: String = row.get(2)?;
    let status: Option<String> = row.get(11)?;
    let reason: Option<String> = row.get(18)?;
    let cents = |column: usize| row.get::<_, Option<i64>>(column).map(|cents| cents.map(Cents::from));
    Ok(DossierLine {
        number: row.get(0)?,
        procedure: row.get(1)?,
        programme: programme.parse().map_err(|error| StoreError::unreadable("programme", &error))?,
        state: DossierState::from(row.get::<_, String>(3)?),
        deposited_at: read_optional_instant(row.get(4)?)?,
        updated_at: read_optional_instant(row.get(5)?)?,
        siret: row.get(6)?,
        applicant: row.get(7)?,
        code_insee: row.get(8)?,
        departement: row.get(9)?,
        population: row.get(10)?,
        status: status
            .map(|code| code.parse().map_err(|code: String| StoreError::unreadable("statut", &code)))
            .transpose()?,
        eligible_expenses: cents(12)?,
        computed: cents(13)?,
        granted: cents(14)?,
        engaged: cents(15)?,
        paid: cents(16)?,
        removed_at: read_optional_instant(row.get(17)?)?,
        removed: reason.as_deref().and_then(RemovalReason::from_code),
        excluded_at: read_optional_instant(row.get(19)?)?,
        counted: cents(20)?,
        erased_at: read_optional_instant(row.get(21)?)?,
    })
}

impl Reader<'_> {
    /// A dossier in one line.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_line(&self, number: DossierNumber) -> Result<Option<DossierLine>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("{LINE} WHERE number = ?1"))?;
        let mut rows = statement.query([number])?;
        rows.read(read_line)
    }

    /// Calls `each` with every dossier known, by number, optionally of one démarche.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn dossier_lines<E: From<StoreError>>(
        &self,
        procedure: Option<ProcedureNumber>,
        mut each: impl FnMut(DossierLine) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("{LINE} WHERE ?1 IS NULL OR procedure = ?1 ORDER BY number"))
            .map_err(StoreError::from)?;
        let mut rows = statement.query([procedure]).map_err(StoreError::from)?;
        while let Some(line) = rows.read(read_line)? {
            each(line)?;
        }
        Ok(())
    }

    /// The current JSON of a dossier.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_raw(&self, number: DossierNumber) -> Result<Option<String>, StoreError> {
        let frame: Option<Vec<u8>> = self
            .connection
            .prepare_cached(
                "SELECT v.raw FROM dossiers d JOIN dossier_versions v ON v.id = d.version WHERE d.number = ?1",
            )?
            .query_row([number], |row| row.get(0))
            .optional()?;
        frame.map(|frame| decompress_text(&frame)).transpose()
    }

    /// The same, where it can be read; none, too, when it is damaged.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_readable(&self, number: DossierNumber) -> Result<Option<String>, StoreError> {
        match self.dossier_raw(number) {
            Err(StoreError::Unreadable { .. }) => Ok(None),
            read => read,
        }
    }

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

    /// Which version of each dossier of a démarche was known at an instant; before the first observation, the earliest
    /// stands in, unless something stays of an erased version before it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn snapshot(&self, procedure: ProcedureNumber, at: Timestamp) -> Result<Vec<SnapshotEntry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.number, s.id, s.observed_at FROM dossiers d JOIN dossier_versions s ON s.id = coalesce(
                 (SELECT v.id FROM dossier_versions v WHERE v.dossier = d.number AND v.observed_at <= ?2
                  ORDER BY v.observed_at DESC, v.id DESC LIMIT 1),
                 (SELECT v.id FROM dossier_versions v WHERE v.dossier = d.number ORDER BY v.observed_at, v.id LIMIT 1))
             WHERE d.procedure = ?1 AND d.version IS NOT NULL
               AND (NOT EXISTS (SELECT 1 FROM remains r WHERE r.dossier = d.number)
                    OR EXISTS (SELECT 1 FROM dossier_versions v WHERE v.dossier = d.number AND v.observed_at <= ?2))
             ORDER BY d.number",
        )?;
        let mut rows = statement.query(params![procedure, instant(at)])?;
        let mut entries = Vec::new();
        while let Some(entry) = rows.read(|row| {
            let observed_at = read_instant(&row.get::<_, String>(2)?)?;
            Ok(SnapshotEntry { number: row.get(0)?, version: row.get(1)?, observed_at })
        })? {
            entries.push(entry);
        }
        Ok(entries)
    }

    /// The versions of a dossier after another one, the next first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn versions_after(&self, entry: SnapshotEntry) -> Result<Vec<SnapshotEntry>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, observed_at FROM dossier_versions WHERE dossier = ?1
             AND (observed_at, id) > (SELECT observed_at, id FROM dossier_versions WHERE id = ?2)
             ORDER BY observed_at, id",
        )?;
        let mut rows = statement.query([entry.number, entry.version])?;
        let mut entries = Vec::new();
        while let Some(later) = rows.read(|row| {
            let observed_at = read_instant(&row.get::<_, String>(1)?)?;
            Ok(SnapshotEntry { number: entry.number, version: row.get(0)?, observed_at })
        })? {
            entries.push(later);
        }
        Ok(entries)
    }

    /// The content of a version, as received.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it is damaged, or a failure of the database.
    pub fn version(&self, entry: SnapshotEntry) -> Result<String, StoreError> {
        let frame: Vec<u8> = self
            .connection
            .prepare_cached("SELECT raw FROM dossier_versions WHERE id = ?1")?
            .query_row([entry.version], |row| row.get(0))?;
        decompress_text(&frame)
    }

    /// Whether DS no longer showed a dossier at an instant, why as last noticed, and since when: what becomes of the dossier
    /// afterwards does not move that. None when DS showed it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn removal(&self, number: DossierNumber, at: Timestamp) -> Result<Option<Removal>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT last.reason,
                 (SELECT coalesce(first.at, first.observed_at) FROM removal_events first
                  WHERE first.dossier = ?1 AND first.observed_at <= ?2 AND first.id > coalesce(
                      (SELECT max(back.id) FROM removal_events back
                       WHERE back.dossier = ?1 AND back.observed_at <= ?2 AND back.reason IS NULL), 0)
                  ORDER BY first.observed_at, first.id LIMIT 1)
             FROM removal_events last WHERE last.dossier = ?1 AND last.observed_at <= ?2
             ORDER BY last.observed_at DESC, last.id DESC LIMIT 1",
        )?;
        let mut rows = statement.query(params![number, instant(at)])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let reason: Option<String> = row.get(0)?;
        let Some(reason) = reason.as_deref().and_then(RemovalReason::from_code) else { return Ok(None) };
        Ok(read_optional_instant(row.get(1)?)?.map(|at| Removal { reason, at }))
    }
}

/// What the columns of a removal say; none when DS shows the dossier.
pub(super) fn read_removal(reason: Option<&str>, at: Option<&str>) -> Result<Option<Removal>, StoreError> {
    let Some((reason, at)) = reason.and_then(RemovalReason::from_code).zip(at) else { return Ok(None) };
    Ok(Some(Removal { reason, at: read_instant(at)? }))
}
