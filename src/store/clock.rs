//! What is known of DS's clock, and since when DS is read.

use jiff::Timestamp;
use rusqlite::OptionalExtension;

use super::codec::{instant, read_instant, read_optional_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::clock::ServerClock;
use crate::domain::dossier::ProcedureNumber;

/// The mark that holds DS's date and the machine's at the same moment.
const SERVER_CLOCK: &str = "server_clock";
/// Puts right what is dated later than an instant, ?1: nothing can have happened in the future.
const CORRECTIONS: [&str; 18] = [
    // What was seen was seen by now at the latest; the index alone is read, unless there is something to do.
    "UPDATE dossier_versions SET observed_at = ?1 WHERE id IN (SELECT id FROM dossier_versions WHERE observed_at > ?1)",
    "UPDATE removal_events SET observed_at = ?1, at = min(at, ?1)
     WHERE id IN (SELECT id FROM removal_events WHERE observed_at > ?1)",
    "UPDATE remains SET observed_at = ?1 WHERE id IN (SELECT id FROM remains WHERE observed_at > ?1)",
    // Delays begin now, and what was tried in the future never was.
    "UPDATE dossiers SET removed_at = min(removed_at, ?1), erased_at = min(erased_at, ?1),
         unfinished_since = min(unfinished_since, ?1), asked_again_at = iif(asked_again_at > ?1, NULL, asked_again_at)
     WHERE removed_at > ?1 OR erased_at > ?1 OR unfinished_since > ?1 OR asked_again_at > ?1",
    "UPDATE quarantine SET since = min(since, ?1), tried_at = iif(tried_at > ?1, NULL, tried_at)
     WHERE since > ?1 OR tried_at > ?1",
    "UPDATE attachments SET failed_since = min(failed_since, ?1), settled_at = iif(state = 'stored', ?1, NULL)
     WHERE settled_at > ?1 OR failed_since > ?1",
    "UPDATE orphaned_contents SET orphaned_at = ?1 WHERE orphaned_at > ?1",
    // What ended in the future never did, and is done again.
    "UPDATE procedures SET synced_at = iif(synced_at > ?1, NULL, synced_at),
         full_read_at = iif(full_read_at > ?1, NULL, full_read_at), full_cut_at = iif(full_cut_at > ?1, NULL, full_cut_at),
         undated_read_at = iif(undated_read_at > ?1, NULL, undated_read_at),
         first_synced_at = iif(first_synced_at > ?1, NULL, first_synced_at)
     WHERE synced_at > ?1 OR full_read_at > ?1 OR full_cut_at > ?1 OR undated_read_at > ?1 OR first_synced_at > ?1",
    "UPDATE procedures SET failing_since = NULL, failed_at = NULL, lost = 0 WHERE failing_since > ?1 OR failed_at > ?1",
    "DELETE FROM cursors WHERE walk = 'deposit' AND began_at > ?1",
    // What people did was done by now at the latest, too: the past is told from it.
    "UPDATE journal SET at = ?1 WHERE at > ?1",
    "UPDATE withdrawals SET at = ?1 WHERE at > ?1",
    // Only shown.
    "UPDATE alerts SET raised_at = ?1 WHERE raised_at > ?1",
    "UPDATE commentaries SET given_at = ?1 WHERE given_at > ?1",
    "UPDATE exports SET created_at = ?1 WHERE created_at > ?1",
    "UPDATE changes SET at = ?1 WHERE at > ?1",
    "UPDATE outbox SET created_at = min(created_at, ?1), settled_at = min(settled_at, ?1) WHERE created_at > ?1 OR settled_at > ?1",
    "UPDATE told SET since = min(since, ?1), told_at = min(told_at, ?1) WHERE since > ?1 OR told_at > ?1",
];

impl Reader<'_> {
    /// DS's clock as it was last read; none before DS has ever answered with a usable date.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn server_clock(&self) -> Result<Option<ServerClock>, StoreError> {
        let Some(text) = self.mark(SERVER_CLOCK)? else { return Ok(None) };
        let (date, machine) =
            text.split_once(' ').ok_or_else(|| StoreError::unreadable("horloge de DS", &"un seul instant"))?;
        Ok(Some(ServerClock { date: read_instant(date)?, machine: read_instant(machine)? }))
    }

    /// What DS's clock says now, as far as can be told without asking it: this machine's, corrected by the difference last
    /// measured. For what is recorded, and shown as recorded; nothing may be concluded from it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn corrected(&self, machine_now: Timestamp) -> Result<Timestamp, StoreError> {
        Ok(self.server_clock()?.map_or(machine_now, |clock| clock.corrected(machine_now)))
    }

    /// The date of the newest change of a dossier that DS gave: its clock said no less then. None before the first reading.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn newest_update(&self) -> Result<Option<Timestamp>, StoreError> {
        let newest = self.connection.query_row("SELECT max(watermark) FROM procedures", [], |row| row.get(0))?;
        read_optional_instant(newest)
    }

    /// When one of these démarches was first read to the end, by DS's clock: catch-up of what is about them begins there. None
    /// before; one that is later than what DS's clock said last does not count.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn first_synced_at(&self, procedures: &[ProcedureNumber]) -> Result<Option<Timestamp>, StoreError> {
        let Some(clock) = self.server_clock()? else { return Ok(None) };
        let mut statement =
            self.connection.prepare_cached("SELECT first_synced_at FROM procedures WHERE number = ?1")?;
        let mut earliest: Option<Timestamp> = None;
        for procedure in procedures {
            let first = statement.query_row([procedure], |row| row.get::<_, Option<String>>(0)).optional()?.flatten();
            let first = read_optional_instant(first)?.and_then(|first| clock.past(first));
            earliest = earliest.into_iter().chain(first).min();
        }
        Ok(earliest)
    }
}

impl Writer<'_> {
    /// Keeps what an answer told of DS's clock, unless a later answer is known: one that is not later by either clock comes
    /// from before.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn server_clock_put(&self, clock: ServerClock) -> Result<(), StoreError> {
        let is_old = |known: ServerClock| clock.date < known.date && clock.machine <= known.machine;
        if self.reader().server_clock()?.is_some_and(is_old) {
            return Ok(());
        }
        self.mark_put(SERVER_CLOCK, &format!("{} {}", instant(clock.date), instant(clock.machine)))
    }

    /// Corrects every instant of the past that is later than what DS's clock says; gives how many rows had one. The
    /// tasks of the daemon are for it to look at.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn future_correct(&self, date: Timestamp) -> Result<u64, StoreError> {
        let date = instant(date);
        let mut corrected = 0;
        for sql in CORRECTIONS {
            corrected += self.transaction.prepare_cached(sql)?.execute([&date])?;
        }
        // Of a sync that runs, DS's clock tells the beginning.
        corrected += self
            .transaction
            .prepare_cached(
                "UPDATE runs SET started_at = min(started_at, ?1), finished_at = min(finished_at, ?1)
                 WHERE (started_at > ?1 OR finished_at > ?1) AND outcome <> 'running'",
            )?
            .execute([&date])?;
        self.transaction
            .prepare_cached("UPDATE runs SET started_at = ?1 WHERE outcome = 'running'")?
            .execute([&date])?;
        Ok(corrected as u64)
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::super::tests::{PROCEDURE, at, dossier, read, store, upsert, write};
    use super::super::{Cursor, QuarantineEntry, RemovalNotice, RunOutcome, Store, Walk};
    use super::*;
    use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
    use crate::domain::journal::Act;

    const DATE: &str = "2021-10-01T06:00:00Z";
    const FUTURE: &str = "2021-11-10T06:00:00Z";
    const PAST: &str = "2021-09-30T06:00:00Z";

    fn clock(date: &str, machine: &str) -> ServerClock {
        ServerClock { date: at(date), machine: at(machine) }
    }

    #[test]
    fn an_older_answer_does_not_take_the_place_of_a_later_one() {
        let (_directory, store) = store();
        assert_eq!(read(&store, |reader| reader.server_clock()), None);
        assert_eq!(read(&store, |reader| reader.corrected(at(FUTURE))), at(FUTURE));
        let put = |date, machine| {
            write(&store, |writer| writer.server_clock_put(clock(date, machine)));
            read(&store, |reader| reader.server_clock()).unwrap()
        };
        assert_eq!(put(DATE, FUTURE), clock(DATE, FUTURE));
        assert_eq!(put(PAST, "2021-11-10T05:59:59Z"), clock(DATE, FUTURE), "it came before");
        let a_minute_later = at(FUTURE) + SignedDuration::from_mins(1);
        assert_eq!(read(&store, |reader| reader.corrected(a_minute_later)), at("2021-10-01T06:01:00Z"));
        assert_eq!(
            put("2021-10-01T06:15:00Z", DATE),
            clock("2021-10-01T06:15:00Z", DATE),
            "this machine was set right"
        );
        assert_eq!(put(DATE, "2021-10-01T06:16:00Z"), clock(DATE, "2021-10-01T06:16:00Z"), "DS was");
    }

    #[test]
    fn the_first_complete_sync_is_remembered_and_never_lies_in_the_future() {
        let (_directory, store) = store();
        let first = || read(&store, |reader| reader.first_synced_at(&[PROCEDURE]));
        let synced = |instant| {
            write(&store, |writer| writer.server_clock_put(clock(instant, instant)));
            write(&store, |writer| writer.procedure_synced(PROCEDURE, at(instant), false));
        };
        assert_eq!(first(), None);
        synced(FUTURE);
        assert_eq!(first(), Some(at(FUTURE)));
        // DS was wrong, and this machine too, until both were set right.
        write(&store, |writer| writer.mark_put(SERVER_CLOCK, &format!("{DATE} {DATE}")));
        assert_eq!(first(), None);
        synced(DATE);
        synced("2021-10-02T06:00:00Z");
        assert_eq!(first(), Some(at(DATE)));
    }

    #[test]
    fn each_demarche_has_its_own_first_sync() {
        let (_directory, store) = store();
        let other = PROCEDURE + 1;
        write(&store, |writer| {
            writer.procedure_declare(other, crate::domain::programme::Programme::Axe3V1)?;
            writer.server_clock_put(clock(FUTURE, FUTURE))?;
            writer.procedure_synced(other, at(PAST), false)?;
            writer.procedure_synced(PROCEDURE, at(DATE), false)
        });
        let first = |procedures: &[ProcedureNumber]| read(&store, |reader| reader.first_synced_at(procedures));
        assert_eq!(first(&[PROCEDURE]), Some(at(DATE)));
        assert_eq!(first(&[PROCEDURE, other]), Some(at(PAST)));
        assert_eq!(first(&[PROCEDURE + 2]), None, "never heard of");
        assert_eq!(first(&[]), None);
    }

    /// A dossier about which everything that can be dated is dated at an instant.
    fn dated(store: &Store, number: DossierNumber, now: &str) {
        upsert(store, &dossier(number, DossierState::Accepte), 1, now);
        write(store, |writer| {
            let notice = RemovalNotice {
                number,
                procedure: PROCEDURE,
                state: DossierState::Accepte,
                reason: RemovalReason::Absent,
                at: at(now),
            };
            writer.dossier_remove(&notice, at(now))?;
            let (since, reason) = (at(now), String::new());
            writer.quarantine_put(&QuarantineEntry {
                dossier: number,
                procedure: PROCEDURE,
                since,
                tried_at: since,
                reason,
            })?;
            writer.dossier_unfinished(number, true, at(now))?;
            writer.dossier_asked_again(number, at(now))?;
            writer.orphan_note(&format!("sha{number}"), Some(at(now)))?;
            writer.alert_raise(&format!("cause:{number}"), "", "", at(now))?;
            writer.transaction.execute(
                "INSERT INTO remains (dossier, observed_at, subject, evaluation) VALUES (?1, ?2, '{}', '{}')",
                rusqlite::params![number, now],
            )?;
            writer.transaction.execute(
                "INSERT INTO exports (kind, period, revision, format, created_at, file_name, path, sha256)
                 VALUES ('monthly-list', '2021-09', ?1, 'csv', ?2, '', '', '')",
                rusqlite::params![number, now],
            )?;
            writer.journal_insert(number, &Act::Include, "Alix", "essai", at(now))?;
            writer.transaction.execute(
                "INSERT INTO withdrawals (kind, period, revision, at, person, reason, files) VALUES ('', '', ?1, ?2, '', '', '{}')",
                rusqlite::params![number, now],
            )?;
            for (position, state) in [(0, "failed"), (1, "stored")] {
                writer.transaction.execute(
                    "INSERT INTO attachments (dossier, position, kind, champ_id, label, filename, content_type, byte_size,
                         checksum, created_at, virus_scan, state, sha256, settled_at, failed_since)
                     VALUES (?1, ?2, 'champ', '', '', '', '', 0, '', ?3, 'safe', ?4, iif(?4 = 'stored', 'sha', NULL), ?3,
                         iif(?4 = 'failed', ?3, NULL))",
                    rusqlite::params![number, position, now, state],
                )?;
            }
            let run = writer.run_begin("manual", at(now))?;
            writer.run_finish(run, RunOutcome::Done, None, at(now))
        });
    }

    #[test]
    fn what_is_dated_in_the_future_is_corrected_and_the_rest_stays() {
        let (_directory, store) = store();
        dated(&store, 1, PAST);
        dated(&store, 2, FUTURE);
        let cursor =
            |walk| Cursor { walk, watermark: None, began_at: at(FUTURE), cursor: "c".to_owned(), out_of_time: false };
        write(&store, |writer| {
            writer.cursor_keep(PROCEDURE, &cursor(Walk::Deposit))?;
            writer.cursor_keep(PROCEDURE, &cursor(Walk::Update { since: at(PAST) }))?;
            writer.full_sync_cut(PROCEDURE, at(FUTURE), true)?;
            writer.procedure_failed(PROCEDURE, true, at(FUTURE))?;
            writer.procedure_read_undated(PROCEDURE, at(FUTURE))
        });
        let running = write(&store, |writer| writer.run_begin("manual", at("2000-01-01T00:00:00Z")));
        assert!(write(&store, |writer| writer.future_correct(at(DATE))) > 0);

        let column = |sql: &str| {
            read(&store, |reader| {
                let mut statement = reader.connection.0.prepare(sql)?;
                let rows = statement.query_map([], |row| row.get::<_, Option<String>>(0))?;
                Ok(rows.collect::<Result<Vec<_>, _>>()?)
            })
        };
        for sql in [
            "SELECT observed_at FROM dossier_versions ORDER BY dossier",
            "SELECT observed_at FROM removal_events ORDER BY dossier",
            "SELECT observed_at FROM remains ORDER BY dossier",
            "SELECT removed_at FROM dossiers ORDER BY number",
            "SELECT unfinished_since FROM dossiers ORDER BY number",
            "SELECT since FROM quarantine ORDER BY dossier",
            "SELECT orphaned_at FROM orphaned_contents ORDER BY sha256",
            "SELECT raised_at FROM alerts ORDER BY key",
            "SELECT created_at FROM exports ORDER BY revision",
            "SELECT at FROM journal ORDER BY id",
            "SELECT at FROM withdrawals ORDER BY id",
            "SELECT failed_since FROM attachments WHERE state = 'failed' ORDER BY dossier",
            "SELECT settled_at FROM attachments WHERE state = 'stored' ORDER BY dossier",
            "SELECT started_at FROM runs WHERE outcome = 'done' ORDER BY id",
            "SELECT finished_at FROM runs WHERE outcome = 'done' ORDER BY id",
        ] {
            assert_eq!(column(sql), [PAST, DATE].map(|text| Some(text.to_owned())), "{sql}");
        }
        for sql in [
            "SELECT asked_again_at FROM dossiers ORDER BY number",
            "SELECT tried_at FROM quarantine ORDER BY dossier",
            "SELECT settled_at FROM attachments WHERE state = 'failed' ORDER BY dossier",
        ] {
            assert_eq!(column(sql), [Some(PAST.to_owned()), None], "{sql}");
        }
        assert_eq!(column(&format!("SELECT started_at FROM runs WHERE id = {running}")), [Some(DATE.to_owned())]);
        let record = read(&store, |reader| reader.procedure(PROCEDURE)).unwrap();
        assert_eq!((record.full_cut_at, record.undated_read_at, record.failure), (None, None, None));
        assert_eq!(read(&store, |reader| reader.cursor_deposit(PROCEDURE)), None, "it begins again");
        assert!(read(&store, |reader| reader.cursor_update(PROCEDURE)).is_some());
        assert_eq!(write(&store, |writer| writer.future_correct(at(DATE))), 0, "there is nothing left to do");
    }

    #[test]
    fn what_ended_in_the_future_never_did() {
        let (_directory, store) = store();
        write(&store, |writer| {
            writer.procedure_synced(PROCEDURE, at(FUTURE), true)?;
            writer.walk_finish(PROCEDURE, Walk::Deposit, Some(at(PAST)), Some(at(FUTURE)))?;
            writer.future_correct(at(DATE))
        });
        let record = read(&store, |reader| reader.procedure(PROCEDURE)).unwrap();
        assert_eq!((record.synced_at, record.full_read_at), (None, None));
        write(&store, |writer| writer.server_clock_put(clock(FUTURE, FUTURE)));
        assert_eq!(read(&store, |reader| reader.first_synced_at(&[PROCEDURE])), None, "nor was it the first time");
        assert_eq!(record.watermark, Some(at(PAST)), "what DS dated stays");
    }
}
