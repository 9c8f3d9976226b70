//! The quarterly report to the DITP (guide, M1-rég): "suivre la consommation des crédits ; valoriser les actions et les
//! projets menés par les porteurs ; préciser les attentes des collectivités sur un accompagnement éventuel […] ;
//! capitaliser sur les retours d'expérience".
//!
//! [`Draft`] makes the contents out of the dossiers as known at the end of the quarter; [`document()`] makes of them a document for reading, which
//! [`blocks`](super::blocks) writes, and [`workbook`] the data behind it. Démat.ADS and volet 2 have sections of their own (interpretation: the passage stands under themes 1 to 3).
//! The amounts behind every figure are the [`Grant`]s of its section.

mod activity;
mod after;
mod commentary;
mod credits;
mod document;
mod draft;
mod durations;
mod grant;
mod points;
mod reread;
mod review;
mod series;
mod summary;
pub mod workbook;

pub use activity::{
    Activity, Breach, Cause, Feedback, Reckoning, RemovedGrant, States, Support, Theme, support_label, theme_label,
};
pub use after::Laureate;
pub use commentary::{Commentary, CommentaryError};
pub use credits::{Credit, Outlook, Section, Trend};
pub use document::document;
pub(super) use document::{typography, words};
pub use draft::Draft;
pub use durations::{Durations, Spread, Waits};
pub(super) use grant::{A_PERSON, beneficiary};
pub use grant::{Apart, Grant};
pub use points::{Point, points};
pub use reread::adds_up;
pub use review::{Margin, Review, ReviewLine};
pub use series::{Series, Step, Sums};
pub use summary::summary;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::RuleText;
use super::said::said;
use super::sources::{Sources, provisional};
use crate::domain::aside::Unreadable;
use crate::domain::dossier::DossierNumber;
use crate::domain::fact::{FactName, FactType};
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::money::Cents;
use crate::domain::period::{Period, Quarter};
use crate::domain::programme::Programme;
use crate::territory::Region;

/// What a report is made of.
#[derive(Debug, Clone)]
pub struct QuarterlyInput<'a> {
    /// The quarter.
    pub quarter: Quarter,
    /// Until when the dossiers are known; before the quarter's end, the report is provisional.
    pub drawn_up_at: Timestamp,
    /// 0 for the first report of the quarter, then the number of the correction.
    pub revision: u32,
    /// Only the day on which it will be final keeps it from being so.
    pub is_draft: bool,
    /// What there is to say of how the dossiers of every programme are known.
    pub sources: Sources<'a>,
    /// Drawing rights by département as of the end of the quarter, transfers included; none where it is not known. A département
    /// that has no right is not in it.
    pub drawing_rights: &'a BTreeMap<String, Option<Cents>>,
    /// The rights and envelopes as they were, each from its day on, in their order; without any, they were always what they are.
    pub rights_then: &'a [RightsFrom],
    /// What the guide gives for the drawing rights together (2 079 208 €), to be set against their sum.
    pub v1_total: Option<Cents>,
    /// The regional envelope of Démat.ADS, when it is set.
    pub ads_envelope: Option<Cents>,
    /// The envelope of volet 2 (200 000 €).
    pub v2_envelope: Option<Cents>,
    /// The day of the first review of the credits.
    pub credit_review: Option<Date>,
    /// The day by which the guide expects the credits to be used.
    pub credits_expected_by: Option<Date>,
    /// The rules, for the titles of those that controls name.
    pub rules: &'a [RuleText],
    /// What the préfecture says of the quarter.
    pub commentary: Option<&'a Commentary>,
}

/// What there was to grant from, from a day on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsFrom {
    /// The first day.
    pub from: Date,
    /// The drawing rights of départements, as in [`QuarterlyInput`].
    pub drawing_rights: BTreeMap<String, Option<Cents>>,
    /// The envelope of Démat.ADS.
    pub ads_envelope: Option<Cents>,
    /// That of volet 2.
    pub v2_envelope: Option<Cents>,
}

/// The contents of a report, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarterlyReport {
    /// The quarter.
    pub quarter: Quarter,
    /// The last second of the quarter in Paris, or the instant of a provisional report.
    pub closed_at: Timestamp,
    /// When it was made.
    pub drawn_up_at: Timestamp,
    /// 0 for the first report of the quarter, then the number of the correction.
    pub revision: u32,
    /// Only the day on which it will be final keeps it from being so.
    pub is_draft: bool,
    /// The région.
    pub region: &'static Region,
    /// Why it is provisional, in French; nothing when it is final.
    pub provisional: Vec<String>,
    /// A sentence for each démarche whose dossiers stand as they were read last.
    pub behind: Vec<String>,
    /// The use of credits: themes 1 to 3, Démat.ADS, volet 2.
    pub sections: Vec<Section>,
    /// Accepted dossiers of the programmes whose credits are not in the report (axe 2), by programme, then by number.
    pub other_grants: Vec<Grant>,
    /// Where the guide's total and the sum of the rights differ.
    pub drawing_note: Option<DrawingNote>,
    /// The first review of the credits, when its day lies within the quarter.
    pub review: Option<Review>,
    /// Where the rights stood on the day by which the guide expects them to be used, or stand when it is still to come.
    pub milestone: Option<Milestone>,
    /// What each département could give to others, or needs.
    pub margins: Vec<Margin>,
    /// The projects of themes 1 to 3 and of volet 2, and what is still to be done about them.
    pub laureates: Vec<Laureate>,
    /// Dossiers by programme, state and status; programmes without a dossier are left out.
    pub activities: Vec<Activity>,
    /// How the dossiers filed add up to those of the credits, by programme.
    pub reckonings: Vec<Reckoning>,
    /// Accepted dossiers that DS no longer shows: they count until a person sets them aside.
    pub removed_grants: Vec<RemovedGrant>,
    /// Dossiers whose content cannot be read: in no figure.
    pub unreadable: Vec<Unreadable>,
    /// How long requests wait for a decision, by programme with a dossier.
    pub durations: Vec<Durations>,
    /// Controls of decisions that found something: those that are broken first, by rule, then by number.
    pub breaches: Vec<Breach>,
    /// The titles of the rules that control decisions.
    pub rule_titles: BTreeMap<String, String>,
    /// What the préfecture says of the quarter.
    pub commentary: Option<Commentary>,
    /// The support that applicants expect.
    pub support: Vec<Support>,
    /// What carriers report.
    pub feedback: Vec<Feedback>,
    /// Accepted dossiers whose own dates put the decision after the end of the quarter: in no sum, whatever they were granted.
    pub decided_later: Vec<(Programme, DossierNumber)>,
    /// Dossiers first read after the end of the quarter: they stand as they were then.
    pub known_later: usize,
}

/// The use of credits that the guide expects by a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Milestone {
    /// The day.
    pub expected_by: Date,
    /// The day has come.
    pub reached: bool,
    /// All rights together, on that day or, before it, at the end of the report.
    pub together: ReviewLine,
}

/// The guide gives 2 079 208 € for seven départements and 297 000 € each: shown, not hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DrawingNote {
    /// What the guide gives in all.
    pub total: Cents,
    /// The sum of the rights.
    pub rights: Cents,
}

impl DrawingNote {
    /// What is left over.
    #[must_use]
    pub fn difference(self) -> Cents {
        self.total - self.rights
    }
}

/// The days between which the report counts.
#[derive(Debug, Clone, Copy)]
struct Window {
    previous_first_day: Date,
    previous_starts_at: Timestamp,
    starts_at: Timestamp,
    closes_at: Timestamp,
    /// The quarter is over.
    whole: bool,
}

impl Window {
    fn holds(self, instant: Timestamp) -> bool {
        self.starts_at <= instant && instant <= self.closes_at
    }

    /// The quarter before.
    fn previous_holds(self, instant: Timestamp) -> bool {
        self.previous_starts_at <= instant && instant < self.starts_at
    }

    fn first_day(self) -> Date {
        paris_date(self.starts_at)
    }

    fn last_day(self) -> Date {
        paris_date(self.closes_at)
    }
}

fn milestone(section: &Section, purse: &credits::Purse, expected_by: Date, window: Window) -> Option<Milestone> {
    let reached = expected_by <= window.last_day();
    let together = review::review(section, purse, expected_by.min(window.last_day())).lines.pop()?;
    Some(Milestone { expected_by, reached, together })
}

impl QuarterlyReport {
    /// The same final report, as if it were the only one: whenever two are made, they are the same when they say the same.
    #[must_use]
    pub fn alone(self) -> Self {
        Self { drawn_up_at: self.quarter.ends_before(), revision: 0, is_draft: false, ..self }
    }

    /// `Fonds « Transformation numérique des collectivités territoriales » : rapport du 3ᵉ trimestre 2021`.
    #[must_use]
    pub fn title(&self) -> String {
        let quarter = document::words::quarter(self.quarter);
        format!("Fonds « Transformation numérique des collectivités territoriales » : rapport du {quarter}")
    }

    /// Closed on which day, or provisional.
    #[must_use]
    pub fn standing(&self) -> String {
        let revision = if self.revision > 0 { format!(", correction n° {}", self.revision) } else { String::new() };
        if self.is_provisional() {
            format!("{}{revision}. État au {}", provisional(&self.provisional), french_instant(self.closed_at))
        } else {
            format!("Arrêté au {}{revision}", french_date(paris_date(self.closed_at)))
        }
    }

    /// The same without the reasons.
    fn closing(&self) -> String {
        let revision = if self.revision > 0 { format!(", correction n° {}", self.revision) } else { String::new() };
        if self.is_provisional() {
            format!("PROVISOIRE, état au {}{revision}", french_instant(self.closed_at))
        } else {
            format!("Arrêté au {}{revision}", french_date(paris_date(self.closed_at)))
        }
    }

    /// Not to be kept.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        !self.provisional.is_empty()
    }

    /// The dossiers that expect each kind of support, in the order of the fact's codes.
    #[must_use]
    pub fn support_by_kind(&self) -> Vec<(&'static str, Vec<&Support>)> {
        let FactType::Choices(codes) = FactName::SupportWanted.fact_type() else { return Vec::new() };
        let wanting = |code: &str| {
            let of_it = self.support.iter().filter(|one| one.wanted.iter().any(|wanted| wanted == code));
            of_it.collect()
        };
        codes.iter().map(|code| (*code, wanting(code))).collect()
    }

    /// What controls found, by cause.
    #[must_use]
    pub fn causes(&self) -> Vec<Cause<'_>> {
        activity::causes(&self.breaches, &self.rule_titles)
    }

    /// Accepted dossiers without a granted amount, of every programme.
    pub fn without_amount(&self) -> impl Iterator<Item = &Grant> {
        let counted = self.sections.iter().flat_map(|section| &section.grants);
        counted.chain(&self.other_grants).filter(|grant| grant.granted.is_none())
    }

    /// The dossiers of the programmes whose credits are not in the report.
    fn other_dossiers(&self) -> usize {
        let has_credits =
            |activity: &&Activity| self.sections.iter().any(|section| section.programme == activity.programme);
        self.activities.iter().filter(|activity| !has_credits(activity)).map(Activity::filed).sum()
    }
}

/// SHA-256, in hexadecimal, of what a final report says, whenever it is made and whatever its revision: its contents, whatever they look like in
/// the version that writes them.
#[must_use]
pub fn says(report: QuarterlyReport) -> String {
    said(&report.alone())
}

/// The name of the report's files, without the extension: `rapport-fitn7-2021-T3`, with `-rev1` for the first correction and
/// `-provisoire` for a report that is not final.
#[must_use]
pub fn file_stem(report: &QuarterlyReport) -> String {
    let revision = if report.revision > 0 { format!("-rev{}", report.revision) } else { String::new() };
    let provisional = match (report.is_draft, report.is_provisional()) {
        (true, _) => "-projet",
        (false, true) => "-provisoire",
        (false, false) => "",
    };
    format!("rapport-fitn7-{}{revision}{provisional}", report.quarter.french_code())
}

#[cfg(test)]
mod tests;
