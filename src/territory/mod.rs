//! Communes, groupements and départements of early 2022 (INSEE, DGCL; Licence Ouverte 2.0), built into the binary.
//!
//! `build.rs` turns the CSV files under `data/` into sorted tables when the program is built; they are searched in place. What is
//! looked up is a small copy whose texts lie in the binary.

mod legal;
mod region;
mod table;

pub use legal::legal_kind;
pub use region::Region;

use crate::domain::text::fold;
use table::{COMMUNES, COMMUNES_BY_NAME, COMMUNES_BY_SIREN, DEPARTEMENTS, GROUPEMENTS, fields};

/// The vintage of the tables, shown wherever a population is.
pub const VINTAGE: &str = "INSEE/DGCL, populations en vigueur début 2022";

/// A commune.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Commune {
    /// INSEE code.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Code of the département or overseas collectivity.
    pub departement: &'static str,
    /// Code of the région; none overseas outside the régions.
    pub region: Option<&'static str>,
    /// SIREN of the commune; none for a few overseas territories.
    pub siren: Option<&'static str>,
    /// Population municipale; none where nobody lives.
    pub population: Option<i64>,
    groupements: &'static str,
}

/// A groupement with its own taxation, or an établissement public territorial of the Grand Paris.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groupement {
    /// SIREN.
    pub siren: &'static str,
    /// Name.
    pub name: &'static str,
    /// `CA`, `CC`, `CU`, `EPT`, `METRO`, `MET69`.
    pub kind: &'static str,
    /// Population totale.
    pub population_totale: i64,
    /// Population municipale.
    pub population_municipale: i64,
    departements: &'static str,
    members: &'static str,
}

/// A département.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Departement {
    /// Code, two or three characters.
    pub code: &'static str,
    /// Name.
    pub name: &'static str,
    /// Code of its région.
    pub region: &'static str,
    /// Population municipale of its communes.
    pub population: i64,
}

impl Commune {
    fn of(record: &'static str) -> Self {
        let [code, name, departement, region, siren, population, groupements] = fields(record);
        Self {
            code,
            name,
            departement,
            region: Some(region).filter(|region| !region.is_empty()),
            siren: Some(siren).filter(|siren| !siren.is_empty()),
            population: population.parse().ok(),
            groupements,
        }
    }

    /// The groupements that it is a member of.
    pub fn groupements(self) -> impl Iterator<Item = Groupement> {
        self.groupements.split_ascii_whitespace().filter_map(groupement)
    }
}

impl Groupement {
    fn of(record: &'static str) -> Self {
        let [siren, name, kind, totale, municipale, departements, members] = fields(record);
        Self {
            siren,
            name,
            kind,
            population_totale: totale.parse().unwrap_or_default(),
            population_municipale: municipale.parse().unwrap_or_default(),
            departements,
            members,
        }
    }

    /// INSEE codes of its members.
    pub fn members(self) -> impl Iterator<Item = &'static str> {
        self.members.split_ascii_whitespace()
    }

    /// Codes of the départements in which it has members, in order.
    pub fn departements(self) -> impl Iterator<Item = &'static str> {
        self.departements.split_ascii_whitespace()
    }
}

impl Departement {
    fn of(record: &'static str) -> Self {
        let [code, name, region, population] = fields(record);
        Self { code, name, region, population: population.parse().unwrap_or_default() }
    }
}

/// The commune with an INSEE code.
#[must_use]
pub fn commune(code: &str) -> Option<Commune> {
    COMMUNES.find(code).map(Commune::of)
}

/// The commune with a SIREN.
#[must_use]
pub fn commune_by_siren(siren: &str) -> Option<Commune> {
    let [_, code] = fields(COMMUNES_BY_SIREN.find(siren)?);
    commune(code)
}

/// The city that a district of Paris, Lyon or Marseille is of (`75101`): DS and postal services give its code for an address there,
/// and it is no commune.
#[must_use]
pub fn city_of_district(code: &str) -> Option<Commune> {
    let city = match code.parse().ok()? {
        75_101..=75_120_u32 => "75056",
        69_381..=69_389 => "69123",
        13_201..=13_216 => "13055",
        _ => return None,
    };
    commune(city)
}

/// The code of the commune that a code is of: the city's for one of its districts, else the same.
#[must_use]
pub fn code_of_commune(code: &str) -> &str {
    city_of_district(code).map_or(code, |city| city.code)
}

/// The communes with a name, compared after [`fold`]; several communes share many names.
pub fn communes_named(name: &str) -> impl Iterator<Item = Commune> {
    let [_, codes] = COMMUNES_BY_NAME.find(&fold(name)).map_or([""; 2], fields);
    codes.split_ascii_whitespace().filter_map(commune)
}

/// The communes of a département, by code.
pub fn communes_of(departement: &str) -> impl Iterator<Item = Commune> {
    // A code begins with that of its département, so they stand together; the build holds that.
    (COMMUNES.place(departement)..COMMUNES.len())
        .map(|at| Commune::of(COMMUNES.record(at)))
        .take_while(move |commune| commune.departement == departement)
}

/// The groupement with a SIREN.
#[must_use]
pub fn groupement(siren: &str) -> Option<Groupement> {
    GROUPEMENTS.find(siren).map(Groupement::of)
}

/// The département with a code.
#[must_use]
pub fn departement(code: &str) -> Option<Departement> {
    DEPARTEMENTS.find(code).map(Departement::of)
}

/// The départements, in order of code.
pub fn departements() -> impl Iterator<Item = Departement> {
    (0..DEPARTEMENTS.len()).map(|at| Departement::of(DEPARTEMENTS.record(at)))
}

/// Population municipale of the commune or groupement with a SIREN.
#[must_use]
pub fn population(siren: &str) -> Option<i64> {
    commune_by_siren(siren)
        .and_then(|commune| commune.population)
        .or_else(|| groupement(siren).map(|groupement| groupement.population_municipale))
}

/// Population municipale of the communes of a région; none when it has no département.
#[must_use]
pub fn population_of_region(region: &str) -> Option<i64> {
    departements()
        .filter(|departement| departement.region == region)
        .map(|d| d.population)
        .reduce(|sum, of_one| sum + of_one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::subject::LegalKind;

    #[test]
    fn the_tables_are_whole() {
        assert_eq!(COMMUNES.len(), 35_059);
        assert_eq!(GROUPEMENTS.len(), 1_265);
        assert_eq!(departements().count(), 101);
        let all = || (0..GROUPEMENTS.len()).map(|at| Groupement::of(GROUPEMENTS.record(at)));
        assert_eq!(all().map(|groupement| groupement.members().count()).sum::<usize>(), 35_090);
        assert!(all().flat_map(Groupement::members).all(|code| commune(code).is_some()));
        assert!(departements().all(|d| departement(d.code) == Some(d) && communes_of(d.code).count() > 0));
    }

    #[test]
    fn every_record_is_found_by_its_keys() {
        let mut of_departements = 0;
        for at in 0..COMMUNES.len() {
            let found = Commune::of(COMMUNES.record(at));
            assert_eq!(commune(found.code), Some(found));
            assert!(communes_named(found.name).any(|named| named == found), "{}", found.name);
            assert!(found.siren.is_none_or(|siren| commune_by_siren(siren) == Some(found)), "{}", found.code);
            assert!(found.groupements().all(|groupement| groupement.members().any(|code| code == found.code)));
            of_departements += i64::from(departement(found.departement).is_some()) * found.population.unwrap_or(0);
        }
        assert_eq!(departements().map(|departement| departement.population).sum::<i64>(), of_departements);
        for at in 0..GROUPEMENTS.len() {
            let found = Groupement::of(GROUPEMENTS.record(at));
            assert_eq!(groupement(found.siren), Some(found));
            assert!(found.population_totale >= found.population_municipale, "{}", found.name);
            let mut lies_in: Vec<_> = found.members().filter_map(commune).map(|c| c.departement).collect();
            lies_in.sort_unstable();
            lies_in.dedup();
            assert_eq!(found.departements().collect::<Vec<_>>(), lies_in);
        }
    }

    #[test]
    fn what_is_in_no_table_is_not_found() {
        for key in ["", "0", "00000", "99999", "75056\t", "75056 ", "7505", "Ω", "\u{10ffff}", "\t", "\n"] {
            assert_eq!(
                (commune(key), commune_by_siren(key), groupement(key), departement(key)),
                (None, None, None, None)
            );
            assert_eq!((communes_named(key).count(), communes_of(key).count()), (0, 0), "{key:?}");
        }
        assert_eq!(population_of_region("12"), None);
    }

    #[test]
    fn a_commune_is_found_by_code_siren_and_name() {
        let paris = commune("75056").unwrap();
        assert_eq!((paris.name, paris.population), ("Paris", Some(2_165_423)));
        assert_eq!(commune_by_siren("217500016"), Some(paris));
        assert_eq!(communes_named("  PARIS ").collect::<Vec<_>>(), [paris]);
        assert!(communes_named("Saint-Denis").count() > 1);
        assert_eq!(commune("75101"), None);
        for (code, expected) in [
            ("75101", "75056"),
            ("75120", "75056"),
            ("69381", "69123"),
            ("69389", "69123"),
            ("13201", "13055"),
            ("13216", "13055"),
            ("75121", "75121"),
            ("13217", "13217"),
            ("69380", "69380"),
            ("77288", "77288"),
            ("2A004", "2A004"),
        ] {
            assert_eq!(code_of_commune(code), expected, "{code}");
        }
    }

    #[test]
    fn members_tell_the_departements_of_a_groupement() {
        let est_ensemble = groupement("200057875").unwrap();
        assert_eq!(est_ensemble.kind, "EPT");
        assert_eq!(est_ensemble.departements().collect::<Vec<_>>(), ["93"]);
        assert!(groupement("200054781").unwrap().departements().count() >= 4);
        assert!(commune("93048").unwrap().groupements().any(|groupement| groupement == est_ensemble));
        assert_eq!(population("200057875"), Some(447_969));
        assert_eq!(departement("93").map(|d| d.region), Some("11"));
    }

    #[test]
    fn the_tables_outrank_the_legal_form() {
        assert_eq!(legal_kind(Some("217500016"), None), LegalKind::Commune);
        assert_eq!(legal_kind(Some("200057875"), Some("9220")), LegalKind::Groupement);
        assert_eq!(legal_kind(Some("000000000"), Some("9220")), LegalKind::Association);
        assert_eq!(legal_kind(None, None), LegalKind::Unknown);
    }
}
