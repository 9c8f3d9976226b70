//! What can go wrong with the database, and what the operator does about it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

use super::place::Foreign;
use super::sql::is_damage;
use crate::files::{Account, ScratchError, directory_of, refusal_in_french};

const MAKE_ROOM: &str = "libérez de la place puis relancez : la reprise se fait là où elle s’est arrêtée";
const CHECK_DISK: &str = "vérifiez la place, les quotas et l’état du disque, puis relancez";
const ALLOW: &str = "donnez au compte qui lance fitn le droit d’écrire ce fichier et son dossier";

/// A failure of the database. Messages are French and name the file.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was ever synced.
    #[error("la base de données {} n’existe pas encore", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
    },
    /// Its directory is not there.
    #[error("le dossier de la base de données {} n’existe pas", path.display())]
    NoDirectory {
        /// The file.
        path: PathBuf,
    },
    /// Made by a newer version of this program.
    #[error(
        "la base de données {} vient d’une version plus récente de fitn (schéma {found}, celle-ci connaît {known}){}",
        path.display(),
        Before(copy.as_deref())
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// The copy that was made before its tables were brought up to date, where one is known.
        copy: Option<PathBuf>,
        /// Its schema.
        found: usize,
        /// The newest schema of this program.
        known: usize,
    },
    /// Made by an older version of this program, and only to be read.
    #[error("la base de données {} vient d’une version plus ancienne de fitn (schéma {found}, celle-ci attend {known})", path.display())]
    Older {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: usize,
        /// The schema of this program.
        known: usize,
    },
    /// Made by an older version of this program, of which a process is still at work on it: what that one writes would be passed
    /// over once the tables are those of this version.
    #[error("la base de données {} est encore tenue par une version plus ancienne de fitn{}", path.display(), By(holder.as_ref()))]
    HeldByOlder {
        /// The file.
        path: PathBuf,
        /// Who, when it can be told.
        holder: Option<super::LockHolder>,
    },
    /// The file holds something else.
    #[error("le fichier {} n’est pas une base de données de fitn", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be opened.
    #[error("{} ne peut pas être ouverte", Named(path))]
    CannotOpen {
        /// The file.
        path: PathBuf,
    },
    /// Its content is damaged.
    #[error("{} est abîmée{}", Named(path), In(statement))]
    Damaged {
        /// The file; empty inside a transaction.
        path: PathBuf,
        /// Where that was noticed; empty when no statement was run.
        statement: String,
    },
    /// It, or something with it, belongs to another account: what this one would make there would be closed to it.
    #[error("{} appartient au compte {owner}, et non au compte {own}, qui lance fitn", what.named(path))]
    Foreign {
        /// What belongs to it.
        what: Foreign,
        /// Its path.
        path: PathBuf,
        /// Whose it is.
        owner: Account,
        /// Who runs the program.
        own: Account,
    },
    /// A new one cannot be made.
    #[error("la base de données {} ne peut pas être créée : {}", path.display(), refusal_in_french(source))]
    NotCreated {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It can be read but not written.
    #[error("{} est en lecture seule", Named(path))]
    ReadOnly {
        /// The file.
        path: PathBuf,
    },
    /// No room left.
    #[error("le disque est plein, {} ne peut plus grandir ; rien de ce qui était enregistré n’est perdu", Named(path))]
    DiskFull {
        /// The file.
        path: PathBuf,
    },
    /// The disk refuses a read or a write.
    #[error(
        "le disque refuse de lire ou d’écrire {} ; rien de ce qui était enregistré n’est perdu{}",
        Named(path),
        In(statement)
    )]
    DiskFailure {
        /// The file; empty inside a transaction.
        path: PathBuf,
        /// What was asked of it; empty when no statement was run.
        statement: String,
    },
    /// Another process kept writing.
    #[error("{} est occupée par un autre programme", Named(path))]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// Another sync holds the lock.
    #[error("une synchronisation est en cours{}", By(holder.as_ref()))]
    Locked {
        /// Who, when it can be told.
        holder: Option<super::LockHolder>,
    },
    /// Another backup of the database is being made.
    #[error("une sauvegarde de la base {} est déjà en cours{}", path.display(), By(holder.as_ref()))]
    BackingUp {
        /// The file.
        path: PathBuf,
        /// Who, when it can be told.
        holder: Option<super::LockHolder>,
    },
    /// Somebody has it open.
    #[error("la base de données {} est ouverte par une autre commande ou un autre programme", path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// Another database is put in its place.
    #[error("la base de données {} est en cours de restauration", path.display())]
    Restoring {
        /// The file.
        path: PathBuf,
    },
    /// What was erased cannot be noted beside it: nothing is erased then, since a restored copy would bring it back.
    #[error("le journal des effacements {} ne peut pas être tenu : {}", path.display(), refusal_in_french(source))]
    Tombstones {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The tables were to be brought up to date, and no copy could be made before.
    #[error(
        "la base de données {} vient d’une version plus ancienne de fitn, et n’est pas mise à jour sans une copie d’avant : {reason}",
        path.display()
    )]
    NoCopyBefore {
        /// The file.
        path: PathBuf,
        /// Why there is no copy.
        reason: Box<super::BackupError>,
    },
    /// A service lives on the database.
    #[error("le service tourne déjà sur la base {}{}", path.display(), By(holder.as_ref()))]
    Served {
        /// The file.
        path: PathBuf,
        /// Who, when it can be told.
        holder: Option<super::LockHolder>,
    },
    /// The lock file cannot be used.
    #[error("le verrou {} ne peut pas être posé : {}", path.display(), refusal_in_french(source))]
    LockFile {
        /// The lock file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A stored value cannot be read back.
    #[error("la base de données contient une valeur illisible ({what}) : {detail}")]
    Unreadable {
        /// Which value.
        what: &'static str,
        /// Why.
        detail: String,
    },
    /// There is no room for a scratch file.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// Anything else that SQLite says.
    #[error("{} a refusé une opération : {}", Named(path), Refusal(source))]
    Sql {
        /// The file; empty inside a transaction.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
}

impl StoreError {
    pub(super) fn at(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let (code, statement) = match &source {
            rusqlite::Error::SqliteFailure(error, _) => (Some(error.code), String::new()),
            rusqlite::Error::SqlInputError { error, sql, .. } => (Some(error.code), abridged(sql)),
            _ => (None, String::new()),
        };
        match code {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase { path },
            Some(ErrorCode::DatabaseCorrupt) => Self::Damaged { path, statement },
            Some(ErrorCode::CannotOpen) => Self::CannotOpen { path },
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied) => Self::ReadOnly { path },
            Some(ErrorCode::DiskFull) => Self::DiskFull { path },
            Some(ErrorCode::SystemIoFailure) => Self::DiskFailure { path, statement },
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy { path },
            None if is_damage(&source) => Self::Damaged { path, statement },
            _ => Self::Sql { path, source },
        }
    }

    /// The same, noticed in what a statement gave.
    pub(super) fn of(self, sql: &str) -> Self {
        match self {
            Self::Damaged { path, statement } if statement.is_empty() => {
                Self::Damaged { path, statement: abridged(sql) }
            }
            other => other,
        }
    }

    pub(crate) fn unreadable(what: &'static str, detail: &impl ToString) -> Self {
        Self::Unreadable { what, detail: detail.to_string() }
    }

    /// What to do, in French.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "lancez d’abord « fitn sync »",
            Self::NoDirectory { .. } => "créez le dossier, ou corrigez la clé « path » de la section [database]",
            Self::Newer { .. } => {
                "installez la version de fitn qui a écrit cette base, ou restaurez (« fitn restore ») une sauvegarde d’avant sa mise à jour"
            }
            Self::Older { .. } => "« fitn evaluate » la met à jour, comme « fitn sync » et « fitn serve »",
            Self::NotADatabase { .. } => "vérifiez la clé « path » de la section [database]",
            Self::Damaged { .. } => {
                "reprenez une sauvegarde ; à défaut, mettez ce fichier de côté sans l’effacer : « fitn sync » relira les dossiers de DS, mais ce que les agents ont décidé, les documents arrêtés et l’historique n’y sont pas"
            }
            Self::ReadOnly { .. } | Self::CannotOpen { .. } => ALLOW,
            Self::Foreign { what, owner, .. } => what.mend(*owner),
            Self::NotCreated { source, .. } | Self::LockFile { source, .. } | Self::Tombstones { source, .. } => {
                mend_of(source)
            }
            Self::DiskFull { .. } => MAKE_ROOM,
            Self::DiskFailure { .. } | Self::Scratch(_) => CHECK_DISK,
            Self::HeldByOlder { .. } => {
                "relancez le service, qui la mettra à jour (« systemctl restart fitn »), ou attendez que sa synchronisation se termine"
            }
            Self::NoCopyBefore { .. } => {
                "faites de la place, ou nommez un autre répertoire (clé « directory » de la section [backup]), puis relancez ; si vous \
                 avez copié la base vous-même, « FITN_UPGRADE_WITHOUT_BACKUP=1 fitn evaluate » s’en passe"
            }
            Self::InUse { .. } => "attendez qu’elle se termine, ou fermez ce programme, puis relancez",
            Self::Busy { .. } | Self::Locked { .. } | Self::BackingUp { .. } | Self::Restoring { .. } => {
                "attendez qu’elle se termine, puis relancez"
            }
            Self::Served { .. } => {
                "un seul suffit ; pour le remplacer, arrêtez-le d’abord (« systemctl stop fitn », ou Ctrl-C là où il tourne)"
            }
            Self::Unreadable { .. } | Self::Sql { .. } => "si cela se répète, reprenez une sauvegarde et signalez-le",
        }
    }

    /// Whether nothing can be written, in the database or beside it.
    #[must_use]
    pub fn is_about_writing(&self) -> bool {
        matches!(
            self,
            Self::CannotOpen { .. } | Self::ReadOnly { .. } | Self::DiskFull { .. } | Self::DiskFailure { .. }
        )
    }

    /// Whether the disk has no room left, or refuses.
    #[must_use]
    pub fn is_of_the_disk(&self) -> bool {
        match self {
            Self::DiskFull { .. } | Self::DiskFailure { .. } => true,
            Self::NotCreated { source, .. } | Self::LockFile { source, .. } => is_full(source),
            _ => false,
        }
    }

    /// Whether the operator's configuration or file is at fault, rather than the moment.
    #[must_use]
    pub fn is_configuration(&self) -> bool {
        match self {
            Self::NotCreated { source, .. } | Self::LockFile { source, .. } => is_about_the_place(source),
            Self::Missing { .. }
            | Self::Foreign { .. }
            | Self::NoDirectory { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::NotADatabase { .. }
            | Self::ReadOnly { .. }
            | Self::CannotOpen { .. } => true,
            _ => false,
        }
    }

    /// Whether a disk that is mounted late explains it: what stands at the place of the mount until then is missing, another
    /// account's, or cannot be written.
    #[must_use]
    pub fn may_be_a_late_mount(&self) -> bool {
        match self {
            Self::NoDirectory { .. } => true,
            Self::NotCreated { path, source } | Self::LockFile { path, source } => {
                let is_empty = directory_of(path).read_dir().ok().and_then(|mut entries| entries.next()).is_none();
                is_about_the_place(source) && is_empty
            }
            _ => false,
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(source: rusqlite::Error) -> Self {
        Self::at(Path::new(""), source)
    }
}

/// Whether a file cannot be made where it is to be, whenever one tries.
fn is_about_the_place(source: &io::Error) -> bool {
    use io::ErrorKind::{NotADirectory, NotFound, PermissionDenied, ReadOnlyFilesystem};
    matches!(source.kind(), PermissionDenied | ReadOnlyFilesystem | NotFound | NotADirectory)
}

pub(super) fn is_full(source: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(source.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// What to do about a file that the system does not let be made.
fn mend_of(source: &io::Error) -> &'static str {
    match source.kind() {
        _ if is_full(source) => MAKE_ROOM,
        io::ErrorKind::ReadOnlyFilesystem => {
            "remontez ce disque en écriture, ou corrigez la clé « path » de la section [database]"
        }
        _ if is_about_the_place(source) => ALLOW,
        _ => CHECK_DISK,
    }
}

impl Foreign {
    fn named(self, path: &Path) -> String {
        let path = path.display();
        match self {
            Self::Database => format!("la base de données {path}"),
            Self::Directory => format!("le dossier {path}, où serait la base de données,"),
            Self::Beside => format!("le fichier {path}, à côté de la base de données,"),
        }
    }

    fn mend(self, owner: Account) -> &'static str {
        match self {
            Self::Database | Self::Directory if owner.is_root() => {
                "si une commande lancée par root l’a fait, rendez-le au compte du service avec tout ce qui l’accompagne (« chown -R \
                 fitn:fitn » sur le dossier de la base), puis relancez"
            }
            Self::Database => {
                "lancez la commande sous le compte à qui cela appartient (« sudo -u fitn fitn … » pour celui du service) : ce que \
                 le vôtre écrirait là lui serait fermé"
            }
            Self::Directory => {
                "lancez la commande sous le compte à qui ce dossier appartient (« sudo -u fitn fitn … » pour celui du service), ou \
                 donnez-le à celui qui lance fitn (« chown »)"
            }
            Self::Beside => {
                "une commande lancée sous un autre compte l’a laissé là : rendez-le à celui de la base (« chown »), puis relancez"
            }
        }
    }
}

/// Who holds a lock, in brackets, when it can be told.
struct By<'a>(Option<&'a super::LockHolder>);

impl fmt::Display for By<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(holder) = self.0 else { return Ok(()) };
        write!(f, " (processus {}, depuis le {})", holder.pid, crate::domain::instant::french_instant(holder.since))
    }
}

/// The copy of before, when there is one.
struct Before<'a>(Option<&'a Path>);

impl fmt::Display for Before<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(copy) = self.0 else { return Ok(()) };
        write!(f, " ; la copie faite avant sa mise à jour est {}", copy.display())
    }
}

/// The database, by its file when that is known.
struct Named<'a>(&'a Path);

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("la base de données")?;
        if self.0.as_os_str().is_empty() { Ok(()) } else { write!(f, " {}", self.0.display()) }
    }
}

/// The statement in which something went wrong, in brackets; nothing when there was none.
struct In<'a>(&'a str);

impl fmt::Display for In<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, " ({})", self.0) }
    }
}

/// What SQLite says, and of which statement.
struct Refusal<'a>(&'a rusqlite::Error);

impl fmt::Display for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            rusqlite::Error::SqlInputError { msg, sql, .. } => write!(f, "{msg}{}", In(&abridged(sql))),
            other => other.fmt(f),
        }
    }
}

/// The longest statement that is told whole, in characters.
const TOLD: usize = 120;

/// A statement in one line, without the columns that it selects: enough to find it.
fn abridged(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    let columns = line.strip_prefix("SELECT ").and_then(columns_of);
    let line = match columns {
        Some(columns) => format!("SELECT … {}", &line["SELECT ".len() + columns..]),
        None => line,
    };
    match line.char_indices().nth(TOLD) {
        Some((end, _)) => format!("{}…", line[..end].trim_end()),
        None => line,
    }
}

/// How long what is before the FROM of a selection is, in bytes; none when it selects from no table.
fn columns_of(selection: &str) -> Option<usize> {
    let outside_brackets = |at: &usize| {
        let before = &selection[..*at];
        before.matches('(').count() == before.matches(')').count()
    };
    selection.match_indices("FROM ").map(|(at, _)| at).find(outside_brackets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_made_is_told_with_the_mend_of_its_reason() {
        let path = PathBuf::from("fitn.sqlite.lock");
        let mend = |kind: io::ErrorKind| {
            let lock = StoreError::LockFile { path: path.clone(), source: kind.into() };
            let database = StoreError::NotCreated { path: path.clone(), source: kind.into() };
            assert_eq!((lock.hint(), lock.is_configuration()), (database.hint(), database.is_configuration()));
            (lock.hint(), lock.is_configuration())
        };
        assert_eq!(mend(io::ErrorKind::StorageFull), (MAKE_ROOM, false));
        assert_eq!(mend(io::ErrorKind::QuotaExceeded), (MAKE_ROOM, false));
        assert_eq!(mend(io::ErrorKind::PermissionDenied), (ALLOW, true));
        assert!(mend(io::ErrorKind::ReadOnlyFilesystem).0.starts_with("remontez ce disque"));
        // A fault of the moment must not stop a service for good.
        assert_eq!(mend(io::ErrorKind::Other), (CHECK_DISK, false));
        assert_eq!(mend(io::ErrorKind::Interrupted), (CHECK_DISK, false));
    }

    #[test]
    fn a_statement_is_told_in_one_line_that_names_its_table() {
        assert_eq!(abridged("SELECT a, (SELECT b FROM c)\n     FROM d WHERE e = ?1"), "SELECT … FROM d WHERE e = ?1");
        assert_eq!(abridged("DELETE FROM d\n  WHERE e = ?1"), "DELETE FROM d WHERE e = ?1");
        assert_eq!(abridged("SELECT EXISTS (SELECT 1 FROM d)"), "SELECT EXISTS (SELECT 1 FROM d)");
        let long = abridged(&format!("UPDATE d SET {}", "é = ?1, ".repeat(40)));
        assert!(
            long.starts_with("UPDATE d SET é") && long.ends_with('…') && long.chars().count() <= TOLD + 1,
            "{long}"
        );
    }

    #[test]
    fn the_empty_place_of_a_mount_is_told_from_a_directory_that_is_closed() {
        let directory = tempfile::tempdir().unwrap();
        let late = |kind: io::ErrorKind| {
            let path = directory.path().join("fitn.sqlite.serve.lock");
            StoreError::LockFile { path, source: kind.into() }.may_be_a_late_mount()
        };
        assert!(late(io::ErrorKind::PermissionDenied) && late(io::ErrorKind::ReadOnlyFilesystem));
        assert!(!late(io::ErrorKind::StorageFull));
        assert!(StoreError::NoDirectory { path: directory.path().join("fitn.sqlite") }.may_be_a_late_mount());
        std::fs::File::create(directory.path().join("fitn.sqlite")).unwrap();
        assert!(!late(io::ErrorKind::PermissionDenied));
    }
}
