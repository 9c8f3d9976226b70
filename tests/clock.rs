//! Whose clock: what documents rest on is dated by DS, whatever this machine's clock says, moves to, or comes back from.

mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use common::lists::{Row, read_csv, row_of};
use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fitn_connector::desk::{DeskError, Exported, Signed};
use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::instant::paris_date;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::period::Month;
use fitn_connector::sandbox::world::Value;
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};
use fitn_connector::sync::SyncError;
use jiff::{SignedDuration, Timestamp};

/// An instant after all that the stand-in made up, and the same on a clock that is 40 days ahead.
const RIGHT: &str = "2023-03-31T10:00:00Z";
const AHEAD: &str = "2023-05-10T10:00:00Z";

fn list(office: &Office, month: &str) -> Result<Exported, DeskError> {
    office.desk.monthly_list(month.parse::<Month>().unwrap(), false, None)
}

fn rows(exported: &Exported) -> Vec<Row> {
    let csv = exported.files.iter().find(|(path, _)| path.extension().is_some_and(|e| e == "csv"));
    read_csv(&csv.unwrap().0)
}

/// From now on no answer has a date that can be read; or every one has.
fn dated(stand: &Stand, dated: bool) {
    let undated = PlannedFault { fault: Fault::Undated, requests: Requests::Every(1) };
    stand.running().plan_faults(if dated { Vec::new() } else { vec![undated] });
}

fn alerts(stand: &Stand) -> Vec<String> {
    stand.query("SELECT key FROM alerts WHERE key LIKE 'clock%' ORDER BY key", |row| row.get(0))
}

/// Every instant at which something was seen, the earliest and the latest.
fn observed(stand: &Stand) -> [Option<String>; 2] {
    let between = |which: &str| {
        stand.one(&format!(
            "SELECT {which}(observed_at) FROM (SELECT observed_at FROM dossier_versions UNION ALL
             SELECT observed_at FROM removal_events)"
        ))
    };
    [between("min"), between("max")]
}

#[allow(clippy::unnecessary_wraps, reason = "as the cells that it is compared with")]
fn at(instant: &str) -> Option<String> {
    Some(instant.to_owned())
}

/// A granted dossier of long ago, and the label of its amount.
fn granted(stand: &Stand) -> (i64, String) {
    let found = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte);
    (found[0], stand.label(ADS, "granted_amount"))
}

#[test]
fn a_sync_on_a_machine_40_days_ahead_is_dated_by_ds_and_freezes_nothing_of_the_future() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    office.machine_at(AHEAD).sync(&stand);
    assert_eq!(observed(&stand), [at(RIGHT), at(RIGHT)]);
    let instants =
        "SELECT synced_at || ' ' || full_read_at || ' ' || (SELECT started_at || ' ' || finished_at FROM runs)
                    FROM procedures WHERE synced_at IS NOT NULL";
    assert_eq!(stand.one(instants), Some([RIGHT; 4].join(" ")));
    assert_eq!(alerts(&stand), ["clock:off"]);
    let told = stand.one("SELECT message FROM alerts WHERE key = 'clock:off'").unwrap();
    assert!(told.starts_with("l’horloge de cette machine avance de 40 jours sur celle de DS"), "{told}");

    assert!(list(&office, "2023-03").unwrap().is_provisional(), "March is not over");
    assert!(matches!(list(&office, "2023-04"), Err(DeskError::NotBegun(_))));
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 0);
    // What a person does is dated by the difference last measured.
    office.machine_at("2023-05-10T10:02:00Z");
    let (number, _) = granted(&stand);
    office.desk.exclude(number, true, Signed { by: "A", reason: "essai" }).unwrap();
    assert_eq!(stand.one("SELECT at FROM view_journal"), at("2023-03-31T10:02:00Z"));

    office.at("2023-04-01T08:00:00Z").sync(&stand);
    assert_eq!(alerts(&stand), [""; 0]);
    assert!(!list(&office, "2023-03").unwrap().is_provisional());
}

#[test]
fn a_first_start_in_2000_is_of_the_day_that_ds_says() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    office.machine_at("2000-01-01T00:00:00Z").sync(&stand);
    assert_eq!(observed(&stand), [at(RIGHT), at(RIGHT)]);
    assert_eq!(stand.one("SELECT started_at FROM view_sync_runs"), at(RIGHT));
    let first = office
        .desk
        .store
        .read::<_, fitn_connector::store::StoreError>(|reader| reader.first_synced_at(&[procedure(ADS)]));
    assert_eq!(first.unwrap(), Some(RIGHT.parse().unwrap()), "catch-up begins there");
    assert_eq!(alerts(&stand), ["clock:off"]);
    assert!(!list(&office, "2023-02").unwrap().is_provisional(), "DS says that February is over");
    assert!(list(&office, "2023-03").unwrap().is_provisional());
    // Set right in the middle of the month: nothing is in the future, nothing is lost.
    office.at("2023-04-15T08:00:00Z").sync(&stand);
    assert_eq!(observed(&stand), [at(RIGHT), at(RIGHT)]);
    assert!(!list(&office, "2023-03").unwrap().is_provisional());
}

#[test]
fn versions_dated_in_the_future_are_corrected_and_later_lists_show_the_right_ones() {
    let stand = Stand::new(&[ADS]);
    let (number, label) = granted(&stand);
    let office = Office::open(&stand, RIGHT);
    let amount = |cents: i64, minutes: i64| {
        stand.change(|w| w.answer(number, &label, Some(Value::Decimal(Cents::from(cents))), later(minutes)));
    };
    amount(100_001, 0);
    // Nothing but this machine's clock says what time it is.
    dated(&stand, false);
    office.machine_at(AHEAD).sync(&stand);
    assert_eq!(observed(&stand), [at(AHEAD), at(AHEAD)]);
    dated(&stand, true);
    office.at("2023-04-01T08:00:00Z").sync(&stand);
    assert_eq!(observed(&stand), [at("2023-04-01T08:00:00Z"), at("2023-04-01T08:00:00Z")]);
    amount(200_002, 1);
    office.at("2023-04-20T08:00:00Z").sync(&stand);
    office.at("2023-05-01T08:00:00Z").sync(&stand);
    amount(300_003, 2);
    office.at("2023-05-12T08:00:00Z").sync(&stand);
    let april = rows(&list(&office, "2023-04").unwrap());
    assert_eq!(row_of(&april, number).unwrap()["montant_accorde"], "2000,02");
    office.at("2023-06-01T08:00:00Z").sync(&stand);
    let may = rows(&list(&office, "2023-05").unwrap());
    assert_eq!(row_of(&may, number).unwrap()["montant_accorde"], "3000,03");
}

#[test]
fn a_dossier_is_observed_at_the_answer_that_brought_it_and_all_is_known_until_the_first() {
    let stand = Stand::small(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    // The month ends while DS is read; one minute passes at each request.
    let start: Timestamp = "2023-03-31T21:54:00Z".parse().unwrap();
    let minute = move |minutes: u64| start + SignedDuration::from_mins(i64::try_from(minutes).unwrap());
    let hand = stand.hand.clone();
    stand.running().plan_faults(Vec::new());
    stand.running().before_requests(move |request, _| {
        hand.put(Some(minute(request)));
    });
    office.sync(&stand);
    let requests = stand.running().requests();
    assert!(minute(requests) > "2023-03-31T22:00:00Z".parse().unwrap(), "the month is over at the end: {requests}");
    assert_eq!(stand.one("SELECT synced_at FROM procedures WHERE synced_at IS NOT NULL"), at("2023-03-31T21:55:00Z"));
    assert_eq!(stand.one("SELECT started_at FROM view_sync_runs"), at("2023-03-31T21:55:00Z"));
    // Form with the newest change, then pages of four dossiers, the first of which is the second answer.
    let pages =
        stand.rows("SELECT observed_at, count(*) FROM dossier_versions GROUP BY observed_at ORDER BY observed_at");
    assert_eq!(pages[0], [at("2023-03-31T21:56:00Z"), at("4")]);
    assert!(pages.len() > 3, "{pages:?}");
    for (page, expected) in pages.iter().zip(2..) {
        assert_eq!(page[0], at(&minute(expected).to_string()));
    }
    let ended = stand.one("SELECT full_read_at FROM procedures WHERE full_read_at IS NOT NULL");
    assert_eq!(ended, pages.last().unwrap()[0], "a full read ends with its last page");
    // What DS got after its first answer may not have been read.
    assert!(list(&office, "2023-03").unwrap().is_provisional());
    office.sync(&stand);
    assert!(!list(&office, "2023-03").unwrap().is_provisional());
}

#[test]
fn answers_without_a_date_settle_nothing_and_that_is_told() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    dated(&stand, false);
    office.sync(&stand);
    let settled = "SELECT count(*) FROM procedures WHERE synced_at IS NOT NULL OR full_read_at IS NOT NULL";
    assert_eq!(stand.number(settled), 0);
    assert!(stand.number("SELECT count(*) FROM dossier_versions") > 10, "what came is stored");
    assert_eq!(alerts(&stand), ["clock:undated"]);
    let early = list(&office, "2023-02").unwrap();
    assert!(early.is_provisional() && !rows(&early).is_empty(), "February is over by this machine’s clock alone");
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 0);
    let first = office
        .desk
        .store
        .read::<_, fitn_connector::store::StoreError>(|reader| reader.first_synced_at(&[procedure(ADS)]));
    assert_eq!(first.unwrap(), None);

    dated(&stand, true);
    office.sync(&stand);
    assert_eq!(alerts(&stand), [""; 0]);
    assert!(!list(&office, "2023-02").unwrap().is_provisional());

    // One answer without a date is enough for a sync to settle nothing.
    office.at("2023-04-02T10:00:00Z");
    stand.running().plan_faults(vec![PlannedFault { fault: Fault::Undated, requests: Requests::Range(2, 2) }]);
    office.sync(&stand);
    assert_eq!(stand.one("SELECT synced_at FROM procedures WHERE synced_at IS NOT NULL"), at(RIGHT));
    assert_eq!(alerts(&stand), ["clock:undated"]);
    assert!(list(&office, "2023-03").unwrap().is_provisional());
    // A sync that reads nothing says nothing of dates.
    stand.running().plan_faults(vec![PlannedFault { fault: Fault::Expired, requests: Requests::Range(1, 1_000) }]);
    assert!(office.try_sync(&stand, false).unwrap().error().is_some());
    assert!(alerts(&stand).contains(&"clock:undated".to_owned()), "{:?}", alerts(&stand));
    stand.running().plan_faults(Vec::new());
    office.sync(&stand);
    assert!(!list(&office, "2023-03").unwrap().is_provisional());
}

#[test]
fn without_a_date_what_is_seen_is_dated_by_the_difference_last_measured() {
    let stand = Stand::new(&[ADS]);
    let (number, label) = granted(&stand);
    let office = Office::open(&stand, RIGHT);
    office.machine_at(AHEAD).sync(&stand);
    stand.change(|w| w.answer(number, &label, Some(Value::Decimal(Cents(1))), later(1)));
    dated(&stand, false);
    office.machine_at("2023-05-10T10:15:00Z").sync(&stand);
    assert_eq!(observed(&stand), [at(RIGHT), at("2023-03-31T10:15:00Z")]);
    // Set back, it puts nothing before what DS said last.
    stand.change(|w| w.answer(number, &label, Some(Value::Decimal(Cents(2))), later(2)));
    office.machine_at("2023-01-15T00:00:00Z").sync(&stand);
    assert_eq!(observed(&stand), [at(RIGHT), at("2023-03-31T10:15:00Z")]);
    assert_eq!(stand.number(&format!("SELECT count(*) FROM dossier_versions WHERE dossier = {number}")), 3);
}

#[test]
fn a_date_that_ds_cannot_mean_rewrites_no_history() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    office.sync(&stand);
    office.at("2023-04-01T08:00:00Z").ds_at("2000-01-01T00:00:00Z").sync(&stand);
    assert_eq!(observed(&stand), [at(RIGHT), at(RIGHT)]);
    assert_eq!(stand.one("SELECT synced_at FROM procedures WHERE synced_at IS NOT NULL"), at(RIGHT));
    assert_eq!(alerts(&stand), ["clock:undated"]);
    office.at("2023-04-01T08:00:00Z").sync(&stand);
    assert_eq!(alerts(&stand), [""; 0]);
    assert_eq!(stand.one("SELECT synced_at FROM procedures WHERE synced_at IS NOT NULL"), at("2023-04-01T08:00:00Z"));
}

#[test]
fn a_dossier_dated_in_the_future_hides_nothing_that_happens_until_then() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    let [ahead, removed, changed] = [0, 1, 2].map(|at| stand.dossiers(ADS, |_| true)[at]);
    stand.change(|w| w.touch(ahead, "2030-01-01T00:00:00Z".parse().unwrap()));
    office.sync(&stand);
    let label = stand.label(ADS, "granted_amount");
    let on = "2023-03-31T18:00:00Z".parse().unwrap();
    stand.change(|w| {
        w.delete(removed, on)?;
        w.answer(changed, &label, Some(Value::Decimal(Cents(4242))), on)
    });
    office.at("2023-04-01T08:00:00Z").sync(&stand);
    let removed = format!("SELECT removed_reason FROM view_dossiers WHERE number = {removed}");
    assert_eq!(stand.one(&removed).as_deref(), Some("deleted"));
    assert_eq!(stand.number(&format!("SELECT granted_cents FROM view_dossiers WHERE number = {changed}")), 4242);
}

#[test]
fn what_a_person_did_under_a_wrong_clock_is_dated_by_the_next_answer() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    office.sync(&stand);
    // Wrong since the last answer: the difference last measured does not tell.
    office.machine_at("2023-05-10T10:02:00Z");
    let (number, _) = granted(&stand);
    office.desk.exclude(number, true, Signed { by: "A", reason: "essai" }).unwrap();
    let at_of = |view: &str| stand.one(&format!("SELECT at FROM {view}"));
    assert_eq!(at_of("view_journal"), at("2023-05-10T10:02:00Z"));
    office.at("2023-03-31T11:00:00Z").sync(&stand);
    assert_eq!(
        [at_of("view_journal"), at_of("view_exclusions")],
        [at("2023-03-31T11:00:00Z"), at("2023-03-31T11:00:00Z")]
    );
    let then = office.desk.dossier_at(number, "2023-03-31".parse().unwrap()).unwrap();
    assert!(then.line.excluded_at.is_some(), "{:?}", then.line);
}

#[test]
fn a_demarche_that_ds_does_not_know_keeps_nothing_open() {
    let stand = Stand::new(&[ADS, GUICHET]);
    let office = Office::open(&stand, RIGHT);
    office.sync(&stand);
    let (number, _) = granted(&stand);
    stand.change(|w| {
        w.discard(procedure(GUICHET), true);
        w.delete(number, later(1))
    });
    office.at("2023-04-01T08:00:00Z");
    dated(&stand, false);
    office.try_sync(&stand, true).unwrap();
    assert_eq!(alerts(&stand), ["clock:undated"]);
    dated(&stand, true);
    let summary = office.try_sync(&stand, true).unwrap();
    assert!(summary.error().is_some_and(SyncError::is_unknown_procedure), "{:?}", summary.error());
    assert_eq!(alerts(&stand), [""; 0]);
    office.at("2023-05-11T08:00:00Z").try_sync(&stand, true).unwrap();
    assert!(stand.number("SELECT count(*) FROM view_erasures") >= 1);
}

#[test]
fn nothing_is_erased_before_its_delay_is_over_by_ds() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    office.sync(&stand);
    let (number, _) = granted(&stand);
    stand.change(|w| w.delete(number, later(1)));
    let erased = || stand.number("SELECT count(*) FROM view_erasures");
    let full = |failing: bool| {
        let summary = office.try_sync(&stand, true).unwrap();
        assert_eq!(summary.error().is_some(), failing, "{:?}", summary.error());
    };
    office.at("2023-04-01T08:00:00Z");
    full(false);
    // Forty days later by this machine alone.
    office.machine_at("2023-05-11T08:00:00Z");
    full(false);
    assert_eq!(erased(), 0);
    assert_eq!(office.desk.purge(false).unwrap().due.len(), 0);
    // It is over by DS, but the full sync failed, or nothing says when it was made.
    office.at("2023-05-11T08:00:00Z");
    stand.running().plan_faults(vec![PlannedFault { fault: Fault::Expired, requests: Requests::Range(5, 99) }]);
    full(true);
    assert_eq!(erased(), 0);
    dated(&stand, false);
    full(false);
    assert_eq!(erased(), 0);
    dated(&stand, true);
    full(false);
    assert!(erased() >= 1);
}

#[test]
fn one_answer_from_a_far_future_erases_nothing() {
    let stand = Stand::new(&[ADS]);
    let office = Office::open(&stand, RIGHT);
    office.sync(&stand);
    let (number, _) = granted(&stand);
    stand.change(|w| w.delete(number, later(1)));
    office.at("2023-04-01T08:00:00Z").try_sync(&stand, true).unwrap();
    assert!(office.desk.purge(true).unwrap().waiting >= 1);
    let full = || office.try_sync(&stand, true).unwrap().error().is_none();
    office.ds_at("2099-01-01T08:00:00Z");
    assert!(full());
    assert_eq!(stand.number("SELECT count(*) FROM view_erasures"), 0);
    assert_eq!(office.desk.purge(false).unwrap().due.len(), 0);
    office.at("2023-07-01T08:00:00Z");
    assert!(full());
    assert!(stand.number("SELECT count(*) FROM view_erasures") >= 1);
}

/// The real program, whose machine is weeks ahead of DS.
#[test]
fn the_program_on_a_machine_weeks_ahead_says_so_and_goes_by_ds() {
    let system = Clock::system();
    let now = system.now();
    // By so much that DS's month does not end meanwhile, and is not that of this machine.
    let ahead = |days: &i64| SignedDuration::from_hours(days * 24);
    let days = (40..80).find(|days| (2..=26).contains(&paris_date(now - ahead(days)).day())).unwrap();
    let right = move |now: Timestamp| now - ahead(&days);
    let set_right = Arc::new(AtomicBool::new(false));
    let (is_right, clock) = (Arc::clone(&set_right), system.clone());
    let ds = Clock::from_fn(move || if is_right.load(Ordering::SeqCst) { clock.now() } else { right(clock.now()) });
    let stand = Stand::with_clock(&[ADS], ds);
    stand.run("sync").expect(0);
    let ds_day = paris_date(right(now));
    let seen = stand.one("SELECT max(observed_at) FROM dossier_versions").unwrap();
    assert!(seen.parse::<Timestamp>().unwrap() < right(now) + SignedDuration::from_hours(1), "{seen}");
    let check = stand.run("check").expect(1);
    let words = check.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("✗ horloge cette machine avance de {days} jours sur celle de DS")), "{words}");
    let status = stand.run("status");
    let words = status.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("avance de {days} jours sur celle de DS")), "{words}");
    // The month in which DS is, and the one in which this machine is.
    stand.run(&format!("export monthly --month {}", Month::of(ds_day))).expect(0);
    stand.run(&format!("export monthly --month {}", Month::of(paris_date(now)))).expect(2);
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 0);

    set_right.store(true, Ordering::SeqCst);
    stand.run("sync").expect(0);
    // By DS’s clock, weeks went by without one.
    stand.run("backup").expect(0);
    let check = stand.run("check").expect(0);
    assert!(check.out.contains("à l’heure de DS"), "{}", check.out);
    assert!(!stand.run("status").out.contains("horloge"));
    stand.run(&format!("export monthly --month {}", Month::of(ds_day))).expect(0);
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 4, "its month is over now");
}

#[test]
fn check_says_that_answers_have_no_date() {
    let stand = Stand::new(&[ADS]);
    dated(&stand, false);
    let check = stand.run("check").expect(1);
    let words = check.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("✗ horloge les réponses de DS n’ont pas de date utilisable"), "{words}");
}
