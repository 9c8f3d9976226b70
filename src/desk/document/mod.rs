//! Documents that are kept: made once their period is over, then the same bytes for ever; a correction is a new revision
//! beside the first, when there is something to correct.

mod alerts;
mod keeping;
mod making;

pub use alerts::told_not_compared;
pub(super) use making::{Edition, Rendered, RenderedFile};

use std::fmt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::footing::{Behind, Provisional};
use super::{Desk, DeskError};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::french_instant;
use crate::domain::message::MessageKind;
use crate::domain::period::Period;
use crate::domain::programme::Programme;
use crate::files::{Written, sha256_of};
use crate::reports::quarterly::Commentary;
use crate::store::Reader;
use making::Found;

/// A document that was made or found again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// Its files, with their SHA-256 in hexadecimal.
    pub files: Vec<(PathBuf, String)>,
    /// Why it is not final, and was not kept; nothing when it is final.
    pub provisional: Vec<Provisional>,
    /// 0 for the first, then the number of the correction.
    pub revision: u32,
    /// It had been kept before, and these are the same bytes.
    pub from_archive: bool,
    /// A correction was asked for, and nothing differs from what is kept.
    pub nothing_to_correct: bool,
    /// The démarches that DS gives no more: their dossiers stand in it as they were read last.
    pub behind: Vec<Behind>,
    /// Dossiers that stand in it as unreadable.
    pub unreadable: Vec<DossierNumber>,
    /// The kept list that it could not be compared with, which can no longer be read: what changed since is not known.
    pub not_compared: Option<String>,
    /// Dossiers of its démarches that are in quarantine now: they may be missing from it, or incomplete in it. Those set aside by a
    /// person are not among them.
    pub in_quarantine: Vec<DossierNumber>,
    /// It was kept before its period was over, and stands for it all the same.
    pub early: Option<Early>,
}

/// A document that was kept before its period was over: by a clock that was wrong then, and was corrected since.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Early {
    /// As in `view_exports`.
    kind: String,
    period: String,
    /// When it was kept, as corrected.
    kept_at: Timestamp,
}

impl Early {
    /// What to do, in French.
    #[must_use]
    pub fn hint(&self) -> String {
        let Self { kind, period, .. } = self;
        format!(
            "si personne ne l’a reçu, reprenez-le, puis redemandez-le : fitn export withdraw --kind {kind} --period {period} \
             --never-sent --reason \"MOTIF\" --by \"NOM\" ; s’il est parti, demandez une correction par « --revise »"
        )
    }
}

impl fmt::Display for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kept_at = french_instant(self.kept_at);
        write!(
            f,
            "le document conservé a été arrêté le {kept_at}, avant la fin de sa période : la suite peut y manquer"
        )
    }
}

impl Exported {
    /// Whether nothing keeps it from being final but the day on which it will be.
    #[must_use]
    pub fn is_draft(&self) -> bool {
        matches!(self.provisional.as_slice(), [Provisional::Draft(_)])
    }

    /// Whether it is not final, and was not kept.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        !self.provisional.is_empty()
    }
}

/// A document as it is drawn up, and kept where it is final; its files are yet to be put into their directory.
#[derive(Debug, Serialize, Deserialize)]
pub struct Drawn {
    exported: Exported,
    files: Vec<DrawnFile>,
    /// Kept files whose bytes are no longer those of their SHA-256, by name.
    damaged: Vec<String>,
}

/// One file of it.
#[derive(Debug, Serialize, Deserialize)]
struct DrawnFile {
    name: String,
    sha256: String,
    /// Its bytes; they travel by themselves, and are missing until all of them have come.
    #[serde(skip)]
    content: Option<Written>,
}

impl DrawnFile {
    fn new(name: String, content: Written) -> Self {
        Self { name, sha256: content.sha256().to_owned(), content: Some(content) }
    }
}

impl Drawn {
    /// The bytes of its files, in their order.
    pub fn contents(&self) -> impl Iterator<Item = &Written> {
        self.files.iter().filter_map(|file| file.content.as_ref())
    }

    /// The same with the bytes of its files, which came by themselves, in their order; none when they are not its own.
    #[must_use]
    pub fn with(mut self, contents: Vec<Written>) -> Option<Self> {
        let is_whole = self.files.len() == contents.len()
            && self.files.iter().zip(&contents).all(|(file, content)| file.sha256 == content.sha256());
        for (file, content) in self.files.iter_mut().zip(contents) {
            file.content = Some(content);
        }
        is_whole.then_some(self)
    }

    /// Puts its files into a directory.
    ///
    /// # Errors
    /// [`DeskError::File`] for one that cannot be written, [`DeskError::Damaged`] once those that are not damaged were.
    pub fn write(self, directory: &Path) -> Result<Exported, DeskError> {
        let Self { exported, files, damaged } = self;
        let mut written = Vec::new();
        for DrawnFile { name, sha256, content } in files {
            let path = directory.join(name);
            if let Some(content) = content {
                if !exported.is_provisional() {
                    tell_of_other_bytes(&path, &sha256);
                }
                content.put(&path).map_err(|source| DeskError::File { path: path.display().to_string(), source })?;
            }
            written.push((path, sha256));
        }
        if !damaged.is_empty() {
            return Err(DeskError::Damaged(damaged.join(", ")));
        }
        Ok(Exported { files: written, ..exported })
    }
}

/// Says that a file which stands where a kept one goes is not that one: it may have been sent, before the database was restored.
fn tell_of_other_bytes(path: &Path, sha256: &str) {
    if let Ok(found) = sha256_of(path)
        && found != sha256
    {
        tracing::warn!(
            file = %path.display(),
            replaced = %found,
            "un fichier de ce nom avait d’autres octets que le document conservé : il est remplacé ; s’il avait été envoyé, le destinataire a \
             l’autre"
        );
    }
}

/// How a document is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manner {
    /// A numbered correction of what is kept.
    pub revise: bool,
    /// No draft, though it is not yet the day on which it is kept by itself.
    pub last: bool,
    /// What people say of the period, instead of what they said before; an empty text takes that back.
    pub commentary: Option<Commentary>,
}

/// A kind of document.
pub(super) struct Kind {
    /// What brings it to people.
    pub message: MessageKind,
    /// As in `view_exports`.
    pub code: &'static str,
    /// As in messages, with its article.
    pub label: &'static str,
    /// The programmes it is about.
    pub programmes: &'static [Programme],
    /// Until when that of a period is a draft; none: it never is.
    pub draft_until: fn(&Desk, &dyn Period) -> Option<Timestamp>,
}

impl Desk {
    /// Gives the document kept for a period, or makes it: `render` is called when there is something to make. All that a
    /// document is made from comes from one snapshot of the database. Its files are to be written into the directory.
    pub(super) fn drawn(
        &self,
        kind: &Kind,
        period: &dyn Period,
        manner: &Manner,
        directory: &Path,
        render: impl FnOnce(&Reader<'_>, &Edition<'_>) -> Result<Rendered, DeskError>,
    ) -> Result<Drawn, DeskError> {
        let code = period.to_string();
        match self.store.read(|reader| self.find_or_make(reader, kind, period, manner, render))? {
            Found::Kept { revision, early } => {
                self.tell_early(kind, &code, early.as_ref())?;
                self.add_missing_messages(kind, &code, revision)?;
                let mut drawn = self.archived(kind, &code, revision, false)?;
                drawn.exported.early = early;
                Ok(drawn)
            }
            Found::Same { revision, unreadable, not_compared } => {
                self.tell_unreadable(kind, &code, &unreadable)?;
                self.tell_not_compared(kind, &code, not_compared.as_deref())?;
                self.archived(kind, &code, revision, true)
            }
            Found::Made(made) => self.hand_out(kind, &code, directory, manner, *made),
        }
    }
}
