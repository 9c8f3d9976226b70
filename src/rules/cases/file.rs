//! Reading a case file: its form, its names and its values, each mistake with its line.

use std::collections::{BTreeMap, HashSet};
use std::path::Path;

use jiff::Timestamp;
use serde::Deserialize;
use toml::Spanned;

use super::{Case, Expected, fact};
use crate::domain::champ::ChampKind;
use crate::domain::dossier::{DossierState, Removal, RemovalReason};
use crate::domain::fact::{Absence, Fact, FactName, FactSource, Facts};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::{ApplicantProfile, LegalKind, Subject};
use crate::domain::verdict::Who;
use crate::rules::parameters;
use crate::toml_text::{self, Mistake, Source};

/// A case may give values to départements of any région: its file does not say which is served.
const ANY_REGION: &str = "";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    case: Vec<Spanned<WrittenCase>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCase {
    name: Spanned<String>,
    /// An earlier case whose dossier is taken up, but for what is written here.
    like: Option<Spanned<String>>,
    #[serde(default)]
    dossier: Dossier,
    #[serde(default)]
    others: Vec<Dossier>,
    /// Values that hold for this case alone.
    #[serde(default)]
    parameters: parameters::Written,
    #[serde(default)]
    expected: WrittenExpected,
}

#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields)]
struct Dossier {
    number: Option<i64>,
    programme: Option<Spanned<String>>,
    state: Option<Spanned<String>>,
    deposited_at: Option<Spanned<String>>,
    treated_at: Option<Spanned<String>>,
    removed: Option<Spanned<String>>,
    opinion_given: Option<bool>,
    /// DS did not give the opinions.
    #[serde(default)]
    opinions_withheld: bool,
    applicant: Option<Applicant>,
    #[serde(default)]
    facts: BTreeMap<String, Spanned<toml::Value>>,
    /// Facts whose champ is left empty.
    #[serde(default)]
    blank: Vec<Spanned<String>>,
    /// Facts whose answer cannot be read.
    #[serde(default)]
    unreadable: Vec<Spanned<String>>,
    /// Facts that DS did not give.
    #[serde(default)]
    not_given: Vec<Spanned<String>>,
    /// Facts that an earlier case gives and that no champ gives here.
    #[serde(default)]
    unmapped: Vec<Spanned<String>>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Applicant {
    kind: Spanned<String>,
    siret: Option<Spanned<String>>,
    name: Option<String>,
    code_insee: Option<String>,
    departement: Option<String>,
    population: Option<i64>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct WrittenExpected {
    status: Option<Spanned<String>>,
    eligible_expenses: Option<Spanned<toml::Value>>,
    computed: Option<Spanned<toml::Value>>,
    #[serde(default)]
    verdicts: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    sentences: BTreeMap<String, String>,
    /// By who is to do something, the rules that leave it to them.
    #[serde(default)]
    to_do: BTreeMap<String, Spanned<Vec<String>>>,
}

/// The cases of a file, in its order; `file` names it in messages.
///
/// # Errors
/// The first mistake, with its line, its key and what to write.
pub fn read(file: &Path, text: &str) -> Result<Vec<Case>, Mistake> {
    let source = toml_text::locate(file, text)?;
    if let Some(mistake) = parameters::not_tables(file, &source, "case[].parameters.") {
        return Err(mistake);
    }
    let document: Document = toml_text::read(file, text, &source)?;
    let parser = Parser { file, source: &source };
    let mut dossiers: BTreeMap<String, Dossier> = BTreeMap::new();
    let mut cases = Vec::new();
    for written in document.case {
        let start = written.span().start;
        let WrittenCase { name, like, dossier, others, parameters, expected } = written.into_inner();
        let dossier = match like {
            None => dossier,
            Some(like) => match dossiers.get(like.get_ref()) {
                Some(base) => dossier.over(base),
                None => {
                    return Err(parser.mistake(
                        &like,
                        "case.like",
                        "aucun cas ne porte ce nom plus haut",
                        "nommez un cas écrit avant celui-ci",
                    ));
                }
            },
        };
        if dossiers.insert(name.get_ref().clone(), dossier.clone()).is_some() {
            return Err(parser.mistake(&name, "case.name", "deux cas portent ce nom", "donnez un nom à chacun"));
        }
        let subject = parser.subject(&dossier, start, 1)?;
        let others = (2..).zip(&others);
        let others = others.map(|(number, other)| parser.subject(&other.clone().over(&dossier), start, number));
        let expected = parser.expected(&expected)?;
        if expected == Expected::default() {
            return Err(parser.at(start, "case.expected", "ce cas n’attend rien", "dites ce qu’il doit donner"));
        }
        cases.push(Case {
            name: name.into_inner(),
            line: source.line_at(start),
            subject,
            others: others.collect::<Result<_, _>>()?,
            parameters: parameters::read_written(file, &source, ANY_REGION, parameters)?,
            expected,
        });
    }
    Ok(cases)
}

impl Dossier {
    /// This dossier, with what it does not say taken from another.
    fn over(self, base: &Self) -> Self {
        let lists = [&self.blank, &self.unreadable, &self.not_given, &self.unmapped];
        let missing: HashSet<&String> = lists.into_iter().flatten().map(Spanned::get_ref).collect();
        let said = |name: &String| self.facts.contains_key(name) || missing.contains(name);
        let taken_up = |names: &[Spanned<String>]| -> Vec<Spanned<String>> {
            names.iter().filter(|name| !said(name.get_ref())).cloned().collect()
        };
        let (mut blank, mut unreadable) = (taken_up(&base.blank), taken_up(&base.unreadable));
        let mut not_given = taken_up(&base.not_given);
        let mut facts: BTreeMap<_, _> = base
            .facts
            .iter()
            .filter(|(name, _)| !said(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        blank.extend(self.blank);
        unreadable.extend(self.unreadable);
        not_given.extend(self.not_given);
        facts.extend(self.facts);
        Self {
            number: self.number,
            programme: self.programme.or_else(|| base.programme.clone()),
            state: self.state.or_else(|| base.state.clone()),
            deposited_at: self.deposited_at.or_else(|| base.deposited_at.clone()),
            treated_at: self.treated_at.or_else(|| base.treated_at.clone()),
            removed: self.removed.or_else(|| base.removed.clone()),
            opinion_given: self.opinion_given.or(base.opinion_given),
            opinions_withheld: self.opinions_withheld,
            applicant: self.applicant.or_else(|| base.applicant.clone()),
            facts,
            blank,
            unreadable,
            not_given,
            unmapped: self.unmapped,
        }
    }
}

struct Parser<'a> {
    file: &'a Path,
    source: &'a Source,
}

impl Parser<'_> {
    fn at(&self, offset: usize, key: &str, message: &str, mend: &str) -> Mistake {
        let line = Some(self.source.line_at(offset));
        Mistake {
            file: self.file.to_owned(),
            line,
            key: Some(key.to_owned()),
            message: message.to_owned(),
            mend: mend.to_owned(),
        }
    }

    fn mistake<T>(&self, place: &Spanned<T>, key: &str, message: &str, mend: &str) -> Mistake {
        self.at(place.span().start, key, message, mend)
    }

    fn refused<T>(&self, place: &Spanned<T>, key: &str, mend: &str) -> Mistake {
        self.mistake(place, key, "cette valeur ne convient pas", mend)
    }

    fn instant(&self, written: &Spanned<String>, key: &str) -> Result<Timestamp, Mistake> {
        let mend = "écrivez un instant entre guillemets : \"2021-09-01T10:00:00Z\"";
        written.get_ref().parse().map_err(|_| self.refused(written, key, mend))
    }

    /// A word that the domain knows by the same name.
    fn word<T: serde::de::DeserializeOwned>(
        &self,
        written: &Spanned<String>,
        key: &str,
        mend: &str,
    ) -> Result<T, Mistake> {
        toml::Value::String(written.get_ref().clone()).try_into().map_err(|_| self.refused(written, key, mend))
    }

    fn subject(&self, dossier: &Dossier, start: usize, number: i64) -> Result<Subject, Mistake> {
        let lacking =
            |key: &str| self.at(start, key, "cette clé manque", "ajoutez-la, ou reprenez un cas qui l’a avec « like »");
        let programme = dossier.programme.as_ref().ok_or_else(|| lacking("case.dossier.programme"))?;
        let programme: Programme = programme.get_ref().parse().map_err(|_| {
            self.refused(programme, "case.dossier.programme", &format!("choisissez parmi : {}", Programme::codes()))
        })?;
        let state = dossier.state.as_ref().ok_or_else(|| lacking("case.dossier.state"))?;
        let known = DossierState::from(state.get_ref().clone());
        if let DossierState::Other(_) = known {
            let codes = DossierState::KNOWN.iter().map(DossierState::code).collect::<Vec<_>>().join(", ");
            return Err(self.refused(state, "case.dossier.state", &format!("choisissez parmi : {codes}")));
        }
        let deposited = dossier.deposited_at.as_ref().ok_or_else(|| lacking("case.dossier.deposited_at"))?;
        let deposited_at = self.instant(deposited, "case.dossier.deposited_at")?;
        let treated_at =
            dossier.treated_at.as_ref().map(|at| self.instant(at, "case.dossier.treated_at")).transpose()?;
        let applicant = dossier.applicant.as_ref().ok_or_else(|| lacking("case.dossier.applicant"))?;
        let removed = |written: &Spanned<String>| {
            RemovalReason::from_code(written.get_ref()).ok_or_else(|| {
                self.refused(written, "case.dossier.removed", "choisissez parmi : pending, deleted, absent")
            })
        };
        Ok(Subject {
            number: dossier.number.unwrap_or(number),
            procedure: 1,
            programme,
            state: known,
            deposited_at,
            updated_at: treated_at.unwrap_or(deposited_at),
            treated_at,
            removed: dossier
                .removed
                .as_ref()
                .map(removed)
                .transpose()?
                .map(|reason| Removal { reason, at: deposited_at }),
            applicant: self.applicant(applicant)?,
            facts: self.facts(dossier)?,
            opinion_given: dossier.opinion_given,
            opinions_withheld: dossier.opinions_withheld,
            erased: false,
        })
    }

    fn applicant(&self, written: &Applicant) -> Result<ApplicantProfile, Mistake> {
        let kinds = "choisissez parmi : commune, departement, region, groupement, syndicat, local_public_body, state, company, association, person, unknown";
        let legal_kind: LegalKind = self.word(&written.kind, "case.dossier.applicant.kind", kinds)?;
        let siret = |siret: &Spanned<String>| {
            Siret::parse(siret.get_ref())
                .map_err(|_| self.refused(siret, "case.dossier.applicant.siret", "écrivez quatorze chiffres"))
        };
        Ok(ApplicantProfile {
            name: written.name.clone(),
            siret: written.siret.as_ref().map(siret).transpose()?,
            legal_kind,
            code_insee: written.code_insee.clone(),
            departement: written.departement.clone(),
            population: written.population,
        })
    }

    fn facts(&self, dossier: &Dossier) -> Result<Facts, Mistake> {
        let mut facts = Facts::default();
        let unknown = |offset: usize, key: &str| {
            let known = FactName::ALL.iter().map(|name| name.code()).collect::<Vec<_>>().join(", ");
            self.at(offset, key, "ce n’est pas un nom de fait", &format!("choisissez parmi : {known}"))
        };
        for (key, written) in &dossier.facts {
            let path = format!("case.dossier.facts.{key}");
            let name: FactName = key.parse().map_err(|_| unknown(written.span().start, &path))?;
            let value =
                fact::read(name.fact_type(), written.get_ref()).map_err(|mend| self.refused(written, &path, &mend))?;
            let source =
                FactSource { kind: ChampKind::Champ, descriptor_id: key.clone(), label: name.label().to_owned() };
            facts.set(name, Ok(Fact { value, source }));
        }
        let named = |written: &Spanned<String>, key: &str| -> Result<FactName, Mistake> {
            written.get_ref().parse().map_err(|_| unknown(written.span().start, key))
        };
        for written in &dossier.blank {
            let name = named(written, "case.dossier.blank")?;
            facts.set(name, Err(Absence::Blank { label: name.label().to_owned() }));
        }
        for written in &dossier.unreadable {
            let name = named(written, "case.dossier.unreadable")?;
            let (label, reason) = (name.label().to_owned(), "réponse du cas".to_owned());
            facts.set(name, Err(Absence::Unreadable { label, reason }));
        }
        for written in &dossier.not_given {
            let name = named(written, "case.dossier.not_given")?;
            let (label, reason) = (name.label().to_owned(), "DS n’a pas donné les champs de ce dossier".to_owned());
            facts.set(name, Err(Absence::NotGiven { label, reason }));
        }
        for written in &dossier.unmapped {
            named(written, "case.dossier.unmapped")?;
        }
        Ok(facts)
    }

    fn expected(&self, written: &WrittenExpected) -> Result<Expected, Mistake> {
        let amount = |written: &Option<Spanned<toml::Value>>, key: &str| -> Result<Option<Option<Cents>>, Mistake> {
            let Some(written) = written else { return Ok(None) };
            if written.get_ref().as_str() == Some("none") {
                return Ok(Some(None));
            }
            let mend = "écrivez un montant en euros, entre guillemets s’il a des centimes, ou \"none\"";
            fact::cents(written.get_ref())
                .map(|cents| Some(Some(cents)))
                .ok_or_else(|| self.refused(written, key, mend))
        };
        let status = written.status.as_ref();
        let statuses = "choisissez parmi : eligible, non_eligible, a_verifier";
        let verdicts = "choisissez parmi : met, not_met, to_review, not_applicable";
        let verdict = |(rule, value): (&String, &Spanned<String>)| {
            Ok((rule.clone(), self.word(value, &format!("case.expected.verdicts.{rule}"), verdicts)?))
        };
        let people = "choisissez parmi : demandeur, instructeur, prefecture, relecture";
        let to_do = |(who, rules): (&String, &Spanned<Vec<String>>)| {
            let named = Spanned::new(rules.span(), who.clone());
            let who: Who = self.word(&named, &format!("case.expected.to_do.{who}"), people)?;
            Ok((who, rules.get_ref().iter().cloned().collect()))
        };
        Ok(Expected {
            status: status.map(|status| self.word(status, "case.expected.status", statuses)).transpose()?,
            eligible_expenses: amount(&written.eligible_expenses, "case.expected.eligible_expenses")?,
            computed: amount(&written.computed, "case.expected.computed")?,
            verdicts: written.verdicts.iter().map(verdict).collect::<Result<_, Mistake>>()?,
            sentences: written.sentences.clone(),
            to_do: written.to_do.iter().map(to_do).collect::<Result<_, Mistake>>()?,
        })
    }
}
