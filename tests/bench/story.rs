//! The program at work on a number of dossiers, each operation measured.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

use fitn_connector::domain::programme::Programme;
use fitn_connector::domain::text::grouped;
use fitn_connector::files::write_atomically;
use fitn_connector::sandbox;
use fitn_connector::sandbox::world::{Applicant, Value};
use jiff::{SignedDuration, Timestamp};

use super::operations::Figures;
use super::process::{Place, Run};
use super::server::Server;
use super::world;

/// How often an operation is measured at most, and for how long at most: a first time always.
const RUNS: u32 = 9;
const LONGEST: Duration = Duration::from_secs(20);

/// What the program may ask a minute: more than it can.
const REQUESTS_A_MINUTE: u32 = 60_000;
/// What a program allows that knows no more.
const FEWER: u32 = 400;

const DATABASE: &str = "fitn.sqlite";

/// What was measured with a number of dossiers.
#[derive(Debug)]
pub struct Measured {
    /// How many dossiers there were.
    pub dossiers: usize,
    /// How many démarches were followed.
    pub procedures: u64,
    /// Bytes of the database after the first sync.
    pub database_bytes: u64,
    /// The figures of each operation that the program knows, by name.
    pub figures: BTreeMap<&'static str, Figures>,
}

/// Measures a program with so many dossiers, in an empty directory.
pub fn tell(program: &Path, dossiers: usize, directory: &Path) -> Result<Measured, String> {
    say(&format!("── {} dossiers : le serveur les invente", grouped(dossiers as u64)));
    let server = Server::start(world::of(dossiers)).map_err(|error| format!("le serveur ne démarre pas : {error}"))?;
    let place = Place { program, directory };
    let mut story = Story { server, place, figures: BTreeMap::new(), now: after_everything(), database_bytes: 0 };
    story.write_token()?;
    story.fill_the_memory_of_the_server()?;
    story.read()?;
    story.change()?;
    story.show()?;
    story.act()?;
    story.export()?;
    let procedures = sandbox::procedures().len() as u64;
    Ok(Measured { dossiers, procedures, database_bytes: story.database_bytes, figures: story.figures })
}

/// After all that the stand-in makes up.
fn after_everything() -> Timestamp {
    Timestamp::from_second(1_700_000_000).unwrap_or_default()
}

fn say(text: &str) {
    eprintln!("{text}");
}

struct Story<'a> {
    server: Server,
    place: Place<'a>,
    figures: BTreeMap<&'static str, Figures>,
    /// The date of the last change.
    now: Timestamp,
    database_bytes: u64,
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

impl Story<'_> {
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
        if self.place.run(&["sync"])?.cost.code == 2 {
            self.configure(FEWER)?;
            say(&format!(
                "   ⚠ ce programme n’admet que {FEWER} requêtes par minute : les durées des longues lectures en dépendent"
            ));
            self.place.done(&["sync"])?;
        }
        let traffic = self.server.traffic();
        say(&format!("   {} requêtes en {} s", grouped(traffic.requests), begun.elapsed().as_secs()));
        Ok(())
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
    fn sample(
        &mut self,
        most: u32,
        mut prepare: impl FnMut(&mut Self, u32) -> Result<Vec<String>, String>,
    ) -> Result<Samples, String> {
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
        Ok(samples)
    }

    fn record(&mut self, name: &'static str, figures: Figures) {
        let cpu = super::operations::duration(figures.cpu_us);
        let runs = figures.runs;
        say(&format!("   {name} : {cpu} de CPU (médiane, mesures : {runs})"));
        self.figures.insert(name, figures);
    }

    /// Measures a command that is always the same.
    fn command(&mut self, name: &'static str, most: u32, line: &str) -> Result<(), String> {
        let arguments: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let samples = self.sample(most, |_, _| Ok(arguments.clone()))?;
        self.record(name, samples.figures());
        Ok(())
    }

    /// The same, where the program knows the command: its help has a word.
    fn command_if_known(&mut self, name: &'static str, word: &str, line: &str) -> Result<(), String> {
        let command = line.split_whitespace().next().unwrap_or_default();
        let help = self.place.run(&[command, "--help"])?;
        if help.cost.code == 0 && help.out.contains(word) {
            return self.command(name, RUNS, line);
        }
        say(&format!("   ⚠ non mesuré : ce programme n’a pas « fitn {line} »"));
        Ok(())
    }

    fn read(&mut self) -> Result<(), String> {
        let samples = self.sample(RUNS, |story, _| {
            story.forget(&["", "-wal", "-shm", ".lock", ".requests"])?;
            Ok(vec!["sync".to_owned()])
        })?;
        self.record("first_sync", samples.figures());
        let sizes = ["", "-wal"].map(|suffix| self.place.directory.join(format!("{DATABASE}{suffix}")));
        self.database_bytes = sizes.iter().filter_map(|path| Some(path.metadata().ok()?.len())).sum();
        self.command("quiet_sync", RUNS, "sync")?;
        self.command("full_sync", RUNS, "sync --full")?;
        self.command("evaluate", RUNS, "evaluate")
    }

    /// The number of the démarche of a programme.
    fn procedure(programme: Programme) -> Result<i64, String> {
        let served = sandbox::procedures().into_iter().find(|served| served.programme == programme);
        Ok(served.ok_or_else(|| format!("aucune démarche pour {programme}"))?.number)
    }

    /// One dossier changes, then is synced and evaluated: the evaluation is what that costs more than a sync with nothing new.
    fn changed(
        &mut self,
        name: &'static str,
        later_grants: u64,
        mut change: impl FnMut(&mut sandbox::World, Timestamp) -> Result<(), String>,
    ) -> Result<(), String> {
        let samples = self.sample(RUNS, |story, _| {
            // Further apart than what a sync reads again.
            story.now += SignedDuration::from_mins(30);
            let now = story.now;
            story.server.change(|world| change(world, now))?;
            Ok(vec!["sync".to_owned()])
        })?;
        let whole = samples.figures();
        let quiet = self.figures.get("quiet_sync").map_or(0, |quiet| quiet.cpu_us);
        if name == "changed_project" {
            self.record("changed_sync", whole);
        }
        let cpu_us = whole.cpu_us.saturating_sub(quiet);
        self.record(name, Figures { runs: whole.runs, cpu_us, later_grants, ..Figures::default() });
        Ok(())
    }

    fn change(&mut self) -> Result<(), String> {
        let (guichet, ads) = (Self::procedure(Programme::Axe3V1)?, Self::procedure(Programme::Axe3V1Ads)?);
        let picked = {
            let world = self.server.world();
            let form = |number| world.procedure(number).ok_or("une démarche manque");
            let (guichet_form, ads_form) = (form(guichet)?, form(ads)?);
            let project = world::pending(&world, guichet)
                .find(|dossier| world::held(guichet_form, dossier, "total_cost").is_some())
                .map(|dossier| dossier.number);
            let centre = world::pending(&world, ads)
                .find(|dossier| match world::held(ads_form, dossier, "attached_communes") {
                    Some(Value::Rows(rows)) => rows.len() > RUNS as usize,
                    _ => false,
                })
                .map(|dossier| dossier.number);
            let project = project.ok_or("aucun projet en instruction")?;
            let first = |form| world::first_grant(&world, form);
            (project, centre, first(guichet_form), first(ads_form))
        };
        let (project, centre, project_grant, ads_grant) = picked;
        self.changed("changed_project", 0, |world, now| world::add_a_euro(world, guichet, project, "total_cost", now))?;
        if let Some(centre) = centre {
            self.changed("changed_ads", 0, |world, now| world::detach_a_commune(world, ads, centre, now))?;
        }
        for (name, procedure, grant) in
            [("changed_project_grant", guichet, project_grant), ("changed_ads_grant", ads, ads_grant)]
        {
            if let Some((number, later)) = grant {
                self.changed(name, later, |world, now| {
                    world::add_a_euro(world, procedure, number, "granted_amount", now)
                })?;
            }
        }
        Ok(())
    }

    fn show(&mut self) -> Result<(), String> {
        let guichet = Self::procedure(Programme::Axe3V1)?;
        let (number, siren) = {
            let world = self.server.world();
            let dossier = world::pending(&world, guichet).last().ok_or("aucun dossier en instruction")?;
            let siren = match &dossier.applicant {
                Some(Applicant::Company(company) | Applicant::Incomplete(company)) => company.siret.get(..9),
                _ => None,
            };
            (dossier.number, siren.unwrap_or("217500016").to_owned())
        };
        self.command("status", RUNS, "status")?;
        self.command("dossier", RUNS, &format!("dossier {number}"))?;
        self.command_if_known("search", "--search", &format!("dossiers --search {siren}"))?;
        self.command("dossiers", RUNS, "dossiers --json")?;
        self.command_if_known("todo", "--json", "todo --json")?;
        let yesterday = fitn_connector::domain::clock::Clock::system().now() - SignedDuration::from_hours(24);
        let yesterday = fitn_connector::domain::instant::paris_date(yesterday);
        self.command_if_known("changes", "--since", &format!("changes --since {yesterday} --json"))
    }

    /// A person decides on a rule that leaves something to review, of another dossier each time.
    fn act(&mut self) -> Result<(), String> {
        let guichet = Self::procedure(Programme::Axe3V1)?;
        let numbers: Vec<i64> = world::pending(&self.server.world(), guichet).map(|dossier| dossier.number).collect();
        let mut cases = Vec::new();
        for number in numbers.iter().take(RUNS as usize) {
            let shown = self.place.done(&["dossier", &number.to_string(), "--json"])?.json();
            let verdicts = shown["verdicts"].as_array().cloned().unwrap_or_default();
            let doubt = verdicts.iter().find(|verdict| verdict["verdict"] == "to_review").or(verdicts.first());
            let rule = doubt.and_then(|verdict| verdict["rule"].as_str()).ok_or("un dossier n’a pas d’avis")?;
            cases.push((number.to_string(), rule.to_owned()));
        }
        let most = u32::try_from(cases.len()).unwrap_or(RUNS);
        let samples = self.sample(most, |_, run| {
            let (number, rule) = cases.get(run as usize).ok_or("plus de dossier à décider")?;
            let words =
                ["decide", number, "--rule", rule, "--verdict", "met", "--reason", "Vu au dossier", "--by", "Mesures"];
            Ok(words.map(str::to_owned).into())
        })?;
        self.record("decide", samples.figures());
        Ok(())
    }

    /// Another period each time: one asked for again is given as it was kept.
    fn export(&mut self) -> Result<(), String> {
        let exports = [
            ("monthly", "--month", ["2021-09", "2021-10", "2021-11"]),
            ("quarterly", "--quarter", ["2021-Q3", "2021-Q4", "2022-Q1"]),
        ];
        for (kind, option, periods) in exports {
            let samples = self.sample(3, |_, run| {
                let period = periods.get(run as usize).ok_or("plus de période")?;
                Ok(["export", kind, option, period].map(str::to_owned).into())
            })?;
            self.record(kind, samples.figures());
        }
        Ok(())
    }
}
