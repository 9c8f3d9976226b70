//! Files appear by rename: whoever reads one sees all of it or nothing. What is made is for its owner and group alone.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// The rights of a file that is made here: its owner writes it, its group reads it.
const FILE_MODE: u32 = 0o640;
/// The rights of a directory that is made here.
const DIRECTORY_MODE: u32 = 0o750;

/// How many names are tried for a temporary file. They are drawn from so many that one is taken only on purpose.
const NAMES: u32 = 8;

/// Writes a file whole under a temporary name beside it, then renames it into place. Nothing that stands in the directory already is
/// written to, nor any link followed.
///
/// # Errors
/// Whatever the file system refuses; the file that was there before is then untouched.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    make_directory(directory)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let (mut file, temporary) = temporary_file(directory, &name)?;
    let written = file.write_all(content).and_then(|()| file.sync_all());
    let outcome = written.and_then(|()| fs::rename(&temporary, path));
    if outcome.is_err() {
        let _ = fs::remove_file(&temporary);
        return outcome;
    }
    // The name is not kept before the directory is.
    File::open(directory)?.sync_all()
}

/// Makes a directory and those above it, where they are missing.
///
/// # Errors
/// Whatever the file system refuses.
pub fn make_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory)
}

/// A new file under a name that nobody can foresee.
fn temporary_file(directory: &Path, name: &str) -> io::Result<(File, PathBuf)> {
    let mut refused = io::Error::from(io::ErrorKind::AlreadyExists);
    for _ in 0..NAMES {
        let path = directory.join(format!(".{name}.{:016x}.partial", fastrand::u64(..)));
        match OpenOptions::new().write(true).create_new(true).mode(FILE_MODE).open(&path) {
            Ok(file) => return Ok((file, path)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => refused = error,
            Err(error) => return Err(error),
        }
    }
    Err(refused)
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
    }
}
