//! Dossiers filed and where they stand, what controls found, and what applicants say.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::grant::beneficiary;
use super::{Section, Window};
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
use crate::domain::fact::{FactName, FactValue};
use crate::domain::instant::paris_date;
use crate::domain::programme::Programme;
use crate::domain::subject::{Judged, Subject};
use crate::domain::text::shortened;
use crate::domain::verdict::{RuleKind, Status, VerdictValue, Who};
use crate::reports::Count;
use crate::reports::waiting::is_decided_since;
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
    /// Of those filed before, those of the quarter before.
    pub filed_in_previous_quarter: usize,
    /// By state.
    pub states: States,
    /// The same by theme, of the programme that has themes.
    pub themes: BTreeMap<Theme, States>,
    /// In the order of [`Status::ALL`].
    pub by_status: [usize; 3],
    /// Live dossiers of which something is missing, in the order of [`Who::ALL`]: a dossier counts once for each who is to act.
    pub lacking: [usize; 4],
}

/// Dossiers by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct States {
    /// In the order of [`DossierState::KNOWN`].
    pub known: [usize; 5],
    /// Decided after the end of the period: they waited then, and no reading says in which state.
    pub decided_since: usize,
    /// In a state that this version does not know.
    pub other: usize,
}

impl States {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> usize {
        self.known.iter().sum::<usize>() + self.decided_since + self.other
    }

    /// In a state at the end of the period.
    #[must_use]
    pub fn of(&self, state: &DossierState) -> usize {
        DossierState::KNOWN.iter().position(|known| known == state).map_or(self.other, |at| self.known[at])
    }

    fn add(&mut self, subject: &Subject, window: Window) {
        let state = &subject.state;
        if is_decided_since(subject, window.closes_at) {
            self.decided_since += 1;
            return;
        }
        match DossierState::KNOWN.iter().position(|known| known == state) {
            Some(at) => self.known[at] += 1,
            None => self.other += 1,
        }
    }
}

/// The theme of a dossier of axe 3, volet 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Theme {
    /// `1`, `2`, `3`; `4` where a dossier is on the wrong form.
    One(String),
    /// Several.
    Several,
    /// None is known.
    Unknown,
}

impl Theme {
    /// As read of a dossier; none for a programme without themes.
    fn of(subject: &Subject) -> Option<Self> {
        (subject.programme == Programme::Axe3V1).then(|| match subject.facts.value(FactName::Theme) {
            Some(FactValue::Choices(codes)) => match codes.first() {
                Some(code) if codes.len() == 1 => Self::One(code.clone()),
                Some(_) => Self::Several,
                None => Self::Unknown,
            },
            _ => Self::Unknown,
        })
    }

    /// As people read it.
    #[must_use]
    pub fn label(&self) -> String {
        match self {
            Self::One(code) => theme_label(code),
            Self::Several => "plusieurs thèmes".to_owned(),
            Self::Unknown => "thème non précisé".to_owned(),
        }
    }
}

/// `Thème 2 : formation des agents`, of a code of the `theme` fact.
#[must_use]
pub fn theme_label(code: &str) -> String {
    let what = match code {
        "1" => "accompagnement par un expert",
        "2" => "formation des agents",
        "3" => "relation à l’usager",
        "4" => "Démat.ADS, à réorienter",
        _ => return format!("Thème {code}"),
    };
    format!("Thème {code} : {what}")
}

impl Activity {
    /// All of them.
    #[must_use]
    pub fn filed(&self) -> usize {
        self.filed_before + self.filed_in_quarter
    }
}

impl Activity {
    pub(super) fn new(programme: Programme) -> Self {
        Self {
            programme,
            filed_before: 0,
            filed_in_quarter: 0,
            filed_in_previous_quarter: 0,
            states: States::default(),
            themes: BTreeMap::new(),
            by_status: [0; 3],
            lacking: [0; 4],
        }
    }

    /// Takes a dossier of the programme in.
    pub(super) fn add(&mut self, judged: &Judged, window: Window) {
        let Judged { subject, evaluation } = judged;
        if window.holds(subject.deposited_at) {
            self.filed_in_quarter += 1;
        } else {
            self.filed_before += 1;
            self.filed_in_previous_quarter += usize::from(window.previous_holds(subject.deposited_at));
        }
        self.states.add(subject, window);
        if let Some(theme) = Theme::of(subject) {
            self.themes.entry(theme).or_default().add(subject, window);
        }
        for (number, who) in self.lacking.iter_mut().zip(Who::ALL) {
            let lacks = subject.is_live() && evaluation.missing.iter().any(|missing| missing.who == who);
            *number += usize::from(lacks);
        }
        if let Some(at) = Status::ALL.iter().position(|status| *status == evaluation.status) {
            self.by_status[at] += 1;
        }
    }
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
pub(super) fn reckon(counts: &BTreeMap<Programme, Count>, sections: &[Section]) -> Vec<Reckoning> {
    let filed = counts.iter().filter(|(_, count)| count.filed() > 0);
    let mut reckonings: Vec<Reckoning> = filed
        .map(|(programme, count)| {
            let section = sections.iter().find(|section| section.programme == *programme);
            let apart = section.map(|section| section.apart.iter().map(|line| line.requests).sum());
            Reckoning { programme: Some(*programme), count: *count, apart }
        })
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
    /// Its département, where that is known.
    pub departement: Option<String>,
    /// Why DS no longer shows it.
    pub reason: RemovalReason,
    /// Since which day.
    pub since: Date,
}

impl RemovedGrant {
    pub(super) fn of(subject: &Subject) -> Option<Self> {
        Some(Self {
            programme: subject.programme,
            number: subject.number,
            beneficiary: beneficiary(subject),
            departement: Place::of(subject).departement,
            reason: subject.removed?.reason,
            since: paris_date(subject.removed?.at),
        })
    }
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
    /// Its département, where that is known.
    pub departement: Option<String>,
    /// The rule.
    pub rule: String,
    /// Broken, or to be looked at.
    pub verdict: VerdictValue,
    /// What it found, in French.
    pub explanation: String,
}

impl Breach {
    /// Those of a dossier.
    pub(super) fn of(judged: &Judged) -> impl Iterator<Item = Self> {
        let Judged { subject, evaluation } = judged;
        let controls = evaluation.verdicts.iter().filter(|verdict| verdict.kind == RuleKind::Control);
        controls.filter(|verdict| matches!(verdict.verdict, VerdictValue::NotMet | VerdictValue::ToReview)).map(
            |verdict| Self {
                programme: subject.programme,
                number: subject.number,
                beneficiary: beneficiary(subject),
                departement: Place::of(subject).departement,
                rule: verdict.rule.clone(),
                verdict: verdict.verdict,
                explanation: verdict.explanation.clone(),
            },
        )
    }
}

/// What controls found, put together: one line a rule and verdict, with its dossiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause<'a> {
    /// The rule.
    pub rule: &'a str,
    /// What it is about; nothing where it is not known.
    pub title: &'a str,
    /// Broken, or to be looked at.
    pub verdict: VerdictValue,
    /// Its dossiers, by number.
    pub breaches: Vec<&'a Breach>,
}

/// Breaches, which come in the order of their verdict, rule and number, by cause.
pub(super) fn causes<'a>(breaches: &'a [Breach], titles: &'a BTreeMap<String, String>) -> Vec<Cause<'a>> {
    let same = |one: &Breach, other: &Breach| one.verdict == other.verdict && one.rule == other.rule;
    let cause = |alike: &'a [Breach]| {
        let first = alike.first()?;
        Some(Cause {
            rule: &first.rule,
            title: titles.get(&first.rule).map_or("", String::as_str),
            verdict: first.verdict,
            breaches: alike.iter().collect(),
        })
    };
    breaches.chunk_by(same).filter_map(cause).collect()
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
    /// The SIREN of who carries it.
    pub siren: Option<String>,
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

impl Support {
    /// What a dossier expects; none when it expects nothing.
    pub(super) fn of(subject: &Subject) -> Option<Self> {
        match subject.facts.value(FactName::SupportWanted).filter(|_| subject.is_live())? {
            FactValue::Choices(codes) if !codes.is_empty() => Some(Self {
                programme: subject.programme,
                number: subject.number,
                beneficiary: beneficiary(subject),
                siren: subject.applicant.siret.as_ref().map(|siret| siret.siren().to_owned()),
                departement: Place::of(subject).departement,
                wanted: codes.iter().cloned().collect(),
            }),
            _ => None,
        }
    }
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
    /// The département it counts in.
    pub departement: Option<String>,
    /// In the carrier's words.
    pub text: String,
}

impl Feedback {
    /// What the carrier of a dossier reports; none when it says nothing.
    pub(super) fn of(subject: &Subject) -> Option<Self> {
        let text = subject.facts.text(FactName::Feedback)?.trim();
        (!text.is_empty()).then(|| Self {
            programme: subject.programme,
            number: subject.number,
            beneficiary: beneficiary(subject),
            departement: Place::of(subject).departement,
            text: shortened(text, FEEDBACK),
        })
    }
}
