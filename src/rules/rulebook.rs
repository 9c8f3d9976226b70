//! The rules with their parameters, for a territory: ready to judge dossiers one by one.

use std::fmt::Write as _;
use std::path::PathBuf;

use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::inquiry::Inquiry;
use super::parameters::{Parameter, ParameterError, ParameterName, Parameters, Reader};
use super::peers::Peers;
use super::place::Place;
use super::rule::{Rule, RuleSet, settle};
use super::{axe2, axe3_v1, axe3_v1_ads, axe3_v2};
use crate::domain::subject::Subject;
use crate::domain::verdict::{Evaluation, Missing, Status, Verdict};
use crate::files::refusal_in_french;
use crate::territory::{VINTAGE, territory};

/// The tables of rules, in the order of the guide.
static SETS: &[&RuleSet] = &[&axe2::CALLS, &axe2::CONTINUOUS, &axe3_v1::RULES, &axe3_v1_ads::RULES, &axe3_v2::RULES];

/// Raised when what is noted of the facts that a rule reads changes.
const TRACES: u32 = 2;

/// The territory whose préfectures use the program.
#[derive(Debug, Clone, Default)]
pub(super) struct Served {
    /// Code of the région.
    pub region: String,
    /// Codes of its départements.
    pub departements: Vec<String>,
}

impl Served {
    /// Nobody said what is served.
    pub fn is_empty(&self) -> bool {
        self.region.is_empty() && self.departements.is_empty()
    }

    /// Whether a département is served: one of those given, or when none is given, one of the région.
    pub fn contains(&self, departement: &str) -> bool {
        if self.departements.is_empty() {
            territory().departement(departement).is_some_and(|known| known.region == self.region)
        } else {
            self.departements.iter().any(|code| code == departement)
        }
    }

    /// Whether a département is known not to be served: its dossiers are left out of sums.
    pub fn excludes(&self, departement: &str) -> bool {
        !self.is_empty() && !self.contains(departement)
    }

    /// Whether a place is known to lie elsewhere as a whole.
    pub fn excludes_place(&self, place: &Place) -> bool {
        place.lies_in(|departement| !self.excludes(departement)) == Some(false)
    }
}

/// Rules, parameters and territory.
#[derive(Debug, Clone)]
pub struct Rulebook {
    parameters: Parameters,
    served: Served,
    fingerprint: String,
}

impl Rulebook {
    /// The rules with the parameters built in.
    ///
    /// # Errors
    /// None but a fault of the build, which a test excludes.
    pub fn builtin() -> Result<Self, ParameterError> {
        Self::with_overrides(&[])
    }

    /// The rules with an operator's own parameter files, read from the disk; the order of the files does not matter.
    ///
    /// # Errors
    /// [`ParameterError`]: a file cannot be read or used; the message names it.
    pub fn load(files: &[PathBuf]) -> Result<Self, ParameterError> {
        let read = |file: &PathBuf| {
            let name = file.display().to_string();
            match std::fs::read_to_string(file) {
                Ok(text) => Ok((name, text)),
                Err(error) => Err(ParameterError::Unreadable { file: name, reason: refusal_in_french(&error) }),
            }
        };
        let texts: Vec<(String, String)> = files.iter().map(read).collect::<Result<_, _>>()?;
        Self::with_overrides(&texts.iter().map(|(file, text)| (file.as_str(), text.as_str())).collect::<Vec<_>>())
    }

    /// The rules with an operator's own parameter files (name for messages, TOML text): on the days their values are
    /// valid, they replace the built-in values of the same names.
    ///
    /// # Errors
    /// [`ParameterError`]: a file cannot be used; the message names it, and the key.
    pub fn with_overrides(files: &[(&str, &str)]) -> Result<Self, ParameterError> {
        let parameters = Parameters::load(files)?;
        for rule in rules() {
            if let Some(name) = rule.parameters.iter().find(|name| !parameters.has(**name)) {
                return Err(ParameterError::Missing { rule: rule.id, key: name.code() });
            }
        }
        for parameter in parameters.all() {
            let read = rules().any(|rule| rule.parameters.contains(&parameter.name));
            if parameter.name.reader() == Reader::Rules && !read {
                let file = parameter.source.clone();
                return Err(ParameterError::Unused { file, key: parameter.name.code() });
            }
        }
        let mut rulebook = Self { parameters, served: Served::default(), fingerprint: String::new() };
        rulebook.fingerprint = rulebook.compute_fingerprint();
        Ok(rulebook)
    }

    /// The same rules for a territory: the code of its région and those of its départements. Without it, no dossier is
    /// known to lie in the territory.
    #[must_use]
    pub fn serving(mut self, region: &str, departements: &[String]) -> Self {
        self.served = Served { region: region.to_owned(), departements: departements.to_vec() };
        self.served.departements.sort();
        self.served.departements.dedup();
        self.fingerprint = self.compute_fingerprint();
        self
    }

    /// Changes exactly when verdicts may: rules and their versions, parameters, territory served, vintage of the
    /// tables. Hexadecimal SHA-256.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        &self.fingerprint
    }

    /// Every rule, in the order of the guide.
    #[allow(clippy::unused_self, reason = "callers hold a rulebook, and need not know that the table is static")]
    pub fn rules(&self) -> impl Iterator<Item = &'static Rule> + use<> {
        rules()
    }

    /// The value of a parameter on a day: for a département when one is given and has its own, else for all.
    #[must_use]
    pub fn parameter(&self, name: ParameterName, departement: Option<&str>, on: Date) -> Option<&Parameter> {
        match departement {
            Some(departement) => self.parameters.for_departement(name, departement, on),
            None => self.parameters.on(name, on),
        }
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
        let inquiry = || Inquiry::new(subject, peers, &self.parameters, &self.served);
        let mut verdicts = Vec::new();
        let mut missing: Vec<Missing> = Vec::new();
        for rule in set.rules.iter().filter(|rule| rule.programmes.contains(&subject.programme)) {
            let mut inquiry = inquiry();
            let finding = settle((rule.check)(&mut inquiry));
            for ask in finding.asks {
                if missing.iter().all(|known| known.ask != ask.text) {
                    missing.push(Missing { rule: rule.id.to_owned(), fact: ask.fact, ask: ask.text });
                }
            }
            let (facts, parameters) = inquiry.into_trace();
            verdicts.push(Verdict {
                rule: rule.id.to_owned(),
                kind: rule.kind,
                verdict: finding.verdict,
                explanation: finding.explanation,
                citation: rule.citation(),
                facts,
                parameters,
                decided_by: None,
                computed_verdict: None,
            });
        }
        Evaluation {
            status: Status::of(&verdicts),
            eligible_expenses: (set.eligible_expenses)(&mut inquiry()),
            computed: (set.computed)(&mut inquiry()),
            verdicts,
            missing,
        }
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
        digest.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

fn rules() -> impl Iterator<Item = &'static Rule> {
    SETS.iter().flat_map(|set| set.rules)
}

#[cfg(test)]
mod tests;
