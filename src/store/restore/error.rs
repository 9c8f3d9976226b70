//! Why a file is not restored, and what the operator does about it.

use std::io;
use std::path::PathBuf;

use super::super::StoreError;
use crate::files::refusal_in_french;

/// A restoration that was not done: the present database is as it was. Messages are French and name the file.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// A database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file cannot be read or written.
    #[error("le fichier {} : {}", file.display(), refusal_in_french(source))]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Something else has the name.
    #[error("{} n’est pas un fichier", file.display())]
    NoFile {
        /// What it is called.
        file: PathBuf,
    },
    /// It is the database.
    #[error("{} est la base en place", file.display())]
    Itself {
        /// The file.
        file: PathBuf,
    },
    /// Its journal lies beside it.
    #[error("{} n’est pas une copie achevée : un journal de SQLite l’accompagne", file.display())]
    Unfinished {
        /// The file.
        file: PathBuf,
    },
    /// Made by a newer version.
    #[error("{} vient d’une version plus récente de fitn (schéma {found}, celle-ci connaît {known})", file.display())]
    Newer {
        /// The file.
        file: PathBuf,
        /// Its schema.
        found: usize,
        /// The newest schema of this program.
        known: usize,
    },
    /// Something else.
    #[error("{} n’est pas une sauvegarde de fitn", file.display())]
    Foreign {
        /// The file.
        file: PathBuf,
    },
    /// Of another préfecture.
    #[error("{} est la sauvegarde d’un autre connecteur", file.display())]
    OtherConnector {
        /// The file.
        file: PathBuf,
    },
    /// Damaged or torn.
    #[error("{} est abîmé, il n’est pas restauré : {problem}", file.display())]
    Unsound {
        /// The file.
        file: PathBuf,
        /// What is wrong, in French.
        problem: String,
    },
}

impl RestoreError {
    /// What to do, in French.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Store(StoreError::Served { .. }) => {
                "arrêtez d’abord le service (« systemctl stop fitn »), puis relancez"
            }
            Self::Store(StoreError::Damaged { .. } | StoreError::NotADatabase { .. })
            | Self::Unsound { .. }
            | Self::Foreign { .. } => {
                "donnez une autre sauvegarde, de celles que « fitn backup » ou le service a faites"
            }
            Self::Store(error) => error.hint(),
            Self::File { .. } | Self::NoFile { .. } => "vérifiez le chemin, les droits et la place, puis relancez",
            Self::Itself { .. } => "donnez une sauvegarde ; « fitn backup » en fait",
            Self::Unfinished { .. } => {
                "une base ne se copie pas avec « cp » pendant que le service tourne : donnez une sauvegarde faite par « fitn backup »"
            }
            Self::Newer { .. } => "installez la version de fitn qui l’a faite, ou une plus récente",
            Self::OtherConnector { .. } => {
                "vérifiez --config et le nom du fichier ; si c’est voulu, déplacez d’abord la base en place et ce qui l’accompagne"
            }
        }
    }

    /// Whether what was given is at fault.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        match self {
            Self::File { source, .. } => source.kind() == io::ErrorKind::NotFound,
            Self::Store(_) | Self::Unsound { .. } => false,
            _ => true,
        }
    }
}
