//! One run of the program as a whole process: how long, how much CPU, how much memory, by the system's own account.
//!
//! The account is that of all children of a process. So each run has a parent of its own, a small one: this very program, called
//! with [`ALONE`]. (A parent's memory counts as the child's until the child becomes the program.)

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// The argument that makes this program the parent of one run: the program and its arguments come after it.
pub const ALONE: &str = "--alone";

/// What the environment must not add.
const NOT_INHERITED: [&str; 5] =
    ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"];

/// What one run cost.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Cost {
    /// The exit code; -1 after a signal.
    pub code: i32,
    /// Microseconds from beginning to end.
    pub wall_us: u64,
    /// Microseconds of CPU, those of the kernel for it included, on all cores.
    pub cpu_us: u64,
    /// The most memory that it had, in KiB.
    pub peak_kib: u64,
}

/// A run that ended.
#[derive(Debug)]
pub struct Run {
    /// What it cost.
    pub cost: Cost,
    /// Its standard output.
    pub out: String,
    /// Its standard error.
    pub err: String,
}

impl Run {
    /// Itself when the program succeeded; else what the program said.
    pub fn succeeded(self, arguments: &[&str]) -> Result<Self, String> {
        let Self { cost: Cost { code, .. }, out, err } = &self;
        match code {
            0 => Ok(self),
            _ => Err(format!("« fitn {} » a rendu le code {code} :\n{out}{err}", arguments.join(" "))),
        }
    }

    /// The document on the standard output; null when there is none.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_default()
    }
}

/// Where the program runs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The program that is measured.
    pub program: &'a Path,
    /// Its directory, with `config.toml` in it.
    pub directory: &'a Path,
}

impl Place<'_> {
    /// Runs the program with these arguments, whatever its exit code.
    pub fn run(&self, arguments: &[&str]) -> Result<Run, String> {
        let failed = |error: std::io::Error| format!("{} : {error}", self.program.display());
        let own = std::env::current_exe().map_err(failed)?;
        let [out, err] = ["sortie", "erreurs"].map(|name| self.directory.join(name));
        let mut command = Command::new(own);
        command.arg(ALONE).arg(self.program).args(arguments);
        command.current_dir(self.directory);
        command.env("FITN_MEASURE_OUT", &out).env("FITN_MEASURE_ERR", &err);
        for name in NOT_INHERITED {
            command.env_remove(name);
        }
        command.env("FITN_CONFIG", "config.toml");
        let told = command.stderr(Stdio::inherit()).output().map_err(failed)?;
        let text = |path: &Path| std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let cost = serde_json::from_slice(&told.stdout).map_err(|error| failed(error.into()))?;
        Ok(Run { cost, out: text(&out).map_err(failed)?, err: text(&err).map_err(failed)? })
    }

    /// The same; anything but success is an error that says what the program said.
    pub fn done(&self, arguments: &[&str]) -> Result<Run, String> {
        self.run(arguments)?.succeeded(arguments)
    }
}

/// The parent of one run: tells on its standard output what the run cost.
pub fn alone(arguments: &[String]) -> ExitCode {
    match measured(arguments) {
        Ok(cost) => {
            println!("{}", serde_json::json!(cost));
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("✗ {error}");
            ExitCode::FAILURE
        }
    }
}

fn measured(arguments: &[String]) -> std::io::Result<Cost> {
    let [program, arguments @ ..] = arguments else { return Err(std::io::ErrorKind::InvalidInput.into()) };
    let file = |name| File::create(std::env::var_os(name).ok_or(std::io::ErrorKind::InvalidInput)?);
    let (out, err) = (file("FITN_MEASURE_OUT")?, file("FITN_MEASURE_ERR")?);
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::null()).stdout(out).stderr(err);
    let begun = Instant::now();
    let status = command.status()?;
    let wall = begun.elapsed();
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN)?;
    let cpu = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Cost {
        code: status.code().unwrap_or(-1),
        wall_us: micros(wall),
        cpu_us: cpu.unsigned_abs(),
        peak_kib: usage.max_rss().unsigned_abs(),
    })
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
