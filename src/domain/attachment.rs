//! A file attached to a dossier: where it hangs, and what is kept of its content.

use jiff::Timestamp;

use super::champ::{AttachedFile, Champ, ChampKind, ChampValue};
use super::dossier::Dossier;

/// Where a file hangs in its dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Champ or annotation.
    pub kind: ChampKind,
    /// The champ's id; it repeats from dossier to dossier.
    pub champ_id: String,
    /// The row of a repetition.
    pub row_id: Option<String>,
}

/// A file of a dossier. DS gives files no id: place, name, date and checksum are what tells one from another (API facts,
/// 5.9).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Where it hangs.
    pub place: Place,
    /// The label of the champ.
    pub label: String,
    /// What DS says of it.
    pub file: AttachedFile,
}

impl Attachment {
    /// Whether two are the same file: what the virus scan says may differ, the rest may not.
    #[must_use]
    pub fn is_same_as(&self, other: &Self) -> bool {
        self.is_successor_of(other)
            && self.file.checksum == other.file.checksum
            && self.file.byte_size == other.file.byte_size
    }

    /// Whether two are the same file but for its content, which DS may have reworked since (API facts, 5.9).
    #[must_use]
    pub fn is_successor_of(&self, other: &Self) -> bool {
        self.place == other.place
            && self.file.filename == other.file.filename
            // Whole seconds: what the database keeps, and all that DS shows.
            && self.file.created_at.as_second() == other.file.created_at.as_second()
    }

    /// Whether DS found no virus in it.
    #[must_use]
    pub fn is_safe(&self) -> bool {
        self.file.virus_scan == "safe"
    }
}

/// What is kept of the content of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// Not asked for yet.
    Pending,
    /// Kept, of the size and checksum that DS announces.
    Stored {
        /// SHA-256 in hexadecimal.
        sha256: String,
    },
    /// Kept, though it is not what DS announces.
    Unverified {
        /// SHA-256 in hexadecimal.
        sha256: String,
        /// What differs, in French.
        reason: String,
    },
    /// Not to be had; asked for again at the next sync.
    Failed {
        /// Why, in French.
        reason: String,
    },
}

impl Kept {
    /// As in the database.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Stored { .. } => "stored",
            Self::Unverified { .. } => "unverified",
            Self::Failed { .. } => "failed",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Pending => "non téléchargée",
            Self::Stored { .. } => "conservée",
            Self::Unverified { .. } => "conservée, non vérifiée",
            Self::Failed { .. } => "en échec",
        }
    }

    /// SHA-256 of the content kept.
    #[must_use]
    pub fn sha256(&self) -> Option<&str> {
        match self {
            Self::Stored { sha256 } | Self::Unverified { sha256, .. } => Some(sha256),
            Self::Pending | Self::Failed { .. } => None,
        }
    }

    /// Why it is not as it should be, in French.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Unverified { reason, .. } | Self::Failed { reason } => Some(reason),
            Self::Pending | Self::Stored { .. } => None,
        }
    }
}

/// A file and what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptAttachment {
    /// The file.
    pub attachment: Attachment,
    /// What is kept of it.
    pub kept: Kept,
    /// When it came to that.
    pub settled_at: Option<Timestamp>,
}

/// The files of a dossier: those of its champs, then those of its annotations, in the order of the form.
#[must_use]
pub fn attachments(dossier: &Dossier) -> Vec<Attachment> {
    let mut found = Vec::new();
    for (kind, champs) in [(ChampKind::Champ, &dossier.champs), (ChampKind::Annotation, &dossier.annotations)] {
        for champ in champs {
            found.extend(of_champ(kind, None, champ));
            if let ChampValue::Rows(rows) = &champ.value {
                let within = rows.iter().flat_map(|row| row.champs.iter().map(|champ| (row.id.as_str(), champ)));
                found.extend(within.flat_map(|(row, champ)| of_champ(kind, Some(row), champ)));
            }
        }
    }
    found
}

fn of_champ<'a>(
    kind: ChampKind,
    row_id: Option<&'a str>,
    champ: &'a Champ,
) -> impl Iterator<Item = Attachment> + use<'a> {
    let files = match &champ.value {
        ChampValue::Files(files) => files.as_slice(),
        _ => &[],
    };
    files.iter().map(move |file| Attachment {
        place: Place { kind, champ_id: champ.id.clone(), row_id: row_id.map(str::to_owned) },
        label: champ.label.clone(),
        file: file.clone(),
    })
}
