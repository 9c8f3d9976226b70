//! The files attached to dossiers: what DS says of them, and what is kept of their contents.
//!
//! The rows follow the current version of each dossier; what was kept of a file that is still there stays known.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::codec::{instant, read_instant, read_optional_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::attachment::{Anchor, Attachment, Kept, KeptAttachment};
use crate::domain::champ::{AttachedFile, ChampKind};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};

/// A row: a file of a dossier and what is kept of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachmentRecord {
    /// The dossier.
    pub dossier: DossierNumber,
    /// Its place in the list of the dossier.
    pub position: i64,
    /// The file.
    pub kept: KeptAttachment,
}

/// A dossier whose files are to be listed again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleAttachments {
    /// The dossier.
    pub dossier: DossierNumber,
    /// The version to list.
    pub version: i64,
    /// Its JSON; none when it is damaged.
    pub raw: Option<String>,
    /// When it was first seen.
    pub observed_at: Timestamp,
}

/// How many files are known, by what is kept of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AttachmentCounts {
    /// Kept as DS announces them.
    pub stored: u64,
    /// Kept, though not as DS announces them.
    pub unverified: u64,
    /// Not asked for yet.
    pub pending: u64,
    /// Not to be had at the last try.
    pub failed: u64,
}

impl AttachmentCounts {
    /// All the files known.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.stored + self.unverified + self.pending + self.failed
    }
}

const COLUMNS: &str = "a.dossier, a.position, a.kind, a.champ_id, a.row_id, a.label, a.filename, a.content_type,
    a.byte_size, a.checksum, a.created_at, a.virus_scan, a.state, a.sha256, a.reason, a.settled_at,
    a.failed_since";

fn read_record(row: &Row<'_>) -> Result<AttachmentRecord, StoreError> {
    let kind: String = row.get(2)?;
    let created_at: String = row.get(10)?;
    Ok(AttachmentRecord {
        dossier: row.get(0)?,
        position: row.get(1)?,
        kept: KeptAttachment {
            attachment: Attachment {
                anchor: Anchor {
                    kind: if kind == ChampKind::Annotation.code() { ChampKind::Annotation } else { ChampKind::Champ },
                    champ_id: row.get(3)?,
                    row_id: row.get(4)?,
                },
                label: row.get(5)?,
                file: AttachedFile {
                    filename: row.get(6)?,
                    content_type: row.get(7)?,
                    byte_size: row.get(8)?,
                    checksum: row.get(9)?,
                    created_at: read_instant(&created_at)?,
                    virus_scan: row.get(11)?,
                },
            },
            kept: kept(&row.get::<_, String>(12)?, row.get(13)?, row.get(14)?)?,
            settled_at: read_optional_instant(row.get(15)?)?,
            failed_since: read_optional_instant(row.get(16)?)?,
        },
    })
}

fn kept(state: &str, sha256: Option<String>, reason: Option<String>) -> Result<Kept, StoreError> {
    let reason = reason.unwrap_or_default();
    match (state, sha256) {
        ("pending", None) => Ok(Kept::Pending),
        ("stored", Some(sha256)) => Ok(Kept::Stored { sha256 }),
        ("unverified", Some(sha256)) => Ok(Kept::Unverified { sha256, reason }),
        ("failed", None) => Ok(Kept::Failed { reason }),
        _ => Err(StoreError::unreadable("état d’une pièce jointe", &state)),
    }
}

impl Writer<'_> {
    /// Lists the files of a version of a dossier. What was kept of those that did not change stays; contents that lose their
    /// last file are noted, since the version was observed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachments_replace(
        &self,
        dossier: DossierNumber,
        version: i64,
        attachments: &[Attachment],
        observed_at: Timestamp,
    ) -> Result<(), StoreError> {
        let mut known = self.reader().attachments(dossier)?;
        self.transaction.prepare_cached("DELETE FROM attachments WHERE dossier = ?1")?.execute([dossier])?;
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO attachments (dossier, position, kind, champ_id, row_id, label, filename, content_type, byte_size,
                 checksum, created_at, virus_scan, state, sha256, reason, settled_at, failed_since)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?;
        for (position, attachment) in (0_i64..).zip(attachments) {
            let before = known.iter().position(|record| record.kept.attachment.is_same_as(attachment));
            let before = before.map(|index| known.remove(index).kept);
            let (kept, settled_at, failed_since) = before
                .map_or((Kept::Pending, None, None), |before| (before.kept, before.settled_at, before.failed_since));
            let Attachment { anchor, label, file } = attachment;
            insert.execute(params![
                dossier,
                position,
                anchor.kind.code(),
                anchor.champ_id,
                anchor.row_id,
                label,
                file.filename,
                file.content_type,
                file.byte_size,
                file.checksum,
                instant(file.created_at),
                file.virus_scan,
                kept.code(),
                kept.sha256(),
                kept.reason(),
                settled_at.map(instant),
                failed_since.map(instant)
            ])?;
        }
        for sha256 in known.iter().filter_map(|gone| gone.kept.kept.sha256()) {
            self.orphan_note(sha256, Some(observed_at))?;
        }
        self.transaction
            .prepare_cached("UPDATE dossiers SET attachments_version = ?2 WHERE number = ?1")?
            .execute([dossier, version])?;
        Ok(())
    }

    /// The same for the current version of a dossier, unless its files are listed already.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachments_of_current(&self, dossier: DossierNumber, attachments: &[Attachment]) -> Result<(), StoreError> {
        let unlisted: Option<(i64, String)> = self
            .transaction
            .prepare_cached(
                "SELECT v.id, v.observed_at FROM dossiers d JOIN dossier_versions v ON v.id = d.version
                 WHERE d.number = ?1 AND d.version IS NOT d.attachments_version",
            )?
            .query_row([dossier], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((version, observed_at)) = unlisted else { return Ok(()) };
        self.attachments_replace(dossier, version, attachments, read_instant(&observed_at)?)
    }

    /// Notes what became of a file. A content that gives way to another one, or to none, is noted once no file has it.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachment_settle(
        &self,
        dossier: DossierNumber,
        position: i64,
        kept: &Kept,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let before: Option<String> = self
            .transaction
            .prepare_cached("SELECT sha256 FROM attachments WHERE dossier = ?1 AND position = ?2")?
            .query_row([dossier, position], |row| row.get(0))
            .optional()?
            .flatten();
        self.transaction
            .prepare_cached(
                "UPDATE attachments SET state = ?3, sha256 = ?4, reason = ?5, settled_at = ?6,
                     failed_since = CASE WHEN ?3 IN ('failed', 'unverified') THEN coalesce(failed_since, ?6) END
                 WHERE dossier = ?1 AND position = ?2",
            )?
            .execute(params![dossier, position, kept.code(), kept.sha256(), kept.reason(), instant(now)])?;
        if let Some(before) = before.filter(|before| Some(before.as_str()) != kept.sha256()) {
            self.orphan_note(&before, Some(now))?;
        }
        kept.sha256().map_or(Ok(()), |sha256| self.orphan_remove(sha256))
    }

    /// A content is no longer on the disk: the files that had it are to be asked for again.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachment_content_lost(&self, sha256: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE attachments SET state = 'pending', sha256 = NULL, reason = NULL, settled_at = NULL,
                     failed_since = NULL WHERE sha256 = ?1",
            )?
            .execute([sha256])?;
        Ok(())
    }

    /// Removes the files of a dossier, names included; contents that lose their last file are to be erased at once: see
    /// [`Reader::has_contents_to_erase`].
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachments_remove(&self, dossier: DossierNumber) -> Result<(), StoreError> {
        let known = self.reader().attachments(dossier)?;
        self.transaction.prepare_cached("DELETE FROM attachments WHERE dossier = ?1")?.execute([dossier])?;
        for sha256 in known.iter().filter_map(|gone| gone.kept.kept.sha256()) {
            self.orphan_note(sha256, None)?;
        }
        self.transaction
            .prepare_cached("UPDATE dossiers SET attachments_version = version WHERE number = ?1")?
            .execute([dossier])?;
        Ok(())
    }
}

impl Reader<'_> {
    /// The files of a dossier, in the order of the form.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachments(&self, dossier: DossierNumber) -> Result<Vec<AttachmentRecord>, StoreError> {
        let sql = format!("SELECT {COLUMNS} FROM attachments a WHERE a.dossier = ?1 ORDER BY a.position");
        let mut statement = self.connection.prepare_cached(&sql)?;
        let mut rows = statement.query([dossier])?;
        let mut records = Vec::new();
        while let Some(record) = rows.read(read_record)? {
            records.push(record);
        }
        Ok(records)
    }

    /// The next dossier after a number whose files are not those of its current version.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachments_stale(&self, after: DossierNumber) -> Result<Option<StaleAttachments>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.number, v.id, v.raw, v.observed_at FROM dossiers d JOIN dossier_versions v ON v.id = d.version
             WHERE d.version IS NOT d.attachments_version AND d.number > ?1 ORDER BY d.number LIMIT 1",
        )?;
        let mut rows = statement.query([after])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let raw = self.unpack(&row.get::<_, Vec<u8>>(2)?).ok();
        let observed_at = read_instant(&row.get::<_, String>(3)?)?;
        Ok(Some(StaleAttachments { dossier: row.get(0)?, version: row.get(1)?, raw, observed_at }))
    }

    /// The dossiers of a démarche, still shown by DS, with files that are not kept as DS announces them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachments_wanted(&self, procedure: ProcedureNumber) -> Result<Vec<DossierNumber>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT DISTINCT a.dossier FROM attachments a JOIN dossiers d ON d.number = a.dossier
             WHERE d.procedure = ?1 AND d.removed_at IS NULL AND a.state IN ('pending', 'unverified', 'failed')
             ORDER BY a.dossier",
        )?;
        let rows = statement.query_map([procedure], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Every content that a file refers to, by its SHA-256, with its size in bytes when that is as DS announces it: whatever
    /// else is on the disk is no longer needed.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachment_contents(&self) -> Result<BTreeMap<String, Option<i64>>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT sha256, max(CASE WHEN state = 'stored' THEN byte_size END) FROM attachments
             WHERE sha256 IS NOT NULL GROUP BY sha256",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Why files of the dossiers that DS still shows could not be had, and how many for each reason, the commonest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachment_failures(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT a.reason, count(*) FROM attachments a JOIN dossiers d ON d.number = a.dossier
             WHERE d.removed_at IS NULL AND a.state = 'failed' GROUP BY a.reason ORDER BY count(*) DESC, a.reason",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many files are known of the dossiers that DS still shows, by what is kept of them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn attachment_counts(&self) -> Result<AttachmentCounts, StoreError> {
        let mut statement =
            self.connection.prepare_cached("SELECT value, number FROM counts WHERE of = 'attachments'")?;
        let mut rows = statement.query([])?;
        let mut counts = AttachmentCounts::default();
        while let Some(row) = rows.next()? {
            let count = row.get::<_, i64>(1)?.unsigned_abs();
            match row.get::<_, String>(0)?.as_str() {
                "stored" => counts.stored = count,
                "unverified" => counts.unverified = count,
                "failed" => counts.failed = count,
                _ => counts.pending = count,
            }
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests;
