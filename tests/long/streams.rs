//! Documents hold a page of dossiers at most: what they take in memory hardly grows with how many there are.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::common::chance::everything;
use crate::common::memory::peak_of;
use crate::common::{ADS, Stand, procedure};
use fitn_connector::domain::dossier::DossierNumber;
use fitn_connector::raw;
use fitn_connector::store::{DossierRecord, Reader, Store, StoreError};
use jiff::Timestamp;
use serde_json::Value;

/// How many dossiers are stored at once.
const PAGE: usize = 1_000;

/// What a document took, and what came of it.
#[derive(Debug)]
struct Made {
    /// The most memory of the process, in KiB.
    peak_kib: u64,
    /// Of its files, in KiB.
    files_kib: u64,
    rows: usize,
}

/// A dossier like another one, with a number and a SIREN of its own: alone with them, it has no neighbours.
fn like(pattern: &Value, number: DossierNumber) -> String {
    let mut dossier = pattern.clone();
    dossier["number"] = number.into();
    let siren = format!("{:09}", number % 1_000_000_000);
    if let Some(siret) = dossier["demandeur"]["siret"].as_str().and_then(|siret| siret.get(9..)) {
        dossier["demandeur"]["siret"] = format!("{siren}{siret}").into();
    }
    dossier.to_string()
}

/// Fills a database with dossiers until there are so many.
fn fill(database: &Path, dossiers: usize) {
    let store = Store::open(database).unwrap();
    let read = |reader: &Reader<'_>| -> Result<Vec<String>, StoreError> {
        let entries = reader.snapshot(procedure(ADS), Timestamp::MAX)?;
        entries.into_iter().map(|entry| reader.version(entry)).collect()
    };
    let contents = store.read(read).unwrap();
    // Without answers they are made quickly, and have the longest reasons of all.
    let patterns: Vec<Value> = contents
        .iter()
        .map(|content| {
            let mut pattern: Value = serde_json::from_str(content).unwrap();
            pattern["champs"] = Value::Array(Vec::new());
            pattern["annotations"] = Value::Array(Vec::new());
            pattern
        })
        .collect();
    let mut next = 700_000_000_i64..;
    let mut left = dossiers - contents.len();
    while left > 0 {
        let page = left.min(PAGE);
        left -= page;
        store
            .write::<_, StoreError>(|writer| {
                for (number, pattern) in next.by_ref().zip(patterns.iter().cycle()).take(page) {
                    let content = like(pattern, number);
                    let arrived = raw::arrived(&content).unwrap();
                    assert_eq!(arrived.dossier.number, number);
                    let record = DossierRecord {
                        procedure: procedure(ADS),
                        champs: &raw::champ_rows(&arrived.dossier),
                        dossier: &arrived.dossier,
                        raw: &content,
                        content_hash: arrived.content_hash,
                    };
                    writer.dossier_upsert(&record, arrived.dossier.updated_at)?;
                }
                Ok(())
            })
            .unwrap();
    }
}

/// The list of a month, by a process of its own, in a copy of a workplace with so many dossiers.
fn list(stand: &Stand, dossiers: usize) -> Made {
    let workplace = tempfile::tempdir().unwrap();
    for name in ["config.toml", "token", "fitn.sqlite"] {
        fs::copy(stand.path(name), workplace.path().join(name)).unwrap();
    }
    fill(&workplace.path().join("fitn.sqlite"), dossiers);
    let mut command = Command::new(env!("CARGO_BIN_EXE_fitn"));
    command.args(["--config", "config.toml", "export", "monthly", "--month", "2022-12"]).current_dir(workplace.path());
    for name in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
        command.env_remove(name);
    }
    let mut child = command.stdout(Stdio::null()).spawn().unwrap();
    let peak_kib = peak_of(&mut child);
    assert!(child.wait().unwrap().success());
    let (mut files_kib, mut rows) = (0, 0);
    for file in fs::read_dir(workplace.path().join("exports")).unwrap() {
        let path = file.unwrap().path();
        files_kib += path.metadata().unwrap().len() / 1024;
        if path.extension().is_some_and(|extension| extension == "csv") {
            rows = csv::ReaderBuilder::new().delimiter(b';').from_path(path).unwrap().records().count();
        }
    }
    Made { peak_kib, files_kib, rows }
}

/// The number of dossiers of the shorter list. Ten thousand say the same as one thousand, in minutes.
fn few() -> usize {
    if everything() { 10_000 } else { 1_000 }
}

#[test]
fn a_list_five_times_as_long_takes_hardly_more_memory() {
    let stand = Stand::with_dossiers(&[ADS], 60);
    stand.run("sync").expect(0);
    let dossiers = few();
    let (few, many) = std::thread::scope(|scope| {
        let few = scope.spawn(|| list(&stand, dossiers));
        let many = list(&stand, 5 * dossiers);
        (few.join().unwrap(), many)
    });
    assert!(few.rows > dossiers * 9 / 10 && many.rows == few.rows + 4 * dossiers, "{few:?} {many:?}");
    let (more_memory, more_files) = (many.peak_kib.saturating_sub(few.peak_kib), many.files_kib - few.files_kib);
    println!("{few:?} {many:?}");
    assert!(more_memory <= 2 * more_files, "{few:?} {many:?}");
}
