//! `fitn quarantine`: dossiers set aside, and why.

use clap::{Args, Subcommand};

use super::{Context, Exit, Failure};

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
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(_args: QuarantineArgs, context: &Context) -> Result<Exit, Failure> {
    let _config = context.config()?;
    // body follows with the store
    Err(Failure::pending())
}
