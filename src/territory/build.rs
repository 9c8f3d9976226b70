//! Makes the tables of communes, groupements and départements that the program searches in place: text with one record a line,
//! its fields parted by tabs, in the order of the first one, and beside it where each line begins.
//!
//! They are the CSV files under `data/` (INSEE and DGCL, early 2022), joined here so that nothing has to be at run time.

#[path = "../domain/fold.rs"]
mod fold;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use flate2::read::GzDecoder;

type Built<T> = Result<T, Box<dyn Error>>;

fn main() -> Built<()> {
    println!("cargo::rerun-if-changed=src/territory/data");
    println!("cargo::rerun-if-changed=src/territory/build.rs");
    println!("cargo::rerun-if-changed=src/domain/fold.rs");
    let data = PathBuf::from(std::env::var("CARGO_MANIFEST_DIR")?).join("src/territory/data");
    let out = PathBuf::from(std::env::var("OUT_DIR")?);
    let communes =
        records(&data, "communes", ["code_insee", "nom", "departement", "region", "siren", "population_municipale"])?;
    let groupements =
        records(&data, "groupements", ["siren", "nom", "type", "population_totale", "population_municipale"])?;
    let members = records(&data, "groupements_membres", ["siren_groupement", "code_insee"])?;
    let departements = records(&data, "departements", ["code", "nom", "region"])?;

    let departement_of: BTreeMap<&str, &str> =
        communes.iter().map(|[code, _, departement, ..]| (code.as_str(), departement.as_str())).collect();
    let mut members_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut groupements_of: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for [siren, commune] in &members {
        members_of.entry(siren).or_default().push(commune);
        groupements_of.entry(commune).or_default().push(siren);
    }

    let mut table = BTreeMap::new();
    for [code, name, departement, region, siren, population] in &communes {
        if !code.starts_with(departement.as_str()) {
            return Err(format!("commune {code}: not in the order of its département {departement}").into());
        }
        let of = groupements_of.get(code.as_str()).map_or_else(String::new, |of| of.join(" "));
        put(&mut table, code, &[name, departement, region, siren, population, &of])?;
    }
    write(&out, "communes", &table)?;

    let mut table = BTreeMap::new();
    for [code, .., siren, _] in communes.iter().filter(|[.., siren, _]| !siren.is_empty()) {
        put(&mut table, siren, &[code])?;
    }
    write(&out, "communes_by_siren", &table)?;

    let mut named: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for [code, name, ..] in &communes {
        named.entry(fold::fold(name)).or_default().push(code);
    }
    let mut table = BTreeMap::new();
    for (name, codes) in &named {
        put(&mut table, name, &[&codes.join(" ")])?;
    }
    write(&out, "communes_by_name", &table)?;

    let mut table = BTreeMap::new();
    for [siren, name, kind, totale, municipale] in &groupements {
        let members = members_of.remove(siren.as_str()).unwrap_or_default();
        let lies_in: BTreeSet<&str> = members.iter().filter_map(|code| departement_of.get(code)).copied().collect();
        let lies_in = lies_in.into_iter().collect::<Vec<_>>().join(" ");
        put(&mut table, siren, &[name, kind, totale, municipale, &lies_in, &members.join(" ")])?;
    }
    if let Some(unknown) = members_of.keys().next() {
        return Err(format!("groupement {unknown}: has members, and is in no table").into());
    }
    write(&out, "groupements", &table)?;

    let mut table = BTreeMap::new();
    for [code, name, region] in &departements {
        let mut population = 0_i64;
        for [_, _, departement, _, _, of_commune] in &communes {
            if departement == code && !of_commune.is_empty() {
                population += of_commune.parse::<i64>()?;
            }
        }
        put(&mut table, code, &[name, region, &population.to_string()])?;
    }
    write(&out, "departements", &table)
}

/// The records of a table, with the named columns in the order asked for.
fn records<const N: usize>(data: &Path, table: &str, columns: [&str; N]) -> Built<Vec<[String; N]>> {
    let file = fs::File::open(data.join(format!("{table}.csv.gz")))?;
    let mut reader = csv::Reader::from_reader(GzDecoder::new(file));
    let header = reader.headers()?.clone();
    let mut positions = [0; N];
    for (position, column) in positions.iter_mut().zip(columns) {
        *position = header.iter().position(|name| name == column).ok_or_else(|| format!("{table}: no {column}"))?;
    }
    let read = reader.into_records().map(|record| Ok(record.map(|cells| positions.map(|at| cells[at].to_owned()))?));
    read.collect()
}

/// One record; a key stands once, and no field holds what parts fields and lines.
fn put(table: &mut BTreeMap<String, String>, key: &str, fields: &[&str]) -> Built<()> {
    let line = fields.join("\t");
    if key.contains(['\t', '\n']) || line.contains('\n') || line.matches('\t').count() + 1 != fields.len() {
        return Err(format!("{key}: a tab or a line feed in a field").into());
    }
    match table.insert(key.to_owned(), line) {
        None => Ok(()),
        Some(_) => Err(format!("{key}: stands twice").into()),
    }
}

#[expect(clippy::disallowed_methods, reason = "the build has a directory of its own, and nothing is kept there")]
fn write(out: &Path, name: &str, table: &BTreeMap<String, String>) -> Built<()> {
    let (mut text, mut starts) = (String::new(), Vec::new());
    for (key, line) in table {
        starts.extend(u32::try_from(text.len())?.to_le_bytes());
        writeln!(text, "{key}\t{line}")?;
    }
    fs::write(out.join(format!("{name}.txt")), text)?;
    fs::write(out.join(format!("{name}.starts")), starts)?;
    Ok(())
}
