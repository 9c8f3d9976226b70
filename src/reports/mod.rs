//! Lists and reports: contents first (pure: the rows of a list, the figures of a report), then one writer a format.
//!
//! Everything here is a function of its input: no clock, no database. The same input gives the same bytes,
//! so a list that was kept can be compared by its SHA-256. Dossiers come one by one; the rows made of them are put away on a
//! [`Shelf`] and come back in order, so that no document has to be held whole. Nothing here judges: verdicts come with the dossiers, and
//! rules and parameters come as plain texts to be printed.

mod amounts;
pub mod blocks;
mod cell;
pub mod committee;
mod csv;
mod error;
pub mod monthly;
pub mod quarterly;
mod reread;
mod said;
#[cfg(test)]
mod sample;
mod sheets;
mod shelf;
mod sources;
mod summary;
mod texts;
mod waiting;

pub use cell::Cell;
pub use csv::CsvTable;
pub use error::ReportError;
pub use sheets::WorkbookFormat;
pub use shelf::{Board, Shelf};
pub use sources::{Count, Sources, shown};
pub use summary::Summary;
pub use texts::{formats_to_read, texts};

use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::verdict::RuleKind;

/// What makes the documents, as each of them says.
const GENERATOR: &str = concat!("fitn ", env!("CARGO_PKG_VERSION"));

/// A rule as it is printed in the notice of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// `ADS-01`…
    pub id: String,
    /// What a verdict of it does.
    pub kind: RuleKind,
    /// What it is about, in a few words.
    pub title: String,
    /// The passage of the guide it rests on.
    pub citation: String,
    /// What decides it, its parameters included, in French.
    pub explanation: String,
}

/// Where an agent finds a dossier on the site of DS.
#[must_use]
pub fn dossier_link(site: &str, procedure: ProcedureNumber, number: DossierNumber) -> String {
    format!("{site}/procedures/{procedure}/dossiers/{number}")
}
