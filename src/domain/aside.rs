//! Dossiers that a document names without counting them.

use jiff::Timestamp;

use super::dossier::{DossierNumber, ProcedureNumber, Removal};
use super::programme::Programme;

/// A dossier that a person set aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Excluded {
    /// Its number.
    pub number: DossierNumber,
    /// Its programme.
    pub programme: Programme,
}

/// A dossier whose stored content can no longer be read: nothing but its number is sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// Its number.
    pub number: DossierNumber,
    /// Its démarche.
    pub procedure: ProcedureNumber,
    /// Its programme.
    pub programme: Programme,
    /// When it was filed, as far as it is known beside the content.
    pub deposited_at: Option<Timestamp>,
    /// That DS no longer shows it.
    pub removed: Option<Removal>,
}
