//! Démarches followed, and the cursors of interrupted walks.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, params};

use super::codec::{compress, decompress, instant, json, read_instant, read_optional_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::form::Form;
use crate::domain::programme::Programme;

/// A démarche as last seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcedureRecord {
    /// Its number on DS.
    pub number: ProcedureNumber,
    /// The programme it belongs to, as configured at the last sync.
    pub programme: Programme,
    /// Its title on DS; empty before the first sync.
    pub title: String,
    /// Its state on DS.
    pub state: String,
    /// The date of the newest dossier that DS reported before the last completed walk.
    pub watermark: Option<Timestamp>,
    /// The page size that worked last.
    pub page_size: Option<u32>,
    /// End of the last completed full read, by DS's clock.
    pub full_read_at: Option<Timestamp>,
    /// Until when the dossiers are known: what DS's clock said when the last completed sync began.
    pub synced_at: Option<Timestamp>,
    /// When the last completed sync began, by an estimate, if its answers had no usable date: nothing is concluded from it.
    pub undated_read_at: Option<Timestamp>,
    /// Its watermark when its tombstones were last read to the end.
    pub tombstones_until: Option<Timestamp>,
    /// When a full sync began that read every dossier and then lasted as long as a run may.
    pub full_cut_at: Option<Timestamp>,
    /// That DS gives it no more, while it gives others; none when it does.
    pub failure: Option<ProcedureFailure>,
}

/// A démarche that DS gives no more, while it gives others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcedureFailure {
    /// When that began.
    pub since: Timestamp,
    /// When it was last so.
    pub last: Timestamp,
    /// DS does not know the démarche; else it knows it, and fails.
    pub lost: bool,
}

/// The two ways through the dossiers of a démarche. Their cursors look alike and must never be mixed up (API facts, 3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Walk {
    /// In order of deposit, everything.
    Deposit,
    /// In order of update, since an instant.
    Update {
        /// `updatedSince` of the query.
        since: Timestamp,
    },
}

impl Walk {
    fn code(self) -> &'static str {
        match self {
            Self::Deposit => "deposit",
            Self::Update { .. } => "update",
        }
    }

    fn since_text(self) -> String {
        match self {
            Self::Deposit => String::new(),
            Self::Update { since } => instant(since),
        }
    }
}

/// Where an interrupted walk goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The query it belongs to.
    pub walk: Walk,
    /// The date of the newest dossier on DS when the walk began; none when there was no dossier.
    pub watermark: Option<Timestamp>,
    /// When the walk began.
    pub began_at: Timestamp,
    /// `endCursor` of the last page stored.
    pub cursor: String,
    /// The walk stopped because it lasted as long as a run may.
    pub out_of_time: bool,
}

/// The longest time between two failures that are one: syncs that come once a day, somewhat late.
const LONGEST_GAP: SignedDuration = SignedDuration::from_hours(36);

const COLUMNS: &str = "number, programme, title, state, watermark, page_size, full_read_at, synced_at,
    tombstones_until, full_cut_at, undated_read_at, failing_since, failed_at, lost";

fn read_record(row: &Row<'_>) -> Result<ProcedureRecord, StoreError> {
    let programme: String = row.get(1)?;
    let failing = read_optional_instant(row.get(11)?)?.zip(read_optional_instant(row.get(12)?)?);
    let lost = row.get(13)?;
    Ok(ProcedureRecord {
        number: row.get(0)?,
        programme: programme.parse().map_err(|error| StoreError::unreadable("programme", &error))?,
        title: row.get(2)?,
        state: row.get(3)?,
        watermark: read_optional_instant(row.get(4)?)?,
        page_size: row.get(5)?,
        full_read_at: read_optional_instant(row.get(6)?)?,
        synced_at: read_optional_instant(row.get(7)?)?,
        tombstones_until: read_optional_instant(row.get(8)?)?,
        full_cut_at: read_optional_instant(row.get(9)?)?,
        undated_read_at: read_optional_instant(row.get(10)?)?,
        failure: failing.map(|(since, last)| ProcedureFailure { since, last, lost }),
    })
}

impl Writer<'_> {
    /// Makes a démarche known under its configured programme.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedure_declare(&self, number: ProcedureNumber, programme: Programme) -> Result<(), StoreError> {
        self.transaction.execute(
            "INSERT INTO procedures (number, programme) VALUES (?1, ?2)
             ON CONFLICT (number) DO UPDATE SET programme = excluded.programme WHERE programme <> excluded.programme",
            params![number, programme.code()],
        )?;
        Ok(())
    }

    /// Keeps what DS says of a démarche and its form, when it is known.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedure_describe(
        &self,
        number: ProcedureNumber,
        title: &str,
        state: &str,
        form: Option<&Form>,
    ) -> Result<(), StoreError> {
        let form = form.map(|form| compress(json(form)?.as_bytes())).transpose()?;
        self.dictionaries_outdate(number, form.as_deref())?;
        self.transaction.execute(
            "UPDATE procedures SET title = ?2, state = ?3, form = ?4 WHERE number = ?1",
            params![number, title, state, form],
        )?;
        Ok(())
    }

    /// Remembers the page size that works.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedure_page_size(&self, number: ProcedureNumber, page_size: u32) -> Result<(), StoreError> {
        self.transaction
            .execute("UPDATE procedures SET page_size = ?2 WHERE number = ?1", params![number, page_size])?;
        Ok(())
    }

    /// Ends a walk: its watermark becomes the démarche's (it never goes back), its cursor is forgotten. One in order of deposit
    /// is a full read that ended at `read_at`, by DS's clock; without it, answers had no usable date, and nothing is concluded.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn walk_finish(
        &self,
        number: ProcedureNumber,
        walk: Walk,
        watermark: Option<Timestamp>,
        read_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        self.transaction
            .execute("DELETE FROM cursors WHERE procedure = ?1 AND walk = ?2", params![number, walk.code()])?;
        if let Some(watermark) = watermark {
            self.transaction.execute(
                "UPDATE procedures SET watermark = max(coalesce(watermark, ''), ?2) WHERE number = ?1",
                params![number, instant(watermark)],
            )?;
        }
        if let (Walk::Deposit, Some(read_at)) = (walk, read_at) {
            self.transaction.execute(
                "UPDATE procedures SET full_read_at = ?2 WHERE number = ?1",
                params![number, instant(read_at)],
            )?;
        }
        Ok(())
    }

    /// Removes how far a walk got, so that it starts again.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn walk_remove(&self, number: ProcedureNumber, walk: Walk) -> Result<(), StoreError> {
        self.transaction
            .execute("DELETE FROM cursors WHERE procedure = ?1 AND walk = ?2", params![number, walk.code()])?;
        if matches!(walk, Walk::Deposit) {
            self.transaction.execute("UPDATE procedures SET full_cut_at = NULL WHERE number = ?1", [number])?;
        }
        Ok(())
    }

    /// Keeps where a walk stands; in the transaction of the page that ends there.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn cursor_keep(&self, number: ProcedureNumber, cursor: &Cursor) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO cursors (procedure, walk, since, watermark, began_at, cursor, out_of_time)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (procedure, walk) DO UPDATE SET since = excluded.since, watermark = excluded.watermark,
                 began_at = excluded.began_at, cursor = excluded.cursor, out_of_time = excluded.out_of_time",
            )?
            .execute(params![
                number,
                cursor.walk.code(),
                cursor.walk.since_text(),
                cursor.watermark.map(instant),
                instant(cursor.began_at),
                cursor.cursor,
                cursor.out_of_time
            ])?;
        Ok(())
    }

    /// Notes that a full sync, begun at an instant, lasted as long as a run may: in its walk in order of deposit, or after it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn full_sync_cut(
        &self,
        number: ProcedureNumber,
        began_at: Timestamp,
        after_the_walk: bool,
    ) -> Result<(), StoreError> {
        if after_the_walk {
            self.transaction.execute(
                "UPDATE procedures SET full_cut_at = ?2 WHERE number = ?1",
                params![number, instant(began_at)],
            )?;
        } else {
            self.transaction
                .execute("UPDATE cursors SET out_of_time = 1 WHERE procedure = ?1 AND walk = 'deposit'", [number])?;
        }
        Ok(())
    }

    /// Records that the tombstones of a démarche were read to the end, when this was its watermark.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn tombstones_read(&self, number: ProcedureNumber, watermark: Timestamp) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE procedures SET tombstones_until = ?2 WHERE number = ?1",
            params![number, instant(watermark)],
        )?;
        Ok(())
    }

    /// Records that a démarche was synced to the end: its dossiers are known until `known_until`, by DS's clock. A full sync
    /// leaves nothing to go on with.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedure_synced(
        &self,
        number: ProcedureNumber,
        known_until: Timestamp,
        full: bool,
    ) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE procedures SET synced_at = ?2, undated_read_at = NULL, full_cut_at = iif(?3, NULL, full_cut_at),
             first_synced_at = min(coalesce(first_synced_at, ?2), ?2) WHERE number = ?1",
            params![number, instant(known_until), full],
        )?;
        Ok(())
    }

    /// Records that a démarche was read to the end by answers without a usable date: about from `began_at` on nothing new is
    /// missing, but nothing is concluded from that.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedure_read_undated(&self, number: ProcedureNumber, began_at: Timestamp) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE procedures SET undated_read_at = ?2 WHERE number = ?1",
            params![number, instant(began_at)],
        )?;
        Ok(())
    }
}

impl Writer<'_> {
    /// Notes that DS did not give a démarche at an instant, while it gave others; `lost` when it does not know it. What was noted
    /// longer before than [`LONGEST_GAP`] is another failure: nothing says that DS did not give the démarche in between.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedure_failed(&self, number: ProcedureNumber, lost: bool, at: Timestamp) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE procedures SET failing_since = iif(failed_at >= ?4, failing_since, ?3), failed_at = ?3, lost = ?2
             WHERE number = ?1",
            params![number, lost, instant(at), instant(at.saturating_sub(LONGEST_GAP).unwrap_or(Timestamp::MIN))],
        )?;
        Ok(())
    }

    /// Notes that DS gives a démarche.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedure_recovered(&self, number: ProcedureNumber) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE procedures SET failing_since = NULL, failed_at = NULL, lost = 0
             WHERE number = ?1 AND failing_since IS NOT NULL",
            [number],
        )?;
        Ok(())
    }
}

impl Reader<'_> {
    /// A démarche.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedure(&self, number: ProcedureNumber) -> Result<Option<ProcedureRecord>, StoreError> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM procedures WHERE number = ?1"))?;
        let mut rows = statement.query([number])?;
        rows.read(read_record)
    }

    /// The active form of a démarche; none before the first sync.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it is damaged, or a failure of the database.
    pub fn procedure_form(&self, number: ProcedureNumber) -> Result<Option<Form>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT form FROM procedures WHERE number = ?1")?;
        let mut rows = statement.query([number])?;
        let frame = rows.read(|row| Ok(row.get::<_, Option<Vec<u8>>>(0)?))?.flatten();
        let read = |frame: Vec<u8>| {
            serde_json::from_slice(&decompress(&frame)?).map_err(|error| StoreError::unreadable("formulaire", &error))
        };
        frame.map(read).transpose()
    }

    /// Every démarche known, by number.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn procedures(&self) -> Result<Vec<ProcedureRecord>, StoreError> {
        let mut statement =
            self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM procedures ORDER BY number"))?;
        let mut rows = statement.query([])?;
        let mut records = Vec::new();
        while let Some(record) = rows.read(read_record)? {
            records.push(record);
        }
        Ok(records)
    }

    /// The cursor of the interrupted walk in order of deposit.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn cursor_deposit(&self, number: ProcedureNumber) -> Result<Option<Cursor>, StoreError> {
        self.cursor(number, "deposit")
    }

    /// The cursor of the interrupted walk in order of update; its `since` says which query it belongs to.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn cursor_update(&self, number: ProcedureNumber) -> Result<Option<Cursor>, StoreError> {
        self.cursor(number, "update")
    }

    fn cursor(&self, number: ProcedureNumber, walk: &str) -> Result<Option<Cursor>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT since, watermark, began_at, cursor, out_of_time FROM cursors WHERE procedure = ?1 AND walk = ?2",
        )?;
        let mut rows = statement.query(params![number, walk])?;
        rows.read(|row| {
            let since: String = row.get(0)?;
            Ok(Cursor {
                walk: if since.is_empty() { Walk::Deposit } else { Walk::Update { since: read_instant(&since)? } },
                watermark: read_optional_instant(row.get(1)?)?,
                began_at: read_instant(&row.get::<_, String>(2)?)?,
                cursor: row.get(3)?,
                out_of_time: row.get(4)?,
            })
        })
    }
}
