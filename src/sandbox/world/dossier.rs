//! A dossier of the stand-in.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::form::StableId;
use super::value::{Address, Answers, Company, File};
use crate::domain::dossier::DossierState;

/// A dossier, with all that the API shows of it and what it hides.
#[derive(Debug, Clone)]
pub struct Dossier {
    /// Its number.
    pub number: i64,
    /// The number of its démarche.
    pub procedure: i64,
    /// Where it stands.
    pub state: DossierState,
    /// Put away by an instructor.
    pub archived: bool,
    /// First deposit; never changes.
    pub deposited_at: Timestamp,
    /// Latest return to construction.
    pub constructed_at: Timestamp,
    /// Latest beginning of instruction.
    pub instructed_at: Option<Timestamp>,
    /// Latest decision.
    pub treated_at: Option<Timestamp>,
    /// Last change that the server counts as one (API facts, 3.10), to the microsecond.
    pub updated_at: Timestamp,
    /// Last change of a champ.
    pub champs_at: Timestamp,
    /// Last change of an annotation.
    pub annotations_at: Timestamp,
    /// The reason given with the decision.
    pub motivation: Option<String>,
    /// The letter made after the decision.
    pub attestation: Option<File>,
    /// Who asks; none when the server lost it, which spoils the dossier's place in a page (API facts, 2.5).
    pub applicant: Option<Applicant>,
    /// The number of the group of instructors.
    pub group: i64,
    /// Names of the labels put on it.
    pub labels: BTreeSet<String>,
    /// What was done with it.
    pub treatments: Vec<Treatment>,
    /// Opinions asked for.
    pub opinions: Vec<Opinion>,
    /// Answers to the questions of both sections.
    pub answers: Answers,
    /// Questions that a condition hides: absent from the champs (API facts, 4.5).
    pub hidden_questions: BTreeSet<StableId>,
    /// Put in the bin by its owner.
    pub hidden_by_user: Option<Timestamp>,
    /// Put in the bin by the administration.
    pub hidden_by_administration: Option<Hiding>,
    /// Neither listed nor in the bin until it is erased.
    pub hidden_by_expiry: Option<Timestamp>,
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applicant {
    /// A legal entity.
    Company(Company),
    /// A legal entity whose data the registers did not give yet.
    Incomplete(Company),
    /// An individual.
    Person {
        /// `M` or `Mme`.
        civility: &'static str,
        /// Name.
        name: String,
        /// First name.
        first_name: String,
        /// Where this person lives; the API does not show it.
        address: Address,
    },
}

/// A decision or a move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Treatment {
    /// The event, as the API names it.
    pub event: &'static str,
    /// When.
    pub at: Timestamp,
    /// The reason given.
    pub motivation: Option<String>,
}

/// An opinion asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it was given, and what it says.
    pub answer: Option<(Timestamp, String)>,
}

/// The administration's bin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hiding {
    /// When.
    pub at: Timestamp,
    /// Why, as the API names it.
    pub reason: &'static str,
}

impl Dossier {
    /// Whether the list of dossiers shows it (API facts, 3.5).
    #[must_use]
    pub fn is_visible(&self) -> bool {
        self.hidden_by_administration.is_none()
            && self.hidden_by_expiry.is_none()
            && (self.hidden_by_user.is_none() || self.state != DossierState::EnConstruction)
    }

    /// The key of its place in the bin, when it is there (API facts, 3.7).
    #[must_use]
    pub fn pending_since(&self) -> Option<Timestamp> {
        if self.state == DossierState::EnConstruction {
            // Hidden by the administration alone, it would have no key at all: the server breaks there, we do not go there.
            self.hidden_by_user.or(self.hidden_by_administration.as_ref().map(|hiding| hiding.at))
        } else {
            self.hidden_by_administration.as_ref().map(|hiding| hiding.at)
        }
    }
}

/// What is left of an erased dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// Its own number, apart from the dossier's.
    pub id: i64,
    /// The dossier's number.
    pub number: i64,
    /// Where the dossier stood.
    pub state: DossierState,
    /// Back-dated to the owner's hiding for dossiers `en_construction` (API facts, 3.6).
    pub deleted_at: Timestamp,
    /// Why, as the API names it.
    pub reason: &'static str,
}
