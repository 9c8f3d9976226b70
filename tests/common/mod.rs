//! What the stories share: a stand-in for DS on loopback, a workplace beside it, the program run on it, its database read.

#![allow(dead_code, reason = "each file of stories uses a part of it")]

pub mod chance;
pub mod daemon;
pub mod front;
pub mod lists;
pub mod mail;
pub mod memory;
pub mod mirror;
pub mod office;

use std::fmt::Write as _;
use std::future::Future;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLockReadGuard, RwLockWriteGuard};

use assert_cmd::Command;
use fitn_connector::domain::clock::Clock;
use fitn_connector::domain::programme::Programme;
use fitn_connector::files::write_atomically;
use fitn_connector::sandbox::world::{Dossier, UnknownDossier};
use fitn_connector::sandbox::{self, Options, Running, World};
use jiff::{SignedDuration, Timestamp};
use rusqlite::types::Value;
use tempfile::TempDir;
use tokio::net::TcpSocket;
use tokio::runtime::Runtime;

pub const ADS: Programme = Programme::Axe3V1Ads;
pub const GUICHET: Programme = Programme::Axe3V1;

/// The number of the stand-in's démarche of a programme.
pub fn procedure(programme: Programme) -> i64 {
    sandbox::procedures().iter().find(|served| served.programme == programme).unwrap().number
}

/// An instant after everything that the stand-in made up, so many minutes later.
pub fn later(minutes: i64) -> Timestamp {
    "2023-01-10T09:00:00.25Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

/// What a run of the program gave.
pub struct Run {
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Run {
    /// The one document on stdout.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} : {} {}", self.out, self.err))
    }

    /// The same run, once it is sure that it ended with a code.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}{}", self.out, self.err);
        self
    }
}

/// The program in a directory, without what the machine’s environment might add.
pub fn fitn(directory: &Path) -> Command {
    let mut command = assert_cmd::cargo::cargo_bin_cmd!("fitn");
    command.current_dir(directory);
    for name in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
        command.env_remove(name);
    }
    command
}

/// Runs a command to its end.
pub fn outcome(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// The hand of DS's clock: where a test put it, else the clock that the stand-in was given.
#[derive(Clone, Default)]
pub struct Hand(Arc<Mutex<Option<Timestamp>>>);

impl Hand {
    /// Moves it; gives where it was.
    pub fn put(&self, now: Option<Timestamp>) -> Option<Timestamp> {
        std::mem::replace(&mut *self.0.lock().unwrap(), now)
    }

    fn clock(&self, otherwise: Clock) -> Clock {
        let hand = self.clone();
        Clock::from_fn(move || hand.0.lock().unwrap().unwrap_or_else(|| otherwise.now()))
    }
}

/// A stand-in that serves, and the directory of a préfecture that reads it.
pub struct Stand {
    running: Option<Running>,
    /// Of DS's clock.
    pub hand: Hand,
    runtime: Runtime,
    directory: TempDir,
    pub followed: Vec<i64>,
    /// The port that the stand-in left: nobody else gets it, and nobody listens.
    left: Option<TcpSocket>,
}

impl Stand {
    /// A world with every awkward case; the préfecture follows the démarches of these programmes.
    pub fn new(programmes: &[Programme]) -> Self {
        Self::with_clock(programmes, Clock::system())
    }

    /// The same; the stand-in's answers are dated, and its limit of requests goes, by a clock.
    pub fn with_clock(programmes: &[Programme], clock: Clock) -> Self {
        Self::serving(programmes, 60, clock)
    }

    /// Few dossiers, in pages of four: for stories told very often.
    pub fn small(programmes: &[Programme]) -> Self {
        let stand = Self::serving(programmes, 24, Clock::system());
        stand.reconfigure("page_size = 100", "page_size = 4");
        stand
    }

    /// So many dossiers, for stories about what they take.
    pub fn with_dossiers(programmes: &[Programme], dossiers: usize) -> Self {
        Self::serving(programmes, dossiers, Clock::system())
    }

    fn serving(programmes: &[Programme], dossiers: usize, clock: Clock) -> Self {
        let runtime = Runtime::new().unwrap();
        let world = sandbox::generate(&Options { dossiers, ..Options::default() });
        let hand = Hand::default();
        let running = runtime.block_on(sandbox::start_with_clock(world, 0, hand.clock(clock))).unwrap();
        let followed = programmes.iter().map(|programme| procedure(*programme)).collect();
        let directory = tempfile::tempdir().unwrap();
        let stand = Self { running: Some(running), hand, runtime, directory, followed, left: None };
        stand.write("token", &format!("{}\n", stand.running().token), 0o600);
        let config = stand.default_config();
        stand.configure(&config);
        stand
    }

    fn default_config(&self) -> String {
        let mut text = format!(
            "[api]\nurl = \"{}\"\ntoken_file = \"token\"\npage_size = 100\ntimeout_s = 30\nmax_retry_s = 1\n\n\
             [database]\npath = \"fitn.sqlite\"\n\n[exports]\ndirectory = \"exports\"\n",
            self.running().url
        );
        for served in sandbox::procedures().iter().filter(|served| self.followed.contains(&served.number)) {
            write!(
                text,
                "\n[[procedures]]\nnumber = {}\nprogramme = \"{}\"\n{}\n",
                served.number, served.programme, served.fields_toml
            )
            .unwrap();
        }
        text
    }

    /// The configuration as it is.
    pub fn config(&self) -> String {
        std::fs::read_to_string(self.path("config.toml")).unwrap()
    }

    pub fn configure(&self, text: &str) {
        self.write("config.toml", text, 0o644);
    }

    /// Replaces a piece of the configuration, which must be there.
    #[track_caller]
    pub fn reconfigure(&self, from: &str, to: &str) {
        let text = self.config();
        assert!(text.contains(from), "{from}");
        self.configure(&text.replace(from, to));
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    pub fn world(&self) -> RwLockReadGuard<'_, World> {
        self.running().read()
    }

    pub fn world_mut(&self) -> RwLockWriteGuard<'_, World> {
        self.running().write()
    }

    /// Gives the program the token of a world that was replaced.
    pub fn take_the_token(&self) {
        let token = self.world().access.token.clone();
        self.write("token", &format!("{token}\n"), 0o600);
    }

    /// Begins again without a database.
    pub fn forget_the_database(&self) {
        for suffix in ["", "-wal", "-shm", ".lock", ".requests"] {
            let path = self.path(&format!("fitn.sqlite{suffix}"));
            if path.exists() {
                std::fs::remove_file(path).unwrap();
            }
        }
    }

    /// Makes something happen in the world.
    #[track_caller]
    pub fn change(&self, change: impl FnOnce(&mut World) -> Result<(), UnknownDossier>) {
        change(&mut self.world_mut()).unwrap();
    }

    /// The stand-in stops: nobody listens there any more.
    pub fn shut_down(&mut self) {
        let running = self.running.take().unwrap();
        let address = address(&running.url);
        self.runtime.block_on(running.shutdown()).unwrap();
        self.left = Some(held(address));
    }

    /// The numbers of the dossiers shown of a programme that a test is content with, in order of deposit.
    pub fn dossiers(&self, programme: Programme, wanted: impl Fn(&Dossier) -> bool) -> Vec<i64> {
        let world = self.world();
        world
            .dossiers_of(procedure(programme))
            .filter(|dossier| wanted(dossier))
            .map(|dossier| dossier.number)
            .collect()
    }

    /// The label of a question that the stand-in knows by a key.
    pub fn label(&self, programme: Programme, key: &str) -> String {
        self.world().procedure(procedure(programme)).unwrap().field(key).unwrap().label.clone()
    }

    pub fn directory(&self) -> &Path {
        self.directory.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub fn write(&self, name: &str, content: &str, mode: u32) {
        let path = self.path(name);
        write_atomically(&path, content.as_bytes()).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    }

    pub fn fitn(&self) -> Command {
        let mut command = fitn(self.directory());
        command.args(["--config", "config.toml"]);
        command
    }

    /// Runs `fitn --config config.toml` and these words.
    pub fn run(&self, line: &str) -> Run {
        outcome(self.fitn().args(line.split_whitespace()))
    }

    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        self.runtime.block_on(future)
    }

    /// What `read` makes of each row of a query.
    pub fn query<T>(&self, sql: &str, mut read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>) -> Vec<T> {
        #[allow(clippy::disallowed_methods, reason = "a look from outside, as people who query the database have")]
        let connection = rusqlite::Connection::open(self.path("fitn.sqlite")).unwrap();
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| read(row)).unwrap().collect::<Result<_, _>>().unwrap()
    }

    /// Changes the database from outside.
    pub fn execute(&self, sql: &str) {
        #[allow(clippy::disallowed_methods, reason = "a hand from outside")]
        let connection = rusqlite::Connection::open(self.path("fitn.sqlite")).unwrap();
        connection.execute(sql, []).unwrap();
    }

    /// The rows of a query, each value as text.
    pub fn rows(&self, sql: &str) -> Vec<Vec<Option<String>>> {
        self.query(sql, |row| (0..row.as_ref().column_count()).map(|column| row.get(column).map(text)).collect())
    }

    /// The first value of the first row.
    pub fn one(&self, sql: &str) -> Option<String> {
        self.rows(sql).into_iter().next().and_then(|row| row.into_iter().next()).flatten()
    }

    pub fn number(&self, sql: &str) -> i64 {
        self.one(sql).unwrap().parse().unwrap()
    }

    pub fn has_table(&self, name: &str) -> bool {
        self.one(&format!("SELECT name FROM sqlite_master WHERE name = '{name}'")).is_some()
    }

    /// What the last synchronisation counted.
    pub fn last_run(&self, column: &str) -> Option<String> {
        self.one(&format!("SELECT {column} FROM view_sync_runs ORDER BY id DESC LIMIT 1"))
    }
}

/// The address of a server, of its URL.
pub fn address(url: &str) -> SocketAddr {
    url.strip_prefix("http://").unwrap().split('/').next().unwrap().parse().unwrap()
}

/// Keeps an address for oneself, and does not listen there: who asks is refused, and no other test is given it meanwhile.
pub fn held(address: SocketAddr) -> TcpSocket {
    let mut held = None;
    // A process that another test is just starting may have the socket of who listened for a moment more.
    eventually("the address is free", || {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_reuseaddr(true).unwrap();
        held = socket.bind(address).is_ok().then_some(socket);
        held.is_some()
    });
    held.unwrap()
}

/// Waits until something is so, for as long as the slowest machine may need: only what is broken costs that long.
#[track_caller]
pub fn eventually(what: &str, mut is_so: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if is_so() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("never: {what}");
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::Integer(number) => Some(number.to_string()),
        Value::Real(number) => Some(number.to_string()),
        Value::Text(text) => Some(text),
        Value::Blob(bytes) => Some(format!("{} octets", bytes.len())),
    }
}
