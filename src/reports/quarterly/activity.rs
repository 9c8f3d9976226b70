//! Dossiers filed and where they stand, what controls found, and what applicants say.

use jiff::Timestamp;
use jiff::civil::Date;

use super::{Section, Window};
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
use crate::domain::fact::{FactName, FactValue};
use crate::domain::instant::paris_date;
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
use crate::domain::text::shortened;
use crate::domain::verdict::{RuleKind, Status, VerdictValue};
use crate::reports::{Count, Sources};
use crate::rules::Place;

/// The dossiers of a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// The programme.
    pub programme: Programme,
    /// Filed before the quarter.
    pub filed_before: usize,
    /// Filed within the quarter.
    pub filed_in_quarter: usize,
    /// In the order of [`DossierState::KNOWN`].
    pub by_state: [usize; 5],
    /// In a state that this version does not know.
    pub other_state: usize,
    /// In the order of [`Status::ALL`].
    pub by_status: [usize; 3],
}

impl Activity {
    /// All of them.
    #[must_use]
    pub fn filed(&self) -> usize {
        self.filed_before + self.filed_in_quarter
    }
}

pub(super) fn by_programme(dossiers: &[&Judged], window: Window) -> Vec<Activity> {
    Programme::ALL
        .into_iter()
        .map(|programme| {
            let own: Vec<&&Judged> = dossiers.iter().filter(|judged| judged.subject.programme == programme).collect();
            let in_quarter = own.iter().filter(|judged| window.holds(judged.subject.deposited_at)).count();
            let by_state =
                DossierState::KNOWN.map(|state| own.iter().filter(|judged| judged.subject.state == state).count());
            Activity {
                programme,
                filed_before: own.len() - in_quarter,
                filed_in_quarter: in_quarter,
                other_state: own.len() - by_state.iter().sum::<usize>(),
                by_state,
                by_status: Status::ALL
                    .map(|status| own.iter().filter(|judged| judged.evaluation.status == status).count()),
            }
        })
        .filter(|activity| activity.filed() > 0)
        .collect()
}

/// How the dossiers of a programme add up: from those filed to those that the credits count as requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reckoning {
    /// The programme; none for all of them together.
    pub programme: Option<Programme>,
    /// What became of those filed by the end of the period.
    pub count: Count,
    /// Of those shown, those that lie outside the places of the programme's credits, or nobody knows where; none for programmes whose
    /// credits are not in the report.
    pub apart: Option<usize>,
}

impl Reckoning {
    /// The requests of the programme's credits.
    #[must_use]
    pub fn requests(&self) -> Option<usize> {
        self.apart.map(|apart| self.count.shown - apart)
    }
}

/// Each programme with a dossier, then all of them.
pub(super) fn reckon(
    (sources, dossiers): (&Sources<'_>, &[Judged]),
    sections: &[Section],
    closed_at: Timestamp,
) -> Vec<Reckoning> {
    let mut reckonings: Vec<Reckoning> = Programme::ALL
        .into_iter()
        .map(|programme| {
            let section = sections.iter().find(|section| section.programme == programme);
            let apart = section.map(|section| section.apart.iter().map(|line| line.requests).sum());
            let mut count = sources.aside(programme);
            let filed = dossiers.iter().map(|judged| &judged.subject);
            filed
                .filter(|subject| subject.programme == programme && subject.deposited_at <= closed_at)
                .for_each(|subject| count.add(subject));
            Reckoning { programme: Some(programme), count, apart }
        })
        .filter(|reckoning| reckoning.count.filed() > 0)
        .collect();
    let mut count = Count::default();
    for reckoning in &reckonings {
        count += reckoning.count;
    }
    reckonings.push(Reckoning { programme: None, count, apart: None });
    reckonings
}

/// An accepted dossier that DS no longer shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemovedGrant {
    /// The programme.
    pub programme: Programme,
    /// The dossier.
    pub number: DossierNumber,
    /// Who carries it.
    pub beneficiary: Option<String>,
    /// Why DS no longer shows it.
    pub reason: RemovalReason,
    /// Since which day.
    pub since: Date,
}

pub(super) fn removed_grants(dossiers: &[&Judged]) -> Vec<RemovedGrant> {
    let removed = dossiers.iter().filter_map(|judged| {
        let subject = &judged.subject;
        Some(RemovedGrant {
            programme: subject.programme,
            number: subject.number,
            beneficiary: subject.shown_applicant(),
            reason: subject.removed?.reason,
            since: paris_date(subject.removed?.at),
        })
    });
    let mut removed: Vec<RemovedGrant> = removed.collect();
    removed.sort_by_key(|one| (one.programme, one.number));
    removed
}

/// A control of a decision that found something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breach {
    /// The programme.
    pub programme: Programme,
    /// The dossier.
    pub number: DossierNumber,
    /// Who carries it.
    pub beneficiary: Option<String>,
    /// The rule.
    pub rule: String,
    /// Broken, or to be looked at.
    pub verdict: VerdictValue,
    /// What it found, in French.
    pub explanation: String,
}

pub(super) fn breaches(dossiers: &[&Judged]) -> Vec<Breach> {
    let mut breaches: Vec<Breach> = dossiers
        .iter()
        .flat_map(|judged| judged.evaluation.verdicts.iter().map(move |verdict| (&judged.subject, verdict)))
        .filter(|(_, verdict)| verdict.kind == RuleKind::Control)
        .filter(|(_, verdict)| matches!(verdict.verdict, VerdictValue::NotMet | VerdictValue::ToReview))
        .map(|(subject, verdict)| Breach {
            programme: subject.programme,
            number: subject.number,
            beneficiary: subject.shown_applicant(),
            rule: verdict.rule.clone(),
            verdict: verdict.verdict,
            explanation: verdict.explanation.clone(),
        })
        .collect();
    breaches.sort_by(|a, b| (a.verdict, &a.rule, a.number).cmp(&(b.verdict, &b.rule, b.number)));
    breaches
}

/// The support that an applicant expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The programme.
    pub programme: Programme,
    /// The dossier.
    pub number: DossierNumber,
    /// Who carries it.
    pub beneficiary: Option<String>,
    /// The département it counts in.
    pub departement: Option<String>,
    /// `expertise`, `training`, `lab`.
    pub wanted: Vec<String>,
}

/// What a code of the `support_wanted` fact means.
#[must_use]
pub fn support_label(code: &str) -> &str {
    match code {
        "expertise" => "expertise numérique",
        "training" => "dispositifs de formation",
        "lab" => "soutien d’un laboratoire d’innovation territoriale",
        other => other,
    }
}

pub(super) fn support(dossiers: &[&Judged]) -> Vec<Support> {
    let mut support: Vec<Support> = dossiers
        .iter()
        .filter(|judged| judged.subject.is_live())
        .filter_map(|judged| match judged.subject.facts.value(FactName::SupportWanted) {
            Some(FactValue::Choices(codes)) if !codes.is_empty() => Some(Support {
                programme: judged.subject.programme,
                number: judged.subject.number,
                beneficiary: judged.subject.shown_applicant(),
                departement: Place::of(&judged.subject).departement,
                wanted: codes.iter().cloned().collect(),
            }),
            _ => None,
        })
        .collect();
    support.sort_by_key(|one| (one.programme, one.number));
    support
}

/// How many characters of what a carrier reports a reader of the report is shown; the dossier has the rest.
const FEEDBACK: usize = 3_000;

/// What a carrier reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feedback {
    /// The programme.
    pub programme: Programme,
    /// The dossier.
    pub number: DossierNumber,
    /// Who carries it.
    pub beneficiary: Option<String>,
    /// In the carrier's words.
    pub text: String,
}

pub(super) fn feedback(dossiers: &[&Judged]) -> Vec<Feedback> {
    let mut feedback: Vec<Feedback> = dossiers
        .iter()
        .filter_map(|judged| {
            let text = judged.subject.facts.text(FactName::Feedback)?.trim();
            (!text.is_empty()).then(|| Feedback {
                programme: judged.subject.programme,
                number: judged.subject.number,
                beneficiary: judged.subject.shown_applicant(),
                text: shortened(text, FEEDBACK),
            })
        })
        .collect();
    feedback.sort_by_key(|one| (one.programme, one.number));
    feedback
}
