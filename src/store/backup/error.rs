//! Why no copy was made, and what the operator does about it.

use std::io;
use std::path::PathBuf;

use super::super::StoreError;
use crate::domain::text::grouped;
use crate::files::refusal_in_french;

/// Bytes of a mebibyte.
const MEBIBYTE: u64 = 1 << 20;

/// A copy that was not made: nothing is left of it. Messages are French and name the file.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The database cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory is not there.
    #[error("le répertoire {} n’existe pas, la sauvegarde ne peut pas y être écrite", directory.display())]
    NoDirectory {
        /// The directory.
        directory: PathBuf,
    },
    /// A directory has the name.
    #[error("{} est un répertoire, il faut le nom d’un fichier", file.display())]
    IsDirectory {
        /// The directory.
        file: PathBuf,
    },
    /// No file is meant.
    #[error("« {} » ne désigne pas un fichier : une sauvegarde ne s’écrit pas sur la sortie", file.display())]
    NotAName {
        /// What was given.
        file: PathBuf,
    },
    /// Something has the name already.
    #[error("le fichier {} existe déjà, il n’est pas remplacé", file.display())]
    Exists {
        /// The file.
        file: PathBuf,
    },
    /// The system refuses.
    #[error("la sauvegarde {} ne peut pas être écrite : {}", file.display(), refusal_in_french(source))]
    File {
        /// The file or directory.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The disk is too small.
    #[error(
        "le disque de {} n’a pas la place d’une sauvegarde : il faut {} Mio, il en reste {}",
        directory.display(),
        grouped(needed.div_ceil(MEBIBYTE)),
        grouped(free / MEBIBYTE)
    )]
    NoRoom {
        /// Where it was to be.
        directory: PathBuf,
        /// In bytes.
        needed: u64,
        /// In bytes.
        free: u64,
    },
    /// It is not what the database holds.
    #[error("la copie faite pour {} n’est pas fidèle, elle ne compte pas et a été effacée : {problem}", file.display())]
    Unsound {
        /// What it was to be called.
        file: PathBuf,
        /// What is wrong, in French.
        problem: String,
    },
    /// Somebody wrote each time it began.
    #[error("la base de données {} change sans cesse, aucune copie n’a pu commencer", database.display())]
    Restless {
        /// The database.
        database: PathBuf,
    },
    /// It was to end.
    #[error("la sauvegarde a été arrêtée à la demande")]
    Stopped,
}

impl BackupError {
    /// What to do, in French.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Store(error) => error.hint(),
            Self::NoDirectory { .. } => "créez-le, ou montez le disque où il est, puis relancez",
            Self::IsDirectory { .. } => {
                "donnez le nom d’un fichier à y créer ; sans nom, la sauvegarde va dans le répertoire de la section [backup]"
            }
            Self::NotAName { .. } => "donnez le nom du fichier à créer",
            Self::Exists { .. } => "donnez un autre nom, ou déplacez ce fichier",
            Self::File { source, .. } if super::super::error::is_full(source) => FREE_ROOM,
            Self::File { .. } => {
                "donnez au compte qui lance fitn le droit d’écrire là, ou changez de répertoire (clé « directory » de la section \
                 [backup])"
            }
            Self::NoRoom { .. } => FREE_ROOM,
            Self::Unsound { .. } => {
                "relancez ; si cela se répète, la base elle-même est abîmée : gardez les sauvegardes d’avant et signalez-le"
            }
            Self::Restless { .. } | Self::Stopped => "relancez plus tard",
        }
    }

    /// Whether trying later is all there is to do.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Restless { .. } | Self::Stopped | Self::Store(StoreError::BackingUp { .. } | StoreError::Busy { .. })
        )
    }

    /// Whether the name or the place that was given is at fault.
    #[must_use]
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NoDirectory { .. } | Self::IsDirectory { .. } | Self::NotAName { .. } | Self::Exists { .. }
        )
    }
}

const FREE_ROOM: &str = "libérez de la place, ou changez de disque (clé « directory » de la section [backup]) ; les sauvegardes d’avant \
                         sont intactes";
