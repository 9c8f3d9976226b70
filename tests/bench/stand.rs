//! A server, a workplace beside it, and the program that is run there again and again.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fitn_connector::domain::text::grouped;
use fitn_connector::files::write_atomically;
use fitn_connector::sandbox;

use super::floor::{FLOOR, Floor};
use super::operations::{Figures, duration};
use super::process::{Place, Run};
use super::server::{Question, Server};
use super::world;

/// How often an operation is measured at most, and for how long at most: a first time always.
pub const RUNS: u32 = 9;
const LONGEST: Duration = Duration::from_secs(20);

/// What the program may ask a minute: more than it can.
const REQUESTS_A_MINUTE: u32 = 60_000;
/// What a program allows that knows no more.
const FEWER: u32 = 400;

/// With more pages, `dlt` would take minutes each time.
const DLT_PAGES: usize = 150;

const DATABASE: &str = "fitn.sqlite";

/// Tells people where it has got to.
fn say(text: &str) {
    eprintln!("{text}");
}

/// Several runs of one operation.
#[derive(Default)]
struct Samples {
    cpu_us: Vec<u64>,
    wall_us: Vec<u64>,
    last: Figures,
}

impl Samples {
    fn add(&mut self, server: &Server, run: &Run) {
        let (traffic, cost) = (server.traffic(), run.cost);
        self.cpu_us.push(cost.cpu_us);
        self.wall_us.push(cost.wall_us);
        self.last = Figures {
            peak_kib: self.last.peak_kib.max(Some(cost.peak_kib)),
            requests: traffic.requests,
            received_bytes: traffic.received_bytes,
            sent_bytes: traffic.sent_bytes,
            ..self.last
        };
    }

    fn figures(mut self) -> Figures {
        let runs = self.cpu_us.len() as u64;
        let wall_us = Some(median(&mut self.wall_us));
        Figures { runs, cpu_us: median(&mut self.cpu_us), wall_us, ..self.last }
    }
}

fn median(values: &mut [u64]) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

/// The program at work for one number of dossiers.
pub struct Stand<'a> {
    /// The server that it asks.
    pub server: Server,
    /// Where it works.
    pub place: Place<'a>,
    /// What was measured so far, by the name of the operation.
    pub figures: BTreeMap<&'static str, Figures>,
    /// The pages of dossiers that a first sync asks for.
    pub questions: Vec<Question>,
}

impl<'a> Stand<'a> {
    /// A server with so many dossiers and a configuration for it, in an empty directory.
    pub fn new(program: &'a Path, dossiers: usize, directory: &'a Path) -> Result<Self, String> {
        say(&format!("── {} dossiers : le serveur les invente", grouped(dossiers as u64)));
        let server =
            Server::start(world::of(dossiers)).map_err(|error| format!("le serveur ne démarre pas : {error}"))?;
        let place = Place { program, directory };
        let mut stand = Self { server, place, figures: BTreeMap::new(), questions: Vec::new() };
        stand.write_token()?;
        stand.fill_the_memory_of_the_server()?;
        stand.questions = stand.server.pages_asked_for();
        stand.write_questions()?;
        Ok(stand)
    }

    fn write_token(&self) -> Result<(), String> {
        let path = self.place.directory.join("token");
        let text = format!("{}\n", self.server.token);
        write_atomically(&path, text.as_bytes())
            .and_then(|()| fs::set_permissions(&path, PermissionsExt::from_mode(0o600)))
            .map_err(|error| format!("{} : {error}", path.display()))
    }

    fn configure(&self, requests_a_minute: u32) -> Result<(), String> {
        let mut text = format!(
            "[api]\nurl = \"{}\"\ntoken_file = \"token\"\nrequests_per_minute = {requests_a_minute}\n\n\
             [database]\npath = \"{DATABASE}\"\n\n[exports]\ndirectory = \"exports\"\n",
            self.server.url
        );
        for served in sandbox::procedures() {
            let _ = write!(
                text,
                "\n[[procedures]]\nnumber = {}\nprogramme = \"{}\"\n{}\n",
                served.number, served.programme, served.fields_toml
            );
        }
        let path = self.place.directory.join("config.toml");
        write_atomically(&path, text.as_bytes()).map_err(|error| format!("{} : {error}", path.display()))
    }

    /// A first sync that is not measured: the server knows its answers by heart afterwards.
    fn fill_the_memory_of_the_server(&self) -> Result<(), String> {
        self.configure(REQUESTS_A_MINUTE)?;
        say("   une lecture de tout, non mesurée : le serveur retient ses réponses");
        let begun = Instant::now();
        let mut run = self.place.run(&["sync"])?;
        if run.cost.code == 2 {
            self.configure(FEWER)?;
            say(&format!(
                "   ⚠ ce programme n’admet que {FEWER} requêtes par minute : les durées des longues lectures en dépendent"
            ));
            run = self.place.run(&["sync"])?;
        }
        run.succeeded(&["sync"])?;
        let traffic = self.server.traffic();
        say(&format!("   {} requêtes en {} s", grouped(traffic.requests), begun.elapsed().as_secs()));
        Ok(())
    }

    /// Begins again without a database.
    pub fn forget_the_database(&self) -> Result<(), String> {
        self.forget(&["", "-wal", "-shm", ".lock"])
    }

    /// Bytes of the database.
    pub fn database_bytes(&self) -> u64 {
        let sizes = ["", "-wal"].map(|end| self.place.directory.join(format!("{DATABASE}{end}")));
        sizes.iter().filter_map(|path| Some(path.metadata().ok()?.len())).sum()
    }

    /// Removes the database, or what lies beside it, by the ends of the names.
    fn forget(&self, ends: &[&str]) -> Result<(), String> {
        for end in ends {
            let path = self.place.directory.join(format!("{DATABASE}{end}"));
            if path.exists() {
                fs::remove_file(&path).map_err(|error| format!("{} : {error}", path.display()))?;
            }
        }
        Ok(())
    }

    /// Runs something again and again; what happens before each run is not measured. Whoever prepares gets the number of the run, and
    /// gives the arguments.
    pub fn sample(
        &self,
        most: u32,
        mut prepare: impl FnMut(&Self, u32) -> Result<Vec<String>, String>,
    ) -> Result<Figures, String> {
        let mut samples = Samples::default();
        let begun = Instant::now();
        for number in 0..most {
            if number > 0 && begun.elapsed() > LONGEST {
                break;
            }
            let arguments = prepare(self, number)?;
            let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
            // A run does not wait for what those before it asked within the minute.
            self.forget(&[".requests"])?;
            self.server.traffic();
            let run = self.place.done(&arguments)?;
            samples.add(&self.server, &run);
        }
        Ok(samples.figures())
    }

    /// Keeps the figures of an operation.
    pub fn record(&mut self, name: &'static str, figures: Figures) {
        let cpu = duration(figures.cpu_us);
        let runs = figures.runs;
        say(&format!("   {name} : {cpu} de CPU (médiane, mesures : {runs})"));
        self.figures.insert(name, figures);
    }

    /// Measures a command that is always the same.
    pub fn command(&mut self, name: &'static str, line: &str) -> Result<(), String> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let figures = self.sample(RUNS, |_, _| Ok(arguments.clone()))?;
        self.record(name, figures);
        Ok(())
    }

    /// Measures the least that operations are held against, on the database as it is.
    pub fn floor(&mut self, name: &'static str, floor: Floor) -> Result<(), String> {
        let own = std::env::current_exe().map_err(|error| error.to_string())?;
        let place = Place { program: &own, directory: self.place.directory };
        self.others(name, place, &[FLOOR, floor.name()])
    }

    /// Measures another program.
    fn others(&mut self, name: &'static str, place: Place<'_>, arguments: &[&str]) -> Result<(), String> {
        let (mut samples, begun) = (Samples::default(), Instant::now());
        for number in 0..RUNS {
            if number > 0 && begun.elapsed() > LONGEST {
                break;
            }
            self.server.traffic();
            samples.add(&self.server, &place.done(arguments)?);
        }
        self.record(name, samples.figures());
        Ok(())
    }

    /// The questions of the pages, each in a file, and what `curl` needs to ask them one after the other.
    fn write_questions(&self) -> Result<(), String> {
        let mut asked = String::new();
        for (number, question) in self.questions.iter().enumerate() {
            let name = format!("question-{number}.json");
            let path = self.place.directory.join(&name);
            write_atomically(&path, &question.bytes).map_err(|error| format!("{} : {error}", path.display()))?;
            let next = if number > 0 { "next\n" } else { "" };
            let _ = write!(
                asked,
                "{next}url = \"{}\"\nheader = \"Content-Type: application/json\"\nheader = \"Authorization: Bearer token={}\"\n\
                 data-binary = \"@{name}\"\noutput = \"/dev/null\"\nsilent\nfail\n",
                self.server.url, self.server.token
            );
        }
        let path = self.place.directory.join("questions.curl");
        write_atomically(&path, asked.as_bytes()).map_err(|error| format!("{} : {error}", path.display()))
    }

    /// The same pages asked for by `curl`, and thrown away.
    pub fn pages(&mut self) -> Result<(), String> {
        let place = Place { program: Path::new("curl"), directory: self.place.directory };
        self.others(Floor::Pages.name(), place, &["--config", "questions.curl"])
    }

    /// The same pages taken into SQLite by another program, where it is there.
    pub fn dlt(&mut self) -> Result<(), String> {
        let Some(python) = std::env::var_os("FITN_MEASURE_DLT").map(PathBuf::from) else { return Ok(()) };
        if self.questions.len() > DLT_PAGES {
            say("   non mesuré : dlt mettrait trop longtemps");
            return Ok(());
        }
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/bench/dlt_pipeline.py");
        let (url, token) = (self.server.url.clone(), self.server.token.clone());
        let place = Place { program: &python, directory: self.place.directory };
        self.others("dlt", place, &[script, &url, &token])
    }

    /// The same, where the program knows the command: its help has a word.
    pub fn command_if_known(&mut self, name: &'static str, word: &str, line: &str) -> Result<(), String> {
        let command = line.split_whitespace().next().unwrap_or_default();
        let help = self.place.run(&[command, "--help"])?;
        if help.cost.code == 0 && help.out.contains(word) {
            return self.command(name, line);
        }
        say(&format!("   ⚠ non mesuré : ce programme n’a pas « fitn {line} »"));
        Ok(())
    }
}
