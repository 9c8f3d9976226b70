//! Why an errand was not done, and what would mend it.

use std::fmt;

use crate::api::ErrorKind;
use crate::desk::{BackupError, DeskError};
use crate::evaluation::EvaluationError;
use crate::store::StoreError;
use crate::sync::SyncError;

/// What would mend it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Time alone, perhaps.
    Time,
    /// Somebody, at any time: it is tried again meanwhile.
    Person,
    /// Somebody, and trying again before that does harm: an account that is locked after so many refusals.
    PersonFirst,
}

/// An errand that was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setback {
    /// What happened, in French.
    pub message: String,
    /// What to do, in French.
    pub hint: String,
    /// What would mend it.
    pub remedy: Remedy,
}

impl Setback {
    /// Something that a person must mend.
    #[must_use]
    pub fn for_a_person(message: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: hint.to_string(), remedy: Remedy::Person }
    }

    /// Something that a person must mend before anything is tried again.
    #[must_use]
    pub fn before_all(message: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: hint.to_string(), remedy: Remedy::PersonFirst }
    }

    /// Something that time may mend.
    #[must_use]
    pub fn passing(message: impl fmt::Display, hint: impl fmt::Display) -> Self {
        Self { message: message.to_string(), hint: hint.to_string(), remedy: Remedy::Time }
    }

    /// The same, with something else to do.
    #[must_use]
    pub fn hint(self, hint: impl fmt::Display) -> Self {
        Self { hint: hint.to_string(), ..self }
    }
}

impl fmt::Display for Setback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl From<&SyncError> for Setback {
    fn from(error: &SyncError) -> Self {
        Self { message: error.to_string(), hint: error.hint().to_owned(), remedy: of_sync(error) }
    }
}

impl From<&DeskError> for Setback {
    fn from(error: &DeskError) -> Self {
        Self { message: error.to_string(), hint: error.hint(), remedy: of_desk(error) }
    }
}

impl From<DeskError> for Setback {
    fn from(error: DeskError) -> Self {
        Self::from(&error)
    }
}

impl From<StoreError> for Setback {
    fn from(error: StoreError) -> Self {
        DeskError::from(error).into()
    }
}

fn of_desk(error: &DeskError) -> Remedy {
    match error {
        DeskError::Sync(error) => of_sync(error),
        DeskError::Store(error)
        | DeskError::Evaluation(EvaluationError::Store(error))
        | DeskError::Backup(BackupError::Store(error)) => of_store(error),
        DeskError::Backup(error) if error.is_passing() => Remedy::Time,
        DeskError::NeverSynced(_) | DeskError::NotBegun(_) | DeskError::NotFinal { .. } => Remedy::Time,
        _ => Remedy::Person,
    }
}

fn of_sync(error: &SyncError) -> Remedy {
    match error {
        SyncError::Api { source, .. } => of_api(source.kind()),
        SyncError::Store(error) => of_store(error),
        SyncError::Outage { .. }
        | SyncError::Stuck { .. }
        | SyncError::OutOfTime { .. }
        | SyncError::Cancelled
        | SyncError::Worker(_) => Remedy::Time,
    }
}

fn of_api(kind: ErrorKind) -> Remedy {
    match kind {
        ErrorKind::ProxyAuth => Remedy::PersonFirst,
        ErrorKind::Refused
        | ErrorKind::NotFound
        | ErrorKind::Rejected
        | ErrorKind::Outgrown
        | ErrorKind::Redirected
        | ErrorKind::Blocked => Remedy::Person,
        ErrorKind::RateLimited
        | ErrorKind::Timeout
        | ErrorKind::Gateway
        | ErrorKind::Temporary
        | ErrorKind::ServerFault
        | ErrorKind::InvalidNull
        | ErrorKind::BadCursor
        | ErrorKind::Unreadable => Remedy::Time,
    }
}

fn of_store(error: &StoreError) -> Remedy {
    if error.is_configuration() || matches!(error, StoreError::DiskFull { .. } | StoreError::Damaged { .. }) {
        Remedy::Person
    } else {
        Remedy::Time
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{ApiError, Cause, Refusal, Target, TokenSource};

    #[test]
    fn what_time_mends_is_told_from_what_a_person_must_mend() {
        let remedy = |source| Setback::from(&SyncError::Api { procedure: 7, source }).remedy;
        assert_eq!(remedy(ApiError::Temporary(Cause::Maintenance)), Remedy::Time);
        assert_eq!(remedy(ApiError::Refused(Refusal::Expired(TokenSource::File))), Remedy::Person);
        assert_eq!(remedy(ApiError::NotFound(Target::Procedure(7))), Remedy::Person);
        assert_eq!(remedy(ApiError::ProxyAuth), Remedy::PersonFirst);
        let path = std::path::PathBuf::from("fitn.sqlite");
        assert_eq!(Setback::from(StoreError::Busy { path: path.clone() }).remedy, Remedy::Time);
        assert_eq!(Setback::from(StoreError::ReadOnly { path }).remedy, Remedy::Person);
        assert_eq!(Setback::from(DeskError::NeverSynced("la liste")).remedy, Remedy::Time);
        assert_eq!(Setback::from(DeskError::NothingFollowed("axe3-v2")).remedy, Remedy::Person);
    }
}
