//! `fitn sync`: reads DS now, then judges what changed.

use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::args::positive;
use super::evaluate::plural;
use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::served::{Service, Told, Wanted, unexpected};
use super::{Context, Exit, Failure, signals, workplace};
use crate::config::Config;
use crate::desk::{Access, AttachmentReport, Desk, Synced, UNDATED, UNDATED_HINT, trial_copy, warn_of_nothing_mapped};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::text::quoted;
use crate::domain::verdict::Status;
use crate::evaluation::Refreshed;
use crate::sync::{Engine, ProcedureSummary, Progress, Request, Scope};

/// The arguments of `fitn sync`.
#[derive(Debug, Args)]
pub struct SyncArgs {
    /// Numéro d’une démarche ; à répéter ; à défaut, toutes
    #[arg(long = "procedure", value_name = "N", value_parser = positive)]
    pub procedures: Vec<ProcedureNumber>,
    /// Relit tout et cherche les dossiers disparus
    #[arg(long)]
    pub full: bool,
    /// Dit ce qui changerait, sans rien enregistrer
    #[arg(long)]
    pub dry_run: bool,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a démarche that it does not have, what the API refuses, another sync that is running.
pub async fn run(args: SyncArgs, context: &Context) -> Result<Exit, Failure> {
    let (config, text) = context.config_with_text()?;
    let known: Vec<ProcedureNumber> = config.procedures.iter().map(|procedure| procedure.number).collect();
    if let Some(unknown) = args.procedures.iter().find(|number| !known.contains(number)) {
        let listed = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format_args!(
            "la démarche {unknown} n’est pas dans {}",
            context.config_file().display()
        ))
        .hint(format_args!("choisissez parmi {listed}, ou ajoutez-la dans une table [[procedures]]")));
    }
    let report = match Service::of(&config, &text).await.filter(|_| !args.dry_run) {
        Some(service) => by_service(service, &args, &config, context).await?,
        None => by_itself(&args, &config, context).await?,
    };
    if args.json {
        if let Some(failure) = report.failure {
            return Err(failure);
        }
        context.printer.json(&document(&report, args.dry_run))?;
    } else {
        context.printer.text(&text_of(&report, args.dry_run, context.printer.width()))?;
        if let Some(failure) = report.failure {
            return Err(failure);
        }
    }
    Ok(exit(report.in_quarantine))
}

async fn by_service(service: Service, args: &SyncArgs, config: &Config, context: &Context) -> Result<Report, Failure> {
    workplace::warn_of_unset_parameters(config, &workplace::rulebook(config)?);
    let asked = |number: &ProcedureNumber| args.procedures.is_empty() || args.procedures.contains(number);
    let mapped = config.procedures.iter().filter(|procedure| asked(&procedure.number));
    warn_of_nothing_mapped(mapped.map(|procedure| (procedure.number, procedure.fields.facts().count())));
    let wanted = Wanted::Sync { procedures: args.procedures.clone(), full: args.full };
    match service.ask(wanted, context).await? {
        Told::Synced(report) => Ok(*report),
        _ => Err(unexpected()),
    }
}

async fn by_itself(args: &SyncArgs, config: &Config, context: &Context) -> Result<Report, Failure> {
    let client = workplace::client(config, context)?;
    // A trial is a sync like any other, on a copy that is thrown away.
    let trial = if args.dry_run { Some(trial_copy(&config.database.path)?) } else { None };
    let database = trial.as_ref().map_or(config.database.path.as_path(), |copy| copy.path());
    let mut desk = workplace::desk_over(database, config, Access::Create, context)?;
    if args.dry_run {
        desk.attachments = desk.attachments.listed_only();
    }
    let engine = workplace::engine(config, client, &desk).stopped_by(signals::stop());
    let scope = if args.full { Scope::Everything } else { Scope::Changes };
    let request = Request { procedures: workplace::followed(config, &args.procedures), scope, trigger: "manual" };
    Ok(Report::from(&watched(&desk, engine, &request, context).await?))
}

/// What a sync did, as it is told: by the service that did it, too.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    run: i64,
    procedures: Vec<ProcedureReport>,
    undated: bool,
    pub(super) in_quarantine: u64,
    erased: u64,
    refreshed: Refreshed,
    /// None when they are not downloaded.
    attachments: Option<FilesReport>,
    /// The first thing that went wrong.
    pub(super) failure: Option<Failure>,
}

/// The same of one démarche.
#[derive(Debug, Serialize, Deserialize)]
struct ProcedureReport {
    number: ProcedureNumber,
    title: Option<String>,
    pages: u64,
    seen: u64,
    changed: u64,
    quarantined: u64,
    removed: u64,
    is_cut_short: bool,
}

/// The same of the attached files.
#[derive(Debug, Serialize, Deserialize)]
struct FilesReport {
    verified: u64,
    unverified: u64,
    failed: u64,
    left: u64,
    out_of_time: bool,
    /// What ended the downloads, and what to do.
    error: Option<(String, String)>,
}

impl From<&Synced> for Report {
    fn from(synced: &Synced) -> Self {
        let Synced { summary, refreshed, attachments, erased } = synced;
        Self {
            run: summary.run,
            procedures: summary.procedures.iter().map(ProcedureReport::from).collect(),
            undated: summary.is_undated(),
            in_quarantine: summary.in_quarantine,
            erased: *erased,
            refreshed: refreshed.clone(),
            attachments: attachments.as_ref().map(FilesReport::from),
            failure: summary.error().map(Failure::from),
        }
    }
}

impl From<&ProcedureSummary> for ProcedureReport {
    fn from(summary: &ProcedureSummary) -> Self {
        let ProcedureSummary { number, title, counters, removed, error, .. } = summary;
        Self {
            number: *number,
            title: title.clone(),
            pages: counters.pages,
            seen: counters.seen,
            changed: counters.changed,
            quarantined: counters.quarantined,
            removed: *removed,
            is_cut_short: error.is_some(),
        }
    }
}

impl From<&AttachmentReport> for FilesReport {
    fn from(report: &AttachmentReport) -> Self {
        let AttachmentReport { collected, counts } = report;
        Self {
            verified: collected.verified,
            unverified: collected.unverified,
            failed: collected.failed,
            left: counts.pending + counts.failed,
            out_of_time: collected.out_of_time,
            error: collected.error.as_ref().map(|error| (error.to_string(), error.hint().to_owned())),
        }
    }
}

/// What a sync without error gives.
#[must_use]
pub fn exit(in_quarantine: u64) -> Exit {
    if in_quarantine > 0 { Exit::LeftToSee } else { Exit::Done }
}

/// Syncs and evaluates with a bar that follows.
///
/// # Errors
/// The database, or another sync that is running; what goes wrong with a démarche is in the summary.
pub async fn watched(desk: &Desk, engine: Engine, request: &Request, context: &Context) -> Result<Synced, Failure> {
    let (sender, receiver) = unbounded_channel();
    let engine = engine.watched_by(move |progress| {
        // Nobody watches any more: the sync goes on.
        let _ = sender.send(progress);
    });
    let work = async {
        let outcome = desk.sync(&engine, request).await;
        drop(engine);
        outcome
    };
    let (outcome, ()) = tokio::join!(work, show(receiver, context));
    Ok(outcome?)
}

/// Shows how a sync goes, until nobody tells any more.
pub(super) async fn show(mut receiver: UnboundedReceiver<Progress>, context: &Context) {
    let mut bar = None;
    let mut shown = 0;
    while let Some(progress) = receiver.recv().await {
        match progress {
            Progress::Procedure { number, title, known } => {
                let label = format!("démarche {number} {}", quoted(&title));
                bar = Some(context.printer.progress(&label, (known > 0).then_some(known)));
                shown = 0;
            }
            Progress::Stored { seen } => {
                if let Some(bar) = &bar {
                    bar.advance(seen.saturating_sub(shown));
                    shown = seen;
                }
            }
            Progress::Downloads { dossiers } => {
                bar = Some(context.printer.progress("pièces jointes, par dossier", Some(dossiers)));
                shown = 0;
            }
            Progress::Downloaded { dossiers } => {
                if let Some(bar) = &bar {
                    bar.advance(dossiers.saturating_sub(shown));
                    shown = dossiers;
                }
            }
        }
    }
}

/// What happened, for people.
fn text_of(report: &Report, trial: bool, width: Width) -> String {
    let Report { procedures, undated, in_quarantine, erased, refreshed, attachments, .. } = report;
    let mut out = Paper::new(width);
    if trial {
        out.push_str("essai : rien n’a été enregistré\n");
    }
    for procedure in procedures {
        hang(&mut out, &format!("démarche {}  ", procedure.number), &procedure_line(procedure));
    }
    if *undated {
        hang(&mut out, "sans date       ", &format!("{UNDATED} ; {UNDATED_HINT}"));
    }
    evaluated(&mut out, refreshed);
    if let Some(files) = attachments {
        hang(&mut out, "pièces jointes  ", &attachments_line(files));
    }
    if *erased > 0 {
        let erased = count(*erased, "dossier supprimé de DS", "dossiers supprimés de DS");
        hang(&mut out, "effacés         ", &format!("{erased}, leur délai étant passé (voyez la section [purge])"));
    }
    if *in_quarantine > 0 {
        let quarantined = count(*in_quarantine, "dossier", "dossiers");
        hang(&mut out, "quarantaine     ", &format!("{quarantined} (voyez « fitn quarantine »)"));
    }
    out.into_text()
}

/// What the rules said of what was read.
pub(super) fn evaluated(out: &mut Paper, refreshed: &Refreshed) {
    if refreshed.judged == 0 {
        out.push_str("règles          rien n’a changé\n");
        return;
    }
    let judged = count(refreshed.judged, "dossier examiné", "dossiers examinés");
    let changed = count(refreshed.changed, "évaluation nouvelle ou modifiée", "évaluations nouvelles ou modifiées");
    hang(out, "règles          ", &format!("{judged}, {changed} : {}", statuses(refreshed)));
}

fn statuses(refreshed: &Refreshed) -> String {
    let said = Status::ALL.map(|status| {
        let (one, several) = plural(status);
        count(refreshed.tally.statuses.get(&status).copied().unwrap_or_default(), one, several)
    });
    said.join(", ")
}

fn attachments_line(files: &FilesReport) -> String {
    let FilesReport { verified, unverified, failed, left, out_of_time, error } = files;
    let mut parts = vec![count(*verified, "téléchargée et vérifiée", "téléchargées et vérifiées")];
    if *unverified > 0 {
        parts.push(count(*unverified, "téléchargée mais non vérifiée", "téléchargées mais non vérifiées"));
    }
    if *failed > 0 {
        parts.push(count(*failed, "en échec", "en échec"));
    }
    if *left > 0 {
        parts.push(count(*left, "reste à télécharger", "restent à télécharger"));
    }
    let ended = match error {
        Some((message, hint)) => format!(" ; arrêt : {message} → {hint}"),
        None if *out_of_time => " ; durée maximale atteinte, la prochaine fois continuera".to_owned(),
        None => String::new(),
    };
    format!("{}{ended}", parts.join(", "))
}

fn procedure_line(procedure: &ProcedureReport) -> String {
    let title = procedure.title.as_ref().map(|title| format!("{title} : ")).unwrap_or_default();
    let mut parts = vec![
        count(procedure.seen, "dossier lu", "dossiers lus"),
        count(procedure.changed, "nouveau ou modifié", "nouveaux ou modifiés"),
    ];
    if procedure.removed > 0 {
        parts.push(count(procedure.removed, "retiré de DS", "retirés de DS"));
    }
    if procedure.is_cut_short {
        parts.push("lecture interrompue".to_owned());
    }
    format!("{title}{}", parts.join(", "))
}

fn document(report: &Report, trial: bool) -> Value {
    let procedures: Vec<Value> = report
        .procedures
        .iter()
        .map(|procedure| {
            json!({
                "number": procedure.number,
                "title": procedure.title,
                "pages": procedure.pages,
                "dossiers_seen": procedure.seen,
                "dossiers_changed": procedure.changed,
                "removed": procedure.removed,
                "quarantined": procedure.quarantined,
            })
        })
        .collect();
    json!({
        "run": report.run,
        "dry_run": trial,
        "procedures": procedures,
        "in_quarantine": report.in_quarantine,
        "undated": report.undated,
        "erased": report.erased,
        "evaluation": evaluation_document(&report.refreshed),
        "attachments": report.attachments.as_ref().map(attachments_document),
    })
}

fn attachments_document(files: &FilesReport) -> Value {
    json!({
        "verified": files.verified,
        "unverified": files.unverified,
        "failed": files.failed,
        "left": files.left,
        "out_of_time": files.out_of_time,
        "error": files.error.as_ref().map(|(message, _)| message),
    })
}

/// What an evaluation did, as JSON; null when there was nothing to do.
#[must_use]
pub fn evaluation_document(refreshed: &Refreshed) -> Value {
    if refreshed.judged == 0 {
        // Nothing had changed, so nothing was counted.
        return Value::Null;
    }
    let statuses: serde_json::Map<String, Value> = Status::ALL
        .iter()
        .map(|status| (status.code().to_owned(), json!(refreshed.tally.statuses.get(status).unwrap_or(&0))))
        .collect();
    json!({
        "judged": refreshed.judged,
        "read_again": refreshed.read_again,
        "changed": refreshed.changed,
        "verdicts_changed": refreshed.verdicts_changed,
        "excluded": refreshed.tally.excluded,
        "unreadable": refreshed.tally.unreadable,
        "statuses": statuses,
    })
}
