//! Evaluation: takes what changed from the store, reads the facts, judges, and puts facts and verdicts back.
//!
//! Nothing here asks DS: all of it can be done again offline from what is stored, for the present ([`Evaluator::refresh`])
//! or for any instant of the past ([`Evaluator::past`]). Rules across dossiers need to know the others first, so every
//! evaluation has two halves: the facts of all that changed ([`facts`]), then the verdicts of those that may differ ([`verdicts`]).
//!
//! A verdict reads the others in three ways, each with a key that is kept as a row: the same SIREN, a commune, the grants of the
//! programme decided before. Whatever changes marks its dossier in the same transaction; reading its facts marks those that read its keys,
//! as they were and as they are. So the stored verdicts are always those that an evaluation of everything would make, once nothing is
//! marked any more.

mod alerts;
mod around;
mod basis;
mod difference;
mod facts;
mod misdated;
mod past;
mod persons;
mod refresh;
mod remains;
mod verdicts;

use std::sync::Arc;

use sha2::{Digest, Sha256};

pub use difference::{Difference, Differences, Figures, Moved, Totals};
pub use misdated::{Misdated, misdated};
pub use past::{Past, Picture, Wanted};
pub use persons::{Standings, champ_digest, facts_read};
pub use refresh::{Refreshed, Tally};

use crate::domain::dossier::{Dossier, DossierNumber, ProcedureNumber};
use crate::domain::form::Form;
use crate::domain::programme::Programme;
use crate::domain::text::hexadecimal;
use crate::mapping::{Context, FoldedForm, ProcedureMapping};
use crate::raw;
use crate::rules::Rulebook;
use crate::store::{Reader, Store, StoreError};
use crate::territory;

/// A démarche with the mapping of its form.
#[derive(Debug, Clone)]
pub struct MappedProcedure {
    /// Its number on DS.
    pub number: ProcedureNumber,
    /// The programme it belongs to.
    pub programme: Programme,
    /// Where the facts are on its form.
    pub mapping: ProcedureMapping,
}

impl MappedProcedure {
    /// What its dossiers are read with, given the form that DS last showed.
    #[must_use]
    pub fn context<'a>(&'a self, form: Option<&'a FoldedForm>) -> Context<'a> {
        Context { procedure: self.number, programme: self.programme, mapping: &self.mapping, form }
    }

    /// How many facts of its programme have a place on its form. With none, whatever rests on its dossiers must not be made
    /// final.
    #[must_use]
    pub fn mapped_facts(&self) -> usize {
        self.mapping.mapped_facts(self.programme)
    }
}

/// A failure of an evaluation.
#[derive(Debug, thiserror::Error)]
pub enum EvaluationError {
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Content that was stored can no longer be decoded.
    #[error("dossier {number} : le contenu enregistré est illisible : {reason}")]
    Content {
        /// The dossier.
        number: DossierNumber,
        /// Why, in French.
        reason: String,
    },
    /// A person acts, or asks for a document, under a configuration by which nothing was judged yet.
    #[error("la configuration n’est plus celle de la dernière évaluation : rien n’a été fait")]
    OtherConfiguration,
}

/// Evaluates the dossiers of the configured démarches.
pub struct Evaluator {
    store: Arc<Store>,
    rulebook: Rulebook,
    procedures: Vec<MappedProcedure>,
}

impl Evaluator {
    /// An evaluator over a database.
    #[must_use]
    pub fn new(store: Arc<Store>, rulebook: Rulebook, procedures: Vec<MappedProcedure>) -> Self {
        Self { store, rulebook, procedures }
    }

    /// The rules and parameters it judges by.
    #[must_use]
    pub fn rulebook(&self) -> &Rulebook {
        &self.rulebook
    }

    /// The démarches it evaluates.
    #[must_use]
    pub fn procedures(&self) -> &[MappedProcedure] {
        &self.procedures
    }

    /// Whether a démarche is configured: what is stored of others stays as it was, and counts for nothing.
    #[must_use]
    pub fn follows(&self, procedure: ProcedureNumber) -> bool {
        self.procedures.iter().any(|followed| followed.number == procedure)
    }
}

/// The current content of a dossier, or why it cannot be read, in French; none when it was never received, or is erased.
///
/// # Errors
/// A failure of the database.
pub fn content(reader: &Reader<'_>, number: DossierNumber) -> Result<Option<Result<Dossier, String>>, StoreError> {
    Ok(match legible(reader.dossier_raw(number))? {
        Ok(text) => text.map(|text| raw::decode(&text).map_err(|error| error.to_string())),
        Err(reason) => Some(Err(reason)),
    })
}

/// What is stored, or why it can no longer be read, in French.
///
/// # Errors
/// Any other failure of the database.
pub fn legible<T>(read: Result<T, StoreError>) -> Result<Result<T, String>, StoreError> {
    match read {
        Err(StoreError::Unreadable { what, detail }) => Ok(Err(format!("{what} : {detail}"))),
        read => read.map(Ok),
    }
}

/// How the dossiers of a démarche are read.
struct Reading<'a> {
    procedure: &'a MappedProcedure,
    form: Option<FoldedForm>,
    /// Names the mapping (with this program's way of reading) and the form.
    fingerprint: String,
}

impl<'a> Reading<'a> {
    fn new(procedure: &'a MappedProcedure, form: Option<Form>) -> Self {
        let mut digest = Sha256::new();
        digest.update(procedure.programme.code());
        digest.update(procedure.mapping.fingerprint());
        // Facts hold what the tables say of the applicant and of communes.
        digest.update(territory::VINTAGE);
        digest.update(serde_json::to_vec(&form).unwrap_or_default());
        Self { procedure, form: form.map(FoldedForm::from), fingerprint: hexadecimal(&digest.finalize()) }
    }

    fn context(&self) -> Context<'_> {
        self.procedure.context(self.form.as_ref())
    }
}
