//! Who asks, placed in the territory: the tables by SIREN first, else what DS says of the address.

use crate::domain::dossier::{Applicant, Dossier, LegalEntity};
use crate::domain::siret::Siret;
use crate::domain::subject::{ApplicantProfile, LegalKind};
use crate::territory::{legal_kind, territory};

use super::departements::departement_of_code;

/// The profile of the applicant of a dossier.
///
/// A commune is placed by the tables; a groupement in the département of its members when they lie in one, else in
/// that of its address when it is one of theirs, else nowhere; everybody else at their address.
#[must_use]
pub fn applicant_profile(dossier: &Dossier) -> ApplicantProfile {
    match &dossier.applicant {
        Applicant::LegalEntity(entity) => of_entity(entity),
        Applicant::Incomplete { siret } => of_entity(&LegalEntity { siret: siret.clone(), ..LegalEntity::default() }),
        Applicant::Person { name } => nobody(Some(name.clone()), LegalKind::Person),
        Applicant::Unknown { .. } => nobody(None, LegalKind::Unknown),
    }
}

fn nobody(name: Option<String>, legal_kind: LegalKind) -> ApplicantProfile {
    ApplicantProfile { name, siret: None, legal_kind, code_insee: None, departement: None, population: None }
}

fn of_entity(entity: &LegalEntity) -> ApplicantProfile {
    let establishment = Siret::parse(&entity.siret).ok();
    let siren = establishment.as_ref().map(Siret::siren);
    let commune = siren.and_then(|siren| territory().commune_by_siren(siren));
    let groupement = siren.and_then(|siren| territory().groupement(siren));
    let name_in_tables =
        commune.map(|commune| &commune.name).or_else(|| groupement.map(|groupement| &groupement.name)).cloned();
    let departement = match (commune, groupement) {
        (Some(commune), _) => Some(commune.departement.clone()),
        (None, Some(groupement)) => {
            let members = territory().departements_of_groupement(groupement);
            match members.as_slice() {
                [only] => Some(only.clone()),
                several => departement_of_address(entity).filter(|address| several.contains(address)),
            }
        }
        (None, None) => departement_of_address(entity),
    };
    let kind = legal_kind(siren, entity.legal_form_code.as_deref());
    ApplicantProfile {
        name: entity.name.clone().filter(|name| !name.trim().is_empty()).or(name_in_tables),
        code_insee: commune.map(|commune| commune.code.clone()).or_else(|| {
            let stated = entity.city_code.as_deref()?;
            Some(territory().code_of_commune(stated).to_owned())
        }),
        population: siren
            .and_then(|siren| territory().population(siren))
            .or_else(|| of_all_communes(kind, departement.as_deref())),
        legal_kind: kind,
        departement,
        siret: establishment,
    }
}

/// The population of a département or région, which the tables give by commune alone. Its seat lies in it.
fn of_all_communes(kind: LegalKind, seat: Option<&str>) -> Option<i64> {
    let seat = territory().departement(seat?)?;
    match kind {
        LegalKind::Departement => territory().population_of(|commune| commune.departement == seat.code),
        LegalKind::Region => territory().population_of(|commune| commune.region.as_ref() == Some(&seat.region)),
        _ => None,
    }
}

/// Whether a code is that of a département, or of a collectivity overseas that the tables may not have. Anything else that an address
/// holds there is none: sums and tables have a line a département.
fn names_a_departement(code: &str) -> bool {
    let is_overseas = code.len() == 3 && code.starts_with("9") && code.bytes().all(|byte| byte.is_ascii_digit());
    is_overseas || territory().departement(code).is_some()
}

fn departement_of_address(entity: &LegalEntity) -> Option<String> {
    let stated = entity.department_code.clone().filter(|code| names_a_departement(code));
    stated.or_else(|| entity.city_code.as_deref().and_then(departement_of_code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mapping::fixtures::dossier;

    fn profile(applicant: Applicant) -> ApplicantProfile {
        applicant_profile(&Dossier { applicant, ..dossier(vec![], vec![]) })
    }

    fn entity(siret: &str, department: Option<&str>, city: Option<&str>) -> Applicant {
        Applicant::LegalEntity(Box::new(LegalEntity {
            siret: siret.to_owned(),
            department_code: department.map(str::to_owned),
            city_code: city.map(str::to_owned),
            ..LegalEntity::default()
        }))
    }

    #[test]
    fn a_commune_is_placed_by_the_tables_even_when_ds_has_only_its_siret() {
        let applicant = profile(Applicant::Incomplete { siret: "21750001600019".to_owned() });
        assert_eq!(applicant.name.as_deref(), Some("Paris"));
        assert_eq!(applicant.legal_kind, LegalKind::Commune);
        assert_eq!((applicant.code_insee.as_deref(), applicant.departement.as_deref()), (Some("75056"), Some("75")));
        assert_eq!(applicant.population, Some(2_165_423));
        let moved = profile(entity("21750001600019", Some("93"), Some("93048")));
        assert_eq!(moved.code_insee.as_deref(), Some("75056"));
    }

    #[test]
    fn a_groupement_is_where_its_members_are() {
        let est_ensemble = profile(entity("20005787500011", Some("75"), Some("75104")));
        assert_eq!(est_ensemble.departement.as_deref(), Some("93"));
        assert_eq!((est_ensemble.population, est_ensemble.legal_kind), (Some(447_969), LegalKind::Groupement));
        let grand_paris = |department| profile(entity("20005478100011", department, None)).departement;
        assert_eq!(grand_paris(Some("75")).as_deref(), Some("75"));
        assert_eq!(grand_paris(Some("13")), None);
        assert_eq!(grand_paris(None), None);
    }

    #[test]
    fn a_departement_and_a_region_count_the_inhabitants_of_their_communes() {
        let applicant = |form: &str| {
            profile(Applicant::LegalEntity(Box::new(LegalEntity {
                siret: "00000000000000".to_owned(),
                legal_form_code: Some(form.to_owned()),
                city_code: Some("77288".to_owned()),
                ..LegalEntity::default()
            })))
        };
        let (departement, region) = (applicant("7220"), applicant("7230"));
        assert_eq!((departement.legal_kind, region.legal_kind), (LegalKind::Departement, LegalKind::Region));
        assert_eq!(departement.population, Some(1_421_197));
        assert!(region.population.is_some_and(|population| population > 12_000_000));
        assert_eq!(applicant("7355").population, None);
    }

    #[test]
    fn everybody_else_is_at_their_address() {
        let company = profile(entity("00000000000000", None, Some("77186")));
        assert_eq!((company.code_insee.as_deref(), company.departement.as_deref()), (Some("77186"), Some("77")));
        assert_eq!((company.population, company.legal_kind), (None, LegalKind::Unknown));
        assert_eq!(profile(entity("123", None, None)).siret, None);
        let districts = [("75104", "75056", "75"), ("69383", "69123", "69"), ("13201", "13055", "13")];
        for (stated, commune, departement) in districts {
            let company = profile(entity("00000000000000", None, Some(stated)));
            let read = (company.code_insee.as_deref(), company.departement.as_deref());
            assert_eq!(read, (Some(commune), Some(departement)), "an arrondissement is no commune");
        }
        let person = profile(Applicant::Person { name: "X".to_owned() });
        assert_eq!((person.legal_kind, person.siret), (LegalKind::Person, None));
    }
}
