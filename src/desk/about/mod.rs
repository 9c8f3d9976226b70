//! What is held on a person or a body, and where: the answer to who asks for it, as the law lets everybody do.

mod document;
mod finding;

use jiff::Timestamp;

use super::{Desk, Recipients};
use crate::domain::dossier::DossierNumber;
use crate::domain::sought::Sought;
use crate::reports::dossier_link;
use crate::store::{DossierFilter, DossierLine, Held, HeldCounts, Message, Reader, StoreError};

pub use document::AboutDocument;
use finding::Look;
pub use finding::{Finding, Findings, Span};

/// Something in which what is looked for stands.
#[derive(Debug)]
pub enum About {
    /// A dossier: all that is stored about it was looked through.
    Dossier(Box<AboutDossier>),
    /// A kept document.
    Document(Box<AboutDocument>),
    /// A message that went, or is to go.
    Message(Box<AboutMessage>),
    /// All the rest.
    Elsewhere(Findings),
}

/// A dossier in which it stands.
#[derive(Debug)]
pub struct AboutDossier {
    /// It in one line.
    pub line: DossierLine,
    /// Where in it.
    pub findings: Findings,
    /// How much is kept of it.
    pub counts: HeldCounts,
    /// When it will be erased at the earliest; none as long as DS shows it, or can show it again.
    pub due_at: Option<Timestamp>,
    /// Where DS shows it.
    pub link: String,
}

/// A message in which it stands, or whose recipient it is.
#[derive(Debug)]
pub struct AboutMessage {
    /// The message.
    pub message: Message,
    /// Where in it.
    pub findings: Findings,
}

/// What could not be looked through.
#[derive(Debug, Default)]
pub struct Unread {
    /// Dossiers of which something is damaged.
    pub dossiers: Vec<DossierNumber>,
    /// Files of kept documents that are damaged, or of which no format can be read, by name.
    pub documents: Vec<String>,
}

impl Desk {
    /// Calls `each` with all in which something stands: dossiers by number, then documents, messages, and the rest; from one
    /// snapshot. Nothing is written, and nobody is waited for.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn about<E: From<StoreError>>(
        &self,
        sought: &Sought,
        mut each: impl FnMut(About) -> Result<(), E>,
    ) -> Result<Unread, E> {
        let mut unread = Unread::default();
        self.store.read(|reader| {
            self.about_dossiers(reader, sought, &mut unread, &mut each)?;
            let messages = reader.messages()?;
            document::about(reader, sought, &messages, &mut unread, |document| {
                each(About::Document(Box::new(document)))
            })?;
            self.about_the_rest(reader, sought, messages, &mut each)
        })?;
        Ok(unread)
    }

    fn about_dossiers<E: From<StoreError>>(
        &self,
        reader: &Reader<'_>,
        sought: &Sought,
        unread: &mut Unread,
        each: &mut impl FnMut(About) -> Result<(), E>,
    ) -> Result<(), E> {
        let erasable = reader.dossiers_erasable()?;
        reader.dossiers_listed(&DossierFilter::default(), |line| {
            let number = line.number;
            let mut findings = Look::new(sought);
            let mut is_damaged = false;
            reader.texts_of_dossier(number, |text| is_damaged |= !findings.look(text))?;
            if is_damaged {
                unread.dossiers.push(number);
            }
            let findings = findings.told();
            if findings.told.is_empty() {
                return Ok(());
            }
            let gone = erasable.iter().find(|dossier| dossier.number == number);
            each(About::Dossier(Box::new(AboutDossier {
                counts: reader.held_counts(number)?,
                due_at: gone.and_then(|gone| gone.since.checked_add(self.retention.erase_after).ok()),
                link: dossier_link(&self.site, line.procedure, number),
                line,
                findings,
            })))
        })
    }

    /// Messages, then what is of neither.
    fn about_the_rest<E: From<StoreError>>(
        &self,
        reader: &Reader<'_>,
        sought: &Sought,
        messages: Vec<Message>,
        each: &mut impl FnMut(About) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut of_messages: Vec<(i64, Look<'_>)> = Vec::new();
        let mut elsewhere = Look::new(sought);
        reader.texts_elsewhere(|text| {
            let is_of_message = matches!(text.held, Held::MessageAddress | Held::MessageText | Held::MessageReply);
            let Some(id) = text.name.filter(|_| is_of_message).and_then(|name| name.parse::<i64>().ok()) else {
                elsewhere.look(text);
                return;
            };
            // The most are about nothing that is looked for.
            let mut found = Look::new(sought);
            found.look(text);
            if found.is_none() {
                return;
            }
            match of_messages.iter_mut().find(|(known, _)| *known == id) {
                Some((_, findings)) => findings.join(found),
                None => of_messages.push((id, found)),
            }
        })?;
        self.look_through_the_configuration(&mut elsewhere);
        for message in messages {
            let found = of_messages.iter().position(|(id, _)| *id == message.id);
            if let Some(found) = found {
                let findings = of_messages.swap_remove(found).1.told();
                each(About::Message(Box::new(AboutMessage { message, findings })))?;
            }
        }
        let elsewhere = elsewhere.told();
        if elsewhere.told.is_empty() { Ok(()) } else { each(About::Elsewhere(elsewhere)) }
    }

    /// The addresses that the configuration names.
    fn look_through_the_configuration(&self, elsewhere: &mut Look<'_>) {
        let mailing = &self.mailing;
        for delivery in &mailing.deliveries {
            if let Recipients::Mailboxes(mailboxes) = &delivery.recipients {
                for mailbox in mailboxes {
                    elsewhere.look_at(|| "configuration, destinataire ([[delivery]])".to_owned(), &mailbox.to_string());
                }
            }
        }
        if let Some(sender) = &mailing.sender {
            elsewhere.look_at(|| "configuration, expéditeur ([smtp])".to_owned(), &sender.from.to_string());
            for mailbox in sender.reply_to.iter().chain(&sender.redirect_to) {
                elsewhere.look_at(|| "configuration, autre adresse ([smtp])".to_owned(), &mailbox.to_string());
            }
        }
    }
}
