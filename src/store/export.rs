//! Lists and reports, kept for ever as they were made: their bytes compressed, in pieces of bounded size.

use std::io::{self, Read, Write};

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use super::codec::{ZSTD_LEVEL, instant, read_instant};
use super::sql::Sql;
use super::{Reader, StoreError, Writer};
use crate::files::{ScratchError, Written};

/// The bytes of a piece, but for the last of a file.
const PIECE: usize = 1 << 18;

/// A file to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    /// `monthly-list`, `quarterly-report`…
    pub kind: String,
    /// `2021-09`, `2021-Q3`…
    pub period: String,
    /// 0 for the first, then each numbered correction.
    pub revision: u32,
    /// `csv`, `xlsx`, `ods`, `json`, `html`…
    pub format: String,
    /// The name it has in the directory of exports.
    pub file_name: String,
    /// Where it was written.
    pub path: String,
    /// Names what the whole document says, whenever it is made and whatever its revision.
    pub says: String,
}

/// A file that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// Under which its bytes are found.
    id: i64,
    /// `csv`, `xlsx`, `ods`, `json`, `html`…
    pub format: String,
    /// The name it had.
    pub file_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Hexadecimal SHA-256 of its bytes.
    pub sha256: String,
}

/// A kept file, and the document that it is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptExport {
    /// `monthly-list`, `quarterly-report`…
    pub kind: String,
    /// `2021-09`, `2021-Q3`…
    pub period: String,
    /// 0 for the first, then each numbered correction.
    pub revision: u32,
    /// The document was taken back.
    pub is_withdrawn: bool,
    /// The file.
    pub file: ExportFile,
}

/// A document that was kept before another one.
#[derive(Debug)]
pub struct KeptBefore {
    /// Its period.
    pub period: String,
    /// 0 for the first, then each numbered correction.
    pub revision: u32,
    /// In the format that was asked for; none when its bytes are damaged.
    pub content: Option<Written>,
}

impl Writer<'_> {
    /// Keeps a file. A period's revision is kept once: a second time is refused by the database.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_keep(&self, export: &NewExport, content: &Written, now: Timestamp) -> Result<(), StoreError> {
        self.transaction.execute(
            "INSERT INTO exports (kind, period, revision, format, created_at, file_name, path, sha256, says)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                export.kind,
                export.period,
                export.revision,
                export.format,
                instant(now),
                export.file_name,
                export.path,
                content.sha256(),
                export.says
            ],
        )?;
        let id = self.transaction.last_insert_rowid();
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO export_pieces (export, piece, content) VALUES (?1, ?2, ?3)")?;
        let mut frame = zstd::stream::read::Encoder::new(content.bytes(), ZSTD_LEVEL).map_err(ScratchError::from)?;
        let mut piece = Vec::with_capacity(PIECE);
        for number in 0_u32.. {
            piece.clear();
            (&mut frame).take(PIECE as u64).read_to_end(&mut piece).map_err(ScratchError::from)?;
            if piece.is_empty() {
                break;
            }
            insert.execute(params![id, number, piece])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// The number of the revision that stands for a period: the latest kept that was not taken back; none when nothing does.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_latest_revision(&self, kind: &str, period: &str) -> Result<Option<u32>, StoreError> {
        Ok(self.connection.query_row(
            "SELECT max(revision) FROM view_exports WHERE kind = ?1 AND period = ?2 AND withdrawn_at IS NULL",
            [kind, period],
            |row| row.get(0),
        )?)
    }

    /// The number of the next revision to keep for a period: one that was taken back is never used again.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_next_revision(&self, kind: &str, period: &str) -> Result<u32, StoreError> {
        Ok(self.connection.query_row(
            "SELECT coalesce(max(revision) + 1, 0) FROM exports WHERE kind = ?1 AND period = ?2",
            [kind, period],
            |row| row.get(0),
        )?)
    }

    /// What the document kept for a period's revision says; none for one kept by a version that did not note it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_says(&self, kind: &str, period: &str, revision: u32) -> Result<Option<String>, StoreError> {
        Ok(self.connection.query_row(
            "SELECT max(says) FROM exports WHERE kind = ?1 AND period = ?2 AND revision = ?3",
            params![kind, period, revision],
            |row| row.get(0),
        )?)
    }

    /// When a period's revision was kept, as corrected; none when it was not.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_kept_at(&self, kind: &str, period: &str, revision: u32) -> Result<Option<Timestamp>, StoreError> {
        let kept_at: Option<String> = self.connection.query_row(
            "SELECT min(created_at) FROM exports WHERE kind = ?1 AND period = ?2 AND revision = ?3",
            params![kind, period, revision],
            |row| row.get(0),
        )?;
        kept_at.map(|text| read_instant(&text)).transpose()
    }

    /// The files kept for a period's revision.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_files(&self, kind: &str, period: &str, revision: u32) -> Result<Vec<ExportFile>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT id, format, file_name, created_at, sha256 FROM exports
             WHERE kind = ?1 AND period = ?2 AND revision = ?3 ORDER BY id",
        )?;
        let mut rows = statement.query(params![kind, period, revision])?;
        let mut files = Vec::new();
        while let Some(file) = rows.read(|row| {
            Ok(ExportFile {
                id: row.get(0)?,
                format: row.get(1)?,
                file_name: row.get(2)?,
                created_at: read_instant(&row.get::<_, String>(3)?)?,
                sha256: row.get(4)?,
            })
        })? {
            files.push(file);
        }
        Ok(files)
    }

    /// The kept files that have these bytes, by their hexadecimal SHA-256.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn exports_with(&self, sha256: &str) -> Result<Vec<KeptExport>, StoreError> {
        self.kept_exports(
            "SELECT kind, period, revision, EXISTS (
                 SELECT 1 FROM withdrawals w
                 WHERE w.kind = exports.kind AND w.period = exports.period AND w.revision = exports.revision
             ), id, format, file_name, created_at, sha256 FROM exports WHERE sha256 = ?1 ORDER BY id",
            params![sha256],
        )
    }

    /// The documents of a kind that were ever kept, in one format: those of the latest period first, and of a period the latest
    /// correction.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn exports_of(&self, kind: &str, format: &str) -> Result<Vec<KeptExport>, StoreError> {
        self.kept_exports(
            "SELECT kind, period, revision, EXISTS (
                 SELECT 1 FROM withdrawals w
                 WHERE w.kind = exports.kind AND w.period = exports.period AND w.revision = exports.revision
             ), id, format, file_name, created_at, sha256 FROM exports WHERE kind = ?1 AND format = ?2
             ORDER BY period DESC, revision DESC",
            params![kind, format],
        )
    }

    /// Every file that was ever kept, document by document.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn exports_all(&self) -> Result<Vec<KeptExport>, StoreError> {
        self.kept_exports(
            "SELECT kind, period, revision, EXISTS (
                 SELECT 1 FROM withdrawals w
                 WHERE w.kind = exports.kind AND w.period = exports.period AND w.revision = exports.revision
             ), id, format, file_name, created_at, sha256 FROM exports ORDER BY kind, period, revision, id",
            params![],
        )
    }

    fn kept_exports(&self, sql: &'static str, params: impl rusqlite::Params) -> Result<Vec<KeptExport>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query(params)?;
        let mut exports = Vec::new();
        while let Some(export) = rows.read(|row| {
            Ok(KeptExport {
                kind: row.get(0)?,
                period: row.get(1)?,
                revision: row.get(2)?,
                is_withdrawn: row.get(3)?,
                file: ExportFile {
                    id: row.get(4)?,
                    format: row.get(5)?,
                    file_name: row.get(6)?,
                    created_at: read_instant(&row.get::<_, String>(7)?)?,
                    sha256: row.get(8)?,
                },
            })
        })? {
            exports.push(export);
        }
        Ok(exports)
    }

    /// A kept file as it was made; none when its bytes in the database are no longer what was kept.
    ///
    /// # Errors
    /// A failure of the database, or no room for the file.
    pub fn export_content(&self, file: &ExportFile) -> Result<Option<Written>, StoreError> {
        self.unaltered(file.id, &file.sha256)
    }

    /// The document in one format of the last list kept before a revision of a period, and not taken back: an earlier revision
    /// of the same period, else the latest of the periods before. A list whose bytes are damaged is
    /// still the one, and comes without content: no older list is given instead.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_previous(
        &self,
        kind: &str,
        period: &str,
        revision: u32,
        format: &str,
    ) -> Result<Option<KeptBefore>, StoreError> {
        let kept: Option<(String, u32, i64, String)> = self
            .connection
            .query_row(
                "SELECT period, revision, id, sha256 FROM exports e
                 WHERE kind = ?1 AND (period, revision) < (?2, ?3) AND format = ?4 AND NOT EXISTS (
                     SELECT 1 FROM withdrawals w WHERE w.kind = e.kind AND w.period = e.period AND w.revision = e.revision)
                 ORDER BY period DESC, revision DESC LIMIT 1",
                params![kind, period, revision, format],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .optional()?;
        let Some((period, revision, id, sha256)) = kept else { return Ok(None) };
        Ok(Some(KeptBefore { period, revision, content: self.unaltered(id, &sha256)? }))
    }

    fn unaltered(&self, id: i64, sha256: &str) -> Result<Option<Written>, StoreError> {
        let mut pieces =
            Pieces { connection: self.connection, id, next: 0, piece: io::Cursor::default(), failed: None };
        let outcome = Written::by::<Unreadable>(|out| {
            let mut frame = zstd::stream::read::Decoder::new(&mut pieces).map_err(|_| Unreadable::Damaged)?;
            let mut bytes = vec![0; PIECE];
            loop {
                match frame.read(&mut bytes).map_err(|_| Unreadable::Damaged)? {
                    0 => return Ok(()),
                    read => out.write_all(&bytes[..read]).map_err(ScratchError::from)?,
                }
            }
        });
        match (outcome, pieces.failed) {
            (_, Some(failed)) => Err(failed),
            (Ok(file), None) => Ok((file.sha256() == sha256).then_some(file)),
            (Err(Unreadable::Damaged), None) => Ok(None),
            (Err(Unreadable::Scratch(error)), None) => Err(error.into()),
        }
    }
}

/// Why a kept file does not come out of the database.
enum Unreadable {
    Damaged,
    Scratch(ScratchError),
}

impl From<ScratchError> for Unreadable {
    fn from(error: ScratchError) -> Self {
        Self::Scratch(error)
    }
}

/// The pieces of a kept file, one after the other.
struct Pieces<'a> {
    connection: Sql<'a>,
    id: i64,
    next: u32,
    piece: io::Cursor<Vec<u8>>,
    /// What the database refused.
    failed: Option<StoreError>,
}

impl Pieces<'_> {
    /// The next piece; none after the last.
    fn turn(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let piece = self
            .connection
            .prepare_cached("SELECT content FROM export_pieces WHERE export = ?1 AND piece = ?2")?
            .query_row(params![self.id, self.next], |row| row.get(0))
            .optional()?;
        self.next += 1;
        Ok(piece)
    }
}

impl Read for Pieces<'_> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.piece.read(bytes)?;
        if read > 0 || bytes.is_empty() {
            return Ok(read);
        }
        match self.turn() {
            Ok(Some(piece)) => self.piece = io::Cursor::new(piece),
            Ok(None) => return Ok(0),
            Err(error) => {
                self.failed = Some(error);
                return Err(io::ErrorKind::Other.into());
            }
        }
        self.piece.read(bytes)
    }
}
