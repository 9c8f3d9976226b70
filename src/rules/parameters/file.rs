//! Reading parameter files: their form, their names, their units and values. How values follow each other is `series`'s.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::civil::Date;
use serde::Deserialize;
use toml::Spanned;

use super::value::day;
use super::{Parameter, ParameterError, ParameterName, Scope};
use crate::toml_text;

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
    let path = Path::new(file);
    let source = toml_text::locate(path, text)?;
    let entries: BTreeMap<String, Vec<Spanned<Entry>>> = toml_text::read(path, text, &source)?;
    let place = |offset| format!("{file}, ligne {}", source.line_at(offset));
    let mut parameters = Vec::new();
    for (key, values) in entries {
        let Ok(name) = key.parse::<ParameterName>() else {
            let file = values.first().map_or_else(|| file.to_owned(), |first| place(first.span().start));
            let known = ParameterName::ALL.iter().map(|name| name.code()).collect::<Vec<_>>().join(", ");
            return Err(ParameterError::UnknownName { file, key, known });
        };
        for entry in values {
            let place = place(entry.span().start);
            parameters.extend(parse(&place, name, entry.into_inner())?);
        }
    }
    Ok(parameters)
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
