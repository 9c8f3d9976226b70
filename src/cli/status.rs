//! `fitn status`: whether the service lives, how fresh the data are, how the last syncs went, what needs a look, what comes next.

use std::fs;

use clap::Args;
use jiff::{Timestamp, ToSpan};

use super::check::TOKEN_NOTICE;
use super::{Context, Exit, Failure, status_document, status_view, unset_parameters, workplace};
use crate::config::Config;
use crate::daemon::{Plan, Stale, Task, is_failing, staleness};
use crate::desk::{Cause, causes};
use crate::domain::clock::ServerClock;
use crate::domain::dossier::ProcedureNumber;
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::programme::Programme;
use crate::rules::Rulebook;
use crate::store::{AttachmentCounts, Hold, ProcedureRecord, Reader, RunRecord, Service, StoreError, TaskState};

/// The arguments of `fitn status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Donne l’état en JSON
    #[arg(long)]
    pub json: bool,
}

/// How many of the latest syncs are shown.
const RUNS: u32 = 5;

/// Everything that is shown.
pub(super) struct State {
    /// What DS's clock says, as far as can be told.
    pub now: Timestamp,
    pub service: Service,
    /// The démarches of the configuration.
    pub followed: Vec<FollowedProcedure>,
    /// Those of the database that are no longer followed.
    pub others: Vec<ProcedureRecord>,
    pub runs: Vec<RunRecord>,
    pub alerts: Vec<Cause>,
    pub attachments: AttachmentCounts,
    pub downloads: bool,
    /// Why the service, which lives, does nothing before somebody has acted.
    pub hold: Option<Hold>,
    /// What the service does next, in order of time; nothing when there is none, or it is held.
    pub next: Vec<NextTask>,
    /// Whether a démarche is stale.
    pub is_stale: bool,
    /// Whether the service fails at something.
    pub is_failing: bool,
    /// What the database takes on the disk.
    pub size_bytes: u64,
}

impl State {
    pub fn in_quarantine(&self) -> usize {
        self.followed.iter().map(|procedure| procedure.in_quarantine).sum()
    }
}

/// A démarche of the configuration.
pub(super) struct FollowedProcedure {
    pub number: ProcedureNumber,
    pub programme: Programme,
    /// How many facts its mapping has.
    pub mapped_facts: usize,
    pub in_quarantine: usize,
    /// None before the first sync.
    pub record: Option<ProcedureRecord>,
}

/// What the service does next.
pub(super) struct NextTask {
    pub task: Task,
    /// By DS's clock, as far as can be told.
    pub at: Timestamp,
    pub state: Option<TaskState>,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: StatusArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let plans = workplace::plans(&config)?;
    let desk = workplace::shown(&config, context)?;
    let service = Service::of(&config.database.path);
    let (machine_now, may_be_synced) = (context.clock.now(), desk.store.may_be_synced());
    let rulebook = desk.evaluator.rulebook();
    let gathered = |reader: &Reader<'_>| gather(reader, &config, rulebook, &plans, service, machine_now);
    let mut state = desk.store.read::<_, StoreError>(gathered)?;
    if !may_be_synced {
        let running = state.runs.iter_mut().filter(|run| run.outcome == "running");
        running.for_each(|run| "interrupted".clone_into(&mut run.outcome));
    }
    if args.json {
        context.printer.json(&status_document::document(&state))?;
    } else {
        context.printer.text(&status_view::text(&state))?;
    }
    Ok(exit(&state))
}

/// What monitoring goes by: whether what is known is fresh, and the service, if there is one, does what it is there for.
fn exit(state: &State) -> Exit {
    if state.is_stale || state.is_failing { Exit::Failed } else { Exit::Done }
}

fn gather(
    reader: &Reader<'_>,
    config: &Config,
    rulebook: &Rulebook,
    plans: &[Plan],
    service: Service,
    machine_now: Timestamp,
) -> Result<State, StoreError> {
    let heard = reader.server_clock()?;
    let now = heard.map_or(machine_now, |clock| clock.corrected(machine_now));
    let mut records = reader.procedures()?;
    let mut followed = Vec::new();
    for procedure in &config.procedures {
        let at = records.iter().position(|record| record.number == procedure.number);
        followed.push(FollowedProcedure {
            number: procedure.number,
            programme: procedure.programme,
            mapped_facts: procedure.fields.facts().count(),
            in_quarantine: reader.quarantine(Some(procedure.number))?.len(),
            record: at.map(|at| records.remove(at)),
        });
    }
    let mut alerts: Vec<Cause> = token_alert(config, now).into_iter().collect();
    alerts.extend(parameters_alert(config, rulebook, now));
    let stale = stale_alerts(&followed, config, plans, now);
    let is_stale = !stale.is_empty();
    alerts.extend(stale);
    alerts.extend(causes(&reader.alerts()?));
    let is_alive = matches!(service, Service::Alive(_));
    let hold = if is_alive { reader.hold()? } else { None };
    let (mut next, mut has_failing_task) = (Vec::new(), hold.is_some());
    for plan in plans.iter().filter(|_| is_alive) {
        let (kept, moment) = (reader.task(plan.task.code())?, plan.moment(reader, machine_now)?);
        has_failing_task |=
            kept.as_ref().is_some_and(|kept| is_failing(plan, kept, machine_now, config.alerts.stale_after));
        let at = plan.next(kept.as_ref(), &moment).filter(|_| hold.is_none());
        next.extend(at.map(|at| NextTask { task: plan.task, at: told_by_ds(at, heard), state: kept }));
    }
    next.sort_by_key(|next| (next.at, next.task));
    Ok(State {
        now,
        service,
        followed,
        others: records,
        runs: reader.runs(RUNS)?,
        alerts,
        attachments: reader.attachment_counts()?,
        downloads: config.attachments.download,
        hold,
        next,
        is_stale,
        is_failing: has_failing_task,
        size_bytes: size(config),
    })
}

/// An instant to come of this machine's clock, as DS's clock will say it: of a machine that is far ahead, its own would tell
/// nobody anything.
fn told_by_ds(at: Timestamp, heard: Option<ServerClock>) -> Timestamp {
    heard.filter(ServerClock::is_off).map_or(at, |clock| clock.corrected(at))
}

/// Rules that can give no amount for want of a parameter.
fn parameters_alert(config: &Config, rulebook: &Rulebook, now: Timestamp) -> Option<Cause> {
    let Failure { message, hint, .. } = unset_parameters::counted(config, rulebook)?;
    Some(computed("parameters", now, message, &hint.unwrap_or_default()))
}

/// The API does not tell when a token ends; the configuration may.
fn token_alert(config: &Config, now: Timestamp) -> Option<Cause> {
    let last_day = config.api.token_expires?;
    let message = format!("le jeton de l’API cesse de fonctionner après le {}", french_date(last_day));
    let hint = "créez un nouveau jeton dans le profil DS, puis changez « token_expires »";
    (last_day < paris_date(now).saturating_add(TOKEN_NOTICE.days())).then(|| computed("token", now, message, hint))
}

/// One alert for all démarches that are stale alike.
fn stale_alerts(followed: &[FollowedProcedure], config: &Config, plans: &[Plan], now: Timestamp) -> Vec<Cause> {
    let mut alike: Vec<(Stale, Vec<ProcedureNumber>)> = Vec::new();
    for procedure in followed {
        let synced_at = procedure.record.as_ref().and_then(|record| record.synced_at);
        let Some(stale) = staleness(plans, synced_at, now, config.alerts.stale_after) else { continue };
        match alike.iter_mut().find(|(known, _)| *known == stale) {
            Some((_, numbers)) => numbers.push(procedure.number),
            None => alike.push((stale, vec![procedure.number])),
        }
    }
    alike.iter().map(|(stale, numbers)| stale_alert(*stale, numbers, now)).collect()
}

fn stale_alert(stale: Stale, numbers: &[ProcedureNumber], now: Timestamp) -> Cause {
    let all = numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let (which, read) = if numbers.len() > 1 { ("démarches", "jamais lues") } else { ("démarche", "jamais lue") };
    let (since, message) = match stale {
        Stale::NeverRead => (now, format!("{which} {all} : {read} jusqu’au bout")),
        Stale::Since(due) => {
            let what = "données périmées, aucune synchronisation n’a abouti depuis celle qui était prévue le";
            (due, format!("{which} {all} : {what} {}", french_instant(due)))
        }
    };
    let hint = "les autres alertes disent pourquoi ; « fitn sync » synchronise tout de suite";
    computed(&format!("stale:{all}"), since, message, hint)
}

/// An alert that is not stored: what it says can be told from the clock.
fn computed(key: &str, since: Timestamp, message: String, hint: &str) -> Cause {
    let key = key.to_owned();
    Cause { cause: key.clone(), key, since, dossiers: Vec::new(), message, hint: hint.to_owned() }
}

/// The database with its journal.
fn size(config: &Config) -> u64 {
    let mut journal = config.database.path.clone().into_os_string();
    journal.push("-wal");
    let bytes = |path| fs::metadata(path).map_or(0, |found| found.len());
    bytes(config.database.path.clone().into_os_string()) + bytes(journal)
}
