//! `fitn dossiers`: the list.

use clap::Args;

use super::args::one_of;
use super::dossiers_view::{DossierRow, text};
use super::{Context, Exit, Failure, workplace};
use crate::domain::programme::Programme;
use crate::domain::verdict::Status;
use crate::store::StoreError;

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
pub async fn run(args: DossiersArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let desk = workplace::shown(&config, context)?;
    let mut rows = Vec::new();
    desk.store.read::<_, StoreError>(|reader| {
        reader.dossier_lines(None, |line| {
            let wanted = args.programme.is_none_or(|programme| line.programme == programme)
                && args.status.is_none_or(|status| line.status == Some(status));
            if wanted {
                rows.push(DossierRow::of(line));
            }
            Ok(())
        })
    })?;
    if args.json {
        context.printer.json(&rows)?;
    } else {
        context.printer.text(&text(&rows))?;
    }
    Ok(Exit::Done)
}
