//! What a dossier is to the others: all that a rule may learn of it when it judges another one.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::dossier::DossierNumber;
use super::money::Cents;
use super::place::Place;
use super::programme::Programme;
use super::siret::Siret;

/// One dossier, as the others see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbour {
    /// Its number.
    pub number: DossierNumber,
    /// Its programme.
    pub programme: Programme,
    /// Whether the others see it: it is live, its démarche is followed, and nobody set it aside. Of one that does not count, what it
    /// asks for is still known: it is judged too.
    pub counts: bool,
    /// The establishment that asks.
    pub siret: Option<Siret>,
    /// The service connected, for axe 2 volet 4.
    pub service: Option<String>,
    /// The communes that it is about, by INSEE code, for Démat.ADS.
    pub communes: BTreeMap<String, Claim>,
    /// What it was granted, once it was accepted.
    pub grant: Option<Grant>,
}

/// What a dossier says of a commune; neither: it only looks at what the others say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Claim {
    /// It lists the commune as attached.
    pub attached: bool,
    /// It is carried by the commune as autonomous.
    pub autonomous: bool,
}

/// An accepted dossier, as sums take it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// When it was decided, as far as it is known.
    pub rank: Rank,
    /// Where it lies.
    pub place: Place,
    /// The amount; none: it is not known.
    pub amount: Option<Cents>,
}

/// Where a grant stands in the order of decision: by day (of the committee, else of the decision on DS; [`Date::MAX`] where neither is
/// known), then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// The day.
    pub on: Date,
    /// The dossier.
    pub number: DossierNumber,
}

impl Rank {
    /// Before every grant.
    pub const FIRST: Self = Self { on: Date::MIN, number: DossierNumber::MIN };
    /// After every grant.
    pub const LAST: Self = Self { on: Date::MAX, number: DossierNumber::MAX };
}

/// A share of the grants of a programme: those that one sum needs, wherever else it looks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Share {
    /// All of them.
    Whole(Programme),
    /// Those that take the credits of one département.
    Departement(Programme, String),
    /// Those of which a person has to tell whose credits they take.
    Unsettled(Programme),
}

impl Share {
    /// The programme.
    #[must_use]
    pub const fn programme(&self) -> Programme {
        match self {
            Self::Whole(programme) | Self::Departement(programme, _) | Self::Unsettled(programme) => *programme,
        }
    }

    /// The département.
    #[must_use]
    pub fn departement(&self) -> Option<&str> {
        match self {
            Self::Departement(_, departement) => Some(departement),
            Self::Whole(_) | Self::Unsettled(_) => None,
        }
    }
}

/// What was granted by some dossiers together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Consumed {
    /// The sum of the amounts that are known.
    pub total: Cents,
    /// How many dossiers.
    pub dossiers: usize,
    /// How many of them have no known amount: the sum is then a lower bound.
    pub without_amount: usize,
}

impl Consumed {
    /// Takes a grant in.
    pub fn add(&mut self, amount: Option<Cents>) {
        self.dossiers += 1;
        match amount {
            Some(amount) => self.total += amount,
            None => self.without_amount += 1,
        }
    }

    /// Takes others in.
    pub fn add_all(&mut self, other: Self) {
        self.total += other.total;
        self.dossiers += other.dossiers;
        self.without_amount += other.without_amount;
    }

    /// Without a grant that was taken in.
    #[must_use]
    pub fn without(self, amount: Option<Cents>) -> Self {
        Self {
            total: self.total - amount.unwrap_or(Cents::ZERO),
            dossiers: self.dossiers - 1,
            without_amount: self.without_amount - usize::from(amount.is_none()),
        }
    }
}
