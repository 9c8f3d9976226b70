//! Files of lines that are only ever added to, kept beside a database and copied beside its backups: what one tells, what it is worth, and
//! how it is added to. What all of those that are at hand tell together: [`AtHand`].

mod at_hand;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

pub use at_hand::{AtHand, Untold};

use super::{open_own, refusal_in_french};

/// What follows the remark in the line that names the connector.
const HEAD: &str = ", à garder avec la base ; connecteur ";
/// Ends a line that was not written to its end, and says so: what it announces was not done.
const VOID: &str = " inacheve\n";
/// Between two lines no more numbers are skipped: whatever skips more was altered.
const MOST_SKIPPED: u64 = 1_000_000_000;

/// A kind of such files.
#[derive(Debug)]
pub struct LineKind {
    /// What it is called, in French.
    pub label: &'static str,
    /// What follows the name of the database in that of the file.
    pub suffix: &'static str,
    /// How any line begins that is a remark.
    pub remark: &'static str,
    /// The number of a line, which never decreases; 0 where lines have none. None of what is no such line.
    pub number: fn(&str) -> Option<u64>,
}

/// What such a file is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// Each of its lines was understood; the last one may have no end, since the program may have been killed while it wrote it.
    Whole,
    /// There is none, or nothing is in it.
    Missing,
    /// It cannot be read, or something else is in it: why, in French.
    Damaged(String),
}

/// What such a file tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineFile {
    /// Where it is.
    pub path: PathBuf,
    /// What it is worth.
    pub worth: Lines,
    /// What names the connector that keeps it, when it says so.
    pub server: Option<String>,
    /// Its lines, without their ends and remarks; of a damaged one those that were understood.
    pub lines: Vec<String>,
}

impl LineKind {
    /// The file beside a database, or beside a copy of it.
    #[must_use]
    pub fn beside(&self, database: &Path) -> PathBuf {
        let mut name = database.to_owned().into_os_string();
        name.push(self.suffix);
        PathBuf::from(name)
    }

    /// Reads a file.
    #[must_use]
    pub fn read(&self, path: &Path) -> LineFile {
        let mut bytes = Vec::new();
        let worth =
            match open_own(path, OpenOptions::new().read(true)).and_then(|mut file| file.read_to_end(&mut bytes)) {
                Ok(0) => Lines::Missing,
                Ok(_) => return self.understand(path, &String::from_utf8_lossy(&bytes)),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Lines::Missing,
                Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                    Lines::Damaged("ce n’est pas un fichier".to_owned())
                }
                Err(error) => Lines::Damaged(refusal_in_french(&error)),
            };
        LineFile { path: path.to_owned(), worth, server: None, lines: Vec::new() }
    }

    /// Lines end with a line feed; one that went through another system may have a carriage return before it. A line without an end
    /// announces something that was not done.
    fn understand(&self, path: &Path, text: &str) -> LineFile {
        let (mut lines, mut server, mut foreign, mut last) = (Vec::new(), None, None, 0);
        for (at, line) in text.split_inclusive('\n').enumerate() {
            let Some(line) = line.strip_suffix('\n') else {
                // It counts for nothing, once something before it says whose the file is.
                let says_nothing = line.len() == text.len() && !self.remark.starts_with(line);
                if says_nothing && !line.starts_with(self.remark) {
                    foreign = foreign.or(Some(at));
                }
                break;
            };
            let line = line.trim_end_matches('\r');
            if let Some(rest) = line.strip_prefix(self.remark) {
                server = rest.strip_prefix(HEAD).filter(|name| !name.contains(' ')).map(str::to_owned).or(server);
            } else if !line.ends_with(VOID.trim_end()) {
                match (self.number)(line).filter(|number| (last..=last + MOST_SKIPPED).contains(number)) {
                    Some(number) => {
                        last = number;
                        lines.push(line.to_owned());
                    }
                    None => foreign = foreign.or(Some(at)),
                }
            }
        }
        let damaged = |at| Lines::Damaged(format!("sa ligne {} n’est pas de fitn", at + 1));
        LineFile { path: path.to_owned(), worth: foreign.map_or(Lines::Whole, damaged), server, lines }
    }

    /// The line that names the connector.
    fn head(&self, server: &str) -> String {
        format!("{}{HEAD}{server}\n", self.remark)
    }
}

/// The file beside a database, open to be added to.
#[derive(Debug)]
pub struct OwnLines {
    kind: &'static LineKind,
    path: PathBuf,
    file: File,
    server: Option<String>,
    /// The last line has no end: the program was killed while it wrote it.
    is_torn: bool,
}

impl OwnLines {
    /// Opens it, and makes it where it is not there yet; it is read next.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn open(kind: &'static LineKind, database: &Path) -> io::Result<Self> {
        let path = kind.beside(database);
        let file = open_own(&path, OpenOptions::new().create(true).read(true).append(true))?;
        Ok(Self { kind, path, file, server: None, is_torn: false })
    }

    /// Keeps others from locking it, until it is dropped.
    ///
    /// # Errors
    /// Another process has it locked, or the file system refuses.
    pub fn lock(&self) -> Result<(), TryLockError> {
        self.file.try_lock()
    }

    /// Its lines.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn read(&mut self) -> io::Result<Vec<String>> {
        let mut bytes = Vec::new();
        self.file.read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes);
        self.is_torn = !text.is_empty() && !text.ends_with('\n');
        let found = self.kind.understand(&self.path, &text);
        self.server = found.server;
        Ok(found.lines)
    }

    /// What names the connector that keeps it, when it says so.
    #[must_use]
    pub fn server(&self) -> Option<&str> {
        self.server.as_deref()
    }

    /// Adds lines, and before them the name of the connector where the file has not that name; on the disk when this returns.
    ///
    /// # Errors
    /// Whatever the file system refuses; what the lines announce must then not be done.
    pub fn add(&mut self, server: Option<&str>, lines: &[String]) -> io::Result<()> {
        let named = server.filter(|server| self.server.as_deref() != Some(server));
        if named.is_none() && lines.is_empty() {
            return Ok(());
        }
        let mut text = if self.is_torn { VOID.to_owned() } else { String::new() };
        text.extend(named.map(|server| self.kind.head(server)));
        for line in lines {
            text.push_str(line);
            text.push('\n');
        }
        let written = self.file.write_all(text.as_bytes());
        // Whatever stands there now has no end for sure.
        self.is_torn = written.is_err();
        written.and_then(|()| self.file.sync_all())?;
        self.server = server.map(str::to_owned).or(self.server.take());
        Ok(())
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::write_atomically;
    use super::*;

    /// Lines of a number and a letter.
    pub static KIND: LineKind = LineKind {
        label: "journal des essais",
        suffix: ".essais",
        remark: "# essais de fitn",
        number: |line| line.split_once(' ').filter(|(_, letter)| letter.len() == 1)?.0.parse().ok(),
    };

    #[test]
    fn a_file_of_something_else_tells_nothing_and_a_torn_one_tells_what_it_has() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lines");
        let look = |bytes: &[u8]| {
            write_atomically(&path, bytes).unwrap();
            KIND.read(&path)
        };
        let head = KIND.head("abc");
        for (text, lines) in [
            (format!("{head}1 a\n2 a\n"), 2),
            (format!("{head}1 a\n2 a\n").replace('\n', "\r\n"), 2),
            ("1 a\r\n".to_owned(), 1),
            ("1 a\n1 b\n7 c\n".to_owned(), 3),
            (format!("{head}1 a\n2 b inacheve\n2 c\n"), 2),
            (format!("{head}1 "), 0),
            ("# es".to_owned(), 0),
            ("# essais de fitn ; conn".to_owned(), 0),
        ] {
            let found = look(text.as_bytes());
            let server = text.starts_with(head.trim_end()).then(|| "abc".to_owned());
            assert_eq!((found.worth, found.lines.len(), found.server), (Lines::Whole, lines, server), "{text:?}");
        }
        // Also what is out of its place, or skips what nothing can have skipped.
        let far = format!("{head}1 a\n{} b\n2 c\n", u64::MAX);
        for (damaged, at) in
            [("1 a\n2 bc\n3 a\n", 2), ("\n", 1), ("bonjour", 1), ("1 a\n\n", 2), ("2 a\n1 b\n", 2), (&far, 3)]
        {
            let told = format!("sa ligne {at} n’est pas de fitn");
            assert_eq!(look(damaged.as_bytes()).worth, Lines::Damaged(told), "{damaged:?}");
        }
        assert!(matches!(look(&[0xFF, 0, 7, 0x0A, 3]).worth, Lines::Damaged(_)));
        assert_eq!(look(b"").worth, Lines::Missing);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(KIND.read(&path).worth, Lines::Missing);
        assert!(matches!(KIND.read(directory.path()).worth, Lines::Damaged(_)));
    }

    #[test]
    fn what_is_added_is_read_back_and_what_had_no_end_is_void() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("fitn.sqlite");
        let add = |server, line: &str| {
            let mut own = OwnLines::open(&KIND, &database).unwrap();
            own.read().unwrap();
            own.add(server, &[line.to_owned()]).unwrap();
        };
        add(Some("abc"), "1 a");
        // Killed while it wrote.
        let path = KIND.beside(&database);
        OpenOptions::new().append(true).open(&path).unwrap().write_all(b"2 b").unwrap();
        assert_eq!(KIND.read(&path).lines, ["1 a"]);
        add(None, "2 c");
        add(Some("abc"), "3 d");
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, format!("{}1 a\n2 b inacheve\n2 c\n3 d\n", KIND.head("abc")));
        assert_eq!(KIND.read(&path).lines, ["1 a", "2 c", "3 d"]);
    }
}
