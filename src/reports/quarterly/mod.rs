//! The quarterly report to the DITP (guide, M1-rég): "suivre la consommation des crédits ; valoriser les actions et les
//! projets menés par les porteurs ; préciser les attentes des collectivités sur un accompagnement éventuel […] ;
//! capitaliser sur les retours d'expérience".
//!
//! [`draw_up`] makes the contents out of the dossiers as known at the end of the quarter; [`html`] and [`xlsx`] write
//! them. Démat.ADS and volet 2 have sections of their own (interpretation: the passage stands under themes 1 to 3).
//! The amounts behind every figure are the [`Grant`]s of its section.

mod activity;
mod credits;
mod grant;
pub mod html;
pub mod xlsx;

pub use activity::{Activity, Breach, Feedback, Support, support_label};
pub use credits::{Credit, Section};
pub use grant::Grant;

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

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
    /// Drawing rights by département as of the end of the quarter, transfers included. Paris has none.
    pub drawing_rights: &'a BTreeMap<String, Cents>,
    /// What the guide gives for the drawing rights together (2 079 208 €), to be set against their sum.
    pub v1_total: Option<Cents>,
    /// The regional envelope of Démat.ADS, when it is set.
    pub ads_envelope: Option<Cents>,
    /// The envelope of volet 2 (200 000 €).
    pub v2_envelope: Option<Cents>,
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
    /// Dossiers by programme, state and status; programmes without a dossier are left out.
    pub activities: Vec<Activity>,
    /// Controls of decisions that found something.
    pub breaches: Vec<Breach>,
    /// The support that applicants expect.
    pub support: Vec<Support>,
    /// What carriers report.
    pub feedback: Vec<Feedback>,
    /// Dossiers accepted after the end of the quarter, of which no earlier version is known: in no sum.
    pub decided_later: usize,
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
    starts_at: Timestamp,
    closes_at: Timestamp,
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
    let window = Window { starts_at: input.quarter.starts_at(), closes_at: closed_at };
    // DS dates to the second, as the closing instant is.
    let is_shown = |subject: &Subject| subject.removed.is_none() && subject.deposited_at <= closed_at;
    let dossiers: Vec<&Judged> = input.dossiers.iter().filter(|judged| is_shown(&judged.subject)).collect();
    let grants: Vec<Grant> =
        dossiers.iter().filter_map(|judged| Grant::of(&judged.subject, window, input.site)).collect();
    let accepted = dossiers.iter().filter(|judged| grant::is_accepted(&judged.subject)).count();
    let rights = input.drawing_rights;
    let served: BTreeMap<String, Option<Cents>> = input.served.iter().map(|code| (code.clone(), None)).collect();
    let drawing: BTreeMap<String, Option<Cents>> =
        rights.iter().map(|(code, right)| (code.clone(), Some(*right))).collect();
    let right = (!rights.is_empty()).then(|| rights.values().copied().sum::<Cents>());
    let sections = vec![
        credits::section(Axe3V1, "Droits de tirage, thèmes 1 à 3", &drawing, right, &dossiers, &grants, window),
        credits::section(Axe3V1Ads, "Démat.ADS", &served, input.ads_envelope, &dossiers, &grants, window),
        credits::section(
            Axe3V2,
            "Volet 2, laboratoires d’innovation territoriale",
            &served,
            input.v2_envelope,
            &dossiers,
            &grants,
            window,
        ),
    ];
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
        activities: activity::by_programme(&dossiers, window),
        breaches: activity::breaches(&dossiers),
        support: activity::support(&dossiers),
        feedback: activity::feedback(&dossiers),
        decided_later: accepted.saturating_sub(grants.len()),
    }
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
