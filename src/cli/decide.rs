//! `fitn decide`: a person's decision on one rule.

use clap::Args;

use super::args::positive;
use super::recorded_view::{self, SignatureArgs};
use super::{Context, Exit, Failure, workplace};
use crate::domain::dossier::DossierNumber;
use crate::domain::text::fold;
use crate::domain::verdict::{RuleKind, VerdictValue};

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
        help = "L’avis décidé : met (respectée, prioritaire), not_met (non respectée, non prioritaire), to_review (à vérifier) ou not_applicable (sans objet)",
        long,
        value_name = "AVIS",
        value_parser = verdict,
        required_unless_present = "withdraw",
        conflicts_with = "withdraw"
    )]
    pub verdict: Option<Said>,
    /// Retire la décision : la règle dit de nouveau ce qu’elle calcule
    #[arg(long)]
    pub withdraw: bool,
    /// Who and why
    #[command(flatten)]
    pub signature: SignatureArgs,
}

/// A verdict as a person wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    value: VerdictValue,
    /// Said in words that only a priority has.
    priority: bool,
}

/// The code, or what people read; a priority has its own words.
fn verdict(text: &str) -> Result<Said, String> {
    let wanted = fold(text);
    let own = |value: VerdictValue| value.label_of(RuleKind::Priority);
    let usual = |value: VerdictValue| [value.code(), value.label()].map(fold).contains(&wanted);
    let said = |value: VerdictValue| {
        let priority = !usual(value);
        (!priority || fold(own(value)) == wanted).then_some(Said { value, priority })
    };
    VerdictValue::ALL.into_iter().find_map(said).ok_or_else(|| {
        let choices = VerdictValue::ALL.map(|value| match (value.label(), own(value)) {
            (label, priority) if priority == label => format!("{} ({label})", value.code()),
            (label, priority) => format!("{} ({label}, {priority})", value.code()),
        });
        format!("choisissez parmi {}", choices.join(", "))
    })
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a dossier or a rule that is not known, words of another kind of rule.
pub async fn run(args: DecideArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::stored(&context.config()?, context)?;
    let rule = args.rule.trim().to_uppercase();
    let kind = desk.evaluator.rulebook().rules().find(|known| known.id == rule).map(|known| known.kind);
    if let (Some(Said { value, priority: true }), Some(kind)) = (args.verdict, kind)
        && kind != RuleKind::Priority
    {
        let message = format!("« {} » ne se dit que d’une priorité", value.label_of(RuleKind::Priority));
        return Err(Failure::usage(format_args!("{message} ; {rule} : {}", kind.label()))
            .hint(format_args!("dites « {} », si c’est ce que vous décidez", value.label())));
    }
    let verdict = args.verdict.map(|said| said.value);
    let recorded = desk.decide(args.number, &rule, verdict, args.signature.signed())?;
    recorded_view::show(&recorded, args.signature.json, context)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verdict_is_named_by_its_code_or_as_it_is_shown() {
        for (text, value, priority) in [
            ("met", VerdictValue::Met, false),
            ("Respectee", VerdictValue::Met, false),
            ("prioritaire", VerdictValue::Met, true),
            ("non prioritaire", VerdictValue::NotMet, true),
            ("à vérifier", VerdictValue::ToReview, false),
        ] {
            assert_eq!(verdict(text), Ok(Said { value, priority }), "{text}");
        }
        assert!(verdict("oui").unwrap_err().contains("not_met (non respectée, non prioritaire)"));
    }
}
