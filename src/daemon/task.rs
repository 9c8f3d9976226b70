//! What the service does by itself.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::period::{Month, Period, Quarter};
use crate::domain::programme::Programme;

/// A task, in the order in which those that are due together are done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Task {
    /// Reads everything again and looks for dossiers that vanished.
    FullSync,
    /// Reads what changed.
    Sync,
    /// The Démat.ADS list of the month just ended.
    MonthlyList,
    /// The report of the quarter just ended, a draft.
    QuarterlyReport,
    /// The same, kept from then on.
    QuarterlyFinal,
    /// The packs of the committees about the quarter just ended, one a département.
    Committee,
    /// The mail of what is new.
    Digest,
    /// Sends what the outbox has.
    Deliveries,
}

/// What becomes of due times that were missed while nobody was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MakeUp {
    /// The latest one stands for all.
    Latest,
    /// Each is made up, oldest first: every one has a result of its own.
    Each,
}

impl Task {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::FullSync,
        Self::Sync,
        Self::MonthlyList,
        Self::QuarterlyReport,
        Self::QuarterlyFinal,
        Self::Committee,
        Self::Digest,
        Self::Deliveries,
    ];

    /// As in the configuration, the database and `status --json`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FullSync => "full_sync",
            Self::Sync => "sync",
            Self::MonthlyList => "monthly_list",
            Self::QuarterlyReport => "quarterly_report",
            Self::QuarterlyFinal => "quarterly_final",
            Self::Committee => "committee",
            Self::Digest => "digest",
            Self::Deliveries => "deliveries",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::FullSync => "synchronisation complète",
            Self::Sync => "synchronisation",
            Self::MonthlyList => "liste Démat.ADS du mois écoulé",
            Self::QuarterlyReport => "projet de rapport du trimestre écoulé",
            Self::QuarterlyFinal => "rapport du trimestre écoulé, arrêté",
            Self::Committee => "dossiers des comités sur le trimestre écoulé",
            Self::Digest => "courriel des nouveautés",
            Self::Deliveries => "envois",
        }
    }

    /// What becomes of missed due times.
    #[must_use]
    pub const fn make_up(self) -> MakeUp {
        match self {
            Self::FullSync | Self::Sync | Self::Digest | Self::Deliveries => MakeUp::Latest,
            Self::MonthlyList | Self::QuarterlyReport | Self::QuarterlyFinal | Self::Committee => MakeUp::Each,
        }
    }

    /// Whether it goes on while the service is held: it asks DS nothing, and people are told of what holds it.
    #[must_use]
    pub const fn goes_on_held(self) -> bool {
        matches!(self, Self::Deliveries)
    }

    /// Whether it is about the démarches of a programme.
    #[must_use]
    pub fn is_about(self, programme: Programme) -> bool {
        match self {
            Self::MonthlyList => programme == Programme::Axe3V1Ads,
            Self::Committee => matches!(programme, Programme::Axe3V1 | Programme::Axe3V1Ads),
            _ => true,
        }
    }

    /// What is to be done when the task is due on a day, in the time zone of the schedule.
    #[must_use]
    pub fn errand(self, day: Date) -> Errand {
        match self {
            Self::FullSync => Errand::FullSync,
            Self::Sync => Errand::Sync,
            Self::MonthlyList => Errand::MonthlyList(Month::of(day).previous()),
            Self::QuarterlyReport => Errand::QuarterlyReport(Quarter::of(day).previous()),
            Self::QuarterlyFinal => Errand::QuarterlyFinal(Quarter::of(day).previous()),
            Self::Committee => Errand::Committee(Quarter::of(day).previous()),
            Self::Digest => Errand::Digest,
            Self::Deliveries => Errand::Deliveries,
        }
    }
}

/// A task with the period that it is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// [`Task::FullSync`].
    FullSync,
    /// [`Task::Sync`].
    Sync,
    /// The list of a month.
    MonthlyList(Month),
    /// The draft of the report of a quarter.
    QuarterlyReport(Quarter),
    /// The report of a quarter, kept from then on.
    QuarterlyFinal(Quarter),
    /// The packs of the committees about a quarter.
    Committee(Quarter),
    /// [`Task::Digest`].
    Digest,
    /// [`Task::Deliveries`].
    Deliveries,
}

impl Errand {
    /// The first instant after the period; none where there is no period.
    #[must_use]
    pub fn ends_before(&self) -> Option<Timestamp> {
        match self {
            Self::FullSync | Self::Sync | Self::Digest | Self::Deliveries => None,
            Self::MonthlyList(month) => Some(month.ends_before()),
            Self::QuarterlyReport(quarter) | Self::QuarterlyFinal(quarter) | Self::Committee(quarter) => {
                Some(quarter.ends_before())
            }
        }
    }
}

impl fmt::Display for Errand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FullSync => f.write_str(Task::FullSync.label()),
            Self::Sync => f.write_str(Task::Sync.label()),
            Self::MonthlyList(month) => write!(f, "liste Démat.ADS, {}", month.label()),
            Self::QuarterlyReport(quarter) => write!(f, "projet de rapport trimestriel, {}", quarter.label()),
            Self::QuarterlyFinal(quarter) => write!(f, "rapport trimestriel, {}", quarter.label()),
            Self::Committee(quarter) => write!(f, "dossiers des comités, {}", quarter.label()),
            Self::Digest => f.write_str(Task::Digest.label()),
            Self::Deliveries => f.write_str(Task::Deliveries.label()),
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_document_is_about_the_period_just_ended() {
        let list = |day| Task::MonthlyList.errand(day).to_string();
        assert_eq!(list(date(2021, 10, 1)), "liste Démat.ADS, septembre 2021");
        assert_eq!(list(date(2021, 10, 31)), "liste Démat.ADS, septembre 2021");
        assert_eq!(list(date(2022, 1, 1)), "liste Démat.ADS, décembre 2021");
        let report = |day| Task::QuarterlyReport.errand(day).to_string();
        assert_eq!(report(date(2021, 10, 5)), "projet de rapport trimestriel, 3e trimestre 2021");
        assert_eq!(report(date(2022, 1, 5)), "projet de rapport trimestriel, 4e trimestre 2021");
        let kept = Task::QuarterlyFinal.errand(date(2022, 1, 20));
        assert_eq!(kept.to_string(), "rapport trimestriel, 4e trimestre 2021");
        assert_eq!(Task::Sync.errand(date(2022, 1, 5)).ends_before(), None);
        let ends = Task::MonthlyList.errand(date(2021, 10, 1)).ends_before();
        assert_eq!(ends, Some("2021-09-30T22:00:00Z".parse().unwrap()), "midnight in Paris");
    }
}
