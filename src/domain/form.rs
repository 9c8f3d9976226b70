//! The form of a démarche: the descriptors of its champs and annotations.

use serde::{Deserialize, Serialize};

/// The active form of a démarche.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Default)]
pub struct Form {
    /// The descriptors of the public champs.
    pub champs: Vec<Descriptor>,
    /// The descriptors of the private annotations.
    pub annotations: Vec<Descriptor>,
}

/// What a champ of the form is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Descriptor {
    /// `Champ-<stable id>`, base64; survives new versions of the form.
    pub id: String,
    /// The label.
    pub label: String,
    /// The GraphQL type name of the descriptor, as received (`DecimalNumberChampDescriptor`…).
    pub type_name: String,
    /// Whether an answer is compulsory.
    pub required: bool,
    /// The choices of a list; empty for other kinds.
    pub options: Vec<String>,
    /// The descriptors of the champs of a repetition; empty for other kinds.
    pub columns: Vec<Descriptor>,
}

impl Descriptor {
    /// The kind without the suffix that all descriptors share: `DecimalNumber`, `Repetition`…
    #[must_use]
    pub fn kind(&self) -> &str {
        self.type_name.strip_suffix("ChampDescriptor").unwrap_or(&self.type_name)
    }
}
