//! What a rule's function is given: the dossier, the others, the parameters. Every look leaves a trace, shown with the verdict.

use std::collections::BTreeSet;

use jiff::civil::Date;
use rust_decimal::Decimal;
use sha2::{Digest, Sha256};

use super::grounds::{ParameterUse, SelectedBy};
use super::neighbour::decided_on;
use super::parameters::{ParameterName, Parameters, Value};
use super::peers::Peers;
use super::place::Place;
use super::rule::Finding;
use super::rulebook::Served;
use super::wording::grouped;
use crate::domain::champ::{AttachedFile, ChampKind};
use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, CommuneRef, ExpenseLine, Fact, FactName, FactValue};
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::domain::money::Cents;
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;
use crate::domain::text::{QUOTED, counted, hexadecimal, quoted, shortened};
use crate::domain::verdict::{FactRead, OTHERS, ParameterRead, RuleKind, STATE, Verdict, VerdictValue, Who};
use crate::territory::{self, VINTAGE};

/// One rule looking at one dossier.
pub(super) struct Inquiry<'a> {
    subject: &'a Subject,
    parameters: &'a Parameters,
    peers: &'a Peers,
    /// The territory served.
    pub served: &'a Served,
    /// What the rules before this one say.
    said: &'a [Verdict],
    /// The parameters that the rule may read, each with the day that selects its value.
    uses: &'static [ParameterUse],
    facts: Vec<FactRead>,
    parameters_read: Vec<ParameterRead>,
}

impl<'a> Inquiry<'a> {
    pub fn new(
        subject: &'a Subject,
        peers: &'a Peers,
        parameters: &'a Parameters,
        served: &'a Served,
        uses: &'static [ParameterUse],
        said: &'a [Verdict],
    ) -> Self {
        Self { subject, parameters, peers, served, said, uses, facts: Vec::new(), parameters_read: Vec::new() }
    }

    /// What was read, in order, each once.
    pub fn into_trace(self) -> (Vec<FactRead>, Vec<ParameterRead>) {
        (self.facts, self.parameters_read)
    }

    /// The dossier, for look-ups among the others; what a verdict rests on is read through the methods below.
    pub fn dossier(&self) -> &'a Subject {
        self.subject
    }

    /// The other dossiers. That a rule looked at them is told; what it learnt there is in its sentence.
    pub fn peers(&mut self) -> &'a Peers {
        let compared = Some("ceux qui sont en cours, comparés à celui-ci".to_owned());
        self.note(OTHERS, "autres dossiers", compared, "dossiers enregistrés".to_owned());
        self.peers
    }

    /// The blocking rules that say something of the dossier, by their ids.
    pub fn blocking(&self, verdict: VerdictValue) -> Vec<&'a str> {
        let say = |said: &&Verdict| said.kind == RuleKind::Blocking && said.verdict == verdict;
        self.said.iter().filter(say).map(|said| said.rule.as_str()).collect()
    }

    /// Which of some rules a person decided in favour of the dossier: what they found doubtful is settled, as computed.
    pub fn settled(&self, rules: &'static [&'static str]) -> Vec<&'static str> {
        let is_decided = |rule: &&str| self.said.iter().any(|said| said.rule == **rule && said.decided_by.is_some());
        rules.iter().copied().filter(|rule| self.rests(rule) && is_decided(rule)).collect()
    }

    /// Whether a rule before this one leaves nothing open, as computed or as a person decided.
    pub fn rests(&self, rule: &str) -> bool {
        let leaves_nothing = |said: &Verdict| matches!(said.verdict, VerdictValue::Met | VerdictValue::NotApplicable);
        self.said.iter().any(|said| said.rule == rule && leaves_nothing(said))
    }

    /// Tells which blocking rules were named: a person's decision holds as long as they are the same.
    pub fn note_blocking(&mut self, named: &str) {
        let named = Some(named.to_owned()).filter(|named| !named.is_empty());
        let named = named.or_else(|| Some("aucune".to_owned()));
        self.note("conditions_bloquantes", "conditions bloquantes en cause", named, "avis des règles".to_owned());
    }

    fn note(&mut self, fact: &str, label: &str, value: Option<String>, origin: String) {
        if self.facts.iter().all(|read| read.fact != fact) {
            let (fact, label, value) = (fact.to_owned(), label.to_owned(), value.map(traced));
            self.facts.push(FactRead { fact, label, value, origin, needed: false });
        }
    }

    fn note_dossier(&mut self, fact: &str, label: &str, value: Option<String>) {
        self.note(fact, label, value, "dossier".to_owned());
    }
}

/// How many characters of a text are kept with each verdict that looked at it. The fact holds all of it.
const LONGEST_TRACE: usize = 2_000;

/// A value as it is kept with a verdict. One longer than [`LONGEST_TRACE`] is cut, and its length and digest added: a person's
/// decision holds as long as the value is the same, which its beginning alone would not show.
fn traced(value: String) -> String {
    if value.chars().nth(LONGEST_TRACE).is_none() {
        return value;
    }
    let name = hexadecimal(&Sha256::digest(&value)[..8]);
    let length = counted(value.chars().count(), "caractère", "caractères");
    format!("{} ({length}, empreinte {name})", shortened(&value, LONGEST_TRACE))
}

/// What the dossier itself says.
impl<'a> Inquiry<'a> {
    /// The day of deposit in Paris.
    pub fn deposited_on(&mut self) -> Date {
        let at = self.subject.deposited_at;
        self.note_dossier("date_depot", "date de dépôt", Some(format!("{} (heure de Paris)", french_instant(at))));
        paris_date(at)
    }

    pub fn state(&mut self) -> &'a DossierState {
        self.note_dossier(STATE, "état du dossier", Some(self.subject.state.label().to_owned()));
        &self.subject.state
    }

    /// Whether the dossier counts in comparisons with others.
    pub fn is_live(&mut self) -> bool {
        self.state();
        if let Some(removal) = self.subject.removed {
            self.note_dossier("retrait", "retrait", Some(removal.reason.label().to_owned()));
        }
        self.subject.is_live()
    }

    pub fn siret(&mut self) -> Option<&'a Siret> {
        let siret = self.subject.applicant.siret.as_ref();
        self.note_dossier("siret", "SIRET du demandeur", siret.map(ToString::to_string));
        siret
    }

    pub fn legal_kind(&mut self) -> crate::domain::subject::LegalKind {
        let kind = self.subject.applicant.legal_kind;
        self.note_dossier("nature_juridique", "nature du demandeur", Some(kind.label().to_owned()));
        kind
    }

    /// The population municipale of the tables for the commune or groupement of the applicant.
    pub fn population(&mut self) -> Option<i64> {
        let population = self.subject.applicant.population.filter(|number| *number > 0);
        let value = population.map(|number| format!("{} habitants, {VINTAGE}", grouped(number)));
        self.note("population_municipale", "population municipale", value, "tables INSEE/DGCL".to_owned());
        population
    }

    /// The day of the latest decision on DS, in Paris.
    pub fn treated_on(&mut self) -> Option<Date> {
        let day = self.subject.treated_at.map(paris_date);
        self.note_dossier("date_traitement", "date de la décision sur DS", day.map(french_date));
        day
    }

    /// The day on which a grant was decided, as far as it is known; else the day of deposit.
    pub fn decided_on(&mut self) -> Date {
        if self.date(FactName::CommitteeDate).is_err() {
            self.treated_on();
        }
        decided_on(self.subject).unwrap_or_else(|| self.deposited_on())
    }

    /// Where the grant lies.
    pub fn place(&mut self) -> Place {
        let by_form = FactName::ProjectDepartement.programmes().contains(&self.subject.programme);
        if !by_form || self.departements(FactName::ProjectDepartement).is_err() {
            self.applicant_departement();
            if by_form {
                self.legal_kind();
            }
        }
        Place::of(self.subject)
    }

    /// Whether an opinion asked for on DS was answered.
    ///
    /// # Errors
    /// DS did not give the opinions.
    pub fn opinion_given(&mut self) -> Result<Option<bool>, Finding> {
        let Subject { opinion_given, opinions_withheld, .. } = self.subject;
        let value = match opinion_given {
            _ if *opinions_withheld => Some("non donné par DS"),
            Some(true) => Some("rendu"),
            Some(false) => Some("demandé, sans réponse"),
            None => None,
        };
        self.note_dossier("avis", "avis demandé sur DS", value.map(str::to_owned));
        if *opinions_withheld {
            return Err(Finding::to_review("DS n’a pas donné les avis demandés sur ce dossier : ils sont à relire.")
                .leaving(Who::Relecture, None, "À relire : avis demandés sur DS."));
        }
        Ok(*opinion_given)
    }

    /// The INSEE code of the applicant: of the commune that it is, else of its address.
    pub fn applicant_commune(&mut self) -> Option<&'a str> {
        let code = self.subject.applicant.code_insee.as_deref().map(territory::code_of_commune);
        self.note_dossier("code_insee", "commune du demandeur (code INSEE)", code.map(str::to_owned));
        code
    }

    pub fn applicant_departement(&mut self) -> Option<&'a str> {
        let code = self.subject.applicant.departement.as_deref();
        self.note_dossier("departement", "département du demandeur", code.map(str::to_owned));
        code
    }

    /// Says that the populations of the reference tables were used, and of which year they are.
    pub fn note_populations(&mut self) {
        self.note("populations", "populations municipales", Some(VINTAGE.to_owned()), "tables INSEE/DGCL".to_owned());
    }

    /// Says that communes were looked up in the reference tables.
    pub fn note_communes(&mut self) {
        self.note("communes", "communes existantes", Some(VINTAGE.to_owned()), "tables INSEE/DGCL".to_owned());
    }
}

/// Facts. Asking for one gives its value, or why it is missing.
impl<'a> Inquiry<'a> {
    fn read<T>(&mut self, name: FactName, pick: impl Fn(&'a FactValue) -> Option<T>) -> Result<T, &'a Absence> {
        let found = self.subject.facts.get(name);
        let (value, origin) = match found {
            Ok(Fact { value, source }) => {
                let kind = match source.kind {
                    ChampKind::Champ => "champ",
                    ChampKind::Annotation => "annotation",
                };
                (Some(shortened(&value.to_string(), QUOTED)), format!("{kind} {}", quoted(&source.label)))
            }
            Err(absence) => (None, absence.to_string()),
        };
        let corrected = self.subject.facts.corrections_of(name).count();
        let origin = if corrected > 0 { format!("{origin}, corrigé ici par un agent") } else { origin };
        self.note(name.code(), name.label(), value, origin);
        pick(&found?.value).ok_or(&Absence::NotMapped)
    }

    /// The label of the champ or annotation that a fact was read in.
    pub fn label_of(&self, name: FactName) -> Option<&'a str> {
        self.subject.facts.get(name).ok().map(|fact| fact.source.label.as_str())
    }

    /// The population that the applicant declared, where it is one: 0 is none.
    pub fn declared_population(&mut self) -> Option<i64> {
        self.integer(FactName::Population).ok().filter(|number| *number > 0)
    }

    /// What the applicant declared of its population, to be shown beside that of the tables; nothing without a declaration.
    pub fn shown_declaration(&mut self) -> Option<String> {
        let declared = self.integer(FactName::Population).ok()?;
        let reserve = if declared > 0 { "" } else { ", ce qui n’est pas une population" };
        Some(format!("déclarée : {}{reserve}", grouped(declared)))
    }

    /// A code or a text.
    pub fn text(&mut self, name: FactName) -> Result<&'a str, &'a Absence> {
        self.read(name, |value| match value {
            FactValue::Choice(text) | FactValue::Text(text) => Some(text.as_str()),
            _ => None,
        })
    }

    /// Codes of a list.
    pub fn choices(&mut self, name: FactName) -> Result<&'a BTreeSet<String>, &'a Absence> {
        self.read(name, |value| if let FactValue::Choices(codes) = value { Some(codes) } else { None })
    }

    pub fn yes_no(&mut self, name: FactName) -> Result<bool, &'a Absence> {
        self.read(name, |value| if let FactValue::YesNo(answer) = value { Some(*answer) } else { None })
    }

    pub fn integer(&mut self, name: FactName) -> Result<i64, &'a Absence> {
        self.read(name, |value| if let FactValue::Integer(number) = value { Some(*number) } else { None })
    }

    pub fn departements(&mut self, name: FactName) -> Result<&'a [String], &'a Absence> {
        self.read(name, |value| if let FactValue::Departements(codes) = value { Some(codes.as_slice()) } else { None })
    }

    pub fn amount(&mut self, name: FactName) -> Result<Cents, &'a Absence> {
        self.read(name, |value| match value {
            FactValue::Amount(cents) => Some(*cents),
            _ => None,
        })
    }

    pub fn date(&mut self, name: FactName) -> Result<Date, &'a Absence> {
        self.read(name, |value| match value {
            FactValue::Date(date) => Some(*date),
            _ => None,
        })
    }

    pub fn communes(&mut self, name: FactName) -> Result<&'a [CommuneRef], &'a Absence> {
        self.read(name, |value| match value {
            FactValue::Communes(communes) => Some(communes.as_slice()),
            _ => None,
        })
    }

    pub fn files(&mut self, name: FactName) -> Result<&'a [AttachedFile], &'a Absence> {
        self.read(name, |value| match value {
            FactValue::Files(files) => Some(files.as_slice()),
            _ => None,
        })
    }

    pub fn expenses(&mut self) -> Result<&'a [ExpenseLine], &'a Absence> {
        self.read(FactName::Expenses, |value| match value {
            FactValue::Expenses(lines) => Some(lines.as_slice()),
            _ => None,
        })
    }
}

/// Parameters, each with its type and of the day that the table of rules says. One without a value on that day ends the rule:
/// nothing is made up.
impl Inquiry<'_> {
    fn parameter<T>(
        &mut self,
        name: ParameterName,
        departement: Option<&str>,
        pick: impl Fn(&Value) -> Option<T>,
    ) -> Result<T, Finding> {
        let (label, code) = (name.label(), name.code());
        let Some(ParameterUse { by, .. }) = self.uses.iter().find(|used| used.name == name) else {
            // A fault of the build, which the cases built in exclude.
            return Err(Finding::to_review(format!(
                "La règle ne déclare pas le paramètre « {label} » ({code}) : elle ne peut pas être appliquée."
            )));
        };
        let on = match by {
            SelectedBy::Deposit => self.deposited_on(),
            SelectedBy::Decision => self.decided_on(),
        };
        let parameter = self.parameters.on(name, departement, on);
        let Some((parameter, value)) = parameter.and_then(|found| Some((found, pick(&found.value)?))) else {
            return Err(Finding::to_review(format!(
                "Le paramètre « {label} » ({code}) n’a pas de valeur au {} : la règle ne peut pas être appliquée.",
                french_date(on)
            )));
        };
        let selected_by = Some(by.day_label().to_owned());
        let read = ParameterRead { selected_on: Some(on), selected_by, ..parameter.read() };
        if !self.parameters_read.contains(&read) {
            self.parameters_read.push(read);
        }
        Ok(value)
    }

    pub fn euros(&mut self, name: ParameterName) -> Result<Cents, Finding> {
        self.parameter(name, None, |value| if let Value::Amount(cents) = value { Some(*cents) } else { None })
    }

    /// An amount that a setting may leave out.
    pub fn euros_if_set(&mut self, name: ParameterName) -> Result<Option<Cents>, Finding> {
        self.parameter(name, None, amount_or_none)
    }

    /// A share of one that a setting may leave out.
    pub fn share_if_set(&mut self, name: ParameterName) -> Result<Option<Decimal>, Finding> {
        self.parameter(name, None, |value| match value {
            Value::Share(share) => Some(Some(*share)),
            Value::Unset => Some(None),
            _ => None,
        })
    }

    pub fn share(&mut self, name: ParameterName) -> Result<Decimal, Finding> {
        self.parameter(name, None, |value| if let Value::Share(share) = value { Some(*share) } else { None })
    }

    /// An amount that each département has, or that it is known not to have.
    pub fn euros_of(&mut self, name: ParameterName, departement: &str) -> Result<Option<Cents>, Finding> {
        self.parameter(name, Some(departement), amount_or_none)
    }

    /// Months of the year; none when nobody fixed them for that day.
    pub fn months(&mut self, name: ParameterName) -> Result<Option<Vec<i8>>, Finding> {
        self.parameter(name, None, |value| match value {
            Value::Months(months) => Some(Some(months.clone())),
            Value::Unset => Some(None),
            _ => None,
        })
    }

    /// Days; none when nobody fixed them.
    pub fn days(&mut self, name: ParameterName) -> Result<Option<Vec<Date>>, Finding> {
        self.parameter(name, None, |value| match value {
            Value::Days(days) => Some(Some(days.clone())),
            Value::Unset => Some(None),
            _ => None,
        })
    }

    pub fn count(&mut self, name: ParameterName) -> Result<i64, Finding> {
        self.parameter(name, None, |value| if let Value::Count(number) = value { Some(*number) } else { None })
    }

    pub fn day(&mut self, name: ParameterName) -> Result<Date, Finding> {
        self.parameter(name, None, |value| if let Value::Day(day) = value { Some(*day) } else { None })
    }

    pub fn flag(&mut self, name: ParameterName) -> Result<bool, Finding> {
        self.parameter(name, None, |value| if let Value::Flag(flag) = value { Some(*flag) } else { None })
    }

    pub fn word(&mut self, name: ParameterName) -> Result<&'static str, Finding> {
        self.parameter(name, None, |value| if let Value::Word(word) = value { Some(*word) } else { None })
    }
}

/// None for a value of another kind; `Some(None)` for an amount that there deliberately is not.
#[allow(clippy::option_option, reason = "a setting left out is not a value of another kind")]
fn amount_or_none(value: &Value) -> Option<Option<Cents>> {
    match value {
        Value::Amount(cents) => Some(Some(*cents)),
        Value::Unset => Some(None),
        _ => None,
    }
}

/// The finding of a rule that needs a fact and does not have it.
pub(super) fn lacking(name: FactName, absence: &Absence) -> Finding {
    Finding::to_review(format!("Information manquante, {} : {absence}.", name.label())).lacking(name, absence)
}

/// What to ask of an applicant whose SIRET is not known.
const ASK_FOR_SIRET: &str = "À compléter : SIRET du demandeur.";

/// The finding of a rule that cannot judge the nature of an applicant: its SIRET would tell it, where it is not known.
pub(super) fn of_unsure_nature(inquiry: &mut Inquiry<'_>, finding: Finding) -> Finding {
    if inquiry.siret().is_none() { finding.asking(None, ASK_FOR_SIRET) } else { finding }
}

/// The finding of a rule that looks for other dossiers of an applicant whose SIRET is not known.
pub(super) fn without_siret() -> Finding {
    Finding::to_review("Le demandeur n’a pas de SIRET connu : impossible de chercher ses autres demandes.")
        .asking(None, ASK_FOR_SIRET)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_page_the_beginning_is_kept_and_what_tells_it_from_any_other() {
        let short = "é".repeat(LONGEST_TRACE);
        assert_eq!(traced(short.clone()), short);
        let long = traced(format!("{short}a"));
        assert!(
            long.chars().count() < LONGEST_TRACE + 80 && long.contains("… (2\u{202f}001 caractères, empreinte "),
            "{long}"
        );
        assert_ne!(long, traced(format!("{short}b")));
        assert_eq!(long, traced(format!("{short}a")));
    }
}
