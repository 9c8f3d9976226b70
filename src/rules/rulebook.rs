//! The rules with their parameters, for a territory: ready to judge dossiers one by one.

use std::collections::HashMap;
use std::path::PathBuf;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::credits::Credits;
use super::envelope::{self, Pot};
use super::inquiry::Inquiry;
use super::parameters::{Parameter, ParameterError, ParameterName, Parameters, SetFor, UsedBy, Value};
use super::peers::Peers;
use super::place::Place;
use super::rule::{Ask, Finding, Rule, RuleSet, settle};
use super::{axe2, axe3_v1, axe3_v1_ads, axe3_v2};
use crate::domain::dossier::DossierState;
use crate::domain::money::Cents;
use crate::domain::neighbour::Share;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;
use crate::domain::text::hexadecimal;
use crate::domain::verdict::{Evaluation, Missing, RuleKind, Status, Verdict, VerdictValue, Who};
use crate::files::refusal_in_french;
use crate::territory::{self, VINTAGE};

/// The tables of rules, in the order of the guide.
static SETS: &[&RuleSet] = &[&axe2::CALLS, &axe2::CONTINUOUS, &axe3_v1::RULES, &axe3_v1_ads::RULES, &axe3_v2::RULES];

/// Raised when what is noted of the facts and parameters that a rule reads changes.
const TRACES: u32 = 7;

/// The territory whose préfectures use the program.
#[derive(Debug, Clone, Default)]
pub(super) struct Served {
    /// Code of the région.
    pub region: String,
    /// Codes of its départements.
    pub departements: Vec<String>,
}

impl Served {
    fn new(region: &str, departements: &[String]) -> Self {
        let mut departements = departements.to_vec();
        departements.sort();
        departements.dedup();
        Self { region: region.to_owned(), departements }
    }

    /// The départements served.
    pub fn codes(&self) -> impl Iterator<Item = String> {
        let known = territory::departements().map(|departement| departement.code);
        known.filter(|code| self.contains(code)).map(str::to_owned)
    }

    /// Nobody said what is served.
    pub fn is_empty(&self) -> bool {
        self.region.is_empty() && self.departements.is_empty()
    }

    /// Whether a département is served: one of those given, or when none is given, one of the région.
    pub fn contains(&self, departement: &str) -> bool {
        if self.departements.is_empty() {
            territory::departement(departement).is_some_and(|known| known.region == self.region)
        } else {
            self.departements.iter().any(|code| code == departement)
        }
    }

    /// Whether a département is known not to be served: its dossiers are left out of sums.
    pub fn excludes(&self, departement: &str) -> bool {
        !self.is_empty() && !self.contains(departement)
    }

    /// Whether a grant that lies at a place is taken from the credits of the région; none when it cannot be told.
    pub fn holds_place(&self, place: &Place) -> Option<bool> {
        if self.is_empty() { Some(true) } else { place.lies_in(|departement| self.contains(departement)) }
    }

    /// Whether a place is known to lie elsewhere as a whole.
    pub fn excludes_place(&self, place: &Place) -> bool {
        self.holds_place(place) == Some(false)
    }
}

/// A parameter that a rule uses and that no file gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingParameter {
    /// Which.
    pub name: ParameterName,
    /// The départements without value, where each has its own; empty for a parameter that is one for all.
    pub departements: Vec<String>,
    /// The rules that cannot be applied without it.
    pub rules: Vec<&'static str>,
}

/// Rules, parameters and territory.
#[derive(Debug, Clone)]
pub struct Rulebook {
    parameters: Parameters,
    served: Served,
    fingerprint: String,
    /// What each rule cites, by its id.
    citations: HashMap<&'static str, String>,
}

impl Rulebook {
    /// The rules with the parameters built in, for a territory: the code of its région and those of its départements, all of
    /// them when none is given. Without a région, no dossier is known to lie in the territory.
    ///
    /// # Errors
    /// None but a fault of the build, which a test excludes.
    pub fn builtin(region: &str, departements: &[String]) -> Result<Self, ParameterError> {
        Self::with_overrides(region, departements, &[])
    }

    /// The same with an operator's own parameter files, read from the disk; the order of the files does not matter.
    ///
    /// # Errors
    /// [`ParameterError`]: a file cannot be read or used; the message names it.
    pub fn load(region: &str, departements: &[String], files: &[PathBuf]) -> Result<Self, ParameterError> {
        let read = |file: &PathBuf| match std::fs::read_to_string(file) {
            Ok(text) => Ok((file.display().to_string(), text)),
            Err(error) => Err(ParameterError::Unreadable { file: file.clone(), reason: refusal_in_french(&error) }),
        };
        let texts: Vec<(String, String)> = files.iter().map(read).collect::<Result<_, _>>()?;
        let texts: Vec<(&str, &str)> = texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect();
        Self::with_overrides(region, departements, &texts)
    }

    /// The same with an operator's own parameter files (name for messages, TOML text): on the days their values are
    /// valid, they replace the built-in values of the same names.
    ///
    /// # Errors
    /// [`ParameterError`]: a file cannot be used; the message names it, the line and the key.
    pub fn with_overrides(
        region: &str,
        departements: &[String],
        files: &[(&str, &str)],
    ) -> Result<Self, ParameterError> {
        let parameters = Parameters::load(region, files)?;
        for parameter in parameters.all().filter(|parameter| parameter.name.used_by() == UsedBy::Rules) {
            if !rules().any(|rule| rule.uses(parameter.name).is_some()) {
                return Err(parameter.mistake("aucune règle ne lit ce paramètre", "retirez-le").into());
            }
        }
        Ok(Self::new(parameters, Served::new(region, departements)))
    }

    fn new(parameters: Parameters, served: Served) -> Self {
        let citations = rules().map(|rule| (rule.id, rule.citation())).collect();
        let mut rulebook = Self { parameters, served, fingerprint: String::new(), citations };
        rulebook.fingerprint = rulebook.compute_fingerprint();
        rulebook
    }

    /// The same with other values of parameters, on the days of their validity.
    pub(super) fn with_parameters(&self, own: Vec<Parameter>) -> Result<Self, ParameterError> {
        Ok(Self::new(self.parameters.with(own)?, self.served.clone()))
    }

    /// The parameters that rules of these programmes use and to which no file gives a value on any day: those rules leave
    /// their dossiers to a person. None for the région of the guide; for another one, what its own file must give.
    #[must_use]
    pub fn missing_parameters(&self, programmes: &[Programme]) -> Vec<MissingParameter> {
        let judged = |rule: &Rule| rule.programmes.iter().any(|programme| programmes.contains(programme));
        let mut missing = Vec::new();
        for name in ParameterName::ALL.iter().copied() {
            let rules: Vec<&'static str> =
                rules().filter(|rule| judged(rule) && rule.uses(name).is_some()).map(|rule| rule.id).collect();
            let departements = self.without_value(name);
            if !rules.is_empty() && departements.as_ref().is_none_or(|codes| !codes.is_empty()) {
                missing.push(MissingParameter { name, departements: departements.unwrap_or_default(), rules });
            }
        }
        missing
    }

    /// The départements of which a parameter has no value; none when it is one for all that has none.
    fn without_value(&self, name: ParameterName) -> Option<Vec<String>> {
        match name.set_for() {
            SetFor::Everywhere => self.parameters.has(name, None).then(Vec::new),
            SetFor::EachDepartement => {
                Some(self.served.codes().filter(|code| !self.parameters.has(name, Some(code))).collect())
            }
        }
    }

    /// Changes exactly when verdicts may: rules and their versions, parameters, territory served, vintage of the
    /// tables. Hexadecimal SHA-256.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// The shares of the grants that a sum about a dossier is made of; none where no rule asks for one.
    #[must_use]
    pub fn summed_for(&self, subject: &Subject) -> Vec<Share> {
        let pot = Pot::of(subject, &self.served).filter(|_| self.is_limited(subject.programme));
        pot.map(|pot| pot.shares(subject.programme)).unwrap_or_default()
    }

    /// The shares of the grants of a programme in whose sums one that lies at a place is, surely or perhaps.
    #[must_use]
    pub fn summed_with(&self, programme: Programme, place: &Place) -> Vec<Share> {
        if self.is_limited(programme) { envelope::summed_with(programme, place, &self.served) } else { Vec::new() }
    }

    /// Whether the credits that grants of a programme are taken from have an amount, on some day and for some département.
    pub(super) fn is_limited(&self, programme: Programme) -> bool {
        let name = match programme {
            Programme::Axe3V1 => ParameterName::DrawingRight,
            Programme::Axe3V1Ads => ParameterName::AdsEnvelope,
            Programme::Axe3V2 => ParameterName::V2Envelope,
            Programme::Axe2V4 => ParameterName::FcApiEnvelope,
            _ => return false,
        };
        self.parameters.all().any(|parameter| parameter.name == name && matches!(parameter.value, Value::Amount(_)))
    }

    /// Every rule, in the order of the guide.
    #[allow(clippy::unused_self, reason = "callers hold a rulebook, and need not know that the table is static")]
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> + use<> {
        rules()
    }

    /// The value of a parameter on a day: that of a département where each has its own, else the one for all.
    #[must_use]
    pub fn parameter(&self, name: ParameterName, departement: Option<&str>, on: Date) -> Option<&Parameter> {
        self.parameters.on(name, departement, on)
    }

    /// The territory served.
    pub(super) fn served(&self) -> &Served {
        &self.served
    }

    /// Every value of every parameter, in a stable order; to print.
    pub fn parameters(&self) -> impl Iterator<Item = &Parameter> {
        self.parameters.all()
    }

    /// Judges a dossier. A programme without rules yet has no verdicts and stays to be verified by a person.
    #[must_use]
    pub fn evaluate(&self, subject: &Subject, peers: &Peers) -> Evaluation {
        let Some(set) = SETS.iter().find(|set| set.programmes.contains(&subject.programme)) else {
            return Evaluation {
                verdicts: Vec::new(),
                status: Status::AVerifier,
                eligible_expenses: None,
                computed: None,
                missing: Vec::new(),
            };
        };
        let inquiry = |uses| Inquiry::new(subject, peers, &self.parameters, &self.served, uses, &[]);
        let mut verdicts = Vec::new();
        let mut missing: Vec<Missing> = Vec::new();
        for rule in set.rules.iter().filter(|rule| rule.programmes.contains(&subject.programme)) {
            let (verdict, to_do) = self.judge(rule, subject, peers, &verdicts);
            verdicts.push(verdict);
            missing.extend(to_do);
        }
        forget_amounts_of_the_refused(set, &verdicts, &mut missing);
        let computing = set.rules.iter().find(|rule| rule.id == set.computed_by);
        Evaluation {
            status: Status::of(&verdicts),
            eligible_expenses: (set.eligible_expenses)(&mut inquiry(&[])),
            computed: (set.computed)(&mut inquiry(computing.map_or(&[], |rule| rule.parameters))),
            verdicts,
            missing,
        }
    }

    /// What sums take of a dossier that nobody set aside: the granted amount of an accepted one that lies in the territory served.
    #[must_use]
    pub fn counted(&self, subject: &Subject) -> Option<Cents> {
        let inside = || Place::of(subject).lies_in(|departement| self.served.contains(departement)) == Some(true);
        subject.granted().filter(|_| subject.state == DossierState::Accepte && inside())
    }

    /// What a rule says of a dossier, and what people are to do about it; `said` is what the rules before it say.
    fn judge(&self, rule: &Rule, subject: &Subject, peers: &Peers, said: &[Verdict]) -> (Verdict, Vec<Missing>) {
        let mut inquiry = Inquiry::new(subject, peers, &self.parameters, &self.served, rule.parameters, said);
        let Finding { verdict, explanation, mut asks } = settle((rule.check)(&mut inquiry));
        if matches!(verdict, VerdictValue::Met | VerdictValue::NotApplicable) {
            asks.clear();
        }
        if asks.is_empty() && is_left_to_a_person(rule.kind, verdict) {
            asks.push(Ask { who: Who::Instructeur, fact: None, what: left_open(rule) });
        }
        let mut missing: Vec<Missing> = Vec::new();
        for Ask { who, fact, what } in asks {
            if missing.iter().all(|known| known.what != what) {
                missing.push(Missing { who, what, fact, rule: rule.id.to_owned() });
            }
        }
        let (mut facts, parameters) = inquiry.into_trace();
        for read in &mut facts {
            // What DS says of the dossier itself is always looked for.
            read.needed = read.fact.parse().map_or(true, |fact| rule.needs_of(subject, fact));
        }
        let verdict = Verdict {
            rule: rule.id.to_owned(),
            kind: rule.kind,
            verdict,
            explanation,
            citation: self.citations.get(rule.id).cloned().unwrap_or_default(),
            facts,
            parameters,
            decided_by: None,
            computed_verdict: None,
        };
        (verdict, missing)
    }

    /// Whether a rule is judged on what the others say after people's decisions on them: amounts, whose doubts the others raise, and
    /// acceptance against the blocking rules.
    #[must_use]
    pub fn is_judged_last(rule: &str) -> bool {
        SETS.iter().any(|set| set.rules.iter().any(|known| known.id == rule && set.judges_last(known)))
    }

    /// Judges again the rules that are judged last.
    pub fn conclude(&self, subject: &Subject, evaluation: &mut Evaluation) {
        let Some(set) = SETS.iter().find(|set| set.programmes.contains(&subject.programme)) else { return };
        for rule in set.rules.iter().filter(|rule| set.judges_last(rule)) {
            let (verdict, missing) = self.judge(rule, subject, &Peers::default(), &evaluation.verdicts);
            let Some(place) = evaluation.verdicts.iter_mut().find(|known| known.rule == rule.id) else { continue };
            *place = verdict;
            set.replace(&mut evaluation.missing, rule, missing);
        }
        forget_amounts_of_the_refused(set, &evaluation.verdicts, &mut evaluation.missing);
    }

    /// The one rule that asks the others for a sum, where the programme of a dossier has one.
    fn summing(subject: &Subject) -> Option<(&'static RuleSet, &'static Rule)> {
        let set = SETS.iter().find(|set| set.programmes.contains(&subject.programme))?;
        let is_applied = |rule: &&Rule| Some(rule.id) == set.envelope && rule.programmes.contains(&subject.programme);
        Some((set, set.rules.iter().find(is_applied)?))
    }

    /// The name of the rule of [`Rulebook::sum_up`].
    #[must_use]
    pub fn summed_up_by(subject: &Subject) -> Option<&'static str> {
        Self::summing(subject).map(|(_, rule)| rule.id)
    }

    /// Judges again the one rule that asks the others for a sum, of a dossier about which no person decided: nothing else follows from a
    /// sum. What it asks of people takes its place in `missing`. None where there is no such rule.
    #[must_use]
    pub fn sum_up(&self, subject: &Subject, peers: &Peers, missing: &mut Vec<Missing>) -> Option<Verdict> {
        let (set, rule) = Self::summing(subject)?;
        // What the rules before it say counts where a person decided on one.
        let (verdict, to_do) = self.judge(rule, subject, peers, &[]);
        set.replace(missing, rule, to_do);
        Some(verdict)
    }

    /// What is left on a day of the credits that a dossier would draw on; none when it draws on none that is known.
    #[must_use]
    pub fn credits(&self, subject: &Subject, peers: &Peers, on: Date) -> Option<Credits> {
        Credits::of(subject, peers, &self.parameters, &self.served, on)
    }

    fn compute_fingerprint(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(format!("traces {TRACES}\n"));
        for rule in rules() {
            digest.update(format!("rule {} {} {}\n", rule.id, rule.version, rule.citation()));
        }
        for parameter in self.parameters.all() {
            let Parameter { name, departement, value, valid_from, valid_to, citation, source: _ } = parameter;
            digest.update(format!(
                "parameter {} {departement:?} {value:?} {valid_from:?} {valid_to:?} {citation}\n",
                name.code()
            ));
        }
        digest.update(format!("served {} {:?}\ntables {VINTAGE}\n", self.served.region, self.served.departements));
        hexadecimal(&digest.finalize())
    }
}

/// What is left to a person where a rule asks for nothing else.
fn left_open(rule: &Rule) -> String {
    format!("À trancher : {}.", rule.title)
}

/// No amount is left to settle of a dossier that a blocking rule refuses: nothing will be granted.
fn forget_amounts_of_the_refused(set: &RuleSet, verdicts: &[Verdict], missing: &mut Vec<Missing>) {
    let is_refused = |verdict: &Verdict| verdict.kind == RuleKind::Blocking && verdict.verdict == VerdictValue::NotMet;
    if !verdicts.iter().any(is_refused) {
        return;
    }
    let open: Vec<(&str, String)> =
        set.rules.iter().filter(|rule| rule.kind == RuleKind::Amount).map(|rule| (rule.id, left_open(rule))).collect();
    missing.retain(|one| !open.iter().any(|(id, what)| one.rule == *id && one.what == *what));
}

/// Whether a verdict leaves something to a person, even when the rule names nothing to do.
const fn is_left_to_a_person(kind: RuleKind, verdict: VerdictValue) -> bool {
    match kind {
        RuleKind::Review => matches!(verdict, VerdictValue::ToReview | VerdictValue::NotMet),
        RuleKind::Blocking | RuleKind::Amount | RuleKind::Control => matches!(verdict, VerdictValue::ToReview),
        RuleKind::Priority | RuleKind::Information => false,
    }
}

/// The title of a rule; none for an id that no rule has any more.
#[must_use]
pub fn title_of(id: &str) -> Option<&'static str> {
    rule_of(id).map(|rule| rule.title)
}

/// The rule with an identifier, whichever programme it belongs to.
#[must_use]
pub fn rule_of(id: &str) -> Option<&'static Rule> {
    rules().find(|rule| rule.id == id)
}

fn rules() -> impl Iterator<Item = &'static Rule> {
    SETS.iter().flat_map(|set| set.rules)
}

#[cfg(test)]
mod tests;
