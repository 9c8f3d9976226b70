//! Whether the contents are still on the disk as they were kept: all of them are looked for, some of them are read again,
//! the next ones at the next survey. What is gone or altered is to be asked of DS again. Before downloads that is done once a
//! day, on a thread where reading the disk keeps no answer of the network waiting.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use super::{AttachmentError, Attachments, Contents};
use crate::store::{Store, StoreError};
use crate::sync::SyncError;

/// The mark that says which content was read last.
const MARK: &str = "attachments:surveyed";

/// The mark that says when that was done last before downloads.
const LAST: &str = "attachments:surveyed_at";

/// How much of what is kept is read again each day, in bytes: all of it in a few weeks.
const A_DAY: u64 = 512 * 1024 * 1024;

/// What a survey found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survey {
    /// Contents that should be there.
    pub known: u64,
    /// Contents read whole.
    pub read: u64,
    /// Contents that are not there.
    pub missing: u64,
    /// Contents that are not what they were.
    pub altered: u64,
    /// What was found could not be noted: nothing can be written now.
    pub unnoted: bool,
}

impl Attachments {
    /// Looks for every content, and reads again those that come next, up to `budget` bytes and at least one.
    ///
    /// # Errors
    /// The database, a directory that is not there or cannot be read.
    pub fn survey(&self, budget: u64) -> Result<Survey, AttachmentError> {
        Surveyor { store: Arc::clone(&self.store), contents: self.contents.clone() }.survey(budget)
    }

    /// The survey of the day; none when it was made already. That the directory is there is seen to each time: an empty one
    /// in its place would be filled anew.
    ///
    /// # Errors
    /// As [`Self::survey`].
    pub(super) async fn survey_of_the_day(&self) -> Result<Option<Survey>, AttachmentError> {
        let now = self.now()?;
        let surveyor = Surveyor { store: Arc::clone(&self.store), contents: self.contents.clone() };
        let work = tokio::task::spawn_blocking(move || surveyor.survey_of_the_day(now));
        work.await.map_err(|error| SyncError::Worker(error.to_string()))?
    }
}

/// What a survey needs, on whatever thread.
struct Surveyor {
    store: Arc<Store>,
    contents: Contents,
}

impl Surveyor {
    fn survey_of_the_day(&self, now: Timestamp) -> Result<Option<Survey>, AttachmentError> {
        let last = self.store.read::<_, StoreError>(|reader| reader.mark(LAST))?;
        let last: Option<Timestamp> = last.and_then(|last| last.parse().ok());
        // After a clock that was ahead it is made again.
        let is_made = last.is_some_and(|last| last <= now && now.duration_since(last) < SignedDuration::from_hours(24));
        if is_made && self.contents.directory().is_dir() {
            return Ok(None);
        }
        let survey = self.survey(A_DAY)?;
        if !survey.unnoted {
            self.store.write::<_, StoreError>(|writer| writer.mark_put(LAST, &now.to_string()))?;
        }
        Ok(Some(survey))
    }

    fn survey(&self, budget: u64) -> Result<Survey, AttachmentError> {
        let known = self.store.read::<_, StoreError>(|reader| reader.attachment_contents())?;
        let directory = self.contents.directory();
        if !known.is_empty() && !directory.is_dir() {
            return Err(AttachmentError::DirectoryLost { directory: directory.to_owned(), known: known.len() });
        }
        let mut survey = Survey { known: known.len() as u64, ..Survey::default() };
        let mut lost = Vec::new();
        let mut sizes = BTreeMap::new();
        for (sha256, announced) in &known {
            match (self.contents.size(sha256)?, announced) {
                (None, _) => survey.missing += 1,
                (Some(size), Some(announced)) if u64::try_from(*announced) != Ok(size) => survey.altered += 1,
                (Some(size), _) => {
                    sizes.insert(sha256.as_str(), size);
                    continue;
                }
            }
            lost.push(sha256.as_str());
        }
        let read_last = self.store.read::<_, StoreError>(|reader| reader.mark(MARK))?.unwrap_or_default();
        let mut reached = None;
        let mut left = budget;
        for (sha256, size) in circular(&sizes, &read_last) {
            if reached.is_some() && size > left {
                break;
            }
            left = left.saturating_sub(size);
            survey.read += 1;
            reached = Some(sha256);
            if !self.contents.is_sound(sha256)? {
                survey.altered += 1;
                lost.push(sha256);
            }
        }
        if reached.is_some() || !lost.is_empty() {
            let noted = self.store.write::<_, StoreError>(|writer| {
                lost.iter().try_for_each(|sha256| writer.attachment_content_lost(sha256))?;
                reached.map_or(Ok(()), |reached| writer.mark_put(MARK, reached))
            });
            match noted {
                Err(error) if error.is_about_writing() => survey.unnoted = true,
                noted => noted?,
            }
        }
        Ok(survey)
    }
}

/// Everything once, beginning after a key.
fn circular<'a>(sizes: &'a BTreeMap<&'a str, u64>, last: &'a str) -> impl Iterator<Item = (&'a str, u64)> {
    let after = sizes.range::<str, _>((Bound::Excluded(last), Bound::Unbounded));
    let before = sizes.range::<str, _>((Bound::Unbounded, Bound::Included(last)));
    after.chain(before).map(|(sha256, size)| (*sha256, *size))
}
