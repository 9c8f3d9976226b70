//! Verdicts: what a rule says of a dossier, on what grounds.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::fact::FactName;
use super::money::Cents;

/// What a rule says. A missing fact that the rule needs is never `Met`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictValue {
    /// The facts are there and satisfy the rule.
    Met,
    /// The facts are there and break it.
    NotMet,
    /// A fact is missing, doubtful or ambiguous, or the guide leaves it to a person.
    ToReview,
    /// The rule does not concern this dossier, or not yet.
    NotApplicable,
}

impl VerdictValue {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Met, Self::NotMet, Self::ToReview, Self::NotApplicable];

    /// As in the database.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::NotMet => "not_met",
            Self::ToReview => "to_review",
            Self::NotApplicable => "not_applicable",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Met => "respectée",
            Self::NotMet => "non respectée",
            Self::ToReview => "à vérifier",
            Self::NotApplicable => "sans objet",
        }
    }

    /// As people read it of a rule of a kind: a priority is none that one respects, an amount is computed.
    #[must_use]
    pub const fn label_of(self, kind: RuleKind) -> &'static str {
        match (kind, self) {
            (RuleKind::Priority, Self::Met) => "prioritaire",
            (RuleKind::Priority, Self::NotMet) => "non prioritaire",
            (RuleKind::Amount, Self::Met) => "calculé",
            (RuleKind::Information, Self::Met) => "signalé",
            _ => self.label(),
        }
    }
}

impl fmt::Display for VerdictValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for VerdictValue {
    type Err = String;
    fn from_str(code: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|value| value.code() == code).ok_or_else(|| code.to_owned())
    }
}

/// What a verdict does to the status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RuleKind {
    /// `not_met` makes the dossier `non_eligible`.
    #[serde(rename = "B")]
    Blocking,
    /// `to_review` or `not_met` leaves it `a_verifier`.
    #[serde(rename = "R")]
    Review,
    /// Computes; an amount that cannot be computed, or is doubtful, leaves it `a_verifier`.
    #[serde(rename = "A")]
    Amount,
    /// Shown as priority, never as a fault.
    #[serde(rename = "P")]
    Priority,
    /// Control of a decision taken: a breach is an alert.
    #[serde(rename = "C")]
    Control,
    /// Shown.
    #[serde(rename = "I")]
    Information,
}

impl RuleKind {
    /// The letter.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Blocking => "B",
            Self::Review => "R",
            Self::Amount => "A",
            Self::Priority => "P",
            Self::Control => "C",
            Self::Information => "I",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Blocking => "condition bloquante",
            Self::Review => "examen par un agent",
            Self::Amount => "calcul du montant",
            Self::Priority => "priorité",
            Self::Control => "contrôle de la décision",
            Self::Information => "information",
        }
    }
}

/// The outcome of all rules for a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Every rule that decides is met.
    Eligible,
    /// A blocking rule is broken.
    NonEligible,
    /// A person has to look.
    AVerifier,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Eligible, Self::NonEligible, Self::AVerifier];

    /// As in the database and the list.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Eligible => "eligible",
            Self::NonEligible => "non_eligible",
            Self::AVerifier => "a_verifier",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Eligible => "éligible",
            Self::NonEligible => "non éligible",
            Self::AVerifier => "à vérifier",
        }
    }

    /// The status that verdicts add up to.
    #[must_use]
    pub fn of(verdicts: &[Verdict]) -> Self {
        let any = |kind: RuleKind, value: VerdictValue| {
            verdicts.iter().any(|verdict| verdict.kind == kind && verdict.verdict == value)
        };
        if any(RuleKind::Blocking, VerdictValue::NotMet) {
            Self::NonEligible
        } else if any(RuleKind::Blocking, VerdictValue::ToReview)
            || any(RuleKind::Review, VerdictValue::ToReview)
            || any(RuleKind::Amount, VerdictValue::ToReview)
            || any(RuleKind::Review, VerdictValue::NotMet)
        {
            Self::AVerifier
        } else {
            Self::Eligible
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl FromStr for Status {
    type Err = String;
    fn from_str(code: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|status| status.code() == code).ok_or_else(|| code.to_owned())
    }
}

/// The [`FactRead::fact`] of a rule that looked at the other dossiers.
pub const OTHERS: &str = "autres_dossiers";
/// The [`FactRead::fact`] of a rule that looked at the state of the dossier.
pub const STATE: &str = "etat";

/// A fact that a rule read, as shown with its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactRead {
    /// The fact's code, or the name of a value of the dossier itself (`date_depot`, `siret`…).
    pub fact: String,
    /// Its French label.
    pub label: String,
    /// What was read, as text; none when missing.
    pub value: Option<String>,
    /// The champ it came from, or why it is missing.
    pub origin: String,
    /// Whether the rule is never met without it, alone or among others; else it only takes it into account. Always so for
    /// a value of the dossier itself.
    #[serde(default)]
    pub needed: bool,
}

/// A parameter that a rule used, as shown with its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParameterRead {
    /// Its name in the parameter file.
    pub name: String,
    /// Its value with its unit, as text.
    pub value: String,
    /// First day of validity; none: always was.
    pub valid_from: Option<Date>,
    /// Last day of validity; none: still is.
    pub valid_to: Option<Date>,
    /// The passage it rests on, or "réglage".
    pub citation: String,
    /// The day that selected this value among those of the parameter.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_on: Option<Date>,
    /// Which day that is, in French, as the rule declares it: `jour du dépôt`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selected_by: Option<String>,
}

/// What one rule says of one dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// `ADS-01`…
    pub rule: String,
    /// Its kind.
    pub kind: RuleKind,
    /// What it says.
    pub verdict: VerdictValue,
    /// One or more sentences in French.
    pub explanation: String,
    /// The passage of the guide.
    pub citation: String,
    /// The facts read.
    pub facts: Vec<FactRead>,
    /// The parameters used.
    pub parameters: Vec<ParameterRead>,
    /// Who decided, when a person did.
    pub decided_by: Option<String>,
    /// What the rule says by itself, when a person decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub computed_verdict: Option<VerdictValue>,
}

/// Who is to do something about a dossier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    /// The applicant: a champ that is empty, unreadable or contradictory.
    Demandeur,
    /// The instructor: doubts, and choices that the guide leaves open.
    #[default]
    Instructeur,
    /// The préfecture: what it enters in annotations.
    Prefecture,
    /// Whoever opens the dossier on DS: what DS did not give here.
    Relecture,
}

impl Who {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 4] = [Self::Demandeur, Self::Instructeur, Self::Prefecture, Self::Relecture];

    /// What is to be done, as a heading.
    #[must_use]
    pub const fn heading(self) -> &'static str {
        match self {
            Self::Demandeur => "À demander",
            Self::Instructeur => "À vérifier par l’instructeur",
            Self::Prefecture => "À renseigner par la préfecture",
            Self::Relecture => "À relire sur DS",
        }
    }
}

/// Something that a person is to do before a rule can be settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// Who is to do it.
    #[serde(default)]
    pub who: Who,
    /// What, in French.
    #[serde(alias = "ask")]
    pub what: String,
    /// The fact that is missing, when it is one.
    pub fact: Option<FactName>,
    /// The rule that needs it.
    pub rule: String,
}

/// What is to be done, as people read it: `À trancher : une seule demande par centre instructeur.`, whose title begins with a capital letter
/// where it stands alone.
#[must_use]
pub fn in_a_sentence(what: &str) -> String {
    let Some((settle, title)) = what.split_once(" : ").filter(|(settle, _)| *settle == "À trancher") else {
        return what.to_owned();
    };
    let mut letters = title.chars();
    match (letters.next(), letters.clone().next()) {
        // Not the first letter of initials.
        (Some(first), Some(second)) if !second.is_uppercase() => {
            format!("{settle} : {}{}", first.to_lowercase(), letters.as_str())
        }
        _ => what.to_owned(),
    }
}

/// All that the rules say of a dossier.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evaluation {
    /// In the order of the rules.
    pub verdicts: Vec<Verdict>,
    /// What they add up to.
    pub status: Status,
    /// The expenses that count; none when unknown.
    pub eligible_expenses: Option<Cents>,
    /// The amount of the programme's rule; none when it cannot be computed.
    pub computed: Option<Cents>,
    /// What people are to do, rule by rule.
    pub missing: Vec<Missing>,
}

impl Evaluation {
    /// Whether a rule says what a person decided.
    #[must_use]
    pub fn is_decided(&self, rule: &str) -> bool {
        self.verdicts.iter().any(|verdict| verdict.rule == rule && verdict.decided_by.is_some())
    }

    /// How many rules say something else than in another evaluation of the dossier, by their verdict or in their words; a
    /// rule that only one of them has does.
    #[must_use]
    pub fn rules_that_differ(&self, other: &Self) -> u64 {
        let said = |verdict: &Verdict| (verdict.verdict, verdict.explanation.clone(), verdict.decided_by.clone());
        let one: BTreeMap<_, _> = self.verdicts.iter().map(|verdict| (&verdict.rule, said(verdict))).collect();
        let two: BTreeMap<_, _> = other.verdicts.iter().map(|verdict| (&verdict.rule, said(verdict))).collect();
        let differing = one.iter().filter(|(rule, said)| two.get(*rule) != Some(*said)).count();
        (differing + two.keys().filter(|rule| !one.contains_key(*rule)).count()) as u64
    }

    /// The rules whose verdict differs in a later evaluation of the dossier, in the order of that one; rules that it no longer has come
    /// last.
    #[must_use]
    pub fn changed_verdicts(&self, after: &Self) -> Vec<VerdictChange> {
        let said = |evaluation: &Self, rule: &str| {
            evaluation.verdicts.iter().find(|verdict| verdict.rule == rule).map(|verdict| verdict.verdict)
        };
        let gone = self.verdicts.iter().filter(|verdict| said(after, &verdict.rule).is_none());
        let rules = after.verdicts.iter().chain(gone).map(|verdict| (&verdict.rule, verdict.kind));
        let changes = rules.map(|(rule, kind)| VerdictChange {
            rule: rule.clone(),
            kind,
            before: said(self, rule),
            after: said(after, rule),
        });
        changes.filter(|change| change.before != change.after).collect()
    }

    /// Whether the status, or the verdict of some rule, is another one afterwards.
    #[must_use]
    pub fn is_moved(&self, after: &Self) -> bool {
        self.status != after.status || !self.changed_verdicts(after).is_empty()
    }

    /// Whether people would see another outcome: amounts, status, what people are to do, or what some rule says. What the rules
    /// noted on their way is no outcome.
    #[must_use]
    pub fn says_as(&self, other: &Self) -> bool {
        let sums = |one: &Self| (one.status, one.eligible_expenses, one.computed);
        sums(self) == sums(other) && self.missing == other.missing && self.rules_that_differ(other) == 0
    }
}

/// A rule that says something else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictChange {
    /// The rule.
    pub rule: String,
    /// Its kind, which has its own words for verdicts.
    pub kind: RuleKind,
    /// What it said; none: nothing.
    pub before: Option<VerdictValue>,
    /// What it says; none: it is no longer applied.
    pub after: Option<VerdictValue>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(kind: RuleKind, verdict: VerdictValue) -> Verdict {
        Verdict {
            rule: "X-01".to_owned(),
            kind,
            verdict,
            explanation: String::new(),
            citation: String::new(),
            facts: Vec::new(),
            parameters: Vec::new(),
            decided_by: None,
            computed_verdict: None,
        }
    }

    #[test]
    fn what_was_to_be_asked_before_there_was_somebody_to_do_it_is_read() {
        let old = r#"{"rule":"ADS-03","fact":"invoices","ask":"factures"}"#;
        let new = serde_json::to_string(&serde_json::from_str::<Missing>(old).unwrap()).unwrap();
        assert_eq!(new, r#"{"who":"instructeur","what":"factures","fact":"invoices","rule":"ADS-03"}"#);
    }

    #[test]
    fn what_is_to_be_settled_is_said_within_a_sentence() {
        for (what, said) in [
            ("À trancher : Une seule demande.", "À trancher : une seule demande."),
            ("À trancher : communes rattachées.", "À trancher : communes rattachées."),
            ("À trancher : SIRET du demandeur.", "À trancher : SIRET du demandeur."),
            ("À trancher : ", "À trancher : "),
            ("À compléter : Factures.", "À compléter : Factures."),
        ] {
            assert_eq!(in_a_sentence(what), said);
        }
    }

    #[test]
    fn what_was_noted_is_no_difference() {
        let of = |verdicts: Vec<Verdict>| Evaluation {
            status: Status::of(&verdicts),
            verdicts,
            eligible_expenses: None,
            computed: None,
            missing: Vec::new(),
        };
        let met = of(vec![verdict(RuleKind::Review, VerdictValue::Met)]);
        let mut noted = met.clone();
        noted.verdicts[0].citation = "autre page".to_owned();
        assert!(noted != met && noted.says_as(&met));
        let mut worded = met.clone();
        worded.verdicts[0].explanation = "autrement".to_owned();
        assert_eq!((worded.rules_that_differ(&met), worded.says_as(&met)), (1, false));
        assert_eq!((of(Vec::new()).rules_that_differ(&met), met.rules_that_differ(&of(Vec::new()))), (1, 1));
    }

    #[test]
    fn the_status_follows_the_kinds() {
        use RuleKind::{Amount, Blocking, Control, Priority, Review};
        use VerdictValue::{Met, NotMet, ToReview};
        let status = |pairs: &[(RuleKind, VerdictValue)]| {
            Status::of(&pairs.iter().map(|(kind, value)| verdict(*kind, *value)).collect::<Vec<_>>())
        };
        assert_eq!(status(&[(Blocking, Met), (Review, Met)]), Status::Eligible);
        assert_eq!(status(&[(Blocking, NotMet), (Review, ToReview)]), Status::NonEligible);
        assert_eq!(status(&[(Blocking, ToReview)]), Status::AVerifier);
        assert_eq!(status(&[(Review, NotMet)]), Status::AVerifier);
        assert_eq!(status(&[(Amount, ToReview)]), Status::AVerifier);
        assert_eq!(status(&[(Amount, Met), (Priority, NotMet), (Control, NotMet)]), Status::Eligible);
    }
}
