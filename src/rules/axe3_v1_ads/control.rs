//! Controls of a decision taken: ADS-11 and ADS-12.

use super::amount;
use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::rules::inquiry::Inquiry;
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::counted;

const WITHOUT_AMOUNT: &str =
    "Attribution sans montant : le dossier est accepté, mais le montant accordé n’est pas connu.";
const ASK_AMOUNT: &str = "À renseigner par l’instructeur : montant accordé.";

/// ADS-11.
pub(super) fn granted(inquiry: &mut Inquiry<'_>) -> Outcome {
    let state = inquiry.state();
    if !state.is_live() {
        return Ok(Finding::not_applicable("Le dossier est refusé ou classé sans suite : rien n’est accordé."));
    }
    let granted = match (inquiry.amount(FactName::GrantedAmount), state) {
        (Ok(granted), _) => granted,
        (Err(absence), DossierState::Accepte) => {
            return Err(
                Finding::to_review(format!("{WITHOUT_AMOUNT} ({absence})")).asking(FactName::GrantedAmount, ASK_AMOUNT)
            );
        }
        (Err(_), _) => return Ok(Finding::not_applicable("Aucun montant n’est encore accordé.")),
    };
    let uncertain = |finding: Finding| {
        Finding::to_review(format!(
            "Montant accordé : {granted}. Le montant calculé n’est pas connu avec certitude. {}",
            finding.explanation
        ))
    };
    let scale = amount::scale(inquiry).map_err(uncertain)?;
    let capped = amount::capped(inquiry).map_err(uncertain)?;
    let Some(computed) = amount::computed(inquiry) else {
        return Err(uncertain(capped));
    };
    Ok(if !scale.certain {
        uncertain(Finding::to_review(scale.explanation))
    } else if granted > computed {
        Finding::not_met(format!(
            "Le montant accordé ({granted}) dépasse de {} le montant calculé ({computed}).",
            granted - computed
        ))
    } else {
        Finding::met(format!("Le montant accordé ({granted}) ne dépasse pas le montant calculé ({computed})."))
    })
}

/// ADS-12: sums of what was granted in the territory served, in order of decision.
pub(super) fn envelope(inquiry: &mut Inquiry<'_>) -> Outcome {
    let deposited = inquiry.deposited_on();
    let Some(envelope) = inquiry.euros_if_set(ParameterName::AdsEnvelope, deposited)? else {
        return Ok(Finding::not_applicable(
            "Le guide ne donne pas le montant de l’enveloppe régionale, et aucun n’est réglé : pas de contrôle.",
        ));
    };
    if *inquiry.state() != DossierState::Accepte || !inquiry.is_live() {
        return Ok(Finding::not_applicable("Le dossier n’est pas accepté : il ne consomme pas l’enveloppe."));
    }
    let served = inquiry.served;
    if inquiry.applicant_departement().is_some_and(|departement| served.excludes(departement)) {
        return Ok(Finding::not_applicable(
            "Le dossier relève d’une autre préfecture : il n’entre pas dans l’enveloppe.",
        ));
    }
    let _ = inquiry.date(FactName::CommitteeDate);
    let own = inquiry.amount(FactName::GrantedAmount);
    let consumed = inquiry
        .peers
        .consumed_up_to(inquiry.dossier(), |departement| departement.is_none_or(|code| !served.excludes(code)));
    let sum = format!(
        "Dans l’ordre des décisions, {} jusqu’à ce dossier compris pour un total de {}",
        counted(consumed.dossiers, "attribution", "attributions"),
        consumed.total
    );
    let without = counted(consumed.without_amount, "attribution sans montant", "attributions sans montant");
    Ok(if consumed.total > envelope {
        let excess: Cents = consumed.total - envelope;
        Finding::not_met(format!(
            "{sum} : l’enveloppe régionale ({envelope}) est dépassée de {excess}{}.",
            if consumed.without_amount > 0 { format!(" au moins ({without})") } else { String::new() }
        ))
    } else if consumed.without_amount > 0 {
        let finding = Finding::to_review(format!(
            "{sum} au moins : il y a {without}, l’enveloppe régionale ({envelope}) est peut-être dépassée."
        ));
        if own.is_err() { finding.asking(FactName::GrantedAmount, ASK_AMOUNT) } else { finding }
    } else {
        Finding::met(format!("{sum}, dans la limite de l’enveloppe régionale ({envelope})."))
    })
}
