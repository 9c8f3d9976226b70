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

/// What the file system refused, in French, without the path.
#[must_use]
pub fn refusal_in_french(error: &io::Error) -> String {
    let known = match error.kind() {
        io::ErrorKind::NotFound => "il n’existe pas",
        io::ErrorKind::PermissionDenied => "droits insuffisants",
        io::ErrorKind::AlreadyExists => "il existe déjà",
        io::ErrorKind::IsADirectory => "c’est un répertoire",
        io::ErrorKind::NotADirectory => "un élément du chemin n’est pas un répertoire",
        io::ErrorKind::ReadOnlyFilesystem => "le système de fichiers est en lecture seule",
        io::ErrorKind::StorageFull => "le disque est plein",
        io::ErrorKind::QuotaExceeded => "le quota du disque est atteint",
        io::ErrorKind::InvalidData => "il n’est pas en UTF-8",
        _ => return format!("erreur du système ({error})"),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

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
