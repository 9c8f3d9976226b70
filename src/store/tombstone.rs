//! What was erased, beside the database: lines that are only ever added, each on the disk before what it tells of is erased. A database that
//! is restored from an older copy still has what was erased since; this file tells that it is to be erased again.
//!
//! A line: its number, the instant, and what was erased: `dossier`, its number, démarche, state, the reason and the instant of its removal;
//! or `contenu` and a SHA-256. The database knows up to which number it has erased, in the same transaction.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::removal::RemovalNotice;
use super::{Reader, Store, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
use crate::domain::instant::to_rfc3339;
use crate::files::{Lines, open_own};

/// What follows the name of the database in that of the file.
const SUFFIX: &str = ".effacements";
/// How the first line begins, before what names this connector.
const HEAD: &str = "# ce qui a été effacé par fitn, à garder avec la base ; connecteur ";
/// How any line begins that is a remark.
const REMARK: &str = "# ce qui a été effacé par fitn";
/// The mark that says up to which number the database has erased.
pub(super) const MARK: &str = "erasures";
/// Ends a line that was not written to its end.
const VOID: &str = " inacheve\n";
/// Hexadecimal digits of a SHA-256.
const SHA256_LEN: usize = 64;

/// Something that was erased.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Erased {
    /// A dossier, with what DS said of it last.
    Dossier(RemovalNotice),
    /// A content of attached files.
    Content(String),
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// One more than that of the line before.
    pub number: u64,
    /// What was erased.
    pub erased: Erased,
}

impl Tombstone {
    /// The number of the dossier that was erased, when it was one.
    #[must_use]
    pub fn dossier(&self) -> Option<DossierNumber> {
        match &self.erased {
            Erased::Dossier(notice) => Some(notice.number),
            Erased::Content(_) => None,
        }
    }
}

/// The lines beside a database.
#[derive(Debug)]
pub struct Tombstones {
    path: PathBuf,
    file: File,
    latest: u64,
    server: Option<String>,
    is_torn: bool,
}

impl Tombstones {
    /// Where they are.
    #[must_use]
    pub fn beside(database: &Path) -> PathBuf {
        let mut name = database.to_owned().into_os_string();
        name.push(SUFFIX);
        PathBuf::from(name)
    }

    /// What the lines beside a database say, and the connector they are of; nothing where they cannot be read.
    #[must_use]
    pub fn read(database: &Path) -> (Vec<Tombstone>, Option<String>) {
        Self::read_file(&Self::beside(database))
    }

    /// The same of a file.
    #[must_use]
    pub(super) fn read_file(path: &Path) -> (Vec<Tombstone>, Option<String>) {
        let found = open_own(path, OpenOptions::new().read(true));
        let mut bytes = Vec::new();
        let is_read = found.and_then(|mut file| file.read_to_end(&mut bytes)).is_ok();
        if is_read { read(&String::from_utf8_lossy(&bytes)) } else { (Vec::new(), None) }
    }

    /// Whether a file can tell all that was erased.
    pub(super) fn look_at(path: &Path) -> Lines {
        let is_ours =
            |line: &str| line.starts_with(REMARK) || line.ends_with(VOID.trim_end()) || tombstone(line).is_some();
        Lines::look_at(path, REMARK, is_ours)
    }

    /// Whether a file has the name of such lines.
    pub(super) fn is_one(path: &Path) -> bool {
        path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(SUFFIX))
    }

    /// Opens the lines beside a database, and makes the file where it is not there yet. The caller holds the lock of the sync: nobody else
    /// adds to them.
    ///
    /// # Errors
    /// [`StoreError::Tombstones`].
    fn open(database: &Path) -> Result<Self, StoreError> {
        let path = Self::beside(database);
        let failed = |source| StoreError::Tombstones { path: path.clone(), source };
        let mut file = open_own(&path, OpenOptions::new().create(true).read(true).append(true)).map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let text = String::from_utf8_lossy(&bytes);
        let is_torn = !text.is_empty() && !text.ends_with('\n');
        let (lines, server) = read(&text);
        let latest = lines.last().map_or(0, |line| line.number);
        Ok(Self { path, file, latest, server, is_torn })
    }

    /// Adds what is about to be erased; on the disk when this returns. Gives the number of the last line.
    ///
    /// # Errors
    /// [`StoreError::Tombstones`]; nothing may then be erased.
    fn add(&mut self, about: &Erasing<'_>, erased: &[Erased]) -> Result<u64, StoreError> {
        let mut text = if self.is_torn { VOID.to_owned() } else { String::new() };
        if let Some(server) = about.server.filter(|server| self.server.as_deref() != Some(server)) {
            let _ = writeln!(text, "{HEAD}{server}");
        }
        let mut number = self.latest.max(about.known);
        for erased in erased {
            number += 1;
            let _ = writeln!(text, "{number} {} {}", to_rfc3339(about.now), line(erased));
        }
        let written = self.file.write_all(text.as_bytes());
        // Whatever stands there now has no end for sure.
        self.is_torn = written.is_err();
        let written = written.and_then(|()| self.file.sync_all());
        written.map_err(|source| StoreError::Tombstones { path: self.path.clone(), source })?;
        (self.latest, self.server) = (number, about.server.map(str::to_owned).or(self.server.take()));
        Ok(number)
    }
}

/// Who erases, and when.
#[derive(Debug, Clone, Copy)]
struct Erasing<'a> {
    /// What names the connector, when it has a name.
    server: Option<&'a str>,
    /// Up to which number the database has erased: the file may have been lost since.
    known: u64,
    /// When.
    now: Timestamp,
}

impl Store {
    /// Notes what is about to be erased, beside the database; gives the number of the last line. The caller holds the lock of the sync.
    ///
    /// # Errors
    /// [`StoreError::Tombstones`]: nothing may then be erased.
    pub fn tombstones_add(&self, erased: &[Erased], now: Timestamp) -> Result<u64, StoreError> {
        let (server, known) =
            self.read::<_, StoreError>(|reader| Ok((reader.outbox_server()?, reader.erased_until()?)))?;
        let about = Erasing { server: server.as_deref(), known, now };
        Tombstones::open(&self.path)?.add(&about, erased)
    }
}

impl Reader<'_> {
    /// Up to which line the database has erased.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn erased_until(&self) -> Result<u64, StoreError> {
        let text = self.mark(MARK)?;
        text.map_or(Ok(0), |text| {
            text.parse().map_err(|_| StoreError::unreadable("dernier effacement", &"ce n’est pas un nombre"))
        })
    }
}

impl Writer<'_> {
    /// Says up to which line the database has erased.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn erased_until_put(&self, number: u64) -> Result<(), StoreError> {
        let number = number.max(self.reader().erased_until()?);
        self.mark_put(MARK, &number.to_string())
    }
}

fn line(erased: &Erased) -> String {
    match erased {
        Erased::Dossier(RemovalNotice { number, procedure, state, reason, at }) => {
            format!("dossier {number} {procedure} {} {} {}", state.code(), reason.code(), to_rfc3339(*at))
        }
        Erased::Content(sha256) => format!("contenu {sha256}"),
    }
}

/// What the lines say. A line without an end tells of something that was not erased.
fn read(text: &str) -> (Vec<Tombstone>, Option<String>) {
    let (mut lines, mut server) = (Vec::new(), None);
    for line in text.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
        match line.strip_prefix(HEAD) {
            Some(name) => server = Some(name.to_owned()),
            None => lines.extend(tombstone(line)),
        }
    }
    (lines, server)
}

fn tombstone(line: &str) -> Option<Tombstone> {
    let (number, erased) = match line.split(' ').collect::<Vec<_>>()[..] {
        [number, _, "contenu", sha256] if sha256.len() == SHA256_LEN => (number, Erased::Content(sha256.to_owned())),
        [number, _, "dossier", dossier, procedure, state, reason, at] => {
            let notice = RemovalNotice {
                number: dossier.parse().ok()?,
                procedure: procedure.parse().ok()?,
                state: DossierState::from(state.to_owned()),
                reason: RemovalReason::from_code(reason)?,
                at: at.parse().ok()?,
            };
            (number, Erased::Dossier(notice))
        }
        _ => return None,
    };
    Some(Tombstone { number: number.parse().ok()?, erased })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_atomically;

    fn content(digit: &str) -> Erased {
        Erased::Content(digit.repeat(SHA256_LEN))
    }

    #[test]
    fn what_is_noted_is_read_back_in_order_and_a_torn_line_counts_for_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("fitn.sqlite");
        let now: Timestamp = "2021-10-01T06:00:00Z".parse().unwrap();
        let dossier = Erased::Dossier(RemovalNotice {
            number: 4242,
            procedure: 61_234,
            state: DossierState::Accepte,
            reason: RemovalReason::Deleted,
            at: "2021-09-01T06:00:00Z".parse().unwrap(),
        });
        assert_eq!(Tombstones::read(&database), (Vec::new(), None));
        let erasing = Erasing { server: Some("abc"), known: 0, now };
        let mut lines = Tombstones::open(&database).unwrap();
        assert_eq!(lines.add(&erasing, &[dossier.clone(), content("a")]).unwrap(), 2);
        drop(lines);
        let path = Tombstones::beside(&database);
        // Killed while it wrote.
        let torn = format!("3 2021-10-01T06:00:00Z contenu {}", "b".repeat(SHA256_LEN));
        OpenOptions::new().append(true).open(&path).unwrap().write_all(torn.as_bytes()).unwrap();
        let mut lines = Tombstones::open(&database).unwrap();
        assert_eq!(lines.add(&erasing, &[content("c")]).unwrap(), 3);
        // The database knows more than a file that was lost.
        assert_eq!(lines.add(&Erasing { known: 10, server: None, ..erasing }, &[content("d")]).unwrap(), 11);
        let numbered = |number, erased| Tombstone { number, erased };
        let expected =
            [numbered(1, dossier), numbered(2, content("a")), numbered(3, content("c")), numbered(11, content("d"))];
        assert_eq!(Tombstones::read(&database), (expected.to_vec(), Some("abc".to_owned())));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches("connecteur abc").count(), 1);
        assert_eq!(Tombstones::look_at(&path), Lines::Whole);
        write_atomically(&path, text.replace(" contenu ", " contenus ").as_bytes()).unwrap();
        assert!(matches!(Tombstones::look_at(&path), Lines::Damaged(_)));
    }
}
