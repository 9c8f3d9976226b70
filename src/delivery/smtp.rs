//! One conversation with a mail server, step by step: what is certain before the message is handed over, and what is not after.

use std::fmt;
use std::net::ToSocketAddrs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{Certificate, SmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Ehlo, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use secrecy::{ExposeSecret, SecretString};

use super::Outcome;
use super::letter::mail_address;
use super::trouble::{Trouble, is_silence, reply_line, told};
use crate::domain::mailbox::Mailbox;
use crate::files::refusal_in_french;

/// How long the server may take for one answer before the message. RFC 5321 (4.5.3.2) would give it five minutes; what it does not take
/// now it is given again later.
const PATIENCE: Duration = Duration::from_mins(1);
/// How long it may take for the message: what was handed over without an answer is uncertain.
const PATIENCE_WITH_A_MESSAGE: Duration = Duration::from_mins(5);
/// How long to look for an answer that nobody asked for.
const AT_ONCE: Duration = Duration::from_millis(1);
/// How long a connection may take.
const TO_CONNECT: Duration = Duration::from_secs(30);
/// How much of a message is written at a time, in bytes.
const CHUNK: usize = 64 * 1024;
/// Name and password are right (RFC 4954).
const SIGNED_IN: u16 = 235;
/// It asks for a name and a password first.
const SIGN_IN_FIRST: u16 = 530;
/// The message may come (RFC 5321, 4.2.2).
const INVITED: u16 = 354;
/// A message larger than the server takes (RFC 1870; 523 and 534 of some). 552 says of a mailbox that it is full, too (RFC 5321, 4.2.3).
const TOO_LARGE: [u16; 3] = [552, 523, 534];
/// The same, as servers tell it that tell more (RFC 3463).
const TOO_LARGE_ENHANCED: [&str; 2] = ["5.3.4", "5.2.3"];

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Begun plain, then encrypted: refused where the server does not offer it.
    StartTls,
    /// Encrypted from the first byte.
    Wrapped,
    /// Not at all: to this machine only.
    None,
}

/// Finds the password, each time anew: its file may have been renewed. An error is told in French.
#[derive(Clone)]
pub struct PasswordSource(Arc<dyn Fn() -> Result<SecretString, String> + Send + Sync>);

impl PasswordSource {
    /// Found by a function.
    #[must_use]
    pub fn new(find: impl Fn() -> Result<SecretString, String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(find))
    }
}

impl fmt::Debug for PasswordSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordSource")
    }
}

/// A mail server.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: Tls,
    /// Certificates to trust besides those of the system, PEM.
    pub ca_file: Option<PathBuf>,
    /// Whose account is used, and its password; none: the server asks for nothing.
    pub account: Option<(String, PasswordSource)>,
}

impl Smtp {
    /// Host and port.
    #[must_use]
    pub fn server(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Connects, encrypts, signs in: all that comes before a message.
    ///
    /// # Errors
    /// [`Trouble`]: no message was touched.
    pub(super) fn connect(&self) -> Result<Session, Trouble> {
        let server = self.server();
        let failed = |error: Error| Trouble::Connection { server: server.clone(), reason: answered_or_told(&error) };
        // The library would not tell this failure from others.
        if (self.host.as_str(), self.port).to_socket_addrs().map_or(true, |mut found| found.next().is_none()) {
            return Err(Trouble::NoSuchHost(self.host.clone()));
        }
        let tls = match self.tls {
            Tls::None => None,
            Tls::StartTls | Tls::Wrapped => Some(self.trust()?),
        };
        let hello = hello();
        let wrapped = tls.as_ref().filter(|_| self.tls == Tls::Wrapped);
        let address = (self.host.as_str(), self.port);
        let mut connection =
            SmtpConnection::connect(address, Some(TO_CONNECT), &hello, wrapped, None).map_err(failed)?;
        if self.tls == Tls::StartTls
            && let Some(tls) = &tls
        {
            if !connection.can_starttls() {
                return Err(Trouble::NoStartTls { server });
            }
            connection.starttls(tls, &hello).map_err(failed)?;
            let slow = |error| Trouble::Connection { server: server.clone(), reason: refusal_in_french(&error) };
            connection.set_timeout(Some(AT_ONCE)).map_err(slow)?;
            // What came in plain with the answer to STARTTLS, before encryption, would be taken for answers to what is asked after it.
            if !connection.read_response().is_err_and(|error| is_silence(&error)) {
                return Err(Trouble::Unasked { server });
            }
            connection.set_timeout(Some(TO_CONNECT)).map_err(slow)?;
        }
        if let Some((user, password)) = &self.account {
            let password = (password.0)().map_err(Trouble::NoPassword)?;
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            let answer = connection.auth(DEFAULT_MECHANISMS, &credentials).map_err(|error| match error.status() {
                Some(code) if error.is_permanent() => {
                    Trouble::Password { server: server.clone(), reply: format!(" ({code})") }
                }
                _ if error.is_client() => Trouble::Connection {
                    server: server.clone(),
                    reason: "le serveur n’accepte aucun mot de passe (ni PLAIN ni LOGIN)".to_owned(),
                },
                _ => failed(error),
            })?;
            if !answer.has_code(SIGNED_IN) {
                return Err(Trouble::Unasked { server });
            }
        }
        let offered = connection.command(Ehlo::new(hello)).map_err(failed)?;
        let limit = offered.message().find_map(|line| line.strip_prefix("SIZE ")?.trim().parse().ok());
        // What says 0 says nothing (RFC 1870, 4).
        let limit = limit.filter(|limit| *limit > 0);
        connection
            .set_timeout(Some(PATIENCE))
            .map_err(|error| Trouble::Connection { server: server.clone(), reason: refusal_in_french(&error) })?;
        Ok(Session { connection, limit, is_usable: true, is_silent: false })
    }

    fn trust(&self) -> Result<TlsParameters, Trouble> {
        let mut parameters = TlsParameters::builder(self.host.clone());
        if let Some(path) = &self.ca_file {
            let unreadable = |reason: String| Trouble::Certificates { path: path.clone(), reason };
            let pem = std::fs::read(path).map_err(|error| unreadable(refusal_in_french(&error)))?;
            let invalid = |_| unreadable("ce n’est pas un fichier PEM de certificats".to_owned());
            parameters = parameters.add_root_certificate(Certificate::from_pem(&pem).map_err(invalid)?);
        }
        parameters.build_rustls().map_err(|error| Trouble::Connection { server: self.server(), reason: told(&error) })
    }
}

/// An open conversation.
pub(super) struct Session {
    connection: SmtpConnection,
    /// The largest message that the server takes, in bytes, when it says so.
    pub limit: Option<u64>,
    /// The server still listens.
    pub is_usable: bool,
    /// It left something unanswered for as long as it may.
    pub is_silent: bool,
}

/// How a hand-over ended.
pub(super) enum HandOver {
    /// As for the message.
    Ended(Outcome),
    /// The server takes no message that large; it was not taken.
    TooLarge(String),
}

/// What the server answers to a command that it takes: another answer, although no refusal, is one to something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    /// 250 and its like.
    Done,
    /// 354: it waits for the message.
    GoOn,
}

impl Expected {
    fn is_met(self, response: &Response) -> bool {
        match self {
            Self::Done => response.code().severity == Severity::PositiveCompletion,
            Self::GoOn => response.has_code(INVITED),
        }
    }
}

/// What an answer of the server is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Message,
    Recipient,
}

/// Whether a refusal says that the message is too large, and not that a mailbox is full.
fn is_too_large(code: u16, said: &str, about: About) -> bool {
    // « 552 5.3.4 … »
    let is_enhanced =
        |word: &&str| word.split('.').count() == 3 && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let enhanced = said.split(' ').nth(1).filter(is_enhanced);
    TOO_LARGE.contains(&code) && enhanced.map_or(about == About::Message, |word| TOO_LARGE_ENHANCED.contains(&word))
}

impl Session {
    /// Hands a message over. `announce` is called when everything that comes before it was accepted, and the message is given to the
    /// server only once it has returned: what it noted is known whatever happens then.
    ///
    /// # Errors
    /// What `announce` says: nothing was handed over.
    pub fn hand_over<E>(
        &mut self,
        (from, to): (&Mailbox, &Mailbox),
        mime: &[u8],
        announce: impl FnOnce() -> Result<(), E>,
    ) -> Result<HandOver, E> {
        let (from, to) = match (mail_address(from), mail_address(to)) {
            (Ok(from), Ok(to)) => (from, to),
            (Err(trouble), _) | (_, Err(trouble)) => {
                return Ok(HandOver::Ended(Outcome::RefusedForGood(trouble.to_string())));
            }
        };
        let size = self.limit.map(|_| MailParameter::Size(mime.len()));
        let begun = self.connection.command(Mail::new(Some(from), size.into_iter().collect()));
        if let Some(refused) = self.other_than(Expected::Done, begun, About::Message) {
            return Ok(refused);
        }
        let addressed = self.connection.command(Rcpt::new(to, Vec::new()));
        if let Some(refused) = self.other_than(Expected::Done, addressed, About::Recipient) {
            return Ok(refused);
        }
        announce()?;
        let invited = self.connection.command(Data);
        if let Some(refused) = self.other_than(Expected::GoOn, invited, About::Message) {
            return Ok(refused);
        }
        if let Err(error) = self.connection.set_timeout(Some(PATIENCE_WITH_A_MESSAGE)) {
            self.is_usable = false;
            return Ok(HandOver::Ended(Outcome::RefusedForNow(refusal_in_french(&error))));
        }
        let mut is_whole = false;
        let mut chunks = mime.strip_suffix(b"\r\n").unwrap_or(mime).chunks(CHUNK);
        // The last dot follows once there are no more.
        let counted = std::iter::from_fn(|| {
            let chunk = chunks.next();
            is_whole |= chunk.is_none();
            chunk
        });
        let answer = self.connection.message_iter(counted);
        self.is_usable = self.connection.set_timeout(Some(PATIENCE)).is_ok();
        Ok(match answer {
            Ok(response) if Expected::Done.is_met(&response) => HandOver::Ended(Outcome::Accepted(reply(&response))),
            Ok(response) => {
                self.is_usable = false;
                HandOver::Ended(Outcome::Unanswered(format!(
                    "remis au serveur, qui répond hors de propos : {}",
                    reply(&response)
                )))
            }
            Err(error) if error.status().is_some() || !is_whole => self.refused(&error, About::Message),
            Err(error) => {
                (self.is_usable, self.is_silent) = (false, is_silence(&error));
                let reason = told(&error);
                HandOver::Ended(Outcome::Unanswered(format!("remis au serveur, sans réponse : {reason}")))
            }
        })
    }

    /// How the hand-over ends with an answer that is not the one to go on with.
    fn other_than(&mut self, expected: Expected, answer: Result<Response, Error>, about: About) -> Option<HandOver> {
        match answer {
            Ok(response) if expected.is_met(&response) => None,
            Ok(response) => {
                self.is_usable = false;
                let said = format!("le serveur répond hors de propos : {}", reply(&response));
                Some(HandOver::Ended(Outcome::RefusedForNow(said)))
            }
            Err(error) => Some(self.refused(&error, about)),
        }
    }

    /// What a refusal is, and whether the conversation may go on.
    fn refused(&mut self, error: &Error, about: About) -> HandOver {
        let said = answered_or_told(error);
        let code = error.status().map(u16::from);
        // 421: the server ends the conversation.
        self.is_usable = code.is_some_and(|code| code != 421) && self.connection.command(Rset).is_ok();
        self.is_silent = is_silence(error);
        if code.is_some_and(|code| is_too_large(code, &said, about)) {
            return HandOver::TooLarge(said);
        }
        // 530: it asks for an account, and would of each message (RFC 4954).
        HandOver::Ended(if error.is_permanent() && code != Some(SIGN_IN_FIRST) {
            Outcome::RefusedForGood(said)
        } else {
            Outcome::RefusedForNow(said)
        })
    }

    /// Ends it as one should; nothing depends on the answer.
    pub fn end(mut self) {
        let _ = self.connection.set_timeout(Some(TO_CONNECT));
        if self.is_usable {
            let _ = self.connection.quit();
        }
    }
}

fn reply(response: &Response) -> String {
    reply_line(response.code(), &response.message().collect::<Vec<_>>().join(" "))
}

/// What the server answered, or why it could not.
fn answered_or_told(error: &Error) -> String {
    match error.status() {
        Some(code) => {
            let text = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
            reply_line(code, &text)
        }
        None => told(error),
    }
}

/// How this machine names itself: servers ask for a name, and refuse some that are none.
fn hello() -> ClientId {
    // The service does not see /proc/sys.
    let system = rustix::system::uname();
    let name = system.nodename().to_str().unwrap_or_default();
    let is_name = !name.is_empty()
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
        && !name.starts_with(['-', '.']);
    if is_name { ClientId::Domain(name.to_owned()) } else { ClientId::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_is_too_large_is_told_from_a_mailbox_that_is_full() {
        for (said, about, expected) in [
            ("552 5.3.4 Message size exceeds fixed limit", About::Message, true),
            ("552 5.2.3 trop long pour cette boîte", About::Recipient, true),
            ("552 Message size exceeds maximum", About::Message, true),
            ("552 Requested mail action aborted: exceeded storage allocation", About::Recipient, false),
            ("552 5.2.2 boîte pleine", About::Message, false),
            ("534 5.3.4 trop gros", About::Message, true),
            ("550 5.3.4 trop gros", About::Message, false),
        ] {
            assert_eq!(is_too_large(said[..3].parse().unwrap(), said, about), expected, "{said}");
        }
    }
}
