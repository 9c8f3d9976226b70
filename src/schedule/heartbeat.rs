//! One beat a minute, in UTC: the only job that the scheduler has.

use std::sync::Arc;

use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// The scheduler cannot be started.
#[derive(Debug, thiserror::Error)]
#[error("le planificateur ne démarre pas : {0}")]
pub struct HeartbeatError(#[from] JobSchedulerError);

/// Beats until it is stopped.
pub struct Heartbeat {
    scheduler: JobScheduler,
    beat: Arc<Notify>,
}

impl Heartbeat {
    /// Starts beating. The first beat is there at once, so that what was missed is made up without waiting.
    ///
    /// # Errors
    /// [`HeartbeatError`].
    pub async fn start() -> Result<Self, HeartbeatError> {
        let beat = Arc::new(Notify::new());
        let scheduler = JobScheduler::new().await?;
        let ring = Arc::clone(&beat);
        scheduler.add(Job::new("0 * * * * *", move |_, _| ring.notify_one())?).await?;
        scheduler.start().await?;
        beat.notify_one();
        Ok(Self { scheduler, beat })
    }

    /// Waits for the next beat; beats missed meanwhile count as one.
    pub async fn next(&self) {
        self.beat.notified().await;
    }

    /// Stops beating. Tasks that run are none of its business.
    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "le planificateur s’est mal arrêté");
        }
    }
}
