//! A file of lines that are only ever added to, kept beside the database: whether it can tell all that it is to tell.

use std::fs::OpenOptions;
use std::io::{self, Read};
use std::path::Path;

use super::{open_own, refusal_in_french};

/// What such a file is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lines {
    /// Each of its lines was understood; the last one may have no end, since the program may have been killed while it wrote it.
    Whole,
    /// There is none, or nothing is in it.
    Missing,
    /// It cannot be read, or something else is in it: why, in French.
    Damaged(String),
}

impl Lines {
    /// Looks at a file. `head`: how its first line begins.
    #[must_use]
    pub fn look_at(path: &Path, head: &str, is_ours: impl Fn(&str) -> bool) -> Self {
        let mut bytes = Vec::new();
        match open_own(path, OpenOptions::new().read(true)).and_then(|mut file| file.read_to_end(&mut bytes)) {
            Ok(0) => return Self::Missing,
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Self::Missing,
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => {
                return Self::Damaged("ce n’est pas un fichier".to_owned());
            }
            Err(error) => return Self::Damaged(refusal_in_french(&error)),
        }
        let text = String::from_utf8_lossy(&bytes);
        let foreign = text.split_inclusive('\n').position(|line| match line.strip_suffix('\n') {
            Some(line) => !is_ours(line.trim_end_matches('\r')),
            // Whatever was not written to its end counts for nothing, once something before it says whose the file is.
            None => line.len() == text.len() && !head.starts_with(line) && !line.starts_with(head),
        });
        foreign.map_or(Self::Whole, |at| Self::Damaged(format!("sa ligne {} n’est pas de fitn", at + 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::write_atomically;
    use super::*;

    #[test]
    fn a_file_of_something_else_tells_nothing_and_a_torn_one_tells_what_it_has() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("lines");
        let look = |bytes: &[u8]| {
            write_atomically(&path, bytes).unwrap();
            Lines::look_at(&path, "# fitn ", |line| line.starts_with("# fitn ") || line == "1 a")
        };
        for whole in ["# fitn x\n1 a\n1 a\n", "1 a\r\n", "# fitn x\n1 ", "# fi", "# fitn x"] {
            assert_eq!(look(whole.as_bytes()), Lines::Whole, "{whole:?}");
        }
        for (damaged, at) in [("# fitn x\n2 b\n1 a\n", 2), ("\n", 1), ("bonjour", 1), ("1 a\n\n", 2)] {
            let told = format!("sa ligne {at} n’est pas de fitn");
            assert_eq!(look(damaged.as_bytes()), Lines::Damaged(told), "{damaged:?}");
        }
        assert!(matches!(look(&[0xFF, 0, 7, 0x0A, 3]), Lines::Damaged(_)));
        assert_eq!(look(b""), Lines::Missing);
        std::fs::remove_file(&path).unwrap();
        assert_eq!(Lines::look_at(&path, "", |_| true), Lines::Missing);
        assert!(matches!(Lines::look_at(directory.path(), "", |_| true), Lines::Damaged(_)));
    }
}
