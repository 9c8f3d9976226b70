//! What a rule is, and what its function answers.

use super::grounds::{Need, ParameterUse};
use super::guide;
use super::inquiry::Inquiry;
use super::parameters::ParameterName;
use crate::domain::fact::{Absence, FactName};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;
use crate::domain::text::quoted;
use crate::domain::verdict::{Missing, RuleKind, VerdictValue, Who};

/// A rule of the guide.
#[derive(Debug)]
pub struct Rule {
    /// `ADS-01`…; never reused for another rule.
    pub id: &'static str,
    /// Raised whenever its function or its text changes: verdicts are then computed again.
    pub version: u32,
    /// What its verdict does to the status.
    pub kind: RuleKind,
    /// The programmes it belongs to.
    pub programmes: &'static [Programme],
    /// What it asks for, in a few French words.
    pub title: &'static str,
    /// The same in one French sentence that can be held against the guide.
    pub statement: &'static str,
    /// What the guide leaves open, and how it is read here; none when the rule only applies its words.
    pub interpretation: Option<&'static str>,
    /// What it rests on.
    pub passages: &'static [Passage],
    /// The verdicts that it may give, each once, with the facts that give it, in French.
    pub verdicts: &'static [(VerdictValue, &'static str)],
    /// The facts without which it is never met.
    pub needs: &'static [Need],
    /// The other facts that it reads: what they say may change the verdict, but it can be met without them.
    pub considers: &'static [FactName],
    /// Every parameter it may use, and the day that selects its value.
    pub parameters: &'static [ParameterUse],
    /// The rule itself.
    pub(super) check: fn(&mut Inquiry<'_>) -> Outcome,
}

impl Rule {
    /// The passages with their places in the guide, as shown with a verdict.
    #[must_use]
    pub fn citation(&self) -> String {
        self.passages.iter().map(ToString::to_string).collect::<Vec<_>>().join(". ")
    }

    /// Whether it may give a verdict.
    #[cfg(test)]
    pub(super) fn can_give(&self, value: VerdictValue) -> bool {
        self.verdicts.iter().any(|(one, _)| *one == value)
    }

    /// Whether it needs a fact to judge a dossier, alone or as one of several.
    #[must_use]
    pub fn needs_of(&self, subject: &Subject, fact: FactName) -> bool {
        self.needs.iter().any(|need| need.one_of.contains(&fact) && need.concerns(subject))
    }

    /// How it uses a parameter; none when it does not.
    #[must_use]
    pub fn uses(&self, name: ParameterName) -> Option<&'static ParameterUse> {
        self.parameters.iter().find(|used| used.name == name)
    }

    /// Every fact that it may read, those needed first.
    pub fn facts(&self) -> impl Iterator<Item = FactName> {
        self.needs.iter().flat_map(|need| need.one_of).chain(self.considers).copied()
    }
}

/// Words of the guide, and where they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// The part of the guide.
    pub part: &'static str,
    /// The words, exact but for the bold type.
    pub quotes: &'static [&'static str],
}

impl Passage {
    /// The words as people read them.
    pub fn shown(&self) -> impl Iterator<Item = String> {
        self.quotes.iter().map(|quote| guide::shown(quote))
    }
}

impl std::fmt::Display for Passage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.part)?;
        for (index, quote) in self.shown().enumerate() {
            write!(f, "{} « {quote} »", if index == 0 { " :" } else { " ;" })?;
        }
        Ok(())
    }
}

/// The rules of programmes that share them, and the two amounts of an evaluation.
#[derive(Debug)]
pub(super) struct RuleSet {
    pub programmes: &'static [Programme],
    pub rules: &'static [Rule],
    /// The expenses that count, when known.
    pub eligible_expenses: fn(&mut Inquiry<'_>) -> Option<Cents>,
    /// The rule that computes the amount: it says which parameters, of which day.
    pub computed_by: &'static str,
    /// The rule that says whether a dossier was accepted against the others: judged again after people's decisions on them.
    pub acceptance: &'static str,
    /// The rule that holds what was granted against what there is, if any: no other asks the others for a sum. It is a control, so
    /// that nothing follows from its verdict but what it says.
    pub envelope: Option<&'static str>,
    /// The amount, or the maximum, when it can be computed.
    pub computed: fn(&mut Inquiry<'_>) -> Option<Cents>,
}

impl RuleSet {
    /// Whether a rule is judged on what the others say after people's decisions on them.
    pub fn judges_last(&self, rule: &Rule) -> bool {
        rule.kind == RuleKind::Amount || rule.id == self.acceptance
    }

    /// Puts what people are to do about a rule in the place of what it was, in the order of the rules.
    pub fn replace(&self, missing: &mut Vec<Missing>, rule: &Rule, by: Vec<Missing>) {
        missing.retain(|known| known.rule != rule.id);
        missing.extend(by);
        missing.sort_by_key(|missing| self.rules.iter().position(|rule| rule.id == missing.rule));
    }
}

/// What a rule's function answers. `Err` only means that it ended early, for want of a fact or a parameter.
pub(super) type Outcome = Result<Finding, Finding>;

/// A verdict before its rule's name and its trace are put to it. The first sentence of the explanation is the one that decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub verdict: VerdictValue,
    pub explanation: String,
    pub asks: Vec<Ask>,
}

/// What an [`Outcome`] says, however it ended.
pub(super) fn settle(outcome: Outcome) -> Finding {
    outcome.unwrap_or_else(|early| early)
}

/// What somebody is to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ask {
    pub who: Who,
    pub fact: Option<FactName>,
    pub what: String,
}

impl Ask {
    /// What is to be done about a fact that a rule lacks, and by whom; nothing about what was erased.
    pub fn of(name: FactName, absence: &Absence) -> Option<Self> {
        let label = name.label();
        let by_prefecture = name.is_entered_by_the_prefecture();
        let (who, what) = match absence {
            Absence::Blank { .. } if by_prefecture => (Who::Prefecture, format!("À renseigner : {label}.")),
            Absence::Blank { .. } => (Who::Demandeur, format!("À compléter : {label}.")),
            Absence::Unreadable { label: champ, .. } if by_prefecture => {
                (Who::Prefecture, format!("À corriger : {label} (l’annotation {} est illisible).", quoted(champ)))
            }
            Absence::Unreadable { label: champ, .. } => (
                Who::Demandeur,
                format!("À faire préciser : {label} (la réponse au champ {} est illisible).", quoted(champ)),
            ),
            Absence::NotGiven { reason, .. } => (Who::Relecture, format!("À relire : {label} ({reason}).")),
            Absence::Misplaced { reason, .. } => (
                Who::Instructeur,
                format!("À chercher dans le dossier sur DS : {label} (à corriger dans la configuration : {reason})."),
            ),
            Absence::NotMapped | Absence::NotOnForm { .. } => (
                Who::Instructeur,
                format!("À chercher dans le dossier sur DS : {label} (aucun champ du formulaire n’y est associé ici)."),
            ),
            Absence::Erased => return None,
        };
        Some(Self { who, fact: Some(name), what })
    }
}

impl Finding {
    fn new(verdict: VerdictValue, explanation: impl Into<String>) -> Self {
        Self { verdict, explanation: explanation.into(), asks: Vec::new() }
    }
    pub fn met(explanation: impl Into<String>) -> Self {
        Self::new(VerdictValue::Met, explanation)
    }
    pub fn not_met(explanation: impl Into<String>) -> Self {
        Self::new(VerdictValue::NotMet, explanation)
    }
    pub fn to_review(explanation: impl Into<String>) -> Self {
        Self::new(VerdictValue::ToReview, explanation)
    }
    pub fn not_applicable(explanation: impl Into<String>) -> Self {
        Self::new(VerdictValue::NotApplicable, explanation)
    }
    /// `Met` when nothing is doubtful, else `ToReview`.
    pub fn met_if(certain: bool, explanation: impl Into<String>) -> Self {
        Self::new(if certain { VerdictValue::Met } else { VerdictValue::ToReview }, explanation)
    }
    /// Adds something to ask the applicant.
    pub fn asking(self, fact: impl Into<Option<FactName>>, what: impl Into<String>) -> Self {
        self.leaving(Who::Demandeur, fact, what)
    }

    /// Adds something that somebody is to do.
    pub fn leaving(mut self, who: Who, fact: impl Into<Option<FactName>>, what: impl Into<String>) -> Self {
        self.asks.push(Ask { who, fact: fact.into(), what: what.into() });
        self
    }

    /// Adds what is to be done.
    pub fn with(mut self, asks: impl IntoIterator<Item = Ask>) -> Self {
        self.asks.extend(asks);
        self
    }

    /// Adds what is to be done about a fact that is missing.
    pub fn lacking(self, name: FactName, absence: &Absence) -> Self {
        self.with(Ask::of(name, absence))
    }

    /// Two findings of one rule: the graver verdict, both texts, that of the graver one first.
    pub fn and(self, other: Self) -> Self {
        let gravity = |verdict: VerdictValue| match verdict {
            VerdictValue::NotApplicable => 0,
            VerdictValue::Met => 1,
            VerdictValue::ToReview => 2,
            VerdictValue::NotMet => 3,
        };
        let (first, second) =
            if gravity(other.verdict) > gravity(self.verdict) { (other, self) } else { (self, other) };
        let explanation = format!("{} {}", first.explanation, second.explanation);
        Self { verdict: first.verdict, explanation, asks: first.asks.into_iter().chain(second.asks).collect() }
    }
}
