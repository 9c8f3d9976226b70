//! Why a collection stops.

use std::io;
use std::path::{Path, PathBuf};

use crate::api::{ApiError, DownloadError, ErrorKind, SetupError};
use crate::domain::text::grouped;
use crate::files::refusal_in_french;
use crate::store::StoreError;
use crate::sync::SyncError;

const MEBIBYTE: u64 = 1024 * 1024;

/// A failure that concerns all files. What was kept before it stays; the next collection goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    /// The API no longer answers, or refuses.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// A dossier could not be read again.
    #[error(transparent)]
    Sync(SyncError),
    /// The storage of the files failed several times in a row.
    #[error("{0}")]
    Storage(#[from] DownloadError),
    /// The downloads cannot be prepared.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The directory of the contents refuses something.
    #[error("le répertoire des pièces jointes {} refuse une opération : {}", directory.display(), refusal_in_french(source))]
    Disk {
        /// The directory.
        directory: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// So little of the disk is free that nothing more is put there.
    #[error(
        "il ne reste que {} Mio libres dans {} : rien n’y est plus téléchargé, pour en laisser {} à la base (clé \
         « disk_free_min_mb », section [alerts])",
        grouped(free / MEBIBYTE), directory.display(), grouped(floor / MEBIBYTE)
    )]
    DiskLow {
        /// The directory of the contents.
        directory: PathBuf,
        /// What is free, in bytes.
        free: u64,
        /// What is to stay free, in bytes.
        floor: u64,
    },
    /// Contents are known, and their directory is not there.
    #[error("le répertoire des pièces jointes {} n’existe plus, alors que {known} contenus y sont attendus", directory.display())]
    DirectoryLost {
        /// The directory.
        directory: PathBuf,
        /// How many contents it should hold.
        known: usize,
    },
    /// Asked to stop.
    #[error("téléchargement des pièces jointes interrompu à la demande")]
    Stopped,
}

impl AttachmentError {
    pub(super) fn disk(directory: &Path, source: io::Error) -> Self {
        Self::Disk { directory: directory.to_owned(), source }
    }

    /// Whether a proxy refused the name or the password.
    #[must_use]
    pub fn is_refused_by_the_proxy(&self) -> bool {
        match self {
            Self::Api(error) => error.kind() == ErrorKind::ProxyAuth,
            Self::Sync(error) => error.is_refused_by_the_proxy(),
            Self::Storage(error) => matches!(error, DownloadError::ProxyAuth),
            _ => false,
        }
    }

    /// What the operator can do, in French.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Api(error) => error.hint(),
            Self::Sync(error) => error.hint(),
            Self::Storage(_) => {
                "vérifiez que ce serveur atteint celui des fichiers de DS (réseau, mandataire, certificats)"
            }
            Self::Setup(_) => "corrigez la section [api] de la configuration",
            Self::Store(error) => error.hint(),
            Self::Disk { .. } => {
                "vérifiez la place libre et les droits du répertoire (clé « directory » de la section [attachments])"
            }
            Self::DiskLow { .. } => {
                "libérez de la place, ou déplacez les pièces sur un autre disque (clé « directory » de la section [attachments]) ; \
                 elles sont redemandées à la synchronisation suivante"
            }
            Self::DirectoryLost { .. } => {
                "remettez ce répertoire en place, ou montez son disque ; créez-le vide pour tout redemander à DS"
            }
            Self::Stopped => "la prochaine synchronisation reprendra là",
        }
    }
}

/// Asked to stop is the same wherever it is noticed.
impl From<SyncError> for AttachmentError {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Api { source, .. } => Self::Api(source),
            SyncError::Store(error) => Self::Store(error),
            SyncError::Cancelled => Self::Stopped,
            other => Self::Sync(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_s_refusal_is_told_from_every_other() {
        let sync = |source| SyncError::Api { procedure: 7, source };
        for refused in [
            AttachmentError::Api(ApiError::ProxyAuth),
            AttachmentError::from(sync(ApiError::ProxyAuth)),
            AttachmentError::Storage(DownloadError::ProxyAuth),
        ] {
            assert!(refused.is_refused_by_the_proxy(), "{refused}");
        }
        assert!(!AttachmentError::Storage(DownloadError::ProxyRefused(403)).is_refused_by_the_proxy());
        assert!(!AttachmentError::Stopped.is_refused_by_the_proxy());
    }
}
