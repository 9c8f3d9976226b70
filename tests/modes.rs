//! Who may read and write what the program makes: a table of all of it.

mod common;

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use common::{ADS, Stand, eventually};
use fitn_connector::store::{Store, StoreError};

/// The beginning of a path, what it is, its rights. The first that fits counts. The umask of who runs the program may take more
/// away.
const RIGHTS: [(&str, u32); 24] = [
    // What holds personal data or a secret is for the account of the service alone; so is what may be locked by whoever can open it.
    ("fitn.sqlite.lock", 0o600),
    ("fitn.sqlite.serve.lock", 0o600),
    ("fitn.sqlite.socket", 0o600),
    ("fitn.sqlite.requests", 0o600),
    ("fitn.sqlite-wal", 0o600),
    ("fitn.sqlite-shm", 0o600),
    ("fitn.sqlite", 0o600),
    ("fitn-pieces/??/?", 0o600),
    ("fitn-pieces/??", 0o700),
    ("fitn-pieces", 0o700),
    ("backups/sauvegarde-pieces/??/?", 0o600),
    ("backups/sauvegarde-pieces/??", 0o700),
    ("backups/sauvegarde-pieces", 0o700),
    ("backups/?", 0o600),
    ("backups", 0o700),
    ("demo/fitn.sqlite", 0o600),
    ("demo/token", 0o600),
    // Documents and configurations are read by the group too.
    ("demo/config.toml", 0o640),
    ("demo/exports/?", 0o640),
    ("demo/exports", 0o750),
    ("demo", 0o750),
    ("exports/?", 0o640),
    ("exports", 0o750),
    ("conf/config.toml", 0o640),
];

/// What stood there before.
const GIVEN: [&str; 3] = ["config.toml", "token", "journal"];

/// Whether a path begins like a pattern, where `?` is any part or character of a name.
fn fits(path: &str, pattern: &str) -> bool {
    let (path, pattern): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), pattern.split('/').collect());
    let last = pattern.len() - 1;
    path.len() == pattern.len()
        && path.iter().zip(&pattern).enumerate().all(|(at, (name, like))| match *like {
            "?" => true,
            "??" => name.len() == 2,
            like if at == last => *name == like || (like.ends_with(".sqlite") && name.starts_with(&format!("{like}."))),
            like => *name == like,
        })
}

fn walk(root: &Path, directory: &Path, found: &mut BTreeMap<String, u32>) {
    for entry in std::fs::read_dir(directory).unwrap().map(Result::unwrap) {
        let (path, metadata) = (entry.path(), entry.metadata().unwrap());
        found.insert(path.strip_prefix(root).unwrap().display().to_string(), metadata.permissions().mode() & 0o7777);
        if metadata.is_dir() {
            walk(root, &path, found);
        }
    }
}

fn everything_under(umask: u32) {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
    let shell = |line: &str| {
        let line = format!("umask {umask:03o}; exec \"$0\" {line}");
        let mut command = Command::new("sh");
        command.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
        for name in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
            command.env_remove(name);
        }
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let run = |line: &str| assert!(shell(line).status().unwrap().success(), "{line}");
    run("--config config.toml sync");
    run("--config config.toml sync --dry-run");
    run("--config config.toml backup");
    run("--config config.toml export monthly --month 2021-09");
    run("--config config.toml export quarterly --quarter 2021-Q3 --out exports");
    run("init --dir conf");
    run("demo --dir demo");
    let mut service = shell("--config config.toml serve").spawn().unwrap();
    eventually("the service lives", || {
        // Its socket is the last that it makes, under a name of its own until it has its rights.
        stand.run("status --json").json()["daemon"]["alive"] == true
            && ["fitn.sqlite-wal", "fitn.sqlite.socket"].iter().all(|name| stand.path(name).exists())
    });
    let mut found = BTreeMap::new();
    let store = Store::open(&stand.path("fitn.sqlite")).unwrap();
    store.write::<_, StoreError>(|writer| writer.alert_settle("aucune")).unwrap();
    walk(stand.directory(), stand.directory(), &mut found);
    service.kill().unwrap();
    service.wait().unwrap();

    let mut seen = [false; RIGHTS.len()];
    for (path, mode) in found.iter().filter(|(path, _)| !GIVEN.contains(&path.as_str())) {
        if path == "conf" {
            assert_eq!(*mode, 0o750 & !umask, "{path}");
            continue;
        }
        let place = RIGHTS.iter().position(|(pattern, _)| fits(path, pattern));
        let place = place.unwrap_or_else(|| panic!("{path} ({mode:o}) is in no table"));
        seen[place] = true;
        let expected = RIGHTS[place].1 & !umask;
        assert_eq!(*mode, expected, "{path}: {mode:o}, not {expected:o}, under {umask:03o}");
    }
    let unseen: Vec<&str> = RIGHTS.iter().zip(seen).filter(|(_, seen)| !seen).map(|((path, _), _)| *path).collect();
    assert!(unseen.is_empty(), "{unseen:?} {found:?}");
}

#[test]
fn what_is_made_has_the_rights_it_should_have_where_nothing_is_taken_away() {
    everything_under(0o000);
}

#[test]
fn what_is_made_has_no_more_rights_than_whoever_runs_the_program_allows() {
    everything_under(0o077);
}
