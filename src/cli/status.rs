//! `fitn status`: how fresh the data are.

use clap::Args;

use super::{Context, Exit, Failure};

/// The arguments of `fitn status`.
#[derive(Debug, Args)]
pub struct StatusArgs {
    /// Donne l’état en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(_args: StatusArgs, context: &Context) -> Result<Exit, Failure> {
    let _config = context.config()?;
    // body follows with the store and the schedule
    Err(Failure::pending())
}
