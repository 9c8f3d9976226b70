//! The communes that a Démat.ADS dossier lists as attached, told apart: those that count, repeats, those that the tables do not have.

use std::collections::BTreeSet;

use crate::domain::fact::CommuneRef;
use crate::domain::text::{fold, quoted};
use crate::territory::{self, Commune};

/// The attached communes of a dossier.
#[derive(Debug, Clone, Default)]
pub struct Attached {
    /// In the tables, each once, in the order of the form: those that ADS-06 counts.
    pub known: Vec<Commune>,
    /// Those listed a second time, once for each repetition.
    pub repeated: Vec<CommuneRef>,
    /// Districts of Paris, Lyon or Marseille, each once: no communes, and the tables have none of them.
    pub districts: Vec<CommuneRef>,
    /// Those that the tables do not have, each once.
    pub unknown: Vec<CommuneRef>,
}

impl Attached {
    /// Sorts a list of communes. What has no code is the same when its text reads the same.
    #[must_use]
    pub fn sort(communes: &[CommuneRef]) -> Self {
        let mut sorted = Self::default();
        let mut seen = BTreeSet::new();
        for listed in communes {
            if !seen.insert(listed.code.clone().unwrap_or_else(|| fold(&listed.text))) {
                sorted.repeated.push(listed.clone());
            } else if let Some(commune) = in_tables(listed) {
                sorted.known.push(commune);
            } else if city_of(listed).is_some() {
                sorted.districts.push(listed.clone());
            } else {
                sorted.unknown.push(listed.clone());
            }
        }
        sorted
    }

    /// The communes that are listed, by themselves or by one of their districts, each once.
    #[must_use]
    pub fn meant(&self) -> Vec<Commune> {
        let mut meant = self.known.clone();
        for city in self.districts.iter().filter_map(city_of) {
            if meant.iter().all(|commune| commune.code != city.code) {
                meant.push(city);
            }
        }
        meant
    }

    /// How many repetitions are of communes that count.
    #[must_use]
    pub fn repeats_of_known(&self) -> usize {
        self.repeated.iter().filter(|listed| in_tables(listed).is_some()).count()
    }

    /// How many communes more there may be, once what does not count now is told: a city is one commune, however many of its districts
    /// are listed, and none when it is listed itself.
    #[must_use]
    pub fn possible(&self) -> usize {
        let cities: BTreeSet<&str> = self.districts.iter().filter_map(city_of).map(|city| city.code).collect();
        let listed = |code: &&str| self.known.iter().any(|commune| commune.code == *code);
        self.unknown.len() + cities.iter().filter(|code| !listed(code)).count()
    }

    /// Those that count and do not lie in a territory.
    #[must_use]
    pub fn outside(&self, holds: impl Fn(&str) -> bool) -> Vec<Commune> {
        self.known.iter().copied().filter(|commune| !holds(commune.departement)).collect()
    }
}

/// The commune of which a listed code is an arrondissement.
fn city_of(listed: &CommuneRef) -> Option<Commune> {
    territory::city_of_district(listed.code.as_deref()?)
}

fn in_tables(listed: &CommuneRef) -> Option<Commune> {
    listed.code.as_deref().and_then(territory::commune)
}

/// A commune as sentences name it: `Melun (77288)`.
#[must_use]
pub fn show(commune: Commune) -> String {
    format!("{} ({})", commune.name, commune.code)
}

/// A listed commune as sentences name it: by the tables, else by what the form says.
#[must_use]
pub fn show_listed(listed: &CommuneRef) -> String {
    let text = listed.text.trim();
    if let (Some(city), Some(code)) = (city_of(listed), listed.code.as_deref()) {
        return format!("code {code} (arrondissement de {} : la commune est {}, {})", city.name, city.name, city.code);
    }
    match (in_tables(listed), listed.code.as_deref()) {
        (Some(commune), _) => show(commune),
        (None, Some(code)) if text == code || text.is_empty() => format!("code {code}"),
        (None, Some(code)) => format!("{} (code {code})", quoted(text)),
        (None, None) => quoted(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(code: Option<&str>, text: &str) -> CommuneRef {
        CommuneRef { code: code.map(str::to_owned), text: text.to_owned() }
    }

    #[test]
    fn an_arrondissement_is_told_as_such() {
        let codes = |codes: &[&str]| codes.iter().map(|code| listed(Some(code), code)).collect::<Vec<_>>();
        let sorted = Attached::sort(&codes(&["75101", "75120", "13216", "75121", "77288"]));
        assert_eq!((sorted.known.len(), sorted.districts.len(), sorted.unknown.len()), (1, 3, 1));
        assert_eq!(sorted.possible(), 3, "Paris, Marseille and what is not known");
        assert_eq!(
            show_listed(&sorted.districts[0]),
            "code 75101 (arrondissement de Paris : la commune est Paris, 75056)"
        );
        assert_eq!(Attached::sort(&codes(&["75056", "75101"])).possible(), 0);
    }

    #[test]
    fn each_commune_is_told_once_known_or_not() {
        let sorted = Attached::sort(&[
            listed(Some("77288"), "Melun"),
            listed(Some("99999"), "99999"),
            listed(Some("99999"), "Ailleurs"),
            listed(Some("77288"), "77288"),
            listed(None, "Saint-Denis"),
            listed(None, "saint denis"),
            listed(Some("60057"), "Beauvais"),
        ]);
        assert_eq!(sorted.known.iter().map(|c| c.code).collect::<Vec<_>>(), ["77288", "60057"]);
        assert_eq!(sorted.unknown.iter().map(show_listed).collect::<Vec<_>>(), ["code 99999", "« Saint-Denis »"]);
        assert_eq!((sorted.repeated.len(), sorted.repeats_of_known()), (3, 1));
        let outside = sorted.outside(|departement| departement == "77");
        assert_eq!(outside.into_iter().map(show).collect::<Vec<_>>(), ["Beauvais (60057)"]);
    }
}
