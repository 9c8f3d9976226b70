//! What somebody sees who tries the program for the first time, and the shapes that programs read.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Stand, fitn, outcome};
use fitn_connector::domain::programme::Programme;
use serde_json::Value;

/// The columns of `view_dossiers`, which the JSON documents share.
const NAMES: [&str; 21] = [
    "number",
    "procedure",
    "programme",
    "state",
    "deposited_at",
    "updated_at",
    "siret",
    "applicant",
    "code_insee",
    "departement",
    "population",
    "status",
    "eligible_expenses_cents",
    "computed_cents",
    "granted_cents",
    "engaged_cents",
    "paid_cents",
    "removed_at",
    "removed_reason",
    "excluded_at",
    "counted_cents",
];

fn keys(document: &Value) -> BTreeSet<&str> {
    document.as_object().unwrap().keys().map(String::as_str).collect()
}

/// How many dossiers each démarche has.
fn by_procedure(dossiers: &Value) -> BTreeMap<i64, usize> {
    let mut counts = BTreeMap::new();
    for dossier in dossiers.as_array().unwrap() {
        *counts.entry(dossier["procedure"].as_i64().unwrap()).or_default() += 1;
    }
    counts
}

/// Two lists in four formats, and a report in as many as the program makes.
const FILES: usize = 8 + if cfg!(feature = "pdf") { 4 } else { 3 };

#[test]
fn the_demonstration_shows_everything_and_writes_its_files() {
    let directory = tempfile::tempdir().unwrap();
    let demo = outcome(fitn(directory.path()).args(["demo", "--dir", "essai"])).expect(0);
    for piece in [
        "Démonstration sur des dossiers inventés, sans réseau\n",
        "dossiers examinés",
        "programme   dossiers éligibles",
        &format!("{FILES} fichiers dans essai :\n"),
        "Le serveur de la démonstration s’est arrêté avec elle",
        "fitn --config essai/config.toml dossiers\n",
    ] {
        assert!(demo.out.contains(piece), "{piece} : {}", demo.out);
    }
    for programme in Programme::ALL {
        assert!(demo.out.contains(&format!("\n{} ", programme.code())), "{}", demo.out);
    }
    let listed = demo.out.lines().filter_map(|line| line.strip_prefix("  exports/"));
    let listed: BTreeSet<String> = listed.map(str::to_owned).collect();
    let written = std::fs::read_dir(directory.path().join("essai/exports")).unwrap();
    let written: BTreeSet<String> = written.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!((listed.len(), &listed), (FILES, &written));

    // The sandbox is gone, what was read stays.
    let dossiers = outcome(fitn(directory.path()).args(["--config", "essai/config.toml", "dossiers", "--json"]));
    let dossiers = dossiers.expect(0).json();
    assert!(dossiers.as_array().unwrap().len() > 100);
    // Each démarche counts its dossiers once, though its newest is read twice.
    let told: Vec<String> = demo
        .out
        .split("\ndémarche ")
        .skip(1)
        .map(|told| told.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for (number, own) in by_procedure(&dossiers) {
        let told = told.iter().find(|told| told.starts_with(&number.to_string())).unwrap();
        assert!(told.contains(&format!(" : {own} dossier")), "{own} : {told}");
    }
    let note = directory.path().join("notes");
    std::fs::create_dir(&note).unwrap();
    std::fs::create_dir(note.join("à moi")).unwrap();
    let refused = outcome(fitn(directory.path()).args(["demo", "--dir", "notes"])).expect(2);
    assert!(refused.err.contains("le répertoire notes contient autre chose qu’une démonstration"), "{}", refused.err);
    assert!(note.join("à moi").is_dir());
}

#[test]
fn a_demonstration_that_is_shown_again_replaces_what_it_made_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name);
    let text = |name: &str| std::fs::read_to_string(path(name)).unwrap();
    let demo = || outcome(fitn(directory.path()).args(["demo", "--dir", "essai"]));
    demo().expect(0);
    for name in ["essai/notes.txt", "essai/exports/brouillon.csv", "ailleurs"] {
        fitn_connector::files::write_atomically(&path(name), b"garde-moi").unwrap();
    }
    // Somebody put links where the demonstration writes.
    for name in ["token", "config.toml"] {
        std::fs::rename(path(&format!("essai/{name}")), path(name)).unwrap();
    }
    std::os::unix::fs::symlink(path("ailleurs"), path("essai/token")).unwrap();
    std::fs::copy(path("config.toml"), path("essai/config.toml")).unwrap();
    demo().expect(0);
    for name in ["essai/notes.txt", "essai/exports/brouillon.csv", "ailleurs"] {
        assert_eq!(text(name), "garde-moi", "{name}");
    }
    assert!(path("essai/token").symlink_metadata().unwrap().is_file());

    let touched = |what: &str| {
        let refused = demo().expect(2);
        assert!(
            refused.err.contains("contient autre chose qu’une démonstration : rien n’a été touché"),
            "{}",
            refused.err
        );
        assert!(path("essai/fitn.sqlite").exists(), "{what}");
    };
    std::fs::rename(path("essai/exports"), path("vraies-listes")).unwrap();
    std::os::unix::fs::symlink(path("vraies-listes"), path("essai/exports")).unwrap();
    touched("its lists lead elsewhere");
    std::fs::remove_file(path("essai/exports")).unwrap();
    let config = text("essai/config.toml");
    let mut real = String::new();
    for line in config.lines() {
        let is_address = line.starts_with("url = ");
        real.push_str(if is_address { "url = \"https://demarche.numerique.gouv.fr/api/v2/graphql\"" } else { line });
        real.push('\n');
    }
    fitn_connector::files::write_atomically(&path("essai/config.toml"), real.as_bytes()).unwrap();
    touched("somebody works there for real");
}

#[test]
fn dossiers_are_shown_to_people_and_to_programs() {
    let stand = Stand::new(&[Programme::Axe3V1Ads, Programme::Axe3V1]);
    stand.run("sync").expect(0);
    let list = stand.run("dossiers --json").expect(0).json();
    let list = list.as_array().unwrap();
    let all = stand.rows("SELECT number FROM view_dossiers ORDER BY number");
    let numbers = |list: &[Value]| list.iter().map(|row| row["number"].to_string()).collect::<Vec<_>>();
    assert_eq!(numbers(list), all.into_iter().map(|row| row[0].clone().unwrap()).collect::<Vec<_>>());
    let row_names: BTreeSet<&str> = NAMES.into_iter().collect();
    assert!(list.iter().all(|row| keys(row) == row_names));
    let columns: Vec<String> = stand
        .rows("SELECT name FROM pragma_table_info('view_dossiers')")
        .into_iter()
        .map(|row| row[0].clone().unwrap())
        .collect();
    assert_eq!(columns, NAMES);

    let eligible = stand.run("dossiers --programme axe3-v1-ads --status eligible --json").expect(0).json();
    let expected =
        stand.number("SELECT count(*) FROM view_dossiers WHERE programme = 'axe3-v1-ads' AND status = 'eligible'");
    assert_eq!(i64::try_from(eligible.as_array().unwrap().len()).unwrap(), expected);
    assert!(stand.run("dossiers").expect(0).out.contains(&format!("{} dossiers", list.len())));

    for row in list.iter().filter(|row| !row["status"].is_null()) {
        assert_eq!(row["deposited_at"].as_str().map(str::len), Some("2021-09-03T10:33:00Z".len()), "{row}");
    }
    let granted = list.iter().find(|row| row["granted_cents"].as_i64() > Some(0)).unwrap();
    let number = granted["number"].as_i64().unwrap();
    let document = stand.run(&format!("dossier {number} --json")).expect(0).json();
    let more =
        ["verdicts", "credits", "missing", "amounts", "criteria", "corrections", "rows", "journal", "attachments"];
    let given = ["labels", "attestation", "attested_at", "quarantine", "unreadable"];
    assert_eq!(keys(&document), row_names.into_iter().chain(more).chain(given).collect::<BTreeSet<_>>());
    assert!(NAMES.iter().all(|name| document[name] == granted[name]));
    assert_eq!(
        keys(&document["amounts"]),
        BTreeSet::from(["eligible_expenses", "computed", "granted", "engaged", "paid"])
    );
    let cents = granted["granted_cents"].as_i64().unwrap();
    assert_eq!(document["amounts"]["granted"], format!("{}.{:02}", cents / 100, cents % 100));
    let verdicts = document["verdicts"].as_array().unwrap();
    let names = ["rule", "kind", "verdict", "explanation", "citation", "facts", "parameters", "decided_by"];
    assert!(!verdicts.is_empty() && verdicts.iter().all(|verdict| keys(verdict) == BTreeSet::from(names)));

    let shown = stand.run(&format!("dossier {number}")).expect(0);
    assert!(shown.out.starts_with(&format!("Dossier {number} — ")), "{}", shown.out);
    for verdict in verdicts {
        assert!(shown.out.contains(verdict["rule"].as_str().unwrap()), "{verdict} : {}", shown.out);
    }
}
