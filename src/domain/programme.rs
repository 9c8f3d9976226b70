//! The programmes of the fund that are filed on DS, and those that are not.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A line of the fund. A procedure on DS belongs to exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Programme {
    /// Appel à projets « dématérialisation ».
    #[serde(rename = "axe2-v1")]
    Axe2V1,
    /// Appel à projets « données ».
    #[serde(rename = "axe2-v2")]
    Axe2V2,
    /// Appel à projets « coopération ».
    #[serde(rename = "axe2-v3")]
    Axe2V3,
    /// `FranceConnect` et API nationales.
    #[serde(rename = "axe2-v4")]
    Axe2V4,
    /// Guichet territorial, thèmes 1 à 3.
    #[serde(rename = "axe3-v1")]
    Axe3V1,
    /// Guichet territorial, thème 4 : Démat.ADS.
    #[serde(rename = "axe3-v1-ads")]
    Axe3V1Ads,
    /// Laboratoires d'innovation territoriale.
    #[serde(rename = "axe3-v2")]
    Axe3V2,
}

/// A code that names no programme.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("« {0} » n’est pas un programme : choisissez parmi {known}", known = Programme::codes())]
pub struct UnknownProgramme(pub String);

impl Programme {
    /// Every programme, in the order of the guide.
    pub const ALL: [Self; 7] =
        [Self::Axe2V1, Self::Axe2V2, Self::Axe2V3, Self::Axe2V4, Self::Axe3V1, Self::Axe3V1Ads, Self::Axe3V2];

    /// The code used in configuration, database and lists.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Axe2V1 => "axe2-v1",
            Self::Axe2V2 => "axe2-v2",
            Self::Axe2V3 => "axe2-v3",
            Self::Axe2V4 => "axe2-v4",
            Self::Axe3V1 => "axe3-v1",
            Self::Axe3V1Ads => "axe3-v1-ads",
            Self::Axe3V2 => "axe3-v2",
        }
    }

    /// A call or the counter of axe 2, which is decided for the whole country.
    #[must_use]
    pub const fn is_of_axe_2(self) -> bool {
        matches!(self, Self::Axe2V1 | Self::Axe2V2 | Self::Axe2V3 | Self::Axe2V4)
    }

    /// The name that people read.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Axe2V1 => "Axe 2, volet 1 : dématérialisation",
            Self::Axe2V2 => "Axe 2, volet 2 : données",
            Self::Axe2V3 => "Axe 2, volet 3 : coopération",
            Self::Axe2V4 => "Axe 2, volet 4 : FranceConnect et API nationales",
            Self::Axe3V1 => "Axe 3, volet 1 : guichet territorial, thèmes 1 à 3",
            Self::Axe3V1Ads => "Axe 3, volet 1, thème 4 : Démat.ADS",
            Self::Axe3V2 => "Axe 3, volet 2 : laboratoires d’innovation territoriale",
        }
    }

    /// What it is called where there is little room.
    #[must_use]
    pub const fn short_label(self) -> &'static str {
        match self {
            Self::Axe2V1 => "Axe 2, volet 1",
            Self::Axe2V2 => "Axe 2, volet 2",
            Self::Axe2V3 => "Axe 2, volet 3",
            Self::Axe2V4 => "Axe 2, volet 4",
            Self::Axe3V1 => "Axe 3, volet 1",
            Self::Axe3V1Ads => "Démat.ADS",
            Self::Axe3V2 => "Axe 3, volet 2",
        }
    }

    /// All codes, for messages.
    #[must_use]
    pub fn codes() -> String {
        Self::ALL.map(Self::code).join(", ")
    }
}

impl fmt::Display for Programme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Programme {
    type Err = UnknownProgramme;
    fn from_str(code: &str) -> Result<Self, UnknownProgramme> {
        Self::ALL
            .into_iter()
            .find(|programme| programme.code() == code)
            .ok_or_else(|| UnknownProgramme(code.to_owned()))
    }
}
