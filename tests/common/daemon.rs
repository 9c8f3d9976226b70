//! `fitn serve` as systemd runs it.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use super::{Run, Stand, eventually};

/// A daemon that does not outlive its test.
pub struct Daemon(Child);

impl Daemon {
    pub fn start(stand: &Stand) -> Self {
        Self::start_in(stand, &[])
    }

    /// The same, with these variables.
    pub fn start_in(stand: &Stand, environment: &[(&str, &str)]) -> Self {
        let arguments = ["--config", "config.toml", "serve"];
        Self::start_as(assert_cmd::cargo::cargo_bin!("fitn"), &arguments, stand, environment)
    }

    /// The same, as another program.
    pub fn start_as(program: &Path, arguments: &[&str], stand: &Stand, environment: &[(&str, &str)]) -> Self {
        let mut command = Command::new(program);
        for name in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
            command.env_remove(name);
        }
        command.envs(environment.iter().copied());
        let command = command.args(arguments).current_dir(stand.directory());
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

/// A command that runs beside the test, in the directory of the stand.
pub struct Beside {
    child: Child,
    directory: PathBuf,
}

impl Beside {
    /// Runs `fitn --config config.toml` and these words.
    pub fn run(stand: &Stand, name: &str, line: &str) -> Self {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
        for variable in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
            command.env_remove(variable);
        }
        let directory = stand.path(name);
        std::fs::create_dir(&directory).unwrap();
        let into = |file| std::fs::File::create(directory.join(file)).unwrap();
        command.args(["--config", "config.toml"]).args(line.split_whitespace()).current_dir(stand.directory());
        let child = command.stdin(Stdio::null()).stdout(into("out")).stderr(into("err")).spawn().unwrap();
        Self { child, directory }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has said on stderr so far.
    pub fn said(&self) -> String {
        std::fs::read_to_string(self.directory.join("err")).unwrap()
    }

    /// What it gave, once it ended.
    pub fn ended(mut self) -> Run {
        eventually("the command ends", || self.child.try_wait().unwrap().is_some());
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        Run { code, out: std::fs::read_to_string(self.directory.join("out")).unwrap(), err: self.said() }
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        // Ended already, most often.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The service does nothing by itself: what tasks do, another test says.
pub fn quiet(stand: &Stand) {
    // However long a test holds DS up.
    stand.reconfigure("timeout_s = 30", "timeout_s = 3600");
    let never = "0 0 3 1 1 *";
    let schedule =
        format!("[schedule]\nsync = \"{never}\"\nfull_sync = \"{never}\"\ndeliveries = \"{never}\"\n\n[exports]");
    stand.reconfigure("[exports]", &schedule);
}

/// A service that listens.
pub fn listening(stand: &Stand) -> Daemon {
    let daemon = Daemon::start(stand);
    eventually("the service is ready", || journal(stand).contains("le service est prêt"));
    daemon
}

/// Sends a process a signal.
pub fn signal(pid: u32, name: &str) {
    assert!(Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().unwrap().success());
}

/// What the console answers: the status line with the headers, and the body.
pub fn asked(stand: &Stand, path: &str) -> (String, String) {
    let log = journal(stand);
    let place = log.split("http://").nth(1).unwrap().split(' ').next().unwrap();
    let mut stream = std::net::TcpStream::connect(place).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {place}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// What the daemon has logged.
pub fn journal(stand: &Stand) -> String {
    std::fs::read_to_string(stand.path("journal")).unwrap()
}
