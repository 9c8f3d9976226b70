//! Who asks, when, and with what papers: ADS-01 to ADS-03.

use std::cmp::Ordering;

use super::amount::is_no_commune;
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, CommuneRef, FactName};
use crate::domain::instant::french_date;
use crate::domain::subject::LegalKind;
use crate::rules::inquiry::{Inquiry, lacking};
use crate::rules::parameters::ParameterName;
use crate::rules::rule::{Finding, Outcome};
use crate::rules::wording::counted;

/// The two kinds of carrier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    Centre,
    AutonomousCommune,
}

impl Carrier {
    /// As the form says; ends the rule when it does not.
    pub fn read(inquiry: &mut Inquiry<'_>) -> Result<Self, Finding> {
        match inquiry.text(FactName::ApplicantType) {
            Ok("centre_instructeur") => Ok(Self::Centre),
            Ok("commune_autonome") => Ok(Self::AutonomousCommune),
            Ok(other) => Err(Finding::to_review(format!("Le type de demandeur « {other} » n’est pas reconnu."))),
            Err(absence) => Err(lacking(FactName::ApplicantType, absence)),
        }
    }
}

/// The communes listed. A champ left empty or hidden lists none; a list that cannot be read, or is not mapped, is not known.
pub(super) fn listed_communes<'a>(inquiry: &mut Inquiry<'a>) -> Result<&'a [CommuneRef], &'a Absence> {
    match inquiry.communes(FactName::AttachedCommunes) {
        Err(Absence::Blank { .. }) => Ok(&[]),
        other => other,
    }
}

/// What is asked when the form and the applicant do not agree.
const CARRIER: &str = "À faire préciser : commune autonome ou centre instructeur ?";

/// ADS-01.
pub(super) fn carrier(inquiry: &mut Inquiry<'_>) -> Outcome {
    let carrier = Carrier::read(inquiry)?;
    let kind = inquiry.legal_kind();
    if matches!(kind, LegalKind::State | LegalKind::Company | LegalKind::Association | LegalKind::Person) {
        return Err(Finding::to_review(format!(
            "Le formulaire est déposé au nom d’un centre instructeur ou d’une commune, mais le demandeur est connu comme : {}. Vérifier qui porte la demande.",
            kind.label()
        )));
    }
    let communes = listed_communes(inquiry).map_err(|absence| lacking(FactName::AttachedCommunes, absence))?;
    Ok(match (carrier, communes.len()) {
        (Carrier::Centre, 0) => Finding::to_review(
            "La demande est portée par un centre instructeur qui ne déclare aucune commune rattachée : vérifier s’il s’agit d’une commune autonome ou si la liste manque.",
        )
        .lacking(FactName::AttachedCommunes, &Absence::Blank { label: String::new() }),
        (Carrier::Centre, count) => Finding::met(format!(
            "La demande est portée par un centre instructeur, qui déclare {}.",
            counted(count, "commune rattachée", "communes rattachées")
        )),
        (Carrier::AutonomousCommune, _) if is_no_commune(kind) => Finding::to_review(format!(
            "La demande est déposée comme commune autonome, mais le demandeur est connu comme : {}. Vérifier s’il s’agit d’un centre instructeur.",
            kind.label()
        ))
        .asking(FactName::ApplicantType, CARRIER),
        (Carrier::AutonomousCommune, 0) => Finding::met("La demande est portée par une commune autonome."),
        (Carrier::AutonomousCommune, count) => Finding::to_review(format!(
            "La demande est portée par une commune autonome, qui déclare pourtant {} : vérifier s’il s’agit d’un centre instructeur.",
            counted(count, "commune rattachée", "communes rattachées")
        ))
        .asking(FactName::ApplicantType, CARRIER),
    })
}

/// ADS-02. Days are days in Paris.
pub(super) fn deadline(inquiry: &mut Inquiry<'_>) -> Outcome {
    let deposited = inquiry.deposited_on();
    let deadline = inquiry.day(ParameterName::AdsDeadline)?;
    let (day, limit) = (french_date(deposited), french_date(deadline));
    Ok(match deposited.cmp(&deadline) {
        Ordering::Less => Finding::met(format!("Le dossier a été déposé le {day}, avant le {limit}.")),
        Ordering::Greater => {
            Finding::not_met(format!("Le dossier a été déposé le {day}, alors qu’il devait l’être avant le {limit}."))
        }
        Ordering::Equal => match inquiry.word(ParameterName::AdsDeadlineDay)? {
            "included" => Finding::met(format!(
                "Le dossier a été déposé le {limit} même ; selon le réglage de la préfecture, ce jour est encore dans le délai (le guide dit « avant le »)."
            )),
            "excluded" => Finding::not_met(format!(
                "Le dossier a été déposé le {limit} même ; selon le réglage de la préfecture, ce jour est hors délai (le guide dit « avant le »)."
            )),
            _ => Finding::to_review(format!(
                "Le dossier a été déposé le {limit} même : le guide dit « avant le » sans préciser si ce jour est compris, à la préfecture d’en décider."
            )),
        },
    })
}

/// ADS-03.
pub(super) fn invoices(inquiry: &mut Inquiry<'_>) -> Outcome {
    let files = match inquiry.files(FactName::Invoices) {
        Ok(files) => files,
        Err(Absence::Blank { .. }) => &[],
        Err(absence) => return Err(lacking(FactName::Invoices, absence)),
    };
    if !files.is_empty() {
        return Ok(Finding::met(format!(
            "{} au titre des factures ; il revient à l’instructeur de vérifier que ce sont bien des factures.",
            counted(files.len(), "fichier est joint", "fichiers sont joints")
        )));
    }
    Ok(match inquiry.state() {
        DossierState::EnConstruction => Finding::to_review(
            "Aucune facture n’est jointe. Le dossier est encore en construction : pièces à demander.",
        ),
        DossierState::Other(state) => Finding::to_review(format!(
            "Aucune facture n’est jointe, et l’état « {state} » du dossier n’est pas connu."
        )),
        state => {
            Finding::not_met(format!("Aucune facture n’est jointe, alors que le dossier est « {} ».", state.label()))
        }
    }
    .lacking(FactName::Invoices, &Absence::Blank { label: String::new() }))
}
