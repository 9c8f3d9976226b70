//! Syncs: one row each, its counters kept in step with the pages.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::codec::{instant, read_instant, read_optional_instant};
use super::{Reader, StoreError, Writer};

/// How a sync ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// Everything stored.
    Done,
    /// Everything stored but some dossiers in quarantine.
    Quarantine,
    /// Stopped by an error; goes on next time.
    Failed,
    /// Asked to stop, or the process died.
    Interrupted,
}

impl RunOutcome {
    /// As in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Quarantine => "quarantine",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// What a page adds to its run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RunCounters {
    /// Pages stored.
    pub pages: u64,
    /// Dossiers received.
    pub seen: u64,
    /// Dossiers that were new or different.
    pub changed: u64,
    /// Dossiers set aside.
    pub quarantined: u64,
}

impl std::ops::AddAssign for RunCounters {
    fn add_assign(&mut self, other: Self) {
        self.pages += other.pages;
        self.seen += other.seen;
        self.changed += other.changed;
        self.quarantined += other.quarantined;
    }
}

/// A sync as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRecord {
    /// Its number.
    pub id: i64,
    /// When it began.
    pub started_at: Timestamp,
    /// When it ended; none while it runs.
    pub finished_at: Option<Timestamp>,
    /// `manual`, `schedule`…
    pub trigger: String,
    /// `running`, `done`, `quarantine`, `failed`, `interrupted`.
    pub outcome: String,
    /// What it did.
    pub counters: RunCounters,
    /// Why it failed, in French.
    pub error: Option<String>,
    /// Answers had no usable date: what they brought is stored, and nothing is concluded from it.
    pub undated: bool,
}

impl Writer<'_> {
    /// Begins a run; a run that was left without end is marked interrupted (the caller holds the lock, so it is dead).
    ///
    /// # Errors
    /// A failure of the database.
    pub fn run_begin(&self, trigger: &str, now: Timestamp) -> Result<i64, StoreError> {
        self.transaction.execute(
            "UPDATE runs SET outcome = 'interrupted', finished_at = ?1 WHERE outcome = 'running'",
            [instant(now)],
        )?;
        self.transaction
            .execute("INSERT INTO runs (started_at, trigger) VALUES (?1, ?2)", params![instant(now), trigger])?;
        Ok(self.transaction.last_insert_rowid())
    }

    /// Adds what a page did; in the page's own transaction.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn run_count(&self, run: i64, counters: RunCounters) -> Result<(), StoreError> {
        let [pages, seen, changed, quarantined] =
            [counters.pages, counters.seen, counters.changed, counters.quarantined].map(u64::cast_signed);
        self.transaction
            .prepare_cached(
                "UPDATE runs SET pages = pages + ?2, dossiers_seen = dossiers_seen + ?3,
                 dossiers_changed = dossiers_changed + ?4, quarantined = quarantined + ?5 WHERE id = ?1",
            )?
            .execute(params![run, pages, seen, changed, quarantined])?;
        Ok(())
    }

    /// Notes that answers of a run had no usable date.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn run_undated(&self, run: i64) -> Result<(), StoreError> {
        self.transaction.execute("UPDATE runs SET undated = 1 WHERE id = ?1", [run])?;
        Ok(())
    }

    /// Ends a run.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn run_finish(
        &self,
        run: i64,
        outcome: RunOutcome,
        error: Option<&str>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE runs SET finished_at = ?2, outcome = ?3, error = ?4 WHERE id = ?1",
            params![run, instant(now), outcome.code(), error],
        )?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The number of the latest run; none before the first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn run_latest(&self) -> Result<Option<i64>, StoreError> {
        Ok(self.connection.query_row("SELECT max(id) FROM runs", [], |row| row.get(0))?)
    }

    /// Whether somebody ran a sync by hand, to its end and not in vain, after a run.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn run_by_a_person_since(&self, run: i64) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM runs
                   WHERE id > ?1 AND finished_at IS NOT NULL AND outcome <> 'failed'
                   AND trigger IN ('manual', 'quarantine'))";
        Ok(self.connection.query_row(sql, [run], |row| row.get(0))?)
    }

    /// The latest runs, newest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn runs(&self, limit: u32) -> Result<Vec<RunRecord>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, started_at, finished_at, trigger, outcome, pages, dossiers_seen, dossiers_changed, quarantined, error,
             undated FROM runs ORDER BY id DESC LIMIT ?1",
        )?;
        let mut rows = statement.query([limit])?;
        let mut runs = Vec::new();
        while let Some(run) = rows.read(read_run)? {
            runs.push(run);
        }
        Ok(runs)
    }
}

fn read_run(row: &Row<'_>) -> Result<RunRecord, StoreError> {
    let count = |column: usize| row.get::<_, i64>(column).map(i64::cast_unsigned);
    Ok(RunRecord {
        id: row.get(0)?,
        started_at: read_instant(&row.get::<_, String>(1)?)?,
        finished_at: read_optional_instant(row.get(2)?)?,
        trigger: row.get(3)?,
        outcome: row.get(4)?,
        counters: RunCounters { pages: count(5)?, seen: count(6)?, changed: count(7)?, quarantined: count(8)? },
        error: row.get(9)?,
        undated: row.get(10)?,
    })
}
