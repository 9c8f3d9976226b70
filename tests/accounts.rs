//! Commands under another account than the one that owns the database, root's above all: whoever writes is refused, whoever reads
//! leaves nothing behind.

mod common;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use common::{ADS, Run, Stand};
use fitn_connector::store::{Store, StoreError};

/// An account that owns nothing else.
const SERVICE: u32 = 65_534;

/// A stand that root looks at and another account owns; none where this one may not give files away.
fn of_another_account() -> Option<Stand> {
    let stand = Stand::new(&[ADS]);
    if std::fs::metadata(stand.directory()).unwrap().uid() != 0 {
        let told = "NOT TESTED: files of another account; this one may not give any away (it takes root)\n";
        std::io::stderr().write_all(told.as_bytes()).unwrap();
        return None;
    }
    // Whom permissions bind runs a copy that it may read.
    std::fs::copy(assert_cmd::cargo::cargo_bin!("fitn"), stand.path("fitn")).unwrap();
    give(stand.directory(), SERVICE);
    Some(stand)
}

/// Gives away a directory with all that is in it.
fn give(path: &Path, owner: u32) {
    chown(path, Some(owner), Some(owner)).unwrap();
    if path.is_dir() {
        for entry in std::fs::read_dir(path).unwrap() {
            give(&entry.unwrap().path(), owner);
        }
    }
}

/// Runs a command as the account of the service.
fn as_the_service(stand: &Stand, line: &str) -> Run {
    let mut command = Command::new(stand.path("fitn"));
    command.uid(SERVICE).gid(SERVICE).args(["--config", "config.toml"]).args(line.split(' '));
    for name in ["FITN_CONFIG", "FITN_API_TOKEN", "CREDENTIALS_DIRECTORY", "RUST_LOG", "NOTIFY_SOCKET"] {
        command.env_remove(name);
    }
    let output = command.current_dir(stand.directory()).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

/// Each file of the directory with its owner.
fn owners(stand: &Stand) -> BTreeMap<String, u32> {
    let entries = std::fs::read_dir(stand.directory()).unwrap().map(Result::unwrap);
    entries.map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap().uid())).collect()
}

#[track_caller]
fn refused(run: Run, what: &str, mend: &str) {
    let run = run.expect(2);
    assert!(run.err.contains(what), "{}", run.err);
    let advice = run.err.lines().find_map(|line| line.strip_prefix("conseil : ")).unwrap();
    assert!(advice.contains(mend), "{advice}");
}

const WRITERS: [&str; 8] = [
    "sync",
    "sync --dry-run",
    "serve",
    "evaluate",
    "purge",
    "export monthly --month 2021-09",
    "quarantine retry",
    "exclude 1 --reason essai --by Dupont",
];

#[test]
fn root_begins_no_database_in_the_directory_of_another_account() {
    let Some(stand) = of_another_account() else { return };
    let before = owners(&stand);
    for line in ["sync", "sync --dry-run", "serve"] {
        refused(stand.run(line), "où serait la base de données, appartient au compte ", "sudo -u fitn fitn");
    }
    assert!(stand.run("check").expect(2).out.contains("✗ base de données"));
    assert_eq!(owners(&stand), before, "nothing was made");
    as_the_service(&stand, "sync").expect(0);
    assert!(owners(&stand).values().all(|owner| *owner == SERVICE), "{:?}", owners(&stand));
}

#[test]
fn root_writes_nothing_on_the_database_of_another_account_and_reads_it_without_a_trace() {
    let Some(stand) = of_another_account() else { return };
    as_the_service(&stand, "sync").expect(0);
    std::fs::remove_file(stand.path("fitn.sqlite.requests")).unwrap();
    let before = owners(&stand);
    for line in WRITERS {
        refused(stand.run(line), "la base de données fitn.sqlite appartient au compte ", "sudo -u fitn fitn");
        assert_eq!(owners(&stand), before, "{line}");
    }
    let checked = stand.run("check").expect(2).out;
    assert!(checked.contains("✗ base de données"), "{checked}");
    assert_eq!(owners(&stand), before, "not even the requests that are shared");
    let number = stand.dossiers(ADS, |_| true)[0];
    let shown = format!("dossier {number}");
    let readers = ["status", "dossiers", "quarantine list", "evaluate --diff", "purge --dry-run", &shown];
    for line in readers {
        stand.run(line).expect(0);
        assert_eq!(owners(&stand), before, "{line}");
    }
    // While somebody has it open, and after a crash that left a journal.
    let store = Store::open(&stand.path("fitn.sqlite"));
    assert!(matches!(store, Err(StoreError::Foreign { .. })));
    as_the_service(&stand, "sync").expect(0);
    as_the_service(&stand, "evaluate").expect(0);
    assert!(owners(&stand).values().all(|owner| *owner == SERVICE), "{:?}", owners(&stand));
}

#[test]
fn what_root_left_beside_a_database_is_named_with_its_mend() {
    let Some(stand) = of_another_account() else { return };
    as_the_service(&stand, "sync").expect(0);
    for suffix in [".lock", ".requests", "-wal"] {
        let path = stand.path(&format!("fitn.sqlite{suffix}"));
        std::fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
        chown(&path, Some(0), Some(0)).unwrap();
        let what = format!("fitn.sqlite{suffix}, à côté de la base de données, appartient au compte « root »");
        refused(as_the_service(&stand, "sync"), &what, "rendez-le à celui de la base (« chown »)");
        give(&path, SERVICE);
        as_the_service(&stand, "sync").expect(0);
    }
}

#[test]
fn a_database_that_root_began_is_named_with_its_mend() {
    let Some(stand) = of_another_account() else { return };
    give(stand.directory(), 0);
    stand.run("sync").expect(0);
    chown(stand.directory(), Some(SERVICE), Some(SERVICE)).unwrap();
    chown(stand.path("token"), Some(SERVICE), None).unwrap();
    for line in ["sync", "serve"] {
        refused(
            as_the_service(&stand, line),
            "la base de données fitn.sqlite appartient au compte « root »",
            "chown -R",
        );
    }
    give(stand.directory(), SERVICE);
    as_the_service(&stand, "sync").expect(0);
}

#[test]
fn root_that_owns_everything_is_an_account_like_any_other() {
    let stand = Stand::new(&[ADS]);
    if std::fs::metadata(stand.directory()).unwrap().uid() == 0 {
        stand.run("sync").expect(0);
        stand.run("sync --dry-run").expect(0);
        stand.run("evaluate").expect(0);
    }
    // A directory that root shares with an account is for both.
    let Some(stand) = of_another_account() else { return };
    chown(stand.directory(), Some(0), Some(SERVICE)).unwrap();
    std::fs::set_permissions(stand.directory(), std::os::unix::fs::PermissionsExt::from_mode(0o770)).unwrap();
    as_the_service(&stand, "sync").expect(0);
}
