//! What `fitn rules` shows: every rule with its facts and the values of its parameters, ready to be written in any form.

use jiff::civil::Date;
use serde::Serialize;

use super::rules_head::{Definition, GUIDE, Guide, kinds, statuses, terms, verdicts};
use crate::domain::fact::FactName;
use crate::domain::instant::french_date;
use crate::domain::programme::Programme;
use crate::domain::verdict::VerdictValue;
use crate::rules::{Parameter, ParameterName, ParameterUse, Passage, Rule, Rulebook, guide};

/// The whole set of rules, with what one must know to read it.
#[derive(Debug, Serialize)]
pub struct Document {
    pub guide: Guide,
    pub kinds: Vec<Definition>,
    pub verdicts: Vec<Definition>,
    pub statuses: Vec<Definition>,
    pub terms: Vec<Definition>,
    pub chapters: Vec<Chapter>,
    /// The parameters that no rule reads.
    pub parameters: Vec<ParameterSheet>,
}

/// Rules that the same programmes share, in the order of the guide.
#[derive(Debug, Serialize)]
pub struct Chapter {
    /// The programmes.
    pub programmes: Vec<Programme>,
    /// Their rules.
    pub rules: Vec<Sheet>,
}

/// One rule.
#[derive(Debug, Serialize)]
pub struct Sheet {
    pub rule: &'static str,
    pub version: u32,
    pub kind: &'static str,
    pub kind_label: &'static str,
    pub title: &'static str,
    pub statement: &'static str,
    pub verdicts: Vec<Given>,
    /// What the guide leaves open, and how it is read.
    pub interpretation: Option<&'static str>,
    pub needs: Vec<Needed>,
    pub considers: Vec<FactName>,
    pub parameters: Vec<ParameterSheet>,
    pub passages: Vec<Quoted>,
}

/// A verdict, and the facts that give it.
#[derive(Debug, Serialize)]
pub struct Given {
    pub verdict: VerdictValue,
    pub label: &'static str,
    pub when: &'static str,
}

/// Words of a part of the guide, as people read them.
#[derive(Debug, Serialize)]
pub struct Quoted {
    pub part: &'static str,
    pub quotes: Vec<String>,
}

impl Quoted {
    fn of(passage: &Passage) -> Self {
        Self { part: passage.part, quotes: passage.shown().collect() }
    }
}

/// Facts of which one is needed.
#[derive(Debug, Serialize)]
pub struct Needed {
    pub one_of: Vec<FactName>,
    /// For which dossiers, in French; none: for all.
    pub when: Option<&'static str>,
}

/// A parameter and all its values; no value when no file gives one.
#[derive(Debug, Serialize)]
pub struct ParameterSheet {
    pub name: &'static str,
    pub label: &'static str,
    pub unit: &'static str,
    /// `deposit`, `decision` or `period_end`: the day that selects the value.
    pub selected_by: &'static str,
    #[serde(skip)]
    pub selected_by_label: &'static str,
    pub values: Vec<Valued>,
}

/// A value, the days of its validity and what it rests on.
#[derive(Debug, Serialize)]
pub struct Valued {
    /// The départements that it is for; none: all.
    pub departements: Vec<String>,
    pub value: String,
    pub valid_from: Option<Date>,
    pub valid_to: Option<Date>,
    pub citation: String,
}

/// The document of a programme, or of all of them.
#[must_use]
pub fn document(rulebook: &Rulebook, only: Option<Programme>) -> Document {
    Document {
        guide: GUIDE,
        kinds: kinds(),
        verdicts: verdicts(),
        statuses: statuses(),
        terms: terms(),
        chapters: chapters(rulebook, only),
        parameters: reported(rulebook, only),
    }
}

fn reported(rulebook: &Rulebook, only: Option<Programme>) -> Vec<ParameterSheet> {
    let wanted = |name: &ParameterName| {
        let programmes = name.reported_for();
        !programmes.is_empty() && only.is_none_or(|one| programmes.contains(&one))
    };
    let names = ParameterName::ALL.iter().copied().filter(wanted);
    names.map(|name| ParameterSheet::new(name, "period_end", "valeur à la fin du trimestre", rulebook)).collect()
}

fn chapters(rulebook: &Rulebook, only: Option<Programme>) -> Vec<Chapter> {
    let mut chapters: Vec<Chapter> = Vec::new();
    for rule in rulebook.rules().filter(|rule| only.is_none_or(|one| rule.programmes.contains(&one))) {
        let sheet = Sheet::of(rule, rulebook);
        match chapters.last_mut() {
            Some(chapter) if chapter.programmes == rule.programmes => chapter.rules.push(sheet),
            _ => chapters.push(Chapter { programmes: rule.programmes.to_vec(), rules: vec![sheet] }),
        }
    }
    chapters
}

impl Sheet {
    fn of(rule: &'static Rule, rulebook: &Rulebook) -> Self {
        let needed =
            |need: &crate::rules::Need| Needed { one_of: need.one_of.to_vec(), when: need.when.map(|when| when.label) };
        Self {
            rule: rule.id,
            version: rule.version,
            kind: rule.kind.code(),
            kind_label: rule.kind.label(),
            title: rule.title,
            statement: rule.statement,
            verdicts: rule
                .verdicts
                .iter()
                .map(|(verdict, when)| Given { verdict: *verdict, label: verdict.label_of(rule.kind), when })
                .collect(),
            interpretation: rule.interpretation,
            needs: rule.needs.iter().map(needed).collect(),
            considers: rule.considers.to_vec(),
            parameters: rule.parameters.iter().map(|used| ParameterSheet::of(*used, rulebook)).collect(),
            passages: rule.passages.iter().map(Quoted::of).collect(),
        }
    }

    /// One text a need.
    pub fn needed(&self) -> Vec<String> {
        let text = |need: &Needed| {
            let facts = need.one_of.iter().copied().map(named).collect::<Vec<_>>().join(" ou ");
            need.when.map_or_else(|| facts.clone(), |when| format!("{facts}, {when}"))
        };
        self.needs.iter().map(text).collect()
    }

    /// One text a fact.
    pub fn considered(&self) -> Vec<String> {
        self.considers.iter().copied().map(named).collect()
    }
}

fn named(fact: FactName) -> String {
    format!("{} ({fact})", fact.label())
}

impl ParameterSheet {
    fn of(ParameterUse { name, by }: ParameterUse, rulebook: &Rulebook) -> Self {
        Self::new(name, by.code(), by.label(), rulebook)
    }

    fn new(
        name: ParameterName,
        selected_by: &'static str,
        selected_by_label: &'static str,
        rulebook: &Rulebook,
    ) -> Self {
        let mut values: Vec<Valued> = Vec::new();
        for parameter in rulebook.parameters().filter(|parameter| parameter.name == name) {
            let value = Valued::of(parameter);
            match values.iter_mut().find(|other| other.says_as(&value)) {
                Some(same) => same.departements.extend(value.departements),
                None => values.push(value),
            }
        }
        Self {
            name: name.code(),
            label: name.label(),
            unit: name.unit().code(),
            selected_by,
            selected_by_label,
            values,
        }
    }
}

impl Valued {
    fn of(parameter: &Parameter) -> Self {
        Self {
            departements: parameter.departement.iter().cloned().collect(),
            value: parameter.name.unit().show(&parameter.value),
            valid_from: parameter.valid_from,
            valid_to: parameter.valid_to,
            citation: guide::shown(&parameter.citation),
        }
    }

    /// The same value for other départements.
    fn says_as(&self, other: &Self) -> bool {
        !self.departements.is_empty()
            && !other.departements.is_empty()
            && (&self.value, self.valid_from, self.valid_to, &self.citation)
                == (&other.value, other.valid_from, other.valid_to, &other.citation)
    }

    /// The value with the départements that it is for.
    pub fn shown(&self) -> String {
        match self.departements.as_slice() {
            [] => self.value.clone(),
            [one] => format!("{} (département {one})", self.value),
            several => format!("{} (départements {})", self.value, several.join(", ")),
        }
    }

    /// `du 25 janvier 2021 au 28 mai 2021`.
    pub fn validity(&self) -> String {
        match (self.valid_from.map(french_date), self.valid_to.map(french_date)) {
            (None, None) => "sans limite de date".to_owned(),
            (Some(from), None) => format!("depuis le {from}"),
            (None, Some(to)) => format!("jusqu’au {to}"),
            (Some(from), Some(to)) => format!("du {from} au {to}"),
        }
    }
}
