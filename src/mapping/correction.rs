//! Corrections that people make to facts: read with the vocabulary of the mapping, put in place of what was read.

use std::collections::BTreeMap;

use crate::domain::champ::{Champ, ChampKind, ChampValue};
use crate::domain::dossier::Dossier;
use crate::domain::fact::{
    Absence, CRITERIA, EXPENSE_COLUMNS, ExpenseLine, Fact, FactName, FactSource, FactType, FactValue, Facts,
};
use crate::domain::instant::french_date;
use crate::domain::journal::{Patch, Target};
use crate::domain::money::Cents;
use crate::domain::text::quoted;
use crate::territory::{self, VINTAGE};

use super::answer::code;
use super::communes::communes_in;
use super::config::{ChampRef, Field, Values};
use super::locate::{Found, Locator};
use super::read::{Refusal, plain, read};
use super::scalar;
use super::subject::Context;
use super::vocabulary::Vocabulary;

/// The word that takes a row of communes out.
const NOTHING: &str = "aucune";

/// The champs of a dossier that a fact is read from; none when the dossier does not show them.
#[must_use]
pub fn champs_behind<'a>(context: &Context<'a>, dossier: &'a Dossier, fact: FactName) -> Vec<&'a Champ> {
    let locator = Locator::new(context.form, dossier);
    let places: Vec<&ChampRef> = match context.mapping.fields.get(&fact) {
        None => Vec::new(),
        Some(Field::ScoreChamps(places)) => places.values().collect(),
        Some(Field::Plain { place, .. } | Field::Expenses { place, .. } | Field::ScoreColumns { place, .. }) => {
            vec![place]
        }
    };
    places.into_iter().filter_map(|place| locator.find(place).ok()).map(|found| found.champ).collect()
}

/// Reads the value that a person gives for a fact, as the mapping would.
///
/// # Errors
/// What is wrong with it and what is expected, in French.
pub fn parse_correction(context: &Context<'_>, target: &Target, text: &str) -> Result<Patch, String> {
    let fact = target.fact;
    let champ = Champ {
        id: String::new(),
        descriptor_id: String::new(),
        label: fact.label().to_owned(),
        type_name: "TextChamp".to_owned(),
        display: None,
        value: ChampValue::Text(text.to_owned()),
    };
    let found = Found { kind: ChampKind::Champ, champ: &champ, descriptor: None };
    let none = Values::default();
    let vocabulary = match &target.column {
        Some(column) => Vocabulary::of_expense_column(column),
        None => Vocabulary::of(fact),
    };
    let refused = |refusal| explain(refusal, vocabulary);
    match (fact.fact_type(), &target.column, context.mapping.fields.get(&fact)) {
        (FactType::Files, ..) => Err("des fichiers ne se corrigent pas ici : ils se déposent sur DS".to_owned()),
        (FactType::Expenses, Some(column), field) => {
            let values = match field {
                Some(Field::Expenses { values, .. }) => values.get(column.as_str()).unwrap_or(&none),
                _ => &none,
            };
            let patch = match column.as_str() {
                "nature" => code(&found, Vocabulary::Nature, values).map(Patch::Nature),
                "origin" => code(&found, Vocabulary::Origin, values).map(Patch::Origin),
                "amount" => scalar::amount(&champ).map(Patch::Amount).map_err(amount_expected),
                _ => scalar::date(&champ).map(Patch::Date),
            };
            patch.map_err(refused)
        }
        (FactType::Expenses, None, _) => Err(format!(
            "une dépense se corrige ligne par ligne : --fact expenses.COLONNE --row LIGNE, colonnes {}",
            EXPENSE_COLUMNS.join(", ")
        )),
        (FactType::Scores, ..) => scores(text).map(|marks| Patch::Fact(FactValue::Scores(marks))),
        (FactType::Communes, ..) => {
            let values =
                if let Some(Field::Plain { values, .. }) = context.mapping.fields.get(&fact) { values } else { &none };
            let withdrawn = target.row.is_some() && text.trim().eq_ignore_ascii_case(NOTHING);
            let communes = if withdrawn { Vec::new() } else { communes_in(text, values) };
            if let Some(unknown) = communes.iter().find(|commune| commune.code.is_none()) {
                return Err(format!(
                    "{} n’est pas une commune reconnue : donnez son code INSEE",
                    quoted(&unknown.text)
                ));
            }
            match (&target.row, communes.is_empty() && !withdrawn) {
                (_, true) => Err("aucune commune n’est nommée".to_owned()),
                (Some(_), false) => Ok(Patch::Communes(communes)),
                (None, false) => Ok(Patch::Fact(FactValue::Communes(communes))),
            }
        }
        (FactType::Amount, ..) => match plain(fact, &found, None, &none) {
            Ok(FactValue::Amount(amount)) if amount < Cents::ZERO => {
                Err("ce montant ne peut pas être négatif".to_owned())
            }
            read => read.map(Patch::Fact).map_err(amount_expected).map_err(refused),
        },
        (FactType::Integer, ..) => {
            plain(fact, &found, None, &none).map(Patch::Fact).map_err(number_expected).map_err(refused)
        }
        (_, _, Some(Field::Plain { values, .. })) => {
            plain(fact, &found, None, values).map(Patch::Fact).map_err(refused)
        }
        _ => plain(fact, &found, None, &none).map(Patch::Fact).map_err(refused),
    }
}

/// A person who corrects is told what to write.
fn amount_expected(refusal: Refusal) -> Refusal {
    expecting(refusal, "ce n’est pas un montant : écrivez par exemple 8 800,00")
}

fn number_expected(refusal: Refusal) -> Refusal {
    expecting(refusal, "ce n’est pas un nombre entier : écrivez par exemple 12 345")
}

fn expecting(refusal: Refusal, expected: &str) -> Refusal {
    match refusal {
        Refusal::Unreadable(reason) if reason == scalar::NOT_A_NUMBER => Refusal::Unreadable(expected.to_owned()),
        refusal => refusal,
    }
}

/// What a person may want to know of a correction that counts all the same, in French; `original` is what was read instead.
#[must_use]
pub fn correction_remarks(patch: &Patch, original: Option<&str>) -> Vec<String> {
    let (said, communes) = match patch {
        Patch::Fact(value @ FactValue::Communes(communes)) => (shown(value), communes.as_slice()),
        Patch::Fact(value) => (shown(value), [].as_slice()),
        Patch::Communes(communes) => (shown(&FactValue::Communes(communes.clone())), communes.as_slice()),
        Patch::Nature(code) | Patch::Origin(code) => (code.clone(), [].as_slice()),
        Patch::Amount(amount) => (amount.to_string(), [].as_slice()),
        Patch::Date(date) => (french_date(*date), [].as_slice()),
    };
    let mut remarks = Vec::new();
    let codes = communes.iter().filter_map(|commune| commune.code.as_deref());
    let unknown: Vec<&str> = codes.filter(|code| territory::commune(code).is_none()).collect();
    match unknown.as_slice() {
        [] => {}
        [one] => remarks.push(format!("la commune {one} n’est pas dans les tables ({VINTAGE}) : vérifiez son code")),
        several => remarks.push(format!(
            "les communes {} ne sont pas dans les tables ({VINTAGE}) : vérifiez leurs codes",
            several.join(", ")
        )),
    }
    if original == Some(said.as_str()) {
        remarks.push("c’est déjà ce que dit DS : tant qu’il le dit, la correction ne change rien".to_owned());
    }
    remarks
}

fn explain(refusal: Refusal, vocabulary: Option<Vocabulary>) -> String {
    let reason = match refusal {
        Refusal::Blank => "aucune valeur n’est donnée".to_owned(),
        Refusal::Unreadable(reason) | Refusal::NotGiven(reason) | Refusal::Misplaced(reason) => reason,
    };
    match vocabulary {
        Some(vocabulary) => format!("{reason} ; attendu : {}", vocabulary.described()),
        None => reason,
    }
}

/// `portage=4, impact=3`.
fn scores(text: &str) -> Result<BTreeMap<String, i64>, String> {
    let mark = |part: &str| -> Option<(String, i64)> {
        let (criterion, mark) = part.split_once('=')?;
        let criterion = CRITERIA.into_iter().find(|known| *known == criterion.trim())?;
        Some((criterion.to_owned(), mark.trim().parse().ok().filter(|mark| *mark >= 0)?))
    };
    let marks: Option<BTreeMap<String, i64>> = text.split([',', ';']).map(mark).collect();
    marks.ok_or_else(|| format!("écrivez les notes comme « portage=4, impact=3 » ; critères : {}", CRITERIA.join(", ")))
}

/// Puts a correction in place of what was read, and gives what that was.
#[must_use]
pub fn apply_correction(
    context: &Context<'_>,
    dossier: &Dossier,
    facts: &mut Facts,
    target: &Target,
    patch: &Patch,
) -> Option<String> {
    let fact = target.fact;
    let source = source_of(facts, fact);
    let row = target.row.as_deref().unwrap_or_default();
    match patch {
        Patch::Fact(value) => {
            let original = facts.value(fact).map(shown);
            facts.set(fact, Ok(Fact { value: value.clone(), source }));
            original
        }
        Patch::Communes(communes) => {
            let listed = |keep: &dyn Fn(&str) -> bool| rows_only(context, dossier, fact, keep);
            let original = listed(&|id| id == row).as_ref().map(shown);
            // Other rows may have been corrected already: what they were read as stays as it is.
            let mut kept = facts.communes(fact).unwrap_or_default().to_vec();
            if let Some(FactValue::Communes(named)) = listed(&|id| id == row) {
                for commune in named {
                    if let Some(at) = kept.iter().position(|other| *other == commune) {
                        kept.remove(at);
                    }
                }
            }
            kept.extend(communes.iter().cloned());
            let outcome = if kept.is_empty() {
                Err(Absence::Blank { label: source.label })
            } else {
                Ok(Fact { value: FactValue::Communes(kept), source })
            };
            facts.set(fact, outcome);
            original
        }
        Patch::Nature(_) | Patch::Amount(_) | Patch::Origin(_) | Patch::Date(_) => {
            let mut lines = facts.expenses()?.to_vec();
            let line = lines.iter_mut().find(|line| line.row_id.as_deref() == Some(row))?;
            let original = correct_line(line, patch);
            facts.set(fact, Ok(Fact { value: FactValue::Expenses(lines), source }));
            original
        }
    }
}

fn correct_line(line: &mut ExpenseLine, patch: &Patch) -> Option<String> {
    match patch {
        Patch::Nature(nature) => {
            let read = line.nature.replace(nature.clone());
            read.or_else(|| Some(line.nature_text.clone()).filter(|text| !text.is_empty()))
        }
        Patch::Amount(amount) => line.amount.replace(*amount).map(|amount| amount.to_string()),
        Patch::Origin(origin) => line.origin.replace(origin.clone()),
        Patch::Date(date) => line.date.replace(*date).map(french_date),
        Patch::Fact(_) | Patch::Communes(_) => None,
    }
}

/// The fact as it would be read from some rows alone.
fn rows_only(
    context: &Context<'_>,
    dossier: &Dossier,
    fact: FactName,
    keep: &dyn Fn(&str) -> bool,
) -> Option<FactValue> {
    let behind: Vec<String> = champs_behind(context, dossier, fact).iter().map(|champ| champ.id.clone()).collect();
    let mut partial = dossier.clone();
    for champ in partial.champs.iter_mut().chain(&mut partial.annotations).filter(|champ| behind.contains(&champ.id)) {
        if let ChampValue::Rows(rows) = &mut champ.value {
            rows.retain(|row| keep(&row.id));
        }
    }
    let field = context.mapping.fields.get(&fact)?;
    read(fact, field, &Locator::new(context.form, &partial), &mut Vec::new()).ok().map(|fact| fact.value)
}

/// Where the fact was read, or would have been.
fn source_of(facts: &Facts, fact: FactName) -> FactSource {
    let label = match facts.get(fact) {
        Ok(known) => return known.source.clone(),
        Err(
            Absence::Blank { label }
            | Absence::Unreadable { label, .. }
            | Absence::NotGiven { label, .. }
            | Absence::Misplaced { label, .. }
            | Absence::NotOnForm { wanted: label },
        ) => label.clone(),
        Err(Absence::NotMapped | Absence::Erased) => fact.label().to_owned(),
    };
    FactSource { kind: ChampKind::Champ, descriptor_id: String::new(), label }
}

fn shown(value: &FactValue) -> String {
    match value {
        FactValue::Communes(communes) => communes
            .iter()
            .map(|commune| commune.code.as_deref().unwrap_or(&commune.text))
            .collect::<Vec<_>>()
            .join(" "),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::CommuneRef;
    use crate::domain::programme::Programme;
    use crate::mapping::fixtures::{champ, choice, dossier, mapping, row, text};
    use crate::mapping::{ProcedureMapping, subject};

    const FIELDS: &str = r#"
        attached_communes = { champ = "Communes", column = "Commune" }
        theme = { champ = "Thème", values = { "Expert" = "1" } }
        [expenses]
        champ = "Dépenses"
        columns = { nature = "Nature", amount = "Montant", origin = "Éditeur" }
        values = { origin = { "Ici" = "eu" } }
    "#;

    fn context(mapping: &ProcedureMapping) -> Context<'_> {
        Context { procedure: 7, programme: Programme::Axe3V1Ads, mapping, form: None }
    }

    fn target(fact: FactName, column: Option<&str>, row: Option<&str>) -> Target {
        Target { fact, column: column.map(str::to_owned), row: row.map(str::to_owned) }
    }

    fn filed() -> Dossier {
        let commune = |id: &str, code: &str| row(id, vec![champ("c", "Commune", text(code))]);
        let line = row("L1", vec![champ("n", "Nature", choice("Logiciel")), champ("m", "Montant", text("100"))]);
        dossier(
            vec![
                champ("r", "Communes", ChampValue::Rows(vec![commune("C1", "77186"), commune("C2", "77001")])),
                champ("d", "Dépenses", ChampValue::Rows(vec![line])),
            ],
            vec![],
        )
    }

    #[test]
    fn values_are_read_with_the_vocabulary_of_the_mapping() {
        let mapping = mapping(FIELDS);
        let read = |target: &Target, text| parse_correction(&context(&mapping), target, text);
        let origin = target(FactName::Expenses, Some("origin"), Some("L1"));
        assert_eq!(read(&origin, "ici"), Ok(Patch::Origin("eu".to_owned())));
        assert!(read(&origin, "Lune").unwrap_err().contains("eu, non_eu, none"));
        let amount = target(FactName::GrantedAmount, None, None);
        assert_eq!(read(&amount, "1 200,50 €"), Ok(Patch::Fact(FactValue::Amount(Cents(120_050)))));
        assert_eq!(read(&amount, "douze"), Err("ce n’est pas un montant : écrivez par exemple 8 800,00".to_owned()));
        assert_eq!(read(&amount, "-12"), Err("ce montant ne peut pas être négatif".to_owned()));
        let credit = target(FactName::Expenses, Some("amount"), Some("L1"));
        assert_eq!(read(&credit, "-12"), Ok(Patch::Amount(Cents(-1_200))));
        let population = target(FactName::Population, None, None);
        assert!(read(&population, "mille").unwrap_err().contains("12 345"));
        assert!(read(&target(FactName::Invoices, None, None), "x").unwrap_err().contains("fichiers"));
        assert!(read(&target(FactName::Expenses, None, None), "x").unwrap_err().contains("ligne par ligne"));
        let commune = target(FactName::AttachedCommunes, None, Some("C1"));
        assert_eq!(read(&commune, "aucune"), Ok(Patch::Communes(vec![])));
        assert!(read(&commune, "Atlantide").unwrap_err().contains("code INSEE"));
        assert!(read(&target(FactName::Scores, None, None), "portage=4, impact=3").is_ok());
        assert!(read(&target(FactName::Scores, None, None), "charme=4").is_err());
    }

    #[test]
    fn what_is_odd_about_a_correction_is_told() {
        let commune = |code: &str| CommuneRef { code: Some(code.to_owned()), text: code.to_owned() };
        let amount = Patch::Fact(FactValue::Amount(Cents(120_050)));
        assert_eq!(correction_remarks(&amount, None), Vec::<String>::new());
        assert!(correction_remarks(&amount, Some(&Cents(120_050).to_string()))[0].contains("déjà ce que dit DS"));
        let communes = Patch::Communes(vec![commune("77288"), commune("99999")]);
        assert!(correction_remarks(&communes, Some("77288"))[0].starts_with("la commune 99999 n’est pas"));
        assert_eq!(correction_remarks(&Patch::Communes(vec![commune("77288")]), Some("77288")).len(), 1);
        assert!(correction_remarks(&Patch::Communes(Vec::new()), None).is_empty());
    }

    #[test]
    fn a_correction_leaves_the_rest_and_tells_what_was_read() {
        let mapping = mapping(FIELDS);
        let (context, dossier) = (context(&mapping), filed());
        let mut facts = subject(&context, &dossier, None).facts;
        let mut apply =
            |target: Target, patch: Patch| apply_correction(&context, &dossier, &mut facts, &target, &patch);
        let row = |id| target(FactName::AttachedCommunes, None, Some(id));
        assert_eq!(apply(row("C1"), Patch::Communes(vec![])).as_deref(), Some("77186"));
        let amount = target(FactName::Expenses, Some("amount"), Some("L1"));
        assert!(apply(amount, Patch::Amount(Cents(5_000))).unwrap().starts_with("100,00"));
        assert_eq!(apply(target(FactName::Population, None, None), Patch::Fact(FactValue::Integer(900))), None);
        assert_eq!(facts.communes(FactName::AttachedCommunes).unwrap().len(), 1);
        assert_eq!(facts.expenses().unwrap()[0].amount, Some(Cents(5_000)));
        assert_eq!(facts.integer(FactName::Population), Some(900));
        assert_eq!(champs_behind(&context, &dossier, FactName::AttachedCommunes)[0].id, "r");
    }
}
