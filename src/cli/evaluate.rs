//! `fitn evaluate`: runs the rules again over what is stored, or says what that would change.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::layout::count;
use super::sync::evaluation_document;
use super::{Context, Exit, Failure, difference_view, workplace};
use crate::config::Config;
use crate::domain::verdict::Status;

/// The arguments of `fitn evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Dit quels dossiers changeraient d’avis ou de montant, sans rien enregistrer
    #[arg(long)]
    pub diff: bool,
    /// Avec --diff : paramètres à essayer à la place de ceux de la configuration ; à répéter
    #[arg(long, value_name = "FICHIER", requires = "diff")]
    pub parameters: Vec<PathBuf>,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or parameter file, or a database that cannot be used.
pub async fn run(args: EvaluateArgs, context: &Context) -> Result<Exit, Failure> {
    let mut config = context.config()?;
    if args.diff {
        if !args.parameters.is_empty() {
            config.rules.parameters = args.parameters;
        }
        return compare(&config, args.json, context);
    }
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

fn compare(config: &Config, json: bool, context: &Context) -> Result<Exit, Failure> {
    let operations = workplace::shown(config, context)?;
    workplace::warn_of_unset_parameters(config, operations.evaluator.rulebook());
    let (differences, compared) = operations.evaluator.differences()?;
    if json {
        let document = json!({ "compared": compared, "changed": differences.len(), "dossiers": differences });
        context.printer.json(&document)?;
    } else {
        let would = count(differences.len() as u64, "dossier changerait", "dossiers changeraient");
        let compared = count(compared as u64, "dossier comparé", "dossiers comparés");
        let head = format!("{would} sur {compared} ; rien n’a été enregistré.\n");
        context.printer.text(&(head + &difference_view::text(&differences)))?;
    }
    Ok(Exit::Done)
}
