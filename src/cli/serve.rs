//! `fitn serve`: the daemon. Wakes once a minute, runs what is due, one task after the other, and stops cleanly.

use std::time::Duration;

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

use super::{Context, Exit, Failure, signals, workplace};
use crate::api::Client;
use crate::config::Config;
use crate::domain::instant::paris_date;
use crate::domain::period::{Month, Quarter};
use crate::operations::{Exported, Operations};
use crate::schedule::{Heartbeat, Plan};
use crate::store::{Store, StoreError, TaskState};
use crate::sync::Request;

/// The arguments of `fitn serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {}

/// A sync that was due within this time before the first start is made up.
const FIRST_LOOK_BACK: SignedDuration = SignedDuration::from_hours(24);

/// Runs the command until it is told to stop.
///
/// # Errors
/// A wrong configuration, a database that cannot be used. What goes wrong with a task is logged, recorded and tried again.
pub async fn run(_args: ServeArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let client = workplace::client(&config, context)?;
    let operations = workplace::operations(&config, Store::open(&config.database.path)?, &context.clock)?;
    let daemon =
        Daemon { plans: workplace::plans(&config)?, config, client, operations, stop: CancellationToken::new() };
    if !daemon.config.delivery.is_empty() {
        tracing::warn!("cette version n’envoie pas de courrier : les tables [[delivery]] sont sans effet");
    }
    let heartbeat = Heartbeat::start().await.map_err(|error| Failure::failed(&error))?;
    let stop = daemon.stop.clone();
    tokio::spawn(async move {
        signals::asked_to_stop().await;
        tell_systemd(&[NotifyState::Stopping]);
        stop.cancel();
    });
    tokio::spawn(reassure_systemd(daemon.stop.clone()));
    tell_systemd(&[NotifyState::Ready]);
    tracing::info!(database = %daemon.operations.store.path().display(), "le service est prêt");
    while !daemon.stop.is_cancelled() {
        tokio::select! {
            () = daemon.stop.cancelled() => break,
            () = heartbeat.next() => daemon.run_due().await?,
        }
    }
    heartbeat.stop().await;
    tracing::info!("le service s’arrête à la demande");
    Ok(Exit::Done)
}

struct Daemon {
    config: Config,
    plans: [Plan; 4],
    client: Client,
    operations: Operations,
    stop: CancellationToken,
}

impl Daemon {
    /// Runs what is due, until nothing is.
    async fn run_due(&self) -> Result<(), Failure> {
        for plan in &self.plans {
            while let Some((state, due)) = self.due(plan)? {
                if self.stop.is_cancelled() {
                    return Ok(());
                }
                if !self.settle(plan, state, due).await? {
                    break;
                }
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

    async fn perform(&self, task: &str, due: Timestamp) -> Result<(), Failure> {
        let day = paris_date(due);
        match task {
            workplace::FULL_SYNC => self.sync(true).await,
            workplace::MONTHLY_LIST => {
                self.sync(false).await?;
                final_or_later(&self.operations.monthly_list(Month::of(day).previous(), false, None)?)
            }
            workplace::QUARTERLY_REPORT => {
                self.sync(false).await?;
                final_or_later(&self.operations.quarterly_report(Quarter::of(day).previous(), false, None)?)
            }
            _ => self.sync(false).await,
        }
    }

    async fn sync(&self, full: bool) -> Result<(), Failure> {
        let engine =
            workplace::engine(&self.config, self.client.clone(), &self.operations).stopped_by(self.stop.clone());
        let request = Request { procedures: workplace::followed(&self.config, &[]), full, trigger: "schedule" };
        let (summary, refreshed) = self.operations.sync(&engine, &request).await?;
        let totals = summary.totals();
        tracing::info!(
            run = summary.run,
            pages = totals.pages,
            dossiers_seen = totals.seen,
            dossiers_changed = totals.changed,
            in_quarantine = summary.in_quarantine,
            verdicts_changed = refreshed.changed,
            "synchronisation terminée"
        );
        summary.error().map_or(Ok(()), |error| Err(Failure::from(error)))
    }
}

/// A list of a month that is over must be final: a provisional one means that DS could not be read since.
fn final_or_later(exported: &Exported) -> Result<(), Failure> {
    for (path, sha256) in &exported.files {
        tracing::info!(path = %path.display(), sha256, "document écrit");
    }
    if exported.provisional {
        return Err(Failure::try_later("le document est provisoire : DS n’a pas été lu depuis la fin de la période"));
    }
    Ok(())
}

/// Tells systemd, when it is there, that the service lives; half the time that it allows.
async fn reassure_systemd(stop: CancellationToken) {
    let Some(allowed) = sd_notify::watchdog_enabled() else { return };
    let mut ticks = tokio::time::interval(allowed.checked_div(2).unwrap_or(Duration::from_secs(1)));
    while !stop.is_cancelled() {
        ticks.tick().await;
        tell_systemd(&[NotifyState::Watchdog]);
    }
}

fn tell_systemd(states: &[NotifyState<'_>]) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(states);
}
