//! The sending of what is due.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::doubts::Doubts;
use super::outbox::{content_of, held, read_letter};
use super::stuck::{self, SERVER_ALERT};
use super::{Desk, DeskError};
use crate::delivery::{Enclosure, Letter, Outcome, Post, Refusal, Tried, Trouble, after, is_due, seen_in_log};
use crate::domain::message::MessageState;
use crate::store::{ExportFile, Message, Progress, Reader, StoreError, Via};

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

impl Desk {
    /// Sends what is due: with `anyway`, also what pauses. `stopped` is asked before each message, `moved` told after it. Busy for a while:
    /// the other tasks of this thread are moved elsewhere meanwhile.
    ///
    /// # Errors
    /// The database, or the log of what was sent; [`crate::delivery::LogError::Busy`] while another process sends. What becomes of a
    /// message is in the outbox.
    pub fn deliver(&self, anyway: bool, stopped: impl Fn() -> bool, moved: impl Fn()) -> Result<Delivered, DeskError> {
        let is_rehearsal = self.mailing.is_rehearsal();
        let (waiting, counts, is_told, was_away) = self.store.read::<_, StoreError>(|reader| {
            let was_away = reader.alert_is_raised(SERVER_ALERT)?;
            let is_told = stuck::is_told(reader, is_rehearsal)?;
            Ok((reader.messages_waiting()?, reader.outbox_counts()?, is_told, was_away))
        })?;
        if !is_told {
            let now = self.now()?;
            self.store.write(|writer| stuck::tell(writer, is_rehearsal, now))?;
        }
        if waiting.is_empty() {
            return Ok(Delivered { held: held_of(&counts), ..Delivered::default() });
        }
        tokio::task::block_in_place(|| {
            let server = self.outbox_server()?;
            let mut post = Post::open(&self.store, self.mailing.smtp.as_ref())?;
            post.log().name(&server)?;
            let mut round = Round { desk: self, post, reached: BTreeMap::new(), server: None };
            for message in &waiting {
                if stopped() {
                    break;
                }
                round.take(message.id, anyway)?;
                moved();
            }
            // The server is back: what waited for it waits no longer.
            if was_away && matches!(round.server, Some(Ok(()))) {
                for message in &waiting {
                    if stopped() {
                        break;
                    }
                    if !round.reached.contains_key(&message.id) {
                        round.take(message.id, true)?;
                        moved();
                    }
                }
            }
            round.end()
        })
    }
}

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
        let content = self.desk.store.read::<_, StoreError>(|reader| content_of(reader, &message))?;
        let content = content.as_deref();
        let seen = self.post.log().seen(&message.message_id);
        if let Some(progress) = seen_in_log(&message.progress, &seen, content, now) {
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
            Via::Smtp => self.mail(&mut message, content, now),
            Via::Directory => self.put(&message, content, now),
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
    fn mail(&mut self, message: &mut Message, content: Option<&str>, now: Timestamp) -> Result<Outcome, Refusal> {
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
            let (said, limit) = match self.post.mail(message, content, (&letter, &mime), now)? {
                Tried::Ended(outcome) => {
                    self.server = Some(match self.post.silence() {
                        Some(trouble) => Err((trouble.to_string(), trouble.hint())),
                        None => Ok(()),
                    });
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
        let files = self.desk.store.read::<_, StoreError>(|reader| kept_files(reader, message))?;
        let mut letter = letter.clone();
        let content = |wanted: &Enclosure| {
            let kept = files.iter().find(|kept| kept.format == wanted.format && kept.sha256 == wanted.sha256);
            kept.and_then(|kept| kept.content.as_deref()).unwrap_or_default()
        };
        if letter.files.iter().any(|file| content(file).len() as u64 != file.size) {
            return Ok(None);
        }
        let mime = letter.compose(content, &message.message_id, message.created_at)?;
        let json = serde_json::to_string(&letter).map_err(|_| Trouble::Letter)?;
        self.desk.store.write::<_, StoreError>(|writer| writer.message_remake(message.id, &json, &mime))?;
        Ok(Some((letter, mime)))
    }

    fn put(&mut self, message: &Message, content: Option<&str>, now: Timestamp) -> Result<Outcome, Refusal> {
        let read = |reader: &Reader<'_>| Ok((reader.message_letter(message.id)?, kept_files(reader, message)?));
        let (wanted, kept) = self.desk.store.read::<_, StoreError>(read)?;
        let wanted: Vec<Enclosure> = match read_letter(&wanted) {
            Ok(wanted) => wanted,
            Err(trouble) => return Ok(Outcome::RefusedForGood(trouble.to_string())),
        };
        let mut files = Vec::new();
        for file in &wanted {
            let found = kept.iter().find(|kept| kept.format == file.format && kept.sha256 == file.sha256);
            let Some(bytes) = found.and_then(|kept| kept.content.as_deref()) else {
                return Ok(Outcome::RefusedForGood(format!(
                    "{} : ses octets ne sont plus ceux de son empreinte",
                    file.name
                )));
            };
            files.push((file.name.as_str(), bytes));
        }
        Ok(self.post.put(message, content, &files, now))
    }

    /// Writes down how far a message has come, and counts it.
    fn record(&mut self, message: &mut Message, progress: Progress, now: Timestamp) -> Result<(), DeskError> {
        let Self { desk, reached, .. } = self;
        let recorded = desk.store.write::<_, StoreError>(|writer| {
            writer.message_progress(message.id, &progress)?;
            stuck::tell(writer, desk.mailing.is_rehearsal(), now)?;
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
/// The files of the document that a message brings.
fn kept_files(reader: &Reader<'_>, message: &Message) -> Result<Vec<ExportFile>, StoreError> {
    let key = &message.key;
    reader.export_files(key.kind.code(), &key.period, key.revision)
}
