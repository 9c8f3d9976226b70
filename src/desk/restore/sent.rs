//! What went after a copy was made: the logs tell, the one beside the place of the database and those beside copies; what they do not tell,
//! the database in place may know. What nobody tells waits for a person.

use std::collections::HashMap;
use std::path::Path;

use jiff::Timestamp;

use super::super::outbox::{content_of, held};
use super::super::{Desk, DeskError, stuck};
use crate::delivery::{LogError, SENT, Seen, SendLog, may_still_go, seen_in_log};
use crate::domain::message::MessageState;
use crate::files::{AtHand, Untold};
use crate::store::{Message, Progress, Reader, Restoration, RestoreError, StoreError};

/// Why what was due waits.
const RESTORED: &str = "la base a été restaurée depuis une sauvegarde : relisez ce message avant de le laisser partir";
/// Why whatever may have gone waits.
const UNTOLD: &str = "la base a été restaurée, et rien ne dit si ce message est parti";

/// What tells of what went.
#[derive(Debug)]
pub struct SentSince {
    at_hand: AtHand,
    seen: HashMap<String, Seen>,
    untold: Option<Untold>,
}

impl SentSince {
    /// Why what went is not told in full, in French; none where it is.
    #[must_use]
    pub fn untold(&self) -> Option<String> {
        self.untold.as_ref().map(|untold| untold.told(&SENT))
    }

    /// The files.
    #[must_use]
    pub fn at_hand(&self) -> &AtHand {
        &self.at_hand
    }

    /// Looks for it; changes nothing.
    pub(super) fn look(restoration: &Restoration, database: &Path) -> Result<Self, RestoreError> {
        let candidate = &restoration.candidate;
        let at_hand = AtHand::look(&SENT, database, &candidate.file, candidate.server.as_deref());
        if at_hand.here.is_of_another(candidate.server.as_deref()) {
            return Err(RestoreError::OtherLines { file: candidate.file.clone(), lines: at_hand.here.path });
        }
        let seen = SendLog::seen_in(&at_hand.united());
        let is_unknown = |message_id: &String| !seen.get(message_id).is_some_and(|seen| seen.sent);
        // What the copy knows to have gone was in the log before; a database that had its history knows it as well.
        let is_older = || !restoration.erasures.base_tells() && restoration.sent_of_copy().iter().any(is_unknown);
        let untold = at_hand.untold().or_else(|| is_older().then(|| Untold::Older(candidate.file.clone())));
        Ok(Self { at_hand, seen, untold })
    }

    /// What went, as far as it is told. What the log beside the database does not know of it is added to it: a message that the restored
    /// database does not know may be made again.
    pub(super) fn gather(
        mut self,
        restoration: &Restoration,
        database: &Path,
        now: Timestamp,
    ) -> HashMap<String, Seen> {
        let of_base: Vec<String> = restoration.sent();
        if let Err(error) = self.note(database, restoration.candidate.server.as_deref(), &of_base, now) {
            // What cannot be noted there cannot be sent either: sending notes it first.
            tracing::warn!(error = %error, "ce qui est parti n’a pas pu être noté dans le journal des envois");
        }
        for message_id in of_base {
            self.seen.entry(message_id).or_default().sent = true;
        }
        self.seen
    }

    fn note(&self, database: &Path, server: Option<&str>, of_base: &[String], now: Timestamp) -> Result<(), LogError> {
        let is_unknown = |message_id: &&String| !self.seen.get(*message_id).is_some_and(|seen| seen.sent);
        let of_base: Vec<&String> = of_base.iter().filter(is_unknown).collect();
        // What names the connector lies beside the database again, also where nothing went yet.
        let is_unnamed = matches!(self.at_hand.untold(), Some(Untold::Missing(Some(_))));
        if self.at_hand.lacking.is_empty() && of_base.is_empty() && !is_unnamed {
            return Ok(());
        }
        let mut log = SendLog::open(database)?;
        if let Some(server) = server {
            log.name(server)?;
        }
        log.take_over(&self.at_hand.lacking)?;
        of_base.into_iter().try_for_each(|message_id| log.sent(message_id, None, now))
    }
}

impl Desk {
    /// What the log says went counts as sent; what would go now waits for a person, and so does what may have gone where the log does
    /// not tell. How many of each.
    pub(super) fn settle_outbox(
        &self,
        seen: &HashMap<String, Seen>,
        is_told: bool,
        now: Timestamp,
    ) -> Result<(u64, u64), DeskError> {
        self.store.write(|writer| {
            let (mut sent, mut waiting) = (0, 0);
            for message in writer.reader().messages()? {
                let known = known_to_the_log(&writer.reader(), &message, seen, now)?;
                let mut progress = known.unwrap_or_else(|| message.progress.clone());
                sent +=
                    u64::from(progress.state == MessageState::Envoye && message.progress.state != MessageState::Envoye);
                let may_have_gone = matches!(progress.state, MessageState::Retenu | MessageState::Echec) && !is_told;
                if may_still_go(&progress) || may_have_gone {
                    let mut reasons = match progress.state {
                        MessageState::Retenu => progress.reasons.clone(),
                        _ => Vec::new(),
                    };
                    let reason = if is_told { RESTORED } else { UNTOLD };
                    if !reasons.iter().any(|known| known == reason) {
                        reasons.push(reason.to_owned());
                    }
                    progress = held(&progress, reasons, now);
                    waiting += 1;
                }
                if progress != message.progress {
                    writer.message_progress(message.id, &progress)?;
                }
            }
            stuck::tell(writer, self.mailing.is_rehearsal(), now)?;
            Ok((sent, waiting))
        })
    }
}

fn known_to_the_log(
    reader: &Reader<'_>,
    message: &Message,
    seen: &HashMap<String, Seen>,
    now: Timestamp,
) -> Result<Option<Progress>, StoreError> {
    let seen = seen.get(&message.message_id).cloned().unwrap_or_default();
    Ok(seen_in_log(&message.progress, &seen, content_of(reader, message)?.as_deref(), now))
}
