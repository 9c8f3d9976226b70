//! Kept documents in which what is looked for stands.

use jiff::Timestamp;

use super::Unread;
use super::finding::{Findings, Look};
use crate::desk::KeptDocument;
use crate::domain::sought::Sought;
use crate::reports::{formats_to_read, texts};
use crate::store::{KeptExport, Message, Reader, StoreError};

/// A kept document in which it stands.
#[derive(Debug)]
pub struct AboutDocument {
    /// Which.
    pub document: KeptDocument,
    /// When it was kept.
    pub kept_at: Timestamp,
    /// All its formats, which say the same.
    pub formats: Vec<String>,
    /// Where its files were written.
    pub paths: Vec<String>,
    /// Where in it.
    pub findings: Findings,
    /// The messages that brought it to somebody, or are to.
    pub messages: Vec<Message>,
}

/// Looks through every document, also those that were taken back.
pub(super) fn about<E: From<StoreError>>(
    reader: &Reader<'_>,
    sought: &Sought,
    messages: &[Message],
    unread: &mut Unread,
    mut each: impl FnMut(AboutDocument) -> Result<(), E>,
) -> Result<(), E> {
    let files = reader.exports_all()?;
    let is_of_one = |one: &KeptExport, other: &KeptExport| {
        (&one.kind, &one.period, one.revision) == (&other.kind, &other.period, other.revision)
    };
    for files in files.chunk_by(is_of_one) {
        let Some(first) = files.first() else { continue };
        let mut look = Look::new(sought);
        let formats: Vec<&str> = files.iter().map(|one| one.file.format.as_str()).collect();
        let read = formats_to_read(&formats);
        if read.is_empty() {
            unread.documents.extend(files.iter().map(|one| one.file.file_name.clone()));
        }
        for one in files.iter().filter(|one| read.contains(&one.file.format.as_str())) {
            let content = reader.export_content(&one.file)?;
            let place = |place: &str| format!("{} : {place}", one.file.file_name);
            let is_read = content.and_then(|content| {
                texts(&one.file.format, content.bytes(), &mut |at, text| look.look_at(|| place(at), text))
            });
            if is_read.is_none() {
                unread.documents.push(one.file.file_name.clone());
            }
        }
        let findings = look.told();
        if findings.told.is_empty() {
            continue;
        }
        let KeptExport { kind, period, revision, .. } = first;
        let brings = |message: &&Message| {
            let key = &message.key;
            (key.kind.code(), &key.period, key.revision) == (kind.as_str(), period, *revision)
        };
        each(AboutDocument {
            document: KeptDocument::of(reader, first)?,
            kept_at: first.file.created_at,
            formats: formats.into_iter().map(str::to_owned).collect(),
            paths: reader.kept_files(kind, period, *revision)?.into_iter().map(|file| file.path).collect(),
            findings,
            messages: messages.iter().filter(brings).cloned().collect(),
        })?;
    }
    Ok(())
}
