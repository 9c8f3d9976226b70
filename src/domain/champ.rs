//! Champs and annotations with their typed values, whatever the form.

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Public champs are filled by the applicant, annotations by the instructors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChampKind {
    /// Filled by the applicant.
    Champ,
    /// Private, filled by the instructors.
    Annotation,
}

impl ChampKind {
    /// `champ` or `annotation`, as in the database and the configuration.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Champ => "champ",
            Self::Annotation => "annotation",
        }
    }
}

/// One champ of one dossier. Ids repeat from dossier to dossier (API facts, 4.4).
#[derive(Debug, Clone, PartialEq)]
pub struct Champ {
    /// `Champ-<stable id>`, with `|<row>` inside a repetition; base64, opaque.
    pub id: String,
    /// The id of its descriptor, which survives new versions of the form.
    pub descriptor_id: String,
    /// The label on the form.
    pub label: String,
    /// The GraphQL type name, kept as received.
    pub type_name: String,
    /// `stringValue`: text for display, never parsed when a typed value exists (API facts, 4.6).
    pub display: Option<String>,
    /// The typed value.
    pub value: ChampValue,
}

/// The value of a champ. A typed champ that was left empty is [`ChampValue::Blank`].
#[derive(Debug, Clone, PartialEq)]
pub enum ChampValue {
    /// Nothing was answered.
    Blank,
    /// Free text, and every kind that the API shows as text (e-mail, phone, IBAN…).
    Text(String),
    /// A box that is ticked or not; never blank.
    Checkbox(bool),
    /// An answered yes/no question.
    YesNo(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number, from its digits.
    Decimal(Decimal),
    /// A day.
    Date(Date),
    /// An instant.
    Datetime(Timestamp),
    /// One choice of a list (also the civility).
    Choice(String),
    /// Several choices of a list.
    Choices(Vec<String>),
    /// A choice on two levels; the second may be empty.
    LinkedChoice {
        /// First level.
        primary: String,
        /// Second level, may be empty.
        secondary: String,
    },
    /// A commune of the official list.
    Commune(CommuneValue),
    /// A place known by code and name: département, région, pays, EPCI, RNA, RNF.
    Coded {
        /// The official code.
        code: String,
        /// The name that goes with it.
        name: String,
    },
    /// A postal address.
    Address(AddressValue),
    /// The SIRET of an establishment and, when DS knows it, its legal entity.
    Siret {
        /// Fourteen digits.
        siret: String,
        /// The name of the legal entity, else the SIRET again; none as long as DS has not got its data.
        name: Option<String>,
    },
    /// Attached files.
    Files(Vec<AttachedFile>),
    /// The rows of a repetition.
    Rows(Vec<RepetitionRow>),
    /// Shown on the form without an answer: section headings, explanations.
    Ornament,
    /// A type that this version does not know, or whose value could not be read: the text is all there is.
    Other {
        /// What could not be read, for the report.
        reason: String,
    },
}

/// A commune as DS gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommuneValue {
    /// INSEE code.
    pub code: String,
    /// Its name.
    pub name: String,
}

/// What an address says about the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressValue {
    /// In one line.
    pub label: String,
    /// INSEE code of the commune.
    pub city_code: Option<String>,
    /// Code of the département.
    pub department_code: Option<String>,
}

/// A row of a repetition.
#[derive(Debug, Clone, PartialEq)]
pub struct RepetitionRow {
    /// `Row-<ULID>`, base64; stable.
    pub id: String,
    /// Its champs; those hidden by a condition are absent.
    pub champs: Vec<Champ>,
}

/// An attached file, without its signed URL, which expires within the hour (API facts, 5.9).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttachedFile {
    /// The name given by the sender.
    pub filename: String,
    /// MIME type as declared.
    pub content_type: String,
    /// Bytes.
    pub byte_size: i64,
    /// Base64 MD5.
    pub checksum: String,
    /// When it was attached.
    pub created_at: Timestamp,
    /// `pending`, `safe`… as received.
    pub virus_scan: String,
}

impl ChampValue {
    /// Whether there is nothing to read: blank, a heading, or an empty list.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match self {
            Self::Blank | Self::Ornament => true,
            Self::Text(text) | Self::Choice(text) => text.trim().is_empty(),
            Self::Choices(choices) => choices.is_empty(),
            Self::LinkedChoice { primary, secondary } => primary.is_empty() && secondary.is_empty(),
            Self::Files(files) => files.is_empty(),
            Self::Rows(rows) => rows.is_empty(),
            _ => false,
        }
    }
}

/// A champ flattened for people who query the database: one row a champ, rows of repetitions included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChampRow {
    /// Champ or annotation.
    pub kind: ChampKind,
    /// The champ's id; repeats from dossier to dossier.
    pub champ_id: String,
    /// The descriptor's id.
    pub descriptor_id: String,
    /// The label.
    pub label: String,
    /// The GraphQL type name.
    pub type_name: String,
    /// The row of the repetition it belongs to.
    pub row_id: Option<String>,
    /// The value as text: dates ISO 8601, amounts with a point, lists as JSON; none when blank.
    pub value: Option<String>,
}
