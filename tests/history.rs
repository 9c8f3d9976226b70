//! Lists of months, over or not, under a clock that the test moves: what was known at the end of the month is what counts.

mod common;

use common::lists::{Row, read_csv, row_of};
use common::office::Office;
use common::{ADS, GUICHET, Stand, later};
use fitn_connector::desk::{DeskError, Exported};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::period::Month;
use fitn_connector::sandbox::world::Value;
use fitn_connector::store::{StoreError, Writer};

fn list(office: &Office, month: &str, revise: bool) -> Result<Exported, DeskError> {
    office.desk.monthly_list(month.parse::<Month>().unwrap(), revise, None)
}

fn rows(exported: &Exported) -> Vec<Row> {
    let csv = exported.files.iter().find(|(path, _)| path.extension().is_some_and(|e| e == "csv"));
    read_csv(&csv.unwrap().0)
}

/// A granted dossier filed before September, and the label of its amount.
fn granted(stand: &Stand) -> (i64, String) {
    let found = stand.dossiers(ADS, |dossier| {
        dossier.state == DossierState::Accepte && dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap()
    });
    (found[0], stand.label(ADS, "granted_amount"))
}

#[test]
fn a_list_of_a_month_that_is_not_over_is_provisional_and_not_kept() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, "2021-09-20T10:00:00Z");
    assert!(matches!(list(&office, "2021-09", false), Err(DeskError::NeverSynced(_))));
    office.sync(&stand);
    assert!(matches!(list(&office, "2021-10", false), Err(DeskError::NotBegun(_))));
    let early = list(&office, "2021-09", false).unwrap();
    assert!(early.is_provisional());
    assert!(early.files.iter().all(|(path, _)| path.to_string_lossy().contains("liste-demat-ads-2021-09-provisoire.")));
    let filed = |row: &Row| row["date_depot"].as_str() <= "2021-09-20";
    assert!(rows(&early).iter().all(filed), "nothing filed after it was drawn up");

    // The month is over, but DS was not read since.
    office.at("2021-10-01T05:00:00Z");
    assert!(list(&office, "2021-09", false).unwrap().is_provisional());
    assert!(matches!(list(&office, "2021-09", true), Err(DeskError::NotFinal { .. })));
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 0);

    office.sync(&stand);
    let last = list(&office, "2021-09", false).unwrap();
    assert!(!last.is_provisional() && !last.from_archive);
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 4);
    assert!(list(&office, "2021-09", false).unwrap().from_archive);
}

#[test]
fn the_list_shows_what_was_known_at_the_end_of_its_month() {
    let stand = Stand::new(&[ADS]);
    let (dossier, label) = granted(&stand);
    let binned = stand.dossiers(ADS, |d| d.state == DossierState::EnInstruction)[0];
    let office = Office::open(&stand, "2021-09-30T21:30:00Z");
    stand.change(|w| w.answer(dossier, &label, Some(Value::Decimal(Cents(100_001))), later(0)));
    office.sync(&stand);
    stand.change(|w| w.answer(dossier, &label, Some(Value::Decimal(Cents(200_002))), later(60)));
    stand.change(|w| w.hide_by_administration(binned, later(60), "instructeur_request"));
    office.at("2021-10-01T04:00:00Z").sync(&stand);

    let september = rows(&list(&office, "2021-09", false).unwrap());
    assert_eq!(row_of(&september, dossier).unwrap()["montant_accorde"], "1000,01");
    assert!(row_of(&september, binned).is_some(), "it was still there when the month ended");

    office.at("2021-11-01T06:00:00Z").sync(&stand);
    let october = rows(&list(&office, "2021-10", false).unwrap());
    let row = row_of(&october, dossier).unwrap();
    assert_eq!((row["montant_accorde"].as_str(), row["evolution"].as_str()), ("2000,02", "modifie"));
    assert!(row["colonnes_modifiees"].split(' ').any(|column| column == "montant_accorde"), "{row:?}");
    assert_eq!(row_of(&october, binned).unwrap()["evolution"], "retire");

    office.at("2021-12-01T06:00:00Z").sync(&stand);
    let november = rows(&list(&office, "2021-11", false).unwrap());
    assert!(row_of(&november, binned).is_none(), "withdrawn is said once");
    assert_eq!(row_of(&november, dossier).unwrap()["evolution"], "inchange");
    // Long after, a correction of September still shows September.
    let other = september.iter().find(|row| row["numero_dossier"] != dossier.to_string()).unwrap();
    let number = &other["numero_dossier"];
    stand.run(&format!("correct {number} --fact granted_amount --value 7,77 --reason arrêté --by moi")).expect(0);
    let corrected = list(&office, "2021-09", true).unwrap();
    assert_eq!(corrected.revision, 1);
    assert_eq!(row_of(&rows(&corrected), dossier).unwrap()["montant_accorde"], "1000,01");
}

#[test]
fn the_last_instant_of_the_month_belongs_to_the_month() {
    let stand = Stand::new(&[ADS]);
    let (dossier, label) = granted(&stand);
    let office = Office::open(&stand, "2021-09-30T20:00:00Z");
    office.sync(&stand);
    stand.change(|w| w.answer(dossier, &label, Some(Value::Decimal(Cents(100_001))), later(0)));
    office.at("2021-09-30T21:59:59.750Z").sync(&stand);
    office.at("2021-10-01T08:00:00Z");
    assert!(list(&office, "2021-09", false).unwrap().is_provisional(), "DS was last read before the month ended");
    office.sync(&stand);
    let september = rows(&list(&office, "2021-09", false).unwrap());
    assert_eq!(row_of(&september, dossier).unwrap()["montant_accorde"], "1000,01");
}

#[test]
fn what_was_first_read_as_the_month_ended_was_known_in_it() {
    for (now, known_later) in [("2021-09-30T21:59:59Z", false), ("2021-09-30T22:00:00Z", true)] {
        let stand = Stand::new(&[ADS]);
        let office = Office::open(&stand, now);
        office.sync(&stand);
        office.at("2021-10-01T08:00:00Z").sync(&stand);
        let september = rows(&list(&office, "2021-09", false).unwrap());
        assert!(!september.is_empty());
        let marked = september.iter().filter(|row| !row["etat_connu_depuis"].is_empty()).count();
        assert_eq!(marked, if known_later { september.len() } else { 0 }, "{now}");
    }
}

/// Facts that are stored are taken for the past where they were read from the same: whoever reads all of them again finds the same.
#[test]
fn the_past_is_the_same_where_no_facts_are_stored() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::open(&stand, "2021-09-20T10:00:00Z").sync_first(&stand);
    let (dossier, label) = granted(&stand);
    stand.change(|w| w.answer(dossier, &label, Some(Value::Decimal(Cents(100_001))), later(0)));
    office.at("2021-10-20T10:00:00Z").sync(&stand);
    let other = stand.dossiers(ADS, |one| one.state == DossierState::Accepte && one.number != dossier)[0];
    stand.run(&format!("correct {other} --fact granted_amount --value 7,77 --reason arrêté --by moi")).expect(0);
    let evaluator = &office.desk.evaluator;
    let past = |at: &str| evaluator.as_of(at.parse().unwrap(), &[ADS, GUICHET]).unwrap().0;
    for at in ["2021-09-25T00:00:00Z", "2021-10-31T22:59:59Z"] {
        let taken = past(at);
        assert!(taken.len() > 20);
        for judged in &taken {
            let forget = |writer: &Writer<'_>| writer.subject_distrust(judged.subject.number);
            office.desk.store.write::<_, StoreError>(forget).unwrap();
        }
        assert_eq!(past(at), taken);
        office.desk.evaluate(true).unwrap();
    }
}
