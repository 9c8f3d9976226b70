//! `fitn serve` as systemd runs it.

mod common;

use std::collections::BTreeSet;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixDatagram;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use common::daemon::{Beside, Daemon, asked, journal, listening, quiet, signal};
use common::mail::SENT_BEFORE;
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

/// From now on DS answers nothing before the guard is dropped.
struct Gate(Arc<Mutex<()>>);

impl Gate {
    fn before(stand: &Stand) -> Self {
        let gate = Arc::new(Mutex::new(()));
        let watched = Arc::clone(&gate);
        stand.running().before_requests(move |_, _| drop(watched.lock().unwrap()));
        Self(gate)
    }

    fn close(&self) -> MutexGuard<'_, ()> {
        self.0.lock().unwrap()
    }
}

fn manual_runs(stand: &Stand, outcome: &str) -> i64 {
    let which = format!("trigger = 'manual' AND outcome = '{outcome}'");
    stand.number(&format!("SELECT count(*) FROM view_sync_runs WHERE {which}"))
}

#[test]
fn the_daemon_syncs_at_once_tells_its_state_bears_company_and_stops_when_asked() {
    let stand = Stand::new(&[ADS, Programme::Axe2V4]);
    let daemon = Daemon::start(&stand);
    eventually("a sync begins", || {
        stand.path("fitn.sqlite").exists() && stand.has_table("runs") && stand.last_run("trigger").is_some()
    });
    stand.run("sync").expect(0);
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

    stand.run("sync --full").expect(0);
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
        keys.filter(|key| key == "stale").count()
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
fn a_hangup_ends_no_service_and_does_to_a_command_what_whoever_started_it_wants() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    let daemon = Daemon::start(&stand);
    eventually("the first sync", || synced(&stand));
    daemon.signal("HUP");
    eventually("the signal is logged", || journal(&stand).contains("la configuration a été relue"));
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

#[test]
fn commands_give_the_same_with_a_service_and_without() {
    let stand = Stand::new(&[ADS, Programme::Axe2V4]);
    quiet(&stand);
    stand.run("sync").expect(0);
    let lines = [
        "sync",
        "evaluate",
        "evaluate --json",
        "export monthly --month 2021-09",
        "export monthly --month 2021-09 --out liste",
        "export quarterly --quarter 2021-Q3",
        "export quarterly --quarter 2199-Q3",
        "sync --dry-run",
        "quarantine retry",
    ];
    stand.run("export monthly --month 2021-09").expect(0);
    stand.run("export quarterly --quarter 2021-Q3").expect(0);
    let alone = lines.map(|line| stand.run(line));
    let list = std::fs::read(stand.path("liste/liste-demat-ads-2021-09.csv")).unwrap();
    std::fs::remove_dir_all(stand.path("liste")).unwrap();
    let daemon = listening(&stand);
    for (line, alone) in lines.iter().zip(alone) {
        let served = stand.run(line);
        assert_eq!((served.code, served.out, served.err), (alone.code, alone.out, alone.err), "{line}");
    }
    assert_eq!(std::fs::read(stand.path("liste/liste-demat-ads-2021-09.csv")).unwrap(), list);
    let log = journal(&stand);
    let done = log.matches("synchronisation terminée").count();
    assert_eq!(done, 2, "the service did the sync, and asked again for what is set aside; no trial: {log}");
    // A document that is made by the service says where its caller has it.
    stand.run("export monthly --month 2021-08 --out ailleurs").expect(0);
    let kept = stand.one("SELECT path FROM view_exports WHERE period = '2021-08' AND format = 'csv'").unwrap();
    let expected = stand.directory().canonicalize().unwrap().join("ailleurs/liste-demat-ads-2021-08.csv");
    assert_eq!(std::path::Path::new(&kept).canonicalize().unwrap(), expected);
    // What the service meets has its own exit code and words.
    stand.world_mut().access.expired = true;
    let refused = stand.run("sync").expect(4);
    assert!(refused.err.contains("conseil : "), "{}", refused.err);
    let refused = stand.run("sync --json").expect(4).json();
    assert_eq!(refused["error"]["code"], 4, "{refused}");
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_sync_asked_for_while_one_runs_shows_that_one_and_another_comes_after_it() {
    let stand = Stand::new(&[ADS]);
    quiet(&stand);
    let daemon = listening(&stand);
    let gate = Gate::before(&stand);
    let closed = gate.close();
    let first = Beside::run(&stand, "first", "sync");
    eventually("it runs in the service", || manual_runs(&stand, "running") == 1);
    let second = Beside::run(&stand, "second", "sync");
    eventually("the second one watches it", || second.said().contains("c’est elle qui est suivie"));
    let full = Beside::run(&stand, "full", "sync --full");
    eventually("the third one waits", || full.said().contains("celle-ci la suivra"));
    drop(closed);
    let (first, second) = (first.ended().expect(0), second.ended().expect(0));
    assert_eq!((first.out.contains("dossiers lus"), &first.out), (true, &second.out));
    full.ended().expect(0);
    assert_eq!(manual_runs(&stand, "done"), 2, "the one that two watched, and the full one");
    assert_store_equals_world(&stand);
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_command_that_is_interrupted_leaves_the_service_s_sync_alone() {
    let stand = Stand::new(&[ADS]);
    quiet(&stand);
    let daemon = listening(&stand);
    let gate = Gate::before(&stand);
    let closed = gate.close();
    let command = Beside::run(&stand, "command", "sync");
    eventually("it runs in the service", || manual_runs(&stand, "running") == 1);
    signal(command.pid(), "INT");
    let interrupted = command.ended().expect(1);
    let told = format!("ce qu’elle a demandé au service (processus {}) y continue", daemon.pid());
    assert!(interrupted.err.contains(&told), "{}", interrupted.err);
    drop(closed);
    eventually("the sync goes on to its end", || journal(&stand).contains("synchronisation terminée"));
    assert_eq!(manual_runs(&stand, "done"), 1);
    assert_store_equals_world(&stand);
    // Asked to stop, the service tells who waits for it how that ended.
    let closed = gate.close();
    let command = Beside::run(&stand, "another", "sync");
    eventually("another runs", || manual_runs(&stand, "running") == 1);
    daemon.terminate();
    let stopped = command.ended().expect(1);
    assert!(stopped.err.contains("interrompue"), "{}", stopped.err);
    assert_eq!(daemon.ended(), Some(0));
    drop(closed);
    assert!(!stand.path("fitn.sqlite.socket").exists());
}

#[test]
fn a_service_that_was_killed_leaves_nothing_in_the_way_of_commands_nor_of_the_next_one() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    quiet(&stand);
    let daemon = listening(&stand);
    let socket = stand.path("fitn.sqlite.socket");
    assert_eq!(socket.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    drop(daemon);
    assert!(socket.exists());
    stand.run("sync").expect(0);
    let next = listening(&stand);
    stand.run("sync").expect(0);
    assert!(journal(&stand).contains("synchronisation terminée"), "the next one did it");
    next.terminate();
    assert_eq!(next.ended(), Some(0));
}

#[test]
fn a_configuration_is_taken_up_by_a_reload_and_a_wrong_one_is_told_and_changes_nothing() {
    let stand = Stand::new(&[ADS]);
    quiet(&stand);
    let daemon = listening(&stand);
    stand.run("sync").expect(0);
    let right = stand.config();
    stand.configure(&format!("# Une remarque.\n{right}"));
    stand.run("sync").expect(0);
    stand.reconfigure("directory = \"exports\"", "directory = \"sorties\"");
    for line in ["sync", "evaluate", "export monthly --month 2021-09", "quarantine retry"] {
        let refused = stand.run(line).expect(2);
        let told = format!("le service (processus {}) tourne avec une autre configuration", daemon.pid());
        assert!(refused.err.contains(&told) && refused.err.contains("systemctl reload fitn"), "{}", refused.err);
    }
    daemon.signal("HUP");
    eventually("it is taken up", || stand.run("evaluate").code == 0);
    let alert = |stand: &Stand| stand.one("SELECT message FROM alerts WHERE key = 'configuration'");
    assert_eq!(alert(&stand), None);
    let taken_up = stand.config();
    stand.configure(&taken_up.replace("page_size = 100", "page_size = 0"));
    daemon.signal("HUP");
    eventually("it is refused", || alert(&stand).is_some());
    let told = alert(&stand).unwrap();
    assert!(told.contains("celle d’avant reste en vigueur") && told.contains("page_size"), "{told}");
    stand.configure(&taken_up.replace("path = \"fitn.sqlite\"", "path = \"autre.sqlite\""));
    daemon.signal("HUP");
    eventually("another database is refused", || alert(&stand).is_some_and(|told| told.contains("database.path")));
    stand.configure(&taken_up);
    stand.run("sync").expect(0);
    daemon.signal("HUP");
    eventually("a right one takes the alert back", || alert(&stand).is_none());
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_configuration_taken_up_while_a_sync_runs_holds_for_acts_as_soon_as_that_has_ended() {
    let stand = Stand::new(&[ADS]);
    quiet(&stand);
    let daemon = listening(&stand);
    stand.run("sync").expect(0);
    let number = stand.dossiers(ADS, |_| true)[0];
    let gate = Gate::before(&stand);
    let closed = gate.close();
    let command = Beside::run(&stand, "command", "sync");
    eventually("it runs in the service", || manual_runs(&stand, "running") == 1);
    stand.reconfigure("\nfeedback = ", "\n# feedback = ");
    daemon.signal("HUP");
    eventually("it is taken up", || journal(&stand).contains("la configuration a été relue"));
    let exclude = format!("exclude {number} --reason essai --by moi");
    stand.run(&exclude).expect(2);
    drop(closed);
    command.ended().expect(0);
    stand.run(&exclude).expect(0);
    stand.run("export monthly --month 2021-09").expect(0);
    assert_eq!(manual_runs(&stand, "done"), 2, "without another sync");
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn systemd_is_told_how_it_goes() {
    let stand = Stand::new(&[Programme::Axe2V4]);
    quiet(&stand);
    let path = stand.path("notify");
    let socket = UnixDatagram::bind(&path).unwrap();
    socket.set_read_timeout(Some(Duration::from_mins(10))).unwrap();
    let daemon = Daemon::start_in(&stand, &[("NOTIFY_SOCKET", path.to_str().unwrap()), ("WATCHDOG_USEC", "1000000")]);
    let until = |wanted: &str| {
        let mut heard = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            let length = socket.recv(&mut buffer).unwrap();
            let message = String::from_utf8(buffer[..length].to_vec()).unwrap();
            heard.push(message.clone());
            if message.lines().any(|line| line.starts_with(wanted)) {
                return (message, heard);
            }
        }
    };
    let (ready, before) = until("READY=1");
    assert!(ready.contains("STATUS="), "{ready}");
    assert!(before.iter().all(|message| !message.contains("STOPPING")), "{before:?}");
    // The tables are made before that: a start that takes long is asked to be waited for.
    let asks =
        |message: &String| message.contains("EXTEND_TIMEOUT_USEC=120000000") && message.contains("STATUS=met la base");
    assert!(before.iter().any(asks), "{before:?}");
    until("WATCHDOG=1");
    daemon.signal("HUP");
    let (reloading, _) = until("RELOADING=1");
    let instant = reloading.lines().find_map(|line| line.strip_prefix("MONOTONIC_USEC=")).unwrap();
    assert!(instant.parse::<u64>().unwrap() > 0);
    let (reloaded, _) = until("READY=1");
    assert!(reloaded.contains("STATUS=configuration relue"), "{reloaded}");
    daemon.terminate();
    until("STOPPING=1");
    assert_eq!(daemon.ended(), Some(0));
}

/// Reads figures as monitoring does: each family is described once, before its samples, which bear its name with the ending of its
/// kind, once each; what a histogram counts adds up.
fn assert_openmetrics(text: &str) {
    let body = text.strip_suffix("# EOF\n").unwrap_or_else(|| panic!("it has no end: {text}"));
    let (mut families, mut samples) = (BTreeSet::new(), BTreeSet::new());
    let (mut family, mut kind, mut cumulated, mut bound) = ("", "", 0, "");
    let mut counted = None;
    for line in body.lines() {
        let words: Vec<&str> = line.splitn(4, ' ').collect();
        match words[..] {
            ["#", "HELP", name, help] => assert!(families.insert(name) && !help.is_empty(), "{line}"),
            ["#", "TYPE", name, said] => (family, kind) = (name, said),
            ["#", "UNIT", name, unit] => assert!(name.ends_with(&format!("_{unit}")), "{line}"),
            _ => {
                let (sample, value) = line.rsplit_once(' ').unwrap();
                assert!(samples.insert(sample) && value.parse::<f64>().is_ok(), "{line}");
                let (name, labels) = sample.split_once('{').unwrap_or((sample, "}"));
                assert!(labels.ends_with('}') && families.contains(family), "{line}");
                let ending = name.strip_prefix(family).unwrap_or_else(|| panic!("not of {family}: {line}"));
                match (kind, ending) {
                    ("gauge", "") | ("counter", "_total") | ("histogram", "_sum") => {}
                    ("histogram", "_bucket") => {
                        let count: u64 = value.parse().unwrap();
                        assert!(count >= cumulated, "{line}");
                        (cumulated, bound) = (count, labels);
                    }
                    ("histogram", "_count") => counted = Some(value.parse().unwrap()),
                    _ => panic!("{kind}: {line}"),
                }
            }
        }
    }
    // There is one.
    assert_eq!((bound, Some(cumulated)), ("le=\"+Inf\"}", counted), "the last bound holds all: {text}");
}

#[test]
fn health_and_figures_are_shown_on_this_machine_without_a_personal_datum() {
    let stand = Stand::new(&[ADS]);
    quiet(&stand);
    let config = stand.config();
    stand.configure(&format!("{config}\n[console]\nlisten = \"0.0.0.0:8080\"\n"));
    let refused = stand.run("serve").expect(2);
    assert!(refused.err.contains("clé « console.listen »") && refused.err.contains("conseil : "), "{}", refused.err);
    stand.configure(&format!("{config}\n[console]\nlisten = \"127.0.0.1:0\"\n"));
    let daemon = listening(&stand);
    let (head, body) = asked(&stand, "/healthz");
    assert!(head.starts_with("HTTP/1.1 503 ") && head.contains("no-store"), "{head}");
    let health: serde_json::Value = serde_json::from_str(&body).unwrap();
    let never = format!("démarche {} : jamais lue jusqu’au bout", procedure(ADS));
    assert_eq!(health, serde_json::json!({ "healthy": false, "reasons": [never] }));
    stand.run("sync").expect(0);
    let (head, body) = asked(&stand, "/healthz");
    assert!(head.starts_with("HTTP/1.1 200 "), "{head} {body}");
    stand.execute(SENT_BEFORE);
    let (head, figures) = asked(&stand, "/metrics");
    assert!(head.starts_with("HTTP/1.1 200 ") && head.contains("application/openmetrics-text"), "{head}");
    let number = procedure(ADS);
    let dossiers = stand.number("SELECT coalesce(sum(granted_cents), 0) FROM view_credits");
    let granted: i64 = figures
        .lines()
        .filter(|line| line.starts_with("fitn_envelope_granted_cents{"))
        .map(|line| line.rsplit(' ').next().unwrap().parse::<i64>().unwrap())
        .sum();
    assert_eq!(granted, dossiers);
    for line in [
        format!("fitn_procedure_stale{{procedure=\"{number}\"}} 0"),
        format!("fitn_procedure_quarantine_dossiers{{procedure=\"{number}\"}} 0"),
        "fitn_sync_last_outcome{outcome=\"done\"} 1".to_owned(),
        "fitn_failing 0".to_owned(),
        "fitn_api_retries_total 0".to_owned(),
        "fitn_outbox_messages{state=\"envoye\"} 1".to_owned(),
    ] {
        assert!(figures.lines().any(|found| found == line), "{line} : {figures}");
    }
    let figure = |name: &str| -> i64 {
        let line = figures.lines().find(|line| line.starts_with(name)).unwrap_or_else(|| panic!("{name} : {figures}"));
        line.rsplit(' ').next().unwrap().parse().unwrap()
    };
    assert!(figure("fitn_api_request_duration_seconds_count") > 2 && figure("fitn_database_size_bytes") > 0);
    assert_openmetrics(&figures);
    assert!(!figures.contains("fitn_backup"), "there is none yet");
    stand.run("backup").expect(0);
    let figures = asked(&stand, "/metrics").1;
    assert_openmetrics(&figures);
    let line = figures.lines().find_map(|line| line.strip_prefix("fitn_backup_last_timestamp_seconds ")).unwrap();
    let told = stand.run("status --json").expect(0).json()["backup"]["at"].as_str().unwrap().parse::<jiff::Timestamp>();
    assert_eq!(line.parse(), Ok(told.unwrap().as_second()));
    let states = figures.lines().filter(|line| line.starts_with("fitn_outbox_messages{") && line.ends_with(" 0"));
    assert_eq!(states.count(), 5, "those without a message are shown too: {figures}");
    let synced_at = stand.one("SELECT synced_at FROM procedures").unwrap().parse::<jiff::Timestamp>().unwrap();
    assert_eq!(figure("fitn_procedure_synced_timestamp_seconds"), synced_at.as_second());
    assert!(asked(&stand, "/").0.starts_with("HTTP/1.1 404 "));
    let token = stand.world().access.token.clone();
    let mut secrets = vec![token, "autre@example.gouv.fr".to_owned()];
    secrets.extend(stand.rows("SELECT applicant FROM view_dossiers").into_iter().flatten().flatten());
    secrets.extend(stand.rows("SELECT siret FROM view_dossiers").into_iter().flatten().flatten());
    for secret in secrets {
        assert!(!figures.contains(&secret) && !body.contains(&secret), "{secret}");
    }
    // Ten hours ago, and a sync was due each hour since.
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
    let long_ago = to_rfc3339(Clock::system().now() - SignedDuration::from_hours(10));
    stand.rows(&format!("UPDATE procedures SET synced_at = '{long_ago}'"));
    stand.reconfigure("full_sync = \"0 0 3 1 1 *\"", "full_sync = \"0 0 * * * *\"");
    stand.world_mut().access.expired = true;
    let daemon = listening(&stand);
    let (head, body) = asked(&stand, "/healthz");
    assert!(head.starts_with("HTTP/1.1 503 ") && body.contains("données périmées"), "{head} {body}");
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_quarterly_report_is_a_draft_until_its_day_or_until_somebody_says_so() {
    // The tenth of January.
    let stand = Stand::with_clock(&[ADS, Programme::Axe2V4], Clock::fixed(later(0)));
    stand.run("sync").expect(0);
    let draft = stand.run("export quarterly --quarter 2022-Q4").expect(0);
    assert!(draft.out.contains("rapport-fitn7-2022-T4-projet.html"), "{}", draft.out);
    let told = "document provisoire, non conservé : projet, à arrêter le 20/01/2023";
    assert!(draft.err.contains(told) && draft.err.contains("--final"), "{}", draft.err);
    let page = words(&stand, "rapport-fitn7-2022-T4-projet.html");
    assert!(page.contains("projet, à arrêter le 20/01/2023"), "{page}");
    let kept = "SELECT count(*) FROM view_exports WHERE kind = 'quarterly-report'";
    assert_eq!(stand.number(kept), 0);
    let last = stand.run("export quarterly --quarter 2022-Q4 --final").expect(0);
    assert!(last.out.contains("rapport-fitn7-2022-T4.html") && stand.number(kept) == REPORT_FILES, "{}", last.out);
    let again = stand.run("export quarterly --quarter 2022-Q4").expect(0);
    assert!(again.err.contains("document déjà arrêté"), "{}", again.err);
    let current = stand.run("export quarterly --quarter 2023-Q1 --final").expect(0);
    assert!(current.out.contains("-provisoire"), "its quarter is not over: {}", current.out);
    stand.run("export quarterly --quarter 2022-Q3").expect(0);
    assert_eq!(stand.number(kept), 2 * REPORT_FILES, "the day of the quarter before has passed");
}

/// PDF where the program makes it, HTML, XLSX and ODS.
const REPORT_FILES: i64 = if cfg!(feature = "pdf") { 4 } else { 3 };

/// What an export says; spaces that do not break are plain ones.
fn words(stand: &Stand, name: &str) -> String {
    std::fs::read_to_string(stand.path("exports").join(name)).unwrap().replace(['\u{a0}', '\u{202f}'], " ")
}

#[test]
fn a_commentary_is_kept_with_its_quarter_and_another_one_is_a_correction() {
    // The tenth of January.
    let stand = Stand::with_clock(&[ADS, Programme::Axe2V4], Clock::fixed(later(0)));
    stand.run("sync").expect(0);
    stand.write("avis.md", "Le trimestre a été **soutenu**.\n\n- deux commissions\n", 0o644);
    let (draft, last) = ("rapport-fitn7-2022-T4-projet.html", "rapport-fitn7-2022-T4.html");
    let export = |rest: &str| stand.run(&format!("export quarterly --quarter 2022-Q4 {rest}"));

    // What is no commentary is refused before anything is made.
    let no_text = b"Le trimestre a \xe9t\xe9 soutenu.";
    fitn_connector::files::write_atomically(&stand.path("latin1.md"), no_text).unwrap();
    let refused = export("--comment latin1.md").expect(2);
    assert!(refused.err.contains("n’est pas en UTF-8 (ligne 1)") && refused.out.is_empty(), "{}", refused.err);
    assert!(!stand.path("exports").join(draft).exists());
    let missing = export("--comment absent.md").expect(2);
    assert!(missing.err.contains("absent.md : ce commentaire ne peut pas être lu"), "{}", missing.err);

    // Given once, it is in every draft, and in the report once it is final.
    export("--comment avis.md").expect(0);
    assert!(words(&stand, draft).contains("<strong>soutenu</strong>"));
    export("").expect(0);
    assert!(words(&stand, draft).contains("deux commissions"));
    export("--final").expect(0);
    assert!(words(&stand, last).contains("deux commissions"));
    let bytes = std::fs::read(stand.path("exports").join(last)).unwrap();
    export("--comment avis.md").expect(0);
    assert!(std::fs::read(stand.path("exports").join(last)).unwrap() == bytes, "the same one changes nothing");

    // Another one is a correction; an empty one takes it back.
    stand.write("autre.md", "Le trimestre a été calme.", 0o644);
    let refused = export("--comment autre.md").expect(2);
    assert!(
        refused.err.contains("son commentaire ne change plus") && refused.err.contains("--revise"),
        "{}",
        refused.err
    );
    export("--comment autre.md --revise").expect(0);
    assert!(words(&stand, "rapport-fitn7-2022-T4-rev1.html").contains("a été calme"));
    stand.write("vide.md", "\n", 0o644);
    export("--comment vide.md --revise").expect(0);
    assert!(!words(&stand, "rapport-fitn7-2022-T4-rev2.html").contains("Commentaire de la préfecture"));
    let same = export("--revise").expect(0);
    assert!(same.err.contains("rien ne diffère"), "{}", same.err);
}
