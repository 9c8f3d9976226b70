//! How the files attached to a dossier look.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::paper::{Paper, hang};
use crate::desk::HeldFile;
use crate::domain::text::{QUOTED, grouped, shortened};

/// A file, by the names of `view_attachments`, with where its content is.
#[derive(Debug, Serialize)]
pub struct AttachmentRow<'a> {
    kind: &'static str,
    champ_id: &'a str,
    row_id: Option<&'a str>,
    label: &'a str,
    filename: &'a str,
    content_type: &'a str,
    byte_size: i64,
    /// `pending`, `stored`, `unverified` or `failed`.
    state: &'static str,
    /// The state as people read it.
    state_label: &'static str,
    reason: Option<&'a str>,
    sha256: Option<&'a str>,
    path: Option<String>,
}

impl<'a> AttachmentRow<'a> {
    /// The files of a dossier, in the order of the form.
    #[must_use]
    pub fn all(files: &'a [HeldFile]) -> Vec<Self> {
        files.iter().map(Self::of).collect()
    }

    fn of(file: &'a HeldFile) -> Self {
        let (attachment, kept) = (&file.record.kept.attachment, &file.record.kept.kept);
        let described = &attachment.file;
        Self {
            kind: attachment.anchor.kind.code(),
            champ_id: &attachment.anchor.champ_id,
            row_id: attachment.anchor.row_id.as_deref(),
            label: &attachment.label,
            filename: &described.filename,
            content_type: &described.content_type,
            byte_size: described.byte_size,
            state: kept.code(),
            state_label: kept.label(),
            reason: kept.reason(),
            sha256: kept.sha256(),
            path: file.path.as_deref().map(absolute),
        }
    }

    /// Adds a few lines for people.
    pub(super) fn show(&self, out: &mut Paper) {
        hang(out, "  - ", &format!("{} ({})", shortened(self.filename, QUOTED), shortened(self.label, QUOTED)));
        let size = grouped(self.byte_size.unsigned_abs());
        let reason = self.reason.map(|reason| format!(" – {reason}")).unwrap_or_default();
        hang(out, "      ", &format!("{}, {size} octets : {}{reason}", self.content_type, self.state_label));
        if let Some(path) = &self.path {
            // Whole, to be copied.
            let _ = writeln!(out, "      {path}");
        }
    }
}

/// Whoever reads the path may be in another directory.
fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::paper::{Paper, Width};
    use super::super::sample::sample_attachments;

    #[test]
    fn each_state_is_told_with_its_reason_and_its_path() {
        let mut out = Paper::new(Width::PIPED);
        for attachment in super::AttachmentRow::all(&sample_attachments()) {
            attachment.show(&mut out);
        }
        insta::assert_snapshot!(out.into_text());
    }
}
