//! Reading the built-in tables. They are part of the binary and tested whole, so a fault in them is a fault of the build.

use std::collections::HashMap;
use std::io::Read;

use csv::StringRecord;

use super::{Commune, Departement, Groupement};

const COMMUNES: &[u8] = include_bytes!("data/communes.csv.zst");
const DEPARTEMENTS: &[u8] = include_bytes!("data/departements.csv.zst");
const GROUPEMENTS: &[u8] = include_bytes!("data/groupements.csv.zst");
const MEMBERS: &[u8] = include_bytes!("data/groupements_membres.csv.zst");

/// The records of a table, with the named columns in the order asked for.
fn records<const N: usize>(table: &[u8], columns: [&str; N]) -> Vec<[String; N]> {
    let mut text = String::new();
    let read = zstd::Decoder::new(table).and_then(|mut decoder| decoder.read_to_string(&mut text));
    debug_assert!(read.is_ok(), "a built-in table cannot be decompressed: {read:?}");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().cloned().unwrap_or_default();
    let positions = columns.map(|name| header.iter().position(|column| column == name).unwrap_or(usize::MAX));
    let cell = |record: &StringRecord, position: usize| record.get(position).unwrap_or_default().to_owned();
    reader.into_records().filter_map(Result::ok).map(|record| positions.map(|at| cell(&record, at))).collect()
}

fn optional(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

pub(super) fn communes() -> Vec<Commune> {
    records(COMMUNES, ["code_insee", "nom", "departement", "region", "siren", "population_municipale"])
        .into_iter()
        .map(|[code, name, departement, region, siren, population]| Commune {
            code,
            name,
            departement,
            region: optional(region),
            siren: optional(siren),
            population: population.parse().ok(),
        })
        .collect()
}

pub(super) fn departements() -> Vec<Departement> {
    records(DEPARTEMENTS, ["code", "nom", "region"])
        .into_iter()
        .map(|[code, name, region]| Departement { code, name, region })
        .collect()
}

pub(super) fn groupements() -> Vec<Groupement> {
    let mut members: HashMap<String, Vec<String>> = HashMap::new();
    for [siren, commune] in records(MEMBERS, ["siren_groupement", "code_insee"]) {
        members.entry(siren).or_default().push(commune);
    }
    records(GROUPEMENTS, ["siren", "nom", "type", "population_totale", "population_municipale"])
        .into_iter()
        .map(|[siren, name, kind, totale, municipale]| Groupement {
            members: members.remove(&siren).unwrap_or_default(),
            siren,
            name,
            kind,
            population_totale: totale.parse().unwrap_or_default(),
            population_municipale: municipale.parse().unwrap_or_default(),
        })
        .collect()
}
