//! What this process has asked DS, for monitoring: counts since its start.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The bounds by which requests are counted: so many milliseconds at most. The last is the usual timeout.
const BOUNDS_MS: [u64; 10] = [50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000, 60_000];

/// Requests for questions, whatever came of them; downloads of files apart.
#[derive(Debug)]
pub struct Traffic {
    /// By how long they took; the last are those beyond all bounds.
    requests: [AtomicU64; BOUNDS_MS.len() + 1],
    retries: AtomicU64,
    microseconds: AtomicU64,
}

/// Since the process started: one a process, as there is one DS.
pub static TRAFFIC: Traffic = Traffic::new();

impl Traffic {
    const fn new() -> Self {
        Self {
            requests: [const { AtomicU64::new(0) }; BOUNDS_MS.len() + 1],
            retries: AtomicU64::new(0),
            microseconds: AtomicU64::new(0),
        }
    }

    /// A request ended, well or not, after so long.
    pub(super) fn request(&self, lasted: Duration) {
        let within = |bound: &u64| lasted <= Duration::from_millis(*bound);
        let at = BOUNDS_MS.iter().position(within).unwrap_or(BOUNDS_MS.len());
        if let Some(count) = self.requests.get(at) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.microseconds.fetch_add(u64::try_from(lasted.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// What failed is tried again.
    pub(super) fn retry(&self) {
        self.retries.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests took no longer than a bound and longer than the one before it; without a bound, those beyond all.
    pub fn requests(&self) -> impl Iterator<Item = (Option<Duration>, u64)> {
        let bounds = BOUNDS_MS.into_iter().map(|bound| Some(Duration::from_millis(bound))).chain([None]);
        bounds.zip(self.requests.iter().map(|count| count.load(Ordering::Relaxed)))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_counted_once_by_the_bound_that_it_did_not_pass() {
        let traffic = Traffic::new();
        for milliseconds in [0, 50, 51, 60_000, 60_001, 600_000] {
            traffic.request(Duration::from_millis(milliseconds));
        }
        let counted: Vec<_> = traffic.requests().filter(|(_, count)| *count > 0).collect();
        let bound = |milliseconds| Some(Duration::from_millis(milliseconds));
        assert_eq!(counted, [(bound(50), 2), (bound(100), 1), (bound(60_000), 1), (None, 2)]);
        assert_eq!(traffic.lasted(), Duration::from_millis(720_102));
    }
}
