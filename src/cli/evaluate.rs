//! `fitn evaluate`: runs the rules again over what is stored.

use clap::Args;

use super::layout::count;
use super::sync::evaluation_document;
use super::{Context, Exit, Failure, workplace};
use crate::domain::verdict::Status;

/// The arguments of `fitn evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: EvaluateArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let refreshed = workplace::stored(&config, context)?.evaluate(true)?;
    if args.json {
        context.printer.json(&evaluation_document(&refreshed))?;
    } else {
        let mut lines = vec![format!(
            "{}, {}",
            count(refreshed.judged, "dossier examiné", "dossiers examinés"),
            count(refreshed.changed, "avis modifié", "avis modifiés")
        )];
        lines.extend(
            Status::ALL
                .iter()
                .map(|status| format!("  {:>6} {}", refreshed.statuses.get(status).unwrap_or(&0), status.label())),
        );
        context.printer.text(&lines.join("\n"))?;
    }
    Ok(Exit::Done)
}
