//! Files put into a directory, each whole, by rename.

use std::io;
use std::path::Path;

use super::Outcome;
use crate::domain::text::counted;
use crate::files::{read_plain, refusal_in_french, write_atomically};

/// Puts files there. The directory is not made: one that is gone is a share that is not mounted, most often. A file of somebody
/// else's is never replaced.
pub(super) fn put(directory: &Path, files: &[(&str, &[u8])]) -> Outcome {
    if !directory.is_dir() {
        let place = directory.display();
        return Outcome::RefusedForNow(if directory.exists() {
            format!("{place} n’est pas un répertoire")
        } else {
            format!("le répertoire {place} n’existe pas : est-il monté ?")
        });
    }
    let failed = |path: &Path, error: &io::Error| {
        let reason = refusal_in_french(error);
        Outcome::RefusedForNow(format!("{} ne peut pas être écrit : {reason}", path.display()))
    };
    let mut missing = Vec::new();
    for (name, content) in files {
        let path = directory.join(name);
        match read_plain(&path) {
            Ok(there) if there == *content => {}
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
        if let Err(error) = write_atomically(&path, content) {
            return failed(&path, &error);
        }
    }
    let written = counted(files.len(), "fichier écrit", "fichiers écrits");
    Outcome::Accepted(format!("{written} dans {}", directory.display()))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_are_put_once_and_replace_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let files: [(&str, &[u8]); 2] = [("liste.csv", b"a;b"), ("liste.json", b"{}")];
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
