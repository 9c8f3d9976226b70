//! Whether something still moves, and who is told so.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Longer than all the tries of one request, which may pass without a page: beyond that the service hangs.
const LONGEST_SILENCE: Duration = Duration::from_mins(30);

/// When something last moved.
#[derive(Debug, Clone)]
pub struct Pulse(Arc<Mutex<Instant>>);

impl Default for Pulse {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(Instant::now())))
    }
}

impl Pulse {
    /// Something moves.
    pub fn beat(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    /// Whether something has moved lately.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).elapsed() < LONGEST_SILENCE
    }

    /// Tells systemd, when it is there, that the service lives, as long as something moves.
    pub async fn reassure_systemd(self, stop: CancellationToken) {
        let Some(allowed) = sd_notify::watchdog_enabled() else { return };
        let mut ticks = tokio::time::interval(allowed.checked_div(2).unwrap_or(Duration::from_secs(1)));
        while !stop.is_cancelled() {
            ticks.tick().await;
            if self.is_alive() {
                // Without systemd there is nobody to tell.
                let _ = sd_notify::notify(&[NotifyState::Watchdog]);
            }
        }
    }
}
