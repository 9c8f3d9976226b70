//! One dossier, with all that is known of it.

use std::path::PathBuf;

use super::{Desk, DeskError, FormRow, Past};
use crate::domain::dossier::{Dossier, DossierNumber, DossierState};
use crate::domain::instant::paris_date;
use crate::domain::journal::Entry;
use crate::domain::subject::Judged;
use crate::evaluation::{EvaluationError, content, legible};
use crate::reports::dossier_link;
use crate::rules::Credits;
use crate::store::{AttachmentRecord, DossierLine, QuarantineEntry, StoreError};

/// All that is known of a dossier that was judged.
#[derive(Debug)]
pub struct Page {
    /// It, and what the rules say of it.
    pub judged: Judged,
    /// The same in one line.
    pub line: DossierLine,
    /// What people did about it, the first one first.
    pub journal: Vec<Entry>,
    /// The rows that a correction can be about.
    pub rows: Vec<FormRow>,
    /// The files attached to it.
    pub attachments: Vec<HeldFile>,
    /// It as DS gave it last; none when it was erased, or cannot be read.
    pub filed: Option<Dossier>,
    /// Why what is stored of it cannot be read, when it cannot.
    pub unreadable: Option<String>,
    /// Why it is set aside, when it is.
    pub quarantine: Option<QuarantineEntry>,
    /// What is left of the credits that it would draw on, as long as it is pending.
    pub credits: Option<Credits>,
    /// That it is shown as it was known on a day; none: as it is.
    pub past: Option<Past>,
    /// Where DS shows it.
    pub link: String,
}

/// A file attached to a dossier.
#[derive(Debug)]
pub struct HeldFile {
    /// What is known of it.
    pub record: AttachmentRecord,
    /// Where its content is; none: it is not kept.
    pub path: Option<PathBuf>,
}

/// A dossier of which nothing but its line is known: DS said that it was gone before it was ever received, what was received is
/// erased, or can no longer be read.
#[derive(Debug)]
pub struct Bare {
    /// It in one line.
    pub line: DossierLine,
    /// Why it is set aside, when it is.
    pub quarantine: Option<QuarantineEntry>,
    /// Why what is stored of it cannot be read, when it cannot.
    pub unreadable: Option<String>,
}

/// What is known of a dossier.
#[derive(Debug)]
pub enum Known {
    /// All there is.
    Page(Box<Page>),
    /// Its line alone.
    Bare(Box<Bare>),
}

impl Desk {
    /// A dossier with all that is known of it.
    ///
    /// # Errors
    /// [`DeskError::Refused`] when it is not known, [`DeskError::NotEvaluated`], or a failure of the database.
    pub fn dossier(&self, number: DossierNumber) -> Result<Known, DeskError> {
        let line = self.line(number)?;
        let (judged, journal, attachments, received, quarantine) = self.store.read::<_, StoreError>(|reader| {
            Ok((
                legible(reader.judged(number))?,
                reader.journal(number)?,
                reader.attachments(number)?,
                content(reader, number)?,
                reader.quarantine_of(number)?,
            ))
        })?;
        // Nothing is left of it when it was erased.
        let filed = received.transpose();
        let (filed, unreadable) = filed.map_or_else(|reason| (None, Some(reason)), |filed| (filed, None));
        let (judged, unreadable) = judged.map_or_else(|reason| (None, Some(reason)), |judged| (judged, unreadable));
        let Some(judged) = judged else {
            if unreadable.is_none() && line.deposited_at.is_some() && line.erased_at.is_none() {
                return Err(DeskError::NotEvaluated(number));
            }
            return Ok(Known::Bare(Box::new(Bare { line, quarantine, unreadable })));
        };
        let attachments = attachments.into_iter().map(|record| self.held(record)).collect();
        let (rows, credits) = (self.rows(&judged)?, self.credits_of(&judged)?);
        let address = dossier_link(&self.site, line.procedure, number);
        let page = Page {
            judged,
            line,
            journal,
            rows,
            attachments,
            filed,
            unreadable,
            quarantine,
            credits,
            past: None,
            link: address,
        };
        Ok(Known::Page(Box::new(page)))
    }

    fn held(&self, record: AttachmentRecord) -> HeldFile {
        let path = record.kept.kept.sha256().map(|sha256| self.attachments.contents().path(sha256));
        HeldFile { record, path }
    }

    /// What is left today of the credits that a pending dossier would draw on.
    fn credits_of(&self, judged: &Judged) -> Result<Option<Credits>, EvaluationError> {
        let subject = &judged.subject;
        let is_pending = matches!(subject.state, DossierState::EnConstruction | DossierState::EnInstruction);
        if subject.removed.is_some() || !is_pending {
            return Ok(None);
        }
        self.evaluator.credits(subject, paris_date(self.clock.now()))
    }
}
