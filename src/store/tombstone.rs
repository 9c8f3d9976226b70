//! What was erased, beside the database: lines that are only ever added, each on the disk before what it tells of is erased. A database that
//! is restored from an older copy still has what was erased since; this file tells that it is to be erased again.
//!
//! A line: its number, the instant, and what was erased: `dossier`, its number, démarche, state, the reason and the instant of its removal;
//! or `contenu` and a SHA-256. The database knows up to which number it has erased, in the same transaction.

use std::path::Path;

use jiff::Timestamp;

use super::removal::RemovalNotice;
use super::{Reader, Store, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
use crate::domain::instant::to_rfc3339;
use crate::files::{LineKind, OwnLines};

/// The mark that says up to which number the database has erased.
pub(super) const MARK: &str = "erasures";
/// Hexadecimal digits of a SHA-256.
const SHA256_LEN: usize = 64;

/// The lines of what was erased.
pub static ERASED: LineKind = LineKind {
    label: "journal des effacements",
    suffix: ".effacements",
    remark: "# ce qui a été effacé par fitn",
    number: |line| Tombstone::read(line).map(|tombstone| tombstone.number),
};

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
    /// What a line says; none of what is no such line.
    #[must_use]
    pub fn read(line: &str) -> Option<Self> {
        let (number, erased) = match line.split(' ').collect::<Vec<_>>()[..] {
            [number, _, "contenu", sha256] if sha256.len() == SHA256_LEN => {
                (number, Erased::Content(sha256.to_owned()))
            }
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
        Some(Self { number: number.parse().ok()?, erased })
    }

    /// The number of the dossier that was erased, when it was one.
    #[must_use]
    pub fn dossier(&self) -> Option<DossierNumber> {
        match &self.erased {
            Erased::Dossier(notice) => Some(notice.number),
            Erased::Content(_) => None,
        }
    }
}

impl Store {
    /// Notes what is about to be erased, beside the database; gives the number of the last line. The caller holds the lock of the sync.
    ///
    /// # Errors
    /// [`StoreError::Tombstones`]: nothing may then be erased.
    pub fn tombstones_add(&self, erased: &[Erased], now: Timestamp) -> Result<u64, StoreError> {
        let (server, known) =
            self.read::<_, StoreError>(|reader| Ok((reader.outbox_server()?, reader.erased_until()?)))?;
        add(&self.path, server.as_deref(), known, erased, now)
            .map_err(|source| StoreError::Tombstones { path: ERASED.beside(&self.path), source })
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

/// Adds what is about to be erased; on the disk when this returns. Gives the number of the last line. `known`: up to which one the
/// database has erased, since the file may have been lost.
fn add(database: &Path, server: Option<&str>, known: u64, erased: &[Erased], now: Timestamp) -> std::io::Result<u64> {
    let mut own = OwnLines::open(&ERASED, database)?;
    let lines = own.read()?;
    let latest = lines.last().and_then(|line| Tombstone::read(line)).map_or(0, |line| line.number);
    let mut number = latest.max(known);
    let added = erased.iter().map(|erased| {
        number = number.saturating_add(1);
        format!("{number} {} {}", to_rfc3339(now), line(erased))
    });
    let added: Vec<String> = added.collect();
    own.add(server, &added)?;
    Ok(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_read_back_and_numbered_after_all_that_is_known() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("fitn.sqlite");
        let now: Timestamp = "2021-10-01T06:00:00Z".parse().unwrap();
        let content = |digit: &str| Erased::Content(digit.repeat(SHA256_LEN));
        let dossier = Erased::Dossier(RemovalNotice {
            number: 4242,
            procedure: 61_234,
            state: DossierState::Accepte,
            reason: RemovalReason::Deleted,
            at: "2021-09-01T06:00:00Z".parse().unwrap(),
        });
        assert_eq!(add(&database, Some("abc"), 0, &[dossier.clone(), content("a")], now).unwrap(), 2);
        assert_eq!(add(&database, None, 0, &[content("c")], now).unwrap(), 3);
        // The database knows more than a file that was lost.
        assert_eq!(add(&database, Some("abc"), 10, &[content("d")], now).unwrap(), 11);
        let found = ERASED.read(&ERASED.beside(&database));
        assert_eq!((&found.worth, found.server.as_deref()), (&crate::files::Lines::Whole, Some("abc")));
        let read: Vec<Tombstone> = found.lines.iter().filter_map(|line| Tombstone::read(line)).collect();
        let numbered = |number, erased| Tombstone { number, erased };
        assert_eq!(
            read,
            [numbered(1, dossier), numbered(2, content("a")), numbered(3, content("c")), numbered(11, content("d"))]
        );
        assert_eq!(Tombstone::read(&found.lines[1].replace(" contenu ", " contenus ")), None);
    }
}
