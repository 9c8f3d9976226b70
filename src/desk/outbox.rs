//! The outbox as people see it and act on it, and the sending of what is due.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::doubts::Doubts;
use super::journal::refused;
use super::mailing::REHEARSED;
use super::{Desk, DeskError};
use crate::delivery::{Enclosure, Letter, Outcome, Post, Refusal, Tried, Trouble, after, is_due, seen_in_log};
use crate::domain::message::MessageState;
use crate::files::Written;
use crate::store::{Message, NewAlert, Progress, Reader, StoreError, Via, Writer};

/// The beginning of the keys of the alerts about messages.
const ALERT: &str = "outbox:message:";
/// The key of the alert about the mail server.
const SERVER_ALERT: &str = "outbox:server";
/// Why a message waits when somebody asked for it.
const HELD_BY_A_PERSON: &str = "retenu par une personne";

/// What a round of sending did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// Taken by the server, or put into their directory.
    pub sent: usize,
    /// Held for a person, since whenever.
    pub held: usize,
    /// Refused for now: they go again.
    pub postponed: usize,
    /// Refused for good, or for too long.
    pub failed: usize,
    /// Handed over without an answer.
    pub uncertain: usize,
}

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

    /// Why a message waits for a person before it goes. One that a person let go, with the reasons before them, goes.
    fn reasons_to_hold(&self, reader: &Reader<'_>, message: &Message) -> Result<Doubts, DeskError> {
        if !message.key.rehearsal && self.mailing.redirect_to().is_some() {
            return Ok(Doubts::Reasons(vec![REHEARSED.to_owned()]));
        }
        if message.progress.released {
            return Ok(Doubts::Reasons(Vec::new()));
        }
        self.doubts(reader, message, &files_of(reader, message)?)
    }

    /// Lets a message go that waits, failed or was given up. Where there is something to say against it that the person was not told
    /// yet, it waits with that, and goes when it is let go once more.
    ///
    /// # Errors
    /// [`DeskError::Refused`] where nothing can be let go.
    pub fn release_message(&self, id: i64) -> Result<Message, DeskError> {
        self.change_message(id, |reader, message, now| {
            let state = message.progress.state;
            if !message.key.rehearsal && self.mailing.redirect_to().is_some() {
                let hint = "retirez « redirect_to » de la section [smtp] pour que les messages partent à leurs destinataires";
                return Err(refused(format!("message {id} : {REHEARSED}"), hint));
            }
            match state {
                MessageState::Retenu | MessageState::Echec | MessageState::Annule => {
                    let unreleased = Message { progress: Progress { released: false, ..message.progress.clone() }, ..message.clone() };
                    if let Doubts::Reasons(reasons) = self.reasons_to_hold(reader, &unreleased)?
                        && reasons.iter().any(|reason| !message.progress.reasons.contains(reason))
                    {
                        return Ok(held(&message.progress, reasons, now));
                    }
                    Ok(Progress {
                        state: MessageState::AEnvoyer,
                        reasons: Vec::new(),
                        attempts: 0,
                        next_at: None,
                        settled_at: Some(now),
                        released: true,
                        ..message.progress.clone()
                    })
                }
                MessageState::Incertain => Err(refused(
                    format!("message {id} : il a été remis au serveur et il est peut-être arrivé"),
                    "demandez au destinataire s’il l’a ; sinon envoyez-lui les fichiers vous-même, puis « fitn outbox cancel »",
                )),
                MessageState::AEnvoyer | MessageState::Envoye => {
                    Err(refused(format!("message {id} : il n’est pas retenu ({})", state.label()), SHOW_LIST))
                }
            }
        })
    }

    /// Makes a message wait for a person.
    ///
    /// # Errors
    /// [`DeskError::Refused`] where it is not about to go.
    pub fn hold_message(&self, id: i64) -> Result<Message, DeskError> {
        self.change_message(id, |_, message, now| match message.progress.state {
            MessageState::AEnvoyer => Ok(held(&message.progress, vec![HELD_BY_A_PERSON.to_owned()], now)),
            state => Err(refused(
                format!("message {id} : seul un message à envoyer se retient ({})", state.label()),
                SHOW_LIST,
            )),
        })
    }

    /// Gives a message up: it goes no more.
    ///
    /// # Errors
    /// [`DeskError::Refused`] where it went already.
    pub fn cancel_message(&self, id: i64) -> Result<Message, DeskError> {
        self.change_message(id, |_, message, now| match message.progress.state {
            MessageState::Envoye | MessageState::Annule => {
                let state = message.progress.state.label();
                Err(refused(format!("message {id} : il ne peut pas être annulé ({state})"), SHOW_LIST))
            }
            _ => Ok(cancelled(&message.progress, now)),
        })
    }

    fn change_message(
        &self,
        id: i64,
        change: impl FnOnce(&Reader<'_>, &Message, Timestamp) -> Result<Progress, DeskError>,
    ) -> Result<Message, DeskError> {
        let now = self.now()?;
        self.store.write(|writer| {
            let message = message(&writer.reader(), id)?;
            if message.progress.handing_over {
                let hint = "« fitn outbox send » dit ce qu’il en est devenu, si plus rien ne l’envoie";
                return Err(refused(format!("message {id} : il est en cours de remise au serveur"), hint));
            }
            let progress = change(&writer.reader(), &message, now)?;
            writer.message_progress(id, &progress)?;
            tell(writer, now)?;
            Ok(Message { progress, ..message })
        })
    }

    /// Sends what is due: with `anyway`, also what pauses. `stopped` is asked before each message, `moved` told after it. Busy for a while:
    /// the other tasks of this thread are moved elsewhere meanwhile.
    ///
    /// # Errors
    /// The database, or the log of what was sent; [`crate::delivery::LogError::Busy`] while another process sends. What becomes of a
    /// message is in the outbox.
    pub fn deliver(&self, anyway: bool, stopped: impl Fn() -> bool, moved: impl Fn()) -> Result<Delivered, DeskError> {
        let (open, counts) =
            self.store.read::<_, StoreError>(|reader| Ok((reader.messages_open()?, reader.outbox_counts()?)))?;
        if open.is_empty() {
            return Ok(Delivered { held: held_of(&counts), ..Delivered::default() });
        }
        tokio::task::block_in_place(|| {
            let server = self.outbox_server()?;
            let mut post = Post::open(&self.store, self.mailing.smtp.as_ref())?;
            post.log().name(&server)?;
            let mut round = Round { desk: self, post, reached: BTreeMap::new(), server: None };
            for message in open {
                if stopped() {
                    break;
                }
                round.take(message.id, anyway)?;
                moved();
            }
            round.end()
        })
    }
}

const SHOW_LIST: &str = "« fitn outbox » donne les messages et leur état";

/// One round of sending.
struct Round<'a> {
    desk: &'a Desk,
    post: Post<'a>,
    /// What became of the messages that something was done about.
    reached: BTreeMap<i64, MessageState>,
    /// Whether the server was reached in this round, and why not when it was not.
    server: Option<Result<(), (String, &'static str)>>,
}

impl Round<'_> {
    /// Does what is to be done about one message.
    fn take(&mut self, id: i64, anyway: bool) -> Result<(), DeskError> {
        let now = self.desk.now()?;
        let Some(mut message) = self.desk.store.read::<_, StoreError>(|reader| reader.message(id))? else {
            return Ok(());
        };
        let seen = self.post.log().seen(&message.message_id);
        if let Some(progress) = seen_in_log(&message.progress, seen, now) {
            self.record(&mut message, progress, now)?;
        }
        if !is_due(&message.progress, now, anyway) {
            return Ok(());
        }
        let reasons = match self.desk.store.read(|reader| self.desk.reasons_to_hold(reader, &message))? {
            Doubts::TooEarly => return Ok(()),
            Doubts::Reasons(reasons) => reasons,
        };
        if !reasons.is_empty() {
            let progress = held(&message.progress, reasons, now);
            return self.record(&mut message, progress, now);
        }
        let outcome = match message.via {
            Via::Smtp => self.mail(&mut message, now),
            Via::Directory => self.put(&message, now),
        };
        let outcome = match outcome {
            Ok(outcome) => outcome,
            // Somebody held it or gave it up meanwhile.
            Err(Refusal::Changed) => return Ok(()),
            Err(Refusal::Server(trouble)) => {
                let told = trouble.to_string();
                self.server = Some(Err((told.clone(), trouble.hint())));
                Outcome::RefusedForNow(told)
            }
            Err(Refusal::Log(error)) => return Err(error.into()),
            Err(Refusal::Store(error)) => return Err(error.into()),
        };
        let now = self.desk.now()?;
        let progress = after(&message.progress, &outcome, now);
        self.record(&mut message, progress, now)
    }

    /// Hands a message to the mail server; one that is too large for it is made smaller, as long as nobody was given it.
    fn mail(&mut self, message: &mut Message, now: Timestamp) -> Result<Outcome, Refusal> {
        // A server that cannot be reached is not tried again for each message.
        if let Some(Err((told, _))) = &self.server {
            return Ok(Outcome::RefusedForNow(told.clone()));
        }
        let read = |reader: &Reader<'_>| Ok((reader.message_letter(message.id)?, reader.message_mime(message.id)?));
        let (letter, mut mime) = self.desk.store.read::<_, StoreError>(read)?;
        let mut letter: Letter = match read_letter(&letter) {
            Ok(letter) => letter,
            Err(trouble) => return Ok(Outcome::RefusedForGood(trouble.to_string())),
        };
        loop {
            let (said, limit) = match self.post.mail(message, &letter, &mime, now)? {
                Tried::Ended(outcome) => {
                    self.server = Some(Ok(()));
                    return Ok(outcome);
                }
                Tried::TooLarge(said, limit) => (said, limit),
            };
            self.server = Some(Ok(()));
            let size = mime.len() as u64;
            let max_bytes = limit.unwrap_or(size.saturating_sub(1)).min(letter.max_bytes);
            let smaller = self.smaller(message, &Letter { max_bytes, ..letter.clone() })?;
            match smaller.filter(|(_, mime)| (mime.len() as u64) < size && message.progress.unanswered == 0) {
                Some((made, bytes)) => (letter, mime) = (made, bytes),
                None => return Ok(Outcome::RefusedForGood(said)),
            }
        }
    }

    /// The same message with fewer files, put in the place of the other; none where a file is no longer what was kept.
    fn smaller(&self, message: &Message, letter: &Letter) -> Result<Option<(Letter, Vec<u8>)>, Refusal> {
        let (mut letter, wanted) = (letter.clone(), &letter.files);
        let Ok(files) = self.desk.store.read::<_, StoreError>(|reader| kept_files(reader, message, wanted))? else {
            return Ok(None);
        };
        let content = |wanted: &Enclosure| {
            let file = files.iter().find(|(name, _)| *name == wanted.name);
            file.map_or(Ok(Vec::new()), |(_, file)| file.to_vec())
        };
        let mime = letter.compose(content, &message.message_id, message.created_at)?;
        let json = serde_json::to_string(&letter).map_err(|_| Trouble::Letter)?;
        self.desk.store.write::<_, StoreError>(|writer| writer.message_remake(message.id, &json, &mime))?;
        Ok(Some((letter, mime)))
    }

    fn put(&mut self, message: &Message, now: Timestamp) -> Result<Outcome, Refusal> {
        let letter = self.desk.store.read::<_, StoreError>(|reader| reader.message_letter(message.id))?;
        let wanted: Vec<Enclosure> = match read_letter(&letter) {
            Ok(wanted) => wanted,
            Err(trouble) => return Ok(Outcome::RefusedForGood(trouble.to_string())),
        };
        let files = self.desk.store.read::<_, StoreError>(|reader| kept_files(reader, message, &wanted))?;
        match files {
            Ok(files) => self.post.put(message, &files, now),
            Err(altered) => {
                let said = format!("{} : ses octets ne sont plus ceux de son empreinte", altered.name);
                Ok(Outcome::RefusedForGood(said))
            }
        }
    }

    /// Writes down how far a message has come, and counts it.
    fn record(&mut self, message: &mut Message, progress: Progress, now: Timestamp) -> Result<(), DeskError> {
        let Self { desk, reached, .. } = self;
        let recorded = desk.store.write::<_, StoreError>(|writer| {
            writer.message_progress(message.id, &progress)?;
            tell(writer, now)?;
            writer.reader().message(message.id)
        })?;
        // What became of it last in this round counts.
        reached.insert(message.id, progress.state);
        tracing::info!(
            id = message.id,
            kind = message.key.kind.code(),
            period = message.key.period,
            attempts = progress.attempts,
            "message {}",
            progress.state.label()
        );
        // As it is stored, to the second: by that it is told whether somebody changed it since.
        message.progress = recorded.map_or(progress, |recorded| recorded.progress);
        Ok(())
    }

    /// Ends the conversation with the server, and tells of it.
    fn end(self) -> Result<Delivered, DeskError> {
        let Self { desk, post, reached, server } = self;
        post.close();
        let now = desk.now()?;
        let count = |state| reached.values().filter(|reached| **reached == state).count();
        let counts = desk.store.read::<_, StoreError>(|reader| reader.outbox_counts())?;
        let delivered = Delivered {
            sent: count(MessageState::Envoye),
            held: held_of(&counts),
            postponed: count(MessageState::AEnvoyer),
            failed: count(MessageState::Echec),
            uncertain: count(MessageState::Incertain),
        };
        desk.store.write::<_, StoreError>(|writer| match &server {
            None => Ok(()),
            Some(Ok(())) => writer.alert_settle(SERVER_ALERT),
            Some(Err((told, hint))) => {
                writer.alert_raise(SERVER_ALERT, &format!("aucun message ne part : {told}"), hint, now)
            }
        })?;
        Ok(delivered)
    }
}

fn held_of(counts: &BTreeMap<MessageState, u64>) -> usize {
    counts.get(&MessageState::Retenu).map_or(0, |held| usize::try_from(*held).unwrap_or(usize::MAX))
}

fn read_letter<'a, T: serde::Deserialize<'a>>(json: &'a str) -> Result<T, Trouble> {
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

/// The files that a message brings, as they were when it was made.
fn files_of(reader: &Reader<'_>, message: &Message) -> Result<Vec<Enclosure>, DeskError> {
    Ok(shown(reader, message.clone())?.files)
}

/// Files by name; else the first that is no longer what was kept.
type Found<'a> = Result<Vec<(&'a str, Written)>, &'a Enclosure>;

/// The files that a message brings, as they were kept.
fn kept_files<'a>(reader: &Reader<'_>, message: &Message, wanted: &'a [Enclosure]) -> Result<Found<'a>, StoreError> {
    let key = &message.key;
    let kept = reader.export_files(key.kind.code(), &key.period, key.revision)?;
    let mut files = Vec::new();
    for file in wanted {
        let found = kept.iter().find(|kept| kept.format == file.format && kept.sha256 == file.sha256);
        let content = found.map(|kept| reader.export_content(kept)).transpose()?.flatten();
        match content.filter(|content| content.size() == file.size) {
            Some(content) => files.push((file.name.as_str(), content)),
            None => return Ok(Err(file)),
        }
    }
    Ok(Ok(files))
}

fn held(progress: &Progress, reasons: Vec<String>, now: Timestamp) -> Progress {
    Progress { state: MessageState::Retenu, reasons, next_at: None, settled_at: Some(now), ..progress.clone() }
}

pub(super) fn cancelled(progress: &Progress, now: Timestamp) -> Progress {
    let settled_at = Some(now);
    Progress { state: MessageState::Annule, reasons: Vec::new(), next_at: None, settled_at, ..progress.clone() }
}

/// One alert for each message that waits for a person, failed, or may or may not have arrived; taken back when that is over.
pub(super) fn tell(writer: &Writer<'_>, now: Timestamp) -> Result<(), StoreError> {
    let alerts: Vec<NewAlert> = writer.reader().messages()?.iter().filter_map(alert).collect();
    let still: Vec<String> = alerts.iter().map(|alert| alert.key.clone()).collect();
    writer.alerts_settle(ALERT, &still)?;
    for NewAlert { key, message, hint } in &alerts {
        writer.alert_raise(key, message, hint, now)?;
    }
    Ok(())
}

/// The key of the alert about a message.
pub(super) fn alert_key(id: i64) -> String {
    format!("{ALERT}{id}")
}

fn alert(message: &Message) -> Option<NewAlert> {
    let Message { id, key, progress, .. } = message;
    let reply = progress.reply.as_deref().unwrap_or_default();
    let rehearsal = if key.rehearsal { ", répétition" } else { "" };
    let what = format!("message {id} ({}, {}{rehearsal})", key.kind.label(), key.period);
    let (said, hint) = match progress.state {
        // That a rehearsal keeps messages back is what it is for.
        MessageState::Retenu if progress.reasons.iter().all(|reason| reason == REHEARSED) => return None,
        MessageState::Retenu => (
            format!("retenu : {}", progress.reasons.join(" ; ")),
            format!("relisez-le : fitn outbox show {id} ; puis fitn outbox release {id}, ou fitn outbox cancel {id}"),
        ),
        MessageState::Echec => (
            format!("pas envoyé, et plus essayé : {reply}"),
            format!("une fois la cause levée : fitn outbox release {id} ; sinon fitn outbox cancel {id}"),
        ),
        MessageState::Incertain if progress.next_at.is_none() => (
            format!("peut-être arrivé, et plus essayé : {reply}"),
            format!("demandez au destinataire s’il l’a reçu ; puis fitn outbox cancel {id}"),
        ),
        _ => return None,
    };
    Some(NewAlert { key: alert_key(*id), message: format!("{what} : {said}"), hint })
}
