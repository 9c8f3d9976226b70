//! Answers read without HTTP: what tests feed with whatever a server could send. Each function is what a call of
//! [`Client`](super::Client) makes of the answer.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::answer::{self, Answer};
use super::asking::page;
use super::demarche::Demarche;
use super::error::{ApiError, Target};
use super::form::RawDemarche;
use super::links::{FileLink, RawLinks};
use super::operations::{DossierPage, ListedPage, RemovalPage};
use super::page::{Listed, Page, Removal};
use super::schema::{Introspection, SchemaReport};
use super::transport::HttpAnswer;

/// The démarche that is asked for.
const TARGET: Target = Target::Procedure(1);

/// An answer with an HTTP status, and its body after decompression.
#[derive(Debug, Clone, Copy)]
pub struct Probe<'a> {
    /// HTTP status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
    /// How many records were asked for.
    pub asked: u32,
}

#[derive(Deserialize)]
struct Rooted<T> {
    demarche: T,
}

#[derive(Deserialize)]
struct OfDossier<T> {
    dossier: T,
}

impl Probe<'_> {
    fn read<D: DeserializeOwned>(&self) -> Result<Answer<D>, ApiError> {
        let answer = HttpAnswer { status: self.status, body: self.body.to_vec(), ..HttpAnswer::default() };
        answer::read(&answer, TARGET, Timestamp::UNIX_EPOCH)
    }

    /// A page of dossiers.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn dossiers(&self) -> Result<Page<Box<RawValue>>, ApiError> {
        page(self.read::<Rooted<DossierPage>>()?, TARGET, self.asked, |data| data.demarche)
    }

    /// A page of numbers.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn numbers(&self) -> Result<Page<Listed>, ApiError> {
        page(self.read::<Rooted<ListedPage>>()?, TARGET, self.asked, |data| data.demarche)
    }

    /// A page of removals.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn removals(&self) -> Result<Page<Removal>, ApiError> {
        page(self.read::<Rooted<RemovalPage>>()?, TARGET, self.asked, |data| data.demarche)
    }

    /// A démarche with its form.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn demarche(&self) -> Result<Demarche, ApiError> {
        self.read::<Rooted<RawDemarche>>().map(|answer| Demarche::of(1, answer.data.demarche, answer.clock))
    }

    /// One dossier.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn dossier(&self) -> Result<Box<RawValue>, ApiError> {
        self.read::<OfDossier<Box<RawValue>>>().map(|answer| answer.data.dossier)
    }

    /// The files of a dossier.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn links(&self) -> Result<Vec<FileLink>, ApiError> {
        self.read::<OfDossier<RawLinks>>().map(|answer| answer.data.dossier.into_links())
    }

    /// What the server's schema is to this program's.
    ///
    /// # Errors
    /// [`ApiError`].
    pub fn schema(&self) -> Result<SchemaReport, ApiError> {
        self.read::<Introspection>().map(|answer| SchemaReport::new(&answer.data.into()))
    }
}
