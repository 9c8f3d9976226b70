//! `fitn dossier N`: one dossier with every verdict explained.

use clap::Args;

use super::args::positive;
use super::{Context, Exit, Failure};
use crate::domain::dossier::DossierNumber;

/// The arguments of `fitn dossier`.
#[derive(Debug, Args)]
pub struct DossierArgs {
    /// Numéro du dossier
    #[arg(value_name = "N", value_parser = positive)]
    pub number: DossierNumber,
    /// Donne le dossier en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a dossier that is not known.
pub async fn run(_args: DossierArgs, context: &Context) -> Result<Exit, Failure> {
    let _config = context.config()?;
    // body follows with the store: `dossier_view::text` or `dossier_view::json`
    Err(Failure::pending())
}
