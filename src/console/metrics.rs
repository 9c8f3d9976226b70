//! Figures for monitoring, as Prometheus reads them. Names end with their unit; amounts are in cents, exact. By démarche, programme,
//! département, task: never by dossier or person.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use jiff::Timestamp;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{EncodeMetric, MetricEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use super::Sources;
use crate::api::TRAFFIC;
use crate::daemon::{Agenda, Means, staleness};
use crate::desk::{Overview, StoreError};
use crate::domain::message::MessageState;
use crate::domain::money::Cents;

/// What the text is.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Labels = Vec<(&'static str, String)>;
type Family1 = Family<Labels, Gauge>;

/// All of them; none when the database cannot be read.
pub fn text(sources: &Sources) -> Option<String> {
    let means = sources.present.borrow().clone();
    let mut text = String::new();
    let made =
        registry(&means).map_err(|error| tracing::error!(error = %error, "les mesures n’ont pas pu être lues")).ok()?;
    encode(&mut text, &made).ok()?;
    Some(text)
}

fn registry(means: &Means) -> Result<Registry, StoreError> {
    let mut registry = Registry::with_prefix("fitn");
    let overview = means.desk.overview()?;
    of_procedures(&mut registry, means, &overview);
    of_syncs(&mut registry, &overview);
    of_traffic(&mut registry);
    of_tasks(&mut registry, means)?;
    of_credits(&mut registry, means)?;
    of_outbox(&mut registry, &overview);
    of_backups(&mut registry, &overview);
    single(&mut registry, "alerts", "Open alerts, by cause", count(overview.alerts.len()));
    let size = i64::try_from(overview.size_bytes).unwrap_or(i64::MAX);
    single_of(&mut registry, "database_size", "The database with its journal", Unit::Bytes, size);
    Ok(registry)
}

fn of_procedures(registry: &mut Registry, means: &Means, overview: &Overview) {
    let (synced, stale, quarantine) = (Family1::default(), Family1::default(), Family1::default());
    for procedure in &overview.followed {
        let labels = vec![("procedure", procedure.number.to_string())];
        let synced_at = procedure.record.as_ref().and_then(|record| record.synced_at);
        if let Some(synced_at) = synced_at {
            synced.get_or_create(&labels).set(synced_at.as_second());
        }
        let is_stale = staleness(&means.plans, synced_at, overview.now, means.watch.stale_after).is_some();
        stale.get_or_create(&labels).set(i64::from(is_stale));
        quarantine.get_or_create(&labels).set(count(procedure.in_quarantine));
    }
    let help = "Up to when its dossiers are known, by the clock of DS";
    registry.register_with_unit("procedure_synced_timestamp", help, Unit::Seconds, synced);
    registry.register("procedure_stale", "1 when a due sync did not succeed for too long", stale);
    registry.register("procedure_quarantine_dossiers", "Dossiers set aside", quarantine);
}

fn of_syncs(registry: &mut Registry, overview: &Overview) {
    let Some(run) = overview.runs.iter().find(|run| run.finished_at.is_some()) else { return };
    let lasted = run.finished_at.map_or(0, |finished| finished.duration_since(run.started_at).as_secs());
    single_of(registry, "sync_last_duration", "How long the last finished sync took", Unit::Seconds, lasted);
    let outcome = Family1::default();
    outcome.get_or_create(&vec![("outcome", run.outcome.clone())]).set(1);
    registry.register("sync_last_outcome", "How the last finished sync ended", outcome);
}

fn of_traffic(registry: &mut Registry) {
    let counted = |value| {
        let counter = Counter::<u64, AtomicU64>::default();
        counter.inc_by(value);
        counter
    };
    let help = "Requests sent to DS since the start, by how long they took";
    registry.register_with_unit("api_request_duration", help, Unit::Seconds, Durations::so_far());
    registry.register("api_retries", "Requests that were further tries", counted(TRAFFIC.retries()));
}

/// How long requests took: counted elsewhere, shown here.
#[derive(Debug)]
struct Durations {
    /// In seconds.
    sum: f64,
    /// The largest duration in seconds, and how many were no longer and beyond the bound before it.
    buckets: Vec<(f64, u64)>,
}

impl Durations {
    fn so_far() -> Self {
        // The library shows the largest number as infinity.
        let bound = |bound: Option<Duration>| bound.map_or(f64::MAX, |bound| bound.as_secs_f64());
        let buckets = TRAFFIC.requests().map(|(longest, count)| (bound(longest), count)).collect();
        Self { sum: TRAFFIC.lasted().as_secs_f64(), buckets }
    }
}

impl EncodeMetric for Durations {
    fn encode(&self, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        let count = self.buckets.iter().map(|(_, count)| count).sum();
        encoder.encode_histogram::<NoLabelSet>(self.sum, count, &self.buckets, None)
    }

    fn metric_type(&self) -> MetricType {
        MetricType::Histogram
    }
}

fn of_tasks(registry: &mut Registry, means: &Means) -> Result<(), StoreError> {
    let agenda = Agenda::read(&means.desk.store, &means.plans, means.desk.clock.now(), means.watch.stale_after)?;
    let (next, attempts) = (Family1::default(), Family1::default());
    for task in &agenda.next {
        let labels = vec![("task", task.task.code().to_owned())];
        next.get_or_create(&labels).set(Timestamp::as_second(task.at));
        let failed = task.state.as_ref().map_or(0, |state| state.attempts);
        attempts.get_or_create(&labels).set(i64::from(failed));
    }
    registry.register_with_unit("task_next_timestamp", "When the task is done next", Unit::Seconds, next);
    registry.register("task_failed_attempts", "Failed attempts at what is due", attempts);
    single(
        registry,
        "failing",
        "1 when a task fails in a way that somebody should know of",
        i64::from(!agenda.failing.is_empty()),
    );
    Ok(())
}

fn of_credits(registry: &mut Registry, means: &Means) -> Result<(), StoreError> {
    let (right, granted, engaged, paid) =
        (Family1::default(), Family1::default(), Family1::default(), Family1::default());
    for credit in means.desk.credits()? {
        let labels = vec![("purse", credit.purse), ("departement", credit.departement.unwrap_or_default())];
        right.get_or_create(&labels).set(cents(credit.right));
        granted.get_or_create(&labels).set(cents(credit.granted));
        engaged.get_or_create(&labels).set(cents(credit.engaged));
        paid.get_or_create(&labels).set(cents(credit.paid));
    }
    for (name, help, family) in [
        ("envelope_right_cents", "What there is to grant from", right),
        ("envelope_granted_cents", "What was granted of it", granted),
        ("envelope_engaged_cents", "What was engaged of it", engaged),
        ("envelope_paid_cents", "What was paid of it", paid),
    ] {
        registry.register(name, help, family);
    }
    Ok(())
}

fn of_outbox(registry: &mut Registry, overview: &Overview) {
    let messages = Family1::default();
    for state in MessageState::ALL {
        let counted = overview.outbox.get(&state).copied().unwrap_or_default();
        let counted = i64::try_from(counted).unwrap_or(i64::MAX);
        messages.get_or_create(&vec![("state", state.code().to_owned())]).set(counted);
    }
    registry.register("outbox_messages", "Messages of the outbox, by state", messages);
}

/// None before the first one: what is absent is no instant of long ago.
fn of_backups(registry: &mut Registry, overview: &Overview) {
    let Some(last) = &overview.backup else { return };
    let help = "When the last backup, a verified one, was taken, by the clock of DS";
    single_of(registry, "backup_last_timestamp", help, Unit::Seconds, last.at.as_second());
}

fn single(registry: &mut Registry, name: &str, help: &str, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register(name, help, gauge);
}

fn single_of(registry: &mut Registry, name: &str, help: &str, unit: Unit, value: i64) {
    let gauge = Gauge::<i64>::default();
    gauge.set(value);
    registry.register_with_unit(name, help, unit, gauge);
}

fn cents(amount: Cents) -> i64 {
    i64::try_from(amount.0).unwrap_or(i64::MAX)
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
