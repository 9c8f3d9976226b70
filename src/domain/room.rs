//! What takes room in the database.

/// What takes room in the database, as an administrator understands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Room {
    /// The current version of each dossier, as received.
    Received,
    /// The versions before.
    PastVersions,
    /// Champs and annotations, for people who query the database.
    Champs,
    /// Facts, verdicts, and what dossiers are to each other.
    Verdicts,
    /// What is known of attached files; their contents are beside the database.
    Attachments,
    /// Lists and reports that are kept.
    Documents,
    /// Messages.
    Messages,
    /// What people did, what changed, and what stays of erased dossiers.
    Journal,
    /// Dossiers, démarches, syncs, alerts, and what SQLite needs for itself.
    Rest,
    /// What was freed, and is used again.
    Free,
    /// SQLite's journal, beside the database.
    Pending,
}

impl Room {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 11] = [
        Self::Received,
        Self::PastVersions,
        Self::Champs,
        Self::Verdicts,
        Self::Attachments,
        Self::Documents,
        Self::Messages,
        Self::Journal,
        Self::Rest,
        Self::Free,
        Self::Pending,
    ];

    /// As in `status --size --json`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::PastVersions => "past_versions",
            Self::Champs => "champs",
            Self::Verdicts => "verdicts",
            Self::Attachments => "attachments",
            Self::Documents => "documents",
            Self::Messages => "messages",
            Self::Journal => "journal",
            Self::Rest => "rest",
            Self::Free => "free",
            Self::Pending => "pending",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Received => "contenus reçus de DS, versions actuelles",
            Self::PastVersions => "contenus reçus de DS, versions passées",
            Self::Champs => "champs et annotations",
            Self::Verdicts => "faits et avis",
            Self::Attachments => "liste des pièces jointes",
            Self::Documents => "documents conservés",
            Self::Messages => "envois",
            Self::Journal => "actes, nouveautés et restes de dossiers effacés",
            Self::Rest => "dossiers, démarches, synchronisations, alertes et reste",
            Self::Free => "place libre, réemployée",
            Self::Pending => "journal de SQLite, à côté du fichier",
        }
    }
}
