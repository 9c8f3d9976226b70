//! What this process has asked DS, for monitoring: sums since its start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Requests for questions, whatever came of them; downloads of files apart.
#[derive(Debug)]
pub struct Traffic {
    requests: AtomicU64,
    retries: AtomicU64,
    microseconds: AtomicU64,
}

/// Since the process started: one a process, as there is one DS.
pub static TRAFFIC: Traffic =
    Traffic { requests: AtomicU64::new(0), retries: AtomicU64::new(0), microseconds: AtomicU64::new(0) };

impl Traffic {
    /// A request ended, well or not, after so long.
    pub(super) fn request(&self, lasted: Duration) {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.microseconds.fetch_add(u64::try_from(lasted.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What failed is tried again.
    pub(super) fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests were sent.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.requests.load(Ordering::Relaxed)
    }

    /// How many of them were further tries.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// How long all of them took together.
    #[must_use]
    pub fn lasted(&self) -> Duration {
        Duration::from_micros(self.microseconds.load(Ordering::Relaxed))
    }
}
