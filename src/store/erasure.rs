//! What DS erased is erased here: the tombstone stays, with what may be kept of each version for lists of the past.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::codec::{instant, json, read_instant, read_json};
use super::dirty::Why;
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber, RemovalReason};
use crate::domain::erasure::ERASED;
use crate::domain::journal::{Act, Standing};
use crate::domain::subject::{Judged, Subject};

/// The mark that stands while the file may still hold bytes of what was erased.
pub(super) const REWRITE_DUE: &str = "rewrite_due";

/// A removed dossier of which there is something to erase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErasableDossier {
    /// Its number.
    pub number: DossierNumber,
    /// Its démarche.
    pub procedure: ProcedureNumber,
    /// Why DS no longer shows it; never [`RemovalReason::Pending`], which DS can undo.
    pub reason: RemovalReason,
    /// Since when it is known that it is gone for good.
    pub since: Timestamp,
    /// How many versions of its content are stored.
    pub versions: u64,
    /// How many champs and annotations.
    pub champs: u64,
    /// How many attached files.
    pub attachments: u64,
    /// How many entries of the journal.
    pub journal: u64,
}

/// What stays of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remains {
    /// When the version was observed.
    pub observed_at: Timestamp,
    /// The dossier, reduced.
    pub judged: Judged,
}

impl Reader<'_> {
    /// The dossiers that are gone for good and still have a content here, those gone first first. A dossier of which only
    /// a tombstone was ever known has none.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossiers_erasable(&self) -> Result<Vec<ErasableDossier>, StoreError> {
        // Since the first notice after which it was neither seen again nor in the bin.
        let mut statement = self.connection.prepare_cached(
            "SELECT d.number, d.procedure, d.removed_reason,
                 coalesce((SELECT min(e.observed_at) FROM removal_events e
                     WHERE e.dossier = d.number AND e.reason IN ('deleted', 'absent') AND e.id > coalesce(
                         (SELECT max(o.id) FROM removal_events o
                          WHERE o.dossier = d.number AND (o.reason IS NULL OR o.reason = 'pending')), 0)),
                     d.removed_at) AS since,
                 (SELECT count(*) FROM dossier_versions v WHERE v.dossier = d.number),
                 (SELECT count(*) FROM champs c WHERE c.id >= d.number << 20 AND c.id < (d.number + 1) << 20),
                 (SELECT count(*) FROM attachments a WHERE a.dossier = d.number),
                 (SELECT count(*) FROM journal j WHERE j.dossier = d.number)
             FROM dossiers d WHERE d.removed_reason IN ('deleted', 'absent') AND d.version IS NOT NULL
             ORDER BY since, d.number",
        )?;
        let mut rows = statement.query([])?;
        let mut erasable = Vec::new();
        while let Some(row) = rows.next()? {
            let reason: String = row.get(2)?;
            let reason = RemovalReason::from_code(&reason);
            let count = |column: usize| row.get::<_, i64>(column).map(i64::unsigned_abs);
            erasable.push(ErasableDossier {
                number: row.get(0)?,
                procedure: row.get(1)?,
                reason: reason.ok_or_else(|| StoreError::unreadable("motif de retrait", &"inconnu"))?,
                since: read_instant(&row.get::<_, String>(3)?)?,
                versions: count(4)?,
                champs: count(5)?,
                attachments: count(6)?,
                journal: count(7)?,
            });
        }
        Ok(erasable)
    }

    /// Every content of a dossier, the first one observed first; one that can no longer be read is empty, so that it keeps nothing
    /// from being erased.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_history(&self, number: DossierNumber) -> Result<Vec<(Timestamp, String)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT observed_at, raw FROM dossier_versions WHERE dossier = ?1 ORDER BY observed_at, id",
        )?;
        let mut rows = statement.query([number])?;
        let mut history = Vec::new();
        while let Some(row) = rows.next()? {
            let frame: Vec<u8> = row.get(1)?;
            history.push((read_instant(&row.get::<_, String>(0)?)?, self.unpack(&frame).unwrap_or_default()));
        }
        Ok(history)
    }

    /// Calls `each` with what stays of the erased dossiers of a démarche, by number, as each was known at an instant; before its first observation, the
    /// earliest stands in. A dossier that DS showed again is in it only for the time before. None for one whose remains can no
    /// longer be read.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn remains<E: From<StoreError>>(
        &self,
        procedure: ProcedureNumber,
        at: Timestamp,
        mut each: impl FnMut(DossierNumber, Option<Judged>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT d.number, r.subject, r.evaluation FROM dossiers d JOIN remains r ON r.id = coalesce(
                 (SELECT k.id FROM remains k WHERE k.dossier = d.number AND k.observed_at <= ?2
                  ORDER BY k.observed_at DESC, k.id DESC LIMIT 1),
                 (SELECT k.id FROM remains k WHERE k.dossier = d.number ORDER BY k.observed_at, k.id LIMIT 1))
             WHERE d.procedure = ?1
               AND NOT EXISTS (SELECT 1 FROM dossier_versions v WHERE v.dossier = d.number AND v.observed_at <= ?2)
             ORDER BY d.number",
            )
            .map_err(StoreError::from)?;
        let mut rows = statement.query(params![procedure, instant(at)]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let (number, remains) = read_remains(row)?;
            each(number, remains)?;
        }
        Ok(())
    }

    /// Whether the file may still hold bytes of what was erased.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn is_rewrite_due(&self) -> Result<bool, StoreError> {
        Ok(self.mark(REWRITE_DUE)?.is_some_and(|due| !due.is_empty()))
    }
}

/// `number, subject, evaluation`.
fn read_remains(row: &Row<'_>) -> Result<(DossierNumber, Option<Judged>), StoreError> {
    let subject: Result<Subject, _> = read_json("faits gardés d’un dossier effacé", &row.get::<_, String>(1)?);
    let evaluation = read_json("avis gardés d’un dossier effacé", &row.get::<_, String>(2)?);
    let judged = subject.ok().zip(evaluation.ok());
    Ok((row.get(0)?, judged.map(|(subject, evaluation)| Judged { subject, evaluation })))
}

impl Writer<'_> {
    /// Erases all that was received, read, judged and done about a dossier; `remains` is what stays of its versions, in
    /// their order. Its number, démarche, state, dates and removal stay, and that a person had set it aside.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_erase(&self, number: DossierNumber, remains: &[Remains], now: Timestamp) -> Result<(), StoreError> {
        let counted = self.reader().counted(number)?;
        let exclusion = Standing::of(self.reader().journal(number)?).exclusion;
        self.transaction
            .prepare_cached(
                "UPDATE dossiers SET version = NULL, content_hash = NULL, unfinished_since = NULL, asked_again_at = NULL,
                 erased_at = ?2 WHERE number = ?1",
            )?
            .execute(params![number, instant(now)])?;
        self.attachments_remove(number)?;
        self.journal_remove(number)?;
        self.champs_remove(number)?;
        self.evaluation_remove(number)?;
        if let Some(exclusion) = exclusion {
            self.journal_insert(number, &Act::Exclude, ERASED, ERASED, exclusion.at)?;
        }
        for statement in [
            "DELETE FROM dossier_versions WHERE dossier = ?1",
            "DELETE FROM subjects WHERE dossier = ?1",
            "DELETE FROM quarantine WHERE dossier = ?1",
            // What else is new of it says no more than what stays: states, statuses, verdicts, when it came and went.
            "DELETE FROM changes WHERE dossier = ?1 AND what IN ('act', 'amount')",
            // The alerts about a dossier have its number as a part of their key.
            "DELETE FROM alerts WHERE instr(key || ':', ':' || ?1 || ':') > 0",
        ] {
            self.transaction.prepare_cached(statement)?.execute([number])?;
        }
        self.outbox_forget(number, now)?;
        self.told_forget_about(number)?;
        for Remains { observed_at, judged } in remains {
            self.transaction
                .prepare_cached(
                    "INSERT INTO remains (dossier, observed_at, subject, evaluation) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![number, instant(*observed_at), json(&judged.subject)?, json(&judged.evaluation)?])?;
        }
        if let Some(Remains { judged, .. }) = remains.last() {
            self.subject_put(&judged.subject, "", now)?;
            self.evaluation_put(number, &judged.evaluation, "", "", now)?;
            self.counted_put(number, counted.filter(|_| judged.subject.granted().is_some()))?;
        }
        self.dirty_mark(number, Why::Erasure)?;
        self.mark_put(REWRITE_DUE, "1")
    }
}
