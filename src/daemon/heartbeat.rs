//! One beat a minute.

use std::time::Duration;

use jiff::Timestamp;

use crate::domain::clock::Clock;

/// Between two beats at most, in milliseconds.
const BEAT: i64 = 60_000;

/// Beats at each new minute of this machine's clock, and never waits longer than a minute of the clock that nobody can set: a
/// clock that was ahead and is right again, or is set back by years, delays no beat.
#[derive(Debug)]
pub struct Heartbeat {
    clock: Clock,
    has_begun: bool,
}

impl Heartbeat {
    /// The first beat comes at once, so that what was missed is made up without waiting.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, has_begun: false }
    }

    /// Waits for the next beat; those missed meanwhile are not made up.
    pub async fn next(&mut self) {
        if self.has_begun {
            tokio::time::sleep(until_next_minute(self.clock.now())).await;
        }
        self.has_begun = true;
    }
}

fn until_next_minute(now: Timestamp) -> Duration {
    let left = BEAT - now.as_millisecond().rem_euclid(BEAT);
    Duration::from_millis(left.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_minute_is_never_further_than_a_minute() {
        let left = |text: &str| until_next_minute(text.parse().unwrap());
        assert_eq!(left("2021-09-01T06:00:00Z"), Duration::from_mins(1));
        assert_eq!(left("2021-09-01T06:00:59.9Z"), Duration::from_millis(100));
        assert_eq!(left("1969-12-31T23:59:30Z"), Duration::from_secs(30));
    }
}
