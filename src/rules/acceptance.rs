//! Acceptance against a blocking rule: ADS-14, A3V1-19, A3V2-16, A2-05, A2V4-08. Judged last, on what the blocking rules say once people's
//! decisions are laid over them.

use super::inquiry::Inquiry;
use super::rule::{Finding, Outcome};
use super::rulebook::title_of;
use super::wording::listed;
use crate::domain::dossier::DossierState;
use crate::domain::verdict::VerdictValue::{NotMet, ToReview};

/// An accepted dossier breaks no blocking rule.
pub(super) fn against_no_blocking_rule(inquiry: &mut Inquiry<'_>) -> Outcome {
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
