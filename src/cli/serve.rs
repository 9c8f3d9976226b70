//! `fitn serve`: the daemon. Wakes once a minute, runs what is due, one task after the other, and stops cleanly.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use clap::Args;
use futures_util::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{Context, Exit, Failure, signals, workplace};
use crate::api::Client;
use crate::config::Config;
use crate::domain::instant::paris_date;
use crate::domain::period::{Month, Quarter};
use crate::operations::{AttachmentReport, Exported, Operations, Synced};
use crate::schedule::{Heartbeat, MakeUp, Plan};
use crate::store::{Store, StoreError, TaskState};
use crate::sync::{Request, Scope};

/// The arguments of `fitn serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {}

/// Longer than all the tries of one request, which may pass without a page: beyond that the service hangs.
const LONGEST_SILENCE: Duration = Duration::from_mins(30);

/// A sync that was due within this time before the first start is made up.
const FIRST_LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);

/// Runs the command until it is told to stop.
///
/// # Errors
/// A wrong configuration, a database that cannot be used at the start. What goes wrong later is logged, recorded and
/// tried again: the service goes on.
pub async fn run(_args: ServeArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let client = workplace::client(&config, context)?;
    let operations = workplace::operations(&config, Store::open(&config.database.path)?, &context.clock)?;
    let daemon = Daemon {
        plans: workplace::plans(&config)?,
        config,
        client,
        operations,
        stop: signals::stop(),
        pulse: Pulse::new(),
    };
    if !daemon.config.delivery.is_empty() {
        tracing::warn!("cette version n’envoie pas de courrier : les tables [[delivery]] sont sans effet");
    }
    let heartbeat = Heartbeat::start().await.map_err(|error| Failure::failed(&error))?;
    tokio::spawn(reassure_systemd(daemon.stop.clone(), daemon.pulse.clone()));
    tell_systemd(&[NotifyState::Ready]);
    tracing::info!(database = %daemon.operations.store.path().display(), "le service est prêt");
    while !daemon.stop.is_cancelled() {
        tokio::select! {
            () = daemon.stop.cancelled() => break,
            () = heartbeat.next() => daemon.run_due().await,
        }
    }
    tell_systemd(&[NotifyState::Stopping]);
    heartbeat.stop().await;
    tracing::info!("le service s’arrête à la demande");
    Ok(Exit::Done)
}

struct Daemon {
    config: Config,
    plans: Vec<Plan>,
    client: Client,
    operations: Operations,
    stop: CancellationToken,
    pulse: Pulse,
}

impl Daemon {
    /// Runs what is due. A database that cannot be used now is tried again at the next beat.
    async fn run_due(&self) {
        for plan in &self.plans {
            self.pulse.beat();
            if let Err(error) = self.settle_plan(plan).await {
                tracing::error!(task = plan.name, error = %error, "la tâche n’a pas pu être examinée");
            }
        }
    }

    /// Runs a task as often as it is due: once, but for those that make up each time that was missed.
    async fn settle_plan(&self, plan: &Plan) -> Result<(), StoreError> {
        while let Some((state, due)) = self.due(plan)? {
            let settled = !self.stop.is_cancelled() && self.settle(plan, state, due).await?;
            if !settled || plan.make_up == MakeUp::Latest {
                break;
            }
        }
        Ok(())
    }

    fn due(&self, plan: &Plan) -> Result<Option<(TaskState, Timestamp)>, StoreError> {
        let now = self.operations.clock.now();
        let state = match self.operations.store.read::<_, StoreError>(|reader| reader.task(plan.name))? {
            Some(state) => state,
            None => self.first_state(plan, now)?,
        };
        Ok(plan.due(&state, now).map(|due| (state, due)))
    }

    /// At the first start a sync that was due lately is made up; lists of the past are for people to ask for.
    fn first_state(&self, plan: &Plan, now: Timestamp) -> Result<TaskState, StoreError> {
        let done_until =
            if plan.name == workplace::SYNC { now.saturating_sub(FIRST_LOOK_BACK).unwrap_or(now) } else { now };
        let state =
            TaskState { done_until, attempts: 0, last_started_at: None, last_finished_at: None, last_error: None };
        self.operations.store.write::<_, StoreError>(|writer| writer.task_put(plan.name, &state))?;
        Ok(state)
    }

    /// Runs a task and records how it went; whether it succeeded.
    async fn settle(&self, plan: &Plan, mut state: TaskState, due: Timestamp) -> Result<bool, StoreError> {
        state.last_started_at = Some(self.operations.clock.now());
        let outcome = self.perform(plan.name, due).await;
        if self.stop.is_cancelled() && outcome.is_err() {
            return Ok(false);
        }
        state.last_finished_at = Some(self.operations.clock.now());
        match &outcome {
            Ok(()) => {
                state.done_until = due;
                state.attempts = 0;
                state.last_error = None;
            }
            Err(failure) => {
                tracing::error!(task = plan.name, %due, attempts = state.attempts + 1, error = %failure, "la tâche a échoué");
                state.attempts += 1;
                state.last_error = Some(failure.message.clone());
            }
        }
        self.operations.store.write::<_, StoreError>(|writer| writer.task_put(plan.name, &state))?;
        Ok(outcome.is_ok())
    }

    /// Does what a task is. A panic is a failure like any other: the service goes on.
    async fn perform(&self, task: &str, due: Timestamp) -> Result<(), Failure> {
        let work = AssertUnwindSafe(self.task(task, due)).catch_unwind();
        work.await.unwrap_or_else(|_| Err(Failure::failed("la tâche s’est arrêtée sur une erreur interne")))
    }

    async fn task(&self, task: &str, due: Timestamp) -> Result<(), Failure> {
        let day = paris_date(due);
        match task {
            workplace::FULL_SYNC => self.sync(Scope::Everything).await,
            workplace::MONTHLY_LIST => {
                self.read_first().await;
                final_or_later(&self.operations.monthly_list(Month::of(day).previous(), false, None)?)
            }
            workplace::QUARTERLY_REPORT => {
                self.read_first().await;
                final_or_later(&self.operations.quarterly_report(Quarter::of(day).previous(), false, None)?)
            }
            _ => self.sync(Scope::Changes).await,
        }
    }

    /// Whether enough was read for a document to be final is for the document to say: another démarche may fail.
    async fn read_first(&self) {
        if let Err(failure) = self.sync(Scope::Changes).await {
            tracing::warn!(error = %failure, "la lecture de DS avant l’établissement du document a échoué");
        }
    }

    /// Fails when nothing could be read; a démarche that fails alone has its alert.
    async fn sync(&self, scope: Scope) -> Result<(), Failure> {
        let pulse = self.pulse.clone();
        let engine = workplace::engine(&self.config, self.client.clone(), &self.operations)
            .stopped_by(self.stop.clone())
            .watched_by(move |_| pulse.beat());
        let request = Request { procedures: workplace::followed(&self.config, &[]), scope, trigger: "schedule" };
        let Synced { summary, refreshed, attachments, erased } = self.operations.sync(&engine, &request).await?;
        let totals = summary.totals();
        tracing::info!(
            run = summary.run,
            pages = totals.pages,
            dossiers_seen = totals.seen,
            dossiers_changed = totals.changed,
            in_quarantine = summary.in_quarantine,
            erased,
            verdicts_changed = refreshed.changed,
            "synchronisation terminée"
        );
        if let Some(AttachmentReport { collected, counts }) = &attachments {
            tracing::info!(
                verified = collected.verified,
                unverified = collected.unverified,
                failed = collected.failed,
                left = counts.pending + counts.failed,
                out_of_time = collected.out_of_time,
                "pièces jointes téléchargées"
            );
        }
        match summary.error() {
            Some(error) if summary.procedures.iter().all(|procedure| procedure.error.is_some()) => {
                Err(Failure::from(error))
            }
            _ => Ok(()),
        }
    }
}

/// A list of a month that is over must be final: a provisional one means that DS could not be read since.
fn final_or_later(exported: &Exported) -> Result<(), Failure> {
    for (path, sha256) in &exported.files {
        tracing::info!(path = %path.display(), sha256, "document écrit");
    }
    if exported.is_provisional() {
        let reasons: Vec<String> = exported.provisional.iter().map(ToString::to_string).collect();
        return Err(Failure::try_later(format_args!("le document est provisoire : {}", reasons.join(" ; "))));
    }
    Ok(())
}

/// When something last moved.
#[derive(Clone)]
struct Pulse(Arc<Mutex<Instant>>);

impl Pulse {
    fn new() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }

    fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn is_alive(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < LONGEST_SILENCE
    }
}

/// Tells systemd, when it is there, that the service lives, as long as something moves.
async fn reassure_systemd(stop: CancellationToken, pulse: Pulse) {
    let Some(allowed) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(allowed.checked_div(2).unwrap_or(Duration::from_secs(1)));
    while !stop.is_cancelled() {
        ticks.tick().await;
        if pulse.is_alive() {
            tell_systemd(&[NotifyState::Watchdog]);
        }
    }
}

fn tell_systemd(states: &[NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(states);
}
