//! What the present database has and a copy has not. Either may be of any version: what one of them does not know is not there.

use std::collections::HashSet;
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::super::backup::look_at;
use super::super::{RemovalNotice, access, connect, tombstone};
use super::Candidate;
use crate::domain::dossier::{DossierState, RemovalReason};

/// So many of one kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lost {
    /// How many.
    pub count: u64,
    /// When the last one came.
    pub last: Option<Timestamp>,
}

/// What would be lost.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Losses {
    /// Syncs: what they brought is brought again by the next one.
    pub runs: Lost,
    /// Dossiers that the copy does not know.
    pub dossiers: Lost,
    /// Those of them that DS no longer shows: no sync brings them back.
    pub gone: Lost,
    /// Contents of dossiers: of each dossier the next sync brings the last one alone.
    pub versions: Lost,
    /// What people decided, corrected, set aside.
    pub acts: Lost,
    /// Files of kept documents, and documents that were taken back.
    pub documents: Lost,
    /// What people say of a period.
    pub commentaries: Lost,
    /// Messages.
    pub messages: Lost,
}

impl Losses {
    /// Whether there is none.
    #[must_use]
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

/// Rows of a table by what names them: where both were once one, the same row has the same name.
const RUNS: &[&str] = &["SELECT id || ' ' || started_at, started_at FROM runs"];
const DOSSIERS: &str = "SELECT CAST(number AS TEXT), coalesce(deposited_at, '') FROM dossiers";
const GONE: &str = "SELECT CAST(number AS TEXT), removed_at FROM dossiers WHERE removed_at IS NOT NULL";
const VERSIONS: &[&str] = &["SELECT id || ' ' || observed_at, observed_at FROM dossier_versions"];
const ACTS: &[&str] = &["SELECT id || ' ' || at, at FROM journal"];
const DOCUMENTS: &[&str] = &[
    "SELECT id || ' ' || created_at || ' ' || sha256, created_at FROM exports",
    "SELECT id || ' ' || at || ' ' || reason, at FROM withdrawals",
];
const COMMENTARIES: &[&str] = &["SELECT kind || ' ' || period || ' ' || given_at, given_at FROM commentaries"];
const MESSAGES: &[&str] = &["SELECT message_id, created_at FROM outbox"];

/// None where the present database cannot be read.
pub(super) fn between(database: &Path, copy: &Path) -> Option<Losses> {
    let (present, copy) = (opened(database)?, access::alone(copy).ok()?);
    let lost = |sql: &[&str]| -> Option<Lost> {
        let mut lost = Lost::default();
        for sql in sql {
            let known: HashSet<String> = rows(&copy, sql)?.into_iter().map(|(name, _)| name).collect();
            for (_, at) in rows(&present, sql)?.into_iter().filter(|(name, _)| !known.contains(name)) {
                lost.count += 1;
                lost.last = lost.last.max(at.parse().ok());
            }
        }
        Some(lost)
    };
    let known: HashSet<String> = rows(&copy, DOSSIERS)?.into_iter().map(|(number, _)| number).collect();
    let mut gone = Lost::default();
    for (_, at) in rows(&present, GONE)?.into_iter().filter(|(number, _)| !known.contains(number)) {
        gone = Lost { count: gone.count + 1, last: gone.last.max(at.parse().ok()) };
    }
    Some(Losses {
        dossiers: lost(&[DOSSIERS])?,
        gone,
        versions: lost(VERSIONS)?,
        runs: lost(RUNS)?,
        acts: lost(ACTS)?,
        documents: lost(DOCUMENTS)?,
        commentaries: lost(COMMENTARIES)?,
        messages: lost(MESSAGES)?,
    })
}

/// Nothing where the table is not there; none where the rows cannot be read.
fn rows(connection: &Connection, sql: &str) -> Option<Vec<(String, String)>> {
    let Ok(mut statement) = connection.prepare(sql) else { return Some(Vec::new()) };
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).ok()?;
    rows.collect::<rusqlite::Result<_>>().ok()
}

/// The dossiers that the present database has erased, as far as it can be read.
pub(super) fn erased(database: &Path) -> Vec<RemovalNotice> {
    let read = || -> Option<Vec<RemovalNotice>> {
        let connection = connect(database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
        let sql = "SELECT number, procedure, state, removed_reason, coalesce(removed_at, erased_at) FROM dossiers
             WHERE erased_at IS NOT NULL AND version IS NULL AND removed_reason IS NOT NULL";
        let mut statement = connection.prepare(sql).ok()?;
        let rows = statement.query_map([], |row| {
            let texts = (row.get::<_, String>(2)?, row.get::<_, String>(3)?, row.get::<_, String>(4)?);
            Ok((row.get(0)?, row.get(1)?, texts))
        });
        let notice = |(number, procedure, (state, reason, at)): (i64, i64, (String, String, String))| {
            let (reason, at) = (RemovalReason::from_code(&reason)?, at.parse().ok()?);
            Some(RemovalNotice { number, procedure, state: DossierState::from(state), reason, at })
        };
        Some(rows.ok()?.filter_map(Result::ok).filter_map(notice).collect())
    };
    if database.exists() { read().unwrap_or_default() } else { Vec::new() }
}

/// The present database beside a copy.
#[derive(Debug, Clone, Copy)]
pub(super) struct Present {
    /// What they have to do with each other.
    pub kinship: Kinship,
    /// Up to which line the present one has erased.
    pub erased_until: u64,
}

/// What a present database has to do with a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinship {
    /// It had the history of the copy.
    Same,
    /// It is of another connector.
    Other,
    /// It was begun anew, and has no name yet.
    Begun,
    /// It cannot tell.
    Unknown,
}

/// None where there is none, or it cannot be read.
pub(super) fn present(database: &Path, candidate: &Candidate) -> Option<Present> {
    let (present, copy) = (opened(database)?, access::alone(&candidate.file).ok()?);
    let server = look_at(&present).ok()?.server;
    let runs = |connection| -> Option<HashSet<String>> {
        Some(rows(connection, RUNS[0])?.into_iter().map(|(name, _)| name).collect())
    };
    let (own, of_copy) = (runs(&present)?, runs(&copy)?);
    let kinship = match (&server, &candidate.server) {
        (Some(own), Some(of_copy)) if own != of_copy => Kinship::Other,
        _ if !own.is_disjoint(&of_copy) => Kinship::Same,
        (Some(_), Some(_)) if of_copy.is_empty() => Kinship::Same,
        (None, Some(_)) if !own.is_empty() => Kinship::Begun,
        _ => Kinship::Unknown,
    };
    Some(Present { kinship, erased_until: mark_of(&present)? })
}

/// Up to which line a database has erased; none where that cannot be read.
pub(super) fn mark_of(connection: &Connection) -> Option<u64> {
    // One of before the lines has no marks, or no such mark.
    let sql = "SELECT value FROM marks WHERE name = ?1";
    let text: Option<String> = connection.query_row(sql, [tombstone::MARK], |row| row.get(0)).ok();
    text.map_or(Some(0), |text| text.parse().ok())
}

/// The Message-IDs of what a database knows to have been sent, as far as it can be read.
pub(super) fn sent(database: &Path) -> Vec<String> {
    let sent = || rows(&opened(database)?, "SELECT message_id, created_at FROM outbox WHERE state = 'envoye'");
    sent().unwrap_or_default().into_iter().map(|(message_id, _)| message_id).collect()
}

/// The present database, where it is there and is nothing less than one.
fn opened(database: &Path) -> Option<Connection> {
    let connection = connect(database, OpenFlags::SQLITE_OPEN_READ_ONLY).ok()?;
    connection.query_row("SELECT count(*) FROM dossiers", [], |_| Ok(())).ok()?;
    Some(connection)
}
