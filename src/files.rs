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
