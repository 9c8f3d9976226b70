//! File servers at their worst: whatever addresses DS gives and whatever answers there, the sync is done, nobody within the network
//! is asked anything, nothing half-written stays, and the other files have their turn.

mod common;

use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::office::Office;
use common::{ADS, Run, Stand};
use fitn_connector::attachments::{Attachments, Limits};
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};

fn stand() -> Stand {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
    stand
}

/// A text for people, as if its lines had no end.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many files are in a state.
fn count(stand: &Stand, state: &str) -> i64 {
    stand.number(&format!("SELECT count(*) FROM view_attachments WHERE state = '{state}'"))
}

/// Why files could not be had.
fn reasons(stand: &Stand) -> BTreeSet<String> {
    let rows = stand.rows("SELECT DISTINCT reason FROM view_attachments WHERE state = 'failed'");
    rows.into_iter().map(|row| row[0].clone().unwrap()).collect()
}

/// The names on the disk that are no contents: what is half-written.
fn half_written(stand: &Stand) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(stand.path("fitn-pieces")) else { return Vec::new() };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.len() != 2).collect()
}

/// A server on this machine that answers each request for a file in its own way.
struct Hostile {
    origin: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Hostile {
    fn serving(answer: impl Fn(&mut TcpStream) -> std::io::Result<()> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (told, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let (told, answer) = (Arc::clone(&told), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut head = [0; 4096];
                    let read = connection.read(&mut head).unwrap_or(0);
                    let head = String::from_utf8_lossy(&head[..read]).into_owned();
                    told.lock().unwrap().push(head.split(' ').nth(1).unwrap_or_default().to_owned());
                    // Whoever was asked may have left.
                    let _ = answer(&mut connection);
                });
            }
        });
        Self { origin, asked }
    }

    /// The contents asked for since the last look, by what their addresses are made of.
    fn asked(&self) -> Vec<String> {
        let asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.iter().map(|path| content_of(path)).collect()
    }
}

/// Which content an address opens.
fn content_of(path: &str) -> String {
    path.split('/').skip(2).take(2).collect::<Vec<_>>().join("/")
}

const OPEN_END: &str = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/pdf\r\n\r\n";

/// Nothing of an address but its host is told, anywhere.
#[track_caller]
fn assert_says_no_address(stand: &Stand, run: &Run) {
    let status = stand.run("status --json");
    for said in [&run.out, &run.err, &status.out] {
        assert!(!said.contains("/fichiers/") && !said.contains("facture-0"), "{said}");
    }
}

#[test]
fn an_address_that_is_not_public_is_refused_however_it_is_written_and_told_by_its_host() {
    let stand = stand();
    for (origin, host) in [
        ("https://10.0.0.1", "10.0.0.1"),
        ("https://0xa.1", "10.0.0.1"),
        ("https://3232235777", "192.168.1.1"),
        ("https://0251.0376.0xa9fe", "169.254.169.254"),
        ("https://[fd00::1]:8443", "fd00::1"),
        ("https://[::ffff:10.0.0.1]", "::ffff:10.0.0.1"),
        ("https://0.0.0.0", "0.0.0.0"),
    ] {
        stand.forget_the_database();
        stand.running().announce_files_at(origin);
        let run = stand.run("sync").expect(0);
        assert!(flat(&run.out).contains(&format!("qui n’est pas publique (hôte {host})")), "{origin}: {}", run.out);
        assert_eq!(
            (count(&stand, "failed"), reasons(&stand).len()),
            (3, 1),
            "a server that is refused ends it: {origin}"
        );
        assert_says_no_address(&stand, &run);
    }
    let status = flat(&stand.run("status").expect(0).out);
    assert!(status.contains("nommez cet hôte dans « internal_hosts »"), "{status}");

    for (origin, reason) in [
        ("https://moi:secret@stockage.example", "le lien n’est pas l’adresse d’un fichier"),
        ("https://[fe80::1%25eth0]", "le lien n’est pas l’adresse d’un fichier"),
        ("http://stockage.example", "qui n’est pas protégée"),
    ] {
        stand.forget_the_database();
        stand.running().announce_files_at(origin);
        let run = stand.run("sync").expect(0);
        assert!(flat(&run.out).contains(reason), "{origin}: {}", run.out);
        assert_says_no_address(&stand, &run);
    }
    assert_eq!(half_written(&stand), [] as [&str; 0]);
}

#[test]
fn a_redirection_within_the_network_is_not_followed() {
    let stand = stand();
    let server = Hostile::serving(|connection| {
        let head = "HTTP/1.1 307 Temporary Redirect\r\nConnection: close\r\nContent-Length: 0\r\nLocation: ";
        write!(connection, "{head}https://192.168.0.9/admin?delete=facture\r\n\r\n")
    });
    stand.running().announce_files_at(&server.origin);
    let run = stand.run("sync").expect(0);
    assert!(flat(&run.out).contains("qui n’est pas publique (hôte 192.168.0.9)"), "{}", run.out);
    assert_says_no_address(&stand, &run);
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_body_without_end_is_cut_at_the_largest_size() {
    let stand = stand();
    stand.reconfigure("download = true\n", "download = true\nmax_bytes = 300000\n");
    let server = Hostile::serving(|connection| {
        connection.write_all(OPEN_END.as_bytes())?;
        loop {
            connection.write_all(&[b'%'; 8_192])?;
        }
    });
    stand.running().announce_files_at(&server.origin);
    let run = stand.run("sync").expect(0);
    assert!(flat(&run.out).contains("en échec"), "{}", run.out);
    assert!(reasons(&stand).iter().all(|reason| reason.contains("taille maximale, 300\u{202f}000 octets")));
    assert_eq!((count(&stand, "stored"), half_written(&stand)), (0, Vec::new()));
}

#[test]
fn a_body_that_stops_is_left_and_asked_for_again() {
    let stand = stand();
    let server = Hostile::serving(|connection| {
        connection.write_all(OPEN_END.replace("\r\n\r\n", "\r\nContent-Length: 1000\r\n\r\n%PDF").as_bytes())
    });
    stand.running().announce_files_at(&server.origin);
    let run = stand.run("sync").expect(0);
    assert!(flat(&run.out).contains("arrêt : le téléchargement a été interrompu"), "{}", run.out);
    assert_eq!((count(&stand, "failed"), half_written(&stand)), (3, Vec::new()));
    stand.running().announce_files_at(&stand.running().url.replace("/api/v2/graphql", ""));
    stand.run("sync").expect(0);
    assert_eq!((count(&stand, "failed"), count(&stand, "pending")), (0, 0));
}

/// The program, whose downloads last no longer than that after each sync.
fn hurried(stand: &Stand, max_run: Duration) -> Office {
    let mut office = Office::impatient(stand, "2023-02-01T08:00:00Z");
    let desk = &mut office.desk;
    let limits = Limits { max_bytes: 1 << 40, max_run, disk_floor: 0, internal_hosts: BTreeSet::new() };
    let directory = stand.path("fitn-pieces");
    desk.attachments = Attachments::new(Arc::clone(&desk.store), desk.clock.clone(), directory, Some(limits));
    office
}

#[test]
fn a_file_that_never_ends_ends_with_the_run_and_the_others_have_their_turn() {
    let stand = stand();
    // Fast enough, and never done.
    let server = Hostile::serving(|connection| {
        connection.write_all(OPEN_END.as_bytes())?;
        loop {
            connection.write_all(&[b'%'; 4096])?;
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    stand.running().announce_files_at(&server.origin);
    let mut seen = BTreeSet::new();
    let (mut failed, mut lasts) = (0, Duration::from_secs(1));
    while failed < 3 {
        hurried(&stand, lasts).sync(&stand);
        seen.extend(server.asked());
        assert_eq!(half_written(&stand), [] as [&str; 0]);
        let before = std::mem::replace(&mut failed, count(&stand, "failed"));
        if failed == before {
            // A slow machine needs more than half of that to ask for its address.
            lasts *= 2;
            assert!(lasts < Duration::from_mins(10), "no file has most of the time");
        }
    }
    assert_eq!((failed, count(&stand, "stored")), (3, 0));
    assert!(seen.len() >= 3, "each had its turn: {seen:?}");
    assert!(reasons(&stand).iter().all(|reason| reason.contains("« max_run_s »")), "{:?}", reasons(&stand));
    // Once files end, all are had.
    stand.running().announce_files_at(&stand.running().url.replace("/api/v2/graphql", ""));
    stand.run("sync").expect(0);
    assert_eq!((count(&stand, "failed"), count(&stand, "pending")), (0, 0));
}

#[test]
fn a_disk_that_fills_up_ends_the_downloads_and_not_the_sync() {
    let stand = stand();
    // No disk has as much: an exbibyte.
    stand.reconfigure("disk_free_min_mb = 0", "disk_free_min_mb = 1099511627776");
    let run = stand.run("sync").expect(0);
    assert!(
        flat(&run.out).contains("Mio libres dans") && flat(&run.out).contains("« disk_free_min_mb »"),
        "{}",
        run.out
    );
    assert!(stand.running().file_requests().is_empty());
    assert_eq!((count(&stand, "failed"), stand.last_run("outcome").as_deref()), (0, Some("done")));
    stand.run("sync").expect(0);
    let alerts = stand.rows("SELECT key FROM alerts WHERE key LIKE 'attachments:%'");
    assert_eq!(alerts, [[Some("attachments:ended".to_owned())]], "told once");
    stand.reconfigure("disk_free_min_mb = 1099511627776", "disk_free_min_mb = 0");
    stand.run("sync").expect(0);
    assert_eq!(count(&stand, "pending"), 0);
    assert!(stand.rows("SELECT key FROM alerts WHERE key LIKE 'attachments:%'").is_empty());
}

#[test]
fn files_never_asked_for_come_before_those_that_could_not_be_had() {
    let stand = stand();
    let pages = vec![PlannedFault { fault: Fault::WebPage, requests: Requests::Range(1, 3) }];
    stand.running().plan_file_faults(pages);
    stand.run("sync").expect(0);
    let contents =
        || -> Vec<String> { stand.running().file_requests().iter().map(|request| content_of(&request.path)).collect() };
    let refused = contents();
    assert_eq!((refused.len(), count(&stand, "failed")), (3, 3));
    stand.run("sync").expect(0);
    let asked = contents().split_off(3);
    let again = asked.iter().position(|content| refused.contains(content)).unwrap();
    let (first, last) = asked.split_at(again);
    assert!(first.len() > 3, "{asked:?}");
    assert_eq!(last.iter().collect::<BTreeSet<_>>(), refused.iter().collect::<BTreeSet<_>>());
    assert_eq!((count(&stand, "failed"), count(&stand, "pending")), (0, 0));
}

#[test]
fn what_a_dead_process_left_half_written_is_erased_even_when_nothing_is_downloaded_any_more() {
    let stand = stand();
    stand.run("sync").expect(0);
    let left = stand.path("fitn-pieces/.0123456789abcdef.partial");
    fitn_connector::files::write_atomically(&left, b"half").unwrap();
    stand.reconfigure("download = true", "download = false");
    stand.run("purge --dry-run").expect(0);
    assert!(left.exists());
    stand.run("purge").expect(0);
    assert!(!left.exists());
}
