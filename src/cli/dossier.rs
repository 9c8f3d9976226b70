//! `fitn dossier N`: one dossier with every verdict explained.

use clap::Args;
use jiff::civil::Date;

use super::args::{day, positive};
use super::dossier_view::Detail;
use super::{Context, Exit, Failure, dossier_view, workplace};
use crate::desk::Known;
use crate::domain::dossier::DossierNumber;

/// The arguments of `fitn dossier`.
#[derive(Debug, Args)]
pub struct DossierArgs {
    /// Numéro du dossier
    #[arg(value_name = "N", value_parser = positive)]
    pub number: DossierNumber,
    /// Tout : faits lus, paramètres, passages du guide, lignes du formulaire, pièces jointes
    #[arg(long, conflicts_with = "json")]
    pub full: bool,
    /// Tel qu’il était connu à la fin de ce jour, à Paris, avec ce que les agents avaient fait jusque-là : 2021-09-30
    #[arg(long, value_name = "JOUR", value_parser = day)]
    pub at: Option<Date>,
    /// Donne le dossier en JSON, en entier
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a dossier that is not known.
pub async fn run(args: DossierArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::shown(&context.config()?, context)?;
    let known = match args.at {
        None => desk.dossier(args.number)?,
        Some(day) => Known::Page(Box::new(desk.dossier_at(args.number, day)?)),
    };
    let detail = if args.full { Detail::Full } else { Detail::Short };
    match (known, args.json) {
        (Known::Page(page), true) => context.printer.json(&dossier_view::json(&page))?,
        (Known::Page(page), false) => {
            context.printer.text(&dossier_view::text(&page, detail, context.printer.width()))?;
        }
        (Known::Bare(bare), true) => context.printer.json(&dossier_view::bare_json(&bare))?,
        (Known::Bare(bare), false) => context.printer.text(&dossier_view::bare(&bare, context.printer.width()))?,
    }
    Ok(Exit::Done)
}
