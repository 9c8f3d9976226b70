//! `fitn demo`: the whole program at work on invented dossiers, with nothing to set up.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit, Failure};

/// The arguments of `fitn demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Répertoire où écrire la base, la liste et le rapport
    #[arg(long, value_name = "RÉPERTOIRE", default_value = "fitn-demo")]
    pub dir: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// What the sandbox, the sync or the file system refuses.
pub async fn run(_args: DemoArgs, _context: &Context) -> Result<Exit, Failure> {
    // body follows with the sandbox and the store
    Err(Failure::pending())
}
