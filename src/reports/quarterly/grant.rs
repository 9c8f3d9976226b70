//! One accepted dossier, with the amounts that the figures sum and how far its project has come.

use jiff::civil::Date;

use super::Window;
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::subject::{LegalKind, Subject};
use crate::domain::text::{QUOTED, shortened};
use crate::reports::amounts::{Amounts, counts_since};
use crate::reports::sources::removed_on;
use crate::reports::{Sources, dossier_link};
use crate::rules::Place;

/// How many characters of a carrier's summary a reader of the report is shown.
const SUMMARY: usize = 1_000;

/// An accepted dossier. Without a granted amount it is an "attribution sans montant": listed, in no sum of what is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The programme.
    pub programme: Programme,
    /// The dossier.
    pub number: DossierNumber,
    /// Who carries it.
    pub beneficiary: Option<String>,
    /// The département it counts in; none when it is to be told by a person.
    pub departement: Option<String>,
    /// Everything that is known of where it lies.
    pub place: Place,
    /// The themes of axe 3, volet 1.
    pub theme: Option<String>,
    /// The title of the project.
    pub title: Option<String>,
    /// What it is about, in the carrier's words.
    pub summary: Option<String>,
    /// Granted.
    pub granted: Option<Cents>,
    /// Engaged.
    pub engaged: Option<Cents>,
    /// Paid by the end of the quarter.
    pub paid: Option<Cents>,
    /// The day from which it counts: the later of the committee and of the decision on DS.
    pub counts_since: Option<Date>,
    /// It counts since a day of the quarter.
    pub in_quarter: bool,
    /// It counts since a day of the quarter before.
    pub in_previous_quarter: bool,
    /// How far it has come.
    pub days: ProjectDays,
    /// Why it is in no sum of its section; none when it counts.
    pub apart: Option<Apart>,
    /// The day since which DS no longer shows it.
    pub removed_on: Option<Date>,
    /// Its address on DS.
    pub link: String,
}

/// Why a grant is in no sum of its section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Apart {
    /// It lies outside the départements served.
    Elsewhere,
    /// It lies in a département served that has no drawing right.
    WithoutRight,
    /// Nobody can tell where it lies.
    Unsettled,
    /// The credits of its programme are not those that the report is about.
    OtherCredits,
}

impl Apart {
    /// As said beside the dossier, in French.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Elsewhere => "hors des départements suivis, non compté",
            Self::WithoutRight => "département sans droit de tirage, non compté",
            Self::Unsettled => "lieu à préciser, non compté",
            Self::OtherCredits => "crédits hors de ce rapport, non compté",
        }
    }
}

/// The days of a project, from the decision to the evaluation, as known at the end of a report: what is dated later has not happened yet.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProjectDays {
    /// The day of the committee.
    pub committee: Option<Date>,
    /// Notified.
    pub notified: Option<Date>,
    /// The agreement.
    pub agreement: Option<Date>,
    /// Paid.
    pub paid: Option<Date>,
    /// The end of the project, as planned.
    pub end: Option<Date>,
    /// The *bilan d’activité* came in.
    pub report: Option<Date>,
    /// Evaluated.
    pub evaluated: Option<Date>,
}

impl ProjectDays {
    fn of(subject: &Subject, last_day: Date) -> Self {
        let by_then = |name| subject.facts.date(name).filter(|day| *day <= last_day);
        Self {
            committee: by_then(FactName::CommitteeDate),
            notified: by_then(FactName::NotifiedOn),
            agreement: by_then(FactName::AgreementOn),
            paid: by_then(FactName::PaidOn),
            end: subject.facts.date(FactName::ProjectEnd),
            report: by_then(FactName::ActivityReportOn),
            evaluated: by_then(FactName::EvaluatedOn),
        }
    }
}

impl Grant {
    /// The grant that a dossier is, when it was decided by the end of the window.
    pub(super) fn of(subject: &Subject, window: Window, sources: &Sources<'_>) -> Option<Self> {
        let amounts = Amounts::of(subject, window.closes_at, &mut Vec::new())?;
        let facts = &subject.facts;
        let counts_since = counts_since(subject);
        let place = Place::of(subject);
        Some(Self {
            programme: subject.programme,
            number: subject.number,
            beneficiary: beneficiary(subject),
            departement: place.departement.clone(),
            place,
            theme: facts.value(FactName::Theme).map(ToString::to_string),
            title: facts.text(FactName::ProjectTitle).map(|title| shortened(title, QUOTED)),
            summary: facts.text(FactName::ProjectSummary).map(|summary| shortened(summary, SUMMARY)),
            granted: amounts.granted,
            engaged: amounts.engaged,
            paid: amounts.paid,
            counts_since,
            in_quarter: counts_since.is_some_and(|day| window.first_day() <= day && day <= window.last_day()),
            in_previous_quarter: counts_since
                .is_some_and(|day| window.previous_first_day <= day && day < window.first_day()),
            days: ProjectDays::of(subject, window.last_day()),
            apart: None,
            removed_on: removed_on(subject.removed),
            link: dossier_link(sources.site, subject.procedure, subject.number),
        })
    }
}

/// What stands for the name of an individual.
pub(in crate::reports) const A_PERSON: &str = "un particulier";

/// Who carries a dossier, as the report names it: individuals are not named.
pub(in crate::reports) fn beneficiary(subject: &Subject) -> Option<String> {
    match subject.applicant.legal_kind {
        LegalKind::Person => Some(A_PERSON.to_owned()),
        _ => subject.shown_applicant(),
    }
}

pub(super) fn is_accepted(subject: &Subject) -> bool {
    subject.state == DossierState::Accepte
}
