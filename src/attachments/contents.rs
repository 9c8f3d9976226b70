//! Contents on the disk: each distinct one once, in a file named by its SHA-256 (`ab/ab12…`), for the account of the service
//! alone. A file appears by rename, whole and on the disk; what a killed process left under a temporary name is removed by
//! the next.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use md5::Md5;
use sha2::{Digest, Sha256};

use super::AttachmentError;
use crate::domain::text::hexadecimal;
use crate::files::{PRIVATE_FILE_MODE, free_space, make_private_directory};

/// How the names of files under way end.
const TEMPORARY: &str = ".partial";
/// Hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;
/// How much is read at once, in bytes.
pub(super) const PIECE: usize = 64 * 1024;
/// How much of the beginning of a content tells what it is, in bytes.
const HEAD: usize = 1024;

/// The directory of the contents.
#[derive(Debug, Clone)]
pub struct Contents {
    directory: PathBuf,
}

/// What a content is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256, in hexadecimal: the name of the content.
    pub sha256: String,
    /// MD5 in base64, as DS announces it.
    pub md5: String,
    /// Bytes.
    pub size: u64,
}

/// A content on its way to the disk; removed when it is dropped before it is kept.
#[derive(Debug)]
pub struct Incoming {
    file: File,
    path: PathBuf,
    sha256: Sha256,
    md5: Md5,
    head: Vec<u8>,
    size: u64,
}

impl Contents {
    /// The contents in a directory; nothing is touched.
    #[must_use]
    pub fn new(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The file of a content, whether it is there or not.
    #[must_use]
    pub fn path(&self, sha256: &str) -> PathBuf {
        self.shelf(sha256).join(sha256)
    }

    pub(super) fn shelf(&self, sha256: &str) -> PathBuf {
        self.directory.join(sha256.get(..2).unwrap_or("__"))
    }

    /// Makes the directory when it is not there, and removes what a killed process left. One process at a time: the caller
    /// holds the lock of the sync.
    pub(super) fn prepare(&self) -> Result<(), AttachmentError> {
        make_private_directory(&self.directory).map_err(|error| self.refused(error))?;
        self.clear_unfinished()
    }

    /// Removes what a killed process left half-written. As [`Self::prepare`] otherwise.
    pub(super) fn clear_unfinished(&self) -> Result<(), AttachmentError> {
        for path in entries(&self.directory).map_err(|error| self.refused(error))? {
            if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with(TEMPORARY)) {
                fs::remove_file(&path).map_err(|error| self.refused(error))?;
            }
        }
        Ok(())
    }

    /// Begins a content.
    pub(super) fn begin(&self) -> Result<Incoming, AttachmentError> {
        let path = self.directory.join(format!(".{:016x}{TEMPORARY}", fastrand::u64(..)));
        let file = OpenOptions::new().write(true).create_new(true).mode(PRIVATE_FILE_MODE).open(&path);
        let file = file.map_err(|error| self.refused(error))?;
        Ok(Incoming { file, path, sha256: Sha256::new(), md5: Md5::new(), head: Vec::new(), size: 0 })
    }

    /// Whether so many bytes of the disk are free beside `floor`, which stays so.
    ///
    /// # Errors
    /// [`AttachmentError::DiskLow`] when less than `floor` is free.
    pub(super) fn has_room(&self, floor: u64, bytes: u64) -> Result<bool, AttachmentError> {
        match free_space(&self.directory).map_err(|error| self.refused(error))? {
            Some(free) if free < floor => {
                Err(AttachmentError::DiskLow { directory: self.directory.clone(), free, floor })
            }
            Some(free) => Ok(free - floor >= bytes),
            None => Ok(true),
        }
    }

    /// Puts a content in its place, over one of the same name: that one may have been altered.
    pub(super) fn keep(&self, incoming: &Incoming, sha256: &str) -> Result<(), AttachmentError> {
        let directory = self.shelf(sha256);
        incoming
            .file
            .sync_all()
            .and_then(|()| make_private_directory(&directory))
            .and_then(|()| fs::rename(&incoming.path, self.path(sha256)))
            // The names too must outlive a power cut, before a row refers to them.
            .and_then(|()| File::open(&directory)?.sync_all())
            .and_then(|()| File::open(&self.directory)?.sync_all())
            .map_err(|error| self.refused(error))
    }

    /// The size in bytes of a content; none when it is not there.
    pub(super) fn size(&self, sha256: &str) -> Result<Option<u64>, AttachmentError> {
        match fs::metadata(self.path(sha256)) {
            Ok(found) => Ok(found.is_file().then_some(found.len())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// How a content that is there begins.
    pub(super) fn head(&self, sha256: &str) -> Result<Vec<u8>, AttachmentError> {
        let mut head = Vec::new();
        let read = File::open(self.path(sha256)).and_then(|file| file.take(HEAD as u64).read_to_end(&mut head));
        read.map(|_| head).map_err(|error| self.refused(error))
    }

    /// Whether a content that is there is what its name says: reads it whole.
    pub(super) fn is_sound(&self, sha256: &str) -> Result<bool, AttachmentError> {
        let digest = File::open(self.path(sha256)).and_then(digest).map_err(|error| self.refused(error))?;
        Ok(hexadecimal(&digest) == sha256)
    }

    /// The names of all contents that are there.
    pub(super) fn names(&self) -> Result<Vec<String>, AttachmentError> {
        let mut names = Vec::new();
        for shelf in shelves(&self.directory).map_err(|error| self.refused(error))? {
            for path in entries(&shelf).map_err(|error| self.refused(error))? {
                let name = path.file_name().and_then(|name| name.to_str()).filter(|name| is_name(name));
                names.extend(name.map(str::to_owned));
            }
        }
        Ok(names)
    }

    /// Removes a content; whether it was there.
    pub(super) fn remove(&self, sha256: &str) -> Result<bool, AttachmentError> {
        match fs::remove_file(self.path(sha256)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(self.refused(error)),
        }
    }

    pub(super) fn refused(&self, source: io::Error) -> AttachmentError {
        AttachmentError::disk(&self.directory, source)
    }
}

impl Incoming {
    /// Adds a piece.
    pub(super) fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)?;
        self.sha256.update(piece);
        self.md5.update(piece);
        self.head.extend(piece.iter().take(HEAD - self.head.len()));
        self.size += piece.len() as u64;
        Ok(())
    }

    /// How it begins.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Bytes so far.
    pub(super) const fn size(&self) -> u64 {
        self.size
    }

    /// What came so far.
    pub(super) fn digests(&self) -> Digests {
        Digests {
            sha256: hexadecimal(&self.sha256.clone().finalize()),
            md5: BASE64_STANDARD.encode(self.md5.clone().finalize()),
            size: self.size,
        }
    }
}

impl Drop for Incoming {
    fn drop(&mut self) {
        // One that was kept is no longer there.
        let _ = fs::remove_file(&self.path);
    }
}

fn entries(directory: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(directory) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The directories that contents are in.
fn shelves(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let is_shelf = |path: &PathBuf| path.file_name().is_some_and(|name| name.len() == 2) && path.is_dir();
    Ok(entries(directory)?.into_iter().filter(is_shelf).collect())
}

fn is_name(name: &str) -> bool {
    name.len() == DIGITS && name.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn digest(mut file: File) -> io::Result<[u8; 32]> {
    let mut sha256 = Sha256::new();
    let mut piece = vec![0; PIECE];
    loop {
        let read = file.read(&mut piece)?;
        match piece.get(..read) {
            Some(bytes) if !bytes.is_empty() => sha256.update(bytes),
            _ => return Ok(sha256.finalize().into()),
        }
    }
}
