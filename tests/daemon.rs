//! `fitn serve` as systemd runs it.

mod common;

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use common::daemon::{Daemon, journal, signal};
use common::mirror::assert_store_equals_world;
use common::{ADS, Stand, eventually, later, procedure};
use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::instant::{paris_date, to_rfc3339};
use fitn_connector::domain::period::{Month, Period};
use fitn_connector::domain::programme::Programme;
use jiff::SignedDuration;

fn synced(stand: &Stand) -> bool {
    stand.path("fitn.sqlite").exists()
        && stand.has_table("tasks")
        && stand.number("SELECT count(*) FROM tasks WHERE last_finished_at IS NOT NULL") > 0
}

#[test]
fn the_daemon_syncs_at_once_tells_its_state_bears_company_and_stops_when_asked() {
    let stand = Stand::new(&[ADS, Programme::Axe2V4]);
    let daemon = Daemon::start(&stand);
    eventually("a sync begins", || {
        stand.path("fitn.sqlite").exists() && stand.has_table("runs") && stand.last_run("trigger").is_some()
    });
    let beside = stand.run("sync");
    assert!([0, 5].contains(&beside.code), "{}", beside.err);
    eventually("the first sync", || synced(&stand));

    let status = stand.run("status --json").expect(0).json();
    assert!(status["procedures"].as_array().unwrap().iter().all(|procedure| procedure["synced_at"].is_string()));
    let first = status["runs"].as_array().unwrap().last().unwrap();
    assert_eq!((&first["trigger"], &first["outcome"]), (&"schedule".into(), &"done".into()));
    assert_eq!((&status["daemon"]["alive"], &status["daemon"]["pid"]), (&true.into(), &daemon.pid().into()));
    assert!(status["daemon"]["since"].is_string() && status["size_bytes"].as_u64().unwrap() > 0, "{status}");
    assert_eq!((&status["stale"], &status["failing"]), (&false.into(), &false.into()));
    let next = status["next"].as_array().unwrap();
    let tasks: Vec<&str> = next.iter().map(|task| task["task"].as_str().unwrap()).collect();
    for task in ["sync", "full_sync", "monthly_list", "quarterly_report"] {
        assert!(tasks.contains(&task), "{status}");
    }
    assert!(next.is_sorted_by_key(|task| task["at"].as_str().unwrap()), "{status}");
    let shown = stand.run("status").expect(0);
    let alive = format!("(processus {})\n", daemon.pid());
    for piece in
        ["Service : en marche depuis le ", &alive, "Démarches\n", "synchronisée le ", "réussie", "Prochaines tâches"]
    {
        assert!(shown.out.contains(piece), "{piece} : {}", shown.out);
    }
    let log = journal(&stand);
    assert!(log.contains(" info synchronisation terminée (n°="), "{log}");
    let ready = log.lines().next().unwrap();
    assert!(ready.contains(" info le service est prêt (base="), "{log}");
    assert!(["+01:00", "+02:00"].contains(&&ready[19..25]), "the time of Paris: {log}");

    assert!([0, 5].contains(&stand.run("sync --full").code));
    assert_store_equals_world(&stand);
    assert_eq!(stand.one("PRAGMA integrity_check").as_deref(), Some("ok"));
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
    assert_store_equals_world(&stand);
    let status = stand.run("status --json").expect(0).json();
    assert_eq!((&status["daemon"]["alive"], status["next"].as_array().unwrap().len()), (&false.into(), 0));
    let shown = stand.run("status").expect(0).out;
    assert!(shown.starts_with("Service : arrêté") && !shown.contains("Prochaines tâches"), "{shown}");
}

#[test]
fn a_second_service_refuses_to_start_and_names_the_first() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    let first = Daemon::start(&stand);
    eventually("the first sync", || synced(&stand));
    let second = stand.run("serve").expect(5);
    let named = format!("(processus {}, depuis le ", first.pid());
    assert!(
        second.err.starts_with("erreur : le service tourne déjà sur la base ") && second.err.contains(&named),
        "{}",
        second.err
    );
    assert!(second.err.contains("conseil : un seul suffit"), "{}", second.err);
    let mode = stand.path("fitn.sqlite.serve.lock").metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    // Killed, it leaves nothing that would keep the next one from starting.
    drop(first);
    let next = Daemon::start(&stand);
    let pid = next.pid();
    eventually("the next one lives", || stand.run("status --json").json()["daemon"]["pid"] == pid);
    next.terminate();
    assert_eq!(next.ended(), Some(0));
}

#[test]
fn a_machine_forty_days_ahead_of_ds_makes_the_lists_of_the_months_that_are_over_by_ds_alone() {
    let stand = Stand::new(&[ADS]);
    let days_ago = |days: i64| Clock::system().now() - SignedDuration::from_hours(24 * days);
    let (first, ds) = (days_ago(100), days_ago(40));
    stand.hand.put(Some(first));
    stand.run("sync").expect(0);
    stand.hand.put(Some(ds));
    let daemon = Daemon::start(&stand);
    eventually("what is due is done", || {
        stand.has_table("tasks") && stand.number("SELECT count(*) FROM tasks WHERE name = 'quarterly_report'") == 1
    });
    // Due at six on the first of the month after; the first of them after DS was first read.
    let is_due = |month: &Month| month.ends_before() + SignedDuration::from_hours(6) > first;
    let over = std::iter::successors(Some(Month::of(paris_date(ds)).previous()), |month| Some(month.previous()));
    let mut expected: Vec<String> = over.take_while(is_due).map(|month| month.to_string()).collect();
    expected.reverse();
    let kept = stand.rows("SELECT DISTINCT period FROM exports WHERE kind = 'monthly-list' ORDER BY period");
    assert_eq!(kept.into_iter().flatten().flatten().collect::<Vec<_>>(), expected);
    let status = stand.run("status --json").expect(0).json();
    let alerts = status["alerts"].as_array().unwrap();
    let told = alerts.iter().find(|alert| alert["key"] == "clock:off").unwrap_or_else(|| panic!("{status}"));
    assert!(told["message"].as_str().unwrap().contains("avance de 40 jours"), "{told}");
    // This machine is in a later month; the next list is that of DS's, when it ends.
    let next = status["next"].as_array().unwrap().iter().find(|next| next["task"] == "monthly_list").unwrap();
    assert_eq!(next["at"], to_rfc3339(Month::of(paris_date(ds)).ends_before()), "{status}");
    assert!(alerts.iter().all(|alert| !alert["key"].as_str().unwrap().starts_with("task:")), "{status}");
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn monitoring_goes_by_the_exit_code_of_status() {
    let mut stand = Stand::new(&[Programme::Axe2V4]);
    let told = |stand: &Stand, code| {
        let status = stand.run("status --json").expect(code).json();
        let keys = status["alerts"].as_array().unwrap().iter().map(|alert| alert["key"].as_str().unwrap().to_owned());
        assert_eq!(status["stale"], code == 1);
        keys.filter(|key| key.starts_with("stale:")).count()
    };
    stand.run("sync").expect(0);
    assert_eq!(told(&stand, 0), 0, "fresh, without a service");
    let synced = |stand: &Stand, hours_ago: i64| {
        let at = to_rfc3339(Clock::system().now() - SignedDuration::from_hours(hours_ago));
        stand.rows(&format!("UPDATE procedures SET synced_at = '{at}'"));
    };
    stand.reconfigure("[exports]", "[schedule]\nsync = \"0 0 * * * *\"\n\n[exports]");
    synced(&stand, 5);
    assert_eq!(told(&stand, 0), 0, "six hours are allowed after the sync that was due");
    synced(&stand, 8);
    assert_eq!(told(&stand, 1), 1);
    let shown = stand.run("status").expect(1).out;
    assert!(shown.contains("données périmées"), "{shown}");
    stand.reconfigure("[schedule]", "[alerts]\nstale_after_h = 24\n\n[schedule]");
    assert_eq!(told(&stand, 0), 0);
    stand.run("sync").expect(0);
    stand.shut_down();
    stand.run("sync").expect(5);
    assert_eq!(told(&stand, 0), 0, "one sync that failed is no cause for alarm");
    stand.forget_the_database();
    stand.run("sync").expect(5);
    assert_eq!(told(&stand, 1), 1, "nothing was ever read");
}

#[test]
fn a_daemon_that_waits_for_ds_stops_all_the_same_and_the_next_one_goes_on() {
    // A minute that never ends: DS refuses everything after so many requests.
    let stand = Stand::with_clock(&[ADS], Clock::fixed(later(0)));
    stand.reconfigure("page_size = 100", "page_size = 5");
    stand.reconfigure("max_retry_s = 1", "max_retry_s = 3600");
    stand.running().limit(Some(4));
    let daemon = Daemon::start(&stand);
    // A question about the démarche, then three pages: the fourth is being waited for.
    eventually("three pages are stored", || {
        stand.path("fitn.sqlite").exists()
            && stand.has_table("runs")
            && stand.last_run("dossiers_seen").is_some_and(|seen| seen == "15")
    });
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
    assert_eq!(stand.last_run("outcome").as_deref(), Some("interrupted"));

    stand.running().limit(None);
    let daemon = Daemon::start(&stand);
    eventually("the next sync", || synced(&stand));
    assert_store_equals_world(&stand);
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_hangup_leaves_the_service_as_it_is_and_a_command_as_whoever_started_it_wants() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    let daemon = Daemon::start(&stand);
    eventually("the first sync", || synced(&stand));
    daemon.signal("HUP");
    eventually("the signal is logged", || journal(&stand).contains("SIGHUP reçu, sans effet"));
    assert_eq!(stand.run("status --json").expect(0).json()["daemon"]["pid"], daemon.pid());
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));

    // A minute that never ends: the sync waits for DS. Somebody started it under nohup, and then asks it to stop.
    let stand = Stand::with_clock(&[ADS], Clock::fixed(later(0)));
    stand.reconfigure("page_size = 100", "page_size = 5");
    stand.reconfigure("max_retry_s = 1", "max_retry_s = 3600");
    stand.running().limit(Some(4));
    let line = "trap '' HUP; exec \"$0\" --config config.toml sync";
    let mut command = Command::new("sh");
    command.args(["-c", line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    eventually("three pages are stored", || {
        stand.path("fitn.sqlite").exists()
            && stand.has_table("runs")
            && stand.last_run("dossiers_seen").is_some_and(|seen| seen == "15")
    });
    // What a command makes of the signal is not for it to say: it catches it no more than it was told to.
    let state = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let caught = state.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
    assert_eq!(u64::from_str_radix(caught, 16).unwrap() & 1, 0, "{state}");
    signal(child.id(), "HUP");
    signal(child.id(), "TERM");
    assert_eq!(child.wait().unwrap().code(), Some(1), "it stops as it was asked to, and the signal before did nothing");
}

#[test]
fn a_sync_that_ds_refused_is_not_logged_as_done() {
    let stand = Stand::new(&[ADS]);
    stand.world_mut().access.expired = true;
    let daemon = Daemon::start(&stand);
    eventually("the sync fails", || journal(&stand).contains("la tâche a échoué"));
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
    let log = journal(&stand);
    let said =
        format!("synchronisation en échec, rien n’a été lu en entier : démarche {} : l’API refuse", procedure(ADS));
    assert!(log.contains(&said) && !log.contains("terminée"), "{log}");
}

#[test]
fn a_disk_that_is_mounted_late_is_waited_for() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    stand.reconfigure("path = \"fitn.sqlite\"", "path = \"disque/fitn.sqlite\"");
    let late = stand.run("serve").expect(5);
    assert!(late.err.contains("le dossier de la base de données disque/fitn.sqlite n’existe pas"), "{}", late.err);
    assert!(late.err.contains("conseil : montez le disque qui la porte"), "{}", late.err);
    stand.run("sync").expect(2);
    std::fs::create_dir(stand.path("disque")).unwrap();
    stand.run("sync").expect(0);
}
