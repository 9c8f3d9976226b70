//! The rules of volet 2 that it does not share with volet 1.

use super::OTHER;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::subject::LegalKind;
use crate::domain::text::fold;
use crate::rules::axe3::spending::{policy, share_of_cost};
use crate::rules::expenses::Expenses;
use crate::rules::grant::Ceiling;
use crate::rules::inquiry::{Inquiry, lacking, request};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome, settle};
use crate::rules::wording::listed;
use crate::rules::{envelope, grant};

/// Words, folded, that say that there is none.
const NONE: [&str; 6] = ["aucun", "aucune", "non", "neant", "sans", "sans objet"];

/// A3V2-01.
pub(super) fn lab(inquiry: &mut Inquiry<'_>) -> Outcome {
    const INTRODUCE: &str = "Mise en relation avec un laboratoire par la préfecture de région.";
    let lab = match inquiry.text(FactName::Lab) {
        Ok(text) if !text.trim().is_empty() => text.trim(),
        Ok(_) | Err(Absence::Blank { .. }) => {
            return Ok(Finding::to_review(format!("Aucun laboratoire n’est indiqué. {INTRODUCE}"))
                .asking(FactName::Lab, format!("Laboratoire d’innovation territoriale à trouver. {INTRODUCE}")));
        }
        Err(absence) => return Err(lacking(FactName::Lab, absence)),
    };
    let folded = fold(lab);
    if folded == "oui" {
        return Ok(Finding::to_review("Un laboratoire soutient le projet, mais son nom n’est pas donné.").asking(
            FactName::Lab,
            "À faire préciser par le demandeur : nom du laboratoire d’innovation territoriale.",
        ));
    }
    if !NONE.contains(&folded.as_str()) && !folded.starts_with("aucun ") {
        return Ok(Finding::met(format!(
            "Le projet est soutenu par un laboratoire d’innovation territoriale : {lab}."
        )));
    }
    Ok(match inquiry.state() {
        DossierState::EnConstruction | DossierState::Other(_) => {
            Finding::to_review(format!("Le demandeur indique qu’aucun laboratoire ne soutient le projet. {INTRODUCE}"))
        }
        _ => Finding::not_met(
            "Le demandeur indique qu’aucun laboratoire d’innovation territoriale ne soutient le projet.",
        ),
    })
}

/// A3V2-05.
pub(super) fn state_contract(inquiry: &mut Inquiry<'_>) -> Outcome {
    let contract =
        inquiry.text(FactName::StateContract).map_err(|absence| lacking(FactName::StateContract, absence))?;
    let folded = fold(contract);
    let drafted = ["en cours", "elaboration", "preparation", "projet de", "non signe", "pas encore"];
    Ok(if folded.is_empty() {
        Finding::to_review("Aucune réponse sur un contrat avec l’État.")
    } else if NONE.contains(&folded.as_str()) || folded.starts_with("aucun ") {
        Finding::not_met("Non prioritaire à ce titre : le projet n’entre dans aucun contrat avec l’État.")
    } else if drafted.iter().any(|words| folded.contains(words)) {
        Finding::to_review(format!(
            "Contrat avec l’État indiqué : « {} ». S’il est en cours d’élaboration, le soutien est à proposer par le préfet.",
            contract.trim()
        ))
    } else {
        Finding::met(format!(
            "Prioritaire : contrat avec l’État indiqué (« {} »). S’il est signé et non encore financé en totalité, aucune autre pièce n’est à demander.",
            contract.trim()
        ))
    })
}

/// Computes A3V2-08.
pub(super) fn ceiling(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    let deposited = inquiry.deposited_on();
    let rate = inquiry.share(ParameterName::V2Rate, deposited)?;
    let policy = policy(inquiry, OTHER);
    share_of_cost(inquiry, rate, policy)
}

/// The expenses that count.
pub(super) fn eligible_expenses(inquiry: &mut Inquiry<'_>) -> Option<Cents> {
    let policy = policy(inquiry, OTHER);
    Expenses::read(inquiry, policy).eligible()
}

/// A3V2-09: the dossier's own maximum, and the sum for the région.
pub(super) fn granted_and_envelope(inquiry: &mut Inquiry<'_>) -> Outcome {
    let own = settle(grant::within(inquiry, ceiling));
    if *inquiry.state() != DossierState::Accepte || !inquiry.is_live() {
        return Ok(own);
    }
    let served = inquiry.served;
    if inquiry.applicant_departement().is_some_and(|departement| served.excludes(departement)) {
        return Ok(own.and(Finding::not_applicable(
            "Le dossier relève d’une autre préfecture : il n’entre pas dans l’enveloppe.",
        )));
    }
    let deposited = inquiry.deposited_on();
    let limit = inquiry.euros(ParameterName::V2Envelope, deposited)?;
    let sum = envelope::within(inquiry, limit, "l’enveloppe régionale du volet 2", |departement| {
        departement.is_none_or(|code| !served.excludes(code))
    });
    Ok(own.and(sum))
}

/// A3V2-10.
pub(super) fn committee(inquiry: &mut Inquiry<'_>) -> Outcome {
    let accepted = *inquiry.state() == DossierState::Accepte;
    let date = match inquiry.date(FactName::CommitteeDate) {
        Ok(date) => date,
        Err(_) if !accepted => {
            return Ok(Finding::not_applicable("Le comité de sélection ne s’est pas encore prononcé."));
        }
        Err(Absence::Blank { .. }) => {
            return Ok(Finding::not_met("Le dossier est accepté sans date de comité de sélection."));
        }
        Err(absence) => {
            return Ok(Finding::to_review(format!(
                "Le dossier est accepté ; la date du comité de sélection n’est pas connue ({absence})."
            )));
        }
    };
    let day = french_date(date);
    Ok(match inquiry.months(ParameterName::CommitteeMonths, date)? {
        Some(months) if !months.contains(&date.month()) => Finding::to_review(format!(
            "Comité de sélection du {day}, hors des mois prévus pour {} ({}).",
            date.year(),
            listed(&months.iter().map(ToString::to_string).collect::<Vec<_>>())
        )),
        Some(_) => Finding::met(format!("Comité de sélection du {day}, dans un mois prévu par le guide.")),
        None => Finding::met(format!(
            "Comité de sélection du {day} ; le guide ne fixe pas les mois de réunion pour {}.",
            date.year()
        )),
    })
}

/// A3V2-11.
pub(super) fn opinion(inquiry: &mut Inquiry<'_>) -> Outcome {
    let state = inquiry.state();
    if !matches!(state, DossierState::Accepte | DossierState::Refuse) {
        return Ok(Finding::not_applicable("Le dossier n’est ni accepté ni refusé."));
    }
    Ok(match inquiry.opinion_given() {
        Some(true) => Finding::met("Un avis est enregistré sur DS."),
        Some(false) => Finding::to_review(
            "Une décision est prise, alors que l’avis demandé sur DS n’a pas de réponse : vérifier l’avis de la préfecture de département (Paris comprise).",
        ),
        None => Finding::to_review(
            "Une décision est prise sans avis demandé sur DS : vérifier que la préfecture de département (Paris comprise) a donné le sien.",
        ),
    })
}

/// A3V2-12.
pub(super) fn collectivite(inquiry: &mut Inquiry<'_>) -> Outcome {
    let kind = inquiry.legal_kind();
    let is_lab = inquiry.dossier().applicant.name.as_deref().is_some_and(|name| fold(name).contains("laboratoire"));
    let shown = kind.label();
    Ok(match kind {
        _ if is_lab => Finding::to_review(
            "Le demandeur semble être un laboratoire : vérifier quelle collectivité porte le projet.",
        ),
        LegalKind::Commune | LegalKind::Departement | LegalKind::Region | LegalKind::Groupement => Finding::met(
            format!("Le demandeur est une collectivité ou un groupement ({shown}) ; sa taille est indifférente."),
        ),
        _ => Finding::to_review(format!("Demandeur : {shown}. Vérifier quelle collectivité porte le projet.")),
    })
}

/// A3V2-13.
pub(super) fn framework(inquiry: &mut Inquiry<'_>) -> Outcome {
    match inquiry.text(FactName::ProjectFramework) {
        Ok("collectivite") => Ok(Finding::met("Projet d’innovation au bénéfice de la collectivité co-contractante.")),
        Ok("common") => Ok(Finding::met("Projet commun à plusieurs acteurs publics.")),
        Ok(other) => Ok(Finding::to_review(format!("Le cadre du projet, « {other} », n’est pas reconnu."))),
        Err(absence) => Err(Finding::to_review(format!(
            "À l’instructeur de dire si le projet bénéficie à la collectivité co-contractante ou s’il est commun à plusieurs acteurs publics ({absence})."
        ))
        .asking(FactName::ProjectFramework, request(FactName::ProjectFramework, absence))),
    }
}
