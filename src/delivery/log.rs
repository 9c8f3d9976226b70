//! The log of what was sent, beside the database: lines that are only ever added, each on the disk before what it announces is
//! done. A database that is restored from an older copy does not know what was sent since; this file does. It is also the lock
//! by which one process sends at a time.
//!
//! A line: the instant, what happens, the Message-ID, and the SHA-256 of what the document says that the message brings.

use std::collections::HashMap;
use std::fs::TryLockError;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::instant::to_rfc3339;
use crate::files::{LineKind, OwnLines, refusal_in_french};

/// Hexadecimal digits of a SHA-256.
const SHA256_LEN: usize = 64;

/// The log of what was sent.
pub static SENT: LineKind = LineKind {
    label: "journal des envois",
    suffix: ".envois",
    remark: "# messages remis et envoyés par fitn",
    number: |line| Noted::read(line).map(|_| 0),
};

/// Why the log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Another process sends.
    #[error("des messages sont en cours d’envoi par un autre processus")]
    Busy,
    /// The file.
    #[error("le journal des envois {} ne peut pas être tenu : {}", path.display(), refusal_in_french(source))]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What the log says of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Seen {
    /// It was sent.
    pub sent: bool,
    /// How often it was handed over without an answer.
    pub unanswered: u32,
    /// Hexadecimal SHA-256 of what the document said that it brought; none where the log does not tell, or it brought none.
    pub content: Option<String>,
}

impl Seen {
    /// Whether a message of that name went, or may have, with a document that said something else: a database that does not know the
    /// first made another.
    #[must_use]
    pub fn is_of_other_content(&self, content: Option<&str>) -> bool {
        let differs = self.content.as_deref().zip(content).is_some_and(|(sent, now)| sent != now);
        (self.sent || self.unanswered > 0) && differs
    }
}

/// The log, held by this process until it is dropped.
#[derive(Debug)]
pub struct SendLog {
    path: PathBuf,
    lines: OwnLines,
    seen: HashMap<String, Seen>,
}

/// A line.
struct Noted<'a> {
    event: Event,
    message_id: &'a str,
    content: Option<&'a str>,
}

impl<'a> Noted<'a> {
    /// None of what is no such line.
    fn read(line: &'a str) -> Option<Self> {
        let (at, event, message_id, content) = match line.split(' ').collect::<Vec<_>>()[..] {
            [at, event, message_id] => (at, event, message_id, None),
            [at, event, message_id, content] if content.len() == SHA256_LEN => (at, event, message_id, Some(content)),
            _ => return None,
        };
        at.parse::<Timestamp>().ok()?;
        Some(Self { event: Event::read(event)?, message_id, content })
    }
}

/// What happens to a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    HandedOver,
    Sent,
    Refused,
}

impl Event {
    const fn code(self) -> &'static str {
        match self {
            Self::HandedOver => "remis",
            Self::Sent => "envoye",
            Self::Refused => "refuse",
        }
    }

    fn read(code: &str) -> Option<Self> {
        [Self::HandedOver, Self::Sent, Self::Refused].into_iter().find(|event| event.code() == code)
    }
}

impl SendLog {
    /// Opens the log beside a database, and makes it where it is not there yet; nobody else sends meanwhile.
    ///
    /// # Errors
    /// [`LogError::Busy`] while another process sends; whatever the file system refuses.
    pub fn open(database: &Path) -> Result<Self, LogError> {
        let path = SENT.beside(database);
        let failed = |source| LogError::File { path: path.clone(), source };
        let mut lines = OwnLines::open(&SENT, database).map_err(failed)?;
        match lines.lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LogError::Busy),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let seen = Self::seen_in(&lines.read().map_err(failed)?);
        Ok(Self { path, lines, seen })
    }

    /// What names the connector that keeps this log, when it says so.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.lines.server()
    }

    /// Says in the log which connector keeps it.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn name(&mut self, server: &str) -> Result<(), LogError> {
        self.add(Some(server), &[])
    }

    /// What the log beside a database says of each message, as far as it can be read: nothing is promised about what is being sent.
    #[must_use]
    pub fn seen_beside(database: &Path) -> HashMap<String, Seen> {
        Self::seen_in(&SENT.read(&SENT.beside(database)).lines)
    }

    /// What lines say of each message.
    #[must_use]
    pub fn seen_in(lines: &[String]) -> HashMap<String, Seen> {
        let mut seen = HashMap::<String, Seen>::new();
        for Noted { event, message_id, content } in lines.iter().filter_map(|line| Noted::read(line)) {
            apply(seen.entry(message_id.to_owned()).or_default(), event, content);
        }
        seen
    }

    /// Adds what other logs of this connector tell.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn take_over(&mut self, lines: &[String]) -> Result<(), LogError> {
        self.add(None, lines)?;
        for Noted { event, message_id, content } in lines.iter().filter_map(|line| Noted::read(line)) {
            apply(self.seen.entry(message_id.to_owned()).or_default(), event, content);
        }
        Ok(())
    }

    /// What the log says of a message.
    #[must_use]
    pub fn seen(&self, message_id: &str) -> Seen {
        self.seen.get(message_id).cloned().unwrap_or_default()
    }

    /// Notes that a message is about to be handed over: on the disk when this returns.
    ///
    /// # Errors
    /// Whatever the file system refuses; the message must then not be handed over.
    pub fn hand_over(&mut self, message_id: &str, content: Option<&str>, now: Timestamp) -> Result<(), LogError> {
        self.note(Event::HandedOver, message_id, content, now)
    }

    /// Notes that a message was taken.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn sent(&mut self, message_id: &str, content: Option<&str>, now: Timestamp) -> Result<(), LogError> {
        self.note(Event::Sent, message_id, content, now)
    }

    /// Notes that a message that was handed over was refused.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn refused(&mut self, message_id: &str, now: Timestamp) -> Result<(), LogError> {
        self.note(Event::Refused, message_id, None, now)
    }

    fn note(&mut self, event: Event, message_id: &str, content: Option<&str>, now: Timestamp) -> Result<(), LogError> {
        let said = content.map_or_else(String::new, |content| format!(" {content}"));
        self.add(None, &[format!("{} {} {message_id}{said}", to_rfc3339(now), event.code())])?;
        apply(self.seen.entry(message_id.to_owned()).or_default(), event, content);
        Ok(())
    }

    fn add(&mut self, server: Option<&str>, lines: &[String]) -> Result<(), LogError> {
        self.lines.add(server, lines).map_err(|source| LogError::File { path: self.path.clone(), source })
    }
}

fn apply(seen: &mut Seen, event: Event, content: Option<&str>) {
    match event {
        Event::HandedOver => {
            seen.unanswered = seen.unanswered.saturating_add(1);
            seen.content = content.map(str::to_owned);
        }
        Event::Sent => *seen = Seen { sent: true, unanswered: 0, content: content.map(str::to_owned) },
        Event::Refused => seen.unanswered = seen.unanswered.saturating_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::io::Write as _;

    #[test]
    fn what_is_noted_is_there_for_the_next_process_and_one_sends_at_a_time() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("fitn.sqlite");
        let now: Timestamp = "2021-10-01T06:00:00Z".parse().unwrap();
        let mut log = SendLog::open(&database).unwrap();
        assert_eq!((log.server(), log.seen("<a@b>")), (None, Seen::default()));
        assert!(matches!(SendLog::open(&database), Err(LogError::Busy)));
        log.name("abc").unwrap();
        log.name("abc").unwrap();
        for id in ["<a@b>", "<c@d>", "<e@f>"] {
            log.hand_over(id, None, now).unwrap();
        }
        let (said, other) = ("1".repeat(SHA256_LEN), "2".repeat(SHA256_LEN));
        log.sent("<a@b>", Some(&said), now).unwrap();
        log.refused("<c@d>", now).unwrap();
        let unanswered = |unanswered| Seen { unanswered, ..Seen::default() };
        assert_eq!(log.seen("<e@f>"), unanswered(1));
        drop(log);
        let path = SENT.beside(&database);
        // Killed while it wrote.
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"2021-10-01T06:00:00Z remis <g@h>").unwrap();
        let mut log = SendLog::open(&database).unwrap();
        assert_eq!(log.server(), Some("abc"));
        let seen = ["<a@b>", "<c@d>", "<e@f>", "<g@h>"].map(|id| log.seen(id));
        let sent = Seen { sent: true, unanswered: 0, content: Some(said.clone()) };
        assert_eq!(seen, [sent.clone(), unanswered(0), unanswered(1), unanswered(0)]);
        assert_eq!(SendLog::seen_beside(&database).get("<a@b>"), Some(&sent), "while another process sends");
        assert!(sent.is_of_other_content(Some(&other)) && !sent.is_of_other_content(Some(&said)));
        assert!(!sent.is_of_other_content(None), "nothing is known");
        assert!(!Seen { sent: false, ..sent }.is_of_other_content(Some(&other)), "nobody has it");
        log.hand_over("<i@j>", None, now).unwrap();
        drop(log);
        let log = SendLog::open(&database).unwrap();
        assert_eq!((log.seen("<g@h>"), log.seen("<i@j>")), (unanswered(0), unanswered(1)));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.ends_with("remis <g@h> inacheve\n2021-10-01T06:00:00Z remis <i@j>\n"), "{text}");
        assert_eq!(text.matches("connecteur abc").count(), 1, "{text}");
        assert_eq!((SENT.number)("2021-10-01T06:00:00Z rendu <i@j>"), None);
        drop(log);
        let mut log = SendLog::open(&database).unwrap();
        log.take_over(&[format!("2021-10-01T06:00:00Z envoye <k@l> {said}")]).unwrap();
        assert!(log.seen("<k@l>").sent && SendLog::seen_beside(&database)["<k@l>"].sent);
    }
}
