//! `fitn serve`: the daemon.

use clap::Args;

use super::{Context, Exit, Failure};

/// The arguments of `fitn serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {}

/// Runs the command until it is told to stop.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, an address that is taken.
pub async fn run(_args: ServeArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let _token = context.token(&config)?;
    // body follows with the store and the schedule
    Err(Failure::pending())
}
