//! `fitn evaluate`: runs the rules again over what is stored.

use clap::Args;

use super::{Context, Exit, Failure};

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
pub async fn run(_args: EvaluateArgs, context: &Context) -> Result<Exit, Failure> {
    let _config = context.config()?;
    // body follows with the store
    Err(Failure::pending())
}
