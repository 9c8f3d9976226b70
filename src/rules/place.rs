//! Where a grant lies, as read of a dossier: the one answer for rules, lists and reports.

use crate::domain::fact::{FactName, FactValue};
pub use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::subject::{ApplicantProfile, LegalKind, Subject};
use crate::territory;

impl Place {
    /// Of a dossier: where the project is carried out, when the form says so; else where the applicant lies (A3V1-15). An answer that
    /// cannot be read is not replaced by the applicant's place. Démat.ADS goes by the applicant alone.
    #[must_use]
    pub fn of(subject: &Subject) -> Self {
        let applicant = &subject.applicant;
        if subject.programme == Programme::Axe3V1Ads {
            return Self::within(applicant.departement.clone());
        }
        match subject.facts.get(FactName::ProjectDepartement).map(|fact| &fact.value) {
            Ok(FactValue::Departements(codes)) if !codes.is_empty() => Self::within(codes.iter().cloned()),
            Err(absence) if absence.hides_an_answer() => Self::default(),
            _ => Self::of_applicant(applicant),
        }
    }

    /// Of an applicant: a groupement of several départements lies where its members are, a région in all its départements. The members of a syndicat are in no
    /// table: its address does not tell where it acts.
    #[must_use]
    pub fn of_applicant(applicant: &ApplicantProfile) -> Self {
        let groupement = applicant.siret.as_ref().and_then(|siret| territory::groupement(siret.siren()));
        let members =
            groupement.map_or_else(Vec::new, |groupement| groupement.departements().map(str::to_owned).collect());
        let address = applicant.departement.clone();
        match applicant.legal_kind {
            _ if members.len() > 1 => Self::within(members),
            LegalKind::Region => {
                let region = address.as_deref().and_then(territory::departement).map(|d| d.region);
                let of_it = territory::departements().filter(|departement| Some(departement.region) == region);
                Self { departement: None, touches: of_it.map(|departement| departement.code.to_owned()).collect() }
            }
            LegalKind::Syndicat => Self { departement: None, touches: address.into_iter().collect() },
            _ => Self::within(address),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::Absence;
    use crate::domain::siret::Siret;
    use crate::rules::testing::{Change, blank, centre, codes, lab_project, project};

    fn place(change: impl FnOnce(&mut Subject)) -> (Option<String>, usize) {
        let mut subject = project(1);
        change(&mut subject);
        let place = Place::of(&subject);
        (place.departement, place.touches.len())
    }

    fn one(code: &str) -> (Option<String>, usize) {
        (Some(code.to_owned()), 1)
    }

    fn departements(codes: &[&str]) -> FactValue {
        FactValue::Departements(codes.iter().map(|code| (*code).to_owned()).collect())
    }

    #[test]
    fn the_project_outranks_the_applicant() {
        assert_eq!(place(|_| {}), one("77"));
        assert_eq!(place(|s| s.put(FactName::ProjectDepartement, departements(&["95"]))), one("95"));
        assert_eq!(place(|s| s.put(FactName::ProjectDepartement, departements(&["95", "78"]))), (None, 2));
        assert_eq!(place(|s| s.lose(FactName::ProjectDepartement, blank(FactName::ProjectDepartement))), one("77"));
        let unreadable = Absence::Unreadable { label: "x".to_owned(), reason: "y".to_owned() };
        assert_eq!(place(|s| s.lose(FactName::ProjectDepartement, unreadable)), (None, 0));
    }

    #[test]
    fn applicants_of_several_departements_have_no_single_one() {
        assert_eq!(place(|s| s.applicant.legal_kind = LegalKind::Region), (None, 8));
        assert_eq!(place(|s| s.applicant.legal_kind = LegalKind::Syndicat), (None, 1));
        assert_eq!(place(|s| s.applicant.legal_kind = LegalKind::Departement), one("77"));
        let grand_paris = place(|s| s.applicant.siret = Siret::parse("20005478100022").ok());
        assert_eq!(grand_paris.0, None);
        assert!(grand_paris.1 >= 4);
        let est_ensemble = place(|s| {
            s.applicant.siret = Siret::parse("20005787500011").ok();
            s.applicant.departement = Some("93".to_owned());
        });
        assert_eq!(est_ensemble, one("93"));
    }

    #[test]
    fn a_centre_lies_where_it_sits_and_volet_2_where_the_project_is() {
        let mut seat = centre(1, &codes(2));
        seat.applicant.legal_kind = LegalKind::Syndicat;
        assert_eq!(Place::of(&seat).departement.as_deref(), Some("77"));
        let mut lab = lab_project(1);
        lab.put(FactName::ProjectDepartement, departements(&["75"]));
        assert_eq!(Place::of(&lab).departement.as_deref(), Some("75"));
    }
}
