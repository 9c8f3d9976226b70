use super::super::tests::{PROCEDURE, at, dossier, read, store, upsert, write};
use super::*;
use crate::domain::dossier::{DossierState, RemovalReason};
use crate::store::{RemovalNotice, Store};

const NOW: &str = "2021-09-05T08:00:00Z";

fn attachment(filename: &str) -> Attachment {
    Attachment {
        anchor: Anchor { kind: ChampKind::Champ, champ_id: "Q2hhbXAtMQ==".to_owned(), row_id: None },
        label: "Factures".to_owned(),
        file: AttachedFile {
            filename: filename.to_owned(),
            content_type: "application/pdf".to_owned(),
            byte_size: 12,
            checksum: "x==".to_owned(),
            created_at: at("2021-09-03T10:33:00Z"),
            virus_scan: "safe".to_owned(),
        },
    }
}

fn in_a_row(filename: &str) -> Attachment {
    let anchor = Anchor { kind: ChampKind::Annotation, champ_id: "c|1".to_owned(), row_id: Some("Row-1".to_owned()) };
    Attachment { anchor, ..attachment(filename) }
}

/// A dossier with its version.
fn stored(store: &Store, number: i64, content: u8) -> StaleAttachments {
    upsert(store, &dossier(number, DossierState::Accepte), content, NOW);
    read(store, |reader| reader.attachments_stale(number - 1)).unwrap()
}

fn list(store: &Store, number: i64, content: u8, attachments: &[Attachment]) {
    let stale = stored(store, number, content);
    write(store, |writer| writer.attachments_replace(number, stale.version, attachments, at(NOW)));
}

fn settle(store: &Store, number: i64, position: i64, kept: &Kept, now: &str) {
    write(store, |writer| writer.attachment_settle(number, position, kept, at(now)));
}

fn records(store: &Store, number: i64) -> Vec<AttachmentRecord> {
    read(store, |reader| reader.attachments(number))
}

fn kept(store: &Store, number: i64) -> Vec<Kept> {
    records(store, number).into_iter().map(|record| record.kept.kept).collect()
}

fn content(name: &str) -> Kept {
    Kept::Stored { sha256: name.to_owned() }
}

fn failure(reason: &str) -> Kept {
    Kept::Failed { reason: reason.to_owned() }
}

fn remove(store: &Store, number: i64) {
    let notice = RemovalNotice {
        number,
        procedure: PROCEDURE,
        state: DossierState::Accepte,
        reason: RemovalReason::Deleted,
        at: at(NOW),
    };
    write(store, |writer| writer.dossier_remove(&notice, at(NOW)));
}

#[test]
fn a_version_is_to_be_listed_until_it_is() {
    let (_directory, store) = store();
    let stale = stored(&store, 7, 1);
    assert!(stale.raw.is_some_and(|raw| raw.contains("\"content\":1")) && stale.dossier == 7);
    assert_eq!(read(&store, |reader| reader.attachments_stale(7)), None, "only those after a number");
    let files = [attachment("a.pdf"), in_a_row("b.pdf")];
    write(&store, |writer| writer.attachments_replace(7, stale.version, &files, at(NOW)));
    assert_eq!(read(&store, |reader| reader.attachments_stale(0)), None);
    let listed: Vec<Attachment> = records(&store, 7).into_iter().map(|record| record.kept.attachment).collect();
    assert_eq!(listed, [attachment("a.pdf"), in_a_row("b.pdf")]);
    let again = stored(&store, 7, 2);
    assert_ne!(again.version, stale.version);
}

#[test]
fn what_was_kept_of_a_file_that_is_still_there_stays_known() {
    let (_directory, store) = store();
    let (mut kept_file, twin) = (attachment("a.pdf"), attachment("twin.pdf"));
    list(&store, 7, 1, &[kept_file.clone(), attachment("gone.pdf"), twin.clone(), twin.clone()]);
    settle(&store, 7, 0, &content("aa"), NOW);
    settle(&store, 7, 1, &content("bb"), NOW);
    settle(&store, 7, 2, &content("cc"), NOW);
    settle(&store, 7, 3, &failure("délai"), NOW);
    // The scan ends, a file leaves, another takes its place.
    kept_file.file.virus_scan = "pending".to_owned();
    let mut reworked = attachment("gone.pdf");
    reworked.file.checksum = "y==".to_owned();
    list(&store, 7, 2, &[reworked, twin.clone(), twin, kept_file]);
    assert_eq!(kept(&store, 7), [Kept::Pending, content("cc"), failure("délai"), content("aa")]);
    let last = &records(&store, 7)[3].kept;
    assert_eq!((last.settled_at, last.attachment.awaits_scan()), (Some(at(NOW)), true));
    assert_eq!(records(&store, 7)[2].kept.failed_since, Some(at(NOW)));
}

#[test]
fn a_failure_is_dated_from_the_first_of_them() {
    let (_directory, store) = store();
    list(&store, 7, 1, &[attachment("a.pdf")]);
    let dates = |store: &Store| {
        let record = records(store, 7).remove(0).kept;
        (record.settled_at, record.failed_since)
    };
    assert_eq!(dates(&store), (None, None));
    settle(&store, 7, 0, &failure("délai"), NOW);
    settle(&store, 7, 0, &failure("refus"), "2021-09-06T08:00:00Z");
    assert_eq!(dates(&store), (Some(at("2021-09-06T08:00:00Z")), Some(at(NOW))));
    let doubtful = Kept::Unverified { sha256: "bb".to_owned(), reason: "empreinte".to_owned() };
    settle(&store, 7, 0, &doubtful, "2021-09-06T09:00:00Z");
    assert_eq!(dates(&store), (Some(at("2021-09-06T09:00:00Z")), Some(at(NOW))), "in doubt, it is still not had");
    settle(&store, 7, 0, &content("aa"), "2021-09-07T08:00:00Z");
    assert_eq!(dates(&store), (Some(at("2021-09-07T08:00:00Z")), None));
    assert_eq!(orphans(&store), [("bb".to_owned(), Some(at("2021-09-07T08:00:00Z")))], "it gave way to another");
}

#[test]
fn files_of_shown_dossiers_are_wanted_until_they_are_kept() {
    let (_directory, store) = store();
    for number in [7, 8, 9] {
        list(&store, number, 1, &[attachment("a.pdf"), attachment("b.pdf")]);
    }
    settle(&store, 7, 0, &content("aa"), NOW);
    settle(&store, 7, 1, &Kept::Unverified { sha256: "bb".to_owned(), reason: "taille".to_owned() }, NOW);
    settle(&store, 8, 0, &failure("délai"), NOW);
    settle(&store, 8, 1, &content("aa"), NOW);
    remove(&store, 9);
    assert_eq!(read(&store, |reader| reader.attachments_wanted(PROCEDURE)), [7, 8], "one in doubt too");
    settle(&store, 7, 1, &content("bb"), NOW);
    assert_eq!(read(&store, |reader| reader.attachments_wanted(PROCEDURE)), [8]);
    settle(&store, 7, 1, &Kept::Unverified { sha256: "bb".to_owned(), reason: "taille".to_owned() }, NOW);
    assert!(read(&store, |reader| reader.attachments_wanted(PROCEDURE + 1)).is_empty());
    let counts = read(&store, |reader| reader.attachment_counts());
    assert_eq!(counts, AttachmentCounts { stored: 2, unverified: 1, pending: 0, failed: 1 });
    assert_eq!(counts.total(), 4);
    assert_eq!(read(&store, |reader| reader.attachment_failures()), [("délai".to_owned(), 1)]);
    let contents = read(&store, |reader| reader.attachment_contents());
    assert_eq!(contents.into_iter().collect::<Vec<_>>(), [("aa".to_owned(), Some(12)), ("bb".to_owned(), None)]);
}

/// What is counted as it changes, counted anew.
fn counted_anew(store: &Store) -> AttachmentCounts {
    let count = |state: &str| {
        let sql = "SELECT count(*) FROM attachments a JOIN dossiers d ON d.number = a.dossier
                   WHERE a.state = ?1 AND d.removed_at IS NULL";
        read(store, |reader| Ok(reader.connection.query_row(sql, [state], |row| row.get::<_, i64>(0))?)).unsigned_abs()
    };
    AttachmentCounts {
        stored: count("stored"),
        unverified: count("unverified"),
        pending: count("pending"),
        failed: count("failed"),
    }
}

#[test]
fn files_are_counted_whatever_becomes_of_them() {
    let (_directory, store) = store();
    let mut rng = fastrand::Rng::with_seed(7);
    for step in 0..300_u32 {
        let (number, name) = (rng.i64(1..5), ["aa", "bb", "cc"][rng.usize(..3)]);
        let files = read(&store, |reader| reader.attachments(number));
        match rng.u8(..8) {
            // Of a dossier that was removed: it is back.
            0..3 => {
                let names = (0..rng.usize(..4)).map(|at| attachment(&format!("{at}.pdf"))).collect::<Vec<_>>();
                upsert(&store, &dossier(number, DossierState::Accepte), step.to_le_bytes()[0], NOW);
                if let Some(stale) = read(&store, |reader| reader.attachments_stale(number - 1)) {
                    write(&store, |writer| writer.attachments_replace(stale.dossier, stale.version, &names, at(NOW)));
                }
            }
            3 => {
                if read(&store, |reader| reader.dossier_line(number)).is_some() {
                    remove(&store, number);
                }
            }
            4 => write(&store, |writer| writer.attachment_content_lost(name)),
            5 if step % 5 == 0 => write(&store, |writer| writer.attachments_remove(number)),
            _ => {
                let unverified = Kept::Unverified { sha256: name.to_owned(), reason: String::new() };
                let kept = [content(name), failure("délai"), unverified, Kept::Pending];
                for file in files {
                    settle(&store, number, file.position, &kept[rng.usize(..4)], NOW);
                }
            }
        }
        assert_eq!(read(&store, |reader| reader.attachment_counts()), counted_anew(&store), "{step}");
    }
    assert!(counted_anew(&store).total() > 0);
}

#[test]
fn a_content_that_is_lost_is_wanted_again_by_every_file_that_had_it() {
    let (_directory, store) = store();
    list(&store, 7, 1, &[attachment("a.pdf"), attachment("b.pdf")]);
    list(&store, 8, 1, &[attachment("c.pdf")]);
    for (number, position, name) in [(7, 0, "aa"), (7, 1, "bb"), (8, 0, "aa")] {
        settle(&store, number, position, &content(name), NOW);
    }
    write(&store, |writer| writer.attachment_content_lost("aa"));
    assert_eq!(kept(&store, 7), [Kept::Pending, content("bb")]);
    assert_eq!(kept(&store, 8), [Kept::Pending]);
}

fn orphans(store: &Store) -> Vec<(String, Option<Timestamp>)> {
    read(store, |reader| reader.orphans()).into_iter().collect()
}

#[test]
fn a_content_is_orphaned_with_its_last_file_and_no_longer_once_it_has_one_again() {
    let (_directory, store) = store();
    list(&store, 7, 1, &[attachment("a.pdf"), attachment("twin.pdf"), attachment("pending.pdf")]);
    list(&store, 8, 1, &[attachment("shared.pdf"), attachment("b.pdf")]);
    for (number, position, name) in [(7, 0, "aa"), (7, 1, "aa"), (8, 0, "cc"), (8, 1, "bb")] {
        settle(&store, number, position, &content(name), NOW);
    }
    list(&store, 7, 2, &[attachment("twin.pdf")]);
    assert_eq!(orphans(&store), [], "its twin is there");
    list(&store, 7, 3, &[]);
    list(&store, 8, 2, &[attachment("new.pdf")]);
    let since = Some(at(NOW));
    assert_eq!(orphans(&store), ["aa", "bb", "cc"].map(|name| (name.to_owned(), since)));
    assert!(!read(&store, |reader| reader.has_contents_to_erase()));
    settle(&store, 8, 0, &content("aa"), NOW);
    assert_eq!(orphans(&store), ["bb", "cc"].map(|name| (name.to_owned(), since)));
    write(&store, |writer| {
        writer.orphan_note("aa", since)?;
        writer.orphan_note("bb", Some(at("2021-10-01T08:00:00Z")))?;
        writer.orphan_remove("cc")
    });
    assert_eq!(orphans(&store), [("bb".to_owned(), since)], "aa has a file, bb was noted before");
}

#[test]
fn the_contents_of_forgotten_files_are_due_at_once_and_the_files_are_not_listed_again() {
    let (_directory, store) = store();
    list(&store, 7, 1, &[attachment("a.pdf"), attachment("shared.pdf")]);
    list(&store, 8, 1, &[attachment("shared.pdf")]);
    for (number, position, name) in [(7, 0, "aa"), (7, 1, "bb"), (8, 0, "bb")] {
        settle(&store, number, position, &content(name), NOW);
    }
    assert!(!read(&store, |reader| reader.has_contents_to_erase()));
    write(&store, |writer| writer.attachments_remove(7));
    assert!(records(&store, 7).is_empty());
    assert_eq!(read(&store, |reader| reader.attachments_stale(0)), None);
    assert_eq!(orphans(&store), [("aa".to_owned(), None)]);
    assert!(read(&store, |reader| reader.has_contents_to_erase()));
    write(&store, |writer| writer.orphan_remove("aa"));
    assert!(!read(&store, |reader| reader.has_contents_to_erase()));
}
