//! Where the applicant is and how often it asks: ADS-09 and ADS-10.

use crate::domain::verdict::Who;
use crate::rules::inquiry::{Inquiry, without_siret};
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::dossiers;
use crate::territory::territory;

/// ADS-09, among live Démat.ADS dossiers.
pub(super) fn single(inquiry: &mut Inquiry<'_>) -> Outcome {
    if !inquiry.is_live() {
        return Ok(Finding::not_applicable(
            "Le dossier est refusé, classé sans suite ou retiré : il n’est pas comparé aux autres.",
        ));
    }
    if inquiry.siret().is_none() {
        return Err(without_siret());
    }
    let own = inquiry.dossier();
    let peers = inquiry.peers();
    let (same, agencies) = (peers.of_same_siret(own), peers.of_other_establishments(own));
    let mut doubts = Vec::new();
    if !same.is_empty() {
        doubts.push(format!("Doublon probable : le même SIRET demande aussi l’aide dans : {}.", dossiers(&same)));
    }
    if !agencies.is_empty() {
        doubts.push(format!(
            "Agences distinctes ? Un autre établissement de la même collectivité (même SIREN) demande aussi l’aide dans : {}.",
            dossiers(&agencies)
        ));
    }
    Ok(if doubts.is_empty() {
        Finding::met("Aucune autre demande en cours pour ce SIRET ni pour cette collectivité.")
    } else {
        Finding::to_review(doubts.join(" "))
    })
}

/// ADS-10.
pub(super) fn in_region(inquiry: &mut Inquiry<'_>) -> Outcome {
    let Some(departement) = inquiry.applicant_departement() else {
        let finding = Finding::to_review("Le département du demandeur n’est pas connu.");
        // DS finds the address by the SIRET, some time after the deposit.
        return Err(if inquiry.siret().is_some() {
            finding.leaving(Who::Relecture, None, "À relire : adresse du demandeur.")
        } else {
            finding.asking(None, "À compléter : adresse du centre instructeur ou de la commune.")
        });
    };
    let shown = territory()
        .departement(departement)
        .map_or_else(|| departement.to_owned(), |known| format!("{} ({departement})", known.name));
    if inquiry.served.is_empty() {
        return Err(Finding::to_review(format!(
            "La configuration ne dit pas quels départements sont desservis. Département du demandeur : {shown}."
        )));
    }
    Ok(if inquiry.served.contains(departement) {
        Finding::met(format!("Département du demandeur : {shown}, dans la région."))
    } else {
        Finding::to_review(format!(
            "Département du demandeur : {shown} : le dossier relève d’une autre préfecture. Il est présenté à part et n’entre pas dans les totaux."
        ))
    })
}
