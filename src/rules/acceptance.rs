//! Acceptance against a blocking rule: ADS-14, A3V1-19, A3V2-16, A2-05, A2V4-08. Judged last, on what the blocking rules say once people's
//! decisions are laid over them.

use super::inquiry::Inquiry;
use super::rule::{Finding, Outcome, Passage, Rule};
use super::rulebook::title_of;
use super::wording::listed;
use crate::domain::dossier::DossierState;
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind;
use crate::domain::verdict::VerdictValue::{Met, NotApplicable, NotMet, ToReview};

/// The rule in the table of some programmes: it rests on other words of the guide in each.
pub(super) const fn rule(
    id: &'static str,
    version: u32,
    programmes: &'static [Programme],
    passages: &'static [Passage],
) -> Rule {
    Rule {
        id,
        version,
        kind: RuleKind::Control,
        programmes,
        title: "Accepté sans enfreindre de condition bloquante",
        statement: "Un dossier accepté n’enfreint aucune condition bloquante, une fois prises en compte les décisions des agents sur elles.",
        interpretation: Some(
            "Le guide veut que les demandes soient instruites selon les conditions d’éligibilité : une acceptation contre une condition bloquante est signalée. La règle est appliquée la dernière, après les décisions des agents sur les autres ; une décision sur elle vaut tant que les conditions nommées sont les mêmes.",
        ),
        passages,
        verdicts: &[
            (
                Met,
                "le dossier est accepté, et aucune condition bloquante n’est non respectée (celles qui restent à vérifier sont nommées)",
            ),
            (NotMet, "le dossier est accepté, et une condition bloquante au moins, nommée, n’est pas respectée"),
            (NotApplicable, "le dossier n’est pas accepté"),
        ],
        needs: &[],
        considers: &[],
        parameters: &[],
        check: against_no_blocking_rule,
    }
}

/// An accepted dossier breaks no blocking rule.
fn against_no_blocking_rule(inquiry: &mut Inquiry<'_>) -> Outcome {
    if *inquiry.state() != DossierState::Accepte {
        return Ok(Finding::not_applicable("Le dossier n’est pas accepté."));
    }
    let interpretation =
        "Interprétation du guide : un dossier accepté a été instruit conformément aux conditions d’éligibilité.";
    let broken = inquiry.blocking(NotMet);
    if !broken.is_empty() {
        inquiry.note_blocking(&broken.join(", "));
        return Ok(Finding::not_met(format!(
            "Le dossier est accepté alors qu’il ne respecte pas {} : {}. {interpretation}",
            if broken.len() == 1 { "une condition bloquante" } else { "des conditions bloquantes" },
            named(&broken)
        )));
    }
    let doubtful = inquiry.blocking(ToReview);
    inquiry.note_blocking(&doubtful.join(", "));
    let reserve =
        if doubtful.is_empty() { String::new() } else { format!(" Restent à vérifier : {}.", named(&doubtful)) };
    Ok(Finding::met(format!(
        "Le dossier est accepté, et aucune condition bloquante n’est connue comme non respectée.{reserve} {interpretation}"
    )))
}

/// `ADS-02 (Dépôt avant la date limite) et ADS-03 (Factures jointes)`.
fn named(rules: &[&str]) -> String {
    let name = |id: &&str| title_of(id).map_or_else(|| (*id).to_owned(), |title| format!("{id} ({title})"));
    listed(&rules.iter().map(name).collect::<Vec<_>>())
}
