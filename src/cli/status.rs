//! `fitn status`: whether the service lives, how fresh the data are, how the last syncs went, what needs a look, what comes next.

use std::collections::BTreeMap;

use clap::Args;
use jiff::{Timestamp, ToSpan};

use super::check::TOKEN_NOTICE;
use super::{Context, Exit, Failure, status_document, status_view, unset_parameters, workplace};
use crate::config::Config;
use crate::daemon::{Agenda, NextTask, Plan, Stale, staleness};
use crate::desk::{AttachmentCounts, Cause, FollowedProcedure, Hold, Overview, ProcedureRecord, RunRecord, Service};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::message::MessageState;
use crate::rules::Rulebook;

/// The arguments of `fitn status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Donne l’état en JSON
    #[arg(long)]
    pub json: bool,
}

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
    /// How many messages of the outbox are in each state.
    pub outbox: BTreeMap<MessageState, u64>,
    /// What the database takes on the disk.
    pub size_bytes: u64,
}

impl State {
    pub fn in_quarantine(&self) -> usize {
        self.followed.iter().map(|procedure| procedure.in_quarantine).sum()
    }
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: StatusArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let plans = workplace::plans(&config)?;
    let desk = workplace::shown(&config, context)?;
    let overview = desk.overview()?;
    let agenda = match overview.service {
        Service::Alive(_) => Agenda::read(&desk.store, &plans, context.clock.now(), config.alerts.stale_after)?,
        Service::Stopped | Service::Unknown => Agenda::default(),
    };
    let state = state(overview, agenda, &config, desk.evaluator.rulebook(), &plans);
    if args.json {
        context.printer.json(&status_document::document(&state))?;
    } else {
        context.printer.text(&status_view::text(&state, context.printer.width()))?;
    }
    Ok(exit(&state))
}

/// What monitoring goes by: whether what is known is fresh, and the service, if there is one, does what it is there for.
fn exit(state: &State) -> Exit {
    if state.is_stale || state.is_failing { Exit::Failed } else { Exit::Done }
}

/// What is stored, with what the configuration and the clock add to it.
fn state(overview: Overview, agenda: Agenda, config: &Config, rulebook: &Rulebook, plans: &[Plan]) -> State {
    let now = overview.now;
    let mut alerts: Vec<Cause> = token_alert(config, now).into_iter().collect();
    alerts.extend(parameters_alert(config, rulebook, now));
    let stale = stale_alerts(&overview.followed, config, plans, now);
    let is_stale = !stale.is_empty();
    alerts.extend(stale);
    alerts.extend(overview.alerts);
    State {
        now,
        service: overview.service,
        followed: overview.followed,
        others: overview.others,
        runs: overview.runs,
        alerts,
        attachments: overview.attachments,
        downloads: config.attachments.download,
        hold: overview.hold,
        next: agenda.next,
        is_stale,
        is_failing: agenda.is_failing,
        outbox: overview.outbox,
        size_bytes: overview.size_bytes,
    }
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
