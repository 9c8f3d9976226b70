//! A document kept by mistake and never sent is taken back: its period is made again as the next revision.

use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::document::{Drawn, Kind, Manner};
use super::journal::refused;
use super::outbox::{cancelled, is_known_to_have_gone};
use super::{Desk, DeskError, Signed, committee, monthly, quarterly, stuck};
use crate::delivery::SendLog;
use crate::domain::message::MessageState;
use crate::domain::period::{Month, Quarter, Sitting, french_code};
use crate::store::{KeptFile, Message, Withdrawal, Writer};

/// Which document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Document {
    /// The Démat.ADS list of a month.
    MonthlyList(Month),
    /// The report of a quarter.
    QuarterlyReport(Quarter),
    /// The pack of a département’s committee.
    Committee(Sitting),
}

/// A document that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// As in messages, with its article.
    pub label: &'static str,
    /// `2021-09`, `2021-Q3`…
    pub period: String,
    /// The revision taken back.
    pub revision: u32,
    /// Its files, which are where they were written.
    pub files: Vec<KeptFile>,
    /// The revision that stands for the period now; none: the document is made again when it is asked for.
    pub stands: Option<u32>,
}

impl Document {
    fn kind(&self) -> &'static Kind {
        match self {
            Self::MonthlyList(_) => &monthly::KIND,
            Self::QuarterlyReport(_) => &quarterly::KIND,
            Self::Committee(_) => &committee::KIND,
        }
    }

    fn period(&self) -> String {
        match self {
            Self::MonthlyList(month) => month.to_string(),
            Self::QuarterlyReport(quarter) => quarter.to_string(),
            Self::Committee(sitting) => sitting.to_string(),
        }
    }

    /// The command that makes a correction of it.
    fn correction(&self) -> String {
        match self {
            Self::MonthlyList(month) => format!("fitn export monthly --month {month} --revise"),
            Self::QuarterlyReport(quarter) => format!("fitn export quarterly --quarter {quarter} --revise"),
            Self::Committee(Sitting { departement, quarter }) => {
                format!("fitn export committee --departement {departement} --quarter {quarter} --revise")
            }
        }
    }
}

impl Desk {
    /// Gives the document that was kept for its period, or a new one. Its files are for the caller to write into the directory.
    ///
    /// # Errors
    /// See [`DeskError`].
    pub fn draw(&self, document: Document, manner: &Manner, directory: &Path) -> Result<Drawn, DeskError> {
        match document {
            Document::MonthlyList(month) => self.drawn_list(month, manner, directory),
            Document::QuarterlyReport(quarter) => self.drawn_report(quarter, manner, directory),
            Document::Committee(sitting) => self.drawn_pack(&sitting, manner, directory),
        }
    }

    /// Takes back the document that stands for a period, its latest revision. That nobody was given it by other ways than the outbox,
    /// the person affirms.
    ///
    /// # Errors
    /// [`DeskError::Refused`]: no name, no reason, nothing kept, or `never_sent` is not affirmed.
    pub fn withdraw(&self, document: &Document, never_sent: bool, signed: Signed<'_>) -> Result<Withdrawn, DeskError> {
        let (by, reason) = signed.checked()?;
        let (kind, period) = (document.kind(), document.period());
        self.store.write::<_, DeskError>(|writer| {
            let standing = || writer.reader().export_latest_revision(kind.code, &period);
            let Some(revision) = standing()? else {
                return Err(refused(
                    format!("{} : rien n’est conservé pour {}", kind.label, french_code(&period)),
                    "vérifiez la période ; la vue view_exports donne ce qui est conservé",
                ));
            };
            let now = writer.reader().corrected(self.clock.now())?;
            self.take_back_messages(writer, kind, (&period, revision), document, now)?;
            if !never_sent {
                return Err(refused(
                    format!(
                        "{}, {} : seul un document que personne n’a reçu peut être repris ; aucun message d’ici ne l’a porté, \
                         mais il a pu être remis autrement",
                        kind.label,
                        french_code(&period)
                    ),
                    format!(
                        "si personne ne l’a reçu, affirmez-le par --never-sent ; s’il est parti, corrigez-le : {}",
                        document.correction()
                    ),
                ));
            }
            let withdrawal = Withdrawal { kind: kind.code, period: &period, revision, by, reason };
            let files = writer.export_withdraw(&withdrawal, now)?;
            let stands = standing()?;
            Ok(Withdrawn { label: kind.label, period: period.clone(), revision, files, stands })
        })
    }

    /// What was to bring the document to people goes no more. One that went, or may have, keeps the document where it is.
    fn take_back_messages(
        &self,
        writer: &Writer<'_>,
        kind: &Kind,
        (period, revision): (&str, u32),
        document: &Document,
        now: Timestamp,
    ) -> Result<(), DeskError> {
        let seen = SendLog::seen_beside(self.store.path());
        let mut given_up = Vec::new();
        for message in writer.reader().messages()? {
            let key = &message.key;
            if key.kind != kind.message || key.period != period || key.revision != revision || is_over(&message) {
                continue;
            }
            let progress = &message.progress;
            let went = progress.unanswered > 0
                || progress.handing_over
                || progress.state == MessageState::Envoye
                || is_known_to_have_gone(&writer.reader(), &message, &seen, now)?;
            if went && !key.rehearsal {
                return Err(refused(
                    format!(
                        "{}, {} : le message {} l’a porté, ou peut-être, à un destinataire",
                        kind.label,
                        french_code(period),
                        message.id
                    ),
                    format!("un document parti ne se reprend pas, il se corrige : {}", document.correction()),
                ));
            }
            if progress.state != MessageState::Envoye {
                given_up.push(message);
            }
        }
        for message in given_up {
            writer.message_progress(message.id, &cancelled(&message.progress, now))?;
        }
        Ok(stuck::tell(writer, self.mailing.is_rehearsal(), now)?)
    }
}

/// Nothing of it went, and nothing will.
fn is_over(message: &Message) -> bool {
    message.progress.state == MessageState::Annule && message.progress.unanswered == 0
}
