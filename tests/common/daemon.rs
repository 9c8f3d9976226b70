//! `fitn serve` as systemd runs it.

use std::process::{Child, Command, Stdio};

use super::{Stand, eventually};

/// A daemon that does not outlive its test.
pub struct Daemon(Child);

impl Daemon {
    pub fn start(stand: &Stand) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
        for name in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
            command.env_remove(name);
        }
        let command = command.args(["--config", "config.toml", "serve"]).current_dir(stand.directory());
        let log = std::fs::File::create(stand.path("journal")).unwrap();
        Self(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    pub fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Sends it a signal: `TERM`, `HUP`.
    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    pub fn terminate(&self) {
        self.signal("TERM");
    }

    /// The exit code, once it ended.
    pub fn ended(mut self) -> Option<i32> {
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

/// Sends a process a signal.
pub fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap().success());
}

/// What the daemon has logged.
pub fn journal(stand: &Stand) -> String {
    std::fs::read_to_string(stand.path("journal")).unwrap()
}
