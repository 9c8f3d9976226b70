//! One round a beat: what is due is done, and how it went is recorded.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::heartbeat::Heartbeat;
use super::means::Present;
use super::plan::{Due, Plan};
use super::pulse::Pulse;
use super::setback::{Remedy, Setback};
use super::systemd;
use super::task::{Errand, MakeUp, Task};
use crate::domain::clock::Clock;
use crate::domain::instant::paris_instant;
use crate::domain::text::counted;
use crate::store::{Hold, Store, StoreError, TaskState};

/// The beginning of the keys of the alerts about tasks.
const ALERT: &str = "task:";

/// How an errand ended that nothing prevented.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Performed {
    /// It is done.
    Done,
    /// Its time has not come after all, or somebody else is at it: it stays due.
    NotYet,
}

/// Whoever does what is due.
pub trait Perform {
    /// Does an errand.
    fn perform(&self, errand: Errand) -> impl Future<Output = Result<Performed, Setback>> + Send;
}

/// What is due when, and whoever does it.
pub struct Daemon<P> {
    plans: Vec<Plan>,
    store: Arc<Store>,
    clock: Clock,
    performer: P,
    stop: CancellationToken,
    pulse: Pulse,
    /// Where the plans come from when the configuration is read again.
    present: Option<Present>,
    /// Why nothing is done before somebody has acted; none most of the time.
    hold: Option<Hold>,
}

impl<P: Perform> Daemon<P> {
    /// Tasks are done in the order of the plans. Tasks that are planned no more lose their alerts, and what held an earlier
    /// service holds this one no more.
    ///
    /// # Errors
    /// The database.
    pub fn new(
        plans: Vec<Plan>,
        store: Arc<Store>,
        clock: Clock,
        performer: P,
        stop: CancellationToken,
    ) -> Result<Self, StoreError> {
        forget_others(&store, &plans)?;
        Ok(Self { plans, store, clock, performer, stop, pulse: Pulse::default(), present: None, hold: None })
    }

    /// Tells a pulse whenever something moves.
    #[must_use]
    pub fn felt_by(self, pulse: Pulse) -> Self {
        Self { pulse, ..self }
    }

    /// Goes by other plans once the configuration was read again.
    #[must_use]
    pub fn planned_by(self, present: Present) -> Self {
        Self { present: Some(present), ..self }
    }

    /// A round at each beat, and at once after the configuration was read again, until asked to stop.
    pub async fn run(mut self, heartbeat: Heartbeat) {
        let stop = self.stop.clone();
        while stop.run_until_cancelled(self.occasion(&heartbeat)).await.is_some() {
            self.round().await;
        }
        heartbeat.stop().await;
    }

    /// Waits for a beat, or for other plans.
    async fn occasion(&mut self, heartbeat: &Heartbeat) {
        let other_plans = async {
            let Some(present) = self.present.as_mut() else { return std::future::pending().await };
            if present.changed().await.is_err() {
                // Nobody is there any more who would read it again.
                std::future::pending::<()>().await;
            }
            // The round takes them up.
            present.mark_changed();
        };
        tokio::select! {
            () = heartbeat.next() => {}
            () = other_plans => {}
        }
    }

    /// Takes up the plans of a configuration that was read again; somebody has acted then, and nothing is held any more.
    fn replan(&mut self) -> Result<(), StoreError> {
        let Some(present) = self.present.as_mut().filter(|present| present.has_changed().unwrap_or(false)) else {
            return Ok(());
        };
        let plans = present.borrow().plans.clone();
        forget_others(&self.store, &plans)?;
        present.mark_unchanged();
        (self.plans, self.hold) = (plans, None);
        Ok(())
    }

    /// Does what is due. A database that cannot be used now is tried again at the next round.
    pub async fn round(&mut self) {
        if let Err(error) = self.replan() {
            tracing::error!(error = %error, "les horaires relus n’ont pas pu être repris");
        }
        for plan in self.plans.clone() {
            self.pulse.beat();
            match self.is_held() {
                Ok(true) if !plan.task.goes_on_held() => continue,
                Ok(_) => {}
                Err(error) => {
                    tracing::error!(error = %error, "les synchronisations lancées à la main n’ont pas pu être lues");
                    return;
                }
            }
            if let Err(error) = self.settle_all(&plan).await {
                tracing::error!(task = plan.task.code(), error = %error, "la tâche n’a pas pu être examinée");
            }
        }
    }

    /// Whether nothing may be done before a person has acted: another process of theirs has synced since.
    fn is_held(&mut self) -> Result<bool, StoreError> {
        let Some(hold) = &self.hold else { return Ok(false) };
        let acted = self.store.read::<_, StoreError>(|reader| reader.run_by_a_person_since(hold.run))?;
        if acted {
            self.store.write::<_, StoreError>(|writer| writer.hold_lift())?;
            tracing::info!("une synchronisation a été lancée à la main : le service reprend");
            self.hold = None;
        }
        Ok(!acted)
    }

    /// Does a task as often as it is due: once, but for those that make up each time that was missed.
    async fn settle_all(&mut self, plan: &Plan) -> Result<(), StoreError> {
        while let Some((state, due)) = self.due(plan)? {
            let settled = !self.stop.is_cancelled() && self.settle(plan.task, state, due).await?;
            if !settled || plan.task.make_up() == MakeUp::Latest {
                break;
            }
        }
        Ok(())
    }

    fn due(&self, plan: &Plan) -> Result<Option<(TaskState, Due)>, StoreError> {
        let now = self.clock.now();
        let (kept, moment) = self
            .store
            .read::<_, StoreError>(|reader| Ok((reader.task(plan.task.code())?, plan.moment(reader, now)?)))?;
        let Some(done_until) = plan.settled_until(kept.as_ref().map(|state| state.done_until), &moment) else {
            return Ok(None);
        };
        let is_kept = kept.as_ref().is_some_and(|state| state.done_until == done_until);
        let state = TaskState { done_until, ..kept.unwrap_or_else(|| TaskState::settled_until(done_until)) };
        if !is_kept {
            self.store.write::<_, StoreError>(|writer| writer.task_put(plan.task.code(), &state))?;
        }
        Ok(plan.due(&state, &moment).map(|due| (state, due)))
    }

    /// Does an errand and records how it went; whether it is done.
    async fn settle(&mut self, task: Task, mut state: TaskState, due: Due) -> Result<bool, StoreError> {
        state.last_started_at = Some(self.clock.now());
        systemd::status(&format!("en cours : {}", due.errand));
        let outcome = self.perform(due.errand).await;
        systemd::status(match &outcome {
            Ok(_) => "attend la prochaine tâche",
            Err(_) => "attend, après un échec (voyez « fitn status »)",
        });
        if self.stop.is_cancelled() && outcome.is_err() {
            return Ok(false);
        }
        state.last_finished_at = Some(self.clock.now());
        match outcome {
            Ok(Performed::NotYet) => {
                tracing::debug!(task = task.code(), due = %paris_instant(due.at), "la tâche attend");
                Ok(false)
            }
            Ok(Performed::Done) => {
                state = TaskState { done_until: due.at, attempts: 0, last_error: None, needs_person: false, ..state };
                self.store.write::<_, StoreError>(|writer| {
                    writer.task_put(task.code(), &state)?;
                    writer.alert_settle(&alert_key(task))
                })?;
                Ok(true)
            }
            Err(setback) => {
                self.record_failure(task, &state, due, &setback)?;
                Ok(false)
            }
        }
    }

    fn record_failure(&mut self, task: Task, state: &TaskState, due: Due, setback: &Setback) -> Result<(), StoreError> {
        let attempts = state.attempts.saturating_add(1);
        tracing::error!(
            task = task.code(),
            due = %paris_instant(due.at),
            attempts,
            error = %setback,
            "la tâche a échoué"
        );
        let state = TaskState {
            attempts,
            last_error: Some(setback.message.clone()),
            needs_person: setback.remedy != Remedy::Time,
            ..state.clone()
        };
        let tries = counted(usize::try_from(attempts).unwrap_or(usize::MAX), "essai en échec", "essais en échec");
        let message = format!("{} : {tries}, le dernier : {setback}", due.errand);
        let now = state.last_finished_at.unwrap_or(due.at);
        if setback.remedy == Remedy::PersonFirst {
            self.hold(setback, now);
        }
        self.store.write::<_, StoreError>(|writer| {
            writer.task_put(task.code(), &state)?;
            let now = writer.reader().corrected(now)?;
            writer.alert_raise(&alert_key(task), &message, &setback.hint, now)?;
            self.hold.as_ref().map_or(Ok(()), |hold| writer.hold_put(hold))
        })
    }

    /// Nothing is done any more before somebody has acted, whatever the database says now.
    fn hold(&mut self, setback: &Setback, now: Timestamp) {
        tracing::error!(
            "le service ne redemande rien avant d’être relancé, ou qu’une synchronisation soit lancée à la main"
        );
        let known = self
            .store
            .read::<_, StoreError>(|reader| Ok((reader.run_latest()?.unwrap_or_default(), reader.corrected(now)?)));
        // Without an answer, only a restart lifts it.
        let (run, since) = known.unwrap_or((i64::MAX, now));
        self.hold = Some(Hold { since, run, message: setback.message.clone(), hint: setback.hint.clone() });
    }

    /// A panic is a failure like any other: the service goes on.
    async fn perform(&self, errand: Errand) -> Result<Performed, Setback> {
        let work = AssertUnwindSafe(self.performer.perform(errand)).catch_unwind();
        work.await.unwrap_or_else(|_| {
            Err(Setback::for_a_person(
                "la tâche s’est arrêtée sur une erreur interne",
                "signalez-le avec le journal du service",
            ))
        })
    }
}

/// Tasks that are planned no more lose their alerts, and what held an earlier service, or one with other plans, holds no more.
fn forget_others(store: &Store, plans: &[Plan]) -> Result<(), StoreError> {
    let planned: Vec<String> = plans.iter().map(|plan| alert_key(plan.task)).collect();
    store.write::<_, StoreError>(|writer| {
        writer.hold_lift()?;
        writer.alerts_settle(ALERT, &planned)
    })
}

/// The key of the alert about a task.
pub(super) fn alert_key(task: Task) -> String {
    format!("{ALERT}{}", task.code())
}

#[cfg(test)]
mod tests;
