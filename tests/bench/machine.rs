//! On what was measured: the machine, the system, the versions.

use std::fs;
use std::path::Path;
use std::process::Command;

use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::instant::paris_date;
use serde::{Deserialize, Serialize};

/// What figures depend on. Nothing of it names the machine or who works at it.
#[derive(Debug, Serialize, Deserialize)]
pub struct Facts {
    /// The day, in Paris.
    pub date: String,
    /// The commit of the sources; none when the program was not built here.
    pub commit: Option<String>,
    /// The model of the processor.
    pub cpu: String,
    /// How many cores there are for this process.
    pub cores: usize,
    /// MiB of memory.
    pub memory_mib: u64,
    /// The kernel's version.
    pub kernel: String,
    /// SQLite's.
    pub sqlite: String,
    /// That of the compiler.
    pub rustc: String,
}

const UNKNOWN: &str = "inconnu";

impl Facts {
    /// Those of now; `built`: the program that is measured was built from the sources at hand.
    pub fn now(built: bool) -> Self {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        let memory = read("/proc/meminfo");
        let memory_kib: u64 =
            value(&memory, "MemTotal").and_then(|kib| kib.trim_end_matches(" kB").parse().ok()).unwrap_or(0);
        Self {
            date: paris_date(Clock::system().now()).to_string(),
            commit: built.then(commit),
            cpu: value(&processors, "model name").unwrap_or(UNKNOWN).to_owned(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: memory_kib / 1_024,
            kernel: kernel(&read("/proc/sys/kernel/osrelease")),
            sqlite: rusqlite::version().to_owned(),
            rustc: told("rustc", &["--version"])
                .and_then(|text| Some(text.split(' ').nth(1)?.to_owned()))
                .unwrap_or(UNKNOWN.to_owned()),
        }
    }

    /// In a sentence.
    pub fn text(&self) -> String {
        let Self { date, commit, cpu, cores, memory_mib, kernel, sqlite, rustc } = self;
        let memory_gib = (memory_mib + 512) / 1_024;
        let cores = if *cores == 1 { "un cœur".to_owned() } else { format!("{cores} cœurs") };
        let commit =
            commit.as_deref().map_or("programme construit ailleurs".to_owned(), |commit| format!("sources {commit}"));
        format!(
            "le {date} ({commit}), sur {cpu}, {cores}, {memory_gib} Gio de mémoire, Linux {kernel}, SQLite {sqlite}, Rust {rustc}"
        )
    }
}

/// The numbers of a version, without what a builder of kernels adds.
fn kernel(release: &str) -> String {
    release.trim().split(['-', '+']).next().unwrap_or(UNKNOWN).to_owned()
}

/// The value of the first line `name : value`.
fn value<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = text.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.trim() == name).map(|(_, value)| value.trim())
}

fn commit() -> String {
    let Some(commit) = told("git", &["rev-parse", "--short=10", "HEAD"]) else { return UNKNOWN.to_owned() };
    let changed = told("git", &["status", "--porcelain", "--untracked-files=no"]).is_some_and(|text| !text.is_empty());
    if changed { commit + ", modifiées depuis" } else { commit }
}

/// What a command says, in the directory of the sources.
fn told(program: &str, arguments: &[&str]) -> Option<String> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(program).args(arguments).current_dir(sources).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
