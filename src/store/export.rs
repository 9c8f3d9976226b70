//! Lists and reports, kept for ever as they were made.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::codec::{compress, decompress, instant, read_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::text::hexadecimal;

/// A file to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExport {
    /// `monthly-list`, `quarterly-report`…
    pub kind: String,
    /// `2021-09`, `2021-Q3`…
    pub period: String,
    /// 0 for the first, then each numbered correction.
    pub revision: u32,
    /// `csv`, `xlsx`, `json`, `html`.
    pub format: String,
    /// The name it has in the directory of exports.
    pub file_name: String,
    /// Where it was written.
    pub path: String,
    /// Hexadecimal SHA-256 of its bytes.
    pub sha256: String,
    /// Its bytes.
    pub content: Vec<u8>,
    /// Names what the whole document says, whenever it is made and whatever its revision.
    pub says: String,
}

/// A file that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFile {
    /// `csv`, `xlsx`, `json`, `html`.
    pub format: String,
    /// The name it had.
    pub file_name: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// Hexadecimal SHA-256 of its bytes.
    pub sha256: String,
    /// Its bytes; none when those in the database are no longer what was kept.
    pub content: Option<Vec<u8>>,
}

/// A document that was kept before another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptBefore {
    /// Its period.
    pub period: String,
    /// 0 for the first, then each numbered correction.
    pub revision: u32,
    /// Its bytes; none when they are damaged.
    pub content: Option<Vec<u8>>,
}

impl Writer<'_> {
    /// Keeps a file. A period's revision is kept once: a second time is refused by the database.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn export_keep(&self, export: &NewExport, now: Timestamp) -> Result<(), StoreError> {
        self.transaction.execute(
            "INSERT INTO exports (kind, period, revision, format, created_at, file_name, path, sha256, content, says)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                export.kind,
                export.period,
                export.revision,
                export.format,
                instant(now),
                export.file_name,
                export.path,
                export.sha256,
                compress(&export.content)?,
                export.says
            ],
        )?;
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
            "SELECT format, file_name, created_at, sha256, content FROM exports
             WHERE kind = ?1 AND period = ?2 AND revision = ?3 ORDER BY id",
        )?;
        let mut rows = statement.query(params![kind, period, revision])?;
        let mut files = Vec::new();
        while let Some(file) = rows.read(|row| {
            Ok(ExportFile {
                format: row.get(0)?,
                file_name: row.get(1)?,
                created_at: read_instant(&row.get::<_, String>(2)?)?,
                sha256: row.get(3)?,
                content: unaltered(&row.get::<_, Vec<u8>>(4)?, &row.get::<_, String>(3)?).ok(),
            })
        })? {
            files.push(file);
        }
        Ok(files)
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
        let kept: Option<(String, u32, String, Vec<u8>)> = self
            .connection
            .query_row(
                "SELECT period, revision, sha256, content FROM exports e
                 WHERE kind = ?1 AND (period, revision) < (?2, ?3) AND format = ?4 AND NOT EXISTS (
                     SELECT 1 FROM withdrawals w WHERE w.kind = e.kind AND w.period = e.period AND w.revision = e.revision)
                 ORDER BY period DESC, revision DESC LIMIT 1",
                params![kind, period, revision, format],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)),
            )
            .optional()?;
        Ok(kept.map(|(period, revision, sha256, frame)| {
            let content = unaltered(&frame, &sha256).ok();
            KeptBefore { period, revision, content }
        }))
    }
}

/// The bytes that were kept, when they still are what was kept.
fn unaltered(frame: &[u8], sha256: &str) -> Result<Vec<u8>, StoreError> {
    let content = decompress(frame)?;
    if hexadecimal(&Sha256::digest(&content)) == sha256 {
        Ok(content)
    } else {
        Err(StoreError::unreadable("document conservé", &"ses octets ne sont plus ceux de son empreinte SHA-256"))
    }
}
