//! Reading `[procedures.fields]`: French messages that name the fact and the key; the TOML reader adds the line.
//!
//! A field is taken as a plain value first and interpreted by hand, because serde's own messages are in English.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, de};
use toml::{Table, Value};

use crate::domain::champ::ChampKind;
use crate::domain::fact::{CRITERIA, EXPENSE_COLUMNS, FactName, FactType};
use crate::domain::text::{fold, quoted};

use super::config::{ChampRef, Choice, Field, Name, ProcedureMapping, Values};
use super::likeness::nearest;
use super::vocabulary::Vocabulary;

impl<'de> Deserialize<'de> for ProcedureMapping {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Fields)
    }
}

struct Fields;

impl<'de> Visitor<'de> for Fields {
    type Value = ProcedureMapping;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("une table de faits (fait = { champ = \"…\" })")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<ProcedureMapping, A::Error> {
        let mut fields = BTreeMap::new();
        while let Some(KnownFact(fact)) = map.next_key()? {
            let field = map.next_value_seed(FieldOf(fact))?;
            if fields.insert(fact, field).is_some() {
                return Err(A::Error::custom(format!("{fact} : ce fait est associé deux fois")));
            }
        }
        Ok(ProcedureMapping { fields })
    }
}

/// The key of a field: fails at its place in the file.
struct KnownFact(FactName);

impl<'de> Deserialize<'de> for KnownFact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map(Self).map_err(|unknown| {
            let known = FactName::ALL.iter().map(|fact| fact.code());
            D::Error::custom(format!("{unknown}{}", did_you_mean(&name, known)))
        })
    }
}

/// The value of a field, interpreted for its fact.
struct FieldOf(FactName);

impl<'de> DeserializeSeed<'de> for FieldOf {
    type Value = Field;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field, D::Error> {
        let value = Value::deserialize(deserializer)?;
        field(self.0, value).map_err(|message| de::Error::custom(format!("{} : {message}", self.0)))
    }
}

fn did_you_mean<'a>(wanted: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(wanted, known.iter().copied()).as_slice() {
        [] => format!(" ; sont possibles : {}", known.join(", ")),
        close => format!(" ; vouliez-vous dire {} ?", close.join(" ou ")),
    }
}

fn field(fact: FactName, value: Value) -> Result<Field, String> {
    let mut keys = Keys::new(value, "écrivez par exemple { champ = \"libellé du champ\" }")?;
    let field = match fact.fact_type() {
        FactType::Expenses => expenses(&mut keys)?,
        FactType::Scores => scores(&mut keys)?,
        _ => plain(fact, &mut keys)?,
    };
    keys.finish(&["champ", "annotation", "id", "column", "columns", "values", "annotations"])?;
    Ok(field)
}

fn plain(fact: FactName, keys: &mut Keys) -> Result<Field, String> {
    let place = place(keys)?;
    keys.refuse("columns", "ne vaut que pour expenses et scores ; pour une seule colonne, écrivez column = \"…\"")?;
    keys.refuse("annotations", "ne vaut que pour scores ; écrivez annotation = \"…\"")?;
    let column = keys.take("column").map(|value| name("column", value)).transpose()?;
    if column.is_some() && !may_have_column(fact.fact_type()) {
        return Err(
            "column ne vaut que pour des communes, des fichiers, des choix multiples ou des départements".into()
        );
    }
    let values = match (keys.take("values"), Vocabulary::of(fact)) {
        (None, _) => Values::default(),
        (Some(value), Some(vocabulary)) => values("values", value, vocabulary)?,
        (Some(_), None) => {
            return Err("values ne vaut que pour un fait à choix, oui/non, communes ou département".into());
        }
    };
    Ok(Field::Plain { place, column, values })
}

/// Facts that gather what the rows of a repetition say.
pub(super) const fn may_have_column(fact_type: FactType) -> bool {
    matches!(fact_type, FactType::Communes | FactType::Files | FactType::Choices(_) | FactType::Departements)
}

fn expenses(keys: &mut Keys) -> Result<Field, String> {
    let place = place(keys)?;
    keys.refuse("column", "indiquez columns = { nature = \"…\", amount = \"…\", origin = \"…\", date = \"…\" }")?;
    keys.refuse("annotations", "ne vaut que pour scores ; écrivez annotation = \"…\"")?;
    let columns = match keys.take("columns") {
        Some(value) => columns(value, &EXPENSE_COLUMNS)?,
        None => return Err("columns manque : columns = { nature = \"…\", amount = \"…\" }".into()),
    };
    let mut by_column = BTreeMap::new();
    if let Some(value) = keys.take("values") {
        for (column, value) in Keys::new(value, "écrivez values = { nature = { … }, origin = { … } }")?.0 {
            let known = EXPENSE_COLUMNS.into_iter().find(|known| *known == column);
            let Some((column, vocabulary)) =
                known.and_then(|known| Some((known, Vocabulary::of_expense_column(known)?)))
            else {
                return Err(format!("values.{column} : seules nature et origin ont des codes"));
            };
            if !columns.contains_key(column) {
                return Err(format!("values.{column} : columns.{column} manque"));
            }
            by_column.insert(column, values(&format!("values.{column}"), value, vocabulary)?);
        }
    }
    Ok(Field::Expenses { place, columns, values: by_column })
}

fn scores(keys: &mut Keys) -> Result<Field, String> {
    keys.refuse("column", "indiquez columns = { portage = \"…\" }")?;
    keys.refuse("values", "les notes sont des nombres, elles n’ont pas de codes")?;
    if let Some(value) = keys.take("annotations") {
        for other in ["champ", "annotation", "id", "columns"] {
            keys.refuse(other, "est de trop : annotations désigne déjà une annotation par critère")?;
        }
        let names = columns(value, &CRITERIA)?;
        let place = |name| ChampRef { kind: ChampKind::Annotation, name };
        return Ok(Field::ScoreChamps(names.into_iter().map(|(criterion, name)| (criterion, place(name))).collect()));
    }
    let Some(value) = keys.take("columns") else {
        return Err(
            "indiquez annotations = { portage = \"…\" }, ou un bloc répétable et columns = { portage = \"…\" }".into(),
        );
    };
    Ok(Field::ScoreColumns { place: place(keys)?, columns: columns(value, &CRITERIA)? })
}

/// The champ or annotation of a field; an id wins and its label documents.
fn place(keys: &mut Keys) -> Result<ChampRef, String> {
    let champ = keys.take("champ").map(|value| text("champ", value)).transpose()?;
    let annotation = keys.take("annotation").map(|value| text("annotation", value)).transpose()?;
    let id = keys.take("id").map(|value| text("id", value)).transpose()?;
    let (kind, label) = match (champ, annotation) {
        (Some(_), Some(_)) => return Err("champ et annotation sont donnés tous les deux : gardez l’un des deux".into()),
        (None, Some(label)) => (ChampKind::Annotation, Some(label)),
        (label, None) => (ChampKind::Champ, label),
    };
    let name = match (id, label) {
        (Some(id), label) => Name::Id { id, label },
        (None, Some(label)) => Name::label(&label),
        (None, None) => return Err("indiquez champ, annotation ou id".into()),
    };
    Ok(ChampRef { kind, name })
}

/// `"libellé"`, or `{ id = "…", champ = "libellé" }`.
fn name(key: &str, value: Value) -> Result<Name, String> {
    if value.is_str() {
        return text(key, value).map(|label| Name::label(&label));
    }
    let mut keys =
        Keys::new(value, "écrivez le libellé, ou { id = \"…\" }").map_err(|message| format!("{key} : {message}"))?;
    let label = ["champ", "annotation"].iter().find_map(|section| keys.take(section));
    let label = label.map(|value| text(key, value)).transpose()?;
    let id = keys.take("id").map(|value| text(&format!("{key}.id"), value)).transpose()?;
    keys.finish(&["id", "champ"]).map_err(|message| format!("{key} : {message}"))?;
    match (id, label) {
        (Some(id), label) => Ok(Name::Id { id, label }),
        (None, Some(label)) => Ok(Name::label(&label)),
        (None, None) => Err(format!("{key} : indiquez le libellé, ou {{ id = \"…\" }}")),
    }
}

/// Names by key, each key one of `known`.
fn columns(value: Value, known: &[&'static str]) -> Result<BTreeMap<&'static str, Name>, String> {
    let mut columns = BTreeMap::new();
    for (column, value) in Keys::new(value, "écrivez une table { nom = \"libellé\" }")?.0 {
        let Some(known) = known.iter().find(|known| **known == column) else {
            return Err(format!(
                "{} n’est pas une colonne{}",
                quoted(&column),
                did_you_mean(&column, known.iter().copied())
            ));
        };
        columns.insert(*known, name(known, value)?);
    }
    if columns.is_empty() { Err("aucune colonne n’est désignée".into()) } else { Ok(columns) }
}

/// Answers with their codes; two answers that look alike to a person must not have two codes.
fn values(key: &str, value: Value, vocabulary: Vocabulary) -> Result<Values, String> {
    let mut values = BTreeMap::new();
    let shape = "écrivez une table { \"réponse du formulaire\" = \"code\" }";
    for (answer, value) in Keys::new(value, shape).map_err(|message| format!("{key} : {message}"))?.0 {
        let code = match (vocabulary, value) {
            (Vocabulary::YesNo, Value::Boolean(yes)) => if yes { "oui" } else { "non" }.to_owned(),
            (_, value) => text(&format!("{key}.\"{answer}\""), value)?,
        };
        if !vocabulary.has(&code) {
            let codes = vocabulary.described();
            let (code, answer) = (quoted(&code), quoted(&answer));
            return Err(format!("{key} : {code}, donné pour {answer}, n’est pas un code ; attendu : {codes}"));
        }
        let choice = Choice { answer: answer.clone(), code };
        if let Some(other) = values.insert(fold(&answer), choice) {
            return Err(format!("{key} : {} et {} se confondent", quoted(&other.answer), quoted(&answer)));
        }
    }
    Ok(Values(values))
}

fn text(key: &str, value: Value) -> Result<String, String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text),
        Value::String(_) => Err(format!("{key} est vide")),
        other => Err(format!("{key} : un texte entre guillemets est attendu, pas {}", french_type(&other))),
    }
}

const fn french_type(value: &Value) -> &'static str {
    match value {
        Value::String(_) => "un texte",
        Value::Integer(_) | Value::Float(_) => "un nombre",
        Value::Boolean(_) => "true ou false",
        Value::Datetime(_) => "une date",
        Value::Array(_) => "une liste",
        Value::Table(_) => "une table",
    }
}

/// The keys of a table, taken one by one; those left over are mistakes.
struct Keys(Table);

impl Keys {
    fn new(value: Value, shape: &str) -> Result<Self, String> {
        match value {
            Value::Table(table) => Ok(Self(table)),
            other => Err(format!("une table est attendue, pas {} : {shape}", french_type(&other))),
        }
    }

    fn take(&mut self, key: &str) -> Option<Value> {
        self.0.remove(key)
    }

    fn refuse(&self, key: &str, why: &str) -> Result<(), String> {
        if self.0.contains_key(key) { Err(format!("{key} {why}")) } else { Ok(()) }
    }

    fn finish(&self, known: &[&str]) -> Result<(), String> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(key) => Err(format!("clé {} inconnue{}", quoted(key), did_you_mean(key, known.iter().copied()))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(fields: &str) -> Result<ProcedureMapping, String> {
        toml::from_str(fields).map_err(|error| error.to_string())
    }

    #[test]
    fn the_forms_of_the_documentation_are_read() {
        let mapping = parse(
            r#"
            applicant_type = { champ = "Vous déposez en tant que", values = { "Centre instructeur mutualisé" = "centre_instructeur" } }
            attached_communes = { champ = "Communes rattachées", column = "Commune" }
            invoices = { id = "Q2hhbXAtMTAx", champ = "Factures" }
            granted_amount = { annotation = "Montant accordé" }
            already_engaged = { champ = "Engagé ?", values = { "Déjà commencé" = true } }
            scores = { annotations = { portage = "Note portage", equipe = { id = "Q2hhbXAtNw==" } } }
            [expenses]
            champ = "Dépenses"
            columns = { nature = "Nature", amount = "Montant HT", origin = { id = "Q2hhbXAtOA==" }, date = "Date" }
            values = { nature = { "Logiciel" = "software" }, origin = { "Union européenne" = "eu" } }
            "#,
        )
        .unwrap();
        assert_eq!(mapping.facts().count(), 7);
        assert!(matches!(
            &mapping.fields[&FactName::Invoices],
            Field::Plain { place: ChampRef { name: Name::Id { id, label: Some(label) }, .. }, .. }
                if id == "Q2hhbXAtMTAx" && label == "Factures"
        ));
        assert!(matches!(
            &mapping.fields[&FactName::GrantedAmount],
            Field::Plain { place: ChampRef { kind: ChampKind::Annotation, .. }, .. }
        ));
    }

    #[test]
    fn mistakes_are_named_in_french_with_the_fact() {
        for (fields, expected) in [
            (r#"attached_commune = { champ = "x" }"#, "vouliez-vous dire attached_communes"),
            (r#"invoices = "Factures""#, "invoices : une table est attendue, pas un texte"),
            (r"invoices = {}", "indiquez champ, annotation ou id"),
            (r#"invoices = { champ = "a", annotation = "b" }"#, "gardez l’un des deux"),
            (r"invoices = { champ = 3 }", "champ : un texte entre guillemets est attendu, pas un nombre"),
            (r#"invoices = { champ = " " }"#, "champ est vide"),
            (r#"invoices = { chmp = "a", champ = "b" }"#, "clé « chmp » inconnue ; vouliez-vous dire champ"),
            (r#"invoices = { champ = "a", columns = { nature = "b" } }"#, "columns ne vaut que pour expenses"),
            (r#"ej = { annotation = "a", column = "b" }"#, "column ne vaut que pour"),
            (r#"ej = { annotation = "a", values = { a = "b" } }"#, "values ne vaut que pour"),
            (r#"theme = { champ = "a", values = { "Cinq" = "5" } }"#, "« 5 », donné pour « Cinq », n’est pas un code"),
            (r#"theme = { champ = "a", values = { "Été" = "1", "ete" = "2" } }"#, "se confondent"),
            (
                r#"theme = { champ = "a", values = { "« Été »" = "1", "« été »" = "2" } }"#,
                "« “Été” » et « “été” » se confondent",
            ),
            (
                r#"theme = { champ = "a", values = { "« Un »" = "x" } }"#,
                "« x », donné pour « “Un” », n’est pas un code",
            ),
            (r#"expenses = { champ = "a" }"#, "columns manque"),
            (r#"expenses = { champ = "a", columns = { montant = "b" } }"#, "« montant » n’est pas une colonne"),
            (
                r#"expenses = { champ = "a", columns = { amount = "b" }, values = { amount = {} } }"#,
                "seules nature et origin",
            ),
            (
                r#"expenses = { champ = "a", columns = { amount = "b" }, values = { nature = {} } }"#,
                "columns.nature manque",
            ),
            (r#"scores = { annotation = "a" }"#, "indiquez annotations"),
            (r#"scores = { annotations = { charme = "a" } }"#, "« charme » n’est pas une colonne"),
            (r#"project_departement = { champ = "a", values = { "Ici" = "20" } }"#, "un code de département"),
        ] {
            let error = parse(fields).unwrap_err();
            assert!(error.contains(expected), "{fields}\n{error}");
        }
    }

    #[test]
    fn an_unknown_fact_is_shown_at_its_line() {
        let error =
            toml::from_str::<ProcedureMapping>("invoices = { champ = \"a\" }\nthemes = { champ = \"b\" }").unwrap_err();
        assert_eq!(error.span(), Some(27..33));
        let error =
            toml::from_str::<ProcedureMapping>("invoices = { champ = \"a\" }\ntheme = { champ = 3 }").unwrap_err();
        assert_eq!(error.span().map(|span| span.start), Some(35));
    }

    #[test]
    fn a_mistake_deep_in_the_configuration_keeps_its_line() {
        #[derive(Debug, Deserialize)]
        struct Configuration {
            #[allow(dead_code, reason = "only its errors are looked at")]
            procedures: Vec<Procedure>,
        }
        #[derive(Debug, Deserialize)]
        struct Procedure {
            #[allow(dead_code, reason = "only its errors are looked at")]
            fields: ProcedureMapping,
        }
        for fields in ["[procedures.fields]\nbills = { champ = \"a\" }", "[procedures.fields.bills]\nchamp = \"a\""] {
            let text = format!("[[procedures]]\n{fields}");
            let error = toml::from_str::<Configuration>(&text).unwrap_err();
            let start = error.span().map_or(0, |span| span.start);
            assert!(text[start..].starts_with("bills"), "{error}");
        }
    }

    #[test]
    fn the_fingerprint_ignores_the_order_and_sees_every_change() {
        let one = parse("theme = { champ = \"a\" }\ninvoices = { champ = \"b\" }").unwrap();
        let same = parse("invoices = { champ = \"b\" }\n\ntheme.champ = \"a\"").unwrap();
        let other = parse("theme = { champ = \"a\" }\ninvoices = { annotation = \"b\" }").unwrap();
        assert_eq!(one.fingerprint(), same.fingerprint());
        assert_ne!(one.fingerprint(), other.fingerprint());
        assert_eq!(one.fingerprint().len(), 64);
    }
}
