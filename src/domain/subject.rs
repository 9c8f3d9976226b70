//! A dossier as the rules see it: identity, applicant and facts.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::dossier::{DossierNumber, DossierState, ProcedureNumber, Removal};
use super::erasure::ERASED;
use super::fact::{FactName, Facts};
use super::money::Cents;
use super::programme::Programme;
use super::siret::Siret;
use super::text::{QUOTED, shortened};
use super::verdict::Evaluation;

/// A dossier ready to be judged. Everything in it was read from what is stored; nothing is looked up later but
/// the reference tables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Its number.
    pub number: DossierNumber,
    /// The démarche it was filed on.
    pub procedure: ProcedureNumber,
    /// The programme of that démarche.
    pub programme: Programme,
    /// Where it stands.
    pub state: DossierState,
    /// First deposit.
    pub deposited_at: Timestamp,
    /// Last change that DS dates.
    pub updated_at: Timestamp,
    /// The latest decision.
    pub treated_at: Option<Timestamp>,
    /// Why DS no longer shows it, and since when; none: it does. Kept beside what was read: it changes without it.
    #[serde(skip)]
    pub removed: Option<Removal>,
    /// Who asks.
    pub applicant: ApplicantProfile,
    /// What the mapping read.
    pub facts: Facts,
    /// Whether an opinion asked for on DS was answered; none when none was asked for.
    pub opinion_given: Option<bool>,
    /// DS did not give the opinions: whether one was asked for or answered is not known.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub opinions_withheld: bool,
    /// Reduced to what may be kept: DS erased it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub erased: bool,
}

/// The applicant, placed in the territory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApplicantProfile {
    /// The name of the legal entity or person; none when DS has not got it.
    pub name: Option<String>,
    /// None for an individual or an unknown kind.
    pub siret: Option<Siret>,
    /// What kind of body it is.
    pub legal_kind: LegalKind,
    /// The INSEE code: of the commune when the applicant is one, else of its address.
    pub code_insee: Option<String>,
    /// The département: of the commune, of the members of the groupement when they lie in one, else of the address.
    pub departement: Option<String>,
    /// Population municipale of the commune or groupement with the applicant's SIREN; of a département or région, that of its
    /// communes together.
    pub population: Option<i64>,
}

/// The kinds of applicant that the rules tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegalKind {
    /// A commune.
    Commune,
    /// A département.
    Departement,
    /// A région.
    Region,
    /// A groupement with its own taxation, or an établissement public territorial.
    Groupement,
    /// A syndicat, PETR, pôle métropolitain…
    Syndicat,
    /// A CCAS, caisse des écoles or other public body of a collectivité.
    LocalPublicBody,
    /// A service of the State.
    State,
    /// A company.
    Company,
    /// An association.
    Association,
    /// An individual.
    Person,
    /// Not known: incomplete data or a form that the tables do not have.
    Unknown,
}

impl LegalKind {
    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Commune => "commune",
            Self::Departement => "département",
            Self::Region => "région",
            Self::Groupement => "groupement de collectivités",
            Self::Syndicat => "syndicat ou pôle",
            Self::LocalPublicBody => "établissement public local",
            Self::State => "service de l’État",
            Self::Company => "entreprise",
            Self::Association => "association",
            Self::Person => "particulier",
            Self::Unknown => "nature inconnue",
        }
    }
}

impl ApplicantProfile {
    /// The INSEE code of the commune that the applicant is, unless it is known to be something else that only sits there.
    #[must_use]
    pub fn own_commune(&self) -> Option<&str> {
        self.code_insee.as_deref().filter(|_| matches!(self.legal_kind, LegalKind::Commune | LegalKind::Unknown))
    }
}

impl Subject {
    /// The applicant's name as lists show it: where it was erased, that is said.
    #[must_use]
    pub fn shown_applicant(&self) -> Option<String> {
        let name = self.applicant.name.as_deref().or(self.erased.then_some(ERASED))?;
        Some(shortened(name, QUOTED))
    }

    /// Counts in rules across dossiers, sums and lists: DS still shows it, or it was accepted. A grant does not end with its
    /// file.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.removed.is_none() || self.state == DossierState::Accepte
    }

    /// Counts in rules across dossiers: neither refused nor closed without action, and kept.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.is_kept() && self.state.is_live()
    }

    /// The amount granted, as sums take it: a negative one is a slip, and counts as none.
    #[must_use]
    pub fn granted(&self) -> Option<Cents> {
        self.facts.amount(FactName::GrantedAmount).filter(|amount| *amount >= Cents::ZERO)
    }
}

/// A dossier with what the rules say of it: what lists, reports and screens are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged {
    /// The dossier.
    pub subject: Subject,
    /// What the rules say.
    pub evaluation: Evaluation,
}
