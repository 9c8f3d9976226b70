//! `fitn decide`: a person's decision on one rule.

use clap::Args;

use super::args::positive;
use super::recorded_view::{self, SignatureArgs};
use super::{Context, Exit, Failure, workplace};
use crate::domain::dossier::DossierNumber;
use crate::domain::text::fold;
use crate::domain::verdict::VerdictValue;

/// The arguments of `fitn decide`.
#[derive(Debug, Args)]
#[command(override_usage = "fitn decide N --rule RÈGLE --verdict AVIS --reason MOTIF --by NOM")]
pub struct DecideArgs {
    /// Numéro du dossier
    #[arg(value_name = "N", value_parser = positive)]
    pub number: DossierNumber,
    /// La règle, comme ADS-08
    #[arg(long, value_name = "RÈGLE")]
    pub rule: String,
    /// What it is to say
    #[arg(
        help = "L’avis décidé : met (respectée), not_met (non respectée), to_review (à vérifier) ou not_applicable (sans objet)",
        long,
        value_name = "AVIS",
        value_parser = verdict,
        required_unless_present = "withdraw",
        conflicts_with = "withdraw"
    )]
    pub verdict: Option<VerdictValue>,
    /// Retire la décision : la règle dit de nouveau ce qu’elle calcule
    #[arg(long)]
    pub withdraw: bool,
    /// Who and why
    #[command(flatten)]
    pub signature: SignatureArgs,
}

/// The code, or what people read.
fn verdict(text: &str) -> Result<VerdictValue, String> {
    let wanted = fold(text);
    let found = VerdictValue::ALL.into_iter().find(|value| [value.code(), value.label()].map(fold).contains(&wanted));
    found.ok_or_else(|| {
        let choices = VerdictValue::ALL.map(|value| format!("{} ({})", value.code(), value.label()));
        format!("choisissez parmi {}", choices.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a dossier or a rule that is not known.
pub async fn run(args: DecideArgs, context: &Context) -> Result<Exit, Failure> {
    let operations = workplace::stored(&context.config()?, context)?;
    let rule = args.rule.trim().to_uppercase();
    let recorded = operations.decide(args.number, &rule, args.verdict, args.signature.signed())?;
    recorded_view::show(&recorded, args.signature.json, context)
}
