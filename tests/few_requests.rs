//! What a sync costs in questions: three for a démarche with nothing new; several dossiers share one. And what is asked together
//! fails apart: a fault of one thing never hides another.

mod common;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use common::front::{Front, changed};
use common::mirror::{assert_store_equals_world, assert_whole_store_equals_world};
use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fitn_connector::api::batches;
use fitn_connector::sandbox::world::File;
use serde_json::{Value, json};

const NOW: &str = "2023-02-01T08:00:00Z";

/// How many questions the next sync asks.
fn requests(stand: &Stand, office: &Office) -> u64 {
    stand.running().plan_faults(Vec::new());
    office.sync(stand);
    stand.running().requests()
}

fn unfinished(stand: &Stand) -> Vec<i64> {
    let rows = stand.rows("SELECT number FROM dossiers WHERE unfinished_since IS NOT NULL AND removed_at IS NULL");
    rows.into_iter().map(|row| row[0].as_deref().unwrap().parse().unwrap()).collect()
}

#[test]
fn a_demarche_with_nothing_new_costs_three_questions() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    // What DS has yet to complete is asked for more and more rarely: not an hour after a day.
    office.at("2023-02-02T08:00:00Z").sync(&stand);
    office.at("2023-02-02T09:00:00Z");
    assert_eq!(requests(&stand, &office), 2 * 3);
    assert_whole_store_equals_world(&stand);
}

#[test]
fn dossiers_that_ds_has_yet_to_complete_share_questions() {
    let stand = Stand::new(&[GUICHET]);
    for number in stand.dossiers(GUICHET, |_| true) {
        stand.change(|w| w.change_files(number, |file: &mut File| file.virus_scan = "pending"));
    }
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let waiting = unfinished(&stand);
    assert!(waiting.len() > 8, "{waiting:?}");
    for number in &waiting {
        stand.change(|w| w.change_files(*number, |file: &mut File| file.virus_scan = "safe"));
    }
    let questions = requests(&stand, &office);
    // Some may be among what is read twice anyway.
    assert!((3 + 1..=3 + batches(&waiting).len() as u64).contains(&questions), "{questions} for {}", waiting.len());
    assert_store_equals_world(&stand);
}

/// In the place of each other one: hidden, without an applicant, broken altogether.
#[test]
fn one_that_cannot_be_had_does_not_hide_those_asked_for_with_it() {
    let stand = Stand::new(&[GUICHET]);
    for number in stand.dossiers(GUICHET, |_| true) {
        stand.change(|w| w.change_files(number, |file: &mut File| file.virus_scan = "pending"));
    }
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let waiting = unfinished(&stand);
    let [hidden, .., lost, broken] = waiting[..] else { panic!("{waiting:?}") };
    for number in &waiting {
        stand.change(|w| w.change_files(*number, |file: &mut File| file.virus_scan = "safe"));
    }
    stand.change(|w| w.expire(hidden, later(1)));
    stand.change(|w| w.lose_applicant(lost));
    stand.change(|w| w.poison(broken));
    let summary = office.try_sync(&stand, false).unwrap();
    assert!(summary.error().is_none(), "{:?}", summary.error());
    let aside = stand.rows("SELECT dossier FROM view_quarantine ORDER BY dossier");
    assert_eq!(aside, [[Some(lost.to_string())], [Some(broken.to_string())]]);
    let absent = stand.rows("SELECT number FROM view_dossiers WHERE removed_reason = 'absent'");
    assert_eq!(absent, [[Some(hidden.to_string())]]);
    let left = unfinished(&stand);
    assert!(left.iter().all(|number| [lost, broken].contains(number)), "{left:?}");

    // Set aside, they are asked for together as well; one that is whole again comes by itself.
    stand.world_mut().heal_all(later(2));
    assert_eq!(office.retry_quarantine(&stand).in_quarantine, 0);
    office.sync(&stand);
    assert_store_equals_world(&stand);
}

/// What stands in for an honest answer, bytes of HTTP.
type Spoil = fn(&[u8]) -> Vec<u8>;

/// An answer without data, with a status.
fn bare(status: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nDate: Wed, 01 Feb 2023 08:00:00 GMT\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// Every connection without one of its parts.
fn without(honest: &[u8], part: &str) -> Vec<u8> {
    changed(honest, |body| {
        for (_, connection) in body["data"]["demarche"].as_object_mut().unwrap() {
            if connection.get(part).is_some() {
                connection[part] = Value::Null;
            }
        }
        body["errors"] = json!([{"message": "spoilt", "path": ["demarche", "dossiers", part], "extensions": {"code": "invalid_null"}}]);
    })
}

/// The ways in which a question fails, for good.
const FAILURES: [(&str, Spoil); 8] = [
    ("500", |_| bare("500 Internal Server Error", "{}")),
    ("504", |_| bare("504 Gateway Timeout", "<html>")),
    ("its time is over", |_| {
        bare(
            "200 OK",
            r#"{"errors":[{"message":"Timeout on Demarche.x","extensions":{"code":"timeout"}}],"data":null}"#,
        )
    }),
    ("null", |_| {
        let error = r#"{"message":"x","path":["demarche","x"],"extensions":{"code":"invalid_null"}}"#;
        bare("200 OK", &format!(r#"{{"errors":[{error}],"data":null}}"#))
    }),
    ("too complex", |_| {
        bare(
            "200 OK",
            r#"{"errors":[{"message":"Query has complexity of 70000, which exceeds max complexity of 60000"}]}"#,
        )
    }),
    ("no records", |honest| without(honest, "nodes")),
    ("no end of the page", |honest| without(honest, "pageInfo")),
    ("nothing", |_| bare("200 OK", r#"{"data":{"demarche":{}}}"#)),
];

/// Stands before the stand-in: spoils the answers to some operations, and counts the questions by operation.
#[derive(Clone, Default)]
struct Spoilt {
    plan: Arc<Mutex<(Vec<&'static str>, Option<Spoil>)>>,
    asked: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Spoilt {
    fn before(stand: &Stand) -> Self {
        let spoilt = Self::default();
        let inner = spoilt.clone();
        let front = Front::before(stand, move |request, behind| {
            let body: Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
            let operation = body["operationName"].as_str().unwrap().to_owned();
            let (operations, spoil) = inner.plan.lock().unwrap().clone();
            let spoil = spoil.filter(|_| operations.contains(&operation.as_str()));
            *inner.asked.lock().unwrap().entry(operation).or_default() += 1;
            let honest = behind();
            spoil.map_or(honest.clone(), |spoil| spoil(&honest))
        });
        stand.reconfigure(&stand.running().url, &front.url);
        spoilt
    }

    fn plan(&self, operations: &[&'static str], spoil: Option<Spoil>) {
        *self.plan.lock().unwrap() = (operations.to_vec(), spoil);
        self.asked.lock().unwrap().clear();
    }

    fn asked(&self, operation: &str) -> u32 {
        self.asked.lock().unwrap().get(operation).copied().unwrap_or_default()
    }
}

#[test]
fn what_fails_together_is_asked_for_apart() {
    let stand = Stand::new(&[ADS]);
    let spoilt = Spoilt::before(&stand);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let dossiers = stand.dossiers(ADS, |d| d.treated_at.is_some());
    for ((name, spoil), turn) in FAILURES.into_iter().zip(0..) {
        let [binned, erased] = dossiers[2 * turn..2 * turn + 2] else { panic!("two dossiers") };
        let touched = dossiers[2 * FAILURES.len()];
        let minutes = i64::try_from(turn).unwrap() + 1;
        stand.change(|w| w.touch(touched, later(minutes)));
        stand.change(|w| w.hide_by_administration(binned, later(minutes), "instructeur_request"));
        stand.change(|w| w.delete(erased, later(minutes)));
        spoilt.plan(&["FormAndNewest", "Removals"], Some(spoil));
        office.sync(&stand);
        for operation in ["FormAndNewest", "Form", "Removals", "Deleted", "Pending"] {
            assert_eq!(spoilt.asked(operation), 1, "{name}: {operation}");
        }
        assert_eq!(told(&stand, "form") + told(&stand, "removals"), 0, "{name}");
        assert_store_equals_world(&stand);
    }
}

/// How many alerts of a kind there are.
fn told(stand: &Stand, kind: &str) -> i64 {
    stand.number(&format!("SELECT count(*) FROM alerts WHERE key LIKE '{kind}:%'"))
}

#[test]
fn a_form_that_ds_cannot_give_hides_no_dossier_and_is_told() {
    let stand = Stand::new(&[ADS]);
    let spoilt = Spoilt::before(&stand);
    for (name, spoil) in FAILURES.into_iter().take(5) {
        stand.forget_the_database();
        let office = Office::impatient(&stand, NOW);
        spoilt.plan(&["FormAndNewest", "Form"], Some(spoil));
        office.sync(&stand);
        assert_store_equals_world(&stand);
        assert_eq!(told(&stand, "form"), 1, "{name}");
        assert_eq!(stand.number("SELECT count(*) FROM procedures WHERE synced_at IS NOT NULL"), 1, "{name}");
        spoilt.plan(&[], None);
        office.sync(&stand);
        assert_eq!(told(&stand, "form"), 0, "{name}");
        assert_eq!(stand.number("SELECT count(*) FROM procedures WHERE title <> '' AND form IS NOT NULL"), 1, "{name}");
    }
}

#[test]
fn where_the_newest_dossier_cannot_be_had_nothing_is_read_but_the_form() {
    let stand = Stand::new(&[ADS]);
    let spoilt = Spoilt::before(&stand);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let form = || stand.one("SELECT hex(form) FROM procedures").unwrap();
    let versions = || stand.number("SELECT count(*) FROM dossier_versions");
    let (before, known) = (form(), versions());
    let touched = stand.dossiers(ADS, |_| true)[0];
    stand.change(|w| w.archive(touched, true, later(1)));
    let label = stand.label(ADS, "feedback");
    assert!(stand.world_mut().relabel(procedure(ADS), &label, "Remarques libres"));
    spoilt.plan(&["FormAndNewest", "NewestUpdate"], Some(FAILURES[3].1));
    assert!(office.try_sync(&stand, false).unwrap().error().is_some());
    assert_ne!(form(), before);
    assert_eq!((versions(), spoilt.asked("Dossiers"), spoilt.asked("Form")), (known, 0, 1));
    spoilt.plan(&[], None);
    // That a question has another label moves no date.
    assert!(office.try_sync(&stand, true).unwrap().error().is_none());
    assert_store_equals_world(&stand);
}

#[test]
fn a_list_of_removals_that_fails_does_not_hide_the_other() {
    let stand = Stand::new(&[ADS]);
    let spoilt = Spoilt::before(&stand);
    let office = Office::impatient(&stand, NOW).sync_first(&stand);
    let dossiers = stand.dossiers(ADS, |d| d.treated_at.is_some());
    let reason = |number: i64| stand.one(&format!("SELECT removed_reason FROM view_dossiers WHERE number = {number}"));
    let mut pairs = dossiers.chunks(2).zip(1..);
    for (name, spoil) in FAILURES.into_iter().take(4) {
        for (list, found) in [("Deleted", [false, true]), ("Pending", [true, false])] {
            let (&[erased, binned], minutes) = pairs.next().unwrap() else { panic!("two dossiers") };
            stand.change(|w| w.hide_by_administration(binned, later(minutes), "instructeur_request"));
            stand.change(|w| w.delete(erased, later(minutes)));
            spoilt.plan(&["Removals", list], Some(spoil));
            office.sync(&stand);
            assert_eq!([reason(erased).is_some(), reason(binned).is_some()], found, "{name}: {list}");
            assert_eq!(told(&stand, "removals"), 1, "{name}: {list}");
            spoilt.plan(&[], None);
            office.sync(&stand);
            assert_store_equals_world(&stand);
        }
    }
}
