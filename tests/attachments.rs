//! Attached files, from DS to the disk: fetched, verified, kept once by content, whatever goes wrong on the way.

mod common;

use std::collections::BTreeSet;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use common::office::Office;
use common::{ADS, GUICHET, Run, Stand, eventually, later, outcome, procedure};
use fitn_connector::attachments::{Attachments, Limits};
use fitn_connector::domain::programme::Programme;
use fitn_connector::sandbox::world::{File, Value};
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};
use sha2::{Digest, Sha256};

/// A stand that downloads.
fn stand(programme: Programme) -> Stand {
    let stand = Stand::new(&[programme]);
    // Enough for the tries that a fault needs.
    stand.reconfigure("max_retry_s = 1\n", "max_retry_s = 20\n");
    // Whatever the disk of the tests has left.
    stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
    stand
}

/// The files of the dossiers shown, with the numbers of these.
fn files(stand: &Stand, programme: Programme) -> Vec<(i64, File)> {
    let world = stand.world();
    let mut files = Vec::new();
    for dossier in world.dossiers_of(procedure(programme)) {
        for answer in dossier.answers.values() {
            if let Value::Files(found) = &answer.value {
                files.extend(found.iter().map(|file| (dossier.number, file.clone())));
            }
        }
    }
    files
}

/// The dossiers that have files, all of them as announced.
fn with_files(stand: &Stand, programme: Programme) -> Vec<i64> {
    let all = files(stand, programme);
    let odd: BTreeSet<i64> =
        all.iter().filter(|(_, file)| file.checksum != file.content.checksum()).map(|(number, _)| *number).collect();
    let mut numbers: Vec<i64> =
        all.into_iter().map(|(number, _)| number).filter(|number| !odd.contains(number)).collect();
    numbers.dedup();
    numbers
}

fn sha256(file: &File) -> String {
    format!("{:x}", Sha256::digest(file.content.bytes()))
}

fn path(stand: &Stand, sha256: &str) -> PathBuf {
    stand.path(&format!("fitn-pieces/{}/{sha256}", &sha256[..2]))
}

/// What is on the disk, temporary files included.
fn on_disk(stand: &Stand) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let Ok(entries) = std::fs::read_dir(stand.path("fitn-pieces")) else { return found };
    for entry in entries.map(Result::unwrap) {
        if entry.path().is_dir() {
            let within = std::fs::read_dir(entry.path()).unwrap();
            found.extend(within.map(|content| content.unwrap().file_name().into_string().unwrap()));
        } else {
            found.insert(entry.file_name().into_string().unwrap());
        }
    }
    found
}

fn states(stand: &Stand) -> Vec<(String, i64)> {
    let rows = stand.rows("SELECT state, count(*) FROM view_attachments GROUP BY state ORDER BY state");
    rows.into_iter().map(|row| (row[0].clone().unwrap(), row[1].as_deref().unwrap().parse().unwrap())).collect()
}

fn count(stand: &Stand, state: &str) -> i64 {
    stand.number(&format!("SELECT count(*) FROM view_attachments WHERE state = '{state}'"))
}

fn state_of(stand: &Stand, dossier: i64) -> Vec<Option<String>> {
    let rows = stand.rows(&format!("SELECT state FROM view_attachments WHERE dossier = {dossier}"));
    rows.into_iter().map(|row| row[0].clone()).collect()
}

/// A text for people, as if its lines had no end.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fault(fault: Fault, first: u64, last: u64) -> Vec<PlannedFault> {
    vec![PlannedFault { fault, requests: Requests::Range(first, last) }]
}

/// A run of the program that fetches the files of one dossier alone: all others are fetched before.
fn fetch_one(stand: &Stand, prepare: impl FnOnce(i64)) -> (i64, Run) {
    let number = with_files(stand, ADS)[0];
    stand.change(|w| w.change_files(number, |file| file.virus_scan = "pending"));
    stand.run("sync").expect(0);
    assert!(state_of(stand, number).iter().all(|state| state.as_deref() == Some("pending")));
    stand.change(|w| w.change_files(number, |file| file.virus_scan = "safe"));
    prepare(number);
    (number, stand.run("sync").expect(0))
}

#[test]
fn files_are_kept_as_announced_once_by_content_and_shown() {
    let stand = stand(ADS);
    // Two dossiers with the same file.
    let twice = with_files(&stand, ADS)[0];
    let copy = stand.world_mut().add_copy(twice, later(0)).unwrap();
    let synced = stand.run("sync").expect(0);
    let all = files(&stand, ADS);
    assert!(synced.out.contains("pièces jointes  "), "{}", synced.out);
    assert!(flat(&synced.out).contains("1 téléchargée mais non vérifiée"), "{}", synced.out);
    let contents: BTreeSet<String> = all.iter().map(|(_, file)| sha256(file)).collect();
    assert!(contents.len() < all.len());
    assert_eq!(on_disk(&stand), contents);
    for (_, file) in &all {
        assert_eq!(std::fs::read(path(&stand, &sha256(file))).unwrap(), file.content.bytes());
    }
    let known = i64::try_from(all.len()).unwrap();
    assert_eq!(states(&stand), [("stored".to_owned(), known - 1), ("unverified".to_owned(), 1)]);
    let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(stand.path("fitn-pieces")), 0o700);
    assert_eq!(mode(path(&stand, contents.first().unwrap())), 0o600);

    let document = stand.run(&format!("dossier {copy} --json")).expect(0).json();
    let shown = &document["attachments"][0];
    assert_eq!((shown["state"].as_str(), shown["state_label"].as_str()), (Some("stored"), Some("vérifié")));
    assert_eq!(shown["label"], stand.label(ADS, "invoices"));
    let kept = Path::new(shown["path"].as_str().unwrap());
    assert!(kept.is_absolute() && kept.exists(), "{shown}");
    let text = stand.run(&format!("dossier {copy} --full")).expect(0).out;
    assert!(text.contains("Pièces jointes\n  - facture-01.pdf"), "{text}");
    let status = stand.run("status --json").expect(0).json();
    assert_eq!(status["attachments"]["stored"], known - 1);
    assert_eq!(status["alerts"].as_array().unwrap().iter().filter(|a| a.to_string().contains("pièce")).count(), 0);

    // Nothing is asked for again.
    let asked = stand.running().file_requests().len();
    let again = stand.run("sync --json").expect(0).json();
    assert_eq!((again["attachments"]["verified"].as_i64(), again["attachments"]["left"].as_i64()), (Some(0), Some(0)));
    assert_eq!(stand.running().file_requests().len(), asked);
}

#[test]
fn files_are_listed_and_not_asked_for_unless_the_operator_wants_them() {
    let stand = Stand::new(&[ADS]);
    let synced = stand.run("sync").expect(0);
    assert!(!synced.out.contains("pièces jointes"), "{}", synced.out);
    let known = i64::try_from(files(&stand, ADS).len()).unwrap();
    assert_eq!(states(&stand), [("pending".to_owned(), known)]);
    assert!(stand.running().file_requests().is_empty() && !stand.path("fitn-pieces").exists());
    let number = with_files(&stand, ADS)[0];
    let text = stand.run(&format!("dossier {number} --full")).expect(0).out;
    assert!(text.contains("octets : non téléchargé\n"), "{text}");
    let status = stand.run("status").expect(0).out;
    assert!(status.contains("non téléchargées (téléchargement non"), "{status}");
    stand.run("check").expect(0);

    stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
    let trial = stand.run("sync --dry-run").expect(0);
    assert!(!trial.out.contains("pièces jointes"), "{}", trial.out);
    assert!(stand.running().file_requests().is_empty() && !stand.path("fitn-pieces").exists());
    stand.run("sync").expect(0);
    assert_eq!(count(&stand, "pending"), 0);
}

#[test]
fn the_storage_of_the_files_never_sees_the_token_and_no_log_sees_an_address_or_a_name() {
    let stand = stand(ADS);
    // One address expires, one body is cut, one content differs: what goes wrong is told too.
    stand.running().plan_file_faults([fault(Fault::Expired, 3, 3), fault(Fault::Reset, 7, 7)].concat());
    let run = outcome(stand.fitn().env("RUST_LOG", "trace").args(["sync", "-vvv"])).expect(0);
    assert!(run.err.contains("réponse reçue"), "the log says much: {}", run.err);
    let requests = stand.running().file_requests();
    assert!(requests.len() >= files(&stand, ADS).len());
    let token = &stand.running().token;
    for request in &requests {
        assert!(!request.path.contains(token.as_str()));
        for (name, value) in &request.headers {
            assert!(!["authorization", "cookie", "referer"].contains(&name.as_str()), "{name}");
            assert!(!value.contains(token.as_str()), "{name}");
        }
        assert!(!run.err.contains(&request.path), "{}", request.path);
    }
    assert!(!run.err.contains("facture-0") && !run.err.contains("/fichiers/"), "{}", run.err);
}

#[test]
fn a_content_that_is_not_as_announced_is_read_again_and_right_once_ds_announces_it() {
    let stand = stand(ADS);
    let (number, run) = fetch_one(&stand, |number| {
        stand.change(|w| w.change_files(number, rework_as_an_image));
        // DS announces the new content without moving a date.
        stand.running().plan_file_faults(Vec::new());
    });
    // Still announced as before: kept, and marked.
    assert!(run.out.contains("non vérifiée"), "{}", run.out);
    let reworked: Vec<File> = files(&stand, ADS).into_iter().filter(|(n, _)| *n == number).map(|(_, f)| f).collect();
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("unverified")));
    assert!(reworked.iter().all(|file| path(&stand, &sha256(file)).exists()));
    let reason = stand.one(&format!("SELECT reason FROM view_attachments WHERE dossier = {number}")).unwrap();
    assert!(reason.contains("octets reçus") && reason.contains("MD5"), "{reason}");
    let text = stand.run(&format!("dossier {number} --full")).expect(0).out;
    assert!(text.contains("non vérifié – "), "{text}");

    stand.change(|w| w.change_files(number, File::announce));
    stand.run("sync --full").expect(0);
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("stored")));
}

/// What DS does to images, before it announces it.
fn rework_as_an_image(file: &mut File) {
    file.content_type = "image/jpeg";
    file.rework();
}

/// The alert about files, or nothing.
fn alert(stand: &Stand) -> String {
    stand.one("SELECT message FROM alerts WHERE key = 'attachments:failed'").unwrap_or_default()
}

#[test]
fn a_web_page_in_place_of_the_files_is_no_file_and_ends_the_downloads() {
    let stand = stand(ADS);
    stand.running().plan_file_faults(fault(Fault::WebPage, 1, 1000));
    let run = stand.run("sync").expect(0);
    assert!(flat(&run.out).contains("arrêt : une page web est venue à la place du fichier"), "{}", run.out);
    assert_eq!((count(&stand, "failed"), count(&stand, "unverified"), count(&stand, "stored")), (3, 0, 0));
    assert!(on_disk(&stand).is_empty(), "{:?}", on_disk(&stand));
    assert!(alert(&stand).contains("une page web est venue à la place du fichier (3)"), "{}", alert(&stand));
    stand.running().plan_file_faults(Vec::new());
    stand.run("sync").expect(0);
    assert_eq!((count(&stand, "failed"), count(&stand, "pending")), (0, 0));
    assert_eq!(alert(&stand), "");
}

#[test]
fn an_empty_body_and_a_size_that_ds_cannot_have_made_are_failures_that_are_asked_for_again() {
    let stand = stand(ADS);
    let numbers = with_files(&stand, ADS);
    let (emptied, cut) = (numbers[0], numbers[1]);
    let (before, whole) = (files_of(&stand, emptied), files_of(&stand, cut));
    stand.change(|w| w.change_files(emptied, |file| file.content.size = 0));
    stand.change(|w| w.change_files(cut, File::rework));
    stand.run("sync").expect(0);
    for number in [emptied, cut] {
        assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("failed")));
    }
    let reason = |number| stand.one(&format!("SELECT reason FROM view_attachments WHERE dossier = {number}")).unwrap();
    assert_eq!(reason(emptied), "le contenu reçu est vide");
    assert!(reason(cut).contains("octets reçus"), "{}", reason(cut));
    assert!(alert(&stand).contains("le contenu reçu est vide"), "{}", alert(&stand));
    // Nothing of it is kept.
    let right: BTreeSet<String> =
        files(&stand, ADS).iter().filter(|(n, _)| ![emptied, cut].contains(n)).map(|(_, file)| sha256(file)).collect();
    assert_eq!(on_disk(&stand), right);

    for (number, files) in [(emptied, before), (cut, whole)] {
        let mut files = files.into_iter();
        stand.change(|w| w.change_files(number, |file| *file = files.next().unwrap()));
    }
    stand.run("sync").expect(0);
    assert_eq!((count(&stand, "failed"), alert(&stand).as_str()), (0, ""));
}

#[test]
fn a_content_in_doubt_is_asked_for_ever_more_rarely_and_stays_until_there_is_a_better_one() {
    let stand = stand(ADS);
    let number = with_files(&stand, ADS)[0];
    let whole = files_of(&stand, number);
    stand.change(|w| w.change_files(number, rework_as_an_image));
    let office = office(&stand, "2023-02-01T08:00:00Z", Duration::from_mins(1));
    office.sync(&stand);
    let in_doubt = || state_of(&stand, number).iter().all(|state| state.as_deref() == Some("unverified"));
    assert!(in_doubt());
    let kept = files_of(&stand, number);
    let asked_at = |now: &str| {
        let before = stand.running().file_requests().len();
        office.at(now).sync(&stand);
        stand.running().file_requests().len() > before
    };
    assert!(!asked_at("2023-02-01T08:59:00Z"));
    assert!(asked_at("2023-02-01T09:00:00Z"));
    assert!(asked_at("2023-02-01T10:00:00Z"));
    assert!(!asked_at("2023-02-01T11:59:00Z"), "it waits as long as it is in doubt");
    assert!(asked_at("2023-02-01T12:00:00Z"));
    // What cannot be had is no reason to lose what there is.
    stand.running().plan_file_faults(fault(Fault::WebPage, 1, 1000));
    assert!(asked_at("2023-02-01T16:00:00Z"));
    assert!(in_doubt());
    assert!(kept.iter().all(|file| path(&stand, &sha256(file)).exists()));
    stand.running().plan_file_faults(Vec::new());
    let mut right = whole.into_iter();
    stand.change(|w| w.change_files(number, |file| file.content = right.next().unwrap().content));
    assert!(!asked_at("2023-02-01T23:59:00Z"));
    assert!(asked_at("2023-02-02T00:00:00Z"));
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("stored")));
    let orphans = stand.number("SELECT count(*) FROM orphaned_contents");
    assert_eq!(orphans, i64::try_from(kept.len()).unwrap(), "what gave way leaves in its time");
}

#[test]
fn what_an_older_version_took_for_a_file_is_asked_for_again() {
    let stand = stand(ADS);
    stand.run("sync").expect(0);
    let number = with_files(&stand, ADS)[0];
    let page = "<!DOCTYPE html><title>Portail</title>";
    let wrong = format!("{:x}", Sha256::digest(page));
    fitn_connector::files::write_atomically(&path(&stand, &wrong), page.as_bytes()).unwrap();
    stand.rows(&format!(
        "UPDATE attachments SET state = 'unverified', sha256 = '{wrong}', reason = 'taille' WHERE dossier = {number}"
    ));
    // Even when nothing better can be had.
    stand.running().plan_file_faults(fault(Fault::Expired, 1, 1000));
    stand.run("sync").expect(0);
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("failed")));
    assert!(alert(&stand).contains("pu être téléchargée"), "{}", alert(&stand));
    stand.running().plan_file_faults(Vec::new());
    stand.run("sync").expect(0);
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("stored")));
    assert_eq!(stand.number(&format!("SELECT count(*) FROM orphaned_contents WHERE sha256 = '{wrong}'")), 1);
}

#[test]
fn a_dossier_whose_files_are_not_those_stored_is_read_again_at_once() {
    let stand = stand(ADS);
    let versions = |number| stand.number(&format!("SELECT count(*) FROM dossier_versions WHERE dossier = {number}"));
    // Reworked and announced between the sync and the download: nothing moved a date.
    let number = with_files(&stand, ADS)[1];
    let off = stand.config();
    stand.reconfigure("download = true", "download = false");
    stand.run("sync").expect(0);
    let before = versions(number);
    stand.configure(&off);
    stand.change(|w| {
        w.change_files(number, |file| {
            file.rework();
            file.announce();
        })
    });
    let run = stand.run("sync --json").expect(0).json();
    assert_eq!(run["attachments"]["unverified"], 1, "the picture that the world is made with: {run}");
    assert_eq!(versions(number), before + 1);
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("stored")));
    assert_eq!(count(&stand, "failed"), 0);
    let known = "SELECT count(*) FROM subjects s JOIN dossiers d ON d.number = s.dossier
                 WHERE substr(s.fingerprint, 2, 32) = d.content_hash AND d.number =";
    assert_eq!(stand.number(&format!("{known} {number}")), 1, "and its facts with it");
}

#[test]
fn an_expired_link_is_asked_for_again() {
    let stand = stand(ADS);
    let (number, run) = fetch_one(&stand, |_| stand.running().plan_file_faults(fault(Fault::Expired, 1, 1)));
    assert!(run.out.contains("vérifiée") && !run.out.contains("en échec"), "{}", run.out);
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("stored")));

    // One that is refused again and again is a failure, told and tried at the next sync.
    let other = with_files(&stand, ADS)[1];
    stand.change(|w| {
        w.change_files(other, |file| {
            file.rework();
            file.announce();
        })
    });
    stand.change(|w| w.touch(other, later(5)));
    stand.running().plan_file_faults(fault(Fault::Expired, 1, 100));
    let refused = stand.run("sync").expect(0);
    assert!(refused.out.contains("en échec") && flat(&refused.out).contains("à télécharger"), "{}", refused.out);
    let status = stand.run("status").expect(0).out;
    assert!(flat(&status).contains("le lien est refusé ou expiré"), "{status}");
    stand.running().plan_file_faults(Vec::new());
    stand.run("sync").expect(0);
    assert!(state_of(&stand, other).iter().all(|state| state.as_deref() == Some("stored")));
    assert!(!flat(&stand.run("status").expect(0).out).contains("pu être téléchargée"));
}

#[test]
fn a_body_that_is_cut_is_fetched_again_from_its_beginning() {
    let stand = stand(ADS);
    let (number, run) = fetch_one(&stand, |_| stand.running().plan_file_faults(fault(Fault::Reset, 1, 1)));
    assert!(!run.out.contains("en échec"), "{}", run.out);
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("stored")));
    assert!(on_disk(&stand).iter().all(|name| name.len() == 64));
}

#[test]
fn a_storage_that_is_down_ends_the_downloads_and_not_the_sync() {
    let stand = stand(ADS);
    stand.reconfigure("max_retry_s = 20\n", "max_retry_s = 1\n");
    stand.running().plan_file_faults(fault(Fault::Gateway(503), 1, 1000));
    let run = stand.run("sync").expect(0);
    assert!(
        run.out.contains("3 en échec") && flat(&run.out).contains("arrêt : le stockage des fichiers de DS"),
        "{}",
        run.out
    );
    assert_eq!(stand.last_run("outcome").as_deref(), Some("done"));
    let status = stand.run("status").expect(0).out;
    assert!(flat(&status).contains("! téléchargement des pièces jointes arrêté"), "{status}");
    stand.running().plan_file_faults(Vec::new());
    stand.run("sync").expect(0);
    assert_eq!((count(&stand, "pending"), count(&stand, "failed")), (0, 0));
    assert!(!flat(&stand.run("status").expect(0).out).contains("pièces jointes arrêté"));
}

#[test]
fn a_file_that_ds_has_not_looked_at_is_left_alone() {
    let stand = stand(ADS);
    let number = with_files(&stand, ADS)[0];
    stand.change(|w| w.change_files(number, |file| file.virus_scan = "pending"));
    let mine: BTreeSet<String> = files(&stand, ADS)
        .iter()
        .filter(|(n, _)| *n == number)
        .map(|(_, file)| format!("{:x}", file.content.seed))
        .collect();
    stand.run("sync").expect(0);
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("pending")));
    let asked = |seed: &String| {
        let prefix = format!("/fichiers/{seed}/");
        stand.running().file_requests().iter().any(|request| request.path.starts_with(&prefix))
    };
    assert!(!mine.iter().any(asked));
    stand.change(|w| w.change_files(number, |file| file.virus_scan = "safe"));
    stand.run("sync").expect(0);
    assert!(mine.iter().all(asked));
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("stored")));
}

#[test]
fn a_file_that_ds_found_infected_is_known_as_such_and_never_fetched() {
    let stand = stand(ADS);
    // Found so between the sync and the download: nothing moved a date.
    let number = with_files(&stand, ADS)[0];
    let on = stand.config();
    stand.reconfigure("download = true", "download = false");
    stand.run("sync").expect(0);
    stand.configure(&on);
    stand.change(|w| w.change_files(number, |file| file.virus_scan = "infected"));
    stand.run("sync").expect(0);
    assert!(state_of(&stand, number).iter().all(|state| state.as_deref() == Some("failed")));
    for (_, file) in files(&stand, ADS).iter().filter(|(of, _)| *of == number) {
        let prefix = format!("/fichiers/{:x}/", file.content.seed);
        assert!(!stand.running().file_requests().iter().any(|request| request.path.starts_with(&prefix)));
    }
    let known = stand.rows(&format!("SELECT DISTINCT virus_scan FROM view_attachments WHERE dossier = {number}"));
    assert_eq!(known, [[Some("infected".to_owned())]]);
    assert!(alert(&stand).contains("antivirus"), "{}", alert(&stand));
}

#[test]
fn a_file_that_leaves_its_dossier_leaves_the_list_and_its_content_stays() {
    let stand = stand(ADS);
    stand.run("sync").expect(0);
    let number = with_files(&stand, ADS)[0];
    let before = on_disk(&stand);
    let label = stand.label(ADS, "invoices");
    stand.change(|w| w.answer(number, &label, None, later(0)));
    stand.run("sync").expect(0);
    let left = stand.rows(&format!("SELECT 1 FROM view_attachments WHERE dossier = {number} AND label = '{label}'"));
    assert!(left.is_empty());
    assert_eq!(on_disk(&stand), before);
}

#[test]
fn a_file_that_is_too_large_is_told_and_never_asked_for() {
    let stand = stand(GUICHET);
    stand.reconfigure("download = true\n", "download = true\nmax_bytes = 2000\n");
    stand.run("sync").expect(0);
    let large = files(&stand, GUICHET).iter().filter(|(_, file)| file.byte_size > 2000).count();
    assert!(large > 0);
    assert_eq!(count(&stand, "failed"), i64::try_from(large).unwrap());
    assert!(stand.running().file_requests().len() <= files(&stand, GUICHET).len() - large);
    let alert = stand.run("status").expect(0).out;
    assert!(alert.contains("taille maximale, 2\u{202f}000 octets"), "{alert}");
    stand.reconfigure("max_bytes = 2000\n", "");
    stand.run("sync").expect(0);
    assert_eq!(count(&stand, "failed"), 0);
}

#[test]
fn a_content_that_vanished_or_changed_is_noticed_and_asked_for_again() {
    let stand = stand(ADS);
    stand.run("sync").expect(0);
    stand.run("check").expect(0);
    let contents: Vec<String> = on_disk(&stand).into_iter().collect();
    std::fs::remove_file(path(&stand, &contents[0])).unwrap();
    let altered = path(&stand, &contents[1]);
    let mut bytes = std::fs::read(&altered).unwrap();
    bytes[0] ^= 1;
    fitn_connector::files::write_atomically(&altered, &bytes).unwrap();
    let check = stand.run("check").expect(1);
    assert!(check.out.contains("✗ pièces jointes"), "{}", check.out);
    assert!(flat(&check.out).contains("1 contenu manquant et 1 contenu altéré"), "{}", check.out);
    stand.run("sync").expect(0);
    assert_eq!(on_disk(&stand).into_iter().collect::<Vec<_>>(), contents);
    let check = stand.run("check").expect(0);
    assert!(check.out.contains("✓ pièces jointes"), "{}", check.out);

    // A disk that is not mounted is not a lost content.
    std::fs::rename(stand.path("fitn-pieces"), stand.path("away")).unwrap();
    let check = stand.run("check").expect(1);
    assert!(flat(&check.out).contains("n’existe plus"), "{}", check.out);
    let synced = stand.run("sync").expect(0);
    assert!(flat(&synced.out).contains("arrêt : le répertoire des pièces jointes"), "{}", synced.out);
    std::fs::rename(stand.path("away"), stand.path("fitn-pieces")).unwrap();
    stand.run("check").expect(0);
}

#[test]
fn the_kept_contents_are_surveyed_once_a_day_by_the_clock_of_ds() {
    let stand = stand(ADS);
    stand.hand.put(Some("2023-02-01T08:00:00Z".parse().unwrap()));
    stand.run("sync").expect(0);
    let contents = on_disk(&stand);
    let gone = contents.first().unwrap();
    std::fs::remove_file(path(&stand, gone)).unwrap();
    stand.hand.put(Some("2023-02-02T07:59:00Z".parse().unwrap()));
    stand.run("sync").expect(0);
    assert!(!on_disk(&stand).contains(gone), "it is looked for the next day");
    stand.hand.put(Some("2023-02-02T08:01:00Z".parse().unwrap()));
    stand.run("sync").expect(0);
    assert_eq!(on_disk(&stand), contents);
}

/// Runs the program as somebody whom permissions bind: root does it as another account.
fn as_a_plain_account(stand: &Stand, line: &str) -> (Option<i32>, String) {
    let program = stand.path("fitn");
    std::fs::copy(assert_cmd::cargo::cargo_bin!("fitn"), &program).unwrap();
    let mut command = Command::new(&program);
    if std::fs::metadata(stand.directory()).unwrap().uid() == 0 {
        command.uid(65_534).gid(65_534);
    }
    command.args(["--config", "config.toml"]).args(line.split(' ')).current_dir(stand.directory());
    let output = command.env("FITN_API_TOKEN", &stand.running().token).output().unwrap();
    (output.status.code(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_disk_that_refuses_ends_the_downloads_and_not_the_sync() {
    let stand = stand(ADS);
    let allow = |name: &str, mode: u32| {
        std::fs::set_permissions(stand.path(name), PermissionsExt::from_mode(mode)).unwrap();
    };
    std::fs::create_dir(stand.path("fitn-pieces")).unwrap();
    allow(".", 0o777);
    allow("fitn-pieces", 0o555);
    let (code, said) = as_a_plain_account(&stand, "check");
    assert_eq!(code, Some(2), "{said}");
    assert!(said.contains("fitn-pieces : droits insuffisants"), "{said}");
    let (code, said) = as_a_plain_account(&stand, "sync");
    assert_eq!(code, Some(0), "{said}");
    assert!(flat(&said).contains("arrêt : le répertoire des pièces jointes"), "{said}");
    assert!(said.contains("droits insuffisants"), "{said}");
    assert_eq!(count(&stand, "stored"), 0);
    allow("fitn-pieces", 0o777);
    let (code, said) = as_a_plain_account(&stand, "sync");
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(count(&stand, "pending"), 0);
}

/// Desk whose downloads have these limits, at an instant.
fn office(stand: &Stand, now: &str, max_run: Duration) -> Office {
    let mut office = Office::impatient(stand, now);
    let desk = &mut office.desk;
    let limits = Limits { max_bytes: 1 << 20, max_run, disk_floor: 0, internal_hosts: BTreeSet::new() };
    let directory = stand.path("fitn-pieces");
    desk.attachments = Attachments::new(Arc::clone(&desk.store), desk.clock.clone(), directory, Some(limits));
    office
}

#[test]
fn downloads_end_when_their_time_is_over_and_go_on_next_time() {
    let stand = stand(ADS);
    office(&stand, "2023-02-01T08:00:00Z", Duration::ZERO).sync(&stand);
    assert!(count(&stand, "pending") > 0 && stand.running().file_requests().is_empty());
    stand.reconfigure("download = true\n", "download = true\nmax_run_s = 600\n");
    stand.run("sync").expect(0);
    assert_eq!(count(&stand, "pending"), 0);
}

#[test]
fn a_file_that_fails_is_asked_for_ever_more_rarely() {
    let stand = stand(ADS);
    let office = office(&stand, "2023-02-01T08:00:00Z", Duration::from_mins(1));
    let (number, _) = files(&stand, ADS)[0].clone();
    stand.change(|w| w.change_files(number, |file| file.virus_scan = "pending"));
    office.sync(&stand);
    stand.change(|w| w.change_files(number, |file| file.virus_scan = "safe"));
    stand.running().plan_file_faults(fault(Fault::Expired, 1, 1000));
    let asked_at = |now: &str| {
        let before = stand.running().file_requests().len();
        office.at(now).sync(&stand);
        stand.running().file_requests().len() > before
    };
    assert!(asked_at("2023-02-01T08:15:00Z"));
    assert!(asked_at("2023-02-01T08:16:00Z"), "at once at first");
    assert!(asked_at("2023-02-01T16:15:00Z"));
    assert!(!asked_at("2023-02-01T16:30:00Z"), "an eighth of eight hours");
    assert!(asked_at("2023-02-01T17:15:00Z"));
    stand.running().plan_file_faults(Vec::new());
    assert!(asked_at("2023-02-03T17:15:00Z"));
    assert_eq!(count(&stand, "failed"), 0);
}

#[test]
fn the_contents_of_an_erased_dossier_are_erased_and_those_that_others_share_stay() {
    let stand = stand(ADS);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    let shared = with_files(&stand, ADS)[1];
    stand.world_mut().add_copy(shared, later(0)).unwrap();
    stand.run("sync").expect(0);
    let number = with_files(&stand, ADS)[0];
    let of = |number: i64| -> Vec<PathBuf> {
        let all = files(&stand, ADS);
        all.iter().filter(|(n, _)| *n == number).map(|(_, file)| path(&stand, &sha256(file))).collect()
    };
    let (own, others) = (of(number), of(shared));
    stand.change(|w| w.delete(number, later(1)));
    stand.change(|w| w.delete(shared, later(1)));
    stand.run("sync").expect(0);
    assert!(own.iter().all(|path| path.exists()), "not before its time");
    // A disk that refuses is told, and what is left goes later.
    let away = stand.path("fitn-pieces.away");
    std::fs::rename(stand.path("fitn-pieces"), &away).unwrap();
    stand.write("fitn-pieces", "", 0o600);
    let purged = stand.run("purge").expect(0);
    assert!(flat(&purged.out).contains("des pièces jointes à effacer sont encore sur le disque"), "{}", purged.out);
    assert!(flat(&stand.run("status").expect(0).out).contains("! des pièces jointes à effacer"));
    std::fs::remove_file(stand.path("fitn-pieces")).unwrap();
    std::fs::rename(&away, stand.path("fitn-pieces")).unwrap();
    stand.run("sync").expect(0);
    assert!(!own.iter().any(|path| path.exists()));
    assert!(others.iter().all(|path| path.exists()));
    assert!(!flat(&stand.run("status").expect(0).out).contains("à effacer"));
    assert_eq!(stand.run("purge --json").expect(0).json()["left_on_disk"], false);
}

/// The files of a dossier.
fn files_of(stand: &Stand, number: i64) -> Vec<File> {
    files(stand, ADS).into_iter().filter(|(n, _)| *n == number).map(|(_, file)| file).collect()
}

/// Replaces the files of a dossier on DS.
fn replace_files(stand: &Stand, number: i64, minute: i64) {
    stand.change(|w| {
        w.change_files(number, |file| {
            file.rework();
            file.announce();
        })
    });
    stand.change(|w| w.touch(number, later(minute)));
}

#[test]
fn the_content_of_a_file_that_was_replaced_is_erased_after_its_delay() {
    let stand = stand(ADS);
    stand.run("sync --full").expect(0);
    let number = with_files(&stand, ADS)[0];
    let before = files_of(&stand, number);
    replace_files(&stand, number, 0);
    stand.run("sync --full").expect(0);
    let old: Vec<PathBuf> = before.iter().map(|file| path(&stand, &sha256(file))).collect();
    let all_there = || old.iter().all(|path| path.exists());
    assert!(all_there(), "within the delay");
    let told = stand.run("purge --dry-run --json").expect(0).json()["contents"].clone();
    let bytes: u64 = before.iter().map(|file| file.byte_size.unsigned_abs()).sum();
    assert_eq!(told["due"], serde_json::json!({ "count": 0, "bytes": 0, "since": null }));
    assert_eq!(told["waiting"], serde_json::json!({ "count": before.len(), "bytes": bytes }));
    assert!(told["next_due"].is_string(), "{told}");
    let text = flat(&stand.run("purge").expect(0).out);
    assert!(text.contains("attente 2 contenus de pièces retirées (") && text.contains("délai de 30 jours"), "{text}");
    assert!(all_there());

    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    let told = stand.run("purge --dry-run --json").expect(0).json()["contents"].clone();
    assert_eq!((told["due"]["count"].as_u64(), told["due"]["bytes"].as_u64()), (Some(2), Some(bytes)));
    assert!(told["due"]["since"].is_string() && told["next_due"].is_null(), "{told}");
    let text = flat(&stand.run("purge --dry-run").expect(0).out);
    assert!(text.contains("pièces 2 contenus à effacer ("), "{text}");
    stand.run("sync --full --dry-run").expect(0);
    stand.run("sync").expect(0);
    assert!(all_there(), "neither a trial nor an increment erases anything");
    stand.run("sync --full").expect(0);
    assert!(!old.iter().any(|path| path.exists()));
    let expected: BTreeSet<String> = files(&stand, ADS).iter().map(|(_, file)| sha256(file)).collect();
    assert_eq!(on_disk(&stand), expected);
    assert!(!flat(&stand.run("purge").expect(0).out).contains("contenu"));
}

#[test]
fn a_content_that_comes_back_within_its_delay_stays_and_one_that_nobody_knows_leaves_after_it() {
    let stand = stand(ADS);
    stand.run("sync").expect(0);
    let number = with_files(&stand, ADS)[0];
    let before = files_of(&stand, number);
    replace_files(&stand, number, 0);
    stand.run("sync").expect(0);
    let mut originals = before.into_iter();
    stand.change(|w| w.change_files(number, |file| *file = originals.next().unwrap()));
    stand.change(|w| w.touch(number, later(1)));
    stand.run("sync").expect(0);
    // As a database restored from older times, or an older version of the program, leaves it.
    let unknown = format!("{:x}", Sha256::digest(b"unknown"));
    fitn_connector::files::write_atomically(&path(&stand, &unknown), b"unknown").unwrap();
    let waiting = |line: &str| stand.run(line).expect(0).json()["contents"]["waiting"]["count"].clone();
    assert_eq!(waiting("purge --dry-run --json"), 3, "the two in between, and the unknown one");
    assert_eq!(waiting("purge --json"), 3);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    // A delay, even of no day, is over once DS has said that it is later.
    stand.run("sync").expect(0);
    let purged = stand.run("purge").expect(0).out;
    assert!(purged.contains("pièces  3 contenus effacés ("), "{purged}");
    let expected: BTreeSet<String> = files(&stand, ADS).iter().map(|(_, file)| sha256(file)).collect();
    assert_eq!(on_disk(&stand), expected);
}

#[test]
fn a_trial_erases_no_content() {
    let stand = stand(ADS);
    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.run("sync").expect(0);
    let before = on_disk(&stand);
    let number = with_files(&stand, ADS)[0];
    stand.change(|w| w.delete(number, later(1)));
    stand.run("sync --full --dry-run").expect(0);
    assert_eq!(on_disk(&stand), before);
}

#[test]
fn a_process_killed_in_the_middle_leaves_nothing_wrong_and_the_next_goes_on() {
    let stand = stand(ADS);
    let expected: BTreeSet<String> = files(&stand, ADS).iter().map(|(_, file)| sha256(file)).collect();
    let total = i64::try_from(files(&stand, ADS).len()).unwrap();
    for wanted in [1_usize, 5, 20, 40] {
        // A silence holds the process in the middle of its downloads.
        stand.running().plan_file_faults(fault(Fault::Slow, wanted as u64, 1000));
        let asked = stand.running().file_requests().len();
        let mut child = Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
            .args(["--config", "config.toml", "sync"])
            .current_dir(stand.directory())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        eventually("the silence", || stand.running().file_requests().len() >= asked + wanted);
        std::thread::sleep(Duration::from_millis(20));
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever a row says is kept is there.
        for row in stand.rows("SELECT sha256 FROM view_attachments WHERE sha256 IS NOT NULL") {
            assert!(path(&stand, row[0].as_deref().unwrap()).exists());
        }
        assert!(count(&stand, "pending") > 0);
    }
    // What a process killed while it wrote would leave.
    fitn_connector::files::write_atomically(&stand.path("fitn-pieces/.1.partial"), b"half").unwrap();
    stand.running().plan_file_faults(Vec::new());
    stand.run("sync").expect(0);
    assert_eq!(on_disk(&stand), expected);
    assert_eq!(states(&stand).iter().map(|(_, number)| number).sum::<i64>(), total);
    assert_eq!(count(&stand, "pending"), 0);
}

#[test]
fn a_stop_in_the_middle_leaves_the_rest_for_the_next() {
    let stand = stand(ADS);
    stand.running().plan_file_faults(fault(Fault::Slow, 3, 1000));
    let child = Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
        .args(["--config", "config.toml", "sync"])
        .current_dir(stand.directory())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    eventually("the silence", || stand.running().file_requests().len() >= 3);
    let stopped = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        flat(&said).contains("2 téléchargées et vérifiées") && flat(&said).contains("interrompu à la demande"),
        "{said}"
    );
    assert!(on_disk(&stand).iter().all(|name| name.len() == 64));
    stand.running().plan_file_faults(Vec::new());
    stand.run("sync").expect(0);
    assert_eq!(count(&stand, "pending"), 0);
}
