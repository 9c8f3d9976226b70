//! What each room's errors mean for whoever waits for the exit code.

use super::{Exit, Failure};
use crate::api::{ApiError, ErrorKind, SetupError};
use crate::attachments::AttachmentError;
use crate::delivery::LogError;
use crate::desk::{BackupError, DeskError, RestoreError, StoreError};
use crate::evaluation::EvaluationError;
use crate::rules::ParameterError;
use crate::sync::SyncError;

fn of_api(error: &ApiError) -> Exit {
    match error.kind() {
        ErrorKind::Refused => Exit::Refused,
        ErrorKind::ProxyAuth | ErrorKind::NotFound | ErrorKind::Redirected => Exit::Usage,
        ErrorKind::Unreadable if matches!(error, ApiError::Unreadable { status: 404, .. }) => Exit::Usage,
        ErrorKind::Rejected | ErrorKind::Outgrown => Exit::Failed,
        ErrorKind::RateLimited
        | ErrorKind::Timeout
        | ErrorKind::Gateway
        | ErrorKind::Temporary
        | ErrorKind::ServerFault
        | ErrorKind::InvalidNull
        | ErrorKind::BadCursor
        | ErrorKind::Unreadable
        | ErrorKind::Blocked => Exit::TryLater,
    }
}

fn of_store(error: &StoreError) -> Exit {
    match error {
        StoreError::Locked { .. }
        | StoreError::Served { .. }
        | StoreError::HeldByOlder { .. }
        | StoreError::BackingUp { .. }
        | StoreError::InUse { .. }
        | StoreError::Restoring { .. }
        | StoreError::Busy { .. } => Exit::TryLater,
        error if error.is_configuration() => Exit::Usage,
        _ => Exit::Failed,
    }
}

fn of_sync(error: &SyncError) -> Exit {
    match error {
        SyncError::Api { source, .. } => of_api(source),
        SyncError::Outage { .. } | SyncError::Stuck { .. } | SyncError::OutOfTime { .. } => Exit::TryLater,
        SyncError::Store(error) => of_store(error),
        SyncError::Cancelled | SyncError::Worker(_) => Exit::Failed,
    }
}

fn of_attachments(error: &AttachmentError) -> Exit {
    match error {
        AttachmentError::Api(error) => of_api(error),
        AttachmentError::Sync(error) => of_sync(error),
        AttachmentError::Store(error) => of_store(error),
        AttachmentError::Setup(_) => Exit::Usage,
        AttachmentError::Storage(_) => Exit::TryLater,
        AttachmentError::Disk { .. }
        | AttachmentError::DiskLow { .. }
        | AttachmentError::DirectoryLost { .. }
        | AttachmentError::Stopped => Exit::Failed,
    }
}

fn of_backup(error: &BackupError) -> Exit {
    match error {
        BackupError::Store(error) => of_store(error),
        error if error.is_usage() => Exit::Usage,
        error if error.is_passing() => Exit::TryLater,
        _ => Exit::Failed,
    }
}

fn of_desk(error: &DeskError) -> Exit {
    match error {
        DeskError::Backup(error) => of_backup(error),
        DeskError::Store(error)
        | DeskError::Evaluation(EvaluationError::Store(error))
        | DeskError::Restore(RestoreError::Store(error)) => of_store(error),
        DeskError::Restore(error) if error.is_usage() => Exit::Usage,
        DeskError::Sync(error) => of_sync(error),
        DeskError::Attachments(error) => of_attachments(error),
        DeskError::SendLog(LogError::Busy) => Exit::TryLater,
        DeskError::Evaluation(EvaluationError::OtherConfiguration)
        | DeskError::NothingFollowed(_)
        | DeskError::Refused { .. }
        | DeskError::NotBegun(_)
        | DeskError::NotFinal { .. }
        | DeskError::NeverSynced(_) => Exit::Usage,
        DeskError::Restore(_)
        | DeskError::Evaluation(_)
        | DeskError::NotEvaluated(_)
        | DeskError::Report(_)
        | DeskError::Delivery(_)
        | DeskError::SendLog(LogError::File { .. })
        | DeskError::BackupIncomplete { .. }
        | DeskError::Damaged(_)
        | DeskError::File { .. } => Exit::Failed,
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self::new(of_api(&error), &error).hint(error.hint())
    }
}

impl From<SetupError> for Failure {
    fn from(error: SetupError) -> Self {
        Self::usage(&error).hint("corrigez la section [api] de la configuration, ou le jeton")
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::new(of_store(&error), &error).hint(error.hint())
    }
}

impl From<&SyncError> for Failure {
    fn from(error: &SyncError) -> Self {
        Self::new(of_sync(error), error).hint(error.hint())
    }
}

impl From<AttachmentError> for Failure {
    fn from(error: AttachmentError) -> Self {
        Self::new(of_attachments(&error), &error).hint(error.hint())
    }
}

impl From<&DeskError> for Failure {
    fn from(error: &DeskError) -> Self {
        Self::new(of_desk(error), error).hint(error.hint())
    }
}

impl From<DeskError> for Failure {
    fn from(error: DeskError) -> Self {
        Self::from(&error)
    }
}

impl From<EvaluationError> for Failure {
    fn from(error: EvaluationError) -> Self {
        DeskError::from(error).into()
    }
}

impl From<ParameterError> for Failure {
    fn from(error: ParameterError) -> Self {
        Self::usage(&error).hint(error.mend())
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::*;
    use crate::api::{Cause, CertificateFault, DownloadError, Overrun, Refusal, Target, TokenSource};

    #[allow(clippy::needless_pass_by_value, reason = "each is made where it is given")]
    fn api(source: ApiError) -> Exit {
        let wrapped = SyncError::Api { procedure: 1, source: source.clone() };
        assert_eq!(of_sync(&wrapped), of_api(&source));
        assert_eq!(of_attachments(&source.clone().into()), of_api(&source));
        of_api(&source)
    }

    #[test]
    fn what_a_person_has_to_mend_here_is_a_wrong_configuration() {
        for error in [
            ApiError::ProxyAuth,
            ApiError::NotFound(Target::Procedure(1)),
            ApiError::Redirected { status: 301, host: None },
            ApiError::Unreadable { status: 404, reason: String::new() },
        ] {
            assert_eq!(api(error), Exit::Usage);
        }
        assert_eq!(api(ApiError::Refused(Refusal::Expired(TokenSource::File))), Exit::Refused);
    }

    #[test]
    fn what_may_pass_is_for_later() {
        for error in [
            ApiError::Timeout(Overrun::Deadline),
            ApiError::Temporary(Cause::Maintenance),
            ApiError::Temporary(Cause::Certificate(CertificateFault::Expired(None))),
            ApiError::ProxyRefused { status: 403 },
            ApiError::ProxyRefused { status: 502 },
            ApiError::RateLimited { wait: Duration::ZERO },
        ] {
            assert_eq!(api(error), Exit::TryLater);
        }
        assert_eq!(of_sync(&SyncError::OutOfTime { limit: Duration::ZERO }), Exit::TryLater);
        let busy = || StoreError::Busy { path: PathBuf::from("fitn.sqlite") };
        assert_eq!(of_store(&busy()), Exit::TryLater);
        assert_eq!(of_sync(&SyncError::Store(busy())), Exit::TryLater);
        assert_eq!(of_desk(&DeskError::Store(busy())), Exit::TryLater);
        assert_eq!(of_attachments(&AttachmentError::Storage(DownloadError::Timeout)), Exit::TryLater);
    }
}
