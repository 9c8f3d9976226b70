//! One beat a minute: the only job that the scheduler has. What is due then is for [`super::Plan::due`] to say.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler, JobSchedulerError};

/// At each new minute.
const EACH_MINUTE: &str = "0 * * * * *";

/// The longest time without a beat. The scheduler waits for an instant of this machine's clock: set back by a month, it would wait
/// for a month. This is a minute of the clock that nobody can set.
const LONGEST_WAIT: Duration = Duration::from_mins(1);

/// Beats until it is stopped.
pub struct Heartbeat {
    scheduler: JobScheduler,
    beat: Arc<Notify>,
}

impl Heartbeat {
    /// Starts beating. The first beat is there at once, so that what was missed is made up without waiting.
    ///
    /// # Errors
    /// The scheduler cannot be started.
    pub async fn start() -> Result<Self, JobSchedulerError> {
        let beat = Arc::new(Notify::new());
        let scheduler = JobScheduler::new().await?;
        let ring = Arc::clone(&beat);
        scheduler.add(Job::new(EACH_MINUTE, move |_, _| ring.notify_one())?).await?;
        scheduler.start().await?;
        beat.notify_one();
        Ok(Self { scheduler, beat })
    }

    /// Waits for the next beat; beats missed meanwhile count as one.
    pub async fn next(&self) {
        // Either way it is time to look at what is due.
        let _ = tokio::time::timeout(LONGEST_WAIT, self.beat.notified()).await;
    }

    /// Stops beating. Tasks that run are none of its business.
    pub async fn stop(mut self) {
        if let Err(error) = self.scheduler.shutdown().await {
            tracing::warn!(%error, "le planificateur s’est mal arrêté");
        }
    }
}
