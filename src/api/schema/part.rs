//! A part of a schema, by the name that everybody gives it.

use std::fmt;

/// A part of a schema that a question names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SchemaPart {
    /// `AddressChamp`.
    Type(String),
    /// `Dossier.motivation`.
    Field {
        /// Of which type.
        owner: String,
        /// The field.
        field: String,
    },
    /// `Demarche.dossiers(updatedSince)`.
    Argument {
        /// Of which type.
        owner: String,
        /// Of which field.
        field: String,
        /// The argument.
        argument: String,
    },
}

impl SchemaPart {
    pub(super) fn field(owner: &str, field: &str) -> Self {
        Self::Field { owner: owner.to_owned(), field: field.to_owned() }
    }

    pub(super) fn argument(owner: &str, field: &str, argument: &str) -> Self {
        Self::Argument { owner: owner.to_owned(), field: field.to_owned(), argument: argument.to_owned() }
    }
}

impl fmt::Display for SchemaPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Type(name) => f.write_str(name),
            Self::Field { owner, field } => write!(f, "{owner}.{field}"),
            Self::Argument { owner, field, argument } => write!(f, "{owner}.{field}({argument})"),
        }
    }
}
