//! The rules of volet 2 that it does not share with volet 1.

use super::OTHER;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::period::month_name;
use crate::domain::subject::LegalKind;
use crate::domain::text::{fold, quoted};
use crate::rules::axe3::spending::{policy, share_of_cost};
use crate::rules::expenses::Expenses;
use crate::rules::free_text::{self, Answer, Question};
use crate::rules::grant::Ceiling;
use crate::rules::inquiry::{Inquiry, lacking, request};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome, settle};
use crate::rules::wording::listed;
use crate::rules::{envelope, grant};

/// What a laboratory is called.
const LABORATORY_WORDS: &[&str] = &["laboratoire", "laboratoires", "labo", "labos", "lab", "labs", "fablab"];
/// Which laboratory supports the project.
const LABORATORY: Question = Question {
    topic: &[
        "laboratoire",
        "laboratoires",
        "labo",
        "labos",
        "lab",
        "innovation",
        "innovations",
        "territoriale",
        "public",
        "publique",
    ],
    reserves: &[],
    harmless: &[],
};
/// Under which contract with the State the project comes.
const CONTRACT: Question = Question {
    topic: &["contrat", "contrats", "convention", "conventions", "etat", "demarche", "contractuelle"],
    reserves: NOT_SIGNED_OR_OVER,
    // The guide's own words for a contract that counts.
    harmless: &[
        "non encore finance en totalite",
        "non encore financee en totalite",
        "pas encore finance en totalite",
        "pas encore financee en totalite",
        "finance en partie",
        "financee en partie",
        "partiellement finance",
        "partiellement financee",
    ],
};
/// Words that leave a contract open: drafted, refused, over, or not with the State.
const NOT_SIGNED_OR_OVER: &[&str] = &[
    "en projet",
    "projet de",
    "projet d",
    "finalisation",
    "depose",
    "deposee",
    "refuse",
    "refusee",
    "abandonne",
    "abandonnee",
    "resilie",
    "resiliee",
    "terme",
    "region",
    "regional",
    "departement",
    "departemental",
    "elaboration",
    "preparation",
    "redaction",
    "negociation",
    "signature",
    "signer",
    "instruction",
    "finance",
    "financee",
    "finances",
    "financement",
    "solde",
    "soldee",
    "termine",
    "terminee",
    "clos",
    "close",
    "expire",
    "echu",
    "echue",
    "ancien",
    "caduc",
];

/// A3V2-01.
pub(super) fn lab(inquiry: &mut Inquiry<'_>) -> Outcome {
    const INTRODUCE: &str = "Mise en relation avec un laboratoire par la préfecture de région.";
    let lab = match inquiry.text(FactName::Lab) {
        Err(absence) if !matches!(absence, Absence::Blank { .. }) => return Err(lacking(FactName::Lab, absence)),
        answer => answer.unwrap_or_default().trim(),
    };
    let name = "À faire préciser par le demandeur : nom du laboratoire d’innovation territoriale.";
    Ok(match (free_text::read(lab, &LABORATORY), inquiry.state()) {
        (Answer::Empty, _) => Finding::to_review(format!("Aucun laboratoire n’est indiqué. {INTRODUCE}"))
            .asking(FactName::Lab, format!("Laboratoire d’innovation territoriale à trouver. {INTRODUCE}")),
        (Answer::Named, _) => {
            Finding::met(format!("Le projet est soutenu par un laboratoire d’innovation territoriale : {}.", quoted(lab)))
        }
        (Answer::Yes, _) => {
            Finding::to_review("Un laboratoire soutient le projet, mais son nom n’est pas donné.").asking(FactName::Lab, name)
        }
        (Answer::Unclear, _) => Finding::to_review(format!(
            "La réponse sur le laboratoire ({}) ne dit pas avec certitude lequel soutient le projet, ou s’il y en a un. {INTRODUCE}",
            quoted(lab)
        ))
        .asking(FactName::Lab, name),
        (Answer::No, DossierState::EnConstruction | DossierState::Other(_)) => {
            Finding::to_review(format!("Le demandeur indique qu’aucun laboratoire ne soutient le projet. {INTRODUCE}"))
        }
        (Answer::No, _) => Finding::not_met(
            "Le demandeur indique qu’aucun laboratoire d’innovation territoriale ne soutient le projet.",
        ),
    })
}

/// A3V2-05.
pub(super) fn state_contract(inquiry: &mut Inquiry<'_>) -> Outcome {
    let contract =
        inquiry.text(FactName::StateContract).map_err(|absence| lacking(FactName::StateContract, absence))?.trim();
    let signed = "S’il est signé et non encore financé en totalité, aucune autre pièce n’est à demander.";
    Ok(match free_text::read(contract, &CONTRACT) {
        Answer::Empty => Finding::to_review("Aucune réponse sur un contrat avec l’État."),
        Answer::No => {
            Finding::not_met("Non prioritaire à ce titre : le projet n’entre dans aucun contrat avec l’État.")
        }
        Answer::Yes => Finding::met(format!("Prioritaire : un contrat avec l’État est indiqué. {signed}")),
        Answer::Named => {
            Finding::met(format!("Prioritaire : contrat avec l’État indiqué ({}). {signed}", quoted(contract)))
        }
        Answer::Unclear => Finding::to_review(format!(
            "La réponse sur un contrat avec l’État ({}) est à lire : signé et non encore financé en totalité, il rend le projet prioritaire ; en cours d’élaboration, le soutien est à proposer par le préfet.",
            quoted(contract)
        )),
    })
}

/// Computes A3V2-08.
pub(super) fn ceiling(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    let rate = inquiry.share(ParameterName::V2Rate)?;
    let policy = policy(inquiry, OTHER);
    share_of_cost(inquiry, rate.into(), policy)
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
    let place = inquiry.place();
    if served.excludes_place(&place) {
        return Ok(own.and(Finding::not_applicable(
            "Le dossier relève d’une autre préfecture : il n’entre pas dans l’enveloppe.",
        )));
    }
    let limit = inquiry.euros(ParameterName::V2Envelope)?;
    let sum = envelope::within(inquiry, limit, "l’enveloppe régionale du volet 2", |place| {
        Some(!served.excludes_place(place))
    });
    Ok(own.and(sum))
}

/// A3V2-10.
pub(super) fn committee(inquiry: &mut Inquiry<'_>) -> Outcome {
    let accepted = *inquiry.state() == DossierState::Accepte;
    let date = match inquiry.date(FactName::CommitteeDate) {
        Ok(date) => date,
        Err(absence @ Absence::Unreadable { .. }) => return Err(lacking(FactName::CommitteeDate, absence)),
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
    Ok(match inquiry.months(ParameterName::CommitteeMonths)? {
        Some(months) if !months.contains(&date.month()) => Finding::to_review(format!(
            "Comité de sélection du {day}, hors des mois prévus pour {} ({}).",
            date.year(),
            listed(&months.iter().map(|month| month_name(*month)).collect::<Vec<_>>())
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
        Some(true) => Finding::met(
            "Un avis est rendu sur DS ; qui l’a rendu n’est pas lu : à l’instructeur de voir que c’est la préfecture du département du projet.",
        ),
        Some(false) => Finding::to_review(
            "La décision est prise, alors que l’avis demandé sur DS est resté sans réponse : vérifier l’avis de la préfecture du département du projet (à Paris aussi).",
        ),
        None => Finding::to_review(
            "La décision est prise sans avis connu sur DS : vérifier l’avis de la préfecture du département du projet (à Paris aussi).",
        ),
    })
}

/// A3V2-12.
pub(super) fn collectivite(inquiry: &mut Inquiry<'_>) -> Outcome {
    let kind = inquiry.legal_kind();
    let is_lab = inquiry.dossier().applicant.name.as_deref().is_some_and(|name| {
        fold(name).split(|c: char| !c.is_alphanumeric()).any(|word| LABORATORY_WORDS.contains(&word))
    });
    let shown = kind.label();
    Ok(match kind {
        _ if is_lab => Finding::to_review(
            "Le demandeur semble être lui-même un laboratoire : vérifier quelle collectivité porte le projet.",
        ),
        LegalKind::Commune | LegalKind::Departement | LegalKind::Region | LegalKind::Groupement => {
            Finding::met(format!(
                "Le demandeur est une collectivité ou un groupement ({shown}) ; le volet 2 n’a pas de condition de taille."
            ))
        }
        _ => Finding::to_review(format!(
            "Le demandeur n’est ni une collectivité ni un groupement connu ({shown}) : vérifier quelle collectivité porte le projet."
        )),
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
