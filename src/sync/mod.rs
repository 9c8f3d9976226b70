//! The sync engine: brings the store in step with DS, whatever fails on the way.
//!
//! A démarche is first read in full in order of deposit, which never changes, then by increments in order of update, from
//! the watermark less an overlap. The watermark is the date of the newest dossier that the server itself reported before
//! the first page: the clock of this machine takes no part. What is observed is dated by the `Date` of the very answer that
//! showed it; what comes without a usable one is stored, at the best estimate, and settles nothing. A page, its cursor and
//! its counters are one transaction; a page that is not whole never advances a cursor. While a page is stored the next one
//! is fetched.
//!
//! A démarche with nothing new costs three questions: its form with the date of its newest dossier, the first page of what
//! changed, the first pages of both lists of removals. Dossiers that are asked for again share questions. What such a question
//! does not bring whole is asked for apart: the failure of one thing says nothing of the others.
//!
//! What DS removes from its API is not asked for any more (`drift`): what it no longer gives is neither taken for empty nor
//! for removed, and everything is read again once it is back.
//!
//! The engine stores what DS sends, raw and flattened. What a champ means is none of its business.

mod again;
mod alone;
mod drift;
mod error;
mod page;
mod procedure;
mod removal;
mod sweep;
mod trail;
mod walk;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

pub use again::pause;
pub use error::SyncError;

use crate::api::Client;
use crate::domain::clock::{Clock, ServerClock};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::instant::paris_instant;
use crate::domain::programme::Programme;
use crate::store::{RunCounters, RunOutcome, Store, StoreError, SyncLock};

/// A démarche to follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Followed {
    /// Its number on DS.
    pub number: ProcedureNumber,
    /// The programme it belongs to.
    pub programme: Programme,
}

/// How the engine behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// The largest page to ask for, 1 to 100.
    pub page_size: u32,
    /// How far behind the watermark an increment starts: transactions on DS may publish late (API facts, 3.4).
    pub overlap: Duration,
    /// How far back tombstones are read again: they are back-dated by up to two weeks (API facts, 3.6).
    pub tombstone_overlap: SignedDuration,
    /// How long a run may last, all its démarches together; the next one goes on where it stopped.
    pub max_run: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            page_size: 100,
            overlap: Duration::from_mins(10),
            tombstone_overlap: SignedDuration::from_hours(30 * 24),
            max_run: Duration::from_hours(4),
        }
    }
}

/// How much a sync reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What changed since the last sync; everything at the first.
    Changes,
    /// Everything again, and a look for dossiers that vanished.
    Everything,
    /// Only the dossiers in quarantine.
    Quarantine,
}

/// What a sync is asked to do.
#[derive(Debug, Clone)]
pub struct Request {
    /// The démarches, in this order.
    pub procedures: Vec<Followed>,
    /// How much is read.
    pub scope: Scope,
    /// `manual`, `schedule`, `demo`: recorded with the run.
    pub trigger: &'static str,
}

/// What happens while a sync runs, for whoever watches.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Progress {
    /// A démarche begins.
    Procedure {
        /// Its number.
        number: ProcedureNumber,
        /// Its title on DS.
        title: String,
        /// How many dossiers of it are already stored, where all are read again; else 0.
        known: u64,
    },
    /// A page was stored.
    Stored {
        /// Dossiers received since the démarche began.
        seen: u64,
    },
    /// The attached files of so many dossiers are to be downloaded.
    Downloads {
        /// Dossiers with files that are not kept yet.
        dossiers: u64,
    },
    /// A file was downloaded, or given up for now.
    Downloaded {
        /// Dossiers seen to, the one of the file left out.
        dossiers: u64,
    },
}

/// What a sync did to one démarche.
#[derive(Debug)]
pub struct ProcedureSummary {
    /// Which.
    pub number: ProcedureNumber,
    /// Its title on DS; none when it could not be asked.
    pub title: Option<String>,
    /// What was received and stored.
    pub counters: RunCounters,
    /// Dossiers newly known as removed.
    pub removed: u64,
    /// Why the form could not be read, though the dossiers could: it stays what it last was.
    pub form_unread: Option<String>,
    /// Why the removals that DS lists could not be read to the end, though the rest could; nothing is concluded from them.
    pub removals_unread: Option<String>,
    /// Answers had no usable date: what they brought is stored, and nothing is concluded from them.
    pub undated: bool,
    /// Why it stopped; none when it is complete.
    pub error: Option<SyncError>,
}

/// What a sync did.
#[derive(Debug)]
pub struct Summary {
    /// The run's number in the database.
    pub run: i64,
    /// One entry a démarche, in the order asked.
    pub procedures: Vec<ProcedureSummary>,
    /// Dossiers of these démarches in quarantine afterwards, whenever they got there.
    pub in_quarantine: u64,
    /// What the questions name and DS no longer has; none when DS took no question.
    pub missing: Option<Vec<String>>,
    /// DS's clock as the answers told it; none when no answer had a usable date.
    pub clock: Option<ServerClock>,
}

impl Summary {
    /// Whether all that was asked for was read to the end, by answers with a usable date. A démarche that DS does not know has
    /// nothing more to be read.
    #[must_use]
    pub fn is_conclusive(&self) -> bool {
        let is_settled =
            |one: &ProcedureSummary| !one.undated && one.error.as_ref().is_none_or(SyncError::is_unknown_procedure);
        self.clock.is_some() && self.procedures.iter().all(is_settled)
    }

    /// Whether answers had no usable date: nothing is concluded from them.
    #[must_use]
    pub fn is_undated(&self) -> bool {
        self.procedures.iter().any(|procedure| procedure.undated)
    }

    /// The first error met.
    #[must_use]
    pub fn error(&self) -> Option<&SyncError> {
        self.procedures.iter().find_map(|procedure| procedure.error.as_ref())
    }

    /// The sums over the démarches.
    #[must_use]
    pub fn totals(&self) -> RunCounters {
        let mut totals = RunCounters::default();
        for procedure in &self.procedures {
            totals += procedure.counters;
        }
        totals
    }
}

/// What the engine works with.
pub struct Engine {
    client: Arc<Client>,
    store: Arc<Store>,
    clock: Clock,
    options: Options,
    cancel: CancellationToken,
    watch: Arc<dyn Fn(Progress) + Send + Sync>,
    /// What was dated in the future is corrected in this run.
    corrected: AtomicBool,
}

impl Engine {
    /// An engine that nobody watches.
    #[must_use]
    pub fn new(client: Arc<Client>, store: Arc<Store>, clock: Clock, options: Options) -> Self {
        let (cancel, corrected) = (CancellationToken::new(), AtomicBool::new(false));
        Self { client, store, clock, options, cancel, watch: Arc::new(|_| {}), corrected }
    }

    /// Tells `watch` how it goes.
    #[must_use]
    pub fn watched_by(mut self, watch: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.watch = Arc::new(watch);
        self
    }

    /// Stops between two pages once `cancel` is cancelled.
    #[must_use]
    pub fn stopped_by(mut self, cancel: CancellationToken) -> Self {
        self.cancel = cancel;
        self
    }

    /// Syncs the démarches one after the other. One that fails does not keep the others from being synced, unless the
    /// API refuses the token or cannot be reached at all.
    ///
    /// The caller holds the lock, and may keep it for what follows.
    ///
    /// # Errors
    /// The database cannot be used. What goes wrong with a démarche is in the [`Summary`].
    pub async fn run(&self, _held: &SyncLock, request: &Request) -> Result<Summary, SyncError> {
        let (known, newest) =
            self.store.read::<_, StoreError>(|reader| Ok((reader.server_clock()?, reader.newest_update()?)))?;
        self.client.recall_clock(known, newest);
        self.corrected.store(false, Ordering::Relaxed);
        let run = self.store.write(|writer| {
            for followed in &request.procedures {
                writer.procedure_declare(followed.number, followed.programme)?;
            }
            writer.run_begin(request.trigger, self.now())
        })?;
        // What was removed from the API may be back.
        self.client.forget_schema();
        let watch = self.clock.start();
        let mut procedures = Vec::new();
        for followed in &request.procedures {
            let summary = procedure::sync(self, run, *followed, request.scope, &watch).await;
            let hopeless = summary.error.as_ref().is_some_and(SyncError::concerns_every_procedure);
            procedures.push(summary);
            if hopeless {
                break;
            }
        }
        self.finish(run, procedures)
    }

    fn finish(&self, run: i64, procedures: Vec<ProcedureSummary>) -> Result<Summary, SyncError> {
        let mut in_quarantine = 0;
        self.store.read::<_, StoreError>(|reader| {
            for procedure in &procedures {
                in_quarantine += reader.quarantine(Some(procedure.number))?.len() as u64;
            }
            Ok(())
        })?;
        let (missing, clock) = (self.client.missing(), self.client.heard_clock());
        let summary = Summary { run, procedures, in_quarantine, missing, clock };
        let outcome = match summary.error() {
            Some(SyncError::Cancelled) => RunOutcome::Interrupted,
            Some(_) => RunOutcome::Failed,
            None if in_quarantine > 0 => RunOutcome::Quarantine,
            None => RunOutcome::Done,
        };
        let message = summary.error().map(ToString::to_string);
        self.store.write::<_, StoreError>(|writer| {
            summary.clock.map_or(Ok(()), |clock| writer.server_clock_put(clock))?;
            if summary.is_undated() {
                writer.run_undated(run)?;
            }
            writer.run_finish(run, outcome, message.as_deref(), self.now())
        })?;
        Ok(summary)
    }

    /// What DS's clock says, as far as can be told: this machine's, corrected by the difference last measured.
    fn now(&self) -> Timestamp {
        let machine = self.clock.now();
        self.client.known_clock().map_or(machine, |clock| clock.corrected(machine))
    }

    /// When an answer showed what it did: DS's date, or the best estimate where it has no usable one. The first date of a run
    /// corrects what is stored with a later one.
    fn observed(&self, answered: Option<ServerClock>) -> Result<Timestamp, StoreError> {
        let Some(clock) = answered else { return Ok(self.now()) };
        if !self.corrected.load(Ordering::Relaxed) {
            let corrected = self.store.write::<_, StoreError>(|writer| {
                writer.server_clock_put(clock)?;
                writer.future_correct(clock.date)
            })?;
            if corrected > 0 {
                let date = paris_instant(clock.date);
                tracing::warn!(corrected, date, "des instants enregistrés étaient dans l’avenir : corrigés");
            }
            self.corrected.store(true, Ordering::Relaxed);
        }
        Ok(clock.date)
    }

    /// The same for the last answer that had a usable date.
    fn last_observed(&self) -> Result<Timestamp, StoreError> {
        self.observed(self.client.heard_clock())
    }

    /// The client that the engine reads with.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Tells whoever watches.
    pub fn tell(&self, progress: Progress) {
        (self.watch)(progress);
    }

    /// Waits for something, unless asked to stop first; it is then dropped.
    pub async fn until_stopped<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.cancel.run_until_cancelled(work).await
    }
}
