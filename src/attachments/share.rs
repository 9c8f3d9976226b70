//! Contents given from one directory to another: for a backup, and back. By a link where both are on one disk, which takes no room; else by
//! a copy. Either way each is what its name says.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};

use super::contents::PIECE;
use super::{AttachmentError, Contents};
use crate::files::make_private_directory;

/// What became of contents that were to be given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shared {
    /// Given now.
    pub given: u64,
    /// There already.
    pub known: u64,
    /// Not to be had: gone, or no longer what their names say.
    pub missing: u64,
}

impl Contents {
    /// Gives contents to another directory, which is made when there is something to give. One process at a time.
    ///
    /// # Errors
    /// A directory that refuses.
    pub fn share(&self, to: &Self, wanted: &[String], goes_on: impl Fn() -> bool) -> Result<Shared, AttachmentError> {
        let mut shared = Shared::default();
        if wanted.is_empty() {
            return Ok(shared);
        }
        to.prepare()?;
        for sha256 in wanted {
            if !goes_on() {
                return Err(AttachmentError::Stopped);
            }
            let size = self.size(sha256).unwrap_or_default();
            let there = to.size(sha256)?;
            // What is there and as long was what its name says when it came.
            if there.is_some() && (size.is_none() || size == there) {
                shared.known += 1;
            } else if size.is_some() && self.give(to, sha256)? {
                shared.given += 1;
            } else {
                shared.missing += 1;
            }
        }
        Ok(shared)
    }

    /// Whether the content could be given.
    fn give(&self, to: &Self, sha256: &str) -> Result<bool, AttachmentError> {
        let (from, path) = (self.path(sha256), to.path(sha256));
        if !self.is_sound(sha256).unwrap_or(false) {
            return Ok(false);
        }
        make_private_directory(&to.shelf(sha256)).map_err(|error| to.refused(error))?;
        // One of another size may stand there: it is not what its name says.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(to.refused(error)),
            _ => {}
        }
        if fs::hard_link(&from, &path).is_ok() {
            return Ok(true);
        }
        let Ok(mut source) = File::open(&from) else { return Ok(false) };
        let mut incoming = to.begin()?;
        let mut piece = vec![0; PIECE];
        loop {
            let Ok(read) = source.read(&mut piece) else { return Ok(false) };
            match piece.get(..read) {
                Some(bytes) if !bytes.is_empty() => incoming.write(bytes).map_err(|error| to.refused(error))?,
                _ => break,
            }
        }
        if incoming.digests().sha256 != sha256 {
            return Ok(false);
        }
        to.keep(&incoming, sha256)?;
        Ok(true)
    }

    /// Removes the contents that are not among these; how many.
    ///
    /// # Errors
    /// A directory that refuses.
    pub fn retain(&self, wanted: &BTreeSet<String>) -> Result<u64, AttachmentError> {
        let mut removed = 0;
        for sha256 in self.names()?.iter().filter(|sha256| !wanted.contains(*sha256)) {
            removed += u64::from(self.remove(sha256)?);
        }
        Ok(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::text::hexadecimal;
    use crate::files::write_atomically;
    use sha2::{Digest, Sha256};

    fn put(contents: &Contents, content: &[u8]) -> String {
        let sha256 = hexadecimal(&Sha256::digest(content));
        write_atomically(&contents.path(&sha256), content).unwrap();
        sha256
    }

    #[test]
    fn what_is_given_is_what_its_name_says_and_stays_when_the_other_goes() {
        let directory = tempfile::tempdir().unwrap();
        let [here, there] = ["here", "there"].map(|name| Contents::new(directory.path().join(name)));
        let (sound, altered, gone) =
            (put(&here, b"sound"), put(&here, b"altered"), hexadecimal(&Sha256::digest(b"gone")));
        write_atomically(&here.path(&altered), b"ALTERED").unwrap();
        let wanted = [sound.clone(), altered.clone(), gone];
        assert_eq!(here.share(&there, &wanted, || true).unwrap(), Shared { given: 1, known: 0, missing: 2 });
        assert_eq!(here.share(&there, &wanted, || true).unwrap(), Shared { given: 0, known: 1, missing: 2 });
        assert_eq!(there.names().unwrap(), std::slice::from_ref(&sound));
        here.remove(&sound).unwrap();
        assert!(there.is_sound(&sound).unwrap());
        // Cut short on its disk, it is given again.
        put(&here, b"sound");
        write_atomically(&there.path(&sound), b"so").unwrap();
        assert_eq!(here.share(&there, &wanted, || true).unwrap().given, 1);
        assert!(there.is_sound(&sound).unwrap());
        assert!(matches!(here.share(&there, &wanted, || false), Err(AttachmentError::Stopped)));
        assert_eq!(there.retain(&BTreeSet::from([altered])).unwrap(), 1);
        assert!(there.names().unwrap().is_empty());
    }
}
