//! The quarterly report to the DITP (guide, M1-rég): "suivre la consommation des crédits ; valoriser les actions et les
//! projets menés par les porteurs ; préciser les attentes des collectivités sur un accompagnement éventuel […] ;
//! capitaliser sur les retours d'expérience".
//!
//! [`draw_up`] makes the contents out of the dossiers as known at the end of the quarter; [`html`] and [`xlsx`] write
//! them. Démat.ADS and volet 2 have sections of their own (interpretation: the passage stands under themes 1 to 3).
//! The amounts behind every figure are the [`Grant`]s of its section.

mod activity;
mod after;
mod credits;
mod grant;
pub mod html;
mod review;
pub mod xlsx;

pub use activity::{Activity, Breach, Feedback, Support, support_label};
pub use after::Laureate;
pub use credits::{Credit, Outlook, Section, Trend};
pub use grant::{Grant, Progress};
pub use review::{Margin, Review, Standing};

/// Where the drawing rights stand in Chorus ("droit de tirage de 297 000 € sur le centre financier UO 0363-DITP-DR75", guide, M1-dép).
pub const FINANCIAL_CENTRE: &str = "UO 0363-DITP-DR75";

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use credits::Purse;

use crate::domain::dossier::DossierNumber;
use crate::domain::fact::{FactName, FactType};
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::money::Cents;
use crate::domain::period::{Period, Quarter};
use crate::domain::programme::Programme::{Axe3V1, Axe3V1Ads, Axe3V2};
use crate::domain::subject::{Judged, Subject};

/// What a report is made of.
#[derive(Debug, Clone)]
pub struct QuarterlyInput<'a> {
    /// The quarter.
    pub quarter: Quarter,
    /// When the report is made; before the quarter's end, it is provisional.
    pub drawn_up_at: Timestamp,
    /// The codes of the départements served, Paris included.
    pub served: &'a [String],
    /// The dossiers of every programme as known at the end of the quarter, removed ones included; those that a person
    /// excluded are left out by the caller.
    pub dossiers: &'a [Judged],
    /// Those first read after the end of the quarter, with that instant: they stand as they were then.
    pub known_since: &'a BTreeMap<DossierNumber, Timestamp>,
    /// Drawing rights by département as of the end of the quarter, transfers included. Paris has none.
    pub drawing_rights: &'a BTreeMap<String, Cents>,
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
    /// The address of the DS site, without a slash at the end.
    pub site: &'a str,
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
    /// Made before the quarter's end.
    pub provisional: bool,
    /// The use of credits: themes 1 to 3, Démat.ADS, volet 2.
    pub sections: Vec<Section>,
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
    /// Controls of decisions that found something.
    pub breaches: Vec<Breach>,
    /// The support that applicants expect.
    pub support: Vec<Support>,
    /// What carriers report.
    pub feedback: Vec<Feedback>,
    /// Accepted dossiers whose own dates put the decision after the end of the quarter: in no sum.
    pub decided_later: usize,
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
    pub standing: Standing,
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
    starts_at: Timestamp,
    closes_at: Timestamp,
    /// The quarter is over.
    whole: bool,
}

impl Window {
    fn holds(self, instant: Timestamp) -> bool {
        self.starts_at <= instant && instant <= self.closes_at
    }

    fn first_day(self) -> Date {
        paris_date(self.starts_at)
    }

    fn last_day(self) -> Date {
        paris_date(self.closes_at)
    }
}

/// Draws up the report.
#[must_use]
pub fn draw_up(input: &QuarterlyInput<'_>) -> QuarterlyReport {
    let provisional = input.drawn_up_at < input.quarter.ends_before();
    let closed_at = if provisional { input.drawn_up_at } else { input.quarter.closes_at() };
    let window = Window {
        previous_first_day: input.quarter.previous().first_day(),
        starts_at: input.quarter.starts_at(),
        closes_at: closed_at,
        whole: !provisional,
    };
    // DS dates to the second, as the closing instant is.
    let is_shown = |subject: &Subject| subject.removed.is_none() && subject.deposited_at <= closed_at;
    let dossiers: Vec<&Judged> = input.dossiers.iter().filter(|judged| is_shown(&judged.subject)).collect();
    let grants: Vec<Grant> =
        dossiers.iter().filter_map(|judged| Grant::of(&judged.subject, window, input.site)).collect();
    let accepted = dossiers.iter().filter(|judged| grant::is_accepted(&judged.subject)).count();
    let known_later = dossiers.iter().filter(|judged| input.known_since.contains_key(&judged.subject.number)).count();
    let rights = input.drawing_rights;
    let served: BTreeMap<String, Option<Cents>> = input.served.iter().map(|code| (code.clone(), None)).collect();
    let drawing: BTreeMap<String, Option<Cents>> =
        rights.iter().map(|(code, right)| (code.clone(), Some(*right))).collect();
    let right = (!rights.is_empty()).then(|| rights.values().copied().sum::<Cents>());
    let section = |purse: Purse<'_>| credits::section(&purse, &dossiers, &grants, window);
    let themes = section(Purse {
        programme: Axe3V1,
        title: "Droits de tirage, thèmes 1 à 3",
        places: &drawing,
        right,
        regional: false,
    });
    let demat = section(Purse {
        programme: Axe3V1Ads,
        title: "Démat.ADS",
        places: &served,
        right: input.ads_envelope,
        regional: true,
    });
    let labs = section(Purse {
        programme: Axe3V2,
        title: "Volet 2, laboratoires d’innovation territoriale",
        places: &served,
        right: input.v2_envelope,
        regional: true,
    });
    let review_day = input.credit_review.filter(|day| window.first_day() <= *day && *day <= window.last_day());
    let review = review_day.map(|day| review::review(&themes, day));
    let milestone = input.credits_expected_by.and_then(|day| milestone(&themes, day, window));
    let margins = review::margins(&themes, &dossiers);
    let sections = vec![themes, demat, labs];
    let laureates = after::laureates(sections.iter().flat_map(|section| &section.grants), window);
    let drawing_note = input
        .v1_total
        .zip(right)
        .map(|(total, rights)| DrawingNote { total, rights })
        .filter(|note| note.difference() != Cents::ZERO);
    QuarterlyReport {
        quarter: input.quarter,
        closed_at,
        drawn_up_at: input.drawn_up_at,
        provisional,
        sections,
        drawing_note,
        review,
        milestone,
        margins,
        laureates,
        activities: activity::by_programme(&dossiers, window),
        breaches: activity::breaches(&dossiers),
        support: activity::support(&dossiers),
        feedback: activity::feedback(&dossiers),
        decided_later: accepted.saturating_sub(grants.len()),
        known_later: if provisional { 0 } else { known_later },
    }
}

fn milestone(section: &Section, expected_by: Date, window: Window) -> Option<Milestone> {
    let reached = expected_by <= window.last_day();
    let standing = review::review(section, expected_by.min(window.last_day())).lines.pop()?;
    Some(Milestone { expected_by, reached, standing })
}

impl QuarterlyReport {
    /// `Fonds « Transformation numérique des collectivités territoriales », 3e trimestre 2021`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("Fonds « Transformation numérique des collectivités territoriales », {}", self.quarter.label())
    }

    /// Closed on which day, or provisional.
    #[must_use]
    pub fn standing(&self) -> String {
        if self.provisional {
            format!("PROVISOIRE : rapport établi le {}, avant la fin du trimestre", french_instant(self.closed_at))
        } else {
            format!("Arrêté au {}", french_date(paris_date(self.closed_at)))
        }
    }

    /// The dossiers that expect each kind of support, in the order of the fact's codes.
    #[must_use]
    pub fn support_by_kind(&self) -> Vec<(&'static str, Vec<DossierNumber>)> {
        let FactType::Choices(codes) = FactName::SupportWanted.fact_type() else { return Vec::new() };
        let wanting = |code: &str| {
            let of_it = self.support.iter().filter(|one| one.wanted.iter().any(|wanted| wanted == code));
            of_it.map(|one| one.number).collect()
        };
        codes.iter().map(|code| (*code, wanting(code))).collect()
    }

    /// Accepted dossiers without a granted amount, of every section.
    pub fn without_amount(&self) -> impl Iterator<Item = &Grant> {
        self.sections.iter().flat_map(|section| &section.grants).filter(|grant| grant.granted.is_none())
    }
}

/// The name of the report's files, without the extension: `rapport-fitn7-2021-T3`, with `-provisoire` for a report
/// made before the quarter's end.
#[must_use]
pub fn file_stem(report: &QuarterlyReport) -> String {
    let provisional = if report.provisional { "-provisoire" } else { "" };
    format!("rapport-fitn7-{}{provisional}", report.quarter.french_code())
}

#[cfg(test)]
mod tests;
