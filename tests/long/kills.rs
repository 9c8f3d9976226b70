//! The process killed at any moment, again and again, while DS goes on changing: what is stored is whole after each kill,
//! and the next sync goes on from it.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::common::chance;
use crate::common::mirror::assert_store_equals_world;
use crate::common::{ADS, Stand, later, procedure};
use fastrand::Rng;
use fitn_connector::domain::clock::Clock;
use fitn_connector::raw;
use fitn_connector::store::Store;

/// How many kills, and how many when nothing is left out.
const KILLS: (usize, usize) = (90, 600);
/// After so many kills the database is caught up and compared, and the story begins again from nothing.
const KILLS_OF_A_LIFE: usize = 15;

fn sync(stand: &Stand, full: bool) -> Child {
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("fitn"));
    command.args(["--config", "config.toml", "sync"]).args(full.then_some("--full"));
    command.current_dir(stand.directory()).env_remove("FITN_API_TOKEN");
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a whole sync needs when nothing disturbs it.
struct Measure {
    requests: u64,
    lasts: Duration,
}

/// Kills a sync at a moment of its run; false when it had already ended. The moment is a request and so much later: however fast this
/// machine is just now, a walk is cut midway most often.
fn kill_a_sync(stand: &Stand, full: bool, whole: &Measure, rng: &mut Rng) -> bool {
    let is_at_an_end = rng.u8(..4) == 0;
    let (request, most) = if is_at_an_end {
        // While it opens the database, or judges what it read.
        (if rng.bool() { 0 } else { whole.requests }, whole.lasts / 2)
    } else {
        (rng.u64(1..whole.requests), whole.lasts / u32::try_from(whole.requests).unwrap())
    };
    let after = Duration::from_micros(rng.u64(..=u64::try_from(most.as_micros()).unwrap()));
    stand.running().plan_faults(Vec::new());
    let mut child = sync(stand, full);
    while stand.running().requests() < request && child.try_wait().unwrap().is_none() {
        std::thread::sleep(Duration::from_millis(1));
    }
    std::thread::sleep(after);
    let ended = child.try_wait().unwrap();
    assert!(ended.is_none_or(|status| status.success()), "{ended:?}");
    child.kill().unwrap();
    child.wait().unwrap().code().is_none()
}

fn change_the_world(stand: &Stand, rng: &mut Rng, minute: i64, known: &mut Vec<i64>) {
    let (index, at) = (rng.usize(..known.len()), later(minute));
    let number = known[index];
    stand.change(|world| match rng.u8(..6) {
        0 => world.add_copy(number, at).map(|copy| known.push(copy)),
        1 => world.hide_by_user(number, at),
        2 => world.hide_by_administration(number, at, "instructeur_request"),
        3 => world.restore(number, at),
        4 => {
            known.swap_remove(index);
            world.delete(number, at)
        }
        _ => world.touch(number, at),
    });
}

/// Looks at a copy of the files, so that the next sync finds them as the kill left them. True when a reading was cut
/// midway.
fn assert_whole(stand: &Stand) -> bool {
    let look = tempfile::tempdir().unwrap();
    for name in ["fitn.sqlite", "fitn.sqlite-wal"] {
        if stand.path(name).exists() {
            std::fs::copy(stand.path(name), look.path().join(name)).unwrap();
        }
    }
    #[allow(clippy::disallowed_methods, reason = "a look from outside, as people who query the database have")]
    let database = rusqlite::Connection::open(look.path().join("fitn.sqlite")).unwrap();
    let count = |sql: &str| database.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    let integrity: String = database.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(integrity, "ok");
    assert!(!database.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap());
    if count("SELECT count(*) FROM sqlite_master WHERE name = 'marks'") == 0 {
        return false;
    }
    assert!(count("SELECT count(*) FROM runs WHERE outcome = 'running'") <= 1);
    let orphans = "SELECT count(*) FROM dossiers d LEFT JOIN dossier_versions v
                   ON v.id = d.version AND v.dossier = d.number AND v.content_hash = d.content_hash
                   WHERE (d.version IS NOT NULL OR d.content_hash IS NOT NULL) AND v.id IS NULL";
    assert_eq!(count(orphans), 0, "a dossier without its version");
    let mut statement = database
        .prepare(
            "SELECT d.number, v.content_hash, (SELECT count(*) FROM view_champs c WHERE c.dossier = d.number)
             FROM dossiers d JOIN dossier_versions v ON v.id = d.version",
        )
        .unwrap();
    let store = Store::open_to_read(&look.path().join("fitn.sqlite")).unwrap();
    let mut rows = statement.query([]).unwrap();
    while let Some(row) = rows.next().unwrap() {
        let (number, hash, champs): (i64, Vec<u8>, u32) =
            (row.get(0).unwrap(), row.get(1).unwrap(), row.get(2).unwrap());
        let json = store.read(|reader| reader.dossier_raw(number)).unwrap().unwrap();
        assert_eq!(hash, raw::content_hash(&json).unwrap(), "dossier {number}");
        assert_eq!(champs as usize, raw::champ_rows(&raw::decode(&json).unwrap()).len(), "dossier {number}");
    }
    count("SELECT count(*) FROM cursors") > 0
}

#[test]
fn a_sync_killed_at_any_moment_leaves_whole_pages_and_the_next_one_goes_on() {
    let wanted = chance::rounds(KILLS.0, KILLS.1);
    chance::stories("kills", 1, |seed| kill_again_and_again(wanted, Rng::with_seed(seed)));
}

fn kill_again_and_again(wanted: usize, mut rng: Rng) {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("page_size = 100", "page_size = 3");
    let began = Instant::now();
    stand.run("sync").expect(0);
    let whole = Measure { requests: stand.running().requests(), lasts: began.elapsed() };
    assert!(whole.requests > 10, "{}", whole.requests);
    stand.forget_the_database();

    let mut known: Vec<i64> = stand.world().dossiers_of(procedure(ADS)).map(|dossier| dossier.number).collect();
    let (mut kills, mut midway) = (0, 0);
    for attempt in 0.. {
        assert!(attempt < 10 * wanted + 100, "the syncs end before they can be killed: {kills} kills");
        let full = rng.bool();
        if kill_a_sync(&stand, full, &whole, &mut rng) {
            kills += 1;
            if stand.path("fitn.sqlite").exists() {
                midway += usize::from(assert_whole(&stand));
            }
            if kills % KILLS_OF_A_LIFE == 5 {
                // The cursor never points past what is stored: going on from it alone gives the whole.
                stand.run("sync").expect(0);
                assert_store_equals_world(&stand);
            }
            if kills % KILLS_OF_A_LIFE == 0 || kills == wanted {
                stand.run("sync --full").expect(0);
                assert_store_equals_world(&stand);
                assert_eq!(stand.number("SELECT count(*) FROM runs WHERE outcome = 'running'"), 0);
                let store = Store::open(&stand.path("fitn.sqlite")).unwrap();
                assert!(store.sync_lock(Clock::system().now()).is_ok(), "the lock is free");
                drop(store);
                if kills == wanted {
                    break;
                }
                stand.forget_the_database();
            }
        }
        change_the_world(&stand, &mut rng, i64::try_from(attempt).unwrap(), &mut known);
    }
    assert!(midway > 0, "no reading was cut midway");
}
