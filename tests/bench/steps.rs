//! What each step costs on the way of a dossier from the bytes of DS to its verdicts: `cargo bench`, or `cargo bench -- rules` for some.
//!
//! Nothing here fails for being slow. `tests/bench/run` measures the commands that these steps make up.

#[path = "../common/mapped.rs"]
mod mapped;

use std::sync::LazyLock;

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use fitn_connector::config::Procedure;
use fitn_connector::domain::dossier::Dossier;
use fitn_connector::domain::neighbour::Neighbour;
use fitn_connector::domain::programme::Programme;
use fitn_connector::domain::subject::Subject;
use fitn_connector::mapping::{self, Context};
use fitn_connector::raw;
use fitn_connector::rules::{Peers, Rulebook};
use fitn_connector::store::{DossierRecord, Packing, Store, StoreError};
use jiff::Timestamp;
use serde_json::json;

/// Dossiers of a page, as many as DS gives at most.
const PAGE: i64 = 100;

static PROCEDURE: LazyLock<Procedure> = LazyLock::new(|| {
    let mut procedures = mapped::procedures().into_iter();
    procedures.find(|procedure| procedure.programme == Programme::Axe3V1Ads).unwrap()
});
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(mapped::rulebook);

fn main() {
    divan::main();
}

/// A dossier of some 11 kB, as DS sends them: a centre with its communes, lines of expenses, files, and answers to other questions.
fn text_of(number: i64) -> String {
    const COMMUNES: [&str; 8] = ["77288", "77053", "77152", "77285", "77285", "77389", "77495", "77487"];
    let file = json!({"filename": "facture.pdf", "contentType": "application/pdf", "byteSizeBigInt": "182034",
        "checksum": "q2hFcmVzIQ==", "createdAt": "2021-09-01T10:00:00+02:00", "virusScanResult": "safe"});
    let mut champs = vec![
        mapped::text("applicant_type", "centre_instructeur"),
        mapped::repetition("attached_communes", COMMUNES.map(|code| vec![mapped::text("cell", code)])),
        mapped::expenses(6),
        mapped::champ("PieceJustificativeChamp", "invoices", "", &json!({"files": vec![file; 3]})),
    ];
    champs.extend((0..20).map(|question| {
        let answer =
            format!("{} communes, {} dossiers par an, logiciel {}", number % 40, 31 * number, question * number);
        mapped::text(&format!("Question {question} : comment instruisez-vous aujourd’hui ?"), &answer)
    }));
    mapped::dossier(number, &champs, &[mapped::text("granted_amount", "8000")]).to_string()
}

fn dossier_of(number: i64) -> Dossier {
    raw::decode(&text_of(number)).unwrap()
}

fn context() -> Context<'static> {
    Context { procedure: PROCEDURE.number, programme: PROCEDURE.programme, mapping: &PROCEDURE.fields, form: None }
}

fn subjects() -> Vec<Subject> {
    (1..=PAGE).map(|number| mapping::subject(&context(), &dossier_of(number), None)).collect()
}

/// A dossier that arrives: taken apart, decoded, hashed.
#[divan::bench]
fn decode_and_hash(bencher: Bencher<'_, '_>) {
    let text = text_of(1);
    bencher.counter(BytesCount::of_str(&text)).bench(|| raw::arrived(black_box(&text)).unwrap());
}

/// The facts of a dossier that was decoded.
#[divan::bench]
fn mapping(bencher: Bencher<'_, '_>) {
    let dossier = dossier_of(1);
    bencher.bench(|| mapping::subject(&context(), black_box(&dossier), None));
}

/// All rules of a programme on one dossier among a hundred.
#[divan::bench]
fn rules(bencher: Bencher<'_, '_>) {
    let subjects = subjects();
    let mut peers = Peers::default();
    for subject in &subjects {
        peers.add(&Neighbour::of(subject, true));
    }
    bencher.bench(|| RULEBOOK.evaluate(black_box(&subjects[0]), &peers));
}

/// A content, by the dictionary that the first ones made.
#[divan::bench]
fn compression(bencher: Bencher<'_, '_>) {
    let (_directory, store) = store();
    keep_page(&store);
    let text = text_of(PAGE);
    let pack = || {
        store.write::<_, StoreError>(|writer| {
            bencher
                .counter(BytesCount::of_str(&text))
                .bench_local(|| writer.pack(Packing::Content, PAGE, black_box(&text)).unwrap());
            Ok(())
        })
    };
    pack().unwrap();
}

/// A hundred new dossiers with their champs and files, in one transaction.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn a_page_stored(bencher: Bencher<'_, '_>) {
    bencher.with_inputs(store).bench_local_values(|(directory, store)| {
        keep_page(&store);
        (directory, store)
    });
}

fn store() -> (tempfile::TempDir, Store) {
    let directory = tempfile::tempdir().unwrap();
    let store = Store::open(&directory.path().join("fitn.sqlite")).unwrap();
    let declared =
        store.write::<_, StoreError>(|writer| writer.procedure_declare(PROCEDURE.number, PROCEDURE.programme));
    declared.unwrap();
    (directory, store)
}

static PAGE_OF_DOSSIERS: LazyLock<Vec<(String, Dossier)>> =
    LazyLock::new(|| (1..=PAGE).map(|number| (text_of(number), dossier_of(number))).collect());

fn keep_page(store: &Store) {
    let keep = store.write::<_, StoreError>(|writer| {
        for (text, dossier) in PAGE_OF_DOSSIERS.iter() {
            let (champs, content_hash) = (raw::champ_rows(dossier), raw::content_hash(text).unwrap());
            let record =
                DossierRecord { procedure: PROCEDURE.number, dossier, champs: &champs, raw: text, content_hash };
            writer.dossier_upsert(&record, Timestamp::UNIX_EPOCH)?;
        }
        Ok(())
    });
    keep.unwrap();
}
