//! Where dossiers come from: the real communes and groupements of Île-de-France, and the bodies that carry dossiers.

use std::collections::BTreeMap;

use fastrand::Rng;

use crate::sandbox::world::{Address, Company, FormCommune};
use crate::territory::{self, Commune, Groupement};

/// The départements of Île-de-France.
pub const DEPARTEMENTS: [&str; 8] = ["75", "77", "78", "91", "92", "93", "94", "95"];

/// The bodies of the région, shuffled once, so that each is drawn once before any is drawn again.
#[derive(Debug)]
pub struct Places {
    /// Communes that instruct for themselves.
    autonomous: Vec<Commune>,
    /// Groupements that instruct for members.
    centres: Vec<Groupement>,
    /// Communes and groupements, for projects.
    carriers: Vec<Body>,
    drawn: [usize; 3],
}

/// A public body.
#[derive(Debug, Clone, Copy)]
pub enum Body {
    /// A commune.
    Commune(Commune),
    /// A groupement.
    Groupement(Groupement),
}

impl Places {
    /// Gathers and shuffles; reserved communes, by their code, are not drawn as autonomous ones.
    #[must_use]
    pub fn of_the_region(rng: &mut Rng, is_reserved: impl Fn(&str) -> bool) -> Self {
        let mut communes: Vec<Commune> =
            DEPARTEMENTS.iter().flat_map(|departement| territory::communes_of(departement)).collect();
        communes.retain(|commune| commune.siren.is_some());
        let by_siren: BTreeMap<&str, Groupement> = communes
            .iter()
            .flat_map(|commune| commune.groupements())
            .filter(|groupement| groupement.kind != "METRO" && in_region(*groupement))
            .map(|groupement| (groupement.siren, groupement))
            .collect();
        let mut centres: Vec<Groupement> = by_siren.into_values().collect();
        let mut carriers: Vec<Body> = communes.iter().copied().map(Body::Commune).collect();
        carriers.extend(centres.iter().copied().map(Body::Groupement));
        rng.shuffle(&mut centres);
        rng.shuffle(&mut carriers);
        // Paris and towns large enough to have a service of their own; no groupement here lists them as attached.
        let mut autonomous: Vec<Commune> = communes.into_iter().filter(|commune| is_autonomous(*commune)).collect();
        autonomous.retain(|commune| !is_reserved(commune.code));
        rng.shuffle(&mut autonomous);
        Self { autonomous, centres, carriers, drawn: [0; 3] }
    }

    /// The next autonomous commune.
    pub fn autonomous(&mut self) -> Option<Commune> {
        next(&self.autonomous, &mut self.drawn[0])
    }

    /// The next centre instructeur.
    pub fn centre(&mut self) -> Option<Groupement> {
        next(&self.centres, &mut self.drawn[1])
    }

    /// The next carrier of a project.
    pub fn carrier(&mut self) -> Option<Body> {
        next(&self.carriers, &mut self.drawn[2])
    }

    /// The first centre with at least so many attachable members; it is not drawn again.
    pub fn centre_with(&mut self, members: usize) -> Option<Groupement> {
        let from = self.drawn[1];
        let found = (from..self.centres.len())
            .find(|&at| self.centres.get(at).is_some_and(|groupement| attachable(*groupement).count() >= members))?;
        self.centres.swap(from, found);
        self.centre()
    }
}

fn next<T: Copy>(pool: &[T], drawn: &mut usize) -> Option<T> {
    let item = pool.get(*drawn % pool.len().max(1)).copied();
    *drawn += 1;
    item
}

fn in_region(groupement: Groupement) -> bool {
    groupement.departements().all(|code| DEPARTEMENTS.contains(&code))
}

fn is_autonomous(commune: Commune) -> bool {
    commune.population.is_some_and(|population| population > 20_000)
}

/// The members of a groupement that do not instruct for themselves.
pub fn attachable(groupement: Groupement) -> impl Iterator<Item = Commune> {
    groupement
        .members()
        .filter_map(territory::commune)
        .filter(|commune| DEPARTEMENTS.contains(&commune.departement) && !is_autonomous(*commune))
}

impl Body {
    /// Its commune, or the largest of its members.
    #[must_use]
    pub fn seat(self) -> Option<Commune> {
        match self {
            Self::Commune(commune) => Some(commune),
            Self::Groupement(groupement) => {
                let members = groupement.members().filter_map(territory::commune);
                members.max_by_key(|commune| (commune.population, commune.code))
            }
        }
    }

    /// Population municipale.
    #[must_use]
    pub fn population(self) -> i64 {
        match self {
            Self::Commune(commune) => commune.population.unwrap_or_default(),
            Self::Groupement(groupement) => groupement.population_municipale,
        }
    }

    /// The establishment that files.
    #[must_use]
    pub fn company(self) -> Option<Company> {
        let seat = self.seat()?;
        let (siren, name, (legal_form_code, legal_form)) = match self {
            Self::Commune(commune) => (
                commune.siren?,
                format!("Commune {}", of(commune.name)).to_uppercase(),
                ("7210", "Commune et commune nouvelle"),
            ),
            Self::Groupement(groupement) => {
                (groupement.siren, groupement.name.to_uppercase(), legal_form(groupement.kind))
            }
        };
        Some(Company {
            siret: siret(siren, 1),
            name,
            legal_form_code,
            legal_form,
            head_office: true,
            rna: None,
            address: town_hall(seat),
        })
    }
}

/// The name of a commune after « de », as French contracts it: `du Mée-sur-Seine`, `des Lilas`, `d’Évry-Courcouronnes`.
fn of(name: &str) -> String {
    if let Some(rest) = name.strip_prefix("Le ") {
        format!("du {rest}")
    } else if let Some(rest) = name.strip_prefix("Les ") {
        format!("des {rest}")
    } else if name.starts_with(|first: char| "AEIOUYÀÂÉÈÊÎÔŒ".contains(first)) {
        format!("d’{name}")
    } else {
        format!("de {name}")
    }
}

fn legal_form(kind: &str) -> (&'static str, &'static str) {
    match kind {
        "CA" => ("7348", "Communauté d’agglomération"),
        "CC" => ("7346", "Communauté de communes"),
        "CU" => ("7343", "Communauté urbaine"),
        _ => ("7349", "Autre établissement public local de coopération"),
    }
}

/// The address of a town hall.
#[must_use]
pub fn town_hall(commune: Commune) -> Address {
    Address { street: "1 place de l’Hôtel-de-Ville".to_owned(), place: FormCommune::from(commune) }
}

/// The SIRET of the nth establishment of a legal entity, with its check digit (Luhn).
#[must_use]
pub fn siret(siren: &str, establishment: u32) -> String {
    let body = format!("{siren}{establishment:04}");
    let sum: u32 = body
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, byte)| {
            let digit = u32::from(byte.saturating_sub(b'0'));
            let doubled = if index % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    format!("{body}{}", (10 - sum % 10) % 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::siret::Siret;

    #[test]
    fn sirets_have_their_check_digit() {
        assert_eq!(siret("732829320", 7), "73282932000074");
        assert!(Siret::parse(&siret("217500016", 1)).is_ok());
    }

    #[test]
    fn articles_are_contracted() {
        for (name, after) in [
            ("Le Mée-sur-Seine", "du Mée-sur-Seine"),
            ("Les Lilas", "des Lilas"),
            ("La Courneuve", "de La Courneuve"),
            ("L’Île-Saint-Denis", "de L’Île-Saint-Denis"),
            ("Évry-Courcouronnes", "d’Évry-Courcouronnes"),
            ("Melun", "de Melun"),
        ] {
            assert_eq!(of(name), after);
        }
    }

    #[test]
    fn bodies_are_those_of_the_region_each_drawn_once() {
        let mut places = Places::of_the_region(&mut Rng::with_seed(1), |_| false);
        let mut sirens: Vec<_> = (0..40).map(|_| places.centre().unwrap().siren).collect();
        sirens.sort_unstable();
        sirens.dedup();
        assert_eq!(sirens.len(), 40);
        assert!(attachable(places.centre_with(31).unwrap()).count() >= 31);
        for _ in 0..60 {
            let seat = places.carrier().unwrap().seat().unwrap();
            assert_eq!(seat.region, Some("11"));
        }
    }
}
