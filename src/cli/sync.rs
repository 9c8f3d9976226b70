//! `fitn sync`: reads DS now, then judges what changed.

use clap::Args;
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::args::positive;
use super::evaluate::plural;
use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, signals, workplace};
use crate::desk::{Access, AttachmentReport, Desk, Synced, UNDATED, UNDATED_HINT, trial_copy};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::text::quoted;
use crate::domain::verdict::Status;
use crate::evaluation::Refreshed;
use crate::sync::{Engine, ProcedureSummary, Progress, Request, Scope, Summary};

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
    let config = context.config()?;
    let known: Vec<ProcedureNumber> = config.procedures.iter().map(|procedure| procedure.number).collect();
    if let Some(unknown) = args.procedures.iter().find(|number| !known.contains(number)) {
        let listed = known.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        return Err(Failure::usage(format_args!(
            "la démarche {unknown} n’est pas dans {}",
            context.config_file().display()
        ))
        .hint(format_args!("choisissez parmi {listed}, ou ajoutez-la dans une table [[procedures]]")));
    }
    let client = workplace::client(&config, context)?;
    // A trial is a sync like any other, on a copy that is thrown away.
    let trial = if args.dry_run { Some(trial_copy(&config.database.path)?) } else { None };
    let database = trial.as_ref().map_or(config.database.path.as_path(), |copy| copy.path());
    let mut desk = workplace::desk_over(database, &config, Access::Create, context)?;
    if args.dry_run {
        desk.attachments = desk.attachments.listed_only();
    }
    let engine = workplace::engine(&config, client, &desk).stopped_by(signals::stop());
    let scope = if args.full { Scope::Everything } else { Scope::Changes };
    let request = Request { procedures: workplace::followed(&config, &args.procedures), scope, trigger: "manual" };
    let synced = watched(&desk, engine, &request, context).await?;
    if args.json {
        if let Some(error) = synced.summary.error() {
            return Err(Failure::from(error));
        }
        context.printer.json(&document(&synced, args.dry_run))?;
    } else {
        context.printer.text(&text(&synced, args.dry_run, context.printer.width()))?;
        if let Some(error) = synced.summary.error() {
            return Err(Failure::from(error));
        }
    }
    Ok(exit(&synced.summary))
}

/// What a sync without error gives.
#[must_use]
pub fn exit(summary: &Summary) -> Exit {
    if summary.in_quarantine > 0 { Exit::InQuarantine } else { Exit::Done }
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

async fn show(mut receiver: UnboundedReceiver<Progress>, context: &Context) {
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
#[must_use]
pub fn text(synced: &Synced, trial: bool, width: Width) -> String {
    let Synced { summary, refreshed, attachments, erased } = synced;
    let mut out = Paper::new(width);
    if trial {
        out.push_str("essai : rien n’a été enregistré\n");
    }
    for procedure in &summary.procedures {
        hang(&mut out, &format!("démarche {}  ", procedure.number), &procedure_line(procedure));
    }
    if summary.is_undated() {
        hang(&mut out, "sans date       ", &format!("{UNDATED} ; {UNDATED_HINT}"));
    }
    evaluated(&mut out, refreshed);
    if let Some(report) = attachments {
        hang(&mut out, "pièces jointes  ", &attachments_line(report));
    }
    if *erased > 0 {
        let erased = count(*erased, "dossier supprimé de DS", "dossiers supprimés de DS");
        hang(&mut out, "effacés         ", &format!("{erased}, leur délai étant passé (voyez la section [purge])"));
    }
    if summary.in_quarantine > 0 {
        let quarantined = count(summary.in_quarantine, "dossier", "dossiers");
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

fn attachments_line(report: &AttachmentReport) -> String {
    let AttachmentReport { collected, counts } = report;
    let mut parts = vec![count(collected.verified, "téléchargée et vérifiée", "téléchargées et vérifiées")];
    if collected.unverified > 0 {
        parts.push(count(collected.unverified, "téléchargée mais non vérifiée", "téléchargées mais non vérifiées"));
    }
    if collected.failed > 0 {
        parts.push(count(collected.failed, "en échec", "en échec"));
    }
    let waiting = counts.pending + counts.failed;
    if waiting > 0 {
        parts.push(count(waiting, "reste à télécharger", "restent à télécharger"));
    }
    let ended = match &collected.error {
        Some(error) => format!(" ; arrêt : {error} → {}", error.hint()),
        None if collected.out_of_time => " ; durée maximale atteinte, la prochaine fois continuera".to_owned(),
        None => String::new(),
    };
    format!("{}{ended}", parts.join(", "))
}

fn procedure_line(procedure: &ProcedureSummary) -> String {
    let title = procedure.title.as_ref().map(|title| format!("{title} : ")).unwrap_or_default();
    let counters = procedure.counters;
    let mut parts = vec![
        count(counters.seen, "dossier lu", "dossiers lus"),
        count(counters.changed, "nouveau ou modifié", "nouveaux ou modifiés"),
    ];
    if procedure.removed > 0 {
        parts.push(count(procedure.removed, "retiré de DS", "retirés de DS"));
    }
    if procedure.error.is_some() {
        parts.push("lecture interrompue".to_owned());
    }
    format!("{title}{}", parts.join(", "))
}

fn document(synced: &Synced, trial: bool) -> Value {
    let Synced { summary, refreshed, attachments, erased } = synced;
    let procedures: Vec<Value> = summary
        .procedures
        .iter()
        .map(|procedure| {
            json!({
                "number": procedure.number,
                "title": procedure.title,
                "pages": procedure.counters.pages,
                "dossiers_seen": procedure.counters.seen,
                "dossiers_changed": procedure.counters.changed,
                "removed": procedure.removed,
                "quarantined": procedure.counters.quarantined,
            })
        })
        .collect();
    json!({
        "run": summary.run,
        "dry_run": trial,
        "procedures": procedures,
        "in_quarantine": summary.in_quarantine,
        "undated": summary.is_undated(),
        "erased": erased,
        "evaluation": evaluation_document(refreshed),
        "attachments": attachments.as_ref().map(attachments_document),
    })
}

fn attachments_document(report: &AttachmentReport) -> Value {
    let AttachmentReport { collected, counts } = report;
    json!({
        "verified": collected.verified,
        "unverified": collected.unverified,
        "failed": collected.failed,
        "left": counts.pending + counts.failed,
        "out_of_time": collected.out_of_time,
        "error": collected.error.as_ref().map(ToString::to_string),
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
