//! The database in step with DS: after a sync it holds what the world holds, whatever happened to the dossiers meanwhile.

mod common;

use std::process::{Command, Stdio};

use common::mirror::assert_store_equals_world;
use common::office::Office;
use common::{ADS, GUICHET, Stand, eventually, later, procedure};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::programme::Programme;
use fitn_connector::sandbox::world::{Applicant, Value};
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};

fn reason(stand: &Stand, number: i64) -> Option<String> {
    stand.one(&format!("SELECT removed_reason FROM view_dossiers WHERE number = {number}"))
}

fn versions(stand: &Stand) -> i64 {
    stand.number("SELECT count(*) FROM dossier_versions")
}

#[test]
fn every_demarche_is_stored_as_it_is_and_a_second_sync_writes_nothing_new() {
    let stand = Stand::new(&Programme::ALL);
    let first = stand.run("sync --json").expect(0).json();
    assert_store_equals_world(&stand);
    let shown: usize = stand.followed.iter().map(|number| stand.world().dossiers_of(*number).count()).sum();
    assert_eq!(stand.number("SELECT sum(dossiers_changed) FROM view_sync_runs"), i64::try_from(shown).unwrap());
    assert_eq!(first["procedures"].as_array().unwrap().len(), Programme::ALL.len());
    assert!(stand.number("SELECT count(*) FROM view_dossiers WHERE removed_reason = 'pending'") > 0);
    assert!(stand.number("SELECT count(*) FROM view_dossiers WHERE removed_reason = 'deleted'") > 0);
    assert_eq!(stand.number("SELECT count(*) FROM view_verdicts WHERE explanation = ''"), 0);

    let known = versions(&stand);
    let second = stand.run("sync --json").expect(0).json();
    assert!(second["evaluation"].is_null(), "{second}");
    stand.run("sync --full").expect(0);
    assert_eq!(stand.number("SELECT sum(dossiers_changed) FROM view_sync_runs WHERE id > 1"), 0);
    assert_eq!(versions(&stand), known);
    assert_store_equals_world(&stand);
}

#[test]
fn whatever_happens_to_dossiers_on_ds_happens_to_them_here() {
    let stand = Stand::new(&[GUICHET]);
    stand.run("sync").expect(0);
    let decided = stand.dossiers(GUICHET, |d| d.treated_at.is_some() && d.hidden_by_user.is_none());
    let [granted, binned, hidden, reopened, ..] = decided[..] else { panic!("{decided:?}") };
    let (amount, title) = (stand.label(GUICHET, "granted_amount"), stand.label(GUICHET, "project_title"));
    let copy = stand.world_mut().add_copy(granted, later(0)).unwrap();
    // All within one second of DS, which shows no fractions.
    stand.change(|w| w.answer(granted, &amount, Some(Value::Decimal(Cents(1_234_567))), later(0)));
    stand.change(|w| w.answer(reopened, &title, None, later(0)));
    stand.change(|w| w.hide_by_administration(binned, later(0), "instructeur_request"));
    stand.change(|w| w.archive(granted, true, later(0)));
    stand.change(|w| w.hide_by_user(hidden, later(0)));
    stand.change(|w| w.set_state(reopened, DossierState::EnInstruction, later(0), None));
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    assert_eq!(
        stand.one(&format!("SELECT granted_cents FROM view_dossiers WHERE number = {granted}")).unwrap(),
        "1234567"
    );
    assert_eq!(reason(&stand, binned).as_deref(), Some("pending"));
    assert_eq!(reason(&stand, hidden), None, "a decided dossier that its owner hides is still listed");
    assert_eq!(stand.number(&format!("SELECT count(*) FROM view_dossiers WHERE number = {copy}")), 1);

    stand.change(|w| w.restore(binned, later(60)));
    stand.change(|w| w.touch(granted, later(60)));
    stand.change(|w| w.hide_by_user(copy, later(61)));
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    assert_eq!((reason(&stand, binned), reason(&stand, copy).as_deref()), (None, Some("pending")));

    stand.change(|w| w.delete(copy, later(120)));
    stand.change(|w| w.delete(binned, later(120)));
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    assert_eq!(
        (reason(&stand, copy).as_deref(), reason(&stand, binned).as_deref()),
        (Some("deleted"), Some("deleted"))
    );
    let dated = format!("SELECT removed_at FROM view_dossiers WHERE number = {copy}");
    assert_eq!(stand.one(&dated).as_deref(), Some("2023-01-10T10:01:00Z"), "the day its owner hid it");
}

#[test]
fn a_tombstone_dated_back_by_years_is_found_when_its_dossier_left_the_bin() {
    let stand = Stand::new(&[ADS]);
    let dossier = stand.dossiers(ADS, |d| d.state == DossierState::Accepte)[0];
    stand.change(|w| w.hide_by_user(dossier, later(-2 * 365 * 24 * 60)));
    stand.run("sync").expect(0);
    assert_eq!(reason(&stand, dossier), None, "hidden by its owner only, an accepted dossier stays");
    stand.change(|w| w.set_state(dossier, DossierState::EnConstruction, later(0), None));
    stand.run("sync").expect(0);
    assert_eq!(reason(&stand, dossier).as_deref(), Some("pending"));
    stand.change(|w| w.delete(dossier, later(10)));
    stand.run("sync").expect(0);
    assert_eq!(reason(&stand, dossier).as_deref(), Some("deleted"));
    assert_store_equals_world(&stand);
}

#[test]
fn what_moves_no_date_is_found_by_a_full_sync() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let company = stand
        .dossiers(ADS, |d| d.state != DossierState::Accepte && matches!(d.applicant, Some(Applicant::Company(_))))[0];
    let incomplete = stand.dossiers(ADS, |d| matches!(d.applicant, Some(Applicant::Incomplete(_))))[0];
    let expired = stand.dossiers(ADS, |d| d.state == DossierState::Accepte)[0];
    stand.change(|w| w.rename_applicant(company, "COMMUNE NOUVELLE"));
    stand.change(|w| w.complete_applicant(incomplete));
    let named = stand.world().procedure(procedure(ADS)).unwrap().labels[0].0.clone();
    stand.change(|w| w.label(company, &named));
    let granted = stand.dossiers(ADS, |d| d.state == DossierState::Accepte)[1];
    stand.change(|w| w.attest(granted, later(0)));
    stand.change(|w| w.expire(expired, later(0)));
    let label = stand.label(ADS, "feedback");
    assert!(stand.world_mut().relabel(procedure(ADS), &label, "Remarques libres"));
    let moved = stand.config().replace(&label, "Remarques libres");
    stand.configure(&moved);

    stand.run("sync --full").expect(0);
    assert_store_equals_world(&stand);
    assert_eq!(reason(&stand, expired).as_deref(), Some("absent"));
    let name = format!("SELECT applicant FROM view_dossiers WHERE number = {company}");
    assert_eq!(stand.one(&name).as_deref(), Some("COMMUNE NOUVELLE"));
    let shown = stand.run(&format!("dossier {company} --json")).expect(0).json();
    assert!(shown["labels"].as_array().unwrap().contains(&named.into()), "{shown}");
    let shown = stand.run(&format!("dossier {granted}")).expect(0);
    assert!(shown.out.contains("  attestation         délivrée le 10/01/2023 à 10:00\n"), "{}", shown.out);

    stand.change(|w| w.restore(expired, later(10)));
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    stand.change(|w| w.expire(expired, later(20)));
    stand.change(|w| w.delete(expired, later(30)));
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    assert_eq!(reason(&stand, expired).as_deref(), Some("deleted"));
}

#[test]
fn the_attestation_of_a_dossier_granted_lately_is_found_by_an_increment() {
    let stand = Stand::new(&[ADS]);
    let office = Office::impatient(&stand, "2023-01-11T08:00:00Z");
    let granted = stand.dossiers(ADS, |d| d.state == DossierState::EnInstruction)[0];
    stand.change(|w| w.set_state(granted, DossierState::Accepte, later(0), None));
    office.sync(&stand);
    let awaited = format!("SELECT count(*) FROM dossiers WHERE number = {granted} AND unfinished_since IS NOT NULL");
    assert_eq!(stand.number(&awaited), 1);
    stand.change(|w| w.attest(granted, later(30)));
    office.sync(&stand);
    assert_store_equals_world(&stand);
    assert_eq!(stand.number(&awaited), 0);
}

#[test]
fn one_demarche_alone_can_be_synced() {
    let stand = Stand::new(&[ADS, Programme::Axe3V2]);
    let one = procedure(Programme::Axe3V2);
    stand.run(&format!("sync --procedure {one}")).expect(0);
    assert_eq!(stand.rows("SELECT DISTINCT procedure FROM view_dossiers"), [[Some(one.to_string())]]);
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
}

#[test]
fn a_dry_run_says_what_would_change_and_changes_nothing() {
    let stand = Stand::new(&[ADS]);
    let trial = stand.run("sync --dry-run --json").expect(0).json();
    let shown = stand.world().dossiers_of(procedure(ADS)).count();
    assert_eq!(trial["procedures"][0]["dossiers_changed"], shown);
    assert_eq!(std::fs::read_dir(stand.directory()).unwrap().count(), 2, "the configuration and the token");

    stand.run("sync").expect(0);
    let one = stand.dossiers(ADS, |_| true)[0];
    stand.change(|w| w.touch(one, later(0)));
    let tables = ["dossiers", "dossier_versions", "runs", "cursors", "procedures", "verdicts", "alerts"];
    let picture = || tables.map(|table| stand.rows(&format!("SELECT * FROM {table}")));
    let before = picture();
    let trial = stand.run("sync --dry-run").expect(0);
    assert!(trial.out.starts_with("essai : rien n’a été enregistré\n"), "{}", trial.out);
    assert!(trial.out.contains("1 nouveau ou modifié"), "{}", trial.out);
    assert_eq!(picture(), before);
}

/// The files of trials beside the database.
fn copies(stand: &Stand) -> Vec<String> {
    let names = std::fs::read_dir(stand.directory()).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<String> = names.map(|name| name.into_string().unwrap()).collect();
    names.retain(|name| name.contains(".essai-"));
    names.sort();
    names
}

#[test]
fn the_copy_of_a_trial_that_was_killed_is_removed_and_one_that_lives_stays() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    // The trial waits for as long as what is run beside it may last.
    stand.reconfigure("timeout_s = 30", "timeout_s = 3600");
    stand.running().plan_faults(vec![PlannedFault { fault: Fault::Slow, requests: Requests::Range(1, 1000) }]);
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
        .args(["--config", "config.toml", "sync", "--dry-run"])
        .current_dir(stand.directory())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let copy = format!("fitn.sqlite.essai-{}", child.id());
    eventually("the trial", || copies(&stand).contains(&format!("{copy}.lock")));
    let left = ["", "-wal", "-shm", ".lock"].map(|suffix| format!("fitn.sqlite.essai-4000000000{suffix}"));
    for line in ["evaluate", "purge", "sync --dry-run"] {
        for name in &left {
            stand.write(name, "left by a trial of an older version", 0o600);
        }
        if line.contains("sync") {
            stand.running().plan_faults(Vec::new());
        }
        stand.run(line).expect(0);
        let there = copies(&stand);
        assert!(there.contains(&copy) && there.iter().all(|name| name.starts_with(&copy)), "{line}: {there:?}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(copies(&stand).contains(&copy), "it could not clean up");
    stand.run("evaluate").expect(0);
    assert_eq!(copies(&stand), [] as [String; 0]);
}

#[test]
fn a_discarded_demarche_is_an_error_of_the_configuration_and_removes_nothing() {
    let stand = Stand::new(&[Programme::Axe3V2, Programme::Axe2V4]);
    stand.run("sync").expect(0);
    let number = procedure(Programme::Axe3V2);
    stand.world_mut().discard(number, true);
    let touched = stand.dossiers(Programme::Axe2V4, |_| true)[0];
    stand.change(|w| w.touch(touched, later(0)));
    for line in ["sync", "sync --full"] {
        let refused = stand.run(line).expect(2);
        let message = format!("erreur : démarche {number} : introuvable sur DS\n");
        assert!(refused.err.contains(&message), "{}", refused.err);
        assert_store_equals_world(&stand);
    }
    stand.world_mut().discard(number, false);
    stand.run("sync --full").expect(0);
    assert_store_equals_world(&stand);
}
