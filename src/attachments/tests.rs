use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::domain::attachment::Kept;
use crate::domain::clock::ServerClock;
use crate::domain::programme::Programme;
use crate::raw;
use crate::store::{DossierRecord, StoreError};

/// SHA-256 and MD5 of `hello\n`.
const SHA256: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
const MD5: &str = "sZRqySSS0jR8YjW00mERhA==";
const BIG: u64 = 1 << 20;

fn contents() -> (TempDir, Contents) {
    let directory = tempfile::tempdir().unwrap();
    let contents = Contents::new(directory.path().join("a/pieces"));
    contents.prepare().unwrap();
    (directory, contents)
}

fn keep(contents: &Contents, bytes: &[u8]) -> Digests {
    let mut incoming = contents.begin().unwrap();
    bytes.chunks(2).for_each(|piece| incoming.write(piece).unwrap());
    let digests = incoming.digests();
    contents.keep(&incoming, &digests.sha256).unwrap();
    digests
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn overwrite(path: &Path, bytes: &[u8]) {
    crate::files::write_atomically(path, bytes).unwrap();
}

#[test]
fn a_content_is_named_by_what_it_is_and_is_the_account_s_alone() {
    let (_directory, contents) = contents();
    let digests = keep(&contents, b"hello\n");
    assert_eq!(digests, Digests { sha256: SHA256.to_owned(), md5: MD5.to_owned(), size: 6 });
    let path = contents.path(SHA256);
    assert!(path.ends_with(format!("pieces/58/{SHA256}")));
    assert_eq!(fs::read(&path).unwrap(), b"hello\n");
    assert_eq!((mode(&path), mode(path.parent().unwrap()), mode(contents.directory())), (0o600, 0o700, 0o700));
    assert_eq!(contents.size(SHA256).unwrap(), Some(6));
    assert_eq!(contents.size(&SHA256.replace('5', "6")).unwrap(), None);
    keep(&contents, b"hello\n");
    assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "once by content");
}

#[test]
fn what_is_not_kept_leaves_nothing_and_what_a_killed_process_left_is_removed() {
    let (_directory, contents) = contents();
    let mut incoming = contents.begin().unwrap();
    incoming.write(b"half").unwrap();
    drop(incoming);
    assert_eq!(fs::read_dir(contents.directory()).unwrap().count(), 0);
    let mut killed = contents.begin().unwrap();
    killed.write(b"half").unwrap();
    std::mem::forget(killed);
    overwrite(&contents.directory().join("notes.txt"), b"not ours");
    contents.prepare().unwrap();
    let left: Vec<_> = fs::read_dir(contents.directory()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["notes.txt"]);
}

#[test]
fn an_altered_content_is_noticed_and_mended_by_the_next_of_its_name() {
    let (_directory, contents) = contents();
    keep(&contents, b"hello\n");
    assert!(contents.is_sound(SHA256).unwrap());
    overwrite(&contents.path(SHA256), b"hullo\n");
    assert!(!contents.is_sound(SHA256).unwrap());
    keep(&contents, b"hello\n");
    assert!(contents.is_sound(SHA256).unwrap());
}

#[test]
fn only_contents_are_named_and_one_is_removed_once() {
    let (_directory, contents) = contents();
    let (kept, gone) = (keep(&contents, b"hello\n"), keep(&contents, b"gone"));
    overwrite(&contents.directory().join("58/notes.txt"), b"not ours");
    let names: BTreeSet<String> = contents.names().unwrap().into_iter().collect();
    assert_eq!(names, BTreeSet::from([kept.sha256.clone(), gone.sha256.clone()]));
    assert!(contents.remove(&gone.sha256).unwrap() && !contents.remove(&gone.sha256).unwrap());
    assert_eq!(contents.names().unwrap(), [kept.sha256]);
    assert_eq!(Contents::new("nowhere".into()).names().unwrap(), [] as [String; 0]);
}

/// A database with dossiers that have one file each.
fn attachments(numbers: &[i64]) -> (TempDir, Attachments) {
    attachments_at(numbers, Clock::fixed(jiff::Timestamp::UNIX_EPOCH))
}

fn attachments_at(numbers: &[i64], clock: Clock) -> (TempDir, Attachments) {
    let directory = tempfile::tempdir().unwrap();
    let store = Arc::new(Store::open(&directory.path().join("fitn.sqlite")).unwrap());
    store.write(|writer| writer.procedure_declare(12, Programme::Axe3V1Ads)).unwrap();
    for number in numbers {
        let json = format!(
            r#"{{"number": {number}, "state": "accepte", "dateDepot": "2021-09-01T10:00:00+02:00",
                "dateDerniereModification": "2021-09-03T12:33:00+02:00", "annotations": [], "champs": [
                {{"__typename": "PieceJustificativeChamp", "id": "p", "label": "Factures", "stringValue": null, "files": [
                {{"filename": "f{number}.pdf", "contentType": "application/pdf", "byteSizeBigInt": "6", "checksum": "{MD5}",
                  "createdAt": "2021-09-01T10:00:00+02:00", "virusScanResult": "safe"}}]}}]}}"#
        );
        let dossier = raw::decode(&json).unwrap();
        let content_hash = raw::content_hash(&json).unwrap();
        let record = DossierRecord { procedure: 12, dossier: &dossier, champs: &[], raw: &json, content_hash };
        store.write(|writer| writer.dossier_upsert(&record, jiff::Timestamp::UNIX_EPOCH)).unwrap();
    }
    let pieces = directory.path().join("pieces");
    let attachments = Attachments::new(store, clock, pieces, None);
    (directory, attachments)
}

fn settle(attachments: &Attachments, dossier: i64, digests: &Digests) {
    let kept = Kept::Stored { sha256: digests.sha256.clone() };
    let now = jiff::Timestamp::UNIX_EPOCH;
    attachments.store.write(|writer| writer.attachment_settle(dossier, 0, &kept, now)).unwrap();
}

fn wanted(attachments: &Attachments) -> Vec<i64> {
    attachments.store.read::<_, StoreError>(|reader| reader.attachments_wanted(12)).unwrap()
}

#[test]
fn the_files_of_every_dossier_are_listed_once() {
    let numbers: Vec<i64> = (1..=450).collect();
    let (_directory, attachments) = attachments(&numbers);
    attachments.list().unwrap();
    assert_eq!(wanted(&attachments), numbers);
    let stale = attachments.store.read::<_, StoreError>(|reader| reader.attachments_stale(0)).unwrap();
    assert_eq!(stale, None);
}

#[test]
fn every_content_is_looked_for_and_each_is_read_again_in_its_turn() {
    let (_directory, attachments) = attachments(&[1, 2, 3]);
    attachments.list().unwrap();
    assert_eq!(attachments.survey(BIG).unwrap(), Survey::default(), "no content, no directory");
    attachments.contents.prepare().unwrap();
    let kept: Vec<Digests> = [b"one---", b"two---", b"three-"].map(|bytes| keep(&attachments.contents, bytes)).into();
    for (number, digests) in (1..).zip(&kept) {
        settle(&attachments, number, digests);
    }
    let all = Survey { known: 3, read: 3, ..Survey::default() };
    assert_eq!(attachments.survey(BIG).unwrap(), all);
    // One at a time, each in its turn.
    for _ in 0..5 {
        assert_eq!(attachments.survey(0).unwrap(), Survey { read: 1, ..all });
    }
    overwrite(&attachments.contents.path(&kept[0].sha256), b"ane---");
    let found: BTreeSet<u64> = (0..3).map(|_| attachments.survey(0).unwrap().altered).collect();
    assert_eq!(found, BTreeSet::from([0, 1]), "it is found within a turn");
    assert_eq!(wanted(&attachments), [1]);
    overwrite(&attachments.contents.path(&kept[1].sha256), b"longer than it was");
    fs::remove_file(attachments.contents.path(&kept[2].sha256)).unwrap();
    assert_eq!(attachments.survey(0).unwrap(), Survey { known: 2, missing: 1, altered: 1, ..Survey::default() });
    assert_eq!(wanted(&attachments), [1, 2, 3]);
}

#[test]
fn a_directory_that_is_not_there_is_not_taken_for_lost_contents() {
    let (_directory, attachments) = attachments(&[1]);
    attachments.list().unwrap();
    attachments.contents.prepare().unwrap();
    settle(&attachments, 1, &keep(&attachments.contents, b"hello\n"));
    fs::rename(attachments.contents.directory(), attachments.contents.directory().with_extension("away")).unwrap();
    let error = attachments.survey(BIG).unwrap_err();
    assert!(matches!(error, AttachmentError::DirectoryLost { known: 1, .. }), "{error}");
    assert!(wanted(&attachments).is_empty());
}

/// Two files whose content is kept, the first of which leaves its dossier.
fn replaced(attachments: &Attachments) -> [Digests; 2] {
    attachments.list().unwrap();
    attachments.contents.prepare().unwrap();
    let kept = [keep(&attachments.contents, b"replaced"), keep(&attachments.contents, b"kept")];
    for (number, digests) in (1..).zip(&kept) {
        settle(attachments, number, digests);
    }
    let now = attachments.clock.now();
    attachments.store.write::<_, StoreError>(|writer| writer.attachments_replace(1, 1, &[], now)).unwrap();
    kept
}

/// DS answers at an instant, in seconds since 1970, by a clock that this machine's agrees with.
fn ds_says(attachments: &Attachments, second: i64) {
    let date = Timestamp::from_second(second).unwrap();
    attachments.store.write(|writer| writer.server_clock_put(ServerClock { date, machine: date })).unwrap();
}

const DAY: SignedDuration = SignedDuration::from_hours(24);

#[test]
fn a_content_without_a_file_leaves_the_disk_after_its_delay_and_not_before() {
    let hand = Arc::new(AtomicI64::new(0));
    let shown = Arc::clone(&hand);
    let clock = Clock::from_fn(move || Timestamp::from_second(shown.load(Ordering::SeqCst)).unwrap());
    let (_directory, attachments) = attachments_at(&[1, 2], clock);
    let [replaced, kept] = replaced(&attachments);
    let (epoch, tomorrow) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH + DAY);
    let eight = Bulk { count: 1, bytes: 8 };
    let waiting = Orphans { waiting: eight, next_due: Some(tomorrow), ..Orphans::default() };
    // This machine's clock alone ends no delay.
    hand.store(10 * 86_400, Ordering::SeqCst);
    assert_eq!(attachments.orphans(DAY).unwrap(), waiting);
    hand.store(86_399, Ordering::SeqCst);
    ds_says(&attachments, 86_399);
    assert_eq!(attachments.orphans(DAY).unwrap(), waiting);
    assert_eq!(attachments.erase_due(DAY).unwrap(), waiting);
    // Nobody knows this one: its delay begins when it is seen.
    let unknown = keep(&attachments.contents, b"unknown");
    let both = Bulk { count: 2, bytes: 15 };
    assert_eq!(attachments.erase_due(DAY).unwrap(), Orphans { waiting: both, ..waiting });
    hand.store(86_400, Ordering::SeqCst);
    ds_says(&attachments, 86_400);
    let due = attachments.orphans(DAY).unwrap();
    let later = Some(Timestamp::from_second(2 * 86_400 - 1).unwrap());
    let seven = Bulk { count: 1, bytes: 7 };
    assert_eq!(due, Orphans { due: eight, due_since: Some(epoch), waiting: seven, next_due: later });
    assert!(attachments.contents.path(&replaced.sha256).exists(), "it was only told");
    assert_eq!(attachments.erase_due(DAY).unwrap(), due);
    assert!(!attachments.contents.path(&replaced.sha256).exists());
    assert!(attachments.contents.path(&kept.sha256).exists() && attachments.contents.path(&unknown.sha256).exists());
    assert_eq!(attachments.store.read::<_, StoreError>(|reader| reader.orphans()).unwrap().len(), 1);
}

#[test]
fn the_contents_of_forgotten_files_leave_at_once_and_take_no_others_with_them() {
    let (_directory, attachments) = attachments(&[1, 2]);
    let [replaced, own] = replaced(&attachments);
    assert_eq!(attachments.erase_at_once().unwrap(), 0);
    attachments.store.write(|writer| writer.attachments_remove(2)).unwrap();
    assert_eq!(attachments.erase_at_once().unwrap(), 1);
    assert!(attachments.contents.path(&replaced.sha256).exists() && !attachments.contents.path(&own.sha256).exists());
    assert_eq!(attachments.erase_at_once().unwrap(), 0);
}

#[test]
fn an_erasure_that_is_cut_is_ended_by_the_next_and_a_lost_directory_is_none() {
    let (_directory, attachments) = attachments(&[1, 2]);
    let [replaced, _] = replaced(&attachments);
    ds_says(&attachments, attachments.clock.now().as_second());
    let noted = || attachments.store.read::<_, StoreError>(|reader| reader.orphans()).unwrap().len();
    let away = attachments.contents.directory().with_extension("away");
    fs::rename(attachments.contents.directory(), &away).unwrap();
    let error = attachments.erase_due(SignedDuration::ZERO).unwrap_err();
    assert!(matches!(error, AttachmentError::DirectoryLost { known: 1, .. }), "{error}");
    fs::rename(&away, attachments.contents.directory()).unwrap();
    assert_eq!(noted(), 1);
    // Killed after it removed the file.
    fs::remove_file(attachments.contents.path(&replaced.sha256)).unwrap();
    assert_eq!(attachments.erase_due(SignedDuration::ZERO).unwrap(), Orphans::default());
    assert_eq!(noted(), 0);
}

#[test]
fn a_trial_touches_no_content() {
    let (_directory, attachments) = attachments(&[1, 2]);
    let [replaced, own] = replaced(&attachments);
    attachments.store.write(|writer| writer.attachments_remove(2)).unwrap();
    let trial = attachments.listed_only();
    assert_eq!(
        (trial.erase_at_once().unwrap(), trial.erase_due(SignedDuration::ZERO).unwrap()),
        (0, Orphans::default())
    );
    assert!(trial.contents.path(&replaced.sha256).exists() && trial.contents.path(&own.sha256).exists());
}
