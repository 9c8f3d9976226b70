//! Files put into a directory, each whole, by rename.

use std::io;
use std::path::Path;

use super::Outcome;
use crate::domain::text::counted;
use crate::files::{Written, refusal_in_french, sha256_of};

/// Puts files there. The directory is not made: one that is gone is a share that is not mounted, most often. A file of somebody
/// else's is never replaced.
pub(super) fn put(directory: &Path, files: &[(&str, Written)]) -> Outcome {
    let place = directory.display();
    let refusal = match directory.metadata() {
        Ok(found) if found.is_dir() => None,
        Ok(_) => Some(format!("{place} n’est pas un répertoire")),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Some(format!("le répertoire {place} n’existe pas : est-il monté ?"))
        }
        Err(error) => Some(format!("le répertoire {place} ne peut pas être ouvert : {}", refusal_in_french(&error))),
    };
    if let Some(refusal) = refusal {
        return Outcome::RefusedForNow(refusal);
    }
    let failed = |path: &Path, error: &io::Error| {
        let reason = refusal_in_french(error);
        Outcome::RefusedForNow(format!("{} ne peut pas être écrit : {reason}", path.display()))
    };
    let mut missing = Vec::new();
    for (name, content) in files {
        let path = directory.join(name);
        match sha256_of(&path) {
            Ok(there) if there == content.sha256() => {}
            Ok(_) => {
                return Outcome::RefusedForGood(format!(
                    "{} existe déjà avec un autre contenu : rien n’a été remplacé",
                    path.display()
                ));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push((path, content)),
            Err(error) => return failed(&path, &error),
        }
    }
    for (path, content) in missing {
        if let Err(error) = content.put(&path) {
            return failed(&path, &error);
        }
    }
    let written = counted(files.len(), "fichier écrit", "fichiers écrits");
    Outcome::Accepted(format!("{written} dans {place}"))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Write;

    use super::*;
    use crate::files::{ScratchError, write_atomically};

    fn written(bytes: &[u8]) -> Written {
        Written::by::<ScratchError>(|out| Ok(out.write_all(bytes)?)).unwrap()
    }

    #[test]
    fn files_are_put_once_and_replace_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let files = [("liste.csv", written(b"a;b")), ("liste.json", written(b"{}"))];
        for _ in 0..2 {
            assert!(matches!(put(directory.path(), &files), Outcome::Accepted(_)));
        }
        assert_eq!(fs::read(directory.path().join("liste.csv")).unwrap(), b"a;b");
        write_atomically(&directory.path().join("liste.json"), b"autre").unwrap();
        fs::remove_file(directory.path().join("liste.csv")).unwrap();
        let Outcome::RefusedForGood(said) = put(directory.path(), &files) else { panic!("it was replaced") };
        assert!(said.contains("liste.json existe déjà"), "{said}");
        assert_eq!(fs::read(directory.path().join("liste.json")).unwrap(), b"autre");
        assert!(!directory.path().join("liste.csv").exists(), "all or nothing");
        let gone = directory.path().join("partage");
        assert!(matches!(put(&gone, &files), Outcome::RefusedForNow(said) if said.contains("est-il monté")));
        assert!(!gone.exists());
    }
}
