//! What a champ can hold.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::form::StableId;
use crate::domain::money::Cents;
use crate::sandbox::Content;
use crate::territory::Commune;

/// An answer and when it was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Answer {
    /// What was answered.
    pub value: Value,
    /// When.
    pub updated_at: Timestamp,
}

/// The answers of a dossier or of a row. A question without an entry was never answered.
pub type Answers = BTreeMap<StableId, Answer>;

/// The value of an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Free text, and everything that the API shows as text.
    Text(String),
    /// A box or a yes/no question.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A decimal number with two decimals.
    Decimal(Cents),
    /// A day.
    Date(Date),
    /// A day that an old version of the server stored wrongly: reading it breaks the answer (API facts, 2.7).
    BrokenDate,
    /// An instant.
    Datetime(Timestamp),
    /// A choice of a list, or a civility.
    Choice(String),
    /// Several choices.
    Choices(Vec<String>),
    /// A choice on two levels.
    Linked(String, String),
    /// A commune of the official list, or of an older one.
    Commune(FormCommune),
    /// A département, région, pays, EPCI, RNA or RNF number: a code and its name.
    Coded(String, String),
    /// A postal address.
    Address(Address),
    /// The establishment with a SIRET.
    Siret(Box<Company>),
    /// Attached files.
    Files(Vec<File>),
    /// The rows of a repetition.
    Rows(Vec<Row>),
    /// A map with areas drawn on it, or an identity document: there is something, the API does not show it as text.
    Present,
}

/// A commune as a form holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormCommune {
    /// INSEE code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Postal code.
    pub postal_code: String,
    /// Code of the département.
    pub departement: String,
}

impl From<Commune> for FormCommune {
    fn from(commune: Commune) -> Self {
        Self {
            code: commune.code.to_owned(),
            name: commune.name.to_owned(),
            postal_code: format!("{}{:03}", commune.departement, 10 * (commune.name.len() % 80)),
            departement: commune.departement.to_owned(),
        }
    }
}

/// A postal address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Number and street.
    pub street: String,
    /// The commune.
    pub place: FormCommune,
}

/// An establishment, as DS gets it from the State's registers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Fourteen digits.
    pub siret: String,
    /// Raison sociale.
    pub name: String,
    /// INSEE category of the legal form.
    pub legal_form_code: &'static str,
    /// The legal form in words.
    pub legal_form: &'static str,
    /// Whether the establishment is the head office.
    pub head_office: bool,
    /// RNA number, of an association.
    pub rna: Option<String>,
    /// Where it is.
    pub address: Address,
}

/// An attached file. Its URL is made at each answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// The name given by the sender.
    pub filename: String,
    /// MIME type.
    pub content_type: &'static str,
    /// Bytes, as announced.
    pub byte_size: i64,
    /// Base64 MD5, as announced.
    pub checksum: String,
    /// When it was attached.
    pub created_at: Timestamp,
    /// `pending` or `safe`.
    pub virus_scan: &'static str,
    /// What is there, which need not be what is announced.
    pub content: Content,
}

impl File {
    /// The server makes the content another and smaller one, as it does with images, and announces that of before until
    /// [`File::announce`] (API facts, 5.9).
    pub fn rework(&mut self) {
        let Content { seed, size } = self.content;
        self.content = Content { seed: !seed, size: size - size / 4 };
    }

    /// The size and checksum of the content are announced.
    pub fn announce(&mut self) {
        self.byte_size = i64::try_from(self.content.size).unwrap_or(i64::MAX);
        self.checksum = self.content.checksum();
    }
}

/// A row of a repetition.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    /// Its ULID: stable.
    pub ulid: String,
    /// Its answers.
    pub answers: Answers,
}
