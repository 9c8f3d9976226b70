//! Documents that are kept: made once their period is over, then the same bytes for ever; a correction is a new revision
//! beside the first.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{OperationError, Operations};
use crate::domain::dossier::DossierNumber;
use crate::domain::period::Period;
use crate::domain::programme::Programme;
use crate::domain::text::hexadecimal;
use crate::files::write_atomically;
use crate::store::{NewExport, StoreError};

/// A document that was made or found again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exported {
    /// Its files, with their SHA-256 in hexadecimal.
    pub files: Vec<(PathBuf, String)>,
    /// Made before its period was over, or from dossiers read before that: not kept.
    pub provisional: bool,
    /// 0 for the first, then the number of the correction.
    pub revision: u32,
    /// It had been kept before, and these are the same bytes.
    pub from_archive: bool,
    /// Dossiers of its démarches that are in quarantine now: they may be missing from it, or incomplete in it.
    pub in_quarantine: Vec<DossierNumber>,
}

/// A kind of document.
pub(super) struct Kind {
    /// As in `view_exports`.
    pub code: &'static str,
    /// As in messages, with its article.
    pub label: &'static str,
    /// The programmes it is about.
    pub programmes: &'static [Programme],
}

/// What a document is made for.
pub(super) struct Edition {
    /// Until when the dossiers are known: before the end of the period, the document is provisional.
    pub drawn_up_at: Timestamp,
    /// The instant whose state of things it shows.
    pub as_of: Timestamp,
    /// 0 for the first, then the number of the correction.
    pub revision: u32,
}

/// One file of a document: format, name, bytes.
pub(super) struct Rendered {
    pub format: &'static str,
    pub file_name: String,
    pub content: Vec<u8>,
}

impl Operations {
    /// Gives the document kept for a period, or makes it: `render` is called when there is something to make.
    pub(super) fn export(
        &self,
        kind: &Kind,
        period: &dyn Period,
        revise: bool,
        directory: Option<&Path>,
        render: impl FnOnce(&Edition) -> Result<Vec<Rendered>, OperationError>,
    ) -> Result<Exported, OperationError> {
        let directory = directory.unwrap_or(&self.exports);
        let code = period.to_string();
        let (latest, next) = self.store.read::<_, StoreError>(|reader| {
            Ok((reader.export_latest_revision(kind.code, &code)?, reader.export_next_revision(kind.code, &code)?))
        })?;
        if let (Some(revision), false) = (latest, revise) {
            return self.archived(kind, &code, revision, directory);
        }
        if !self.evaluator.procedures().iter().any(|procedure| kind.programmes.contains(&procedure.programme)) {
            return Err(OperationError::NothingFollowed(
                kind.programmes.first().map_or("", |programme| programme.code()),
            ));
        }
        let known = self.known_until(kind.programmes)?.ok_or(OperationError::NeverSynced(kind.label))?;
        let drawn_up_at = known.until;
        if drawn_up_at < period.starts_at() {
            return Err(OperationError::NotBegun(code));
        }
        let provisional = drawn_up_at < period.ends_before() || !known.dated;
        if provisional && revise {
            return Err(OperationError::NotFinal(code));
        }
        let edition = Edition { drawn_up_at, as_of: drawn_up_at.min(period.closes_at()), revision: next };
        let rendered = render(&edition)?;
        if !provisional && !self.keep(kind, &code, &edition, directory, &rendered)? {
            return self.archived(kind, &code, edition.revision, directory);
        }
        let files =
            rendered.iter().map(|file| write(directory, &file.file_name, &file.content)).collect::<Result<_, _>>()?;
        Ok(Exported {
            files,
            provisional,
            revision: edition.revision,
            from_archive: false,
            in_quarantine: self.in_quarantine(kind.programmes)?,
        })
    }

    fn archived(&self, kind: &Kind, code: &str, revision: u32, directory: &Path) -> Result<Exported, OperationError> {
        let kept = self.store.read::<_, StoreError>(|reader| reader.export_files(kind.code, code, revision))?;
        let files =
            kept.iter().map(|file| write(directory, &file.file_name, &file.content)).collect::<Result<_, _>>()?;
        Ok(Exported { files, provisional: false, revision, from_archive: true, in_quarantine: Vec::new() })
    }

    fn in_quarantine(&self, programmes: &[Programme]) -> Result<Vec<DossierNumber>, StoreError> {
        let mut numbers = Vec::new();
        self.store.read::<_, StoreError>(|reader| {
            for procedure in self.evaluator.procedures().iter().filter(|one| programmes.contains(&one.programme)) {
                numbers.extend(reader.quarantine(Some(procedure.number))?.into_iter().map(|entry| entry.dossier));
            }
            Ok(())
        })?;
        Ok(numbers)
    }

    /// The rows come before the files: a file that could not be written is there again at the next request. False when
    /// somebody else has kept this edition meanwhile, which then stands.
    fn keep(
        &self,
        kind: &Kind,
        code: &str,
        edition: &Edition,
        directory: &Path,
        rendered: &[Rendered],
    ) -> Result<bool, OperationError> {
        let now = self.now()?;
        let directory = std::path::absolute(directory)
            .map_err(|source| OperationError::File { path: directory.display().to_string(), source })?;
        self.store.write::<_, OperationError>(|writer| {
            if writer.reader().export_next_revision(kind.code, code)? > edition.revision {
                return Ok(false);
            }
            for file in rendered {
                let export = NewExport {
                    kind: kind.code.to_owned(),
                    period: code.to_owned(),
                    revision: edition.revision,
                    format: file.format.to_owned(),
                    file_name: file.file_name.clone(),
                    path: directory.join(&file.file_name).display().to_string(),
                    sha256: sha256(&file.content),
                    content: file.content.clone(),
                };
                writer.export_keep(&export, now)?;
            }
            Ok(true)
        })
    }
}

fn write(directory: &Path, file_name: &str, content: &[u8]) -> Result<(PathBuf, String), OperationError> {
    let path = directory.join(file_name);
    write_atomically(&path, content)
        .map_err(|source| OperationError::File { path: path.display().to_string(), source })?;
    Ok((path, sha256(content)))
}

fn sha256(content: &[u8]) -> String {
    hexadecimal(&Sha256::digest(content))
}
