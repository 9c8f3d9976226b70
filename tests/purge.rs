//! What DS erased is erased here after its delay, wholly, and what may be kept still makes the sums of the past.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use common::lists::{Row, read_csv, row_of};
use common::mirror::assert_whole_store_equals_world;
use common::office::Office;
use common::{ADS, Stand, fitn, later, outcome};
use fitn_connector::desk::{DeskError, Exported, Signed};
use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::sandbox::world::{Applicant, Value};

/// Words found nowhere else.
const MARKER: &str = "Zébuline-Quatrevingt";

/// The dossiers erased here.
fn erased(stand: &Stand) -> Vec<String> {
    let rows = stand.rows("SELECT dossier FROM view_erasures ORDER BY dossier");
    rows.into_iter().map(|row| row[0].clone().unwrap()).collect()
}

/// In which files of the database the marker can be read.
fn seen_in(stand: &Stand) -> Vec<&'static str> {
    let files = ["fitn.sqlite", "fitn.sqlite-wal", "fitn.sqlite-shm"];
    let holds = |name: &&&str| {
        let bytes = std::fs::read(stand.path(name)).unwrap_or_default();
        bytes.windows(MARKER.len()).any(|window| window == MARKER.as_bytes())
    };
    files.iter().filter(holds).copied().collect()
}

/// A granted dossier that names somebody wherever it can, read and judged, with what agents did.
fn marked(stand: &Stand) -> i64 {
    let number = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[0];
    stand.change(|w| w.rename_applicant(number, MARKER));
    let label = stand.label(ADS, "feedback");
    stand.change(|w| w.answer(number, &label, Some(Value::Text(MARKER.to_owned())), later(0)));
    stand.run("sync").expect(0);
    let decided = format!("decide {number} --rule ADS-01 --verdict to_review --reason {MARKER} --by {MARKER}");
    stand.run(&decided).expect(0);
    for (kind, state) in [("changes", "envoye"), ("alerts", "retenu"), ("monthly-list", "envoye")] {
        let text = if kind == "monthly-list" { "sans nom".to_owned() } else { format!("{MARKER}, dossier {number}.") };
        stand.execute(&format!(
            "INSERT INTO outbox (address, via, kind, departement, period, revision, rehearsal, state, reasons, message_id, subject,
                 created_at, attempts, handing_over, unanswered, released, size, letter, mime)
             VALUES ('a@b.fr', 'smtp', '{kind}', '', 'p', 0, 0, '{state}', '[]', '{kind}', '{text}', '2021-09-01T00:00:00Z', 0, 0, 0, 0, 1,
                 json_object('text', '{text}'), CAST('{text}' AS BLOB))"
        ));
    }
    stand.execute(&format!(
        "INSERT INTO told VALUES ('', 'c', '{MARKER}, dossier {number}', '2021-09-01T00:00:00Z', '2021-09-01T00:00:00Z', 0, 1)"
    ));
    number
}

#[test]
fn nothing_that_names_a_person_stays_in_the_file() {
    let stand = Stand::new(&[ADS]);
    let number = marked(&stand);
    let other = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[1];
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync").expect(0);
    assert!(!seen_in(&stand).is_empty(), "the marker is in what was stored");
    assert_eq!(erased(&stand), [] as [String; 0], "an increment erases nothing");

    let trial = stand.run("purge --dry-run --json").expect(0).json();
    assert_eq!(trial["dossiers"].as_array().unwrap().len(), 1, "{trial}");
    assert_eq!((trial["dossiers"][0]["number"].as_i64(), trial["dry_run"].as_bool()), (Some(number), Some(true)));
    assert!(!seen_in(&stand).is_empty());

    let done = stand.run("purge").expect(0);
    assert!(done.out.starts_with("1 dossier effacé\n"), "{}", done.out);
    assert_eq!(seen_in(&stand), [] as [&str; 0]);
    assert_eq!(stand.run("purge --dry-run --json").expect(0).json()["left_in_file"], false);
    assert_eq!(erased(&stand), [number.to_string()]);
    let messages = stand.rows("SELECT kind, state, subject FROM outbox ORDER BY kind");
    let messages: Vec<Vec<&str>> =
        messages.iter().map(|row| row.iter().map(|cell| cell.as_deref().unwrap()).collect()).collect();
    let (words, document) = ("[FITN] (effacé)", "sans nom");
    let expected = [["alerts", "annule", words], ["changes", "envoye", words], ["monthly-list", "envoye", document]];
    assert_eq!(messages, expected, "what went stays known");
    assert_eq!(stand.number("SELECT count(*) FROM told"), 0);
    for table in ["view_champs", "view_attachments", "view_quarantine"] {
        assert_eq!(stand.number(&format!("SELECT count(*) FROM {table} WHERE dossier = {number}")), 0, "{table}");
    }
    let line = stand.rows(&format!(
        "SELECT state, removed_reason, siret, applicant, code_insee, granted_cents IS NULL, departement IS NULL
         FROM view_dossiers WHERE number = {number}"
    ));
    let kept = ["accepte", "deleted"].map(|text| Some(text.to_owned()));
    assert_eq!(line[0][..2], kept);
    assert_eq!(line[0][3], None, "nobody is named");
    assert!(line[0][2].is_some() && line[0][4].is_some(), "a grant keeps the SIRET and the commune of a public body");
    assert_eq!(line[0][5..], ["0", "0"].map(|text| Some(text.to_owned())), "amounts and département are kept");

    let shown = stand.run(&format!("dossier {number}")).expect(0);
    assert!(shown.out.starts_with(&format!("Dossier {number} — effacé\n")), "{}", shown.out);
    stand.run(&format!("correct {number} --fact granted_amount --value 1 --reason x --by y")).expect(2);
    assert_eq!(stand.run("purge").expect(0).out, "Aucun dossier à effacer.\n");
    assert_eq!(stand.run("evaluate --json").expect(0).json()["changed"], 0);
    // Nor is it judged by other parameters: what it was judged from is gone.
    stand.write("essai.toml", "[[ads_base]]\nvalue = 3000\nunit = \"EUR\"\ncitation = \"réglage\"\n", 0o644);
    let would = stand.run("evaluate --diff --parameters essai.toml --json").expect(0).json();
    let would = would["dossiers"].as_array().unwrap();
    assert!(!would.is_empty() && would.iter().all(|one| one["number"] != number), "{would:?}");
    stand.run(&format!("dossier {other}")).expect(0);
    stand.run("sync --full").expect(0);
    assert_whole_store_equals_world(&stand);
    assert_eq!(erased(&stand), [number.to_string()], "and it stays so");
}

/// Whether a word can be read in any file of the stand but the documents kept for ever and the configuration.
fn found_in(stand: &Stand, words: &[Vec<u8>]) -> Vec<String> {
    let mut found = Vec::new();
    let mut directories = vec![stand.path("")];
    while let Some(directory) = directories.pop() {
        for entry in std::fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && path != stand.path("exports") {
                directories.push(path);
            } else if path.is_file() && path.extension().is_none_or(|extension| extension != "toml") {
                let bytes = std::fs::read(&path).unwrap();
                let holds = |word: &&Vec<u8>| bytes.windows(word.len()).any(|window| window == word.as_slice());
                let holding = words.iter().filter(holds).count();
                found.extend((holding > 0).then(|| format!("{} : {holding}", path.display())));
            }
        }
    }
    found
}

/// What a tool that does not wipe what it replaces left in the file goes, too; and every content as it was compressed.
#[test]
fn no_byte_of_what_is_erased_stays_in_any_file() {
    let stand = Stand::new(&[ADS]);
    let number = marked(&stand);
    let contents: Vec<Vec<u8>> = {
        #[allow(clippy::disallowed_methods, reason = "looks at what is stored, and rewrites it, from outside")]
        let connection = rusqlite::Connection::open(stand.path("fitn.sqlite")).unwrap();
        connection.pragma_update(None, "secure_delete", false).unwrap();
        for rewritten in [
            "UPDATE champs SET value = hex(value) || hex(value) WHERE id >= ?1 << 20 AND id < (?1 + 1) << 20",
            "UPDATE subjects SET applicant = hex(applicant) || hex(subject) WHERE dossier = ?1",
            "UPDATE sentences SET text = hex(text) || hex(text)
             WHERE id IN (SELECT explanation FROM verdicts WHERE id >= ?1 << 20 AND id < (?1 + 1) << 20)",
        ] {
            assert!(connection.execute(rewritten, [number]).unwrap() > 0, "{rewritten}");
        }
        let mut statement = connection.prepare("SELECT raw FROM dossier_versions WHERE dossier = ?1").unwrap();
        let frames = statement.query_map([number], |row| row.get::<_, Vec<u8>>(0)).unwrap();
        frames.map(|frame| frame.unwrap()).collect()
    };
    assert!(!contents.is_empty());
    // From the middle of each frame: what begins one may begin another.
    let words: Vec<Vec<u8>> = contents.iter().map(|frame| frame[frame.len() / 2..][..40].to_vec()).collect();
    let words: Vec<Vec<u8>> = words.into_iter().chain([MARKER.as_bytes().to_vec()]).collect();
    assert!(!found_in(&stand, &words).is_empty());
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync").expect(0);
    assert!(!found_in(&stand, &words).is_empty(), "it is not erased yet");
    stand.run("purge").expect(0);
    assert_eq!(erased(&stand), [number.to_string()]);
    assert_eq!(found_in(&stand, &words), [] as [String; 0]);
}

#[test]
fn the_delay_counts_from_the_removal_and_the_bin_is_left_alone() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2023-02-01T08:00:00Z").sync_first(&stand);
    let [deleted, binned, expired] = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[..3] else {
        panic!("three granted dossiers")
    };
    stand.change(|w| w.delete(deleted, later(1)));
    stand.change(|w| w.hide_by_administration(binned, later(1), "instructeur_request"));
    stand.change(|w| w.expire(expired, later(1)));
    let full = |now: &str| {
        let before = erased(&stand).len();
        let summary = office.at(now).try_sync(&stand, true).unwrap();
        assert!(summary.error().is_none());
        erased(&stand).len().saturating_sub(before)
    };
    assert_eq!(full("2023-02-02T08:00:00Z"), 0);
    let gone = stand.number("SELECT count(*) FROM view_dossiers WHERE removed_reason IN ('deleted', 'absent')");
    full("2023-03-04T07:00:00Z");
    assert_eq!(erased(&stand).len(), 0, "nothing before the thirtieth day");
    assert!(full("2023-03-04T08:00:01Z") >= 2);
    let all = erased(&stand);
    assert!(all.contains(&deleted.to_string()) && all.contains(&expired.to_string()), "{all:?}");
    assert!(!all.contains(&binned.to_string()), "DS can still restore it");
    assert!(i64::try_from(all.len()).unwrap() <= gone);
    assert_whole_store_equals_world(&stand);

    // A dossier that was only hidden comes back whole.
    stand.change(|w| w.restore(expired, later(10)));
    full("2023-03-05T08:00:00Z");
    assert!(!erased(&stand).contains(&expired.to_string()));
    assert_whole_store_equals_world(&stand);
    let again = office.desk.evaluator.refresh("2023-03-05T09:00:00Z".parse().unwrap(), true).unwrap();
    assert_eq!(again.changed, 0);
}

#[test]
fn the_delay_is_that_of_the_configuration_and_told_in_days() {
    let stand = Stand::new(&[ADS]);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 40\n", stand.config()));
    let office = Office::open(&stand, "2023-02-01T08:00:00Z").sync_first(&stand);
    let number = stand.dossiers(ADS, |_| true)[0];
    stand.change(|w| w.delete(number, later(1)));
    office.sync(&stand);
    let told = stand.run("purge --dry-run").expect(0).out;
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("délai de 40 jours, jusqu’au 13/03/2023 à 09:00 au plus tôt"), "{told}");
}

#[test]
fn a_list_of_the_past_keeps_its_sums_and_says_what_was_erased() {
    let stand = Stand::new(&[ADS]);
    let number = marked(&stand);
    let amounts = |directory: &str, file: &str| {
        let rows = read_csv(&stand.path(directory).join(file));
        let row = row_of(&rows, number).unwrap().clone();
        let columns = ["departement", "etat", "montant_calcule", "montant_accorde", "montant_engage", "montant_paye"];
        let column = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
        (columns.map(column), row)
    };
    stand.run("export monthly --month 2022-12").expect(0);
    let (before, row) = amounts("exports", "liste-demat-ads-2022-12.csv");
    assert_eq!(row["beneficiaire"], MARKER);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync --full").expect(0);
    assert!(erased(&stand).contains(&number.to_string()));

    stand.run("export monthly --month 2022-12 --revise --out revised").expect(0);
    let (after, row) = amounts("revised", "liste-demat-ads-2022-12-rev1.csv");
    assert_eq!(after, before);
    assert_eq!(row["beneficiaire"], "effacé");
    assert!(!row.values().any(|cell| cell.contains(MARKER)), "{row:?}");
    stand.run("export monthly --month 2022-12 --out again").expect(0);
    stand.run("export quarterly --quarter 2022-Q4").expect(0);
}

#[test]
fn only_known_words_can_be_kept() {
    let stand = Stand::new(&[ADS]);
    stand.configure(&format!("{}\n[purge]\nkeep = [\"project_summary\"]\n", stand.config()));
    let refused = stand.run("purge --dry-run").expect(2);
    assert!(refused.err.contains("« project_summary »") && refused.err.contains("departement"), "{}", refused.err);
    let text = stand.config().replace("project_summary", "siret");
    stand.configure(&text);
    stand.run("sync").expect(0);
    stand.run("purge --dry-run").expect(0);
}

/// A granted dossier of a company with an amount, filed before September, and its SIRET.
fn granted(stand: &Stand) -> (i64, String) {
    let filed = "2021-09-01T00:00:00Z".parse().unwrap();
    let number = stand.dossiers(ADS, |dossier| {
        dossier.state == DossierState::Accepte
            && dossier.deposited_at < filed
            && matches!(dossier.applicant, Some(Applicant::Company(_)))
    })[0];
    let siret = match &stand.world().dossier(number).unwrap().applicant {
        Some(Applicant::Company(company)) => company.siret.clone(),
        other => panic!("{other:?}"),
    };
    (number, siret)
}

fn grant(stand: &Stand, number: i64, cents: i64, minutes: i64) {
    let label = stand.label(ADS, "granted_amount");
    stand.change(|w| w.answer(number, &label, Some(Value::Decimal(Cents::from(cents))), later(minutes)));
}

fn list(office: &Office, month: &str, revise: bool) -> Result<Exported, DeskError> {
    office.desk.monthly_list(month.parse().unwrap(), revise, None)
}

fn rows(exported: &Exported) -> Vec<Row> {
    read_csv(&exported.files.iter().find(|(path, _)| path.extension().is_some_and(|e| e == "csv")).unwrap().0)
}

#[test]
fn lists_and_reports_of_the_past_stay_true_in_what_is_kept() {
    let stand = Stand::new(&[ADS]);
    let (number, siret) = granted(&stand);
    let name = stand.world().dossier(number).unwrap().applicant.clone();
    let Some(Applicant::Company(company)) = name else { panic!("{name:?}") };
    let office = Office::open(&stand, "2021-09-30T20:00:00Z");
    grant(&stand, number, 100_001, 0);
    office.sync(&stand);
    grant(&stand, number, 200_002, 1);
    office.at("2021-10-05T08:00:00Z").sync(&stand);
    office.at("2021-11-01T08:00:00Z").sync(&stand);
    let kept = list(&office, "2021-09", false).unwrap();
    let september = row_of(&rows(&kept), number).unwrap().clone();
    let october = row_of(&rows(&list(&office, "2021-10", false).unwrap()), number).unwrap().clone();
    assert_eq!((september["siret"].as_str(), september["montant_accorde"].as_str()), (siret.as_str(), "1000,01"));
    let quarter = || {
        office.desk.quarterly_report("2021-Q3".parse().unwrap(), false, None).unwrap();
        office.desk.evaluator.as_of("2021-09-30T21:59:59Z".parse().unwrap(), &[ADS]).unwrap().0
    };
    let granted_then = |dossiers: Vec<fitn_connector::domain::subject::Judged>| {
        let amount = |judged: &fitn_connector::domain::subject::Judged| {
            judged.subject.facts.amount(fitn_connector::domain::fact::FactName::GrantedAmount)
        };
        dossiers.iter().filter_map(amount).sum::<Cents>()
    };
    let sum = granted_then(quarter());

    stand.change(|w| w.delete(number, later(10)));
    office.sync(&stand);
    office.at("2021-12-05T08:00:00Z").try_sync(&stand, true).unwrap();
    assert_eq!(erased(&stand), [number.to_string()]);
    assert_eq!(granted_then(quarter()), sum);
    for (month, before, granted) in [("2021-09", &september, "1000,01"), ("2021-10", &october, "2000,02")] {
        let revised = list(&office, month, true).unwrap();
        let row = row_of(&rows(&revised), number).unwrap().clone();
        // A public body stays known by its number, so that controls across dossiers stay true.
        assert_eq!(
            (row["montant_accorde"].as_str(), row["beneficiaire"].as_str(), row["siret"].as_str()),
            (granted, "effacé", siret.as_str())
        );
        for column in [
            "departement",
            "etat",
            "date_depot",
            "depenses_eligibles",
            "montant_calcule",
            "montant_engage",
            "avis_regles",
        ] {
            assert_eq!(row[column], before[column], "{month} {column}");
        }
        assert!(row["remarques"].contains("effacé"), "{row:?}");
        for (path, _) in &revised.files {
            let bytes = std::fs::read(path).unwrap();
            let name = company.name.as_bytes();
            assert!(!bytes.windows(name.len()).any(|window| window == name), "{}", path.display());
        }
    }
    // The list in which it is removed says no more of it, but still counts it; those that were sent stay as they were.
    let november = rows(&list(&office, "2021-11", false).unwrap());
    let row = row_of(&november, number).unwrap();
    assert_eq!(
        (row["evolution"].as_str(), row["beneficiaire"].as_str(), row["siret"].as_str()),
        ("modifie", "effacé", siret.as_str())
    );
    assert_eq!(row_of(&rows(&kept), number).unwrap(), &september);
}

#[test]
fn a_purge_that_was_killed_before_its_last_step_is_ended_by_the_next() {
    let stand = Stand::new(&[ADS]);
    let number = marked(&stand);
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync").expect(0);
    // A purge that was killed after the erasure and before the rewriting.
    let office = Office::open(&stand, "2030-01-01T00:00:00Z");
    let store = &office.desk.store;
    store.write::<_, fitn_connector::store::StoreError>(|writer| writer.dossier_erase(number, &[], later(2))).unwrap();
    let again = office.desk.purge(true).unwrap();
    assert!(again.left_in_file.is_some() && again.due.is_empty());
    drop(office);
    let done = stand.run("purge --json").expect(0).json();
    assert_eq!(done["left_in_file"], false);
    assert_eq!(seen_in(&stand), [] as [&str; 0]);
    let gone = stand.run(&format!("dossier {number}")).expect(0);
    assert!(gone.out.contains("— effacé\n") && gone.out.contains("Rien d’autre n’en est connu ici."), "{}", gone.out);
}

#[test]
fn a_dossier_that_was_set_aside_stays_so_without_saying_by_whom() {
    let stand = Stand::new(&[ADS]);
    let number = marked(&stand);
    stand.run(&format!("exclude {number} --reason {MARKER} --by {MARKER}")).expect(0);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync --full").expect(0);
    assert_eq!(seen_in(&stand), [] as [&str; 0]);
    let journal = stand.rows("SELECT dossier, person, reason, kind FROM view_journal");
    assert_eq!(journal, [[&number.to_string(), "effacé", "effacé", "exclude"].map(|text| Some(text.to_owned()))]);
    stand.run("export monthly --month 2021-10").expect(0);
    let list = read_csv(&stand.path("exports").join("liste-demat-ads-2021-10.csv"));
    assert!(row_of(&list, number).is_none());
}

#[test]
fn a_grant_does_not_end_with_its_file() {
    let stand = Stand::new(&[ADS]);
    let granted = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[0];
    let (asked, pending) = {
        let mut world = stand.world_mut();
        (world.add_copy(granted, later(0)).unwrap(), world.add_copy(granted, later(0)).unwrap())
    };
    let office = Office::open(&stand, "2023-02-01T08:00:00Z").sync_first(&stand);
    let named = || -> Vec<bool> {
        let sql = format!("SELECT explanation FROM view_verdicts WHERE dossier = {asked} AND rule = 'ADS-09'");
        let told = stand.one(&sql).unwrap();
        [granted, pending].iter().map(|number| told.contains(&number.to_string())).collect()
    };
    assert_eq!(named(), [true, true], "a duplicate names both");

    stand.change(|w| w.delete(granted, later(1)));
    stand.change(|w| w.delete(pending, later(1)));
    office.at("2023-02-02T08:00:00Z").sync(&stand);
    assert_eq!(named(), [true, false], "what was not granted went with its file");
    let page = |number: i64| {
        let shown = stand.run(&format!("dossier {number}")).expect(0).out;
        shown.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(page(granted).contains("RETIRÉ : supprimé de DS"), "{}", page(granted));
    assert!(page(granted).contains("accepté, il compte toujours"), "{}", page(granted));
    assert!(page(pending).contains("il ne compte plus dans aucune somme"), "{}", page(pending));

    office.at("2023-04-01T08:00:00Z").try_sync(&stand, true).unwrap();
    assert!(erased(&stand).contains(&granted.to_string()));
    assert_eq!(named(), [true, false], "nor with what is erased of it");
    let kept = format!(
        "SELECT removed_at IS NOT NULL AND granted_cents IS NOT NULL FROM view_dossiers WHERE number = {granted}"
    );
    assert_eq!(stand.number(&kept), 1);

    let signed = Signed { by: "Camille Dupont", reason: "annulée" };
    office.desk.exclude(granted, true, signed).unwrap();
    assert_eq!(named(), [false, false], "until somebody sets it aside");
}

/// A database of a version that could not shrink its file in steps.
fn made_by_an_older_version(stand: &Stand) {
    #[allow(clippy::disallowed_methods, reason = "makes the file what an older version made it")]
    let connection = rusqlite::Connection::open(stand.path("fitn.sqlite")).unwrap();
    connection.pragma_update(None, "auto_vacuum", "NONE").unwrap();
    connection.execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
}

#[test]
fn a_database_of_an_older_version_is_rewritten_once_there_is_room() {
    let stand = Stand::new(&[ADS]);
    let number = marked(&stand);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync").expect(0);
    made_by_an_older_version(&stand);
    let size = std::fs::metadata(stand.path("fitn.sqlite")).unwrap().len();
    // No file may grow to half of that: nor can the one that the rewriting needs. Blocks of 512 bytes.
    let line = format!("trap '' XFSZ; ulimit -f {}; exec \"$0\" --config config.toml purge", size / 1024);
    let mut command = std::process::Command::new("sh");
    command.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
    let output = command.env_remove("FITN_API_TOKEN").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.starts_with("1 dossier effacé ") && told.contains("le disque n’en a pas la place"), "{told}");
    assert_eq!(stand.number("PRAGMA auto_vacuum"), 0);
    assert_eq!(stand.run("purge --dry-run --json").expect(0).json()["left_in_file"], true);

    stand.run("purge").expect(0);
    assert_eq!(stand.number("PRAGMA auto_vacuum"), 2);
    assert_eq!(seen_in(&stand), [] as [&str; 0]);
    assert_eq!(stand.run("purge --dry-run --json").expect(0).json()["left_in_file"], false);
    assert_whole_store_equals_world(&stand);
}

/// An act waits for no erasure: it may come at any moment of one.
#[test]
fn what_a_person_did_just_before_an_erasure_is_in_what_stays() {
    let stand = Stand::new(&[ADS]);
    let number = marked(&stand);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync").expect(0);
    let mut office = Office::open(&stand, "2023-02-01T08:00:00Z");
    let (asked, recorded) = (AtomicI64::new(100_000), Arc::new(AtomicI64::new(0)));
    let (directory, last) = (stand.directory().to_owned(), Arc::clone(&recorded));
    // Somebody corrects the amount whenever the purge looks what time it is.
    office.desk.clock = Clock::from_fn(move || {
        let euros = asked.fetch_add(1, Ordering::SeqCst);
        let mut act = fitn(&directory);
        act.args(["--config", "config.toml", "correct", &number.to_string(), "--fact", "granted_amount"]);
        act.args(["--value", &euros.to_string(), "--reason", "essai", "--by", "Alix"]);
        if outcome(&mut act).code == 0 {
            last.store(euros, Ordering::SeqCst);
        }
        Clock::system().now()
    });
    assert_eq!(office.desk.purge(false).unwrap().due.len(), 1);
    let told = stand.number(&format!("SELECT granted_cents FROM view_dossiers WHERE number = {number}"));
    assert!(told > 10_000_000, "somebody corrected it meanwhile: {told}");
    assert_eq!(told, 100 * recorded.load(Ordering::SeqCst));
}
