//! Files appear by rename: whoever reads one sees all of it or nothing. What is made is for its owner and group alone.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

mod account;
mod lines;
mod written;

pub use account::Account;
pub use lines::{AtHand, LineFile, LineKind, Lines, OwnLines, Untold};
pub use written::{Hasher, ScratchError, Unfinished, Written, scratch_directory, sha256_of};

/// The rights of a file that is made here: its owner writes it, its group reads it. The umask of who runs the program may take
/// some away, and adds none.
const FILE_MODE: u32 = 0o640;
/// The rights of a file that there is no reason to keep from anybody.
const PUBLIC_FILE_MODE: u32 = 0o644;
/// The rights of a file that its owner alone reads and writes.
pub const PRIVATE_FILE_MODE: u32 = 0o600;
/// The rights of a directory that is made here.
const DIRECTORY_MODE: u32 = 0o750;
/// The rights of a directory of files that their owner alone reads.
const PRIVATE_DIRECTORY_MODE: u32 = 0o700;

/// How the name of a temporary file ends.
const UNFINISHED: &str = ".partial";
/// Hexadecimal digits of what tells temporary files from each other.
const DIGITS: usize = 16;
/// How many names are tried for a temporary file. They are drawn from so many that one is taken only on purpose.
const NAMES: u32 = 8;

/// Writes a file whole under a temporary name beside it, then renames it into place. Nothing that stands in the directory already is
/// written to, nor any link followed.
///
/// # Errors
/// Whatever the file system refuses; the file that was there before is then untouched.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    write_with(path, &mut &*content, FILE_MODE)
}

/// The same of all that there is to read.
///
/// # Errors
/// As [`write_atomically`], or what cannot be read.
fn write_atomically_from(path: &Path, content: &mut dyn Read) -> io::Result<()> {
    write_with(path, content, FILE_MODE)
}

/// The same, for its owner alone from the first moment.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_privately(path: &Path, content: &[u8]) -> io::Result<()> {
    write_with(path, &mut &*content, PRIVATE_FILE_MODE)
}

/// The same, for everybody to read, as far as the umask lets them.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_for_everybody(path: &Path, content: &[u8]) -> io::Result<()> {
    write_with(path, &mut &*content, PUBLIC_FILE_MODE)
}

/// The same, for its owner and its group whatever the umask: a service reads through its group what root writes, and the umask of
/// root is often stricter than that.
///
/// # Errors
/// As [`write_atomically`].
pub fn write_for_group(path: &Path, content: &[u8]) -> io::Result<()> {
    write_with(path, &mut &*content, FILE_MODE)?;
    fs::set_permissions(path, Permissions::from_mode(FILE_MODE))
}

/// The directory that a file is in.
#[must_use]
pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The bytes of a disk that are free; none where a network share does not say how large it is.
///
/// # Errors
/// What the system refuses.
pub fn free_space(directory: &Path) -> io::Result<Option<u64>> {
    let disk = rustix::fs::statvfs(directory)?;
    Ok((disk.f_blocks > 0).then(|| disk.f_bavail.saturating_mul(disk.f_frsize)))
}

fn write_with(path: &Path, content: &mut dyn Read, mode: u32) -> io::Result<()> {
    let directory = directory_of(path);
    make_directory(directory)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let (mut file, temporary) = temporary_file(directory, &name, mode)?;
    let written = io::copy(content, &mut file).and_then(|_| file.sync_all());
    let outcome = written.and_then(|()| fs::rename(&temporary, path));
    if outcome.is_err() {
        let _ = fs::remove_file(&temporary);
        return outcome;
    }
    // The name outlives a power cut once the directory is on the disk. Some directories cannot be asked for that: the file is there.
    let _ = File::open(directory).and_then(|directory| directory.sync_all());
    Ok(())
}

/// Makes a directory and those above it, where they are missing.
///
/// # Errors
/// Whatever the file system refuses; [`io::ErrorKind::NotADirectory`] where something else has the name.
pub fn make_directory(directory: &Path) -> io::Result<()> {
    make_with(directory, DIRECTORY_MODE)
}

/// The same, for its owner alone; one that is there stays as it is.
///
/// # Errors
/// As [`make_directory`].
pub fn make_private_directory(directory: &Path) -> io::Result<()> {
    make_with(directory, PRIVATE_DIRECTORY_MODE)
}

fn make_with(directory: &Path, mode: u32) -> io::Result<()> {
    match DirBuilder::new().recursive(true).mode(mode).create(directory) {
        // A directory that is there is none of the system's refusals.
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(io::ErrorKind::NotADirectory.into()),
        outcome => outcome,
    }
}

/// Opens a file of this program's own, a lock most often, at a place where others may write: no link is followed, and what is no
/// plain file is refused. It is for its owner alone: whoever can open a lock, if only to read it, can hold it for ever.
///
/// # Errors
/// What the system refuses; [`io::ErrorKind::InvalidInput`] for what is no plain file.
pub fn open_own(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let file = options.mode(PRIVATE_FILE_MODE).custom_flags(flags.bits().cast_signed()).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
    }
    // An older version let others read it.
    if found.permissions().mode() & 0o077 != 0 && Account::owner_of(path) == Some(Account::own()) {
        file.set_permissions(Permissions::from_mode(PRIVATE_FILE_MODE))?;
    }
    Ok(file)
}

/// Opens a file that others may have put there, to read it: never one that would be waited for, such as a pipe.
///
/// # Errors
/// What the system refuses; [`io::ErrorKind::InvalidInput`] for what is no plain file.
pub fn open_plain(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a plain file"));
    }
    Ok(file)
}

/// Whose a file is that this account makes in a directory: on some network shares and in some containers, another's. None where
/// it cannot make one.
#[must_use]
pub fn owner_of_new_file(directory: &Path) -> Option<Account> {
    let (_, path) = temporary_file(directory, "essai", PRIVATE_FILE_MODE).ok()?;
    let owner = Account::owner_of(&path);
    let _ = fs::remove_file(&path);
    owner
}

/// A new file under a name that nobody can foresee.
fn temporary_file(directory: &Path, name: &str, mode: u32) -> io::Result<(File, PathBuf)> {
    let mut refused = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..NAMES {
        let path = directory.join(format!(".{name}.{:0DIGITS$x}{UNFINISHED}", fastrand::u64(..)));
        match OpenOptions::new().write(true).create_new(true).mode(mode).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refused = error,
            Err(error) => return Err(error),
        }
    }
    Err(refused)
}

/// Removes the temporary files of a directory that a killed process left for files of these names. The caller knows that nobody writes
/// one of them now.
pub fn remove_unfinished(directory: &Path, is_name: impl Fn(&str) -> bool) {
    let is_left = |temporary: &str| {
        let name = temporary.strip_prefix('.').and_then(|name| name.strip_suffix(UNFINISHED));
        let parts = name.and_then(|name| name.rsplit_once('.'));
        parts.is_some_and(|(name, number)| {
            number.len() == DIGITS && number.bytes().all(|byte| byte.is_ascii_hexdigit()) && is_name(name)
        })
    };
    let Ok(entries) = fs::read_dir(directory) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_str().is_some_and(is_left) {
            // One that cannot be removed stays for the next time.
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Why a file was not replaced.
#[derive(Debug, thiserror::Error)]
pub enum ReplaceError {
    /// Somebody wrote it meanwhile.
    #[error("il a changé entre-temps")]
    Changed,
    /// The file system.
    #[error("{}", refusal_in_french(.0))]
    Io(#[from] io::Error),
}

/// Replaces a file whose content is `known`, by rename; the old one stays beside it under a name that ends with `stamp`, with a
/// number when that one is taken. Both have the owner, the group and the rights that it had. A link is followed.
///
/// Gives the path of the old one.
///
/// # Errors
/// [`ReplaceError`]; the file is then as it was.
pub fn replace_keeping_old(path: &Path, known: &[u8], content: &[u8], stamp: &str) -> Result<PathBuf, ReplaceError> {
    let path = fs::canonicalize(path)?;
    let metadata = fs::metadata(&path)?;
    let name = path.file_name().ok_or(io::Error::from(io::ErrorKind::InvalidInput))?.to_string_lossy().into_owned();
    let temporary = path.with_file_name(format!(".{name}.{:0DIGITS$x}{UNFINISHED}", fastrand::u64(..)));
    create_alike(&temporary, &metadata, content)?;
    let replaced = keep(&path, &name, &metadata, known, stamp).and_then(|old| {
        if fs::read(&path)? != known {
            let _ = fs::remove_file(&old);
            return Err(ReplaceError::Changed);
        }
        fs::rename(&temporary, &path)?;
        Ok(old)
    });
    if replaced.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    replaced
}

/// Writes a copy beside a file, under the first name that is free.
fn keep(path: &Path, name: &str, like: &Metadata, content: &[u8], stamp: &str) -> Result<PathBuf, ReplaceError> {
    const NAMES: u32 = 1000;
    for number in 1..NAMES {
        let number = if number == 1 { String::new() } else { format!("-{number}") };
        let copy = path.with_file_name(format!("{name}.{stamp}{number}"));
        match create_alike(&copy, like, content) {
            Ok(()) => return Ok(copy),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(io::Error::from(io::ErrorKind::AlreadyExists).into())
}

/// Writes a new file with the owner, the group and the rights of another; it is never readable by more than that one.
fn create_alike(path: &Path, like: &Metadata, content: &[u8]) -> io::Result<()> {
    let mut file = File::options().write(true).create_new(true).mode(PRIVATE_FILE_MODE).open(path)?;
    let written = (|| {
        let made = file.metadata()?;
        if (made.uid(), made.gid()) != (like.uid(), like.gid()) {
            fchown(&file, Some(like.uid()), Some(like.gid()))?;
        }
        file.set_permissions(like.permissions())?;
        file.write_all(content)?;
        file.sync_all()
    })();
    if written.is_err() {
        let _ = fs::remove_file(path);
    }
    written
}

/// What the system refused, in French, without the path or the address: no system's own words are ever shown.
#[must_use]
pub fn refusal_in_french(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "il n’existe pas",
        io::ErrorKind::PermissionDenied => "droits insuffisants",
        io::ErrorKind::AlreadyExists => "il existe déjà",
        io::ErrorKind::IsADirectory => "c’est un répertoire",
        io::ErrorKind::NotADirectory => "un élément du chemin n’est pas un répertoire",
        io::ErrorKind::DirectoryNotEmpty => "le répertoire n’est pas vide",
        io::ErrorKind::InvalidFilename => "le nom est trop long ou contient un caractère interdit",
        io::ErrorKind::InvalidInput => "le nom ou la valeur n’est pas admis par le système",
        io::ErrorKind::InvalidData => "il n’est pas en UTF-8",
        io::ErrorKind::UnexpectedEof => "il finit trop tôt",
        io::ErrorKind::ReadOnlyFilesystem => "le système de fichiers est en lecture seule",
        io::ErrorKind::StorageFull | io::ErrorKind::WriteZero => "le disque est plein",
        io::ErrorKind::QuotaExceeded => "le quota du disque est atteint",
        io::ErrorKind::FileTooLarge => "il dépasse la taille permise",
        io::ErrorKind::ResourceBusy | io::ErrorKind::ExecutableFileBusy => "un autre programme l’utilise",
        io::ErrorKind::WouldBlock => "il est occupé",
        io::ErrorKind::Deadlock => "deux programmes s’attendent l’un l’autre",
        io::ErrorKind::CrossesDevices => "les deux chemins sont sur des disques différents",
        io::ErrorKind::TooManyLinks => "il y a trop de liens vers lui",
        io::ErrorKind::StaleNetworkFileHandle => "le partage réseau n’est plus le même : remontez-le",
        io::ErrorKind::NotSeekable => "ce n’est pas un fichier ordinaire",
        io::ErrorKind::Unsupported => "le système ne sait pas le faire",
        io::ErrorKind::OutOfMemory => "la mémoire manque",
        io::ErrorKind::Interrupted => "l’opération a été interrompue",
        io::ErrorKind::ArgumentListTooLong => "il y a trop d’arguments",
        io::ErrorKind::ConnectionRefused => "connexion refusée",
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::NotConnected
        | io::ErrorKind::BrokenPipe => "connexion coupée",
        io::ErrorKind::TimedOut => "aucune réponse dans le délai",
        io::ErrorKind::HostUnreachable => "machine injoignable",
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => "réseau injoignable",
        io::ErrorKind::AddrInUse => "l’adresse est déjà prise",
        io::ErrorKind::AddrNotAvailable => "adresse indisponible",
        _ => return unnamed_refusal(error),
    };
    known.to_owned()
}

/// What the system refused for a reason that the standard library has no name for.
fn unnamed_refusal(error: &io::Error) -> String {
    use rustix::io::Errno;
    let Some(number) = error.raw_os_error() else { return "erreur du système".to_owned() };
    match Errno::from_raw_os_error(number) {
        Errno::IO => "le disque ou le réseau a échoué (erreur d’entrée-sortie)".to_owned(),
        Errno::MFILE | Errno::NFILE => "trop de fichiers sont ouverts".to_owned(),
        Errno::LOOP => "un lien symbolique tourne en rond".to_owned(),
        Errno::NOLCK => "le système de fichiers ne sait pas poser de verrou".to_owned(),
        Errno::NXIO | Errno::NODEV => "le périphérique n’est pas là".to_owned(),
        _ => format!("erreur n° {number} du système"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_of_its_own_is_plain_and_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        let open =
            |name: &str| open_own(&at(name), OpenOptions::new().create(true).truncate(false).read(true).write(true));
        drop(open("lock").unwrap());
        assert_eq!(at("lock").metadata().unwrap().permissions().mode() & 0o777, PRIVATE_FILE_MODE);
        fs::set_permissions(at("lock"), Permissions::from_mode(0o644)).unwrap();
        drop(open("lock").unwrap());
        assert_eq!(at("lock").metadata().unwrap().permissions().mode() & 0o777, PRIVATE_FILE_MODE);
        write_privately(&at("precious"), b"kept").unwrap();
        std::os::unix::fs::symlink(at("precious"), at("link")).unwrap();
        std::os::unix::fs::symlink(at("nothing"), at("dangling")).unwrap();
        assert!(open("link").is_err() && open("dangling").is_err() && !at("nothing").exists());
        assert!(open_own(directory.path(), OpenOptions::new().read(true)).is_err());
        let status = std::process::Command::new("mkfifo").arg(at("pipe")).status().unwrap();
        assert!(status.success() && open_own(&at("pipe"), OpenOptions::new().read(true)).is_err(), "and nobody waits");
        assert_eq!(owner_of_new_file(directory.path()), Some(Account::own()));
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 5, "the trial is gone");
    }

    #[test]
    fn every_refusal_of_the_system_is_told_in_french() {
        for number in 1..=133 {
            let error = io::Error::from_raw_os_error(number);
            let told = refusal_in_french(&error);
            let (system, _) =
                error.to_string().split_once(" (os error").map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
            assert!(!told.is_empty() && !told.contains(&system), "{number}: {told}");
        }
        let told = |error: io::Error| refusal_in_french(&error);
        assert_eq!(told(io::Error::from_raw_os_error(5)), "le disque ou le réseau a échoué (erreur d’entrée-sortie)");
        assert_eq!(told(io::Error::from_raw_os_error(28)), "le disque est plein");
        assert_eq!(told(io::Error::from_raw_os_error(131)), "erreur n° 131 du système");
        assert_eq!(told(io::Error::other("some library's words")), "erreur du système");
    }

    #[test]
    fn what_a_killed_process_left_of_a_file_goes_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let ours = ".list.csv.0123456789abcdef.partial";
        let others = [
            ".list.csv.0123456789abcde.partial",
            ".list.csv.0123456789abcdeg.partial",
            ".other.csv.0123456789abcdef.partial",
            "list.csv",
            "list.csv.0123456789abcdef.partial",
        ];
        for name in others.iter().chain([&ours]) {
            write_atomically(&directory.path().join(name), b"").unwrap();
        }
        remove_unfinished(directory.path(), |name| name == "list.csv");
        let names =
            fs::read_dir(directory.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        assert_eq!(names, others);
    }

    #[test]
    fn the_old_file_stays_until_the_new_one_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sub/list.csv");
        write_atomically(&path, b"one").unwrap();
        write_atomically(&path, b"two").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn files_and_directories_are_for_owner_and_group_and_a_link_is_replaced_not_followed() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let directory = tempfile::tempdir().unwrap();
        let (path, elsewhere) = (directory.path().join("new/list.csv"), directory.path().join("elsewhere"));
        fs::create_dir(path.parent().unwrap()).unwrap();
        fs::File::create(&elsewhere).unwrap();
        symlink(&elsewhere, &path).unwrap();
        write_atomically(&path, b"list").unwrap();
        assert!(fs::read(&elsewhere).unwrap().is_empty());
        assert!(path.symlink_metadata().unwrap().is_file());
        let mode = |path: &Path| path.symlink_metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path) & 0o137, 0, "no rights for others, none to write for the group");
        let below = directory.path().join("a/b");
        make_directory(&below).unwrap();
        assert_eq!(mode(&below) & 0o027, 0);
        let secret = directory.path().join("secret");
        write_privately(&secret, b"secret").unwrap();
        assert_eq!(mode(&secret) & 0o177, 0);
    }

    #[test]
    fn a_file_where_a_directory_is_wanted_is_told_as_such() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("exports");
        write_atomically(&file, b"").unwrap();
        for place in [file.clone(), file.join("sub")] {
            let refused =
                [make_directory(&place), make_private_directory(&place), write_atomically(&place.join("x"), b"")];
            for refused in refused {
                let told = refusal_in_french(&refused.unwrap_err());
                assert_eq!(told, "un élément du chemin n’est pas un répertoire", "{}", place.display());
            }
        }
    }

    #[test]
    fn a_file_that_is_replaced_stays_beside_with_its_rights() {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("config.toml");
        write_atomically(&path, b"one").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let first = replace_keeping_old(&path, b"one", b"two", "2022-01-01").unwrap();
        let second = replace_keeping_old(&path, b"two", b"three", "2022-01-01").unwrap();
        let names: Vec<_> = [&first, &second].iter().map(|path| path.file_name().unwrap().to_owned()).collect();
        assert_eq!(names, ["config.toml.2022-01-01", "config.toml.2022-01-01-2"]);
        for (path, content) in [(&first, "one"), (&second, "two"), (&path, "three")] {
            assert_eq!(fs::read_to_string(path).unwrap(), content);
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o640);
        }
        let changed = replace_keeping_old(&path, b"two", b"four", "2022-01-02");
        assert!(matches!(changed, Err(ReplaceError::Changed)));
        assert_eq!(fs::read_to_string(&path).unwrap(), "three");
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 3, "nothing is left of what was refused");
    }

    #[test]
    fn a_link_stays_one() {
        let directory = tempfile::tempdir().unwrap();
        let (target, link) = (directory.path().join("target.toml"), directory.path().join("link.toml"));
        write_atomically(&target, b"one").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        replace_keeping_old(&link, b"one", b"two", "old").unwrap();
        assert!(link.symlink_metadata().unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&target).unwrap(), "two");
        assert!(directory.path().join("target.toml.old").exists());
    }
}
