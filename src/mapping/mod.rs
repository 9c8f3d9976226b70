//! From the champs and annotations of a dossier to the facts that the rules read, as the configuration says.
//!
//! * [`ProcedureMapping`] is the table `[procedures.fields]`: where each fact is on the form. A mistake that can be
//!   seen without the form is refused when the configuration is read.
//! * [`subject()`] reads a dossier. It reports and never fails: a fact that cannot be read is recorded with the reason,
//!   a line of expenses with an unreadable amount stays a line.
//! * [`check()`] holds a mapping against the live form, [`propose()`] writes a first mapping from it.
//!
//! Deliberately absent: input and output, rules, and guesses. What a form says in words is turned into a code only
//! through the `values` of the configuration, the code itself or a short table of plain French names
//! (`vocabulary`). Reasons and messages quote labels and choices of the form, never what an applicant wrote freely.

mod answer;
mod applicant;
mod check;
mod communes;
mod config;
mod correction;
mod departements;
mod expenses;
mod hints;
mod kinds;
mod likeness;
mod locate;
mod parse;
mod propose;
mod read;
mod scalar;
mod scores;
mod subject;
mod vocabulary;
mod words;

#[cfg(test)]
mod fixtures;

use crate::domain::dossier::ProcedureNumber;

pub use check::{Defect, Severity, check, unmapped};
pub use config::ProcedureMapping;
pub use correction::{apply_correction, champs_behind, correction_remarks, parse_correction};
pub use locate::FoldedForm;
pub use propose::{Proposal, propose};
pub use subject::{Context, subject};

/// What is said of a démarche of which no fact is mapped, in French.
pub const NOTHING_MAPPED: &str = "aucun fait de son programme n’est associé à un champ du formulaire : rien n’est lu de ses \
    dossiers, et rien de ce qui repose sur eux n’est arrêté";

/// What to do about it, in French.
#[must_use]
pub fn mend_of_nothing_mapped(procedure: ProcedureNumber) -> String {
    format!("« fitn mapping init --procedure {procedure} --write » propose une correspondance d’après le formulaire")
}
