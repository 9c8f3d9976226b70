//! The outbox: every message that is to go or went, one row each, for ever.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, params};

use super::codec::{compress, decompress, instant, json, read_instant, read_json, read_optional_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::DossierNumber;
use crate::domain::message::{MessageKind, MessageState};

/// The mark that names this connector in its messages.
pub(super) const SERVER: &str = "outbox_server";

/// What stands in the place of what a message said about a dossier that was erased.
const ERASED_TEXT: &str = "Le texte de ce message a été effacé avec le contenu d’un dossier qu’il nommait.";
const ERASED_SUBJECT: &str = "[FITN] (effacé)";

/// How a message goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Via {
    /// By mail.
    Smtp,
    /// As files in a directory.
    Directory,
}

impl Via {
    const fn code(self) -> &'static str {
        match self {
            Self::Smtp => "smtp",
            Self::Directory => "directory",
        }
    }
}

/// What a message is about, and whom it is for: there is one of each, for ever.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageKey {
    /// The address in small letters, or the directory.
    pub address: String,
    /// What it brings.
    pub kind: MessageKind,
    /// The one département it is about; none: all of them.
    pub departement: Option<String>,
    /// `2021-09`, `2021-Q3`…
    pub period: String,
    /// Of the period.
    pub revision: u32,
    /// It goes to somebody else, who tries how it would be.
    pub rehearsal: bool,
}

/// A message to put into the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// What it is about, and whom it is for.
    pub key: MessageKey,
    /// How it goes.
    pub via: Via,
    /// Why it is held, in French; nothing when it may go.
    pub reasons: Vec<String>,
    /// Made from the key and the server: it never changes.
    pub message_id: String,
    /// As its reader sees it.
    pub subject: String,
    /// Bytes.
    pub size: u64,
    /// JSON: what it is made from.
    pub letter: String,
    /// The whole message; empty where files are written into a directory.
    pub mime: Vec<u8>,
}

/// How far a message has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// What became of it.
    pub state: MessageState,
    /// Why it is held, in French; of one that a person let go, why it was.
    pub reasons: Vec<String>,
    /// Failures in a row, since a person let it go last.
    pub attempts: u32,
    /// It is being handed over, or the program ended while it was.
    pub handing_over: bool,
    /// How often it was handed over without an answer.
    pub unanswered: u32,
    /// When it is tried again. None: at once when it is to be sent, never when it is uncertain.
    pub next_at: Option<Timestamp>,
    /// When its state last changed.
    pub settled_at: Option<Timestamp>,
    /// A person let it go.
    pub released: bool,
    /// What the server answered, or why it could not be asked.
    pub reply: Option<String>,
}

/// A message of the outbox, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub id: i64,
    /// What it is about, and whom it is for.
    pub key: MessageKey,
    /// How it goes.
    pub via: Via,
    /// It never changes.
    pub message_id: String,
    /// As its reader sees it.
    pub subject: String,
    /// When it was put here.
    pub created_at: Timestamp,
    /// Bytes.
    pub size: u64,
    /// How far it has come.
    pub progress: Progress,
}

impl Writer<'_> {
    /// What names this connector in its messages; `known` is taken where it has no name yet.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn outbox_server(&self, known: &str) -> Result<String, StoreError> {
        if let Some(server) = self.reader().outbox_server()? {
            return Ok(server);
        }
        self.mark_put(SERVER, known)?;
        Ok(known.to_owned())
    }

    /// Puts a message into the outbox; whether it was not there yet: one that is stays as it is.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn message_put(&self, message: &NewMessage, now: Timestamp) -> Result<bool, StoreError> {
        let NewMessage { key, via, reasons, message_id, subject, size, letter, mime } = message;
        let state = if reasons.is_empty() { MessageState::AEnvoyer } else { MessageState::Retenu };
        let put = self.transaction.execute(
            "INSERT INTO outbox (address, via, kind, departement, period, revision, rehearsal, state, reasons, message_id, subject,
                 created_at, attempts, handing_over, unanswered, released, size, letter, mime)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0, 0, 0, 0, ?13, ?14, ?15)
             ON CONFLICT (address, kind, departement, period, revision, rehearsal) DO NOTHING",
            params![
                key.address,
                via.code(),
                key.kind.code(),
                key.departement.as_deref().unwrap_or_default(),
                key.period,
                key.revision,
                key.rehearsal,
                state.code(),
                json(reasons)?,
                message_id,
                subject,
                instant(now),
                size.cast_signed(),
                letter,
                compress(mime)?
            ],
        )?;
        Ok(put > 0)
    }

    /// Records how far a message has come.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn message_progress(&self, id: i64, progress: &Progress) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE outbox SET state = ?2, reasons = ?3, attempts = ?4, handing_over = ?5, unanswered = ?6, next_at = ?7,
                     settled_at = ?8, released = ?9, reply = ?10
                 WHERE id = ?1",
            )?
            .execute(params![
                id,
                progress.state.code(),
                json(&progress.reasons)?,
                progress.attempts,
                progress.handing_over,
                progress.unanswered,
                progress.next_at.map(instant),
                progress.settled_at.map(instant),
                progress.released,
                progress.reply
            ])?;
        Ok(())
    }

    /// Puts other bytes in the place of those of a message that nobody was given.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn message_remake(&self, id: i64, letter: &str, mime: &[u8]) -> Result<(), StoreError> {
        self.transaction.execute(
            "UPDATE outbox SET letter = ?2, mime = ?3, size = ?4 WHERE id = ?1 AND unanswered = 0 AND state <> 'envoye'",
            params![id, letter, compress(mime)?, (mime.len() as u64).cast_signed()],
        )?;
        Ok(())
    }

    /// Empties the messages of words that name a dossier; those that did not go yet go no more. That they were, and their names, stay.
    /// Documents are kept, and the messages that bring them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn outbox_forget(&self, number: DossierNumber, now: Timestamp) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached(
            "SELECT id, letter ->> '$.text' FROM outbox
             WHERE kind IN ('alerts', 'changes') AND instr(letter, ?1) > 0",
        )?;
        let rows =
            statement.query_map([number.to_string()], |row| Ok((row.get(0)?, row.get::<_, Option<String>>(1)?)))?;
        let found = rows.collect::<Result<Vec<(i64, Option<String>)>, _>>()?;
        for (id, _) in found.iter().filter(|(_, text)| text.as_deref().is_some_and(|text| names(text, number))) {
            self.transaction
                .prepare_cached(
                    "UPDATE outbox SET letter = json_set(letter, '$.text', ?2, '$.subject', ?3), subject = ?3, mime = ?4, reply = NULL,
                         state = CASE WHEN state IN ('a_envoyer', 'retenu', 'echec') THEN 'annule' ELSE state END,
                         next_at = NULL, settled_at = coalesce(settled_at, ?5)
                     WHERE id = ?1",
                )?
                .execute(params![id, ERASED_TEXT, ERASED_SUBJECT, compress(&[])?, instant(now)])?;
        }
        Ok(())
    }
}

/// Whether a text names a dossier, and not another whose number has the same digits within it.
pub(super) fn names(text: &str, number: DossierNumber) -> bool {
    let number = number.to_string();
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    text.match_indices(&number).any(|(at, _)| {
        let bytes = text.as_bytes();
        !is_digit(at.checked_sub(1).and_then(|before| bytes.get(before))) && !is_digit(bytes.get(at + number.len()))
    })
}

impl Reader<'_> {
    /// What names this connector in its messages; none before the first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn outbox_server(&self) -> Result<Option<String>, StoreError> {
        self.mark(SERVER)
    }

    /// The messages, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn messages(&self) -> Result<Vec<Message>, StoreError> {
        self.messages_where(&format!("SELECT {COLUMNS} FROM outbox ORDER BY id"))
    }

    /// Those that may be due, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn messages_open(&self) -> Result<Vec<Message>, StoreError> {
        self.messages_where(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE state IN ('a_envoyer', 'incertain') ORDER BY id"
        ))
    }

    /// All that neither went nor were given up, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn messages_waiting(&self) -> Result<Vec<Message>, StoreError> {
        let mut waiting = self.messages_open()?;
        // Those that are uncertain are in both.
        waiting
            .extend(self.messages_stuck()?.into_iter().filter(|stuck| stuck.progress.state != MessageState::Incertain));
        waiting.sort_by_key(|message| message.id);
        Ok(waiting)
    }

    /// Those that may go no further by themselves, oldest first.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn messages_stuck(&self) -> Result<Vec<Message>, StoreError> {
        self.messages_where(&format!(
            "SELECT {COLUMNS} FROM outbox WHERE state IN ('retenu', 'incertain', 'echec') ORDER BY id"
        ))
    }

    /// One message; none of that number.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn message(&self, id: i64) -> Result<Option<Message>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!("SELECT {COLUMNS} FROM outbox WHERE id = ?1"))?;
        statement.query_row([id], |row| Ok(message(row))).optional()?.transpose()
    }

    fn messages_where(&self, sql: &str) -> Result<Vec<Message>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let mut rows = statement.query([])?;
        let mut messages = Vec::new();
        while let Some(row) = rows.next()? {
            messages.push(message(row)?);
        }
        Ok(messages)
    }

    /// The bytes of a message.
    ///
    /// # Errors
    /// A failure of the database, or damaged bytes.
    pub fn message_mime(&self, id: i64) -> Result<Vec<u8>, StoreError> {
        let frame: Vec<u8> =
            self.connection.query_row("SELECT mime FROM outbox WHERE id = ?1", [id], |row| row.get(0))?;
        decompress(&frame)
    }

    /// JSON: what a message is made from.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn message_letter(&self, id: i64) -> Result<String, StoreError> {
        Ok(self.connection.query_row("SELECT letter FROM outbox WHERE id = ?1", [id], |row| row.get(0))?)
    }

    /// How many messages are in each state; those in which there are none are left out.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn outbox_counts(&self) -> Result<BTreeMap<MessageState, u64>, StoreError> {
        let mut statement = self.connection.prepare_cached("SELECT state, count(*) FROM outbox GROUP BY state")?;
        let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        rows.map(|row| {
            let (state, count) = row?;
            Ok((read_state(&state)?, count.cast_unsigned()))
        })
        .collect()
    }
}

const COLUMNS: &str =
    "id, address, via, kind, departement, period, revision, rehearsal, message_id, subject, created_at, size,
     state, reasons, attempts, handing_over, unanswered, next_at, settled_at, released, reply";

fn read_state(code: &str) -> Result<MessageState, StoreError> {
    code.parse().map_err(|()| StoreError::unreadable("état d’un message", &"il n’est pas de ceux de cette version"))
}

fn message(row: &Row<'_>) -> Result<Message, StoreError> {
    let kind: String = row.get(3)?;
    let departement: String = row.get(4)?;
    let via: String = row.get(2)?;
    Ok(Message {
        id: row.get(0)?,
        key: MessageKey {
            address: row.get(1)?,
            kind: kind
                .parse()
                .map_err(|()| StoreError::unreadable("genre d’un message", &"il n’est pas de ceux de cette version"))?,
            departement: (!departement.is_empty()).then_some(departement),
            period: row.get(5)?,
            revision: row.get(6)?,
            rehearsal: row.get(7)?,
        },
        via: if via == Via::Smtp.code() { Via::Smtp } else { Via::Directory },
        message_id: row.get(8)?,
        subject: row.get(9)?,
        created_at: read_instant(&row.get::<_, String>(10)?)?,
        size: row.get::<_, i64>(11)?.cast_unsigned(),
        progress: Progress {
            state: read_state(&row.get::<_, String>(12)?)?,
            reasons: read_json("motifs d’un message", &row.get::<_, String>(13)?)?,
            attempts: row.get(14)?,
            handing_over: row.get(15)?,
            unanswered: row.get(16)?,
            next_at: read_optional_instant(row.get(17)?)?,
            settled_at: read_optional_instant(row.get(18)?)?,
            released: row.get(19)?,
            reply: row.get(20)?,
        },
    })
}
