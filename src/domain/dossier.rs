//! A dossier as DS shows it, decoded but not interpreted.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::champ::{Champ, ChampKind, ChampValue};
use super::text::token;

/// The number that everybody uses for a dossier; unique on a DS server.
pub type DossierNumber = i64;

/// Whether it can be one: positive, and no larger than what can be asked for (GraphQL numbers have 32 bits).
#[must_use]
pub const fn is_number(number: DossierNumber) -> bool {
    number >= 1 && number <= i32::MAX as DossierNumber
}

/// The number of a démarche on DS.
pub type ProcedureNumber = i64;

/// Where a dossier stands on DS (API facts, 5.1). "Finished" is not final: an agent may reopen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum DossierState {
    /// Filed, may still be changed by the applicant.
    EnConstruction,
    /// Being instructed.
    EnInstruction,
    /// Granted.
    Accepte,
    /// Refused.
    Refuse,
    /// Closed without action.
    SansSuite,
    /// A state that this version does not know, by its code.
    Other(String),
}

impl DossierState {
    /// The states that DS documents, in the order of a dossier's life.
    pub const KNOWN: [Self; 5] =
        [Self::EnConstruction, Self::EnInstruction, Self::Accepte, Self::Refuse, Self::SansSuite];

    /// As on DS.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::EnConstruction => "en_construction",
            Self::EnInstruction => "en_instruction",
            Self::Accepte => "accepte",
            Self::Refuse => "refuse",
            Self::SansSuite => "sans_suite",
            Self::Other(code) => code,
        }
    }

    /// As people read it.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::EnConstruction => "en construction",
            Self::EnInstruction => "en instruction",
            Self::Accepte => "accepté",
            Self::Refuse => "refusé",
            Self::SansSuite => "sans suite",
            Self::Other(code) => code,
        }
    }

    /// Neither refused nor closed without action: the dossier counts in rules across dossiers.
    #[must_use]
    pub fn is_live(&self) -> bool {
        !matches!(self, Self::Refuse | Self::SansSuite)
    }
}

impl From<String> for DossierState {
    fn from(code: String) -> Self {
        let known = |code: &str| Self::KNOWN.into_iter().find(|state| state.code() == code);
        known(&code).unwrap_or_else(|| {
            let other = token(&code);
            // What looks like a state once it is cleaned was none: it must not be read back as one.
            Self::Other(if known(&other).is_some() { format!("{other}-") } else { other })
        })
    }
}

impl From<DossierState> for String {
    fn from(state: DossierState) -> Self {
        state.code().to_owned()
    }
}

impl fmt::Display for DossierState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// Why a dossier known here is no longer shown by DS.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovalReason {
    /// In the bin of DS; may be restored.
    Pending,
    /// Erased from DS.
    Deleted,
    /// Neither listed nor in the bin nor erased: hidden or expired.
    Absent,
}

impl RemovalReason {
    /// As in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Deleted => "deleted",
            Self::Absent => "absent",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Pending => "à la corbeille sur DS",
            Self::Deleted => "supprimé de DS",
            Self::Absent => "masqué ou expiré sur DS",
        }
    }

    /// Reads the code of the database.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Pending, Self::Deleted, Self::Absent].into_iter().find(|reason| reason.code() == code)
    }
}

/// That DS no longer shows a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// Why.
    pub reason: RemovalReason,
    /// Since when, as DS says; for those of which it says nothing, when it was noticed.
    pub at: Timestamp,
}

/// One dossier of DS.
#[derive(Debug, Clone, PartialEq)]
pub struct Dossier {
    /// Its number.
    pub number: DossierNumber,
    /// Where it stands.
    pub state: DossierState,
    /// Archived on DS by an instructor; none when DS no longer says so.
    pub archived: Option<bool>,
    /// First deposit.
    pub deposited_at: Timestamp,
    /// `dateDerniereModification`, whole seconds.
    pub updated_at: Timestamp,
    /// When instruction began last.
    pub instructed_at: Option<Timestamp>,
    /// The latest decision.
    pub treated_at: Option<Timestamp>,
    /// The reason that the decision gives to the applicant.
    pub motivation: Option<String>,
    /// The label of the group of instructors.
    pub group: Option<String>,
    /// Who asks.
    pub applicant: Applicant,
    /// Public champs, in the order of the form.
    pub champs: Vec<Champ>,
    /// Private annotations, in the order of the form.
    pub annotations: Vec<Champ>,
    /// Opinions asked for.
    pub opinions: Vec<Opinion>,
    /// The names of the labels that instructors put on it; none when DS did not say.
    pub labels: Option<Vec<String>>,
    /// The attestation; none when DS did not say.
    pub attestation: Option<Attestation>,
    /// The parts that DS did not give, so that what is empty here says nothing of the dossier.
    pub not_given: Vec<DossierSection>,
}

/// A part of a dossier that is a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DossierSection {
    /// The champs or the annotations.
    Champs(ChampKind),
    /// The opinions.
    Opinions,
}

/// How long after its decision a granted dossier may still get its attestation. A démarche without a model for one makes
/// none, and DS does not say which they are: nothing is waited for for ever.
const ATTESTATION_AWAITED: SignedDuration = SignedDuration::from_hours(30 * 24);

impl Dossier {
    /// Whether DS has yet to complete it without moving any date: the data of a company, the scan of a file, the attestation
    /// of a dossier granted lately (API facts, 3.10).
    #[must_use]
    pub fn is_unfinished(&self, now: Timestamp) -> bool {
        matches!(self.applicant, Applicant::Incomplete { .. })
            || self.champs.iter().chain(&self.annotations).any(|champ| awaits_ds(&champ.value))
            || self.awaits_attestation(now)
    }

    fn awaits_attestation(&self, now: Timestamp) -> bool {
        let lately = |decided: Timestamp| now.duration_since(decided) <= ATTESTATION_AWAITED;
        self.state == DossierState::Accepte
            && self.attestation == Some(Attestation::NotMade)
            && self.treated_at.is_some_and(lately)
    }
}

fn awaits_ds(value: &ChampValue) -> bool {
    match value {
        ChampValue::Siret { name, .. } => name.is_none(),
        ChampValue::Files(files) => files.iter().any(|file| file.virus_scan == "pending"),
        ChampValue::Rows(rows) => rows.iter().flat_map(|row| &row.champs).any(|champ| awaits_ds(&champ.value)),
        _ => false,
    }
}

/// The applicant (`demandeur`), of the kind that the démarche's settings ask for (API facts, 5.3).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Applicant {
    /// A legal entity, enriched by DS.
    LegalEntity(Box<LegalEntity>),
    /// DS has not yet got the company's data: the SIRET is all there is.
    Incomplete {
        /// Fourteen digits.
        siret: String,
    },
    /// An individual.
    Person {
        /// Civility, first name and name, in one line.
        name: String,
    },
    /// A kind that this version does not know.
    Unknown {
        /// The GraphQL type name.
        type_name: String,
    },
}

/// What DS tells of a legal entity.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LegalEntity {
    /// Fourteen digits.
    pub siret: String,
    /// Raison sociale, else the title of the association, else the commercial name.
    pub name: Option<String>,
    /// INSEE category of the legal form (`7210` for a commune).
    pub legal_form_code: Option<String>,
    /// The legal form in words.
    pub legal_form: Option<String>,
    /// INSEE code of the commune of the address.
    pub city_code: Option<String>,
    /// Département of the address.
    pub department_code: Option<String>,
    /// The address in one line.
    pub address: Option<String>,
}

/// The attestation: a letter that DS makes some time after the decision, where the démarche has a model for it (API facts,
/// 5.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attestation {
    /// There is none, or none yet.
    NotMade,
    /// There is one.
    Made {
        /// When it was made; none when DS did not say.
        created_at: Option<Timestamp>,
        /// The base64 MD5 of the file; none when DS did not say.
        checksum: Option<String>,
    },
}

/// An opinion (`avis`): whether it was given, nothing of what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opinion {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// Whether an answer is recorded.
    pub answered: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::champ::{AttachedFile, RepetitionRow};

    fn granted(attestation: Option<Attestation>) -> Dossier {
        Dossier {
            number: 7,
            state: DossierState::Accepte,
            archived: Some(false),
            deposited_at: Timestamp::UNIX_EPOCH,
            updated_at: Timestamp::UNIX_EPOCH,
            instructed_at: None,
            treated_at: Some(Timestamp::UNIX_EPOCH),
            motivation: None,
            group: None,
            applicant: Applicant::Unknown { type_name: String::new() },
            champs: Vec::new(),
            annotations: Vec::new(),
            opinions: Vec::new(),
            labels: None,
            attestation,
            not_given: Vec::new(),
        }
    }

    #[test]
    fn a_text_that_only_looks_like_a_state_never_becomes_one() {
        for odd in ["accepte\n", "acc epte", "\u{202e}accepte", "bientot\u{1b}[2J", "accepte-"] {
            let state = DossierState::from(odd.to_owned());
            assert!(
                matches!(&state, DossierState::Other(code) if code.bytes().all(|b| b.is_ascii_graphic())),
                "{odd:?}"
            );
            // As it is stored and read back.
            assert_eq!(DossierState::from(String::from(state.clone())), state, "{odd:?}");
        }
        for known in DossierState::KNOWN {
            assert_eq!(DossierState::from(known.code().to_owned()), known);
        }
    }

    fn champ(value: ChampValue) -> Champ {
        let type_name = "PieceJustificativeChamp".to_owned();
        Champ { id: String::new(), descriptor_id: String::new(), label: String::new(), type_name, display: None, value }
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * day)
    }

    #[test]
    fn a_file_that_awaits_its_scan_is_waited_for_wherever_it_hangs() {
        let files = |virus_scan: &str| {
            let file = AttachedFile {
                filename: "facture.pdf".to_owned(),
                content_type: "application/pdf".to_owned(),
                byte_size: 1,
                checksum: String::new(),
                created_at: Timestamp::UNIX_EPOCH,
                virus_scan: virus_scan.to_owned(),
            };
            champ(ChampValue::Files(vec![AttachedFile { virus_scan: "safe".to_owned(), ..file.clone() }, file]))
        };
        let in_a_row =
            |scan| champ(ChampValue::Rows(vec![RepetitionRow { id: String::new(), champs: vec![files(scan)] }]));
        for (scan, unfinished) in [("pending", true), ("safe", false), ("infected", false)] {
            for at in [files(scan), in_a_row(scan)] {
                let as_champ = Dossier { champs: vec![at.clone()], ..granted(None) };
                let as_annotation = Dossier { annotations: vec![at], ..granted(None) };
                assert_eq!(as_champ.is_unfinished(day(0)), unfinished, "{scan}");
                assert_eq!(as_annotation.is_unfinished(day(0)), unfinished, "{scan}, annotation");
            }
        }
    }

    #[test]
    fn the_attestation_of_a_dossier_granted_lately_is_waited_for() {
        let waiting = granted(Some(Attestation::NotMade));
        assert!(waiting.is_unfinished(day(0)) && waiting.is_unfinished(day(30)));
        assert!(!waiting.is_unfinished(day(31)), "not for ever");
        assert!(waiting.is_unfinished(day(-1)), "clocks differ");
        let refused = Dossier { state: DossierState::Refuse, ..waiting.clone() };
        let undated = Dossier { treated_at: None, ..waiting };
        let made = granted(Some(Attestation::Made { created_at: None, checksum: None }));
        for finished in [refused, undated, made, granted(None)] {
            assert!(!finished.is_unfinished(day(1)), "{finished:?}");
        }
    }
}
