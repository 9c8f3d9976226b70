//! What was granted to one dossier, against the most that it may get.

use super::inquiry::{Inquiry, lacking};
use super::rule::{Finding, Outcome};
use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::verdict::Who;

/// The most that a dossier may get.
#[derive(Debug, Clone)]
pub(super) struct Ceiling {
    /// As computed, what is doubtful left out; none when it cannot be.
    pub amount: Option<Cents>,
    /// The least that it can be, whatever a person decides of what is doubtful.
    pub low: Cents,
    /// The most that it can be.
    pub high: Cents,
    /// What the rule that computes it says.
    pub finding: Finding,
}

impl Ceiling {
    /// One about which nothing is doubtful.
    pub fn exactly(amount: Cents, explanation: impl Into<String>) -> Self {
        Self { amount: Some(amount), low: amount, high: amount, finding: Finding::met(explanation) }
    }
}

/// What is computed: without doubt, or with doubts that persons settled by their decisions, once no rule that raises some has one left.
pub(super) fn weigh(
    inquiry: &Inquiry<'_>,
    is_certain: bool,
    raised_by: &'static [&'static str],
    explanation: String,
) -> Finding {
    let settled = inquiry.settled(raised_by);
    if !is_certain && !settled.is_empty() && raised_by.iter().all(|rule| inquiry.rests(rule)) {
        return Finding::met(format!("{explanation} Doute tranché par un agent : {}.", settled.join(", ")));
    }
    Finding::met_if(is_certain, explanation)
}

/// Whether the amount granted stays within the ceiling: beyond the most that it can be it is a breach, within the least it is none.
pub(super) fn within<'a>(
    inquiry: &mut Inquiry<'a>,
    ceiling: impl FnOnce(&mut Inquiry<'a>) -> Result<Ceiling, Finding>,
) -> Outcome {
    let state = inquiry.state();
    if !state.is_live() {
        return Ok(Finding::not_applicable("Le dossier est refusé ou classé sans suite : rien n’est accordé."));
    }
    let granted = match (inquiry.amount(FactName::GrantedAmount), state) {
        (Ok(granted), _) => granted,
        (Err(absence), DossierState::Accepte) => {
            return Err(Finding::to_review(format!(
                "Attribution sans montant : le dossier est accepté, mais le montant accordé n’est pas connu ({absence})."
            ))
            .lacking(FactName::GrantedAmount, absence));
        }
        (Err(absence), _) if absence.hides_an_answer() => return Err(lacking(FactName::GrantedAmount, absence)),
        (Err(_), _) => return Ok(Finding::not_applicable("Aucun montant n’est encore accordé.")),
    };
    if granted < Cents::ZERO {
        return Ok(Finding::to_review(format!(
            "Le montant accordé ({granted}) est négatif : à corriger. Il n’entre dans aucune somme."
        ))
        .leaving(Who::Prefecture, FactName::GrantedAmount, "À corriger : montant accordé (négatif)."));
    }
    let Ceiling { low, high, finding, .. } = ceiling(inquiry).map_err(|early| {
        Finding::to_review(format!(
            "Le montant accordé ({granted}) ne peut pas être contrôlé, car le montant maximal n’est pas connu. {}",
            early.explanation
        ))
        .with(early.asks)
    })?;
    let doubt = if low == high {
        format!("({high})")
    } else {
        format!("(de {low} à {high}, selon ce qui reste à vérifier)")
    };
    Ok(if granted > high {
        Finding::not_met(format!(
            "Le montant accordé ({granted}) dépasse de {} le montant maximal calculé {doubt}.",
            granted - high
        ))
    } else if granted <= low {
        Finding::met(format!("Le montant accordé ({granted}) ne dépasse pas le montant maximal calculé {doubt}."))
    } else {
        Finding::to_review(format!(
            "Le montant accordé ({granted}) ne peut pas être jugé : le montant maximal va de {low} à {high}, selon ce qui reste à vérifier. {}",
            finding.explanation
        ))
        .with(finding.asks)
    })
}
