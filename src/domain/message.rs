//! What is sent to people: of which kind, and what became of it.

use std::fmt;
use std::str::FromStr;

/// What a message brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageKind {
    /// The Démat.ADS list of a month.
    MonthlyList,
    /// The report of a quarter.
    QuarterlyReport,
    /// The pack of a département’s committee.
    Committee,
    /// Something that somebody should look at, or its end.
    Alerts,
    /// What is new about dossiers.
    Changes,
}

impl MessageKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::MonthlyList, Self::QuarterlyReport, Self::Committee, Self::Alerts, Self::Changes];

    /// As in the configuration, the database and `outbox list --json`; that of the document in `view_exports`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::MonthlyList => "monthly-list",
            Self::QuarterlyReport => "quarterly-report",
            Self::Committee => "committee",
            Self::Alerts => "alerts",
            Self::Changes => "changes",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::MonthlyList => "liste Démat.ADS",
            Self::QuarterlyReport => "rapport trimestriel",
            Self::Committee => "dossier de comité",
            Self::Alerts => "alerte",
            Self::Changes => "nouveautés",
        }
    }

    /// Whether it brings a document that is kept, with its files. The others are words alone, of one département or of all.
    #[must_use]
    pub const fn is_document(self) -> bool {
        matches!(self, Self::MonthlyList | Self::QuarterlyReport | Self::Committee)
    }

    /// The formats that there are.
    #[must_use]
    pub const fn formats(self) -> &'static [&'static str] {
        match self {
            Self::MonthlyList => &["xlsx", "ods", "csv", "json"],
            Self::QuarterlyReport if cfg!(feature = "pdf") => &["pdf", "html", "xlsx", "ods"],
            Self::QuarterlyReport => &["html", "xlsx", "ods"],
            Self::Committee if cfg!(feature = "pdf") => &["pdf", "ods"],
            Self::Committee => &["ods"],
            Self::Alerts | Self::Changes => &[],
        }
    }

    /// Those that are sent unless the configuration says otherwise.
    #[must_use]
    pub const fn usual_formats(self) -> &'static [&'static str] {
        match self {
            Self::MonthlyList => &["xlsx", "csv"],
            Self::QuarterlyReport if cfg!(feature = "pdf") => &["pdf", "xlsx"],
            Self::QuarterlyReport => &["html", "xlsx"],
            Self::Committee if cfg!(feature = "pdf") => &["pdf", "ods"],
            Self::Committee => &["ods"],
            Self::Alerts | Self::Changes => &[],
        }
    }
}

impl FromStr for MessageKind {
    type Err = ();
    fn from_str(code: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.code() == code).ok_or(())
    }
}

impl fmt::Display for MessageKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MessageState {
    /// It goes at its time.
    AEnvoyer,
    /// It waits for a person.
    Retenu,
    /// The server took it, or its files are in their directory.
    Envoye,
    /// It was handed over, and the answer never came.
    Incertain,
    /// Refused for good, or for too long.
    Echec,
    /// A person wants it sent no more.
    Annule,
}

impl MessageState {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 6] = [Self::AEnvoyer, Self::Retenu, Self::Incertain, Self::Echec, Self::Envoye, Self::Annule];

    /// As in the database and in `outbox list --json`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::AEnvoyer => "a_envoyer",
            Self::Retenu => "retenu",
            Self::Envoye => "envoye",
            Self::Incertain => "incertain",
            Self::Echec => "echec",
            Self::Annule => "annule",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::AEnvoyer => "à envoyer",
            Self::Retenu => "retenu",
            Self::Envoye => "envoyé",
            Self::Incertain => "incertain",
            Self::Echec => "échec",
            Self::Annule => "annulé",
        }
    }
}

impl FromStr for MessageState {
    type Err = ();
    fn from_str(code: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|state| state.code() == code).ok_or(())
    }
}
