//! Documents hold a page of dossiers at most: what they take in memory hardly grows with how many there are.

mod common;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use common::memory::peak_of;
use common::{ADS, Stand, procedure};
use fitn_connector::domain::dossier::DossierNumber;
use fitn_connector::raw;
use fitn_connector::store::{DossierRecord, Reader, Store, StoreError};
use jiff::Timestamp;

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

/// A dossier that others are made of: its content in pieces, between which each has its own.
struct Pattern {
    pieces: Vec<String>,
    kinds: Vec<Own>,
}

/// What each dossier has for itself: alone with its SIREN and its communes, it has no neighbours.
#[derive(Clone, Copy)]
enum Own {
    Number,
    Siren,
    Commune,
}

impl Pattern {
    fn of(number: DossierNumber, content: &str) -> Self {
        let own_number = format!("\"number\":{number}");
        let (mut pieces, mut kinds, mut rest, mut piece) = (Vec::new(), Vec::new(), content, String::new());
        let is_digits =
            |text: &str, many: usize| text.len() >= many && text.bytes().take(many).all(|b| b.is_ascii_digit());
        while let Some(first) = rest.chars().next() {
            let found = [
                ("\"siret\":\"", 14, 9, Own::Siren),
                ("\"siren\":\"", 9, 9, Own::Siren),
                ("ode\":\"", 5, 0, Own::Commune),
            ]
            .into_iter()
            .find(|(before, digits, ..)| {
                rest.strip_prefix(before)
                    .is_some_and(|rest| is_digits(rest, *digits) && rest[*digits..].starts_with('"'))
            });
            let (kept, dropped, kind) = match found {
                Some((before, _, replaced, Own::Commune)) => (before.len() + 5, replaced, Own::Commune),
                Some((before, _, replaced, kind)) => (before.len(), replaced, kind),
                None if rest.starts_with(&own_number) => {
                    ("\"number\":".len(), own_number.len() - "\"number\":".len(), Own::Number)
                }
                None => {
                    piece.push(first);
                    rest = &rest[first.len_utf8()..];
                    continue;
                }
            };
            piece.push_str(&rest[..kept]);
            pieces.push(std::mem::take(&mut piece));
            kinds.push(kind);
            rest = &rest[kept + dropped..];
        }
        pieces.push(piece);
        Self { pieces, kinds }
    }

    fn with(&self, number: DossierNumber) -> String {
        let mut content = self.pieces[0].clone();
        for (kind, piece) in self.kinds.iter().zip(&self.pieces[1..]) {
            content += &match kind {
                Own::Number => number.to_string(),
                Own::Siren => format!("{:09}", number % 1_000_000_000),
                Own::Commune => format!("-{number}"),
            };
            content += piece;
        }
        content
    }
}

/// Fills a database with dossiers until there are so many.
fn fill(database: &Path, dossiers: usize) {
    let store = Store::open(database).unwrap();
    let read = |reader: &Reader<'_>| -> Result<Vec<(DossierNumber, String)>, StoreError> {
        let entries = reader.snapshot(procedure(ADS), Timestamp::MAX)?;
        entries.into_iter().map(|entry| Ok((entry.number, reader.version(entry)?))).collect()
    };
    let mut contents = store.read(read).unwrap();
    contents.sort_by_key(|(_, content)| content.len());
    // Those with the least to read are the quickest to be made, and have all that a row of the list shows.
    let patterns: Vec<Pattern> =
        contents.iter().take(8).map(|(number, content)| Pattern::of(*number, content)).collect();
    let mut next = 700_000_000_i64..;
    let mut left = dossiers - contents.len();
    while left > 0 {
        let page = left.min(PAGE);
        left -= page;
        store
            .write::<_, StoreError>(|writer| {
                for (number, pattern) in next.by_ref().zip(patterns.iter().cycle()).take(page) {
                    let content = pattern.with(number);
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

#[test]
fn a_list_five_times_as_long_takes_hardly_more_memory() {
    let stand = Stand::with_dossiers(&[ADS], 60);
    stand.run("sync").expect(0);
    let (few, many) = std::thread::scope(|scope| {
        let few = scope.spawn(|| list(&stand, 10_000));
        let many = list(&stand, 50_000);
        (few.join().unwrap(), many)
    });
    assert!(few.rows > 9_900 && many.rows == few.rows + 40_000, "{few:?} {many:?}");
    let (more_memory, more_files) = (many.peak_kib.saturating_sub(few.peak_kib), many.files_kib - few.files_kib);
    assert!(more_memory <= 2 * more_files, "{few:?} {many:?}");
    eprintln!("{few:?} {many:?}");
}
