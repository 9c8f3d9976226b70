//! The service for a month: it needs no more at the end than in its first days.

use std::ffi::OsString;
use std::fmt;
use std::fmt::Write as _;
use std::process::ExitCode;

use crate::common::daemon::{Daemon, asked, journal};
use crate::common::mail::{MailServer, Mood, PASSWORD, Protection, SENT_BEFORE, Step};
use crate::common::memory::{descriptors, resident_kib, threads};
use crate::common::mirror::assert_store_equals_world;
use crate::common::{ADS, GUICHET, Stand, chance, eventually, procedure};
use fitn_connector::cli;
use fitn_connector::domain::clock::Clock;
use fitn_connector::sandbox::{Event, Fault, PlannedFault, Requests};
use jiff::{SignedDuration, Timestamp};
use tokio::runtime::Runtime;

/// Tells a process that it is the service.
const SERVES: &str = "FITN_SOAK_SERVES";
/// The file in which a test puts the hand of its clock.
const HAND: &str = "hand";

/// The first day begins then, after everything that the stand-in made up: a month ends and a report is due within the first days.
const BEGINNING: &str = "2023-03-30T00:00:00Z";
/// Within so many days everything has happened once.
const FIRST: usize = 5;
/// The lists of a year, and its reports.
const DOCUMENTS: usize = 16;
/// The database is larger than what one connection keeps of it in memory from the first day on.
const DOSSIERS: usize = 240;
/// How much more memory the last day may need than the last of the first ones, in percent.
const MORE: u64 = 5;
/// What comes and goes with those who ask at once: kept connections, threads of the pool. One that is lost each day would be twenty
/// more in the end.
const AT_ONCE: usize = 12;

#[test]
fn a_month_of_service_needs_no_more_than_its_first_days() {
    if std::env::var_os(SERVES).is_some() {
        serve();
    } else {
        soak(chance::rounds(30, 180));
    }
}

/// The service itself, as `fitn serve`, by a clock whose hand lies in a file.
fn serve() {
    let clock = Clock::from_fn(|| std::fs::read_to_string(HAND).unwrap().parse().unwrap());
    let arguments = ["fitn", "--config", "config.toml", "serve"].map(OsString::from);
    let code = Runtime::new().unwrap().block_on(cli::main(arguments, clock));
    assert_eq!(code, ExitCode::SUCCESS);
}

/// What the service holds when it has nothing to do.
#[derive(Clone, Copy)]
struct Held {
    kib: u64,
    threads: usize,
    sockets: usize,
    files: usize,
    database: usize,
}

impl Held {
    fn by(process: u32) -> Self {
        let open = descriptors(process);
        let of_database = open.iter().filter(|target| target.contains("/fitn.sqlite")).count();
        let sockets = open.iter().filter(|target| target.starts_with("socket:")).count();
        Self {
            kib: resident_kib(process),
            threads: threads(process),
            sockets,
            files: open.len() - sockets - of_database,
            database: of_database,
        }
    }
}

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kib, threads, sockets, files, database } = self;
        write!(f, "{kib} KiB, {threads} threads, {sockets} sockets, {files} files, {database} of the database")
    }
}

struct Story<'a> {
    stand: &'a Stand,
    server: &'a MailServer,
    daemon: Daemon,
    /// When its day began.
    day: Timestamp,
    faults: std::iter::Cycle<std::vec::IntoIter<Fault>>,
    events: std::iter::Cycle<std::vec::IntoIter<Event>>,
    documents: std::iter::Cycle<std::vec::IntoIter<String>>,
}

impl Story<'_> {
    /// Both clocks go on to an hour of the day.
    fn at(&self, hours: i64) -> Timestamp {
        let now = self.day + SignedDuration::from_hours(hours);
        self.stand.hand.put(Some(now));
        self.stand.write(HAND, &now.to_string(), 0o644);
        now
    }

    /// The configuration is read again, and what is due then is done.
    fn round(&self, hours: i64) {
        let now = self.at(hours);
        self.daemon.signal("HUP");
        let done = format!("SELECT count(*) FROM tasks WHERE name = 'deliveries' AND done_until >= '{now}'");
        eventually("the round ends", || self.stand.has_table("tasks") && self.stand.number(&done) == 1);
    }

    /// From now on two of the next requests fail, each in its way.
    fn spoil(&mut self) {
        let planned = [2, 5].map(|request| {
            let fault = self.faults.next().unwrap();
            PlannedFault { fault, requests: Requests::Range(request, request) }
        });
        self.stand.running().plan_faults(planned.to_vec());
    }

    fn heal(&self, now: Timestamp) {
        self.stand.running().plan_faults(Vec::new());
        self.stand.world_mut().heal_all(now);
    }

    /// Has the service do something, once DS is well: a beat may have begun another sync before.
    fn done(&self, line: &str) {
        eventually(line, || self.stand.run(line).code == 0);
    }

    fn ask(&self, path: &str, status: &str) {
        let (head, body) = asked(self.stand, path);
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{path} : {head} {body}");
    }

    fn pass(&mut self, number: usize) {
        let stand = self.stand;
        for programme in [ADS, GUICHET, ADS] {
            let event = self.events.next().unwrap();
            stand.world_mut().happen(procedure(programme), event, number * 7, self.day);
        }
        self.spoil();
        self.round(5);
        self.ask("/metrics", "200");
        self.spoil();
        self.at(8);
        // Whatever becomes of it.
        stand.run("sync");
        self.ask("/healthz", "");
        self.heal(self.at(10));
        self.done(if number.is_multiple_of(5) { "sync --full" } else { "sync" });
        if number.is_multiple_of(2) {
            self.done("evaluate");
        }
        // The most memory is needed by the largest document: each is made once in the first days.
        let documents = if number <= FIRST { DOCUMENTS.div_ceil(FIRST) } else { 1 };
        for document in self.documents.by_ref().take(documents).collect::<Vec<_>>() {
            self.done(&document);
        }
        self.server.moods(match number % 4 {
            0 => vec![Mood::Says(Step::Rcpt, "451 4.3.0 plus tard")],
            1 => vec![Mood::Cuts(Step::Dot)],
            2 => vec![Mood::Says(Step::Mail, "550 5.1.1 inconnu")],
            _ => Vec::new(),
        });
        self.round(14);
        self.ask("/metrics", "200");
        self.ask("/healthz", "200");
        self.day += SignedDuration::from_hours(24);
    }
}

fn soak(days: usize) {
    let stand = Stand::with_dossiers(&[ADS, GUICHET], DOSSIERS);
    let server = MailServer::start(Protection::StartTls);
    let delivery =
        |what| format!("\n[[delivery]]\nwhat = \"{what}\"\nto = [\"a@example.gouv.fr\", \"b@example.gouv.fr\"]\n");
    let deliveries = ["monthly-list", "quarterly-report", "alerts", "changes"].map(delivery).concat();
    let console = "\n[console]\nlisten = \"127.0.0.1:0\"\n";
    stand.configure(&(stand.config() + console + &server.section() + &deliveries));
    stand.write("smtp-password", &format!("{PASSWORD}\n"), 0o600);
    stand.write("autorite.pem", &server.authority, 0o644);
    stand.write(HAND, BEGINNING, 0o644);
    let (program, name) =
        (std::env::current_exe().unwrap(), "soak::a_month_of_service_needs_no_more_than_its_first_days");
    let mut environment = environment_of_the_unit();
    environment.push((SERVES.to_owned(), "1".to_owned()));
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (&**name, &**value)).collect();
    let daemon = Daemon::start_as(&program, &["--exact", name, "--nocapture"], &stand, &environment);
    eventually("the service is ready", || journal(&stand).contains("le service est prêt"));
    stand.execute(SENT_BEFORE);
    // The slow one would be waited for.
    let faults: Vec<Fault> = Fault::ALL.into_iter().map(|(_, fault)| fault).filter(|one| *one != Fault::Slow).collect();
    // A form that changes would keep every message back.
    let events: Vec<Event> = Event::ALL.into_iter().filter(|event| *event != Event::Relabelled).collect();
    let lists = (1..=12).map(|month| format!("export monthly --month 2022-{month:02}"));
    let reports = (1..=4).map(|quarter| format!("export quarterly --quarter 2022-Q{quarter}"));
    let documents: Vec<String> = lists.chain(reports).collect();
    assert_eq!(documents.len(), DOCUMENTS);
    let mut story = Story {
        stand: &stand,
        server: &server,
        daemon,
        day: BEGINNING.parse().unwrap(),
        faults: faults.into_iter().cycle(),
        events: events.into_iter().cycle(),
        documents: documents.into_iter().cycle(),
    };
    let mut held = Vec::new();
    for number in 1..=days {
        story.pass(number);
        held.push(Held::by(story.daemon.pid()));
    }
    story.done("sync --full");
    story.daemon.terminate();
    assert_eq!(story.daemon.ended(), Some(0));
    assert_store_equals_world(&stand);
    let told = held.iter().enumerate().fold(String::new(), |mut told, (day, held)| {
        writeln!(told, "day {} : {held}", day + 1).unwrap();
        told
    });
    let (first, last) = (&held[..FIRST], &held[held.len() - FIRST..]);
    let (before, after) = (first[FIRST - 1].kib, last[FIRST - 1].kib);
    assert!(after * 100 <= before * (100 + MORE), "memory grows:\n{told}");
    let grows = |count: fn(&Held) -> usize| {
        last.iter().map(count).min() > first.iter().map(count).max().map(|most| most + AT_ONCE)
    };
    assert!(!grows(|held| held.threads), "threads are lost:\n{told}");
    assert!(!grows(|held| held.sockets), "connections are lost:\n{told}");
    assert!(!grows(|held| held.files), "descriptors are lost:\n{told}");
    assert!(!grows(|held| held.database), "descriptors of the database are lost:\n{told}");
    eprintln!("{told}");
}

/// What the unit of systemd adds to the environment of the service.
fn environment_of_the_unit() -> Vec<(String, String)> {
    let unit = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/deploy/fitn.service")).unwrap();
    let variables = unit.lines().filter_map(|line| line.strip_prefix("Environment=")?.split_once('='));
    let ours = variables.filter(|(name, _)| *name != "FITN_CONFIG");
    ours.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}
