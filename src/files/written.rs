//! Files that are written before they have a place. They have no name: whatever happens, nothing is left of them.

use std::env;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::{open_plain, refusal_in_french, write_atomically_from};
use crate::domain::text::hexadecimal;

/// A scratch file cannot be written or read.
#[derive(Debug, thiserror::Error)]
#[error("un fichier de travail ne peut pas être écrit dans {} : {}", directory.display(), refusal_in_french(source))]
pub struct ScratchError {
    /// Where it was to be.
    directory: PathBuf,
    /// What the system refused.
    source: io::Error,
}

impl From<io::Error> for ScratchError {
    fn from(source: io::Error) -> Self {
        Self { directory: scratch_directory(), source }
    }
}

/// Where scratch files are made: where `TMPDIR` says, else on the disk rather than in memory, as SQLite has its own.
#[must_use]
pub fn scratch_directory() -> PathBuf {
    const ON_DISK: &str = "/var/tmp";
    match env::var_os("TMPDIR") {
        None if Path::new(ON_DISK).is_dir() => ON_DISK.into(),
        _ => env::temp_dir(),
    }
}

/// A file that is whole, and named by its content. It is gone with this value, wherever else it was put.
#[derive(Debug)]
pub struct Written {
    file: File,
    sha256: String,
    size: u64,
}

impl Written {
    /// Has a file written.
    ///
    /// # Errors
    /// What `write` returns; [`ScratchError`] when there is no room for it.
    pub fn by<E: From<ScratchError>>(write: impl FnOnce(&mut BufWriter<File>) -> Result<(), E>) -> Result<Self, E> {
        let mut unfinished = Unfinished::new()?;
        write(&mut unfinished.0)?;
        Ok(unfinished.finish()?)
    }

    /// The hexadecimal SHA-256 of its bytes.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    /// How many bytes it has.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its bytes, from the first.
    #[must_use]
    pub fn bytes(&self) -> BufReader<Reading<'_>> {
        BufReader::new(Reading { file: &self.file, at: 0 })
    }

    /// All its bytes at once, where no more than a message can be asked for.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn to_vec(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Reading { file: &self.file, at: 0 }.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Writes it to a place, whole, as [`super::write_atomically`] does.
    ///
    /// # Errors
    /// Whatever the file system refuses.
    pub fn put(&self, path: &Path) -> io::Result<()> {
        write_atomically_from(path, &mut Reading { file: &self.file, at: 0 })
    }
}

/// A file that is being written.
#[derive(Debug)]
pub struct Unfinished(BufWriter<File>);

impl Unfinished {
    /// An empty one.
    ///
    /// # Errors
    /// There is no room for it; the same of the other methods.
    pub fn new() -> Result<Self, ScratchError> {
        Ok(Self(BufWriter::new(tempfile::tempfile_in(scratch_directory())?)))
    }

    /// Adds bytes.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), ScratchError> {
        Ok(self.0.write_all(bytes)?)
    }

    /// It is whole.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn finish(self) -> Result<Written, ScratchError> {
        let file = self.0.into_inner().map_err(io::IntoInnerError::into_error)?;
        let mut digest = Hasher::default();
        let size = io::copy(&mut Reading { file: &file, at: 0 }, &mut digest)?;
        Ok(Written { file, sha256: digest.hexadecimal(), size })
    }
}

/// A file that is read from a place of one's own in it.
#[derive(Debug)]
pub struct Reading<'a> {
    file: &'a File,
    at: u64,
}

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buffer, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Reading<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let (from, by) = match to {
            SeekFrom::Start(at) => (at, 0),
            SeekFrom::End(by) => (self.file.metadata()?.len(), by),
            SeekFrom::Current(by) => (self.at, by),
        };
        self.at = from.checked_add_signed(by).ok_or(ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

/// The hexadecimal SHA-256 of the bytes of a file that others may have put there: never one that would be waited for, such as a pipe.
///
/// # Errors
/// What the system refuses; [`io::ErrorKind::InvalidInput`] for what is no plain file.
pub fn sha256_of(path: &Path) -> io::Result<String> {
    let mut digest = Hasher::default();
    io::copy(&mut open_plain(path)?, &mut digest)?;
    Ok(digest.hexadecimal())
}

/// Names what is written to it by its SHA-256, and keeps nothing.
#[derive(Debug, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// In hexadecimal.
    #[must_use]
    pub fn hexadecimal(self) -> String {
        hexadecimal(&self.0.finalize())
    }
}

impl Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::write_atomically;

    #[test]
    fn a_file_is_named_by_its_content_and_read_as_often_as_one_likes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("sub/liste.csv");
        let file = Written::by::<ScratchError>(|out| {
            out.write_all(b"un, deux")?;
            // As writers of archives do.
            out.seek(SeekFrom::Start(0))?;
            Ok(out.write_all(b"Un")?)
        })
        .unwrap();
        assert_eq!(file.size(), 8);
        for _ in 0..2 {
            let mut text = String::new();
            let (mut whole, mut end) = (file.bytes(), file.bytes());
            end.seek(SeekFrom::End(-4)).unwrap();
            whole.read_to_string(&mut text).unwrap();
            end.read_to_string(&mut text).unwrap();
            assert_eq!(text, "Un, deuxdeux");
        }
        file.put(&path).unwrap();
        assert_eq!(sha256_of(&path).unwrap(), file.sha256());
        write_atomically(&path, b"trois").unwrap();
        assert_ne!(sha256_of(&path).unwrap(), file.sha256());
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }
}
