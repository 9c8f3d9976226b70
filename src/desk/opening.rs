//! The desk put together over a database.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::{Backups, Desk, FrozenAt, Mailing, Retention};
use crate::attachments::{Attachments, Limits};
use crate::domain::clock::Clock;
use crate::evaluation::{Evaluator, MappedProcedure};
use crate::rules::Rulebook;
use crate::store::{Precaution, Store, StoreError, TrialCopy, copies_in, stem_of};

/// How the database is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Made where it is not there yet, and brought up to date.
    Create,
    /// The same, of one that must already be there.
    Existing,
    /// The same where it can be written now, on a disk that is not full for one; else only read.
    ExistingOrRead,
    /// Only read, and left as it is.
    Read,
}

/// All that a desk goes by, but for its database and its clock.
pub struct Settings {
    /// The rules with the operator's parameters.
    pub rulebook: Rulebook,
    /// The démarches followed.
    pub procedures: Vec<MappedProcedure>,
    /// The code of the région.
    pub region: String,
    /// Codes of the départements served, in order.
    pub served: Vec<String>,
    /// Where lists and reports are written.
    pub exports: PathBuf,
    /// The address of the DS site, without a slash at the end.
    pub site: String,
    /// What becomes of dossiers that DS erased.
    pub retention: Retention,
    /// From when on the report of a quarter is no draft any more.
    pub report_frozen_at: FrozenAt,
    /// Where contents of attached files are kept.
    pub contents: PathBuf,
    /// How much of them is downloaded; none: nothing.
    pub downloads: Option<Limits>,
    /// How messages leave, and to whom.
    pub mailing: Mailing,
    /// Where backups go, and how many stay.
    pub backups: Backups,
    /// Whether the tables of an older version are brought up to date without a copy of the database.
    pub without_copy: bool,
}

impl Desk {
    /// Opens the database and puts the desk together over it.
    ///
    /// # Errors
    /// A database that cannot be opened so.
    pub fn open(path: &Path, access: Access, settings: Settings, clock: &Clock) -> Result<Self, StoreError> {
        let directory = settings.backups.directory.as_path();
        let precaution =
            if settings.without_copy { Precaution::Without } else { Precaution::Copy { directory, now: clock.now() } };
        let store = Arc::new(
            match access {
                Access::Create => Store::open_with(path, precaution),
                Access::Existing => Store::open_existing(path, precaution),
                Access::ExistingOrRead => Store::open_as_far_as_possible(path, precaution),
                Access::Read => Store::open_to_read(path),
            }
            .map_err(|error| with_the_copy_before(error, directory))?,
        );
        Ok(Self::over(store, settings, clock))
    }

    /// Puts the desk together over a database that is open.
    #[must_use]
    pub fn over(store: Arc<Store>, settings: Settings, clock: &Clock) -> Self {
        let Settings {
            rulebook,
            procedures,
            region,
            served,
            exports,
            site,
            retention,
            report_frozen_at,
            contents,
            downloads,
            mailing,
            backups,
            without_copy: _,
        } = settings;
        Self {
            store: Arc::clone(&store),
            clock: clock.clone(),
            attachments: Attachments::new(Arc::clone(&store), clock.clone(), contents, downloads),
            evaluator: Evaluator::new(store, rulebook, procedures),
            region,
            served,
            exports,
            site,
            retention,
            report_frozen_at,
            mailing,
            backups,
        }
    }
}

/// A database of a newer version comes with the way out: the copy that was made before its tables were brought up to date.
fn with_the_copy_before(error: StoreError, directory: &Path) -> StoreError {
    let StoreError::Newer { path, copy: None, found, known } = error else { return error };
    let copies = copies_in(directory, &stem_of(&path));
    let later =
        copies.iter().rev().filter_map(|copy| Some((copy.before_schema.filter(|version| *version > known)?, copy)));
    // What was brought up to the first version that this one is too old for; the last one of those.
    let copy = later.min_by_key(|(version, _)| *version);
    StoreError::Newer { copy: copy.map(|(_, copy)| directory.join(copy.to_string())), path, found, known }
}

/// What stands where a database is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// A database of this version.
    Current,
    /// A database of an older version, which a command that writes brings up to date.
    Older,
    /// Nothing yet.
    Nothing,
}

/// Looks at the database without touching it.
///
/// # Errors
/// What stands there is no database of this program, or cannot be read.
pub fn look(path: &Path) -> Result<Found, StoreError> {
    match Store::open_to_read(path) {
        Ok(_) => Ok(Found::Current),
        Err(StoreError::Missing { .. }) => Ok(Found::Nothing),
        Err(StoreError::Older { .. }) => Ok(Found::Older),
        Err(error) => Err(error),
    }
}

/// Whether this account may write a database there, or begin one; nothing is touched.
///
/// # Errors
/// Why it may not.
pub fn refuse_unwritable(path: &Path) -> Result<(), StoreError> {
    Store::refuse_unwritable(path)
}

/// A copy of a database to try something on, which is gone once it is dropped.
///
/// # Errors
/// A database that cannot be read, or no room for its copy.
pub fn trial_copy(path: &Path) -> Result<TrialCopy, StoreError> {
    Store::trial_copy(path)
}
