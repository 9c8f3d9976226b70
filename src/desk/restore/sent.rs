//! What went after a copy was made: the log beside the database tells, or one that lies beside a copy; what they do not tell, the database
//! in place may know. What nobody tells waits for a person.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::super::backup::copy_beside;
use super::super::outbox::{content_of, held};
use super::super::{Desk, DeskError, stuck};
use crate::delivery::{LogError, Seen, SendLog, may_still_go, seen_in_log};
use crate::domain::message::MessageState;
use crate::files::Lines;
use crate::store::{Message, Progress, Reader, Restoration, StoreError};

/// Why what was due waits.
const RESTORED: &str = "la base a été restaurée depuis une sauvegarde : relisez ce message avant de le laisser partir";
/// Why whatever may have gone waits.
const UNTOLD: &str = "la base a été restaurée, et rien ne dit si ce message est parti";

/// What tells of what went.
#[derive(Debug)]
pub struct SentSince {
    /// The log beside the database.
    here: Lines,
    /// One that lies beside a copy, where the other does not tell; it may know nothing of what went after that copy was made.
    near: Option<PathBuf>,
}

impl SentSince {
    /// Why what went is not told in full, in French; none where it is.
    #[must_use]
    pub fn untold(&self) -> Option<String> {
        match (&self.here, &self.near) {
            (Lines::Whole, _) => None,
            (Lines::Damaged(problem), _) => Some(format!("le journal des envois ne dit pas tout : {problem}")),
            (Lines::Missing, Some(near)) => Some(format!(
                "le journal des envois manque à côté de la base ; {} en tient lieu, et ne sait pas ce qui est parti après cette sauvegarde",
                near.display()
            )),
            (Lines::Missing, None) => {
                Some("aucun journal des envois, ni à côté de la base, ni à côté des sauvegardes".to_owned())
            }
        }
    }

    /// Looks for it; changes nothing.
    pub(super) fn look(restoration: &Restoration, database: &Path) -> Self {
        let candidate = &restoration.candidate;
        let server = candidate.server.as_deref();
        let here = SendLog::look_at(&SendLog::beside(database), server);
        if here == Lines::Whole {
            return Self { here, near: None };
        }
        let near = SendLog::near(&candidate.file, server);
        Self { here, near: near.filter(|near| SendLog::look_at(near, server) == Lines::Whole) }
    }

    /// What went, as far as it is told. What the log beside the database does not know of it is added to it: a message that the restored
    /// database does not know may be made again.
    pub(super) fn gather(
        &self,
        restoration: &Restoration,
        database: &Path,
        now: Timestamp,
    ) -> Result<HashMap<String, Seen>, DeskError> {
        if let Some(near) = self.near.as_deref().filter(|_| self.here == Lines::Missing) {
            copy_beside(near, &SendLog::beside(database))?;
        }
        let mut seen = SendLog::seen_beside(database);
        let of_near = self.near.as_deref().map(SendLog::seen_in).unwrap_or_default();
        let mut sent: Vec<(String, Option<String>)> = Vec::new();
        for (message_id, near) in of_near.into_iter().filter(|(_, near)| near.sent) {
            sent.push((message_id, near.content));
        }
        sent.extend(restoration.sent().into_iter().map(|message_id| (message_id, None)));
        sent.retain(|(message_id, _)| seen.get(message_id).is_none_or(|seen| !seen.sent));
        for (message_id, content) in &sent {
            let seen = seen.entry(message_id.clone()).or_default();
            (seen.sent, seen.content) = (true, seen.content.take().or_else(|| content.clone()));
        }
        if let Err(error) = note(database, restoration.candidate.server.as_deref(), &sent, now) {
            // What cannot be noted there cannot be sent either: sending notes it first.
            tracing::warn!(error = %error, "ce qui est parti n’a pas pu être noté dans le journal des envois");
        }
        Ok(seen)
    }
}

fn note(
    database: &Path,
    server: Option<&str>,
    sent: &[(String, Option<String>)],
    now: Timestamp,
) -> Result<(), LogError> {
    if sent.is_empty() {
        return Ok(());
    }
    let mut log = SendLog::open(database)?;
    if let Some(server) = server {
        log.name(server)?;
    }
    for (message_id, content) in sent {
        if !log.seen(message_id).sent {
            log.sent(message_id, content.as_deref(), now)?;
        }
    }
    Ok(())
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
