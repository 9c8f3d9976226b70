//! The errands themselves: DS is read, documents are made.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::agenda::Agenda;
use super::means::{Means, Present};
use super::pulse::Pulse;
use super::round::{Perform, Performed, alert_key};
use super::setback::{Remedy, Setback};
use super::syncs::Syncs;
use super::task::{Errand, Task};
use crate::api::ApiError;
use crate::delivery::LogError;
use crate::desk::{
    AttachmentReport, BackupError, Delivered, Desk, DeskError, Exported, Provisional, Synced, UNDATED, UNDATED_HINT,
    is_given_up,
};
use crate::domain::clock::ServerClock;
use crate::store::StoreError;
use crate::sync::{Request, Scope, Summary, SyncError};

/// The proxy is not asked again before.
const THEN_RESTART: &str = " ; puis « systemctl restart fitn »";

/// Does errands by what the commands do too.
pub struct Work {
    /// What they are done with.
    pub present: Present,
    /// The sync under way, whoever asked for it.
    pub syncs: Arc<Syncs>,
    /// Stops what is under way.
    pub stop: CancellationToken,
    /// Told whenever something moves.
    pub pulse: Pulse,
    /// The sending that goes on beside the other tasks.
    pub sending: Sending,
}

/// Messages on their way: a mail server that is slow keeps nothing else from being done.
#[derive(Debug, Default)]
pub struct Sending(Mutex<Option<JoinHandle<Result<Delivered, DeskError>>>>);

/// How long the other tasks wait for messages, which is enough for most.
const SENDING_WAITED_FOR: Duration = Duration::from_secs(20);

impl Perform for Work {
    async fn perform(&self, errand: Errand) -> Result<Performed, Setback> {
        let means = Arc::clone(&self.present.borrow());
        match errand {
            Errand::FullSync => self.sync(&means, Scope::Everything).await,
            Errand::Sync => self.sync(&means, Scope::Changes).await,
            Errand::MonthlyList(month) => {
                self.document(&means, errand, |desk| desk.monthly_list(month, false, None)).await
            }
            Errand::QuarterlyReport(quarter) => {
                self.document(&means, errand, |desk| desk.quarterly_report(quarter, false, None)).await
            }
            Errand::QuarterlyFinal(quarter) => {
                self.document(&means, errand, |desk| desk.quarterly_final(quarter, None)).await
            }
            Errand::Committee(quarter) => self.document(&means, errand, |desk| desk.committee_packs(quarter)).await,
            Errand::Digest => digest(&means),
            Errand::Deliveries => self.deliver(means).await,
            Errand::Backup => self.back_up(means).await,
        }
    }
}

impl Work {
    /// Fails when nothing could be read; a démarche that fails alone has its alert. A sync that somebody else runs is waited for.
    async fn sync(&self, means: &Arc<Means>, scope: Scope) -> Result<Performed, Setback> {
        let pulse = self.pulse.clone();
        let request = Request { procedures: means.followed.clone(), scope, trigger: "schedule" };
        let Ok(turn) = self.syncs.begin(&request) else {
            tracing::info!("une synchronisation demandée au service est en cours : celle qui était prévue attend");
            return Ok(Performed::NotYet);
        };
        let engine = (means.reach)(&means.desk)?.stopped_by(self.stop.clone());
        let ended = turn.sync(means, &self.present, engine, &request, move || pulse.beat()).await;
        let synced = match &*ended {
            Err(error) if is_elsewhere(error) => {
                tracing::info!("{error} : celle du service attend");
                return Ok(Performed::NotYet);
            }
            outcome => outcome.as_ref()?,
        };
        match failure(&synced.summary) {
            // Whatever else was read: the proxy counts its refusals.
            _ if synced.is_refused_by_the_proxy() => {
                let refusal = ApiError::ProxyAuth;
                Err(Setback::before_all(&refusal, format_args!("{}{THEN_RESTART}", refusal.hint())))
            }
            None => Ok(Performed::Done),
            Some(error) => Err(Setback::from(error)),
        }
    }

    /// A document of a period that DS's date says is over; nothing is made of another. DS is read first, unless it was since
    /// the period ended. Whether that was enough for the document to be final is for the document to say.
    async fn document(
        &self,
        means: &Arc<Means>,
        errand: Errand,
        make: impl FnOnce(&Desk) -> Result<Exported, DeskError> + Send,
    ) -> Result<Performed, Setback> {
        let Some(end) = errand.ends_before() else { return Ok(Performed::Done) };
        let before = heard(&means.desk)?;
        let read =
            if is_read_since(means, end)? { Ok(Performed::Done) } else { self.sync(means, Scope::Changes).await };
        let heard = heard(&means.desk)?;
        let is_over = heard.is_some_and(|heard| heard.date >= end);
        match read {
            Err(setback) if !is_over || setback.remedy == Remedy::PersonFirst => return Err(setback),
            Err(setback) => {
                tracing::warn!(error = %setback, "la lecture de DS avant l’établissement du document a échoué");
            }
            Ok(Performed::NotYet) => return Ok(Performed::NotYet),
            Ok(Performed::Done) if !is_over && heard == before => {
                let message = "les réponses de DS n’ont pas de date utilisable, rien ne dit que la période est finie";
                return Err(Setback::passing(message, UNDATED_HINT));
            }
            Ok(Performed::Done) if !is_over => return Ok(Performed::NotYet),
            Ok(Performed::Done) => {}
        }
        final_or_later(&make(&means.desk)?)
    }

    /// What is to be said of alerts goes with the rest. What becomes of a message is in the outbox, and has its alert: the task fails
    /// only where nothing could be tried. What takes long goes on, and the task is done once it has ended.
    async fn deliver(&self, means: Arc<Means>) -> Result<Performed, Setback> {
        let mut sending = self.sending.0.lock().await;
        let (patience, mut under_way) = if let Some(under_way) = sending.take() {
            (Duration::ZERO, under_way)
        } else {
            tell_alerts(&means)?;
            let (stop, pulse) = (self.stop.clone(), self.pulse.clone());
            let send = move || means.desk.deliver(false, || stop.is_cancelled(), || pulse.beat());
            (SENDING_WAITED_FOR, tokio::task::spawn_blocking(send))
        };
        match timeout(patience, &mut under_way).await {
            Err(_) => {
                *sending = Some(under_way);
                Ok(Performed::NotYet)
            }
            Ok(Ok(Err(DeskError::SendLog(LogError::Busy)))) => Ok(Performed::NotYet),
            Ok(Ok(outcome)) => outcome.map(|_| Performed::Done).map_err(Setback::from),
            Ok(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
        }
    }

    /// Whoever is making a backup by hand makes this one superfluous, if theirs succeeds: it stays due until then.
    async fn back_up(&self, means: Arc<Means>) -> Result<Performed, Setback> {
        let (stop, pulse) = (self.stop.clone(), self.pulse.clone());
        let copying = tokio::task::spawn_blocking(move || {
            means.desk.backup(None, &|| {
                pulse.beat();
                !stop.is_cancelled()
            })
        });
        let outcome = match copying.await {
            Ok(outcome) => outcome,
            Err(panic) => std::panic::resume_unwind(panic.into_panic()),
        };
        match outcome {
            Err(DeskError::Backup(BackupError::Store(StoreError::BackingUp { .. }))) => Ok(Performed::NotYet),
            outcome => outcome.map(|_| Performed::Done).map_err(Setback::from),
        }
    }
}

/// People are told of what to look at; of a task that fails, once it is more than a passing failure.
fn tell_alerts(means: &Means) -> Result<(), Setback> {
    let desk = &means.desk;
    let overview = desk.overview()?;
    let agenda = Agenda::read(&desk.store, &means.plans, desk.clock.now(), means.watch.stale_after)?;
    let watched = means.watch.causes(&means.plans, &overview, &desk.credits()?);
    let passing = Task::ALL.into_iter().filter(|task| !agenda.failing.contains(task));
    let quiet: Vec<String> = passing.map(alert_key).collect();
    let told = desk.tell_alerts(&watched, &quiet)?;
    if told > 0 {
        tracing::info!(messages = told, "alertes mises dans la boîte d’envoi");
    }
    Ok(())
}

/// The first digest tells of what is new since the time before at which one would have been due.
fn digest(means: &Means) -> Result<Performed, Setback> {
    let now = means.desk.clock.now();
    let plan = means.plans.iter().find(|plan| plan.task == Task::Digest);
    let due = plan.and_then(|plan| plan.latest(now)).unwrap_or(now);
    let first =
        plan.and_then(|plan| plan.latest(due.saturating_sub(SignedDuration::from_secs(1)).ok()?)).unwrap_or(due);
    let put = means.desk.digest(first, due)?;
    tracing::info!(messages = put, "nouveautés mises dans la boîte d’envoi");
    Ok(Performed::Done)
}

/// DS's clock as it was last read.
fn heard(desk: &Desk) -> Result<Option<ServerClock>, StoreError> {
    desk.store.read(|reader| reader.server_clock())
}

/// Whether every démarche was read to the end since an instant, or DS was asked since for one that it gives no more.
fn is_read_since(means: &Means, instant: Timestamp) -> Result<bool, StoreError> {
    means.desk.store.read(|reader| {
        for followed in &means.followed {
            let Some(record) = reader.procedure(followed.number)? else { return Ok(false) };
            let asked_at = record.failure.filter(is_given_up).map(|failure| failure.last);
            if record.synced_at.max(asked_at).is_none_or(|read_at| read_at < instant) {
                return Ok(false);
            }
        }
        Ok(true)
    })
}

/// Whether another process syncs.
fn is_elsewhere(error: &DeskError) -> bool {
    matches!(
        error,
        DeskError::Store(StoreError::Locked { .. }) | DeskError::Sync(SyncError::Store(StoreError::Locked { .. }))
    )
}

/// Why nothing could be read; none when something could.
fn failure(summary: &Summary) -> Option<&SyncError> {
    let nothing = summary.procedures.iter().all(|procedure| procedure.error.is_some());
    summary.error().filter(|_| nothing)
}

/// Logs what a sync did.
pub(super) fn tell(synced: &Synced) {
    let Synced { summary, refreshed, attachments, erased, .. } = synced;
    let totals = summary.totals();
    tracing::info!(
        run = summary.run,
        pages = totals.pages,
        dossiers_seen = totals.seen,
        dossiers_changed = totals.changed,
        in_quarantine = summary.in_quarantine,
        erased,
        verdicts_changed = refreshed.changed,
        "{}",
        ending(summary)
    );
    if summary.is_undated() {
        tracing::warn!("{UNDATED}");
    }
    if let Some(report) = attachments {
        let AttachmentReport { collected, counts } = report;
        tracing::info!(
            verified = collected.verified,
            unverified = collected.unverified,
            failed = collected.failed,
            left = counts.pending + counts.failed,
            out_of_time = collected.out_of_time,
            "{}",
            report.ending()
        );
    }
}

/// What is said of a sync: that it ended well only where it did.
fn ending(summary: &Summary) -> String {
    match summary.error() {
        None => "synchronisation terminée".to_owned(),
        Some(error @ SyncError::Cancelled) => error.to_string(),
        Some(error) if failure(summary).is_some() => {
            format!("synchronisation en échec, rien n’a été lu en entier : {error}")
        }
        Some(error) => format!("synchronisation incomplète : {error}"),
    }
}

/// A document of a period that is over must be final, or the draft that was asked for. A provisional one waits for DS to be read, or for somebody: its reasons
/// say which.
fn final_or_later(exported: &Exported) -> Result<Performed, Setback> {
    for (path, sha256) in &exported.files {
        tracing::info!(path = %path.display(), sha256, "document écrit");
    }
    if !exported.is_provisional() || exported.is_draft() {
        return Ok(Performed::Done);
    }
    let reasons: Vec<String> = exported.provisional.iter().map(ToString::to_string).collect();
    let message = format!("le document est provisoire : {}", reasons.join(" ; "));
    let told_elsewhere = || "les autres alertes disent pourquoi".to_owned();
    let mut hints: Vec<String> =
        exported.provisional.iter().map(|reason| reason.hint().unwrap_or_else(told_elsewhere)).collect();
    hints.dedup();
    let hint = format!("{} ; le document sera établi ensuite", hints.join(" ; "));
    let needs_person = exported.provisional.iter().any(Provisional::is_for_a_person);
    Err(if needs_person { Setback::for_a_person(message, hint) } else { Setback::passing(message, hint) })
}
