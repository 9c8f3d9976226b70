//! Disks that refuse to write: said in French with the right code, and nothing of what was stored is lost.

mod common;

use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Output};

use common::mirror::assert_store_equals_world;
use common::{ADS, Stand, later};
use fitn_connector::store::{Store, StoreError};

fn allow(path: &Path, mode: u32) {
    std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn a_file_that_may_grow_no_more_stops_the_sync_and_loses_nothing() {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("page_size = 100", "page_size = 3");
    let mut failures = 0;
    // Blocks of 512 bytes. The limit refuses a write (EFBIG) where a full disk says ENOSPC: to the program, both are a
    // write that fails midway.
    for blocks in [16, 128, 400, 700, 1000, 1500] {
        let line = format!("trap '' XFSZ; ulimit -f {blocks}; exec \"$0\" --config config.toml sync");
        let mut command = Command::new("sh");
        command.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
        let output = command.env_remove("FITN_API_TOKEN").output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        if output.status.code() != Some(0) {
            failures += 1;
            assert_eq!(output.status.code(), Some(1), "{blocks}: {said}");
            assert!(said.contains("erreur : le disque "), "{blocks}: {said}");
            assert!(said.contains("conseil : "), "{blocks}: {said}");
        }
        assert_eq!(stand.one("PRAGMA integrity_check").as_deref(), Some("ok"));
        assert!(stand.rows("PRAGMA foreign_key_check").is_empty());
    }
    assert!(failures > 1, "{failures}");
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
    assert_eq!(stand.number("SELECT count(*) FROM runs WHERE outcome = 'running'"), 0);
}

/// Runs a sync as somebody whom permissions bind.
fn sync_as_a_plain_account(stand: &Stand) -> (Option<i32>, String) {
    let output = as_a_plain_account(stand, "sync");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Runs a command in a directory that cannot be written, as somebody whom permissions bind: root does it as another account.
fn as_a_plain_account(stand: &Stand, line: &str) -> Output {
    let program = stand.path("fitn");
    std::fs::copy(assert_cmd::cargo::cargo_bin!("fitn"), &program).unwrap();
    let mut command = Command::new(&program);
    if std::fs::metadata(stand.directory()).unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    command.args(["--config", "config.toml"]).args(line.split(' ')).current_dir(stand.directory());
    allow(stand.directory(), 0o555);
    let output = command.env("FITN_API_TOKEN", &stand.running().token).output().unwrap();
    allow(stand.directory(), 0o755);
    output
}

#[test]
fn what_is_stored_can_be_looked_at_where_nothing_can_be_written() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = stand.dossiers(ADS, |_| true)[0];
    allow(&stand.path("fitn.sqlite"), 0o444);
    let files = || std::fs::read_dir(stand.directory()).unwrap().count();
    let before = files();
    let shown = format!("dossier {number}");
    for line in ["dossiers", "status", "quarantine list", "evaluate --diff", "purge --dry-run", &shown] {
        let output = as_a_plain_account(&stand, line);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), said.as_str()), (Some(0), ""), "{line}");
        assert!(!output.stdout.is_empty(), "{line}");
    }
    assert_eq!(files(), before + 1, "the copy of the program alone");

    // A journal that holds something could not be read there: that is said, and nothing old is shown for new.
    std::fs::copy(stand.path("fitn.sqlite"), stand.path("fitn.sqlite-wal")).unwrap();
    let output = as_a_plain_account(&stand, "dossiers");
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("conseil : donnez au compte qui lance fitn le droit d’écrire"), "{said}");
}

/// Runs a command that may make no file grow, as on a full disk: the index of the journal cannot be made.
fn where_nothing_grows(stand: &Stand, line: &str) -> (Option<i32>, String, String) {
    let line = format!("trap '' XFSZ; ulimit -f 0; exec \"$0\" --config config.toml {line}");
    let mut command = Command::new("sh");
    command.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
    let output = command.env_remove("FITN_API_TOKEN").output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn what_is_stored_can_be_looked_at_on_a_full_disk() {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
    stand.run("sync").expect(0);
    let number = stand.dossiers(ADS, |_| true)[0];
    let shown = format!("dossier {number}");
    let lines = [
        "dossiers",
        "status",
        "quarantine list",
        "evaluate --diff",
        "purge --dry-run",
        "purge --dry-run --json",
        "check",
        &shown,
    ];
    let look = |when: &str| {
        for line in lines {
            let (code, out, said) = where_nothing_grows(&stand, line);
            assert_eq!((code, said.as_str()), (Some(0), ""), "{when}: {line}");
            assert!(!out.is_empty(), "{when}: {line}");
        }
    };
    look("the journal is empty");

    // A sync that found the disk full leaves what it had stored in the journal.
    let store = Store::open(&stand.path("fitn.sqlite")).unwrap();
    store
        .write::<_, StoreError>(|writer| writer.alert_raise("essai", "elle est au journal", "rien", later(0)))
        .unwrap();
    look("another process has it open");
    for name in ["fitn.sqlite", "fitn.sqlite-wal"] {
        std::fs::copy(stand.path(name), stand.path(&format!("{name}.kept"))).unwrap();
    }
    drop(store);
    for name in ["fitn.sqlite", "fitn.sqlite-wal"] {
        std::fs::rename(stand.path(&format!("{name}.kept")), stand.path(name)).unwrap();
    }
    let _ = std::fs::remove_file(stand.path("fitn.sqlite-shm"));
    look("the journal holds something");
    let (_, out, _) = where_nothing_grows(&stand, "status");
    assert!(out.contains("! elle est au journal"), "what the journal holds is shown: {out}");
    assert!(std::fs::metadata(stand.path("fitn.sqlite-wal")).unwrap().len() > 0, "and it is left as it is");
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
}

#[test]
fn a_database_that_cannot_be_written_exits_2_and_says_which() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let touched = stand.dossiers(ADS, |_| true)[0];
    stand.change(|world| world.touch(touched, later(0)));
    allow(&stand.path("fitn.sqlite"), 0o444);
    // What another account owns is refused as such, whoever may write it.
    let is_root = std::fs::metadata(stand.directory()).unwrap().uid() == 0;
    let own = |uid| {
        for name in ["fitn.sqlite", "fitn.sqlite.lock", "fitn.sqlite.open.lock", "fitn.sqlite.requests"] {
            std::os::unix::fs::chown(stand.path(name), uid, None).unwrap();
        }
    };
    if is_root {
        own(Some(65_534));
    }
    let (code, said) = sync_as_a_plain_account(&stand);
    allow(&stand.path("fitn.sqlite"), 0o644);
    if is_root {
        own(Some(0));
    }
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("erreur : la base de données") && said.contains("fitn.sqlite"), "{said}");
    assert!(said.contains("conseil : donnez au compte qui lance fitn le droit d’écrire"), "{said}");

    stand.run("sync").expect(0);
    assert_eq!(stand.one("PRAGMA integrity_check").as_deref(), Some("ok"));
    assert_store_equals_world(&stand);
}

#[test]
fn a_directory_that_cannot_be_written_exits_2_before_anything_is_stored() {
    let stand = Stand::new(&[ADS]);
    let (code, said) = sync_as_a_plain_account(&stand);
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("erreur : la base de données") && said.contains("fitn.sqlite"), "{said}");
    assert!(!stand.path("fitn.sqlite").exists());
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
}

#[test]
fn a_full_disk_is_told_and_the_sync_goes_on_once_there_is_room() {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("page_size = 100", "page_size = 3");
    std::fs::create_dir(stand.path("full")).unwrap();
    let mount = "mount -t tmpfs -o size=2400k none full";
    let shell = |line: &str| {
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", line]).arg(assert_cmd::cargo::cargo_bin!("fitn"));
        command.current_dir(stand.directory()).env_remove("FITN_API_TOKEN").output()
    };
    if !shell(mount).is_ok_and(|output| output.status.success()) {
        let told = "NOT TESTED: a full disk; this account may not mount a small one (unshare -m, mount -t tmpfs)\n";
        std::io::Write::write_all(&mut std::io::stderr(), told.as_bytes()).unwrap();
        return;
    }
    stand.reconfigure("fitn.sqlite", "full/fitn.sqlite");
    // The small disk dies with its shell: the files are brought back as they were left.
    let line = format!(
        "{mount}; \"$0\" --config config.toml sync; code=$?; cp full/fitn.sqlite full/*-wal .; \
                 for line in dossiers 'evaluate --diff' 'quarantine list'; do \"$0\" --config config.toml $line || exit 9; done; \
                 head -c 2400000 /dev/zero > full/rest; rm -f full/*-shm; \
                 for line in dossiers 'evaluate --diff' 'quarantine list'; do \"$0\" --config config.toml $line || exit 8; done; \
                 exit $code"
    );
    let output = shell(&line).unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("erreur : le disque est plein"), "{said}");
    assert!(said.contains("conseil : libérez de la place"), "{said}");
    stand.reconfigure("full/fitn.sqlite", "fitn.sqlite");
    assert_eq!(stand.one("PRAGMA integrity_check").as_deref(), Some("ok"));
    assert!(stand.number("SELECT count(*) FROM view_dossiers") > 0, "what was received is kept");
    stand.run("sync").expect(0);
    assert_store_equals_world(&stand);
}
