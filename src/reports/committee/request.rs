//! A dossier as the committee sees it.

use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::fact::FactName;
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
use crate::domain::text::{QUOTED, shortened};
use crate::domain::verdict::{Missing, RuleKind, Status, Verdict, VerdictValue};
use crate::reports::quarterly::beneficiary;
use crate::reports::waiting::{asked, decided_since, wanted};
use crate::reports::{Sources, dossier_link};

/// How many characters of a carrier's summary the committee is shown.
const SUMMARY: usize = 900;
/// What stands for a name that is not known.
pub(super) const UNNAMED: &str = "nom inconnu";
/// How many of what a rule explains.
const EXPLANATION: usize = 240;

/// A dossier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Its number.
    pub number: DossierNumber,
    /// Its address on DS.
    pub link: String,
    /// The programme.
    pub programme: Programme,
    /// When it was filed.
    pub deposited_at: Timestamp,
    /// Where it stands, as it was read.
    pub state: DossierState,
    /// The day on which it was decided, where that was after the end of the pack: it waited then, and no earlier reading is known.
    pub decided_later: Option<Date>,
    /// Who asks.
    pub applicant: Option<String>,
    /// What kind of body it is.
    pub legal_kind: &'static str,
    /// Population, by the tables.
    pub population: Option<i64>,
    /// The themes of axe 3, volet 1.
    pub theme: Option<String>,
    /// The title of the project.
    pub title: Option<String>,
    /// What it is about, in the carrier's words.
    pub summary: Option<String>,
    /// The total cost.
    pub cost: Option<Cents>,
    /// The expenses that count.
    pub eligible: Option<Cents>,
    /// Asked for.
    pub asked: Option<Cents>,
    /// The most that the rule of the programme gives.
    pub most: Option<Cents>,
    /// What it may get: what was entered as granted, else what is asked for, within the most; nothing where a rule keeps it from being granted.
    pub wanted: Option<Cents>,
    /// Granted, where an amount was entered.
    pub granted: Option<Cents>,
    /// Whether an opinion asked for on DS was given; none when none was asked for.
    pub opinion: Option<bool>,
    /// From when to when.
    pub days: (Option<Date>, Option<Date>),
    /// The day of the committee, where it was entered.
    pub committee: Option<Date>,
    /// Users that it is for.
    pub target_users: Option<i64>,
    /// Agents to be trained.
    pub agents_trained: Option<i64>,
    /// The marks by criterion, in French.
    pub scores: Option<String>,
    /// What the rules add up to.
    pub status: Status,
    /// What is not simply met.
    pub doubts: Vec<Doubt>,
    /// What people are to do first.
    pub missing: Vec<Missing>,
    /// What is left of the credits before it, then after it, when those that wait before it get what they may; none where the credits are
    /// not known, or it draws on none.
    pub left: Option<(Cents, Cents)>,
}

/// A rule that is not simply met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubt {
    /// Its code.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// What it says, as people read it.
    pub verdict: &'static str,
    /// It keeps the dossier from being granted.
    pub is_blocking: bool,
    /// Why.
    pub explanation: String,
    /// Who decided, when a person did.
    pub decided_by: Option<String>,
}

impl Request {
    pub(super) fn of(
        judged: &Judged,
        closes_at: Timestamp,
        sources: &Sources<'_>,
        title: impl Fn(&str) -> String,
    ) -> Self {
        let Judged { subject, evaluation } = judged;
        let facts = &subject.facts;
        let text = |name| facts.value(name).map(ToString::to_string);
        let asked = asked(judged);
        let mut doubts: Vec<Doubt> =
            evaluation.verdicts.iter().filter_map(|verdict| Doubt::of(verdict, &title)).collect();
        doubts.sort_by_key(|doubt| !doubt.is_blocking);
        Self {
            number: subject.number,
            link: dossier_link(sources.site, subject.procedure, subject.number),
            programme: subject.programme,
            deposited_at: subject.deposited_at,
            state: subject.state.clone(),
            decided_later: decided_since(subject, closes_at),
            applicant: beneficiary(subject),
            legal_kind: subject.applicant.legal_kind.label(),
            population: subject.applicant.population,
            theme: text(FactName::Theme),
            title: facts.text(FactName::ProjectTitle).map(|title| shortened(title, QUOTED)),
            summary: facts.text(FactName::ProjectSummary).map(|summary| shortened(summary, SUMMARY)),
            cost: facts.amount(FactName::TotalCost),
            eligible: evaluation.eligible_expenses,
            asked,
            most: evaluation.computed,
            wanted: wanted(judged),
            granted: subject.granted(),
            opinion: subject.opinion_given,
            days: (facts.date(FactName::ProjectStart), facts.date(FactName::ProjectEnd)),
            committee: facts.date(FactName::CommitteeDate),
            target_users: facts.integer(FactName::TargetUsers),
            agents_trained: facts.integer(FactName::AgentsTrained),
            scores: text(FactName::Scores),
            status: evaluation.status,
            doubts,
            missing: evaluation.missing.clone(),
            left: None,
        }
    }

    /// It waits for credits of the drawing right: of themes 1 to 3, and no rule keeps it from being granted.
    #[must_use]
    pub fn draws_on_the_right(&self) -> bool {
        self.programme == Programme::Axe3V1 && self.status != Status::NonEligible
    }

    /// An amount was entered for it, though nothing is decided on DS.
    #[must_use]
    pub fn is_retained(&self) -> bool {
        self.granted.is_some() && self.decided_later.is_none()
    }

    /// Nothing is decided yet: somebody is to decide.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.decided_later.is_none()
    }

    /// Where it stands, in French.
    #[must_use]
    pub fn standing(&self) -> String {
        match self.decided_later {
            Some(day) => format!("{} depuis, le {}", self.state.label(), french_date(day)),
            None => self.state.label().to_owned(),
        }
    }

    /// Who asks, as people read it.
    #[must_use]
    pub fn carrier(&self) -> &str {
        self.applicant.as_deref().unwrap_or(UNNAMED)
    }
}

impl Doubt {
    /// What is met, or does not concern the dossier, is none; nor is a project that has no priority.
    fn of(verdict: &Verdict, title: impl Fn(&str) -> String) -> Option<Self> {
        let is_open = match verdict.verdict {
            VerdictValue::NotMet => verdict.kind != RuleKind::Priority,
            VerdictValue::ToReview => true,
            VerdictValue::Met | VerdictValue::NotApplicable => false,
        };
        is_open.then(|| Self {
            rule: verdict.rule.clone(),
            title: title(&verdict.rule),
            verdict: verdict.verdict.label_of(verdict.kind),
            is_blocking: verdict.kind == RuleKind::Blocking && verdict.verdict == VerdictValue::NotMet,
            explanation: shortened(&verdict.explanation, EXPLANATION),
            decided_by: verdict.decided_by.clone(),
        })
    }
}
