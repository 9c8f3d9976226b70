//! What takes room in the file.

use std::collections::BTreeMap;

use super::{Reader, StoreError};
use crate::domain::room::Room;

/// What a table is for.
fn room_of(table: &str) -> Room {
    match table {
        "dossier_versions" => Room::Received,
        "champs" | "champ_rows" | "descriptors" => Room::Champs,
        "subjects" | "evaluations" | "verdicts" | "rules" | "sentences" | "search" | "neighbours"
        | "neighbour_communes" | "grants" => Room::Verdicts,
        "attachments" => Room::Attachments,
        "outbox" => Room::Messages,
        "journal" | "journal_erasures" | "changes" | "withdrawals" | "removal_events" | "remains" => Room::Journal,
        table if table.starts_with("export") => Room::Documents,
        _ => Room::Rest,
    }
}

impl Reader<'_> {
    /// What takes room in the database, in bytes: together they are its pages. Every page is looked at.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn rooms(&self) -> Result<BTreeMap<Room, u64>, StoreError> {
        let pragma = |name| -> rusqlite::Result<u64> {
            Ok(self.connection.0.pragma_query_value(None, name, |row| row.get::<_, i64>(0))?.unsigned_abs())
        };
        let mut rooms = BTreeMap::new();
        let mut statement = self.connection.prepare_cached(
            "SELECT coalesce(sqlite_schema.tbl_name, dbstat.name), dbstat.pgsize FROM dbstat
             LEFT JOIN sqlite_schema ON sqlite_schema.name = dbstat.name WHERE dbstat.aggregate = 1",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, bytes): (String, i64) = (row.get(0)?, row.get(1)?);
            *rooms.entry(room_of(&table)).or_default() += bytes.unsigned_abs();
        }
        let received = rooms.remove(&Room::Received).unwrap_or_default();
        let past = self.past(received)?;
        rooms.extend([(Room::Received, received - past), (Room::PastVersions, past)]);
        let page = pragma("page_size")?;
        let free = pragma("freelist_count")? * page;
        rooms.insert(Room::Free, free);
        // Maps of pages, which belong to no table.
        let told: u64 = rooms.values().sum();
        *rooms.entry(Room::Rest).or_default() += (pragma("page_count")? * page).saturating_sub(told);
        Ok(rooms)
    }

    /// How much of the room of all versions those before the current ones take: in proportion to their lengths.
    fn past(&self, all: u64) -> Result<u64, StoreError> {
        let (past, every): (i64, i64) = self.connection.query_row(
            "SELECT coalesce(sum(length(v.raw)) FILTER (WHERE d.version IS NOT v.id), 0), coalesce(sum(length(v.raw)), 0)
             FROM dossier_versions v LEFT JOIN dossiers d ON d.number = v.dossier",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let share = u128::from(all) * u128::from(past.unsigned_abs()) / u128::from(every.unsigned_abs().max(1));
        Ok(u64::try_from(share).unwrap_or(all))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{dossier, read, store, upsert, views, write};
    use super::*;
    use crate::domain::dossier::DossierState;

    #[test]
    fn the_parts_are_all_pages_and_each_table_is_in_one() {
        let (_directory, store) = store();
        write(&store, views::fill);
        let pages = || {
            read(&store, |reader| {
                let sql = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size";
                Ok(reader.connection.query_row(sql, [], |row| row.get::<_, i64>(0))?.unsigned_abs())
            })
        };
        let before = read(&store, |reader| reader.rooms());
        assert_eq!(before.values().sum::<u64>(), pages());
        assert_eq!(before[&Room::PastVersions], 0);
        for room in [Room::Received, Room::Champs, Room::Verdicts, Room::Attachments, Room::Documents, Room::Journal] {
            assert!(before[&room] > 0, "{room:?}");
        }
        for content in 2..90 {
            upsert(&store, &dossier(8, DossierState::Accepte), content, "2021-09-03T00:00:00Z");
        }
        let after = read(&store, |reader| reader.rooms());
        assert_eq!(after.values().sum::<u64>(), pages());
        assert!(after[&Room::PastVersions] > after[&Room::Received], "{after:?}");
    }
}
