//! Rows are moved to the tables that were made anew, some at a time: each step is a transaction that adds what it takes away, so a process
//! killed at any moment leaves a database of which the next one moves the rest. What a step takes away makes room for the next one: the
//! file does not grow meanwhile. The journal does, beside a reader of another program that goes on reading: it cannot be taken into the
//! file then. Last, the file is made shorter.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row, TransactionBehavior, params};

use super::super::champ::Champ;
use super::super::codec::{hashes, place};
use super::super::dictionary::{Dictionaries, Packing};
use super::super::wipe;
use super::super::{StoreError, Writer};
use super::{moving_version, version};
use crate::domain::dossier::DossierNumber;

/// How much a step moves at most: versions, or dossiers with what is read of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub versions: i64,
    pub dossiers: i64,
    /// Of the frames of versions, but for the first one.
    pub bytes: usize,
}

const BOUNDS: Bounds = Bounds { versions: 200, dossiers: 100, bytes: 8 << 20 };
/// How often people are told where it has got to.
const TOLD: Duration = Duration::from_secs(10);

/// What is left to move.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Left {
    Some,
    Nothing,
}

/// Moves all rows, then makes the file shorter.
pub(super) fn move_all(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let dictionaries = Dictionaries::default();
    let (mut moved, mut told) = (0_u64, Instant::now());
    while step(connection, path, &dictionaries, BOUNDS)? == Left::Some {
        moved += 1;
        if told.elapsed() >= TOLD {
            told = Instant::now();
            tracing::info!(steps = moved, "base de données mise à jour, par étapes : une interruption n’y perd rien");
        }
    }
    wipe::shorten_all(connection, path).map_err(|source| StoreError::at(path, source))
}

/// Moves some rows.
pub(super) fn step(
    connection: &mut Connection,
    path: &Path,
    dictionaries: &Dictionaries,
    bounds: Bounds,
) -> Result<Left, StoreError> {
    let at = |source| StoreError::at(path, source);
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(at)?;
    // Another process may have done all of it just now.
    if version(&transaction, path)? != moving_version() {
        return Ok(Left::Nothing);
    }
    let left = move_some(&Writer::new(&transaction, dictionaries), bounds)?;
    transaction.commit().map_err(at)?;
    Ok(left)
}

pub(super) fn move_some(writer: &Writer<'_>, bounds: Bounds) -> Result<Left, StoreError> {
    match move_versions(writer, bounds)? {
        Left::Some => Ok(Left::Some),
        Left::Nothing => move_dossiers(writer, bounds),
    }
}

/// The oldest first: as they were added.
fn move_versions(writer: &Writer<'_>, bounds: Bounds) -> Result<Left, StoreError> {
    let sql = writer.transaction;
    let mut select = sql.prepare_cached("SELECT id, dossier, raw FROM dossier_versions_before ORDER BY id LIMIT ?1")?;
    let mut insert = sql.prepare_cached(
        "INSERT INTO dossier_versions (id, dossier, observed_at, content_hash, raw)
         SELECT id, dossier, observed_at, content_hash, ?2 FROM dossier_versions_before WHERE id = ?1",
    )?;
    let mut rows = select.query([bounds.versions])?;
    let (mut last, mut bytes) = (None, 0);
    while let Some(row) = rows.next()? {
        let (id, dossier, raw): (i64, DossierNumber, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
        bytes += raw.len();
        insert.execute(params![id, repacked(writer, Packing::Content, dossier, raw)?.as_slice()])?;
        last = Some(id);
        if bytes >= bounds.bytes {
            break;
        }
    }
    let Some(last) = last else { return Ok(Left::Nothing) };
    sql.execute("DELETE FROM dossier_versions_before WHERE id <= ?1", [last])?;
    Ok(Left::Some)
}

/// By number: all that is of a dossier stands together.
fn move_dossiers(writer: &Writer<'_>, bounds: Bounds) -> Result<Left, StoreError> {
    let sql = writer.transaction;
    let first: Option<DossierNumber> = sql.query_row(
        "SELECT min(dossier) FROM (
             SELECT min(dossier) AS dossier FROM champs_before UNION ALL SELECT min(dossier) FROM subjects_before
             UNION ALL SELECT min(dossier) FROM evaluations_before UNION ALL SELECT min(dossier) FROM verdicts_before)",
        [],
        |row| row.get(0),
    )?;
    let Some(first) = first else { return Ok(Left::Nothing) };
    let mut last = first;
    let mut statement =
        sql.prepare_cached("SELECT number FROM dossiers WHERE number >= ?1 ORDER BY number LIMIT ?2")?;
    let mut numbers = statement.query([first, bounds.dossiers])?;
    while let Some(row) = numbers.next()? {
        last = row.get(0)?;
        move_champs(writer, last)?;
        move_subject(writer, last)?;
        move_evaluation(writer, last)?;
        move_verdicts(writer, last)?;
    }
    for statement in [
        "DELETE FROM champs_before WHERE dossier <= ?1",
        "DELETE FROM subjects_before WHERE dossier <= ?1",
        "DELETE FROM evaluations_before WHERE dossier <= ?1",
        "DELETE FROM verdicts_before WHERE dossier <= ?1",
    ] {
        sql.execute(statement, [last])?;
    }
    Ok(Left::Some)
}

/// Values are moved as they are, damaged or not: whoever reads them tells of it, as before.
fn move_champs(writer: &Writer<'_>, number: DossierNumber) -> Result<(), StoreError> {
    let sql = writer.transaction;
    let mut select = sql.prepare_cached(
        "SELECT position, kind, champ_id, descriptor_id, label, type, row_id FROM champs_before
         WHERE dossier = ?1 ORDER BY position",
    )?;
    let mut insert = sql.prepare_cached(
        "INSERT INTO champs (id, descriptor, row, value)
         SELECT ?3, ?4, ?5, value FROM champs_before WHERE dossier = ?1 AND position = ?2",
    )?;
    let mut champs = writer.champs(number);
    let mut rows = select.query([number])?;
    while let Some(row) = rows.next()? {
        let text = |column| text(row, column).map(Option::unwrap_or_default);
        let position: i64 = row.get(0)?;
        let (kind, champ_id, descriptor_id) = (text(1)?, text(2)?, text(3)?);
        let (label, type_name, row_id) = (text(4)?, text(5)?, self::text(row, 6)?);
        let (descriptor, within) = champs.place(Champ {
            kind: &kind,
            id: &champ_id,
            descriptor_id: &descriptor_id,
            label: &label,
            type_name: &type_name,
            row_id: row_id.as_deref(),
        })?;
        insert.execute(params![number, position, place(number, position)?, descriptor, within])?;
    }
    Ok(())
}

fn move_subject(writer: &Writer<'_>, number: DossierNumber) -> Result<(), StoreError> {
    let sql = writer.transaction;
    let mut select = sql.prepare_cached("SELECT subject, fingerprint FROM subjects_before WHERE dossier = ?1")?;
    let mut rows = select.query([number])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let Some(subject) = text(row, 0)? else { return Ok(()) };
    let fingerprint = text(row, 1)?.unwrap_or_default();
    sql.prepare_cached(
        "INSERT INTO subjects (dossier, fingerprint, siret, applicant, code_insee, departement, population, granted_cents,
             engaged_cents, paid_cents, subject)
         SELECT dossier, ?3, siret, applicant, code_insee, departement, population, granted_cents, engaged_cents,
             paid_cents, ?2 FROM subjects_before WHERE dossier = ?1",
    )?
    .execute(params![number, writer.pack(Packing::Facts, number, &subject)?, hashes(&fingerprint)])?;
    Ok(())
}

fn move_evaluation(writer: &Writer<'_>, number: DossierNumber) -> Result<(), StoreError> {
    let sql = writer.transaction;
    let mut select =
        sql.prepare_cached("SELECT trace, rulebook, basis, missing FROM evaluations_before WHERE dossier = ?1")?;
    let mut rows = select.query([number])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    let said = |column| text(row, column).map(Option::unwrap_or_default);
    let trace = repacked(writer, Packing::Trace, number, row.get(0)?)?;
    let missing = said(3)?;
    let missing = if missing == "[]" { None } else { Some(writer.sentence(&missing)?) };
    sql.prepare_cached(
        "INSERT INTO evaluations (dossier, rulebook, basis, status, eligible_expenses_cents, computed_cents, counted_cents,
             missing, trace)
         SELECT dossier, ?3, ?4, status, eligible_expenses_cents, computed_cents, counted_cents, ?5, ?2
         FROM evaluations_before WHERE dossier = ?1",
    )?
    .execute(params![number, trace, hashes(&said(1)?), hashes(&said(2)?), missing])?;
    Ok(())
}

fn move_verdicts(writer: &Writer<'_>, number: DossierNumber) -> Result<(), StoreError> {
    let sql = writer.transaction;
    let mut select = sql.prepare_cached(
        "SELECT position, rule, kind, citation, explanation FROM verdicts_before WHERE dossier = ?1 ORDER BY position",
    )?;
    let mut insert = sql.prepare_cached(
        "INSERT INTO verdicts (id, rule, verdict, decided_by, computed_verdict, explanation)
         SELECT ?3, ?4, verdict, decided_by, computed_verdict, ?5 FROM verdicts_before WHERE dossier = ?1 AND position = ?2",
    )?;
    let mut rows = select.query([number])?;
    while let Some(row) = rows.next()? {
        let text = |column| text(row, column).map(Option::unwrap_or_default);
        let position: i64 = row.get(0)?;
        let rule = writer.rule(&text(1)?, &text(2)?, &text(3)?)?;
        let explanation = writer.sentence(&text(4)?)?;
        insert.execute(params![number, position, place(number, position)?, rule, explanation])?;
    }
    Ok(())
}

/// A frame made anew by the dictionary of the démarche; one that cannot be read stays as it is.
fn repacked(writer: &Writer<'_>, of: Packing, number: DossierNumber, frame: Vec<u8>) -> Result<Vec<u8>, StoreError> {
    match writer.reader().unpack(&frame) {
        Ok(text) => writer.pack(of, number, &text),
        Err(StoreError::Unreadable { .. }) => Ok(frame),
        Err(other) => Err(other),
    }
}

/// A text; what of it is damaged is replaced by the sign for that.
fn text(row: &Row<'_>, column: usize) -> Result<Option<String>, StoreError> {
    Ok(match row.get_ref(column)? {
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    })
}

#[cfg(test)]
mod tests;
