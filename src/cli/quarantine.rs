//! `fitn quarantine`: dossiers set aside, and why.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::layout::{Column, table};
use super::paper::{Paper, Width, hang};
use super::served::{Service, Told, Wanted, unexpected};
use super::{Context, Exit, Failure, signals, sync, workplace};
use crate::config::Config;
use crate::desk::{Desk, QuarantineEntry};
use crate::domain::instant::{french_instant, to_rfc3339};
use crate::sync::{Request, Scope};

/// The arguments of `fitn quarantine`.
#[derive(Debug, Args)]
pub struct QuarantineArgs {
    /// Ce qu’il faut faire ; à défaut, la liste
    #[command(subcommand)]
    pub action: Option<QuarantineAction>,
    /// Donne la liste en JSON
    #[arg(long, global = true)]
    pub json: bool,
}

/// What to do with the quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Subcommand)]
pub enum QuarantineAction {
    /// Liste les dossiers mis à l’écart
    List,
    /// Les redemande à DS maintenant
    Retry,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: QuarantineArgs, context: &Context) -> Result<Exit, Failure> {
    let (config, configured) = context.config_with_text()?;
    let mut exit = Exit::Done;
    let desk = if args.action == Some(QuarantineAction::Retry) {
        let (report, desk) = match Service::of(&config, &configured).await {
            Some(service) => match service.ask(Wanted::Quarantine, context).await? {
                Told::Synced(report) => (*report, workplace::shown(&config, context)?),
                _ => return Err(unexpected()),
            },
            None => by_itself(&config, context).await?,
        };
        if let Some(failure) = report.failure {
            return Err(failure);
        }
        exit = sync::exit(report.in_quarantine);
        desk
    } else {
        workplace::shown(&config, context)?
    };
    let entries = desk.quarantine()?;
    if args.json {
        context.printer.json(&document(&entries))?;
    } else {
        context.printer.text(&text(&entries, context.printer.width()))?;
    }
    Ok(exit)
}

async fn by_itself(config: &Config, context: &Context) -> Result<(sync::Report, Desk), Failure> {
    let desk = workplace::stored(config, context)?;
    let engine = workplace::engine(config, workplace::client(config, context)?, &desk);
    let engine = engine.stopped_by(signals::stop());
    let procedures = workplace::followed(config, &[]);
    let request = Request { procedures, scope: Scope::Quarantine, trigger: "quarantine" };
    let synced = sync::watched(&desk, engine, &request, context).await?;
    Ok((sync::Report::from(&synced), desk))
}

fn document(entries: &[QuarantineEntry]) -> Value {
    let rows = entries.iter().map(|entry| {
        json!({
            "dossier": entry.dossier,
            "procedure": entry.procedure,
            "since": to_rfc3339(entry.since),
            "reason": entry.reason,
        })
    });
    Value::Array(rows.collect())
}

fn text(entries: &[QuarantineEntry], width: Width) -> String {
    if entries.is_empty() {
        return "Aucun dossier en quarantaine.\n".to_owned();
    }
    let rows: Vec<[String; 3]> = entries
        .iter()
        .map(|entry| [entry.dossier.to_string(), entry.procedure.to_string(), french_instant(entry.since)])
        .collect();
    let columns = [("dossier", Column::Right), ("démarche", Column::Right), ("depuis", Column::Left)];
    let mut out = Paper::new(width);
    out.push_str(&table(columns, &rows, width));
    out.push('\n');
    for entry in entries {
        hang(&mut out, &format!("{} : ", entry.dossier), &entry.reason);
    }
    out.into_text()
}
