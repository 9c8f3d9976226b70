//! Sends one message after the other, over one connection as long as it holds.

use std::path::Path;

use jiff::Timestamp;

use super::directory;
use super::smtp::{HandOver, Session, Smtp};
use super::{Letter, LogError, Outcome, SendLog, Trouble};
use crate::store::{Message, Progress, Store, StoreError};

/// Why a message was not tried at all; the next one would fare no better.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The mail server cannot be used.
    #[error(transparent)]
    Server(#[from] Trouble),
    /// The log of what was sent cannot be kept: nothing is handed over without it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Somebody held this one, or gave it up, meanwhile.
    #[error("le message a changé entre-temps")]
    Changed,
}

/// How a try ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// As for the message.
    Ended(Outcome),
    /// The server takes no message that large: what it says, and its limit in bytes when it tells one.
    TooLarge(String, Option<u64>),
}

/// Whoever sends. One at a time on a database: it holds the log.
pub struct Post<'a> {
    smtp: Option<&'a Smtp>,
    session: Option<Session>,
    store: &'a Store,
    log: SendLog,
}

impl<'a> Post<'a> {
    /// Takes the log; nothing is connected yet.
    ///
    /// # Errors
    /// [`LogError`].
    pub fn open(store: &'a Store, smtp: Option<&'a Smtp>) -> Result<Self, LogError> {
        Ok(Self { smtp, session: None, store, log: SendLog::open(store.path())? })
    }

    /// The log of what was sent.
    pub fn log(&mut self) -> &mut SendLog {
        &mut self.log
    }

    /// Hands a message to the mail server. That it is being handed over is noted before, in the log and in the database; how that ended
    /// is noted in the log here, and in the database by whoever calls. `content`: SHA-256 of what the document says that it brings.
    ///
    /// # Errors
    /// [`Refusal`]: it was not handed over.
    pub fn mail(
        &mut self,
        message: &Message,
        content: Option<&str>,
        (letter, mime): (&Letter, &[u8]),
        now: Timestamp,
    ) -> Result<Tried, Refusal> {
        let Self { smtp, session, store, log } = self;
        let Some(smtp) = smtp else {
            let reason = "aucun serveur n’est configuré (section [smtp])".to_owned();
            return Err(Trouble::Connection { server: "courriel".to_owned(), reason }.into());
        };
        if session.as_ref().is_none_or(|open| !open.is_usable) {
            *session = None;
        }
        let open = match session {
            Some(open) => open,
            None => session.insert(smtp.connect()?),
        };
        if let Some(limit) = open.limit.filter(|limit| (mime.len() as u64) > *limit) {
            let said = format!("le serveur ne prend pas plus de {limit} octets par message");
            return Ok(Tried::TooLarge(said, Some(limit)));
        }
        let mut is_announced = false;
        let announce = || -> Result<(), Refusal> {
            log.hand_over(&message.message_id, content, now)?;
            is_announced = true;
            let progress = Progress { handing_over: true, ..message.progress.clone() };
            store.write(|writer| {
                let now = writer.reader().message(message.id)?;
                if now.is_none_or(|now| now.progress != message.progress) {
                    return Err(Refusal::Changed);
                }
                Ok(writer.message_progress(message.id, &progress)?)
            })
        };
        let handed: Result<HandOver, Refusal> = open.hand_over((&letter.from, &letter.to), mime, announce);
        let handed = match handed {
            Ok(handed) => handed,
            Err(refusal) => {
                // The server waits for the message, which does not come.
                *session = None;
                if is_announced {
                    log.refused(&message.message_id, now)?;
                }
                return Err(refusal);
            }
        };
        match &handed {
            HandOver::Ended(Outcome::Accepted(_)) => self.accepted(message, content, now),
            HandOver::Ended(Outcome::Unanswered(_)) => {}
            HandOver::TooLarge(_) if is_announced => {
                log.refused(&message.message_id, now)?;
                store.write::<_, StoreError>(|writer| writer.message_progress(message.id, &message.progress))?;
            }
            HandOver::Ended(_) if is_announced => log.refused(&message.message_id, now)?,
            HandOver::Ended(_) | HandOver::TooLarge(_) => {}
        }
        Ok(match handed {
            HandOver::Ended(outcome) => Tried::Ended(outcome),
            HandOver::TooLarge(said) => Tried::TooLarge(said, None),
        })
    }

    /// Why the server is not to be asked again now, although it can be reached: it left something unanswered, and would be waited for
    /// with each message.
    #[must_use]
    pub fn silence(&self) -> Option<Trouble> {
        let is_silent = self.session.as_ref().is_some_and(|session| session.is_silent);
        let smtp = self.smtp.filter(|_| is_silent)?;
        Some(Trouble::Silent { server: smtp.server() })
    }

    /// Puts files into a directory. `content`: as for [`Self::mail`].
    pub fn put(
        &mut self,
        message: &Message,
        content: Option<&str>,
        files: &[(&str, &[u8])],
        now: Timestamp,
    ) -> Outcome {
        let outcome = directory::put(Path::new(&message.key.address), files);
        if matches!(outcome, Outcome::Accepted(_)) {
            self.accepted(message, content, now);
        }
        outcome
    }

    /// A message that was taken was taken, whatever the disk says: the database notes it next, and if it cannot either, it is uncertain.
    fn accepted(&mut self, message: &Message, content: Option<&str>, now: Timestamp) {
        if let Err(error) = self.log.sent(&message.message_id, content, now) {
            tracing::error!(id = message.id, error = %error, "un message envoyé n’a pas pu être inscrit au journal des envois");
        }
    }

    /// Ends the conversation with the server.
    pub fn close(self) {
        if let Some(session) = self.session {
            session.end();
        }
    }
}

impl Smtp {
    /// Connects, encrypts, signs in, and sends nothing: whether mail would leave. Gives the largest message that the server takes, in
    /// bytes, when it says so.
    ///
    /// # Errors
    /// [`Trouble`].
    pub fn check(&self) -> Result<Option<u64>, Trouble> {
        let session = self.connect()?;
        let limit = session.limit;
        session.end();
        Ok(limit)
    }
}
