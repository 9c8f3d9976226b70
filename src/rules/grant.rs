//! What was granted to one dossier, against the most that it may get.

use super::inquiry::Inquiry;
use super::rule::{Finding, Outcome};
use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;

/// What is asked for when a dossier is accepted without an amount.
pub(super) const ASK_AMOUNT: &str = "À renseigner par l’instructeur : montant accordé.";

/// The most that a dossier may get, told in French.
#[derive(Debug, Clone)]
pub(super) struct Ceiling {
    pub amount: Cents,
    /// Not when something about it is for a person to settle.
    pub certain: bool,
    pub explanation: String,
}

impl Ceiling {
    /// The finding of the rule that computes it.
    pub fn finding(self) -> Finding {
        Finding::met_if(self.certain, self.explanation)
    }
}

/// Whether the amount granted stays within the ceiling.
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
            .asking(FactName::GrantedAmount, ASK_AMOUNT));
        }
        (Err(_), _) => return Ok(Finding::not_applicable("Aucun montant n’est encore accordé.")),
    };
    let uncertain = |explanation: &str| {
        Finding::to_review(format!(
            "Montant accordé : {granted}. Le montant maximal n’est pas connu avec certitude. {explanation}"
        ))
    };
    let ceiling = ceiling(inquiry).map_err(|early| uncertain(&early.explanation))?;
    Ok(if !ceiling.certain {
        uncertain(&ceiling.explanation)
    } else if granted > ceiling.amount {
        Finding::not_met(format!(
            "Le montant accordé ({granted}) dépasse de {} le montant maximal calculé ({}).",
            granted - ceiling.amount,
            ceiling.amount
        ))
    } else {
        Finding::met(format!(
            "Le montant accordé ({granted}) ne dépasse pas le montant maximal calculé ({}).",
            ceiling.amount
        ))
    })
}
