//! How a document is kept, and found again.

use std::path::Path;

use super::making::{Making, Rendered, RenderedFile, numbers};
use super::{Drawn, DrawnFile, Exported, Kind, Manner};
use crate::desk::{Desk, DeskError};
use crate::domain::period::french_code;
use crate::reports::quarterly::Commentary;
use crate::store::{NewExport, Reader, StoreError};

impl Desk {
    /// Keeps a document that is final.
    pub(super) fn hand_out(
        &self,
        kind: &Kind,
        code: &str,
        directory: &Path,
        manner: &Manner,
        made: Making,
    ) -> Result<Drawn, DeskError> {
        let Making { rendered, revision, footing, unreadable, in_quarantine } = made;
        let unreadable = numbers(&unreadable);
        self.tell_unreadable(kind, code, &unreadable)?;
        self.tell_not_compared(kind, code, rendered.not_compared.as_deref())?;
        let commentary = manner.commentary.as_ref();
        if footing.provisional.is_empty() {
            if !self.keep(kind, code, revision, directory, (&rendered, commentary))? {
                self.store.read(|reader| refuse_other_commentary(reader, kind, code, manner))?;
                return self.archived(kind, code, revision, false);
            }
        } else if let Some(commentary) = commentary {
            let now = self.now()?;
            self.store.write(|writer| writer.commentary_put(kind.code, code, commentary.text(), now))?;
        }
        if footing.provisional.is_empty() {
            self.tell_early(kind, code, None)?;
        }
        let exported = Exported {
            files: Vec::new(),
            provisional: footing.provisional,
            revision,
            from_archive: false,
            nothing_to_correct: false,
            behind: footing.behind,
            unreadable,
            not_compared: rendered.not_compared,
            in_quarantine,
            early: None,
        };
        let drawn = |file: RenderedFile| DrawnFile::new(file.file_name, file.content);
        Ok(Drawn { exported, files: rendered.files.into_iter().map(drawn).collect(), damaged: Vec::new() })
    }

    pub(super) fn archived(
        &self,
        kind: &Kind,
        code: &str,
        revision: u32,
        nothing_to_correct: bool,
    ) -> Result<Drawn, DeskError> {
        let (mut files, mut damaged) = (Vec::new(), Vec::new());
        self.store.read::<_, StoreError>(|reader| {
            for file in reader.export_files(kind.code, code, revision)? {
                match reader.export_content(&file)? {
                    Some(content) => files.push(DrawnFile::new(file.file_name, content)),
                    None => damaged.push(file.file_name),
                }
            }
            Ok(())
        })?;
        let exported = Exported {
            files: Vec::new(),
            provisional: Vec::new(),
            revision,
            from_archive: true,
            nothing_to_correct,
            behind: Vec::new(),
            unreadable: Vec::new(),
            not_compared: None,
            in_quarantine: Vec::new(),
            early: None,
        };
        Ok(Drawn { exported, files, damaged })
    }

    /// The rows come before the files: a file that could not be written is there again at the next request. What brings it to people
    /// goes into the outbox in the same transaction. False when somebody else has kept this edition meanwhile, which then stands.
    fn keep(
        &self,
        kind: &Kind,
        code: &str,
        revision: u32,
        directory: &Path,
        (rendered, commentary): (&Rendered, Option<&Commentary>),
    ) -> Result<bool, DeskError> {
        let now = self.now()?;
        let directory = std::path::absolute(directory)
            .map_err(|source| DeskError::File { path: directory.display().to_string(), source })?;
        let messages = self.messages_for(kind, code, revision, &directory, rendered, now)?;
        self.store.write::<_, DeskError>(|writer| {
            if writer.reader().export_next_revision(kind.code, code)? > revision {
                return Ok(false);
            }
            for message in &messages {
                writer.message_put(message, now)?;
            }
            if let Some(commentary) = commentary {
                writer.commentary_put(kind.code, code, commentary.text(), now)?;
            }
            for file in &rendered.files {
                let export = NewExport {
                    kind: kind.code.to_owned(),
                    period: code.to_owned(),
                    revision,
                    format: file.format.to_owned(),
                    file_name: file.file_name.clone(),
                    path: directory.join(&file.file_name).display().to_string(),
                    says: rendered.says.clone(),
                };
                writer.export_keep(&export, &file.content, now)?;
            }
            Ok(true)
        })
    }
}

/// A document that is kept says what it says: another commentary is a correction.
pub(super) fn refuse_other_commentary(
    reader: &Reader<'_>,
    kind: &Kind,
    code: &str,
    manner: &Manner,
) -> Result<(), DeskError> {
    let Some(commentary) = &manner.commentary else { return Ok(()) };
    if reader.commentary(kind.code, code)?.unwrap_or_default() == commentary.text() {
        return Ok(());
    }
    Err(DeskError::Refused {
        message: format!(
            "{}, {} : il est arrêté, son commentaire ne change plus ; rien n’a été écrit",
            kind.label,
            french_code(code)
        ),
        hint: "demandez une correction numérotée : ajoutez « --revise » à la même commande".to_owned(),
    })
}
