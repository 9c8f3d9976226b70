//! Files appear by rename: whoever reads one sees all of it or nothing.

use std::fs::{self, File, Metadata};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

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
    let temporary = path.with_file_name(format!(".{name}.{}.partial", std::process::id()));
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
    let mut file = File::options().write(true).create_new(true).mode(0o600).open(path)?;
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
