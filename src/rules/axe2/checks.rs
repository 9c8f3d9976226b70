//! The rules of axe 2.

use std::collections::BTreeSet;

use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::subject::LegalKind;
use crate::rules::grant::Ceiling;
use crate::rules::inquiry::{Inquiry, lacking, of_unsure_nature, without_siret};
use crate::rules::parameters::{ParameterName, show_share};
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::{dossiers, grouped};
use crate::territory::{self, Groupement};

/// A2-01.
pub(super) fn size(inquiry: &mut Inquiry<'_>) -> Outcome {
    let kind = inquiry.legal_kind();
    let shown = kind.label();
    if is_private(kind) {
        return Ok(Finding::not_met(format!(
            "Le demandeur n’est ni une collectivité ni un groupement de collectivités ({shown})."
        )));
    }
    if matches!(kind, LegalKind::Departement | LegalKind::Region) {
        return Ok(Finding::met(format!("Le demandeur couvre au moins un département ({shown}).")));
    }
    let least = inquiry.count(ParameterName::Axe2Population)?;
    let least_text = grouped(least);
    let groupement = inquiry.siret().and_then(|siret| territory::groupement(siret.siren()));
    let municipale = inquiry.population();
    let declared = inquiry.declared_population();
    let declaration = inquiry.shown_declaration().map_or_else(String::new, |shown| format!(" ; {shown}"));
    let totale = groupement.map(|groupement| groupement.population_totale);
    if let Some(population) = municipale.max(totale).filter(|population| *population >= least) {
        return Ok(match kind {
            LegalKind::Commune | LegalKind::Groupement => Finding::met(format!(
                "Le demandeur ({shown}) compte {} habitants, soit {least_text} au moins{declaration}.",
                grouped(population)
            )),
            _ => Finding::to_review(format!(
                "Le demandeur compte {} habitants{declaration}, mais sa nature est : {shown}.",
                grouped(population)
            )),
        });
    }
    // Where the tables have none, what is declared is no proof.
    if let (None, Some(declared)) = (municipale.max(totale), declared.filter(|declared| *declared >= least)) {
        let finding = Finding::to_review(format!(
            "Le demandeur ({shown}) n’est pas dans les tables de population et déclare {} habitants, soit {least_text} au moins : à vérifier.",
            grouped(declared)
        ));
        return Ok(of_unsure_nature(inquiry, finding));
    }
    let population =
        municipale.map_or_else(|| "population inconnue".to_owned(), |number| format!("{} habitants", grouped(number)));
    let population = population + &declaration;
    Ok(match (kind, groupement) {
        (LegalKind::Groupement, Some(groupement)) => match departement_covered(groupement) {
            Some(departement) => Finding::met(format!("Le groupement couvre tout le département {departement}.")),
            None => Finding::not_met(format!(
                "Le groupement ({population}) ne couvre ni un département entier ni {least_text} habitants."
            )),
        },
        (LegalKind::Commune, _) => Finding::to_review(format!(
            "Collectivité seule ({shown}, {population}), en dessous de {least_text} habitants : le guide ne dit pas clairement si « couvrant » s’applique à elle."
        )),
        _ => {
            let finding = Finding::to_review(format!(
                "Demandeur : {shown}, {population}. Vérifier s’il couvre un département ou {least_text} habitants."
            ));
            of_unsure_nature(inquiry, finding)
        }
    })
}

/// The département of which a groupement has every commune.
fn departement_covered(groupement: Groupement) -> Option<&'static str> {
    let members: BTreeSet<&str> = groupement.members().collect();
    let is_covered =
        |departement: &&str| territory::communes_of(departement).all(|commune| members.contains(commune.code));
    groupement.departements().find(is_covered)
}

/// A2-02.
pub(super) fn call(inquiry: &mut Inquiry<'_>) -> Outcome {
    let deposited = inquiry.deposited_on();
    let day = french_date(deposited);
    Ok(match inquiry.word(ParameterName::Axe2Call)? {
        "open" => Finding::met(format!("Le dossier a été déposé le {day}, pendant un appel à projets.")),
        "closed" => Finding::not_met(format!(
            "Le dossier a été déposé le {day}, alors qu’aucun appel à projets n’était ouvert."
        )),
        _ => Finding::to_review(format!(
            "Le dossier a été déposé le {day}, au début ou à la fin d’un appel à projets dont le guide ne donne pas le jour exact."
        )),
    })
}

/// Computes A2-03.
pub(super) fn share_of_cost(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    let rate = inquiry.share(ParameterName::Axe2Rate)?;
    let cost = inquiry.amount(FactName::TotalCost).map_err(|absence| lacking(FactName::TotalCost, absence))?;
    if cost < Cents::ZERO {
        return Err(Finding::to_review(format!("Le coût total ({cost}) est négatif : à vérifier."))
            .asking(FactName::TotalCost, "À faire préciser : coût total (négatif)."));
    }
    let amount = cost.share_rounded_down(rate);
    Ok(Ceiling::exactly(amount, format!("{} du coût total ({cost}) : {amount}.", show_share(rate))))
}

/// A2V4-01.
pub(super) fn deadline(inquiry: &mut Inquiry<'_>) -> Outcome {
    let deposited = inquiry.deposited_on();
    let deadline = inquiry.day(ParameterName::FcApiDeadline)?;
    let (day, limit) = (french_date(deposited), french_date(deadline));
    Ok(if deposited <= deadline {
        Finding::met(format!("Le dossier a été déposé le {day}, au plus tard le {limit}."))
    } else {
        Finding::not_met(format!("Le dossier a été déposé le {day}, après la clôture du {limit}."))
    })
}

/// A2V4-02, among live dossiers.
pub(super) fn one_of_each(inquiry: &mut Inquiry<'_>) -> Outcome {
    if !inquiry.is_live() {
        return Ok(Finding::not_applicable(
            "Le dossier est refusé, classé sans suite ou retiré : il n’est pas comparé aux autres.",
        ));
    }
    let service = inquiry.text(FactName::Service).map_err(|absence| lacking(FactName::Service, absence))?;
    if inquiry.siret().is_none() {
        return Err(without_siret());
    }
    let own = inquiry.dossier();
    let peers = inquiry.peers();
    let (known, unknown) = (peers.of_service(own, Some(service)), peers.of_service(own, None));
    let shown = if service == "franceconnect" { "FranceConnect" } else { "les API" };
    Ok(if !known.is_empty() {
        Finding::to_review(format!(
            "La même collectivité demande aussi un financement pour {shown} : {}. Un seul est prévu par service.",
            dossiers(&known)
        ))
    } else if !unknown.is_empty() {
        Finding::to_review(format!(
            "La même collectivité a une autre demande dont le service n’est pas connu : {}.",
            dossiers(&unknown)
        ))
    } else {
        Finding::met(format!("Seule demande en cours de cette collectivité pour {shown}."))
    })
}

/// Computes A2V4-03.
pub(super) fn per_funding(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    let amount = inquiry.euros(ParameterName::FcApiAmount)?;
    let explanation = format!(
        "{amount} pour ce financement. Interprétation du guide, dont la phrase peut aussi se lire : {amount} pour les deux services ensemble."
    );
    Ok(Ceiling::exactly(amount, explanation))
}

/// A2V4-06.
pub(super) fn granted(inquiry: &mut Inquiry<'_>) -> Outcome {
    crate::rules::grant::within(inquiry, per_funding)
}

/// A2V4-07. The threshold of the chapeau is not applied: volet 4 is open to every collectivité.
pub(super) fn collectivite(inquiry: &mut Inquiry<'_>) -> Outcome {
    let kind = inquiry.legal_kind();
    let shown = kind.label();
    let interpretation = "Interprétation du guide : le seuil du chapeau (un département ou 500\u{a0}000 habitants) ne vaut pas pour le volet 4.";
    Ok(match kind {
        LegalKind::Commune | LegalKind::Departement | LegalKind::Region | LegalKind::Groupement => Finding::met(
            format!("Le demandeur est une collectivité ou un groupement de collectivités ({shown}). {interpretation}"),
        ),
        _ if is_private(kind) => Finding::not_met(format!(
            "Le demandeur n’est ni une collectivité ni un groupement de collectivités ({shown})."
        )),
        _ => {
            let finding = Finding::to_review(format!(
                "Le guide ne dit pas si ce demandeur ({shown}) est une collectivité ou une structure de mutualisation. {interpretation}"
            ));
            of_unsure_nature(inquiry, finding)
        }
    })
}

/// A company, an association or an individual.
const fn is_private(kind: LegalKind) -> bool {
    matches!(kind, LegalKind::Company | LegalKind::Association | LegalKind::Person)
}

/// A2V4-04.
pub(super) fn specification(_: &mut Inquiry<'_>) -> Outcome {
    Ok(Finding::to_review("À l’instructeur de vérifier que le projet respecte le cahier des charges simplifié."))
}

/// A2V4-05. The envelope is national: every grant followed counts.
pub(super) fn envelope(inquiry: &mut Inquiry<'_>) -> Outcome {
    let Some(limit) = inquiry.euros_if_set(ParameterName::FcApiEnvelope)? else {
        return Ok(Finding::not_applicable(
            "Le guide ne donne pas le montant de l’enveloppe, et aucun n’est renseigné : pas de contrôle.",
        ));
    };
    if *inquiry.state() != DossierState::Accepte || !inquiry.is_live() {
        return Ok(Finding::not_applicable("Le dossier n’est pas accepté : il ne consomme pas l’enveloppe."));
    }
    Ok(crate::rules::envelope::within(inquiry, limit, "l’enveloppe du volet 4"))
}
