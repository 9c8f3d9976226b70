//! Controls of a decision taken: ADS-11 and ADS-12.

use super::amount;
use crate::domain::dossier::DossierState;
use crate::rules::envelope;
use crate::rules::grant;
use crate::rules::inquiry::Inquiry;
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome};

/// ADS-11.
pub(super) fn granted(inquiry: &mut Inquiry<'_>) -> Outcome {
    grant::within(inquiry, amount::ceiling)
}

/// ADS-12: sums of what was granted in the territory served, in order of decision.
pub(super) fn envelope(inquiry: &mut Inquiry<'_>) -> Outcome {
    let Some(limit) = inquiry.euros_if_set(ParameterName::AdsEnvelope)? else {
        return Ok(Finding::not_applicable(
            "Le guide ne donne pas le montant de l’enveloppe régionale, et aucun n’est renseigné : pas de contrôle.",
        ));
    };
    if *inquiry.state() != DossierState::Accepte || !inquiry.is_live() {
        return Ok(Finding::not_applicable("Le dossier n’est pas accepté : il ne consomme pas l’enveloppe."));
    }
    let named = "l’enveloppe régionale";
    if let Some(ended) = envelope::outside_region(inquiry, named) {
        return Ok(ended);
    }
    Ok(envelope::within(inquiry, limit, named))
}
