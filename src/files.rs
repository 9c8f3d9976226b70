//! Files appear by rename: whoever reads one sees all of it or nothing.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

/// Writes a file whole under a temporary name beside it, then renames it into place.
///
/// # Errors
/// Whatever the file system refuses; the file that was there before is then untouched.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(directory)?;
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy().into_owned();
    let temporary = directory.join(format!(".{name}.{}.partial", std::process::id()));
    let written = File::create(&temporary).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let outcome = written.and_then(|()| fs::rename(&temporary, path));
    if outcome.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    outcome
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
}
