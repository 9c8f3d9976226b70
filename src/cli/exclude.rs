//! `fitn exclude` and `fitn include`: a test or misfiled dossier is set aside, or taken back.

use clap::Args;

use super::args::positive;
use super::recorded_view::{self, SignatureArgs};
use super::{Context, Exit, Failure, workplace};
use crate::domain::dossier::DossierNumber;

/// The arguments of `fitn exclude` and `fitn include`.
#[derive(Debug, Args)]
pub struct ExcludeArgs {
    /// Numéro du dossier
    #[arg(value_name = "N", value_parser = positive)]
    pub number: DossierNumber,
    /// Who and why
    #[command(flatten)]
    pub signature: SignatureArgs,
}

/// Runs `fitn exclude`, or `fitn include` when not `excluded`.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a dossier that is not known or already is as asked.
pub async fn run(args: ExcludeArgs, excluded: bool, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::stored(&context.config()?, context)?;
    let recorded = desk.exclude(args.number, excluded, args.signature.signed())?;
    recorded_view::show(&recorded, args.signature.json, context)
}
