//! The connections that nobody reads with just now.
//!
//! To open one costs more than most readings: the tables are described anew, and each statement is prepared anew. A connection
//! whose reading failed or panicked is not kept: whatever is wrong with it ends with it.

use std::sync::{Mutex, PoisonError};

use rusqlite::Connection;

/// How many are kept: as many as commonly read at once. More are opened when they are needed, and closed after their reading.
const KEPT: usize = 4;

#[derive(Debug, Default)]
pub(super) struct Idle {
    connections: Mutex<Vec<Connection>>,
}

impl Idle {
    /// The one that was used last: what it read is likeliest to be still in memory.
    pub(super) fn take(&self) -> Option<Connection> {
        self.connections.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    pub(super) fn put(&self, connection: Connection) {
        let mut connections = self.connections.lock().unwrap_or_else(PoisonError::into_inner);
        if connections.len() < KEPT {
            connections.push(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::Barrier;

    use super::super::place::beside;
    use super::super::tests::{PROCEDURE, dossier, read, store, upsert, write};
    use super::super::{Access, Reader, Store, StoreError};
    use super::*;
    use crate::domain::dossier::DossierState;
    use crate::domain::programme::Programme;

    fn idle(store: &Store) -> usize {
        store.idle.connections.lock().unwrap().len()
    }

    fn count(reader: &Reader<'_>) -> Result<u64, StoreError> {
        reader.dossier_count(PROCEDURE)
    }

    #[test]
    fn readings_that_follow_each_other_share_a_connection_and_each_sees_what_was_written() {
        let (_directory, store) = store();
        for number in 1..=3 {
            upsert(&store, &dossier(number, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
            assert_eq!(read(&store, count), number.unsigned_abs());
            assert_eq!(idle(&store), 1);
        }
        // A table that came meanwhile, as a newer version adds it.
        write(&store, |writer| Ok(writer.transaction.execute("ALTER TABLE dossiers ADD COLUMN more TEXT", [])?));
        assert_eq!(read(&store, count), 3);
    }

    #[test]
    fn readings_at_once_wait_for_nobody_and_the_superfluous_connections_are_closed() {
        let (_directory, store) = store();
        let together = Barrier::new(KEPT + 3);
        std::thread::scope(|scope| {
            for _ in 0..KEPT + 2 {
                scope.spawn(|| {
                    read(&store, |reader| {
                        let before = count(reader)?;
                        together.wait();
                        together.wait();
                        assert_eq!(count(reader)?, before, "one snapshot");
                        Ok(())
                    });
                });
            }
            together.wait();
            upsert(&store, &dossier(7, DossierState::EnConstruction), 1, "2021-09-03T00:00:00Z");
            together.wait();
        });
        assert_eq!(idle(&store), KEPT);
        assert_eq!(read(&store, count), 1);
    }

    #[test]
    fn a_connection_whose_reading_failed_or_panicked_is_not_kept() {
        let (_directory, store) = store();
        read(&store, count);
        let failed = store.read::<(), StoreError>(|_| Err(StoreError::unreadable("essai", &"")));
        assert!(failed.is_err());
        assert_eq!(idle(&store), 0);
        read(&store, count);
        let panicked = catch_unwind(AssertUnwindSafe(|| store.read::<(), StoreError>(|_| panic!("of the test"))));
        assert!(panicked.is_err());
        assert_eq!(idle(&store), 0);
        assert_eq!(read(&store, count), 0);
    }

    #[test]
    fn nothing_can_be_written_where_one_reads() {
        let (_directory, store) = store();
        for _ in 0..2 {
            let refused =
                store.read::<_, StoreError>(|reader| Ok(reader.connection.execute("DELETE FROM alerts", [])?));
            assert!(matches!(refused, Err(StoreError::ReadOnly { .. })), "{refused:?}");
        }
    }

    /// Who reads cannot empty it: the one that writes must be closed last.
    #[test]
    fn the_journal_is_emptied_when_the_store_is_closed() {
        let (_directory, store) = store();
        read(&store, count);
        let (path, journal) = (store.path().to_owned(), beside(store.path(), "-wal"));
        assert!(journal.exists());
        drop(store);
        assert!(!journal.exists());
        let reader = Store::open_to_read(&path).unwrap();
        read(&reader, count);
        assert_eq!(idle(&reader), 1);
    }

    /// Nothing tells such a connection that the file changed.
    #[test]
    fn a_file_that_is_read_alone_is_opened_anew_for_each_reading() {
        let (_directory, store) = store();
        let path = store.path().to_owned();
        drop(store);
        let alone = Store::with(&path, Access::ReadAlone, None);
        assert_eq!(read(&alone, |reader| Ok(reader.procedures()?.len())), 1);
        let writes = Store::open(&path).unwrap();
        write(&writes, |writer| writer.procedure_declare(PROCEDURE + 1, Programme::Axe3V1));
        drop(writes);
        assert_eq!(read(&alone, |reader| Ok(reader.procedures()?.len())), 2);
        let locked = Store::with(&path, Access::ReadLocked, None);
        assert_eq!(read(&locked, |reader| Ok(reader.procedures()?.len())), 2);
        assert_eq!((idle(&alone), idle(&locked)), (0, 0));
    }
}
