//! The mapping of one procedure as the configuration states it, after validation.

use std::collections::BTreeMap;

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::domain::champ::ChampKind;
use crate::domain::fact::FactName;
use crate::domain::programme::Programme;
use crate::domain::text::{fold, hexadecimal};

/// Raised when the reading itself changes, so that what was read before is read again.
const READING: u32 = 4;

/// Where each fact is on the form of one procedure: the table `[procedures.fields]`.
///
/// Read with serde; every mistake that can be seen without the form is refused there, in French.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcedureMapping {
    pub(super) fields: BTreeMap<FactName, Field>,
}

impl ProcedureMapping {
    /// The facts that have a place on the form, in the order of the documentation.
    pub fn facts(&self) -> impl Iterator<Item = FactName> {
        self.fields.keys().copied()
    }

    /// How many facts that a programme reads have a place on the form. With none, nothing is known of its dossiers: whatever
    /// rests on them must not be made final.
    #[must_use]
    pub fn mapped_facts(&self, programme: Programme) -> usize {
        self.facts().filter(|fact| fact.programmes().contains(&programme)).count()
    }

    /// SHA-256, in hexadecimal, of the mapping in a canonical form: equal for mappings that read alike whatever the
    /// order in which they were written, and different after a release that reads differently.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let canonical = serde_json::to_string(&(READING, &self.fields)).unwrap_or_default();
        hexadecimal(&Sha256::digest(canonical))
    }
}

/// Where one fact is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) enum Field {
    /// In one champ, or in one column of a repetition.
    Plain {
        /// The champ.
        place: ChampRef,
        /// The champ within the rows of a repetition.
        column: Option<Name>,
        /// Answers and their codes.
        values: Values,
    },
    /// In the rows of a repetition; the keys are those of `EXPENSE_COLUMNS`.
    Expenses {
        /// The repetition.
        place: ChampRef,
        /// The champs within its rows.
        columns: BTreeMap<&'static str, Name>,
        /// Answers and their codes, by column.
        values: BTreeMap<&'static str, Values>,
    },
    /// A champ for each criterion; the keys are those of `CRITERIA`.
    ScoreChamps(BTreeMap<&'static str, ChampRef>),
    /// A column of a repetition for each criterion.
    ScoreColumns {
        /// The repetition.
        place: ChampRef,
        /// The champs within its row.
        columns: BTreeMap<&'static str, Name>,
    },
}

/// Which champ of the form, or which annotation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct ChampRef {
    /// The section that a label is looked up in; an id is looked up in both.
    pub(super) kind: ChampKind,
    /// Its id or label.
    pub(super) name: Name,
}

/// How a champ is named: an id wins over a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) enum Name {
    /// By descriptor id; the label only documents.
    Id {
        /// The descriptor id, as DS gives it.
        id: String,
        /// What it was called when the mapping was written.
        label: Option<String>,
    },
    /// By label.
    Label {
        /// As written.
        label: String,
        /// As compared.
        folded: String,
    },
}

impl Name {
    /// A champ named by its label.
    pub(super) fn label(label: &str) -> Self {
        Self::Label { label: label.to_owned(), folded: fold(label) }
    }

    /// What a person calls it: the label when there is one.
    pub(super) fn shown(&self) -> &str {
        match self {
            Self::Label { label, .. } | Self::Id { label: Some(label), .. } => label,
            Self::Id { id, label: None } => id,
        }
    }
}

/// Answers of the form and the codes they stand for, found by the folded answer.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct Values(pub(super) BTreeMap<String, Choice>);

/// An answer and its code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Choice {
    /// The answer as written in the configuration.
    pub(super) answer: String,
    /// The code.
    pub(super) code: String,
}

impl Values {
    /// The code of a folded answer.
    pub(super) fn code(&self, folded: &str) -> Option<&str> {
        self.0.get(folded).map(|choice| choice.code.as_str())
    }
}
