//! One démarche, from its form to its removals.

use jiff::{SignedDuration, Timestamp};

use tokio::time::timeout;

use super::page::{PageReader, is_about_the_page};
use super::walk::{Reading, walk};
use super::{Engine, Followed, ProcedureSummary, Progress, Scope, SyncError, removal, sweep};
use crate::api::{ApiError, Demarche, ErrorKind};
use crate::domain::clock::Stopwatch;
use crate::domain::dossier::ProcedureNumber;
use crate::store::{Cursor, ProcedureRecord, RunCounters, StoreError, Walk};

/// How long an interrupted full read can be taken up again: by the next one of a week later, and somewhat late.
const RESUMABLE_FOR: SignedDuration = SignedDuration::from_hours(8 * 24);

/// What the steps of one démarche's sync share.
pub(super) struct Session<'a> {
    pub engine: &'a Engine,
    pub run: i64,
    pub procedure: ProcedureNumber,
    pub counters: RunCounters,
    pub removed: u64,
    pub pages: PageReader,
    /// The date of the newest dossier as it was when the sync of the démarche began: it serves the first walk alone.
    pub newest: Option<Newest>,
    /// Why the form could not be read, though the dossiers could.
    form_unread: Option<String>,
    /// How much of the lists of removed dossiers this sync has read.
    pub removals: Removals,
    /// From when on tombstones were read; none: all of them, or none yet.
    pub tombstones_since: Option<Timestamp>,
    /// Since the run began.
    watch: &'a Stopwatch,
    /// Everything is read again.
    pub everything: bool,
    /// The whole of the dossiers was read in order of deposit.
    walked: bool,
    /// How many answers had no usable date before the démarche was asked for.
    undated_before: u64,
}

/// When a dossier last changed, to the second; none when there is no dossier.
#[derive(Debug, Clone, Copy)]
pub(super) struct Newest(Option<Timestamp>);

/// How much is known of what DS removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Removals {
    /// Nothing was asked.
    NotAsked,
    /// A list, or a part of one, could not be read. With the reason.
    Partly(String),
    /// Both lists, to the last record.
    Known,
}

pub(super) async fn sync(
    engine: &Engine,
    run: i64,
    followed: Followed,
    scope: Scope,
    watch: &Stopwatch,
) -> ProcedureSummary {
    let procedure = followed.number;
    let remembered = engine.store.read::<_, StoreError>(|reader| reader.procedure(procedure));
    let size = remembered.as_ref().ok().and_then(|record| record.as_ref()?.page_size);
    let mut session = Session {
        engine,
        run,
        procedure,
        counters: RunCounters::default(),
        removed: 0,
        pages: PageReader::new(engine.options.page_size).starting_at(size),
        newest: None,
        form_unread: None,
        removals: Removals::NotAsked,
        tombstones_since: None,
        watch,
        everything: false,
        walked: false,
        undated_before: engine.client.undated_answers(),
    };
    let mut title = None;
    let mut outcome = match scope {
        Scope::Changes => session.sync(false, &mut title).await,
        Scope::Everything => session.sync(true, &mut title).await,
        Scope::Quarantine => session.retry_quarantine(true).await,
    };
    if let Err(error) = session.remember_page_size() {
        outcome = outcome.and(Err(error.into()));
    }
    if let Err(error) = &outcome {
        tracing::warn!(procedure, error = %error, "démarche interrompue");
    }
    let undated = !session.is_dated();
    ProcedureSummary {
        number: followed.number,
        title,
        counters: session.counters,
        removed: session.removed,
        form_unread: session.form_unread,
        removals_unread: if let Removals::Partly(reason) = session.removals { Some(reason) } else { None },
        undated,
        error: outcome.err(),
    }
}

/// Whether a failure of a question for several things may be that of one of them.
pub(super) fn is_about_a_part(kind: ErrorKind) -> bool {
    is_about_the_page(kind) || matches!(kind, ErrorKind::Outgrown | ErrorKind::Unreadable)
}

impl Session<'_> {
    async fn sync(&mut self, full: bool, title: &mut Option<String>) -> Result<(), SyncError> {
        self.everything = full;
        let known_until = self.begin(title).await?;
        let full = full || self.something_is_back()?;
        self.everything = full;
        let record = self.known()?;
        let outcome = self.read(full, &record, known_until).await;
        let (procedure, walked, dated) = (self.procedure, self.walked, self.is_dated());
        let clock = self.engine.client.heard_clock();
        self.engine.store.write::<_, StoreError>(|writer| {
            // What is noted as past must be so for whoever reads it, whatever becomes of this run.
            clock.map_or(Ok(()), |clock| writer.server_clock_put(clock))?;
            match outcome {
                // Begun again, it would end there again.
                Err(SyncError::OutOfTime { .. }) if full && (dated || !walked) => {
                    writer.full_sync_cut(procedure, record.full_cut_at.unwrap_or(known_until), walked)
                }
                Ok(()) if dated => writer.procedure_synced(procedure, known_until, full),
                Ok(()) => writer.procedure_read_undated(procedure, known_until),
                Err(_) => Ok(()),
            }
        })?;
        outcome
    }

    async fn read(&mut self, full: bool, record: &ProcedureRecord, now: Timestamp) -> Result<(), SyncError> {
        if full || record.full_read_at.is_none() {
            self.read_everything(full, record, now).await?;
        } else {
            self.read_changes(record.watermark).await?;
        }
        let since = record.tombstones_until.filter(|_| !full && record.synced_at.is_some());
        removal::read(self, since).await?;
        if full {
            sweep::absences(self).await?;
        } else {
            self.ask_again_for_unfinished().await?;
        }
        self.retry_quarantine(full).await?;
        if full {
            self.read_in_full()?;
        }
        Ok(())
    }

    /// Whether every answer about the démarche had a usable date so far: without one, nothing is concluded.
    pub fn is_dated(&self) -> bool {
        self.engine.client.undated_answers() == self.undated_before
    }

    /// Asks for the démarche with its form and for the date of its newest dossier: at once, else for each apart. Gives the
    /// instant until which the dossiers will be known: what DS gets from then on may or may not be read.
    async fn begin(&mut self, title: &mut Option<String>) -> Result<Timestamp, SyncError> {
        let together = self.ask(self.engine.client.demarche_and_newest(self.procedure)).await?;
        if let Some((demarche, newest)) = self.unless_apart(together)? {
            self.newest = Some(Newest(newest));
            let known_until = self.engine.observed(demarche.clock)?;
            self.describe(Some(&demarche), title)?;
            return Ok(known_until);
        }
        let newest = self.ask_newest().await;
        // Where it is not the server that is out of reach, the form is kept up to date all the same.
        let may_be_its_own = |kind| kind != ErrorKind::Gateway && is_about_a_part(kind);
        if newest.as_ref().is_err_and(|error| !error.api_kind().is_some_and(may_be_its_own)) {
            return newest.map(|_| self.engine.now());
        }
        let known_until = self.engine.last_observed()?;
        let demarche = match self.ask(self.engine.client.demarche(self.procedure)).await? {
            Ok(demarche) => Some(demarche),
            Err(error) if is_about_a_part(error.kind()) => {
                tracing::warn!(procedure = self.procedure, error = %error, "formulaire non lu");
                // Where nothing can be read, the form is no news.
                self.form_unread = newest.is_ok().then(|| error.to_string());
                None
            }
            Err(error) => return Err(self.api(error)),
        };
        self.describe(demarche.as_ref(), title)?;
        self.newest = Some(Newest(newest?));
        Ok(known_until)
    }

    /// Keeps what is new of the démarche and its form.
    fn describe(&self, demarche: Option<&Demarche>, title: &mut Option<String>) -> Result<(), SyncError> {
        let record = self.known()?;
        let known = self.engine.store.read::<_, StoreError>(|reader| reader.procedure_form(self.procedure))?;
        // What DS no longer gives is what it last gave.
        let name = demarche.and_then(|demarche| demarche.title.as_ref()).unwrap_or(&record.title);
        let state = demarche.and_then(|demarche| demarche.state.as_ref()).unwrap_or(&record.state);
        let form = demarche.and_then(|demarche| demarche.form.as_ref()).or(known.as_ref());
        if known.as_ref() != form || record.title != *name || record.state != *state {
            self.engine
                .store
                .write::<_, StoreError>(|writer| writer.procedure_describe(self.procedure, name, state, form))?;
        }
        // Of what changed nobody knows how much there is.
        let known = if self.everything {
            self.engine.store.read::<_, StoreError>(|reader| reader.dossier_count(self.procedure))?
        } else {
            0
        };
        self.engine.tell(Progress::Procedure { number: self.procedure, title: name.clone(), known });
        *title = Some(name.clone()).filter(|name| !name.is_empty());
        Ok(())
    }

    /// What is kept of the démarche, which the run has declared.
    fn known(&self) -> Result<ProcedureRecord, StoreError> {
        let missing = || StoreError::Unreadable { what: "démarche", detail: self.procedure.to_string() };
        self.record()?.ok_or_else(missing)
    }

    fn record(&self) -> Result<Option<ProcedureRecord>, StoreError> {
        self.engine.store.read(|reader| reader.procedure(self.procedure))
    }

    /// Even after a failure: the next try begins with the size that works.
    fn remember_page_size(&self) -> Result<(), StoreError> {
        let (procedure, size) = (self.procedure, self.pages.size());
        if self.record()?.is_none_or(|record| record.page_size == Some(size)) {
            return Ok(());
        }
        self.engine.store.write(|writer| writer.procedure_page_size(procedure, size))
    }

    /// Everything in order of deposit, then what changed meanwhile. A reading that was interrupted lately goes on where it
    /// stopped, with the watermark it began with; an old one begins again. What it read before the interruption may have
    /// changed since without moving a date: when everything was asked for, everything is read again, unless it was the time
    /// allowed to a run that cut it short: it would be cut short for ever.
    async fn read_everything(&mut self, full: bool, record: &ProcedureRecord, now: Timestamp) -> Result<(), SyncError> {
        let is_recent = |began_at: Timestamp| began_at <= now && now.duration_since(began_at) < RESUMABLE_FOR;
        if full && record.full_cut_at.is_some_and(is_recent) {
            self.walked = true;
            return self.read_changes(record.watermark).await;
        }
        let kept = self.engine.store.read::<_, StoreError>(|reader| reader.cursor_deposit(self.procedure))?;
        let kept = kept.filter(|cursor| is_recent(cursor.began_at) && (!full || cursor.out_of_time));
        let (watermark, began_at, after) = match kept {
            Some(Cursor { watermark, began_at, cursor, .. }) => (watermark, began_at, Some(cursor)),
            None => (self.newest_update().await?, now, None),
        };
        walk(self, Reading { walk: Walk::Deposit, watermark, began_at }, after).await?;
        self.walked = true;
        self.read_changes(watermark).await
    }

    /// What changed since a watermark, in order of update, starting an overlap before it; without a watermark, since
    /// ever. An interrupted reading is finished first, under the very query its cursor came from.
    async fn read_changes(&mut self, mut watermark: Option<Timestamp>) -> Result<(), SyncError> {
        let kept = self.engine.store.read::<_, StoreError>(|reader| reader.cursor_update(self.procedure))?;
        if let Some(Cursor { walk: kept_walk, watermark: kept_watermark, began_at, cursor, .. }) = kept {
            let reading = Reading { walk: kept_walk, watermark: kept_watermark, began_at };
            walk(self, reading, Some(cursor)).await?;
            watermark = watermark.max(kept_watermark);
        }
        let newest = self.newest_update().await?;
        let from = match (watermark, newest) {
            (None, None) => return Ok(()),
            (None, Some(_)) => Timestamp::UNIX_EPOCH,
            (Some(watermark), newest) => newest.map_or(watermark, |newest| newest.min(watermark)),
        };
        let since = from.checked_sub(self.engine.options.overlap).unwrap_or(Timestamp::MIN);
        let began_at = self.engine.last_observed()?;
        walk(self, Reading { walk: Walk::Update { since }, watermark: newest, began_at }, None).await
    }

    /// Known before the first page of a walk is asked for: nothing younger can be claimed as read. Each walk has its own, the first
    /// that with which the sync began.
    async fn newest_update(&mut self) -> Result<Option<Timestamp>, SyncError> {
        let newest = match self.newest.take() {
            Some(Newest(newest)) => newest,
            None => self.ask_newest().await?,
        };
        // A dossier may be dated in the future on DS: what changes until then is news all the same.
        let now = self.engine.last_observed()?;
        Ok(newest.map(|newest| newest.min(now)))
    }

    async fn ask_newest(&self) -> Result<Option<Timestamp>, SyncError> {
        self.ask(self.engine.client.newest_update(self.procedure)).await?.map_err(|error| self.api(error))
    }

    /// Refuses to go on when DS no longer shows the démarche.
    pub async fn is_still_shown(&self) -> Result<(), SyncError> {
        self.ask_newest().await.map(|_| ())
    }

    /// What a question for several things gave; none when each is to be asked for apart.
    pub fn unless_apart<T>(&self, answer: Result<Option<T>, ApiError>) -> Result<Option<T>, SyncError> {
        match answer {
            Err(error) if is_about_a_part(error.kind()) => {
                tracing::info!(procedure = self.procedure, error = %error, "redemandé par parties");
                Ok(None)
            }
            answer => answer.map_err(|error| self.api(error)),
        }
    }

    /// Waits for an answer of the API, for being asked to stop, or for the end of the time allowed: questions only read,
    /// so one can be dropped.
    pub async fn ask<T>(&self, answer: impl Future<Output = T>) -> Result<T, SyncError> {
        let limit = self.engine.options.max_run;
        let left = limit.saturating_sub(self.watch.elapsed());
        if left.is_zero() {
            return Err(SyncError::OutOfTime { limit });
        }
        let answer = timeout(left, answer);
        let answered = self.engine.cancel.run_until_cancelled(answer).await.ok_or(SyncError::Cancelled)?;
        answered.map_err(|_| SyncError::OutOfTime { limit })
    }

    pub fn api(&self, error: ApiError) -> SyncError {
        SyncError::api(self.procedure, error)
    }
}
