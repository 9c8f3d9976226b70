//! One accepted dossier, with the amounts that the figures sum.

use jiff::civil::Date;

use super::Window;
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::fact::{FactName, FactValue};
use crate::domain::instant::paris_date;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;
use crate::reports::dossier_link;
use crate::territory::territory;

/// An accepted dossier. Without a granted amount it is an "attribution sans montant": listed, in no sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The programme.
    pub programme: Programme,
    /// The dossier.
    pub number: DossierNumber,
    /// Who carries it.
    pub beneficiary: Option<String>,
    /// The département it counts in; none when it is to be told by a person.
    pub departement: Option<String>,
    /// The themes of axe 3, volet 1.
    pub theme: Option<String>,
    /// The title of the project.
    pub title: Option<String>,
    /// Granted.
    pub granted: Option<Cents>,
    /// Engaged.
    pub engaged: Option<Cents>,
    /// Paid.
    pub paid: Option<Cents>,
    /// The day of the committee.
    pub committee: Option<Date>,
    /// The day that dates the grant: of the committee, else of the decision on DS.
    pub decided_on: Option<Date>,
    /// Decided within the quarter.
    pub in_quarter: bool,
    /// Its address on DS.
    pub link: String,
}

impl Grant {
    /// The grant that a dossier is, when it was accepted by the end of the window.
    pub(super) fn of(subject: &Subject, window: Window, site: &str) -> Option<Self> {
        let decided_in_time = subject.treated_at.is_none_or(|instant| instant <= window.closes_at);
        if !is_accepted(subject) || !decided_in_time {
            return None;
        }
        let facts = &subject.facts;
        let committee = facts.date(FactName::CommitteeDate);
        let decided_on = committee.or(subject.treated_at.map(paris_date));
        Some(Self {
            programme: subject.programme,
            number: subject.number,
            beneficiary: subject.shown_applicant().map(str::to_owned),
            departement: departement(subject),
            theme: facts.value(FactName::Theme).map(ToString::to_string),
            title: facts.text(FactName::ProjectTitle).map(str::to_owned),
            granted: facts.amount(FactName::GrantedAmount),
            engaged: facts.amount(FactName::EngagedAmount),
            paid: facts.amount(FactName::PaidAmount),
            committee,
            decided_on,
            in_quarter: decided_on.is_some_and(|day| window.first_day() <= day && day <= window.last_day()),
            link: dossier_link(site, subject),
        })
    }
}

pub(super) fn is_accepted(subject: &Subject) -> bool {
    subject.state == DossierState::Accepte
}

/// The département in which a dossier counts. Themes 1 to 3 count where the project is carried out, else where the
/// applicant lies when that is in one département only (A3V1-15); the others where the applicant lies.
pub(super) fn departement(subject: &Subject) -> Option<String> {
    if subject.programme != Programme::Axe3V1 {
        return subject.applicant.departement.clone();
    }
    match subject.facts.value(FactName::ProjectDepartement) {
        Some(FactValue::Departements(codes)) => match codes.as_slice() {
            [code] => Some(code.clone()),
            _ => None,
        },
        _ => subject.applicant.departement.clone().filter(|_| lies_in_one_departement(subject)),
    }
}

fn lies_in_one_departement(subject: &Subject) -> bool {
    let siret = subject.applicant.siret.as_ref();
    siret
        .and_then(|siret| territory().groupement(siret.siren()))
        .is_none_or(|groupement| territory().departements_of_groupement(groupement).len() == 1)
}
