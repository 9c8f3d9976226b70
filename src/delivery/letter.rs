//! What a message is made from, and the making of it: pure. The same letter, files and limit give the same bytes.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use lettre::Address;
use lettre::message::header::{ContentTransferEncoding, ContentType, Header, HeaderName, HeaderValue};
use lettre::message::{Attachment, Body, Mailbox as MailMailbox, Message, MultiPart, SinglePart};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Trouble;
use crate::domain::mailbox::Mailbox;
use crate::domain::text::{grouped, hexadecimal};
use crate::store::MessageKey;

/// What a message is made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// Who sends it.
    pub from: Mailbox,
    /// Who gets the answers, when it is somebody else.
    pub reply_to: Option<Mailbox>,
    /// Who gets it.
    pub to: Mailbox,
    /// Of a rehearsal: whom it would be for.
    pub rehearsed_for: Option<String>,
    /// The subject.
    pub subject: String,
    /// What it says before its files, in lines.
    pub text: String,
    /// Its files.
    pub files: Vec<Enclosure>,
    /// The largest message that may be made of it, in bytes.
    pub max_bytes: u64,
    /// The names of the files that are not in the message: they made it too large.
    pub left_out: Vec<String>,
}

/// A file of a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosure {
    /// `xlsx`, `csv`…
    pub format: String,
    /// The name it has.
    pub name: String,
    /// Hexadecimal SHA-256 of its bytes.
    pub sha256: String,
    /// How many there are.
    pub size: u64,
    /// Where it lies here.
    pub path: String,
}

/// The name of a message, from what there is one of for ever and the connector that sends it.
#[must_use]
pub fn message_id(key: &MessageKey, server: &str) -> String {
    let MessageKey { address, kind, departement, period, revision, rehearsal } = key;
    let departement = departement.as_deref().unwrap_or_default();
    let rehearsal = if *rehearsal { "repetition" } else { "" };
    let said = format!("{server}\n{address}\n{kind}\n{departement}\n{period}\n{revision}\n{rehearsal}");
    format!("<{}@{server}.fitn-connector>", hexadecimal(&Sha256::digest(said)))
}

/// Mail that a program sends is not answered by programs (RFC 3834).
#[derive(Debug, Clone)]
struct AutoSubmitted(String);

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }
    fn parse(text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self(text.to_owned()))
    }
    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), self.0.clone())
    }
}

impl Letter {
    /// Makes the message, with line ends as mail has them. `content` gives the bytes of a file. Where it would be too large, it goes
    /// without its largest files, and says which and where they are.
    ///
    /// # Errors
    /// [`Trouble::Letter`]: no letter met so far, unless a file cannot be read.
    pub fn compose(
        &mut self,
        content: impl Fn(&Enclosure) -> io::Result<Vec<u8>>,
        message_id: &str,
        dated: Timestamp,
    ) -> Result<Vec<u8>, Trouble> {
        self.left_out.clear();
        loop {
            let largest = self.enclosed().max_by_key(|file| file.size).map(|file| file.name.clone());
            // In mail three bytes take four: files that are too large by themselves are not even read.
            let at_least = self.enclosed().map(|file| file.size.div_ceil(3).saturating_mul(4)).sum::<u64>();
            let mime = (at_least <= self.max_bytes).then(|| self.mime(&content, message_id, dated)).transpose()?;
            match (mime, largest) {
                (Some(mime), None) => return Ok(mime),
                (Some(mime), Some(_)) if mime.len() as u64 <= self.max_bytes => return Ok(mime),
                (_, Some(largest)) => self.left_out.push(largest),
                // Without files, it goes however large it is.
                (None, None) => return self.mime(&content, message_id, dated),
            }
        }
    }

    /// The files that are in the message.
    pub fn enclosed(&self) -> impl Iterator<Item = &Enclosure> {
        self.files.iter().filter(|file| !self.left_out.contains(&file.name))
    }

    fn mime(
        &self,
        content: &impl Fn(&Enclosure) -> io::Result<Vec<u8>>,
        message_id: &str,
        dated: Timestamp,
    ) -> Result<Vec<u8>, Trouble> {
        let mut message = Message::builder()
            .message_id(Some(message_id.to_owned()))
            .date(system_time(dated))
            .from(mail_mailbox(&self.from)?)
            .to(mail_mailbox(&self.to)?)
            .subject(&self.subject)
            .header(AutoSubmitted("auto-generated".to_owned()));
        if let Some(reply_to) = &self.reply_to {
            message = message.reply_to(mail_mailbox(reply_to)?);
        }
        // Nothing in a message is left to chance.
        let boundary = hexadecimal(&Sha256::digest(message_id).as_slice()[..16]);
        let mut parts = MultiPart::mixed().boundary(boundary).singlepart(SinglePart::plain(self.body()));
        for file in self.enclosed() {
            let body =
                Body::new_with_encoding(content(file).map_err(|_| Trouble::Letter)?, ContentTransferEncoding::Base64);
            let body = body.map_err(|_| Trouble::Letter)?;
            parts = parts.singlepart(Attachment::new(file.name.clone()).body(body, content_type(&file.format)?));
        }
        Ok(message.multipart(parts).map_err(|_| Trouble::Letter)?.formatted())
    }

    /// The text, with what there is to say of the files.
    #[must_use]
    pub fn body(&self) -> String {
        let mut text = String::new();
        if let Some(address) = &self.rehearsed_for {
            let _ = write!(
                text,
                "RÉPÉTITION : ce message est pour {address}, qui ne l’a pas reçu.\nIl ne compte pas comme envoyé.\n\n"
            );
        }
        text.push_str(self.text.trim_end());
        text.push('\n');
        let (joined, left): (Vec<&Enclosure>, Vec<&Enclosure>) =
            self.files.iter().partition(|file| !self.left_out.contains(&file.name));
        let mut list = |title: &str, files: &[&Enclosure], with_path: bool| {
            if files.is_empty() {
                return;
            }
            let _ = write!(text, "\n{title}\n");
            for file in files {
                let _ = writeln!(text, "- {} ({} octets)", file.name, grouped(file.size));
                if with_path {
                    let _ = writeln!(text, "  sur le serveur de la préfecture : {}", file.path);
                }
                let _ = writeln!(text, "  SHA-256 : {}", file.sha256);
            }
        };
        list("Fichiers joints", &joined, false);
        list("Fichiers NON joints : le message aurait été trop gros", &left, true);
        if !self.files.is_empty() {
            text.push_str(
                "\nPour vérifier un fichier, recalculez son empreinte : elle doit être celle écrite ci-dessus.\n\
                 - Windows : certutil -hashfile FICHIER SHA256\n\
                 - Linux : sha256sum FICHIER\n\
                 À la préfecture, « fitn verify FICHIER » dit aussi ce qui diffère dans un fichier qui a été modifié.\n",
            );
        }
        let answers = if self.reply_to.is_some() {
            ""
        } else {
            "\nNe répondez pas à ce message : il est écrit par un programme."
        };
        let _ = write!(text, "\n--\nMessage automatique du connecteur FITN.{answers}\n");
        text
    }
}

fn mail_mailbox(mailbox: &Mailbox) -> Result<MailMailbox, Trouble> {
    Ok(MailMailbox::new(mailbox.name.clone(), mail_address(mailbox)?))
}

/// The address as the library for mail has it.
pub(super) fn mail_address(mailbox: &Mailbox) -> Result<Address, Trouble> {
    Address::new(mailbox.local(), mailbox.domain()).map_err(|_| Trouble::Address(mailbox.address()))
}

fn system_time(at: Timestamp) -> SystemTime {
    let seconds = u64::try_from(at.as_second()).unwrap_or_default();
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

fn content_type(format: &str) -> Result<ContentType, Trouble> {
    let name = match format {
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "ods" => "application/vnd.oasis.opendocument.spreadsheet",
        "csv" => "text/csv; charset=utf-8",
        "json" => "application/json",
        "html" => "text/html; charset=utf-8",
        "pdf" => "application/pdf",
        _ => "application/octet-stream",
    };
    ContentType::parse(name).map_err(|_| Trouble::Letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::message::MessageKind;

    fn key() -> MessageKey {
        MessageKey {
            address: "demat-ads@example.gouv.fr".to_owned(),
            kind: MessageKind::MonthlyList,
            departement: None,
            period: "2021-09".to_owned(),
            revision: 0,
            rehearsal: false,
        }
    }

    fn enclosure(name: &str, size: usize) -> Enclosure {
        let format = name.rsplit('.').next().unwrap().to_owned();
        Enclosure {
            format,
            name: name.to_owned(),
            sha256: "ab".repeat(32),
            size: size as u64,
            path: format!("/srv/{name}"),
        }
    }

    fn letter() -> Letter {
        Letter {
            from: "FITN Île-de-France <fitn@example.gouv.fr>".parse().unwrap(),
            reply_to: None,
            to: "demat-ads@example.gouv.fr".parse().unwrap(),
            rehearsed_for: None,
            subject: "[FITN] Liste Démat.ADS, septembre 2021".to_owned(),
            text: "Bonjour,\n.point au début\n".to_owned(),
            files: vec![enclosure("liste.xlsx", 3000), enclosure("liste.csv", 300)],
            max_bytes: 1_000_000,
            left_out: Vec::new(),
        }
    }

    const CONTENT: [u8; 3000] = [b'x'; 3000];

    fn compose(letter: &mut Letter) -> String {
        let size = |file: &Enclosure| usize::try_from(file.size).unwrap();
        let dated = "2021-10-01T06:00:00.9Z".parse().unwrap();
        let mime = letter.compose(|file| Ok(CONTENT[..size(file)].to_vec()), "<id@fitn>", dated).unwrap();
        assert!(mime.is_ascii());
        String::from_utf8(mime).unwrap()
    }

    #[test]
    fn the_same_letter_is_the_same_message_and_all_of_it_is_ascii() {
        let mut letter = letter();
        let text = compose(&mut letter);
        assert_eq!(text, compose(&mut letter));
        assert_eq!(letter.left_out, [] as [&str; 0]);
        for line in [
            "Message-ID: <id@fitn>\r\n",
            "Date: Fri, 01 Oct 2021 06:00:00 +0000\r\n",
            "Auto-Submitted: auto-generated\r\n",
        ] {
            assert!(text.contains(line), "{line}{text}");
        }
        assert!(text.lines().all(|line| line.len() <= 998), "RFC 5322, 2.1.1");
    }

    #[test]
    fn too_large_it_loses_its_largest_files_first_and_says_where_they_are() {
        let left_out = |max_bytes| {
            let mut letter = Letter { max_bytes, ..letter() };
            compose(&mut letter);
            letter.left_out
        };
        assert_eq!(left_out(3000), ["liste.xlsx"]);
        assert_eq!(left_out(100), ["liste.xlsx", "liste.csv"]);
        let bare = Letter { left_out: left_out(100), ..letter() };
        let body = bare.body();
        assert!(
            body.contains("NON joints") && body.contains("/srv/liste.csv") && !body.contains("Fichiers joints"),
            "{body}"
        );
    }

    #[test]
    fn a_message_has_one_name_for_ever_and_a_rehearsal_another() {
        let id = message_id(&key(), "0123456789abcdef");
        assert_eq!(id, message_id(&key(), "0123456789abcdef"));
        assert!(id.starts_with('<') && id.ends_with("@0123456789abcdef.fitn-connector>"), "{id}");
        let others = [
            MessageKey { rehearsal: true, ..key() },
            MessageKey { revision: 1, ..key() },
            MessageKey { period: "2021-08".to_owned(), ..key() },
            MessageKey { departement: Some("77".to_owned()), ..key() },
            MessageKey { kind: MessageKind::QuarterlyReport, ..key() },
            MessageKey { address: "autre@example.gouv.fr".to_owned(), ..key() },
        ];
        for other in &others {
            assert_ne!(message_id(other, "0123456789abcdef"), id, "{other:?}");
        }
        assert_ne!(message_id(&key(), "autre"), id);
    }
}
