//! What is proper to a région: its name, and what the guide says of it alone. What is not known of a région is left out of its
//! documents; none of it is ever said of another one.

/// A région.
#[derive(Debug, PartialEq, Eq)]
pub struct Region {
    /// INSEE code; empty when none is known.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What the guide says of it.
    pub guide: Option<&'static RegionalGuide>,
}

/// What the guide of a région says of it alone.
#[derive(Debug, PartialEq, Eq)]
pub struct RegionalGuide {
    /// Where the drawing rights stand in Chorus ([M1-dép]).
    pub financial_centre: &'static str,
    /// Needs and services put forward for axe 1, by département ([A1]).
    pub axe1: &'static [(&'static str, u32)],
    /// Who signs for the région, and where ([Tab], "préfecture de la région d'Ile-de-France, préfecture de Paris").
    pub office: &'static str,
    /// See [`RegionalGuide::office`].
    pub seat: &'static str,
}

const fn region(code: &'static str, name: &'static str) -> Region {
    Region { code, name, guide: None }
}

/// "Chaque préfeture de département bénéficie d’un droit de tirage de 297 000 € sur le centre financier UO 0363-DITP-DR75"; the
/// table of axe 1.
static ILE_DE_FRANCE: RegionalGuide = RegionalGuide {
    financial_centre: "UO 0363-DITP-DR75",
    axe1: &[("75", 40), ("77", 7), ("78", 3), ("91", 3), ("92", 1), ("93", 1), ("94", 10), ("95", 6)],
    office: "Le préfet de la région d’Île-de-France, préfet de Paris",
    seat: "Paris",
};

static REGIONS: [Region; 18] = [
    region("01", "Guadeloupe"),
    region("02", "Martinique"),
    region("03", "Guyane"),
    region("04", "La Réunion"),
    region("06", "Mayotte"),
    Region { code: "11", name: "Île-de-France", guide: Some(&ILE_DE_FRANCE) },
    region("24", "Centre-Val de Loire"),
    region("27", "Bourgogne-Franche-Comté"),
    region("28", "Normandie"),
    region("32", "Hauts-de-France"),
    region("44", "Grand Est"),
    region("52", "Pays de la Loire"),
    region("53", "Bretagne"),
    region("75", "Nouvelle-Aquitaine"),
    region("76", "Occitanie"),
    region("84", "Auvergne-Rhône-Alpes"),
    region("93", "Provence-Alpes-Côte d’Azur"),
    region("94", "Corse"),
];

static UNKNOWN: Region = region("", "non précisée");

impl Region {
    /// The région with a code; one of which nothing is known where there is none.
    #[must_use]
    pub fn of(code: &str) -> &'static Self {
        REGIONS.iter().find(|region| region.code == code).unwrap_or(&UNKNOWN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::territory;

    #[test]
    fn every_region_of_the_tables_has_its_name() {
        for departement in territory::departements() {
            assert_eq!(Region::of(departement.region).code, departement.region, "{}", departement.name);
        }
        assert!(REGIONS.iter().all(|region| territory::departements().any(|d| d.region == region.code)));
        assert_eq!((Region::of("2A").code, Region::of("").name), ("", "non précisée"));
    }

    #[test]
    fn what_the_guide_says_of_a_region_lies_in_it() {
        for region in &REGIONS {
            let Some(guide) = region.guide else { continue };
            for (code, _) in guide.axe1 {
                assert_eq!(territory::departement(code).map(|d| d.region), Some(region.code), "{code}");
            }
        }
        assert_eq!(ILE_DE_FRANCE.axe1.iter().map(|(_, number)| number).sum::<u32>(), 71);
    }
}
