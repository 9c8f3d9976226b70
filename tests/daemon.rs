//! `fitn serve` as systemd runs it.

mod common;

use std::process::{Child, Command, Stdio};

use common::mirror::assert_store_equals_world;
use common::{ADS, Stand, eventually, later};
use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::programme::Programme;

/// A daemon that does not outlive its test.
struct Daemon(Child);

impl Daemon {
    fn start(stand: &Stand) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
        for name in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
            command.env_remove(name);
        }
        let command = command.args(["--config", "config.toml", "serve"]).current_dir(stand.directory());
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn terminate(&self) {
        assert!(Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status().unwrap().success());
    }

    /// The exit code, once it ended.
    fn ended(mut self) -> Option<i32> {
        eventually("the daemon ends", || self.0.try_wait().unwrap().is_some());
        self.0.wait().unwrap().code()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Ended already, most often.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn synced(stand: &Stand) -> bool {
    stand.path("fitn.sqlite").exists()
        && stand.has_table("tasks")
        && stand.one("SELECT count(*) FROM tasks WHERE last_finished_at IS NOT NULL").as_deref() == Some("1")
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
    let next = status["next_runs"].as_array().unwrap();
    let tasks: Vec<&str> = next.iter().map(|task| task["task"].as_str().unwrap()).collect();
    for task in ["sync", "full_sync", "monthly_list", "quarterly_report"] {
        assert!(tasks.contains(&task), "{status}");
    }
    assert!(next.iter().all(|task| task["next"].is_string()), "{status}");
    let shown = stand.run("status").expect(0);
    for piece in ["Démarches\n", "synchronisée le ", "réussie", "Prochaines tâches de « fitn serve »\n"] {
        assert!(shown.out.contains(piece), "{piece} : {}", shown.out);
    }

    assert!([0, 5].contains(&stand.run("sync --full").code));
    assert_store_equals_world(&stand);
    assert_eq!(stand.one("PRAGMA integrity_check").as_deref(), Some("ok"));
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
    assert_store_equals_world(&stand);
}

#[test]
fn a_daemon_that_waits_for_ds_stops_all_the_same_and_the_next_one_goes_on() {
    // A minute that never ends: DS refuses everything after so many requests.
    let stand = Stand::with_clock(&[ADS], Clock::fixed(later(0)));
    stand.reconfigure("page_size = 100", "page_size = 5");
    stand.reconfigure("max_retry_s = 1", "max_retry_s = 3600");
    stand.running().limit(Some(5));
    let daemon = Daemon::start(&stand);
    // Two questions about the démarche, then three pages: the fourth is being waited for.
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
