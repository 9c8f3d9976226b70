//! `fitn dossiers`: the list.

use clap::Args;

use super::args::one_of;
use super::{Context, Exit, Failure};
use crate::domain::programme::Programme;
use crate::domain::verdict::Status;

/// The arguments of `fitn dossiers`.
#[derive(Debug, Args)]
pub struct DossiersArgs {
    /// Seulement ceux d’un programme
    #[arg(long, value_name = "PROGRAMME", value_parser = one_of::<Programme, _>(Programme::ALL.map(Programme::code)))]
    pub programme: Option<Programme>,
    /// Seulement ceux de ce statut
    #[arg(long, value_name = "STATUT", value_parser = one_of::<Status, _>(Status::ALL.map(Status::code)))]
    pub status: Option<Status>,
    /// Donne la liste en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(_args: DossiersArgs, context: &Context) -> Result<Exit, Failure> {
    let _config = context.config()?;
    // body follows with the store: `dossiers_view::text`, or the rows as JSON
    Err(Failure::pending())
}
