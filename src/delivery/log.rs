//! The log of what was sent, beside the database: lines that are only ever added, each on the disk before what it announces is
//! done. A database that is restored from an older copy does not know what was sent since; this file does. It is also the lock
//! by which one process sends at a time.
//!
//! A line: the instant, what happens, the Message-ID, and the SHA-256 of what the document says that the message brings.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::domain::instant::to_rfc3339;
use crate::files::{Lines, directory_of, open_own, refusal_in_french};

/// What follows the name of the database in that of the log.
const SUFFIX: &str = ".envois";
/// How the first line begins, before what names this connector.
const HEAD: &str = "# messages remis et envoyés par fitn, à garder avec la base ; connecteur ";
/// How any line begins that is a remark.
const REMARK: &str = "# messages remis et envoyés par fitn";

/// Hexadecimal digits of a SHA-256.
const SHA256_LEN: usize = 64;

/// Ends a line that was not written to its end, and says so: what it announces was not done.
const VOID: &str = " inacheve\n";

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
    file: File,
    seen: HashMap<String, Seen>,
    server: Option<String>,
    /// The last line has no end: the program was killed while it wrote it.
    is_torn: bool,
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
    /// The log beside a database.
    #[must_use]
    pub fn beside(database: &Path) -> PathBuf {
        let mut name = database.to_owned().into_os_string();
        name.push(SUFFIX);
        PathBuf::from(name)
    }

    /// Opens the log beside a database, and makes it where it is not there yet; nobody else sends meanwhile.
    ///
    /// # Errors
    /// [`LogError::Busy`] while another process sends; whatever the file system refuses.
    pub fn open(database: &Path) -> Result<Self, LogError> {
        let path = Self::beside(database);
        let failed = |source| LogError::File { path: path.clone(), source };
        let mut file = open_own(&path, OpenOptions::new().create(true).read(true).append(true)).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(LogError::Busy),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes);
        let is_torn = !text.is_empty() && !text.ends_with('\n');
        let (seen, server) = read(&text);
        Ok(Self { path, file, seen, server, is_torn })
    }

    /// What names the connector that keeps this log, when it says so.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// Says in the log which connector keeps it.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn name(&mut self, server: &str) -> Result<(), LogError> {
        if self.server.as_deref() != Some(server) {
            self.append(&format!("{HEAD}{server}"))?;
            self.server = Some(server.to_owned());
        }
        Ok(())
    }

    /// What the log beside a database says of each message, as far as it can be read: nothing is promised about what is being sent.
    #[must_use]
    pub fn seen_beside(database: &Path) -> HashMap<String, Seen> {
        Self::seen_in(&Self::beside(database))
    }

    /// The same of a file.
    #[must_use]
    pub fn seen_in(path: &Path) -> HashMap<String, Seen> {
        let found = open_own(path, OpenOptions::new().read(true));
        let mut bytes = Vec::new();
        let is_read = found.and_then(|mut file| file.read_to_end(&mut bytes)).is_ok();
        if is_read { read(&String::from_utf8_lossy(&bytes)).0 } else { HashMap::new() }
    }

    /// Whether a file can tell all that went in the name of a connector.
    #[must_use]
    pub fn look_at(path: &Path, server: Option<&str>) -> Lines {
        let found = Lines::look_at(path, REMARK, is_ours);
        let of = if found == Lines::Whole { server_of(path).1 } else { None };
        match of.as_deref().zip(server) {
            Some((of, server)) if of != server => Lines::Damaged("c’est celui d’un autre connecteur".to_owned()),
            _ => found,
        }
    }

    /// What names the connector that keeps the log beside a database, as far as it can be read.
    #[must_use]
    pub fn server_beside(database: &Path) -> Option<String> {
        server_of(&Self::beside(database)).1
    }

    /// The log that lies beside a copy of a database, or beside another copy of the same connector in its directory: the longest, which
    /// knows all that the others know; one that is damaged where there is no other.
    #[must_use]
    pub fn near(copy: &Path, server: Option<&str>) -> Option<PathBuf> {
        let own = Self::beside(copy);
        let length = |path: &PathBuf| {
            let (length, of) = server_of(path);
            let is_own = *path == own || (of.is_some() && of.as_deref() == server);
            let length = length.filter(|_| is_own)?;
            Some((Self::look_at(path, server) == Lines::Whole, length))
        };
        let entries = std::fs::read_dir(directory_of(copy)).ok()?;
        let is_one = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(SUFFIX));
        let found = entries.flatten().map(|entry| entry.path()).filter(is_one);
        found.filter_map(|path| Some((length(&path)?, path))).max().map(|(_, path)| path)
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
        self.append(&format!("{} {} {message_id}{said}", to_rfc3339(now), event.code()))?;
        apply(self.seen.entry(message_id.to_owned()).or_default(), event, content);
        Ok(())
    }

    fn append(&mut self, line: &str) -> Result<(), LogError> {
        let before = if self.is_torn { VOID } else { "" };
        let written = self.file.write_all(format!("{before}{line}\n").as_bytes());
        // Whatever stands there now has no end for sure.
        self.is_torn = written.is_err();
        written.and_then(|()| self.file.sync_all()).map_err(|source| LogError::File { path: self.path.clone(), source })
    }
}

/// How many bytes a log has, and what names the connector that keeps it; none where it cannot be read.
fn server_of(path: &Path) -> (Option<usize>, Option<String>) {
    let found = open_own(path, OpenOptions::new().read(true));
    let mut bytes = Vec::new();
    match found.and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(length) => (Some(length), read(&String::from_utf8_lossy(&bytes)).1),
        Err(_) => (None, None),
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

/// Whether this program wrote a line.
fn is_ours(line: &str) -> bool {
    if line.starts_with(REMARK) || line.ends_with(VOID.trim_end()) {
        return true;
    }
    match line.split(' ').collect::<Vec<_>>()[..] {
        [at, event, _] => at.parse::<Timestamp>().is_ok() && Event::read(event).is_some(),
        [at, event, _, content] => {
            at.parse::<Timestamp>().is_ok() && Event::read(event).is_some() && content.len() == SHA256_LEN
        }
        _ => false,
    }
}

/// What the lines say. A line without an end announces something that was not done.
fn read(text: &str) -> (HashMap<String, Seen>, Option<String>) {
    let (mut seen, mut server) = (HashMap::<String, Seen>::new(), None);
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        let line = line.trim_end_matches('\r');
        if let Some(name) = line.strip_prefix(HEAD) {
            server = Some(name.to_owned()).filter(|name| !name.contains(' ')).or(server);
            continue;
        }
        let (event, message_id, content) = match line.split(' ').collect::<Vec<_>>()[..] {
            [_, event, message_id] => (event, message_id, None),
            [_, event, message_id, content] if content.len() == SHA256_LEN => (event, message_id, Some(content)),
            _ => continue,
        };
        let Some(event) = Event::read(event) else { continue };
        apply(seen.entry(message_id.to_owned()).or_default(), event, content);
    }
    (seen, server)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_atomically;

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
        let path = SendLog::beside(&database);
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
        for (server, whole) in [(None, true), (Some("abc"), true), (Some("def"), false)] {
            assert_eq!(SendLog::look_at(&path, server) == Lines::Whole, whole, "{server:?}");
        }
        write_atomically(&path, text.replace("remis <i@j>", "rendu <i@j>").as_bytes()).unwrap();
        assert!(matches!(SendLog::look_at(&path, None), Lines::Damaged(_)));
    }
}
