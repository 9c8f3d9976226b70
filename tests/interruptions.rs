//! Syncs that fail midway or meet a dossier that DS cannot give: nothing true is lost, and the next sync goes on.

mod common;

use std::sync::Arc;

use common::mirror::assert_store_equals_world;
use common::{ADS, GUICHET, Stand, later, procedure};
use fitn_connector::api::{Client, ClientSettings, TokenSource};
use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::programme::Programme;
use fitn_connector::store::Store;
use fitn_connector::sync::{Engine, Followed, Options, Progress, Request, Scope};

fn shown(stand: &Stand, programme: Programme) -> i64 {
    i64::try_from(stand.world().dossiers_of(procedure(programme)).count()).unwrap()
}

fn last(stand: &Stand, column: &str) -> i64 {
    stand.last_run(column).unwrap().parse().unwrap()
}

#[test]
fn a_sync_cut_short_by_ds_goes_on_where_it_stopped() {
    // A minute that never ends: after so many requests DS refuses every other one.
    let stand = Stand::with_clock(&[ADS], Clock::fixed(later(0)));
    stand.reconfigure("page_size = 100", "page_size = 5");
    stand.running().limit(Some(5));
    let cut = stand.run("sync").expect(5);
    assert!(cut.err.contains("trop de requêtes"), "{}", cut.err);
    let (first_seen, all) = (last(&stand, "dossiers_seen"), shown(&stand, ADS));
    assert!(first_seen > 0 && first_seen < all, "{first_seen} / {all}");
    assert_eq!(stand.last_run("outcome").as_deref(), Some("failed"));
    assert_eq!(stand.number("SELECT count(*) FROM view_dossiers"), first_seen, "what was received is kept");
    assert_eq!(stand.number("SELECT count(*) FROM view_dossiers WHERE status IS NULL"), 0, "and evaluated");
    let refused = stand.run("export monthly --month 2021-09").expect(2);
    assert!(refused.err.contains("n’ont pas encore été lus en entier"), "{}", refused.err);

    // Meanwhile a dossier already read changes.
    let touched = stand.dossiers(ADS, |_| true)[0];
    stand.change(|w| w.touch(touched, later(0)));
    stand.running().limit(None);
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    assert!(last(&stand, "dossiers_seen") < all, "the second sync did not begin again");
    assert_eq!(stand.run("sync --json").expect(0).json()["procedures"][0]["dossiers_changed"], 0);
}

#[test]
fn an_increment_cut_short_goes_on_under_the_query_that_it_began_with() {
    let stand = Stand::with_clock(&[ADS], Clock::fixed(later(0)));
    stand.reconfigure("page_size = 100", "page_size = 5");
    stand.run("sync").expect(0);
    let all = stand.dossiers(ADS, |_| true);
    for number in &all {
        stand.change(|w| w.touch(*number, later(0)));
    }
    stand.running().limit(Some(6));
    stand.run("sync").expect(5);
    let touched = "SELECT count(*) FROM view_dossiers WHERE updated_at = '2023-01-10T09:00:00Z'";
    let known = stand.number(touched);
    assert!(known > 0 && known < shown(&stand, ADS), "{known}");
    for number in all.iter().take(7) {
        stand.change(|w| w.touch(*number, later(5)));
    }
    stand.running().limit(None);
    stand.run("sync").expect(0);
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
}

#[test]
fn a_token_that_expires_between_two_pages_is_told_and_costs_nothing() {
    let stand = Stand::new(&[ADS]);
    let client = Client::new(
        &ClientSettings {
            url: stand.running().url.clone(),
            token: stand.running().token.clone().into(),
            token_source: TokenSource::File,
            timeout: std::time::Duration::from_secs(30),
            max_retry: std::time::Duration::from_secs(1),
            proxy: None,
            ca_file: None,
            requests_per_minute: 380,
            shared_with: None,
        },
        Clock::system(),
    );
    let store = Arc::new(Store::open(&stand.path("fitn.sqlite")).unwrap());
    let world = stand.running().world();
    let options = Options { page_size: 5, ..Options::default() };
    let engine = Engine::new(Arc::new(client.unwrap()), Arc::clone(&store), Clock::system(), options).watched_by(
        move |progress| {
            if let Progress::Stored { seen: 10.. } = progress {
                world.write().unwrap().access.expired = true;
            }
        },
    );
    let request = Request {
        procedures: vec![Followed { number: procedure(ADS), programme: ADS }],
        scope: Scope::Changes,
        trigger: "manual",
    };
    let held = store.sync_lock(Clock::system().now()).unwrap();
    let summary = stand.block_on(engine.run(&held, &request)).unwrap();
    drop(held);
    let message = summary.error().unwrap().to_string();
    assert_eq!(message, format!("démarche {} : l’API refuse l’accès : jeton expiré", procedure(ADS)));
    assert!((10..shown(&stand, ADS)).contains(&last(&stand, "dossiers_seen")));
    drop(engine);

    stand.run("sync").expect(4);
    stand.world_mut().access.expired = false;
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
}

#[test]
fn a_sync_whose_process_dies_leaves_a_run_interrupted_and_no_lock() {
    let stand = Stand::with_clock(&[ADS], Clock::fixed(later(0)));
    stand.reconfigure("page_size = 100", "page_size = 5");
    stand.reconfigure("max_retry_s = 1", "max_retry_s = 300");
    stand.running().limit(Some(5));
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
        .args(["--config", "config.toml", "sync"])
        .current_dir(stand.directory())
        .env_remove("FITN_API_TOKEN")
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    common::eventually("a page is stored", || {
        stand.path("fitn.sqlite").exists()
            && stand.has_table("runs")
            && stand.last_run("dossiers_seen").is_some_and(|seen| seen != "0")
    });
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(stand.last_run("outcome").as_deref(), Some("running"));

    stand.running().limit(None);
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    let outcomes = stand.rows("SELECT outcome FROM view_sync_runs ORDER BY id");
    assert_eq!(outcomes, [[Some("interrupted".to_owned())], [Some("done".to_owned())]]);
}

#[test]
fn a_dossier_that_breaks_the_server_is_set_aside_and_released_once_healed() {
    let stand = Stand::new(&[GUICHET]);
    // The one fault that spoils a page of the server whole, in a dossier that holds a date.
    let poisoned =
        stand.dossiers(GUICHET, |_| true).into_iter().find(|n| stand.world_mut().poison(*n).is_ok()).unwrap();
    let summary = stand.run("sync").expect(3);
    assert!(summary.out.contains("quarantaine     1 dossier (voyez « fitn quarantine »)"), "{}", summary.out);
    // What the server can give of it is stored: all but the champs, or the annotations, that break it.
    assert_eq!(stand.number("SELECT count(*) FROM view_dossiers WHERE removed_at IS NULL"), shown(&stand, GUICHET));
    assert!(stand.one(&format!("SELECT siret FROM view_dossiers WHERE number = {poisoned}")).is_some());
    let document = stand.run(&format!("dossier {poisoned} --json")).expect(0).json();
    assert!(document["labels"].is_array() && document["attestation"].is_boolean(), "{document}");
    assert_eq!(stand.number("SELECT dossier FROM view_quarantine"), poisoned);
    let list = stand.run("quarantine").expect(0);
    assert!(list.out.contains(&poisoned.to_string()) && list.out.contains("l’API a échoué (HTTP 500"), "{}", list.out);
    let document = stand.run("quarantine --json").expect(0).json();
    assert_eq!(document[0]["dossier"], poisoned);
    assert_eq!(document[0]["procedure"], procedure(GUICHET));
    assert!(stand.run("status").expect(0).out.contains("Quarantaine : 1 dossier"), "known, and fresh all the same");

    stand.change(|w| w.heal(poisoned, later(0)));
    stand.run("sync").expect(0);
    assert_eq!(stand.number("SELECT count(*) FROM view_quarantine"), 0);
    assert_store_equals_world(&stand);
}

#[test]
fn the_quarantine_can_be_asked_for_again_alone() {
    let stand = Stand::new(&[GUICHET]);
    let poisoned =
        stand.dossiers(GUICHET, |_| true).into_iter().find(|n| stand.world_mut().poison(*n).is_ok()).unwrap();
    stand.run("sync").expect(3);
    let still = stand.run("quarantine retry").expect(3);
    assert!(still.out.contains(&poisoned.to_string()), "{}", still.out);
    stand.change(|w| w.heal(poisoned, later(0)));
    let healed = stand.run("quarantine retry").expect(0);
    assert_eq!(healed.out, "Aucun dossier en quarantaine.\n");
    assert_store_equals_world(&stand);
}

#[test]
fn a_server_that_fails_for_every_dossier_sets_none_aside() {
    let stand = Stand::new(&[GUICHET]);
    stand.run("sync").expect(0);
    for number in stand.dossiers(GUICHET, |_| true) {
        stand.world_mut().lose_applicant(number).unwrap();
    }
    stand.run("sync --full").expect(5);
    assert_eq!(stand.number("SELECT count(*) FROM view_quarantine"), 0);
}

#[test]
fn a_demarche_that_was_empty_at_first_loses_none_of_what_it_gets_later() {
    let stand = Stand::new(&[GUICHET]);
    let all = stand.dossiers(GUICHET, |_| true);
    for number in &all {
        stand.change(|w| w.expire(*number, later(0)));
    }
    stand.run("sync").expect(0);
    assert_eq!(stand.number("SELECT count(*) FROM view_dossiers WHERE removed_at IS NULL"), 0);
    for (hour, number) in (1..).zip(&all) {
        stand.change(|w| w.restore(*number, later(hour * 3600)));
    }
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
}

#[test]
fn a_dossier_without_applicant_is_set_aside_and_the_version_known_before_stays() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let lost = stand.dossiers(ADS, |_| true)[3];
    let known = stand.world().dossier(lost).unwrap().clone();
    let siret = format!("SELECT siret FROM view_dossiers WHERE number = {lost}");
    let before = stand.one(&siret);
    stand.change(|w| w.lose_applicant(lost));
    stand.run("sync --full").expect(3);
    assert_eq!(stand.number("SELECT dossier FROM view_quarantine"), lost);
    assert_eq!(stand.one(&siret), before);
    assert_eq!(stand.one(&format!("SELECT removed_at FROM view_dossiers WHERE number = {lost}")), None);

    stand.change(|w| w.edit(lost, |dossier| dossier.applicant = known.applicant));
    stand.run("sync --full").expect(0);
    assert_eq!(stand.number("SELECT count(*) FROM view_quarantine"), 0);
    assert_store_equals_world(&stand);
}

#[test]
fn a_dossier_set_aside_that_leaves_ds_leaves_the_quarantine() {
    let stand = Stand::new(&[ADS]);
    let [lost, expired] = stand.dossiers(ADS, |_| true)[2..4] else { panic!("two dossiers") };
    stand.change(|w| w.lose_applicant(lost));
    stand.change(|w| w.lose_applicant(expired));
    stand.run("sync").expect(3);
    assert_eq!(stand.number("SELECT count(*) FROM view_quarantine"), 2);
    stand.change(|w| w.delete(lost, later(0)));
    stand.change(|w| w.expire(expired, later(0)));
    let gone = stand.run("sync --full");
    assert_eq!(stand.rows("SELECT dossier FROM view_quarantine"), Vec::<Vec<Option<String>>>::new());
    gone.expect(0);
}

#[test]
fn a_discarded_demarche_leaves_its_quarantine_as_it_is() {
    let stand = Stand::new(&[GUICHET]);
    let poisoned =
        stand.dossiers(GUICHET, |_| true).into_iter().find(|n| stand.world_mut().poison(*n).is_ok()).unwrap();
    stand.run("sync").expect(3);
    let before = stand.rows("SELECT number, removed_at FROM view_dossiers");
    stand.world_mut().discard(procedure(GUICHET), true);
    stand.run("quarantine retry").expect(2);
    assert_eq!(stand.number("SELECT dossier FROM view_quarantine"), poisoned);
    assert_eq!(stand.rows("SELECT number, removed_at FROM view_dossiers"), before);
}
