//! Which dossiers are asked for, and what comes of one.

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::graphql_error::GraphqlError;
use super::page::Cursor;
use crate::domain::clock::ServerClock;
use crate::domain::dossier::ProcedureNumber;

/// One dossier, asked for by its number.
#[derive(Debug)]
pub struct FetchedDossier {
    /// The exact bytes that the server sent.
    pub raw: Box<RawValue>,
    /// What the server could not give of it.
    pub errors: Vec<GraphqlError>,
    /// DS's clock when it answered; none when the answer had no usable date.
    pub clock: Option<ServerClock>,
}

/// A part of a dossier, for one that cannot be had whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DossierPart {
    /// Number, state, dates: without it there is no dossier.
    Core,
    /// The applicant.
    Applicant,
    /// The public champs.
    Champs,
    /// The private annotations.
    Annotations,
    /// The opinions.
    Opinions,
    /// The labels.
    Labels,
    /// The attestation.
    Attestation,
}

impl DossierPart {
    /// The parts that a dossier can be stored without.
    pub const OPTIONAL: [Self; 6] =
        [Self::Applicant, Self::Champs, Self::Annotations, Self::Opinions, Self::Labels, Self::Attestation];

    /// The member of the dossier that holds it; none for the core, which has many.
    #[must_use]
    pub const fn member(self) -> Option<&'static str> {
        match self {
            Self::Core => None,
            Self::Applicant => Some("demandeur"),
            Self::Champs => Some("champs"),
            Self::Annotations => Some("annotations"),
            Self::Opinions => Some("avis"),
            Self::Labels => Some("labels"),
            Self::Attestation => Some("attestation"),
        }
    }

    /// As an operator reads it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Core => "numéro, état et dates",
            Self::Applicant => "demandeur",
            Self::Champs => "champs",
            Self::Annotations => "annotations",
            Self::Opinions => "avis",
            Self::Labels => "étiquettes",
            Self::Attestation => "attestation",
        }
    }
}

/// In what order dossiers are walked. A cursor of one order means nothing in the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// By first deposit, which never changes: for a full read.
    Deposit,
    /// By last change, from this instant on, inclusive: for increments. Fixed for the whole walk.
    UpdatedSince(Timestamp),
}

/// A page of dossiers to ask for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DossierQuery {
    /// Of which démarche.
    pub procedure: ProcedureNumber,
    /// In what order.
    pub order: Order,
    /// After which place; `None` from the beginning.
    pub after: Option<Cursor>,
    /// How many, 1 to 100.
    pub page_size: u32,
}

impl DossierQuery {
    pub(super) fn updated_since(&self) -> Option<Timestamp> {
        match self.order {
            Order::Deposit => None,
            Order::UpdatedSince(instant) => Some(instant),
        }
    }
}
