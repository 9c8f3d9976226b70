//! What DS erased is erased here after its delay, wholly, and what may be kept still makes the sums of the past.

mod common;

use common::lists::{read_csv, row_of};
use common::mirror::assert_whole_store_equals_world;
use common::office::Office;
use common::{ADS, Stand, later};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::sandbox::world::Value;

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
    assert_eq!(erased(&stand), [number.to_string()]);
    for table in ["view_champs", "view_attachments", "view_quarantine"] {
        assert_eq!(stand.number(&format!("SELECT count(*) FROM {table} WHERE dossier = {number}")), 0, "{table}");
    }
    let line = stand.rows(&format!(
        "SELECT state, removed_reason, siret, applicant, code_insee, granted_cents IS NULL, departement IS NULL
         FROM view_dossiers WHERE number = {number}"
    ));
    let kept = ["accepte", "deleted"].map(|text| Some(text.to_owned()));
    assert_eq!(line[0][..2], kept);
    assert_eq!(line[0][2..5], [None, None, None]);
    assert_eq!(line[0][5..], ["0", "0"].map(|text| Some(text.to_owned())), "amounts and département are kept");

    let shown = stand.run(&format!("dossier {number}")).expect(0);
    assert!(shown.out.starts_with(&format!("Dossier {number} — effacé\n")), "{}", shown.out);
    stand.run(&format!("correct {number} --fact granted_amount --value 1 --reason x --by y")).expect(2);
    assert_eq!(stand.run("purge").expect(0).out, "Aucun dossier à effacer.\n");
    assert_eq!(stand.run("evaluate --json").expect(0).json()["changed"], 0);
    stand.run(&format!("dossier {other}")).expect(0);
    stand.run("sync --full").expect(0);
    assert_whole_store_equals_world(&stand);
    assert_eq!(erased(&stand), [number.to_string()], "and it stays so");
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
    let again = office.operations.evaluator.refresh("2023-03-05T09:00:00Z".parse().unwrap(), true).unwrap();
    assert_eq!(again.changed, 0);
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
