//! `fitn sync`: reads DS now, then judges what changed.

use clap::Args;

use super::args::positive;
use super::{Context, Exit, Failure};
use crate::domain::dossier::ProcedureNumber;

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
    let _token = context.token(&config)?;
    // body follows with the store
    Err(Failure::pending())
}
