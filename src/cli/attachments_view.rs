//! How the files attached to a dossier look.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::Serialize;

use super::layout::hang;
use crate::attachments::Contents;
use crate::domain::attachment::Attachment;
use crate::domain::text::{QUOTED, grouped, shortened};
use crate::store::AttachmentRecord;

/// A file, by the names of `view_attachments`, with where its content is.
#[derive(Debug, Serialize)]
pub struct AttachmentRow {
    kind: &'static str,
    champ_id: String,
    row_id: Option<String>,
    label: String,
    filename: String,
    content_type: String,
    byte_size: i64,
    /// `pending`, `stored`, `unverified` or `failed`.
    state: &'static str,
    /// The state as people read it.
    state_label: &'static str,
    reason: Option<String>,
    sha256: Option<String>,
    path: Option<String>,
}

impl AttachmentRow {
    /// The files of a dossier, in the order of the form.
    #[must_use]
    pub fn all(records: Vec<AttachmentRecord>, contents: &Contents) -> Vec<Self> {
        records.into_iter().map(|record| Self::of(record, contents)).collect()
    }

    fn of(record: AttachmentRecord, contents: &Contents) -> Self {
        let Attachment { place, label, file } = record.kept.attachment;
        let kept = record.kept.kept;
        Self {
            kind: place.kind.code(),
            champ_id: place.champ_id,
            row_id: place.row_id,
            label,
            filename: file.filename,
            content_type: file.content_type,
            byte_size: file.byte_size,
            state: kept.code(),
            state_label: kept.label(),
            reason: kept.reason().map(str::to_owned),
            sha256: kept.sha256().map(str::to_owned),
            path: kept.sha256().map(|sha256| absolute(contents.path(sha256)).display().to_string()),
        }
    }

    /// Adds a few lines for people.
    pub(super) fn show(&self, out: &mut String) {
        hang(out, "  - ", &format!("{} ({})", shortened(&self.filename, QUOTED), shortened(&self.label, QUOTED)));
        let size = grouped(self.byte_size.unsigned_abs());
        let reason = self.reason.as_ref().map(|reason| format!(" – {reason}")).unwrap_or_default();
        hang(out, "      ", &format!("{}, {size} octets : {}{reason}", self.content_type, self.state_label));
        if let Some(path) = &self.path {
            // Whole, to be copied.
            let _ = writeln!(out, "      {path}");
        }
    }
}

/// Whoever reads the path may be in another directory.
fn absolute(path: PathBuf) -> PathBuf {
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample_attachments;

    #[test]
    fn each_state_is_told_with_its_reason_and_its_path() {
        let mut out = String::new();
        for attachment in sample_attachments() {
            attachment.show(&mut out);
        }
        insta::assert_snapshot!(out);
    }
}
