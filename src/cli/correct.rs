//! `fitn correct`: a person's correction of one fact.

use clap::Args;

use super::args::positive;
use super::recorded_view::{self, SignatureArgs};
use super::{Context, Exit, Failure, workplace};
use crate::desk::FactPath;
use crate::domain::dossier::DossierNumber;

/// The arguments of `fitn correct`.
#[derive(Debug, Args)]
#[command(override_usage = "fitn correct N --fact FAIT --value VALEUR --reason MOTIF --by NOM")]
pub struct CorrectArgs {
    /// Numéro du dossier
    #[arg(value_name = "N", value_parser = positive)]
    pub number: DossierNumber,
    /// What is corrected
    #[arg(
        help = "Le fait, comme granted_amount, ou la colonne d’une dépense, comme expenses.origin",
        long,
        value_name = "FAIT",
        value_parser = str::parse::<FactPath>
    )]
    pub fact: FactPath,
    /// La ligne de dépense ou de communes ; « fitn dossier N --full » donne les identifiants
    #[arg(long, value_name = "LIGNE")]
    pub row: Option<String>,
    /// La valeur qui compte, écrite comme sur le formulaire ; pour ôter une ligne de communes : aucune
    #[arg(
        long,
        value_name = "VALEUR",
        allow_hyphen_values = true,
        required_unless_present = "withdraw",
        conflicts_with = "withdraw"
    )]
    pub value: Option<String>,
    /// Retire la correction : ce que dit le formulaire compte de nouveau
    #[arg(long)]
    pub withdraw: bool,
    /// Who and why
    #[command(flatten)]
    pub signature: SignatureArgs,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a dossier, fact or row that is not known, a value that does not suit.
pub async fn run(args: CorrectArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::stored(&context.config()?, context)?;
    let (row, value) = (args.row.as_deref().map(str::trim), args.value.as_deref());
    let recorded = desk.correct(args.number, &args.fact, row, value, args.signature.signed())?;
    recorded_view::show(&recorded, args.signature.json, context)
}
