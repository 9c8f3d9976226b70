//! `fitn status`: whether the service lives, how fresh the data are, how the last syncs went, what needs a look, what comes next.

use std::collections::BTreeMap;

use clap::Args;
use jiff::Timestamp;

use super::{Context, Exit, Failure, status_document, status_view, workplace};
use crate::daemon::{Agenda, NextTask};
use crate::desk::{
    Aside, AttachmentCounts, Cause, FollowedProcedure, Hold, LastBackup, LastRestoration, Overview, ProcedureRecord,
    RunRecord, Service, Watched,
};
use crate::domain::message::MessageState;
use crate::domain::room::Room;

/// The arguments of `fitn status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Dit aussi ce qui prend de la place dans la base ; elle est lue en entier
    #[arg(long)]
    pub size: bool,
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
    /// The last backup.
    pub backup: Option<LastBackup>,
    /// The last restoration of a backup.
    pub restored: Option<LastRestoration>,
    /// The databases that restorations replaced, and that are still there.
    pub asides: Vec<Aside>,
    /// Tells the changes of one history from those of another.
    pub changes_epoch: i64,
    /// What the database takes on the disk.
    pub size_bytes: u64,
    /// What takes it, when that was asked.
    pub rooms: Option<BTreeMap<Room, u64>>,
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
    let watch = workplace::watch(&config, desk.evaluator.rulebook());
    // What is left of the credits is the sum of all grants: too much for a glance. The service tells of it, by mail and in its figures.
    let watched = watch.causes(&plans, &overview, &[]);
    let rooms = args.size.then(|| desk.rooms()).transpose()?;
    let state = State { rooms, ..state(overview, agenda, watched, config.attachments.download) };
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
fn state(overview: Overview, agenda: Agenda, watched: Vec<Watched>, downloads: bool) -> State {
    let is_stale = watched.iter().any(Watched::is_about_stale_data);
    let alerts = watched.into_iter().map(|watched| watched.cause).chain(overview.alerts);
    State {
        now: overview.now,
        service: overview.service,
        followed: overview.followed,
        others: overview.others,
        runs: overview.runs,
        alerts: alerts.collect(),
        attachments: overview.attachments,
        outbox: overview.outbox,
        downloads,
        hold: overview.hold,
        next: agenda.next,
        is_stale,
        is_failing: !agenda.failing.is_empty(),
        backup: overview.backup,
        restored: overview.restored,
        asides: overview.asides,
        changes_epoch: overview.changes_epoch,
        size_bytes: overview.size_bytes,
        rooms: None,
    }
}
