//! What can be wrong with parameter files.

use std::path::PathBuf;

use crate::toml_text::Mistake;

/// A parameter file cannot be used. The operator mends the file; nothing is evaluated before.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// There is no such file, or it cannot be read.
    #[error("le fichier de paramètres {} est illisible : {reason}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why, in French.
        reason: String,
    },
    /// The file says something that cannot be: an unknown or missing key, another unit, a value that is none, days without
    /// value or with two. With its file, line and key.
    #[error(transparent)]
    Mistake(#[from] Mistake),
}

impl ParameterError {
    /// What to do about it, in French.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::Unreadable { .. } => {
                "corrigez « parameters » dans la section [rules] de la configuration, ou les droits du fichier"
                    .to_owned()
            }
            Self::Mistake(mistake) => mistake.mend.clone(),
        }
    }
}
