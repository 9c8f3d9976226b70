//! A fact as a case file writes it.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Deserialize;

use crate::domain::champ::AttachedFile;
use crate::domain::fact::{CommuneRef, ExpenseLine, FactType, FactValue, NATURES, ORIGINS};
use crate::domain::money::Cents;

/// An expense line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    nature: Option<String>,
    amount: Option<toml::Value>,
    origin: Option<String>,
    date: Option<toml::value::Datetime>,
    /// DS did not give a part of it.
    #[serde(default)]
    withheld: bool,
    /// The configuration designates a column of it badly.
    #[serde(default)]
    misplaced: bool,
}

/// Reads a fact of a type; the error says in French what is expected.
pub(super) fn read(kind: FactType, written: &toml::Value) -> Result<FactValue, String> {
    let value = match kind {
        FactType::Choice(codes) => text(written).filter(|code| codes.contains(&code.as_str())).map(FactValue::Choice),
        FactType::Choices(codes) => texts(written)
            .filter(|chosen| chosen.iter().all(|code| codes.contains(&code.as_str())))
            .map(|chosen| FactValue::Choices(chosen.into_iter().collect::<BTreeSet<_>>())),
        FactType::Communes => texts(written).map(|communes| {
            let commune = |code: String| CommuneRef { text: code.clone(), code: Some(code) };
            FactValue::Communes(communes.into_iter().map(commune).collect())
        }),
        FactType::Files => written
            .as_integer()
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| *number <= 100)
            .map(|number| FactValue::Files(vec![file(); number])),
        FactType::Expenses => lines(written).map(FactValue::Expenses),
        FactType::Amount => cents(written).map(FactValue::Amount),
        FactType::Integer => written.as_integer().map(FactValue::Integer),
        FactType::Date => written.as_datetime().and_then(day).map(FactValue::Date),
        FactType::YesNo => written.as_bool().map(FactValue::YesNo),
        FactType::Departements => texts(written).map(FactValue::Departements),
        FactType::Text => text(written).map(FactValue::Text),
        FactType::Scores => written.clone().try_into::<BTreeMap<String, i64>>().ok().map(FactValue::Scores),
    };
    value.ok_or_else(|| expectation(kind))
}

/// An amount, without quotes when it is whole: digits only, never a float.
pub(super) fn cents(written: &toml::Value) -> Option<Cents> {
    match written {
        toml::Value::Integer(euros) => Cents::parse(&euros.to_string()).ok(),
        toml::Value::String(text) => Cents::parse(text).ok(),
        _ => None,
    }
}

fn text(written: &toml::Value) -> Option<String> {
    written.as_str().map(str::to_owned)
}

fn texts(written: &toml::Value) -> Option<Vec<String>> {
    written.clone().try_into().ok()
}

fn lines(written: &toml::Value) -> Option<Vec<ExpenseLine>> {
    let lines: Vec<Line> = written.clone().try_into().ok()?;
    lines.into_iter().map(line).collect()
}

fn line(line: Line) -> Option<ExpenseLine> {
    let known = |code: &Option<String>, codes: &[&str]| code.as_ref().is_none_or(|code| codes.contains(&code.as_str()));
    if !known(&line.nature, &NATURES) || !known(&line.origin, &ORIGINS) {
        return None;
    }
    let amount = match &line.amount {
        Some(written) => Some(cents(written)?),
        None => None,
    };
    let date = match &line.date {
        Some(written) => Some(day(written)?),
        None => None,
    };
    let nature_text = line.nature.clone().unwrap_or_default();
    Some(ExpenseLine {
        nature: line.nature,
        nature_text,
        amount,
        origin: line.origin,
        date,
        withheld: line.withheld,
        misplaced: line.misplaced,
        ..ExpenseLine::default()
    })
}

fn day(written: &toml::value::Datetime) -> Option<Date> {
    if written.time.is_some() || written.offset.is_some() {
        return None;
    }
    written.to_string().parse().ok()
}

fn file() -> AttachedFile {
    AttachedFile {
        filename: "piece.pdf".to_owned(),
        content_type: "application/pdf".to_owned(),
        byte_size: 1,
        checksum: String::new(),
        created_at: Timestamp::UNIX_EPOCH,
        virus_scan: "safe".to_owned(),
    }
}

fn expectation(kind: FactType) -> String {
    match kind {
        FactType::Choice(codes) => format!("écrivez l’un de ces codes : {}", codes.join(", ")),
        FactType::Choices(codes) => format!("écrivez une liste de ces codes : {}", codes.join(", ")),
        FactType::Communes => "écrivez une liste de codes INSEE : [\"77186\"]".to_owned(),
        FactType::Files => "écrivez le nombre de fichiers, de 0 à 100".to_owned(),
        FactType::Expenses => format!(
            "écrivez une liste de lignes : [{{ nature = \"services\", amount = \"1250.50\", origin = \"eu\", date = 2021-09-01 }}] ; natures : {} ; origines : {}",
            NATURES.join(", "),
            ORIGINS.join(", ")
        ),
        FactType::Amount => {
            "écrivez un montant en euros, entre guillemets s’il a des centimes : \"1250.50\"".to_owned()
        }
        FactType::Integer => "écrivez un nombre entier".to_owned(),
        FactType::Date => "écrivez une date sans guillemets : 2021-09-01".to_owned(),
        FactType::YesNo => "écrivez true ou false".to_owned(),
        FactType::Departements => "écrivez une liste de codes de départements : [\"77\"]".to_owned(),
        FactType::Text => "écrivez un texte entre guillemets droits".to_owned(),
        FactType::Scores => "écrivez une table de notes entières : { portage = 3 }".to_owned(),
    }
}
