//! The outbox as people see it and act on it.

use std::collections::HashMap;

use jiff::Timestamp;

use super::doubts::Doubts;
use super::journal::refused;
use super::mailing::REHEARSED;
use super::{Desk, DeskError, stuck};
use crate::delivery::{Enclosure, Letter, OTHER_CONTENT, Seen, SendLog, Trouble, is_due, may_go_again, seen_in_log};
use crate::domain::message::MessageState;
use crate::store::{Message, Progress, Reader, StoreError, Via};

/// Why a message waits when somebody asked for it.
const HELD_BY_A_PERSON: &str = "retenu par une personne";

/// A message with what its reader sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShownMessage {
    /// The message.
    pub message: Message,
    /// The letter; none where files are put into a directory.
    pub letter: Option<Letter>,
    /// Its files.
    pub files: Vec<Enclosure>,
    /// Of one that would be tried now: why it would be held instead, in French.
    pub doubts: Vec<String>,
}

impl Desk {
    /// The messages, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn messages(&self) -> Result<Vec<Message>, StoreError> {
        self.store.read(|reader| reader.messages())
    }

    /// One message as its reader sees it.
    ///
    /// # Errors
    /// [`DeskError::Refused`] where there is none of that number.
    pub fn shown_message(&self, id: i64) -> Result<ShownMessage, DeskError> {
        self.store.read(|reader| shown(reader, message(reader, id)?))
    }

    /// What would be tried now, as its readers would see it: with `anyway`, also what pauses.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn messages_due(&self, anyway: bool) -> Result<Vec<ShownMessage>, DeskError> {
        let now = self.now()?;
        self.store.read(|reader| {
            let open = reader.messages_open()?;
            let due = open.into_iter().filter(|message| is_due(&message.progress, now, anyway));
            let shown = |message: Message| {
                let doubts = self.reasons_to_hold(reader, &message)?;
                let reasons = if let Doubts::Reasons(reasons) = doubts { reasons } else { Vec::new() };
                Ok(ShownMessage { doubts: reasons, ..shown(reader, message)? })
            };
            due.map(shown).collect()
        })
    }

    /// Why a message waits for a person before it goes. One that a person let go, with the reasons before them, goes, unless there is another.
    pub(super) fn reasons_to_hold(&self, reader: &Reader<'_>, message: &Message) -> Result<Doubts, DeskError> {
        if !message.key.rehearsal && self.mailing.redirect_to().is_some() {
            return Ok(Doubts::Reasons(vec![REHEARSED.to_owned()]));
        }
        let doubts = self.doubts(reader, message, &files_of(reader, message)?)?;
        let Doubts::Reasons(reasons) = doubts else { return Ok(doubts) };
        let let_pass = if message.progress.released { message.progress.reasons.as_slice() } else { &[] };
        let is_new = reasons.iter().any(|reason| !let_pass.contains(reason));
        Ok(Doubts::Reasons(if is_new { reasons } else { Vec::new() }))
    }

    /// Lets messages go that wait, failed or were given up. Where there is something to say against one that the person was not told
    /// yet, it waits with that, and goes when it is let go once more.
    ///
    /// # Errors
    /// [`DeskError::Refused`] where one cannot be let go: none is then.
    pub fn release_messages(&self, ids: &[i64]) -> Result<Vec<Message>, DeskError> {
        self.change_messages(ids, |reader, message, now| {
            let (id, state) = (message.id, message.progress.state);
            if !message.key.rehearsal && self.mailing.redirect_to().is_some() {
                let hint = "retirez « redirect_to » de la section [smtp] pour que les messages partent à leurs destinataires";
                return Err(refused(format!("message {id} : « redirect_to » est en place, rien ne part aux destinataires"), hint));
            }
            if message.progress.reasons.iter().any(|reason| reason == OTHER_CONTENT) {
                return Err(refused(format!("message {id} : {OTHER_CONTENT}"), SHOW_LIST));
            }
            if message.key.kind.is_document() && is_withdrawn(reader, message)? {
                let hint = "redemandez le document de sa période : il sera refait, avec ses messages";
                return Err(refused(format!("message {id} : le document qu’il porte a été repris"), hint));
            }
            match state {
                MessageState::Retenu | MessageState::Echec | MessageState::Annule if may_go_again(&message.progress) => {
                    let unreleased = Message { progress: Progress { released: false, ..message.progress.clone() }, ..message.clone() };
                    if let Doubts::Reasons(reasons) = self.reasons_to_hold(reader, &unreleased)?
                        && reasons.iter().any(|reason| !message.progress.reasons.contains(reason))
                    {
                        return Ok(held(&message.progress, reasons, now));
                    }
                    Ok(Progress {
                        state: MessageState::AEnvoyer,
                        attempts: 0,
                        next_at: None,
                        settled_at: Some(now),
                        released: true,
                        ..message.progress.clone()
                    })
                }
                MessageState::Retenu | MessageState::Echec | MessageState::Annule | MessageState::Incertain => Err(refused(
                    format!("message {id} : il a été remis au serveur et il est peut-être arrivé"),
                    "demandez au destinataire s’il l’a ; sinon envoyez-lui les fichiers vous-même, puis « fitn outbox cancel »",
                )),
                MessageState::AEnvoyer | MessageState::Envoye => {
                    Err(refused(format!("message {id} : il n’est pas retenu ({})", state.label()), SHOW_LIST))
                }
            }
        })
    }

    /// Makes messages wait for a person.
    ///
    /// # Errors
    /// [`DeskError::Refused`] where one is not about to go: none is held then.
    pub fn hold_messages(&self, ids: &[i64]) -> Result<Vec<Message>, DeskError> {
        self.change_messages(ids, |_, message, now| match message.progress.state {
            MessageState::AEnvoyer => Ok(held(&message.progress, vec![HELD_BY_A_PERSON.to_owned()], now)),
            state => Err(refused(
                format!("message {} : seul un message à envoyer se retient ({})", message.id, state.label()),
                SHOW_LIST,
            )),
        })
    }

    /// Gives messages up: they go no more.
    ///
    /// # Errors
    /// [`DeskError::Refused`] where one went already: none is given up then.
    pub fn cancel_messages(&self, ids: &[i64]) -> Result<Vec<Message>, DeskError> {
        self.change_messages(ids, |_, message, now| match message.progress.state {
            MessageState::Envoye | MessageState::Annule => {
                let (id, state) = (message.id, message.progress.state.label());
                Err(refused(format!("message {id} : il ne peut pas être annulé ({state})"), SHOW_LIST))
            }
            _ => Ok(cancelled(&message.progress, now)),
        })
    }

    /// All of them or none, in one transaction.
    fn change_messages(
        &self,
        ids: &[i64],
        change: impl Fn(&Reader<'_>, &Message, Timestamp) -> Result<Progress, DeskError>,
    ) -> Result<Vec<Message>, DeskError> {
        let now = self.now()?;
        let seen = SendLog::seen_beside(self.store.path());
        self.store.write(|writer| {
            let mut changed = Vec::new();
            for id in ids {
                let message = message(&writer.reader(), *id)?;
                if message.progress.handing_over {
                    let hint = "« fitn outbox send » dit ce qu’il en est devenu, si plus rien ne l’envoie";
                    return Err(refused(format!("message {id} : il est en cours de remise au serveur"), hint));
                }
                if is_known_to_have_gone(&writer.reader(), &message, &seen, now)? {
                    let hint = "« fitn outbox send » l’inscrit ici";
                    return Err(refused(format!("message {id} : d’après le journal des envois, il est parti"), hint));
                }
                let progress = change(&writer.reader(), &message, now)?;
                writer.message_progress(*id, &progress)?;
                changed.push(Message { progress, ..message });
            }
            stuck::tell(writer, self.mailing.is_rehearsal(), now)?;
            Ok(changed)
        })
    }
}

const SHOW_LIST: &str = "« fitn outbox » donne les messages et leur état";

pub(super) fn read_letter<'a, T: serde::Deserialize<'a>>(json: &'a str) -> Result<T, Trouble> {
    serde_json::from_str(json).map_err(|_| Trouble::Letter)
}

fn message(reader: &Reader<'_>, id: i64) -> Result<Message, DeskError> {
    reader.message(id)?.ok_or_else(|| refused(format!("il n’y a pas de message {id}"), SHOW_LIST))
}

fn shown(reader: &Reader<'_>, message: Message) -> Result<ShownMessage, DeskError> {
    let json = reader.message_letter(message.id)?;
    Ok(match message.via {
        Via::Smtp => {
            let letter: Letter = read_letter(&json)?;
            ShownMessage { message, files: letter.files.clone(), letter: Some(letter), doubts: Vec::new() }
        }
        Via::Directory => ShownMessage { message, letter: None, files: read_letter(&json)?, doubts: Vec::new() },
    })
}

/// Whether the log of what was sent knows that a message went, or may have, and the database does not: it is an older copy.
pub(super) fn is_known_to_have_gone(
    reader: &Reader<'_>,
    message: &Message,
    seen: &HashMap<String, Seen>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let Some(seen) = seen.get(&message.message_id) else { return Ok(false) };
    let known = seen_in_log(&message.progress, seen, content_of(reader, message)?.as_deref(), now);
    Ok(known.is_some_and(|known| known.state != MessageState::Retenu))
}

/// SHA-256 of what the document says that a message brings; none of words, and of a document whose version did not note it.
pub(super) fn content_of(reader: &Reader<'_>, message: &Message) -> Result<Option<String>, StoreError> {
    let key = &message.key;
    if key.kind.is_document() { reader.export_says(key.kind.code(), &key.period, key.revision) } else { Ok(None) }
}

fn is_withdrawn(reader: &Reader<'_>, message: &Message) -> Result<bool, StoreError> {
    let key = &message.key;
    reader.export_is_withdrawn(key.kind.code(), &key.period, key.revision)
}

/// The files that a message brings, as they were when it was made.
fn files_of(reader: &Reader<'_>, message: &Message) -> Result<Vec<Enclosure>, DeskError> {
    Ok(shown(reader, message.clone())?.files)
}

pub(super) fn held(progress: &Progress, reasons: Vec<String>, now: Timestamp) -> Progress {
    Progress { state: MessageState::Retenu, reasons, next_at: None, settled_at: Some(now), ..progress.clone() }
}

pub(super) fn cancelled(progress: &Progress, now: Timestamp) -> Progress {
    let settled_at = Some(now);
    Progress { state: MessageState::Annule, reasons: Vec::new(), next_at: None, settled_at, ..progress.clone() }
}
