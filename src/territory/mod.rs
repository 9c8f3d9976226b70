//! Communes, groupements and départements of early 2022 (INSEE, DGCL; Licence Ouverte 2.0), built into the binary.
//!
//! The tables are compressed CSV files under `data/`, decompressed and indexed once, at the first look-up.

mod legal;
mod region;
mod tables;

use std::collections::HashMap;
use std::sync::LazyLock;

pub use legal::legal_kind;
pub use region::{Region, RegionalGuide};

use crate::domain::text::fold;

/// The vintage of the tables, shown wherever a population is.
pub const VINTAGE: &str = "INSEE/DGCL, populations en vigueur début 2022";

/// A commune.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commune {
    /// INSEE code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of the département or overseas collectivity.
    pub departement: String,
    /// Code of the région; none overseas outside the régions.
    pub region: Option<String>,
    /// SIREN of the commune; none for a few overseas territories.
    pub siren: Option<String>,
    /// Population municipale; none where nobody lives.
    pub population: Option<i64>,
}

/// A groupement with its own taxation, or an établissement public territorial of the Grand Paris.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Groupement {
    /// SIREN.
    pub siren: String,
    /// Name.
    pub name: String,
    /// `CA`, `CC`, `CU`, `EPT`, `METRO`, `MET69`.
    pub kind: String,
    /// Population totale.
    pub population_totale: i64,
    /// Population municipale.
    pub population_municipale: i64,
    /// INSEE codes of its members.
    pub members: Vec<String>,
}

/// A département.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Departement {
    /// Code, two or three characters.
    pub code: String,
    /// Name.
    pub name: String,
    /// Code of its région.
    pub region: String,
}

/// The reference tables, indexed.
#[derive(Debug)]
pub struct Territory {
    communes: HashMap<String, Commune>,
    groupements: HashMap<String, Groupement>,
    departements: Vec<Departement>,
    commune_by_siren: HashMap<String, String>,
    communes_by_name: HashMap<String, Vec<String>>,
    groupements_by_commune: HashMap<String, Vec<String>>,
}

/// The tables built into the binary.
#[must_use]
pub fn territory() -> &'static Territory {
    static TERRITORY: LazyLock<Territory> =
        LazyLock::new(|| Territory::index(tables::communes(), tables::groupements(), tables::departements()));
    &TERRITORY
}

impl Territory {
    fn index(communes: Vec<Commune>, groupements: Vec<Groupement>, departements: Vec<Departement>) -> Self {
        let mut commune_by_siren = HashMap::new();
        let mut communes_by_name: HashMap<String, Vec<String>> = HashMap::new();
        for commune in &communes {
            if let Some(siren) = &commune.siren {
                commune_by_siren.insert(siren.clone(), commune.code.clone());
            }
            communes_by_name.entry(fold(&commune.name)).or_default().push(commune.code.clone());
        }
        let mut groupements_by_commune: HashMap<String, Vec<String>> = HashMap::new();
        for groupement in &groupements {
            for code in &groupement.members {
                groupements_by_commune.entry(code.clone()).or_default().push(groupement.siren.clone());
            }
        }
        Self {
            communes: communes.into_iter().map(|commune| (commune.code.clone(), commune)).collect(),
            groupements: groupements.into_iter().map(|groupement| (groupement.siren.clone(), groupement)).collect(),
            departements,
            commune_by_siren,
            communes_by_name,
            groupements_by_commune,
        }
    }

    /// The commune with an INSEE code.
    #[must_use]
    pub fn commune(&self, code: &str) -> Option<&Commune> {
        self.communes.get(code)
    }

    /// The commune that a code is of: a district of Paris, Lyon or Marseille (`75101`), which DS and postal services give for an
    /// address there, is none, and is of its city.
    #[must_use]
    pub fn city_of_district(&self, code: &str) -> Option<&Commune> {
        let city = match code.parse().ok()? {
            75_101..=75_120_u32 => "75056",
            69_381..=69_389 => "69123",
            13_201..=13_216 => "13055",
            _ => return None,
        };
        self.commune(city)
    }

    /// The code of the commune that a code is of: the city's for one of its districts, else the same.
    #[must_use]
    pub fn code_of_commune<'a>(&'a self, code: &'a str) -> &'a str {
        self.city_of_district(code).map_or(code, |city| &city.code)
    }

    /// The commune with a SIREN.
    #[must_use]
    pub fn commune_by_siren(&self, siren: &str) -> Option<&Commune> {
        self.commune_by_siren.get(siren).and_then(|code| self.commune(code))
    }

    /// The communes with a name, compared after [`fold`]; several communes share many names.
    pub fn communes_named(&self, name: &str) -> impl Iterator<Item = &Commune> {
        self.communes_by_name.get(&fold(name)).into_iter().flatten().filter_map(|code| self.commune(code))
    }

    /// The communes of a département, by code.
    #[must_use]
    pub fn communes_of(&self, departement: &str) -> Vec<&Commune> {
        let mut communes: Vec<&Commune> =
            self.communes.values().filter(|commune| commune.departement == departement).collect();
        communes.sort_by(|a, b| a.code.cmp(&b.code));
        communes
    }

    /// The groupement with a SIREN.
    #[must_use]
    pub fn groupement(&self, siren: &str) -> Option<&Groupement> {
        self.groupements.get(siren)
    }

    /// The groupements that a commune is a member of.
    pub fn groupements_of(&self, code: &str) -> impl Iterator<Item = &Groupement> {
        self.groupements_by_commune.get(code).into_iter().flatten().filter_map(|siren| self.groupement(siren))
    }

    /// The départements in which a groupement has members, in order of code.
    #[must_use]
    pub fn departements_of_groupement(&self, groupement: &Groupement) -> Vec<String> {
        let mut codes: Vec<String> = groupement
            .members
            .iter()
            .filter_map(|code| self.commune(code))
            .map(|commune| commune.departement.clone())
            .collect();
        codes.sort();
        codes.dedup();
        codes
    }

    /// The département with a code.
    #[must_use]
    pub fn departement(&self, code: &str) -> Option<&Departement> {
        self.departements.iter().find(|departement| departement.code == code)
    }

    /// The départements, in order of code.
    #[must_use]
    pub fn departements(&self) -> &[Departement] {
        &self.departements
    }

    /// Population municipale of the commune or groupement with a SIREN.
    #[must_use]
    pub fn population(&self, siren: &str) -> Option<i64> {
        self.commune_by_siren(siren)
            .and_then(|commune| commune.population)
            .or_else(|| self.groupement(siren).map(|groupement| groupement.population_municipale))
    }

    /// Population municipale of all communes that are meant; none when there is none.
    pub fn population_of(&self, meant: impl Fn(&Commune) -> bool) -> Option<i64> {
        let populations = self.communes.values().filter(|commune| meant(commune)).map(|c| c.population.unwrap_or(0));
        populations.reduce(|sum, population| sum + population)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::subject::LegalKind;

    #[test]
    fn the_tables_are_whole() {
        let territory = territory();
        assert_eq!(territory.communes.len(), 35_059);
        assert_eq!(territory.groupements.len(), 1_265);
        assert_eq!(territory.departements.len(), 101);
        assert_eq!(territory.groupements.values().map(|groupement| groupement.members.len()).sum::<usize>(), 35_090);
        assert!(territory.groupements.values().flat_map(|g| &g.members).all(|code| territory.commune(code).is_some()));
    }

    #[test]
    fn a_commune_is_found_by_code_siren_and_name() {
        let territory = territory();
        let paris = territory.commune("75056").unwrap();
        assert_eq!((paris.name.as_str(), paris.population), ("Paris", Some(2_165_423)));
        assert_eq!(territory.commune_by_siren("217500016"), Some(paris));
        assert_eq!(territory.communes_named("  PARIS ").collect::<Vec<_>>(), [paris]);
        assert!(territory.communes_named("Saint-Denis").count() > 1);
        assert_eq!(territory.commune("75101"), None);
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
            assert_eq!(territory.code_of_commune(code), expected, "{code}");
        }
    }

    #[test]
    fn members_tell_the_departements_of_a_groupement() {
        let territory = territory();
        let est_ensemble = territory.groupement("200057875").unwrap();
        assert_eq!(est_ensemble.kind, "EPT");
        assert_eq!(territory.departements_of_groupement(est_ensemble), ["93"]);
        let grand_paris = territory.groupement("200054781").unwrap();
        assert!(territory.departements_of_groupement(grand_paris).len() >= 4);
        assert!(territory.groupements_of("93048").any(|groupement| groupement == est_ensemble));
        assert_eq!(territory.population("200057875"), Some(447_969));
        assert_eq!(territory.departement("93").map(|d| d.region.as_str()), Some("11"));
    }

    #[test]
    fn the_tables_outrank_the_legal_form() {
        assert_eq!(legal_kind(Some("217500016"), None), LegalKind::Commune);
        assert_eq!(legal_kind(Some("200057875"), Some("9220")), LegalKind::Groupement);
        assert_eq!(legal_kind(Some("000000000"), Some("9220")), LegalKind::Association);
        assert_eq!(legal_kind(None, None), LegalKind::Unknown);
    }
}
