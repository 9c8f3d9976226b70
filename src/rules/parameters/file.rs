//! Reading parameter files: their form, their names, their units and values. How values follow each other is `series`'s.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::value::day;
use super::{Parameter, ParameterError, ParameterName, Scope};

/// A value as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    value: toml::Value,
    unit: String,
    valid_from: Option<toml::value::Datetime>,
    valid_to: Option<toml::value::Datetime>,
    /// The départements it is for, one value each; none written: all.
    departements: Option<Vec<String>>,
    #[serde(default = "setting")]
    citation: String,
}

fn setting() -> String {
    "réglage".to_owned()
}

/// All values of all files, in the order written.
pub(super) fn read_all(files: &[(&str, &str)]) -> Result<Vec<Parameter>, ParameterError> {
    let mut parameters = Vec::new();
    for (file, text) in files {
        parameters.extend(read(file, text)?);
    }
    Ok(parameters)
}

fn read(file: &str, text: &str) -> Result<Vec<Parameter>, ParameterError> {
    let entries: BTreeMap<String, Vec<Spanned<Entry>>> = toml::from_str(text).map_err(|error| {
        let place = error.span().map_or_else(|| file.to_owned(), |span| place(file, text, span.start));
        ParameterError::Syntax { file: place, detail: french(error.message()) }
    })?;
    let mut parameters = Vec::new();
    for (key, values) in entries {
        let Ok(name) = key.parse::<ParameterName>() else {
            let file = values.first().map_or_else(|| file.to_owned(), |first| place(file, text, first.span().start));
            let known = ParameterName::ALL.iter().map(|name| name.code()).collect::<Vec<_>>().join(", ");
            return Err(ParameterError::UnknownName { file, key, known });
        };
        for entry in values {
            let place = place(file, text, entry.span().start);
            parameters.extend(parse(&place, name, entry.into_inner())?);
        }
    }
    Ok(parameters)
}

/// The file with the line, from 1, of a place in its text.
fn place(file: &str, text: &str, offset: usize) -> String {
    let line = text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
    format!("{file}, ligne {line}")
}

/// What the TOML reader says, in French, with what to write.
fn french(said: &str) -> String {
    let named = said.split('`').nth(1).unwrap_or_default();
    if said.starts_with("unknown field") {
        let known = "value, unit, valid_from, valid_to, departements, citation";
        return format!("la clé « {named} » n’existe pas ; choisissez parmi : {known}");
    }
    if said.starts_with("missing field") {
        return format!("la clé « {named} » manque ; ajoutez-la sous cette table");
    }
    if said.contains("duplicate key") {
        return "cette clé est déjà écrite plus haut ; gardez-en une seule".to_owned();
    }
    if said.starts_with("invalid type") {
        return "cette valeur n’a pas la forme attendue ; écrivez [[nom_du_paramètre]], puis dessous « value = … », « unit = \"…\" », et les jours de validité sans guillemets".to_owned();
    }
    "la ligne n’est pas du TOML ; écrivez clé = valeur : les textes entre guillemets droits, les nombres et les dates sans guillemets".to_owned()
}

fn parse(file: &str, name: ParameterName, entry: Entry) -> Result<Vec<Parameter>, ParameterError> {
    let (file, key) = (file.to_owned(), name.code().to_owned());
    let unit = name.unit();
    if entry.unit != unit.code() {
        return Err(ParameterError::Unit { file, key, found: entry.unit, expected: unit.code() });
    }
    let value = match unit.parse(&entry.value) {
        Ok(value) => value,
        Err(expected) => return Err(ParameterError::Value { file, key, found: entry.value.to_string(), expected }),
    };
    let (Ok(valid_from), Ok(valid_to)) = (bound(entry.valid_from), bound(entry.valid_to)) else {
        let detail = "écrivez un jour sans heure, comme 2021-09-01".to_owned();
        return Err(ParameterError::Period { file, key, detail });
    };
    if valid_from.zip(valid_to).is_some_and(|(from, to)| from > to) {
        let detail = "« valid_to » est avant « valid_from »".to_owned();
        return Err(ParameterError::Period { file, key, detail });
    }
    if entry.departements.is_some() && name.scope() == Scope::Everywhere {
        return Err(ParameterError::Scope { file, key });
    }
    let scopes = entry.departements.map_or_else(|| vec![None], |codes| codes.into_iter().map(Some).collect());
    let citation = entry.citation;
    Ok(scopes
        .into_iter()
        .map(|departement| Parameter {
            name,
            departement,
            value: value.clone(),
            valid_from,
            valid_to,
            citation: citation.clone(),
            source: file.clone(),
        })
        .collect())
}

/// `Err` for something that is no day.
fn bound(written: Option<toml::value::Datetime>) -> Result<Option<Date>, ()> {
    written.map(|datetime| day(&datetime).ok_or(())).transpose()
}
