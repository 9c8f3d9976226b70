//! The TOML reader's messages in French.

use std::path::Path;

use super::source::{Lines, Source};
use super::{Mistake, UNKNOWN_KEY};

/// What the reader expects where it expects nothing else.
const INTEGER: &str = "un nombre entier";

/// A text that is not TOML.
pub(super) fn syntax(file: &Path, text: &str, error: &toml::de::Error) -> Mistake {
    let (message, mend) = match error.message() {
        said if said.contains("duplicate key") => {
            ("cette clé ou cette table est déjà écrite plus haut", "gardez-en une seule")
        }
        said if said.contains("must be quoted") => (
            "la valeur manque, ou c’est un texte sans guillemets droits",
            "écrivez clé = \"texte\" ; les nombres et les dates vont sans guillemets",
        ),
        said if said.contains("escape") => (
            "un texte contient une barre oblique inverse « \\ », qui a un autre sens ici",
            "écrivez le texte entre apostrophes droites, '…', ou doublez la barre ; dans l’adresse d’un mandataire, écrivez %5C",
        ),
        said if said.contains("string") || said.contains("opening quote") => (
            "un texte est mal écrit : guillemet manquant ou caractère interdit",
            "entourez les textes de guillemets droits : clé = \"texte\"",
        ),
        said if said.contains("unquoted key") => {
            ("le nom d’une clé contient un caractère interdit", "entourez-le de guillemets droits : \"clé\" = valeur")
        }
        said if said.contains("key with no value") => {
            ("une clé n’a pas de valeur", "écrivez clé = valeur, une par ligne")
        }
        said if said.contains("table") => {
            ("une table est mal écrite", "écrivez [table], [[liste de tables]] ou { clé = valeur, autre = valeur }")
        }
        said if said.contains("array") => {
            ("une liste est mal écrite", "écrivez [\"un\", \"deux\"], avec une virgule entre les éléments")
        }
        said if said.contains("date") || said.contains("time") => {
            ("une date est mal écrite", "écrivez année-mois-jour, sans guillemets : 2027-03-01")
        }
        _ => (
            "la ligne n’est pas du TOML",
            "écrivez clé = valeur : les textes entre guillemets droits, les nombres et les dates sans guillemets",
        ),
    };
    Mistake {
        file: file.to_owned(),
        line: error.span().map(|span| Lines::of(text).at(span.start)),
        key: None,
        message: message.to_owned(),
        mend: mend.to_owned(),
    }
}

/// TOML that does not say what is expected.
pub(super) fn value(file: &Path, source: &Source, error: &toml::de::Error) -> Mistake {
    let place = error.span().map(|span| span.start);
    let (key, kind) = place.and_then(|offset| source.key_at(offset)).unzip();
    let (message, mend) = explain(error.message(), kind.unwrap_or_default());
    let key = match (key, missing_field(error.message())) {
        (Some(key), Some(field)) => Some(format!("{key}.{field}")),
        (None, Some(field)) => Some(field.to_owned()),
        (key, None) => key,
    };
    let line = place.map(|offset| source.line_at(offset));
    Mistake { file: file.to_owned(), line, key, message, mend }
}

fn missing_field(said: &str) -> Option<&str> {
    said.strip_prefix("missing field `")?.strip_suffix('`')
}

/// What is wrong and what to write, from what the reader said and the kind of the value found.
fn explain(said: &str, kind: &str) -> (String, String) {
    if let Some(rest) = said.strip_prefix("unknown field `") {
        let (_, expected) = rest.split_once('`').unwrap_or((rest, ""));
        return unknown_field(expected);
    }
    if missing_field(said).is_some() {
        return ("cette clé manque".to_owned(), "ajoutez-la dans cette table".to_owned());
    }
    if said.starts_with("invalid type: ") {
        let expected = said.rsplit_once("expected ").map_or("", |(_, expected)| expected);
        let (wanted, mend) = wanted(expected);
        if wanted == INTEGER && kind == "integer" {
            return ("ce nombre est trop grand".to_owned(), "écrivez un nombre raisonnable".to_owned());
        }
        return (format!("il faut {wanted} ici, pas {}", found(kind)), mend.to_owned());
    }
    // The checks of the caller say what is wrong on a first line and what to write on a second.
    let (message, mend) = said.split_once('\n').unwrap_or((said, "corrigez cette valeur"));
    (message.to_owned(), mend.to_owned())
}

fn unknown_field(expected: &str) -> (String, String) {
    let known: Vec<&str> = expected.split('`').skip(1).step_by(2).collect();
    let mend = if known.is_empty() {
        "retirez-la".to_owned()
    } else {
        format!("retirez-la ou choisissez parmi : {}", known.join(", "))
    };
    (UNKNOWN_KEY.to_owned(), mend)
}

fn wanted(expected: &str) -> (&'static str, &'static str) {
    match expected {
        said if said.contains("datetime") => ("une date", "écrivez-la sans guillemets : 2027-03-01"),
        said if said.contains("string") => ("un texte", "entourez la valeur de guillemets droits : \"…\""),
        said if said.contains("sequence") => {
            ("une liste", "écrivez [\"…\", \"…\"], ou [[…]] avec doubles crochets pour une liste de tables")
        }
        said if said.contains("struct") || said.contains("map") => ("une table", "écrivez [table] puis ses clés"),
        said if said.contains("bool") => ("une réponse par oui ou non", "écrivez true ou false"),
        _ => (INTEGER, "écrivez un nombre entier sans guillemets"),
    }
}

fn found(kind: &str) -> &'static str {
    match kind {
        "string" => "un texte",
        "integer" => "un nombre entier",
        "float" => "un nombre à virgule",
        "boolean" => "true ou false",
        "datetime" => "une date",
        "array" => "une liste",
        "table" => "une table",
        _ => "autre chose",
    }
}
