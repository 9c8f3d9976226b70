//! What can be wrong with a configuration file, as the operator reads it.

use std::io;
use std::path::{Path, PathBuf};

use crate::files::refusal_in_french;
use crate::toml_text::Mistake;

/// Why there is no configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// There is no such file.
    #[error("le fichier de configuration {} n’existe pas", .0.display())]
    Absent(PathBuf),
    /// The file cannot be read.
    #[error("le fichier de configuration {} est illisible : {reason}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why, in French.
        reason: String,
    },
    /// The file says something that cannot be.
    #[error(transparent)]
    Mistake(#[from] Mistake),
}

impl ConfigError {
    pub(super) fn unreadable(file: &Path, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::NotFound {
            return Self::Absent(file.to_owned());
        }
        Self::Unreadable { file: file.to_owned(), reason: refusal_in_french(error) }
    }

    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::Absent(_) => {
                "créez-le avec « fitn init », ou donnez son chemin par --config ou par la variable FITN_CONFIG"
                    .to_owned()
            }
            Self::Unreadable { .. } => "vérifiez le chemin, les droits et l’encodage du fichier".to_owned(),
            Self::Mistake(mistake) => mistake.mend.clone(),
        }
    }
}
