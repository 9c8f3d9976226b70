//! Dossiers that DS no longer shows: in the bin, erased, or gone without a trace.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::change::What;
use super::codec::{instant, read_instant, read_optional_instant};
use super::dirty::Why;
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, DossierState, ProcedureNumber, Removal, RemovalReason};

/// What DS says of a dossier that it no longer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovalNotice {
    /// The dossier, known here or not.
    pub number: DossierNumber,
    /// The démarche.
    pub procedure: ProcedureNumber,
    /// Its last state.
    pub state: DossierState,
    /// Why it is gone.
    pub reason: RemovalReason,
    /// Since when, as DS says.
    pub at: Timestamp,
}

impl Reader<'_> {
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

    /// The dossiers of a démarche that DS had removed before anything of them was received, by number, and whether they were accepted.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn never_received(&self, procedure: ProcedureNumber) -> Result<Vec<(DossierNumber, bool)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT number, coalesce(state = 'accepte', 0) FROM dossiers
             WHERE procedure = ?1 AND content_hash IS NULL AND (state = 'accepte' OR removed_at IS NOT NULL) AND erased_at IS NULL ORDER BY number",
        )?;
        let numbers = statement.query_map([procedure], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(numbers.collect::<Result<_, _>>()?)
    }

    /// Why DS no longer shows a dossier, and since when; none when it does.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn removed(&self, number: DossierNumber) -> Result<Option<Removal>, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT removed_reason, removed_at FROM dossiers WHERE number = ?1")?;
        let columns: Option<(Option<String>, Option<String>)> =
            statement.query_row([number], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (reason, at) = columns.unwrap_or_default();
        read_removal(reason.as_deref(), at.as_deref())
    }
}

impl Writer<'_> {
    /// Applies a removal; whether it changed anything. A dossier never seen becomes known by its number and state.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dossier_remove(&self, notice: &RemovalNotice, now: Timestamp) -> Result<bool, StoreError> {
        let reason = notice.reason.code();
        let known: Option<Option<String>> = self
            .transaction
            .prepare_cached("SELECT removed_reason FROM dossiers WHERE number = ?1")?
            .query_row([notice.number], |row| row.get(0))
            .optional()?;
        match &known {
            Some(Some(current)) if current == reason => return Ok(false),
            Some(_) => {
                self.transaction
                    .prepare_cached("UPDATE dossiers SET removed_at = ?2, removed_reason = ?3 WHERE number = ?1")?
                    .execute(params![notice.number, instant(notice.at), reason])?;
            }
            None => {
                self.transaction
                    .prepare_cached(
                        "INSERT INTO dossiers (number, procedure, state, removed_at, removed_reason) VALUES (?1, ?2, ?3, ?4, ?5)",
                    )?
                    .execute(params![notice.number, notice.procedure, notice.state.code(), instant(notice.at), reason])?;
            }
        }
        self.removal_event(notice.number, Some((notice.reason, notice.at)), now)?;
        self.dirty_mark(notice.number, Why::Content)?;
        let before = known.flatten();
        self.change_add(notice.number, What::Removed, (before.as_deref(), Some(reason)), now)?;
        Ok(true)
    }

    pub(super) fn removal_event(
        &self,
        number: DossierNumber,
        removal: Option<(RemovalReason, Timestamp)>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO removal_events (dossier, observed_at, reason, at) VALUES (?1,
                 max(?2, coalesce((SELECT max(observed_at) FROM removal_events WHERE dossier = ?1), ?2)), ?3, ?4)",
            )?
            .execute(params![
                number,
                instant(now),
                removal.map(|(reason, _)| reason.code()),
                removal.map(|(_, at)| instant(at))
            ])?;
        Ok(())
    }
}

/// What the columns of a removal say; none when DS shows the dossier.
pub(super) fn read_removal(reason: Option<&str>, at: Option<&str>) -> Result<Option<Removal>, StoreError> {
    let Some((reason, at)) = reason.and_then(RemovalReason::from_code).zip(at) else { return Ok(None) };
    Ok(Some(Removal { reason, at: read_instant(at)? }))
}
