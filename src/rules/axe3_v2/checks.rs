//! The rules of volet 2 that it does not share with volet 1.

use super::OTHER;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::period::month_name;
use crate::domain::subject::LegalKind;
use crate::domain::text::{fold, quoted};
use crate::domain::verdict::Who;
use crate::rules::axe3::spending::{Doubts, policy, share_of_cost};
use crate::rules::expenses::Expenses;
use crate::rules::free_text::{self, Meaning, Question};
use crate::rules::grant::Ceiling;
use crate::rules::inquiry::{Inquiry, lacking, of_unsure_nature, without_siret};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome, settle};
use crate::rules::wording::{dossiers, listed};
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
/// Groups of words that say that a contract is signed.
const SIGNED: &[&str] = &["signe", "signee", "signes", "signees", "a ete signe", "a ete signee", "conclu", "conclue"];
/// Groups of words that say that a contract is not wholly financed.
const NOT_WHOLLY_FINANCED: &[&str] = &[
    "non encore finance en totalite",
    "non encore financee en totalite",
    "pas encore finance en totalite",
    "pas encore financee en totalite",
    "non finance en totalite",
    "non financee en totalite",
    "pas finance en totalite",
    "pas financee en totalite",
    "non entierement finance",
    "non entierement financee",
    "pas entierement finance",
    "pas entierement financee",
    "non totalement finance",
    "non totalement financee",
    "pas totalement finance",
    "pas totalement financee",
    "non encore finance",
    "non encore financee",
    "pas encore finance",
    "pas encore financee",
    "finance en partie",
    "financee en partie",
    "partiellement finance",
    "partiellement financee",
];
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
    let lab = match inquiry.text(FactName::Lab) {
        Err(absence) if !matches!(absence, Absence::Blank { .. }) => return Err(lacking(FactName::Lab, absence)),
        answer => answer.unwrap_or_default().trim(),
    };
    let state = inquiry.state();
    // Once a project is accepted it is too late to look for a laboratory.
    let introduced =
        |finding: Finding| {
            if *state == DossierState::Accepte {
                return finding;
            }
            let introduce = "avec un laboratoire par la préfecture de région";
            Finding { explanation: format!("{} Mise en relation {introduce}.", finding.explanation), ..finding }
                .leaving(Who::Instructeur, FactName::Lab, format!("À proposer : mise en relation {introduce}."))
        };
    let name = "À faire préciser : nom du laboratoire d’innovation territoriale.";
    Ok(match (free_text::read(lab, &LABORATORY), state) {
        (Meaning::Empty, _) => introduced(
            Finding::to_review("Aucun laboratoire n’est indiqué.")
                .asking(FactName::Lab, "À compléter : laboratoire d’innovation territoriale."),
        ),
        (Meaning::Named, _) => {
            Finding::met(format!("Le projet est soutenu par un laboratoire d’innovation territoriale : {}.", quoted(lab)))
        }
        (Meaning::Yes, _) => {
            Finding::to_review("Un laboratoire soutient le projet, mais son nom n’est pas donné.").asking(FactName::Lab, name)
        }
        (Meaning::Unclear | Meaning::NotConcerned, _) => introduced(
            Finding::to_review(format!(
                "La réponse sur le laboratoire ({}) ne dit pas avec certitude lequel soutient le projet, ou s’il y en a un.",
                quoted(lab)
            ))
            .asking(FactName::Lab, name),
        ),
        (Meaning::No, DossierState::EnConstruction | DossierState::Other(_)) => introduced(Finding::to_review(
            "Le demandeur indique qu’aucun laboratoire ne soutient le projet.",
        )),
        (Meaning::No, _) => Finding::not_met(
            "Le demandeur indique qu’aucun laboratoire d’innovation territoriale ne soutient le projet.",
        ),
    })
}

/// A3V2-05.
pub(super) fn state_contract(inquiry: &mut Inquiry<'_>) -> Outcome {
    let contract =
        inquiry.text(FactName::StateContract).map_err(|absence| lacking(FactName::StateContract, absence))?.trim();
    if free_text::says(contract, &[SIGNED, NOT_WHOLLY_FINANCED], &CONTRACT) {
        return Ok(Finding::met(format!(
            "Prioritaire : contrat avec l’État signé et non encore financé en totalité ({}) ; aucune autre pièce n’est à demander.",
            quoted(contract)
        )));
    }
    let means = "signé et non encore financé en totalité, il rend le projet prioritaire ; en cours d’élaboration, le soutien est à proposer par le préfet";
    let ask = "À faire préciser : quel contrat avec l’État, s’il est signé, et s’il est financé en totalité.";
    Ok(match free_text::read(contract, &CONTRACT) {
        Meaning::Empty => Finding::to_review("Aucune réponse sur un contrat avec l’État.")
            .asking(FactName::StateContract, "À compléter : contrat avec l’État."),
        Meaning::No | Meaning::NotConcerned => {
            Finding::not_met("Non prioritaire à ce titre : le projet n’entre dans aucun contrat avec l’État.")
        }
        Meaning::Yes | Meaning::Named => Finding::to_review(format!(
            "Un contrat avec l’État est indiqué ({}), sans qu’il soit dit s’il est signé et s’il reste à financer : {means}.",
            quoted(contract)
        ))
        .asking(FactName::StateContract, ask),
        Meaning::Unclear => Finding::to_review(format!(
            "La réponse sur un contrat avec l’État ({}) est à lire : {means}.",
            quoted(contract)
        ))
        .asking(FactName::StateContract, ask),
    })
}

/// The rules that find lines doubtful.
const DOUBTS: Doubts = Doubts { with_equipment: &["A3V2-06", "A3V2-07"], others: &["A3V2-06"] };

/// Computes A3V2-08.
pub(super) fn ceiling(inquiry: &mut Inquiry<'_>) -> Result<Ceiling, Finding> {
    let rate = inquiry.share(ParameterName::V2Rate)?;
    let policy = policy(inquiry, OTHER);
    share_of_cost(inquiry, rate.into(), policy, DOUBTS)
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
    let named = "l’enveloppe régionale du volet 2";
    if let Some(ended) = envelope::outside_region(inquiry, named) {
        return Ok(own.and(ended));
    }
    let limit = inquiry.euros(ParameterName::V2Envelope)?;
    Ok(own.and(envelope::within(inquiry, limit, named)))
}

/// A3V2-10.
pub(super) fn committee(inquiry: &mut Inquiry<'_>) -> Outcome {
    let accepted = *inquiry.state() == DossierState::Accepte;
    let date = match inquiry.date(FactName::CommitteeDate) {
        Ok(date) => date,
        Err(absence) if absence.hides_an_answer() => return Err(lacking(FactName::CommitteeDate, absence)),
        Err(_) if !accepted => {
            return Ok(Finding::not_applicable("Le comité de sélection ne s’est pas encore prononcé."));
        }
        Err(absence @ Absence::Blank { .. }) => {
            return Ok(Finding::not_met("Le dossier est accepté sans date de comité de sélection.")
                .lacking(FactName::CommitteeDate, absence));
        }
        Err(absence) => {
            return Ok(Finding::to_review(format!(
                "Le dossier est accepté ; la date du comité de sélection n’est pas connue ({absence})."
            ))
            .lacking(FactName::CommitteeDate, absence));
        }
    };
    let day = french_date(date);
    let months = inquiry.months(ParameterName::CommitteeMonths)?;
    let sessions = inquiry.days(ParameterName::V2Committees)?;
    Ok(match (months, sessions) {
        (Some(months), _) if !months.contains(&date.month()) => Finding::to_review(format!(
            "Comité de sélection du {day}, hors des mois prévus pour {} ({}).",
            date.year(),
            listed(&months.iter().map(|month| month_name(*month)).collect::<Vec<_>>())
        )),
        (_, Some(sessions)) if !sessions.contains(&date) => Finding::to_review(format!(
            "Comité de sélection du {day}, qui n’est aucune des séances renseignées ({}).",
            listed(&sessions.iter().map(|day| french_date(*day)).collect::<Vec<_>>())
        )),
        (_, Some(_)) => Finding::met(format!("Comité de sélection du {day}, une des séances renseignées.")),
        (Some(_), None) => Finding::met(format!("Comité de sélection du {day}, dans un mois prévu par le guide.")),
        (None, None) => Finding::met(format!(
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
    Ok(match inquiry.opinion_given()? {
        Some(true) => Finding::met(
            "Un avis est rendu sur DS ; ni qui l’a rendu ni quand n’est lu (DS ne date que sa dernière modification) : à l’instructeur de voir que c’est la préfecture du département du projet.",
        ),
        Some(false) => Finding::to_review(
            "La décision est prise, alors que l’avis demandé sur DS est resté sans réponse : vérifier l’avis de la préfecture du département du projet, qu’il ait ou non un droit de tirage au volet 1.",
        ),
        None => Finding::to_review(
            "La décision est prise sans avis connu sur DS : vérifier l’avis de la préfecture du département du projet, qu’il ait ou non un droit de tirage au volet 1.",
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
        _ => {
            let finding = Finding::to_review(format!(
                "Le demandeur n’est ni une collectivité ni un groupement connu ({shown}) : vérifier quelle collectivité porte le projet."
            ));
            of_unsure_nature(inquiry, finding)
        }
    })
}

/// A3V2-13.
pub(super) fn framework(inquiry: &mut Inquiry<'_>) -> Outcome {
    match inquiry.text(FactName::ProjectFramework) {
        Ok("collectivite") => Ok(Finding::met("Projet d’innovation au bénéfice de la collectivité co-contractante.")),
        Ok("common") => Ok(Finding::met("Projet commun à plusieurs acteurs publics.")),
        Ok(other) => Ok(Finding::to_review(format!("Le cadre du projet, « {other} », n’est pas reconnu."))),
        Err(absence) => {
            let unsaid = match absence {
                Absence::NotMapped | Absence::NotOnForm { .. } => "À l’instructeur de dire",
                _ => "Le formulaire ne dit pas",
            };
            Err(Finding::to_review(format!(
                "{unsaid} si le projet bénéficie à la collectivité co-contractante ou s’il est commun à plusieurs acteurs publics ({absence})."
            ))
            .lacking(FactName::ProjectFramework, absence))
        }
    }
}

/// A3V2-15.
pub(super) fn in_region(inquiry: &mut Inquiry<'_>) -> Outcome {
    let declared = inquiry.departements(FactName::ProjectDepartement);
    let place = inquiry.place();
    let touched: Vec<&String> = place.touches.iter().collect();
    let shown = || format!("{} {}", if touched.len() < 2 { "département" } else { "départements" }, listed(&touched));
    if inquiry.served.is_empty() {
        return Err(Finding::to_review("La configuration ne dit pas quels départements sont desservis."));
    }
    let served = inquiry.served;
    Ok(match place.lies_in(|departement| served.contains(departement)) {
        Some(true) => Finding::met(format!("Le projet est réalisé dans la région ({}).", shown())),
        Some(false) => Finding::to_review(format!(
            "Le projet n’est pas réalisé dans la région ({}) : il relève d’une autre préfecture et n’entre pas dans l’enveloppe.",
            shown()
        )),
        None if touched.is_empty() => {
            let finding = Finding::to_review("Le département du projet n’est pas connu.");
            match declared {
                Err(absence) => finding.lacking(FactName::ProjectDepartement, absence),
                Ok(_) => finding,
            }
        }
        None => Finding::to_review(format!(
            "Le projet n’est réalisé qu’en partie dans la région ({}) : quelle préfecture instruit ?",
            shown()
        )),
    })
}

/// A3V2-17, among live dossiers of volet 2.
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
    let same = inquiry.peers().of_same_siret(own);
    Ok(if same.is_empty() {
        Finding::met("Aucune autre demande du volet 2 en cours pour ce SIRET.")
    } else {
        Finding::to_review(format!(
            "Doublon probable : le même SIRET a une autre demande du volet 2 en cours : {}. Interprétation du guide, qui ne dit rien de plusieurs demandes.",
            dossiers(&same)
        ))
    })
}
