//! Who is sent what, and the messages that a kept document puts into the outbox.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::document::{Kind, Rendered, RenderedFile};
use super::doubts::KeptFile;
use super::outbox::read_letter;
use super::{Desk, DeskError, Thresholds, stuck};
use crate::delivery::{Enclosure, Letter, SendLog, Smtp, Trouble, message_id};
use crate::domain::mailbox::Mailbox;
use crate::domain::message::MessageKind;
use crate::domain::period::Sitting;
use crate::domain::text::hexadecimal;
use crate::files::{Written, directory_of};
use crate::store::{Message, MessageKey, NewMessage, StoreError, Via};

/// Why a message waits while everything goes to one address.
pub(super) const REHEARSED: &str = "répétition : préparé avec « redirect_to », il ne part pas de lui-même";
/// Why a message of a delivery that a person releases waits.
const ALWAYS_HELD: &str = "cette livraison attend à chaque fois une personne (« hold = true »)";

/// Why a message waits that a document kept before its delivery brings.
const ADDED_LATER: &str = "destinataire ajouté ou corrigé après coup : le document était déjà conservé";
/// How each subject begins.
const SUBJECT: &str = "[FITN] ";
/// How each letter begins.
const GREETING: &str = "Bonjour,\n\n";

/// How messages leave, and to whom.
#[derive(Debug, Clone, Default)]
pub struct Mailing {
    /// The mail server; none: nothing goes by mail.
    pub smtp: Option<Smtp>,
    /// Who sends.
    pub sender: Option<Sender>,
    /// Who is sent what.
    pub deliveries: Vec<Delivery>,
    /// What holds a message for a person before it goes.
    pub thresholds: Thresholds,
}

/// Who sends.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The address that mail comes from.
    pub from: Mailbox,
    /// Who gets the answers, when it is somebody else.
    pub reply_to: Option<Mailbox>,
    /// A rehearsal: everything goes there.
    pub redirect_to: Option<Mailbox>,
    /// The largest message, in bytes.
    pub max_message_bytes: u64,
}

/// Who is sent what.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// What is sent.
    pub kind: MessageKind,
    /// Only what is about the dossiers of this département; none: of all.
    pub departement: Option<String>,
    /// To whom.
    pub recipients: Recipients,
    /// In which formats.
    pub formats: Vec<String>,
    /// A person lets each message go.
    pub hold: bool,
}

/// Where a delivery goes.
#[derive(Debug, Clone)]
pub enum Recipients {
    /// By mail, one message each.
    Mailboxes(Vec<Mailbox>),
    /// Into a directory, as files.
    Directory(PathBuf),
}

/// Where one message goes.
#[derive(Clone, Copy)]
enum Place<'a> {
    Mailbox(&'a Mailbox),
    Directory(&'a Path),
}

impl Recipients {
    fn places(&self) -> Vec<Place<'_>> {
        match self {
            Self::Mailboxes(mailboxes) => mailboxes.iter().map(Place::Mailbox).collect(),
            Self::Directory(directory) => vec![Place::Directory(directory)],
        }
    }
}

impl Place<'_> {
    /// As in the key of its messages.
    fn address(&self) -> String {
        match self {
            Self::Mailbox(mailbox) => mailbox.key(),
            Self::Directory(directory) => directory.display().to_string(),
        }
    }
}

impl Delivery {
    fn held_for(&self) -> Option<&'static str> {
        self.hold.then_some(ALWAYS_HELD)
    }
}

/// What is said without a document.
pub(super) struct Words {
    /// What it is about: part of what there is one message of, for ever.
    pub period: String,
    /// How many there were before for the same.
    pub revision: u32,
    /// Without the name of the connector.
    pub title: String,
    /// In lines, without a greeting.
    pub text: String,
}

impl Mailing {
    /// Who is sent messages of a kind.
    pub(super) fn deliveries_of(&self, kind: MessageKind) -> impl Iterator<Item = &Delivery> {
        self.deliveries.iter().filter(move |delivery| delivery.kind == kind)
    }

    /// Who is sent a document of a kind: all of them, or those of its département.
    fn deliveries_of_document(&self, kind: MessageKind, code: &str) -> impl Iterator<Item = &Delivery> {
        let of = departement_of(kind, code);
        self.deliveries_of(kind).filter(move |delivery| delivery.departement.is_none() || delivery.departement == of)
    }

    /// Whether nothing goes to those it is for.
    pub(super) fn is_rehearsal(&self) -> bool {
        self.redirect_to().is_some()
    }

    /// Where everything goes while this is a rehearsal.
    pub(super) fn redirect_to(&self) -> Option<&Mailbox> {
        self.sender.as_ref()?.redirect_to.as_ref()
    }
}

impl Desk {
    /// The messages that bring a document to those who are sent it. In a rehearsal, one more each, to the one who tries; those to the
    /// recipients wait.
    pub(super) fn messages_for(
        &self,
        kind: &Kind,
        code: &str,
        revision: u32,
        directory: &Path,
        rendered: &Rendered,
        now: Timestamp,
    ) -> Result<Vec<NewMessage>, DeskError> {
        let mut messages = Vec::new();
        for delivery in self.mailing.deliveries_of_document(kind.message, code) {
            let files: Vec<&RenderedFile> = rendered
                .files
                .iter()
                .filter(|file| delivery.formats.iter().any(|format| format == file.format))
                .collect();
            let enclosures = files.iter().map(|file| enclosure(file, directory)).collect();
            let summary = &rendered.summary;
            let text = format!("{}\n\n{}", summary.opening, summary.lines.join("\n"));
            let contents = files.iter().map(|file| (file.file_name.as_str(), &file.content)).collect();
            let (held_for, title) = (delivery.held_for(), &summary.title);
            let draft = Draft { desk: self, held_for, title, text: &text, files: contents, enclosures, now };
            for place in delivery.recipients.places() {
                let key = MessageKey {
                    address: place.address(),
                    kind: kind.message,
                    departement: departement_of(kind.message, code),
                    period: code.to_owned(),
                    revision,
                    rehearsal: false,
                };
                messages.extend(draft.messages(place, key)?);
            }
        }
        Ok(messages)
    }

    /// Puts into the outbox what a document that is kept already brings to those who were not sent it: a delivery that was added or
    /// mended since. A person lets each go. What it says is what was said to the others; where it went to nobody, nothing is put.
    pub(super) fn add_missing_messages(&self, kind: &Kind, code: &str, revision: u32) -> Result<(), DeskError> {
        let now = self.now()?;
        let known = self.store.read::<_, DeskError>(|reader| {
            let is_of_it = |message: &Message| {
                let key = &message.key;
                key.kind == kind.message && key.period == code && key.revision == revision && !key.rehearsal
            };
            let messages: Vec<Message> = reader.messages()?.into_iter().filter(is_of_it).collect();
            let Some(mailed) = messages.iter().find(|message| message.via == Via::Smtp) else { return Ok(None) };
            let letter: Letter = read_letter(&reader.message_letter(mailed.id)?)?;
            let addresses: Vec<String> = messages.into_iter().map(|message| message.key.address).collect();
            Ok(Some((letter, addresses, KeptFile::all(reader, kind.code, code, revision)?)))
        })?;
        let Some((letter, addresses, kept)) = known else { return Ok(()) };
        let title = letter.subject.strip_prefix(SUBJECT).unwrap_or(&letter.subject);
        let text = letter.text.strip_prefix(GREETING).unwrap_or(&letter.text);
        let directory = letter.files.first().map_or(Path::new(""), |file| directory_of(Path::new(&file.path)));
        let mut messages = Vec::new();
        for delivery in self.mailing.deliveries_of_document(kind.message, code) {
            let enclosures: Vec<Enclosure> =
                letter_files(kind, delivery, &kept).map(|(_, file)| kept_enclosure(file, directory)).collect();
            let files = letter_files(kind, delivery, &kept)
                .filter_map(|(_, kept)| Some((kept.file.file_name.as_str(), kept.content.as_ref()?)));
            let draft =
                Draft { desk: self, held_for: Some(ADDED_LATER), title, text, files: files.collect(), enclosures, now };
            for place in delivery.recipients.places() {
                let address = place.address();
                if addresses.contains(&address) || draft.files.len() != draft.enclosures.len() {
                    continue;
                }
                let (kind, period, departement) = (kind.message, code.to_owned(), departement_of(kind.message, code));
                let key = MessageKey { address, kind, departement, period, revision, rehearsal: false };
                messages.extend(draft.messages(place, key)?);
            }
        }
        if messages.is_empty() {
            return Ok(());
        }
        Ok(self.store.write::<_, StoreError>(|writer| {
            for message in &messages {
                writer.message_put(message, now)?;
            }
            stuck::tell(writer, self.mailing.is_rehearsal(), now)
        })?)
    }

    /// The messages that say something to those of a delivery. In a rehearsal only the one who tries gets them: what words say is
    /// soon over, and nobody lets them go later.
    pub(super) fn messages_of_words(
        &self,
        delivery: &Delivery,
        words: &Words,
        now: Timestamp,
    ) -> Result<Vec<NewMessage>, DeskError> {
        let Recipients::Mailboxes(mailboxes) = &delivery.recipients else { return Ok(Vec::new()) };
        let Words { period, revision, title, text } = words;
        let held_for = delivery.held_for();
        let draft = Draft { desk: self, held_for, title, text, files: Vec::new(), enclosures: Vec::new(), now };
        let mut messages = Vec::new();
        for mailbox in mailboxes {
            let key = MessageKey {
                address: mailbox.key(),
                kind: delivery.kind,
                departement: delivery.departement.clone(),
                period: period.clone(),
                revision: *revision,
                rehearsal: false,
            };
            let made = draft.messages(Place::Mailbox(mailbox), key)?;
            let is_rehearsed = made.iter().any(|message| message.key.rehearsal);
            messages.extend(made.into_iter().filter(|message| message.key.rehearsal == is_rehearsed));
        }
        Ok(messages)
    }

    /// What names this connector in its messages: made once, and kept in the database and in the log of what was sent, where a
    /// database begun anew finds it again.
    pub(super) fn outbox_server(&self) -> Result<String, DeskError> {
        if let Some(server) = self.store.read::<_, StoreError>(|reader| reader.outbox_server())? {
            return Ok(server);
        }
        let mut log = SendLog::open(self.store.path())?;
        let fresh = || hexadecimal(&fastrand::u64(..).to_be_bytes());
        let known = log.server().map_or_else(fresh, str::to_owned);
        let server = self.store.write::<_, StoreError>(|writer| writer.outbox_server(&known))?;
        log.name(&server)?;
        Ok(server)
    }
}

/// The département that a document is about; none of one that is about the région.
fn departement_of(kind: MessageKind, code: &str) -> Option<String> {
    let sitting = code.parse::<Sitting>().ok().filter(|_| kind == MessageKind::Committee)?;
    Some(sitting.departement)
}

fn enclosure(file: &RenderedFile, directory: &Path) -> Enclosure {
    Enclosure {
        format: file.format.to_owned(),
        name: file.file_name.clone(),
        sha256: file.content.sha256().to_owned(),
        size: file.content.size(),
        path: directory.join(&file.file_name).display().to_string(),
    }
}

/// The files of a kept document that a delivery brings.
fn letter_files<'a>(
    kind: &Kind,
    delivery: &'a Delivery,
    kept: &'a [KeptFile],
) -> impl Iterator<Item = (&'static str, &'a KeptFile)> {
    let formats =
        kind.message.formats().iter().filter(|format| delivery.formats.iter().any(|wanted| wanted == *format));
    formats.filter_map(|format| Some((*format, kept.iter().find(|kept| kept.file.format == *format)?)))
}

fn kept_enclosure(KeptFile { file, content }: &KeptFile, directory: &Path) -> Enclosure {
    Enclosure {
        format: file.format.clone(),
        name: file.file_name.clone(),
        sha256: file.sha256.clone(),
        size: content.as_ref().map_or(0, Written::size),
        path: directory.join(&file.file_name).display().to_string(),
    }
}

/// What the messages of one delivery have in common.
struct Draft<'a> {
    desk: &'a Desk,
    /// Why a person lets each message go; none: they go by themselves.
    held_for: Option<&'static str>,
    title: &'a str,
    text: &'a str,
    /// Names and contents.
    files: Vec<(&'a str, &'a Written)>,
    enclosures: Vec<Enclosure>,
    now: Timestamp,
}

impl Draft<'_> {
    fn messages(&self, place: Place<'_>, key: MessageKey) -> Result<Vec<NewMessage>, DeskError> {
        let redirect_to = self.desk.mailing.redirect_to();
        let mut reasons = Vec::new();
        reasons.extend(redirect_to.map(|_| REHEARSED.to_owned()));
        reasons.extend(self.held_for.map(str::to_owned));
        let mut messages = Vec::new();
        if let Some(tester) = redirect_to {
            let rehearsed_for = match place {
                Place::Mailbox(mailbox) => mailbox.address(),
                Place::Directory(directory) => format!("le répertoire {}", directory.display()),
            };
            let key = MessageKey { rehearsal: true, ..key.clone() };
            messages.push(self.mail(tester, Some(rehearsed_for), key, Vec::new())?);
        }
        messages.push(match place {
            Place::Mailbox(mailbox) => self.mail(mailbox, None, key, reasons)?,
            Place::Directory(_) => self.put(key, reasons)?,
        });
        Ok(messages)
    }

    fn subject(&self) -> String {
        format!("{SUBJECT}{}", self.title)
    }

    fn mail(
        &self,
        to: &Mailbox,
        rehearsed_for: Option<String>,
        key: MessageKey,
        reasons: Vec<String>,
    ) -> Result<NewMessage, DeskError> {
        let Some(sender) = &self.desk.mailing.sender else { return Err(Trouble::Letter.into()) };
        let mut letter = Letter {
            from: sender.from.clone(),
            reply_to: sender.reply_to.clone(),
            to: to.clone(),
            rehearsed_for,
            subject: self.subject(),
            text: format!("{GREETING}{}\n", self.text.trim_end()),
            files: self.enclosures.clone(),
            max_bytes: sender.max_message_bytes,
            left_out: Vec::new(),
        };
        let message_id = message_id(&key, &self.desk.outbox_server()?);
        let content = |wanted: &Enclosure| {
            let file = self.files.iter().find(|(name, _)| *name == wanted.name);
            file.map_or(Ok(Vec::new()), |(_, content)| content.to_vec())
        };
        let mime = letter.compose(content, &message_id, self.now)?;
        Ok(NewMessage {
            key,
            via: Via::Smtp,
            reasons,
            message_id,
            subject: letter.subject.clone(),
            size: mime.len() as u64,
            letter: as_json(&letter)?,
            mime,
        })
    }

    fn put(&self, key: MessageKey, reasons: Vec<String>) -> Result<NewMessage, DeskError> {
        let message_id = message_id(&key, &self.desk.outbox_server()?);
        Ok(NewMessage {
            key,
            via: Via::Directory,
            reasons,
            message_id,
            subject: self.subject(),
            size: self.enclosures.iter().map(|file| file.size).sum(),
            letter: as_json(&self.enclosures)?,
            mime: Vec::new(),
        })
    }
}

/// What a message is made from, as it is kept.
pub(super) fn as_json(value: &impl serde::Serialize) -> Result<String, DeskError> {
    serde_json::to_string(value).map_err(|_| Trouble::Letter.into())
}
