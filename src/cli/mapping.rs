//! `fitn mapping init` and `fitn mapping check`: where the facts are on a live form.

use clap::{Args, Subcommand};

use super::args::positive;
use super::{Context, Exit, Failure};
use crate::domain::dossier::ProcedureNumber;

/// The arguments of `fitn mapping`.
#[derive(Debug, Args)]
pub struct MappingArgs {
    /// Ce qu’il faut faire
    #[command(subcommand)]
    pub action: MappingAction,
}

/// What to do with a mapping.
#[derive(Debug, Subcommand)]
pub enum MappingAction {
    /// Propose une correspondance d’après le formulaire réel
    Init(MappingInitArgs),
    /// Dit ce qui, dans la configuration, ne correspond plus au formulaire
    Check,
}

/// The arguments of `fitn mapping init`.
#[derive(Debug, Args)]
pub struct MappingInitArgs {
    /// Numéro de la démarche
    #[arg(long, value_name = "N", value_parser = positive)]
    pub procedure: ProcedureNumber,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a form that the API refuses, a mapping that names what the form does not have.
pub async fn run(_args: MappingArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let _token = context.token(&config)?;
    // body follows with the api and the mapping
    Err(Failure::pending())
}
