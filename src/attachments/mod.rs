//! The files attached to dossiers: their rows brought in step with the dossiers, always; their contents fetched and kept
//! beside the database, when the operator wants them.
//!
//! # From DS to the disk
//!
//! The rows follow what is stored of each dossier: those of one that arrives are written with it, the others afterwards
//! (`listing`). After a sync, the files that are not kept yet are asked for,
//! dossier by dossier (`collect`): one question gives their signed addresses, which live an hour; each file is streamed to
//! a temporary name while its size, MD5 and SHA-256 are taken (`fetch`), and takes its place by rename (`contents`). What DS
//! says then must be what is stored: where it says something else, and where a content is not what DS announces, the dossier
//! is read again, once. A content that still differs is kept, marked as unverified and asked for again ever more rarely where DS may
//! have made it so (it reworks images); a web page, nothing at all, or a size that DS cannot have made is a file that could not be
//! had.
//!
//! # What goes wrong
//!
//! A file that cannot be had is a row with a reason, asked for ever more rarely, after those that were never asked for; it never
//! costs the sync, nor the other files. What is wrong with the API or the disk ends the collection, and the next one goes on: what
//! was kept is in its place before its row says so, and a row is written as soon as its file is there. Contents that vanished or changed on the
//! disk are noticed (`survey`) and asked for again. Contents that no file refers to any more leave in their time (`orphans`). A backup
//! is given them, and gives them back (`share`).
//!
//! Names of files are personal data, and addresses open files to anybody: neither appears in a log, an error or a reason.

mod collect;
mod contents;
mod due;
mod error;
mod fetch;
mod listing;
mod orphans;
mod share;
mod survey;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

pub use collect::Collected;
pub use contents::{Contents, Digests};
pub use error::AttachmentError;
pub use orphans::{Bulk, Orphans};
pub use share::Shared;
pub use survey::Survey;

use crate::domain::clock::Clock;
use crate::store::{Store, StoreError};

/// How far downloads go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// The largest file, in bytes.
    pub max_bytes: u64,
    /// How long a collection may last; the file under way is asked for again by the next.
    pub max_run: Duration,
    /// What stays free of the disk, in bytes.
    pub disk_floor: u64,
    /// The hosts of the internal network that files may come from, named as in an address.
    pub internal_hosts: BTreeSet<String>,
}

/// The files attached to the dossiers of a database.
#[derive(Debug)]
pub struct Attachments {
    store: Arc<Store>,
    clock: Clock,
    contents: Contents,
    /// None when files are not to be downloaded.
    download: Option<Limits>,
    is_trial: bool,
}

impl Attachments {
    /// The files of a database, their contents in a directory of their own; without `download`, they are only listed.
    #[must_use]
    pub fn new(store: Arc<Store>, clock: Clock, directory: PathBuf, download: Option<Limits>) -> Self {
        Self { store, clock, contents: Contents::new(directory), download, is_trial: false }
    }

    /// The same, for a trial on a copy of the database: nothing is downloaded, and the contents, which are not copied, stay.
    #[must_use]
    pub fn listed_only(self) -> Self {
        Self { download: None, is_trial: true, ..self }
    }

    /// What DS's clock says now, as far as can be told without asking it: what happens to files is dated by it.
    fn now(&self) -> Result<Timestamp, StoreError> {
        self.store.read(|reader| reader.corrected(self.clock.now()))
    }

    /// Where the contents are.
    #[must_use]
    pub const fn contents(&self) -> &Contents {
        &self.contents
    }
}
