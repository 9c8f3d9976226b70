//! Trying again, at the level of the GraphQL operation: errors hide in answers with status 200.

use std::future::Future;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};

use super::error::{ApiError, ErrorKind};
use super::traffic::TRAFFIC;
use crate::domain::clock::Stopwatch;

/// What the caller does when the server, or one on the way (502, 504), fails on the question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// It asks for each part by itself: no second try after a fault.
    Once,
    /// It asks for less: few tries.
    ForLess,
    /// There is no less to ask for: as long as the policy allows.
    ForThis,
}

/// How long and how often one operation is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// No further try begins after this time; a wait that would last beyond it is not begun either. The last try may
    /// still take its whole timeout.
    pub max_elapsed: Duration,
    /// Further tries after a timeout or a fault of the server: few, since the caller has a better answer to them, a
    /// smaller page.
    pub tries_after_fault: u32,
    /// The first wait; it doubles, up to [`RetryPolicy::max_delay`], with as much again at random.
    pub min_delay: Duration,
    /// The longest wait between two tries, the server's own requests excepted.
    pub max_delay: Duration,
    /// The most that is added, at random, to a wait that the server asks for: clients that wait for the same minute do not
    /// rush in together.
    pub max_jitter: Duration,
}

impl RetryPolicy {
    /// For a whole time of `max_elapsed`.
    #[must_use]
    pub const fn within(max_elapsed: Duration) -> Self {
        Self {
            max_elapsed,
            tries_after_fault: 1,
            min_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(30),
            max_jitter: Duration::from_secs(5),
        }
    }

    /// One try, no more.
    #[must_use]
    pub const fn once() -> Self {
        Self { tries_after_fault: 0, ..Self::within(Duration::ZERO) }
    }

    /// Runs an operation until it gives an answer, or an error that trying again will not mend, or time is up by `watch`: no less
    /// than the waits make, so that time passes where the clock of a test stands still.
    ///
    /// # Errors
    /// The last error.
    pub(super) async fn run<T, F>(
        &self,
        operation: &'static str,
        patience: Patience,
        watch: Stopwatch,
        attempt: impl FnMut() -> F,
    ) -> Result<T, ApiError>
    where
        F: Future<Output = Result<T, ApiError>>,
    {
        let mut waited = Duration::ZERO;
        let mut faults_left = if patience == Patience::Once { 0 } else { self.tries_after_fault };
        let backoff = ExponentialBuilder::default()
            .with_min_delay(self.min_delay)
            .with_max_delay(self.max_delay)
            .without_max_times()
            .with_jitter();
        attempt
            .retry(backoff)
            .sleep(tokio::time::sleep)
            .when(|error| match error.kind() {
                ErrorKind::RateLimited | ErrorKind::Temporary => true,
                ErrorKind::Gateway if patience == Patience::ForThis => true,
                ErrorKind::Gateway | ErrorKind::Timeout | ErrorKind::ServerFault => {
                    let again = faults_left > 0;
                    faults_left = faults_left.saturating_sub(1);
                    again
                }
                _ => false,
            })
            .adjust(|error, delay| {
                let pause = self.pause(error, delay, watch.elapsed().max(waited));
                waited += pause.unwrap_or_default();
                pause
            })
            .notify(|error, delay| {
                TRAFFIC.retry();
                let seconds = delay.as_millis().div_ceil(1000);
                tracing::warn!(operation, error = %error, "nouvel essai dans {seconds} s");
            })
            .await
    }

    /// How long to wait after an error, so long after the first try began, when its turn would be `delay`: as long as the
    /// server asks for, where it does. None when that would be too long in all.
    fn pause(&self, error: &ApiError, delay: Option<Duration>, elapsed: Duration) -> Option<Duration> {
        let delay = match error {
            ApiError::RateLimited { wait } => Some(*wait + self.max_jitter / 1000 * fastrand::u32(0..=1000)),
            _ => delay,
        };
        delay.filter(|delay| elapsed + *delay < self.max_elapsed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::error::Cause;

    #[test]
    fn a_pause_is_as_long_as_the_server_asks_for_and_never_beyond_the_time_allowed() {
        let policy = RetryPolicy::within(Duration::from_mins(5));
        let limited = ApiError::RateLimited { wait: Duration::from_secs(40) };
        let passing = ApiError::Temporary(Cause::Maintenance);
        let turn = Some(Duration::from_secs(2));
        for _ in 0..100 {
            let pause = policy.pause(&limited, turn, Duration::ZERO).unwrap();
            assert!((Duration::from_secs(40)..=Duration::from_secs(45)).contains(&pause), "{pause:?}");
        }
        assert_eq!(policy.pause(&passing, turn, Duration::ZERO), turn);
        assert_eq!(policy.pause(&passing, turn, Duration::from_secs(297)), turn);
        assert_eq!(policy.pause(&passing, turn, Duration::from_secs(298)), None);
        assert_eq!(policy.pause(&limited, turn, Duration::from_secs(260)), None);
        assert_eq!(policy.pause(&passing, None, Duration::ZERO), None, "no further try");
    }
}
