//! So many requests a minute of the clock, as the server counts them (API facts, 2.8).

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// How many minutes ahead requests may be booked. Further than that, the clock was set back.
const HORIZON: i64 = 10;

/// What is left of the minute.
#[derive(Debug)]
pub struct Budget {
    per_minute: u32,
    window: Mutex<Window>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    minute: i64,
    used: u32,
}

impl Budget {
    /// At least one request a minute, or nothing would ever be asked.
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute: per_minute.max(1), window: Mutex::new(Window { minute: i64::MIN, used: 0 }) }
    }

    /// Books one request: at once, or in a later minute, and then tells how long to wait before sending it.
    ///
    /// Booking ahead, rather than asking again after the wait, keeps the order and cannot starve anybody.
    pub fn book(&self, now: Timestamp) -> Duration {
        let current = now.as_second().div_euclid(60);
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        if !(current..current + HORIZON).contains(&window.minute) {
            *window = Window { minute: current, used: 0 };
        } else if window.used >= self.per_minute {
            *window = Window { minute: window.minute + 1, used: 0 };
        }
        window.used += 1;
        let until = window.minute * 60 - now.as_second();
        Duration::from_secs(u64::try_from(until).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_040 + second).unwrap()
    }

    #[test]
    fn what_exceeds_a_minute_waits_for_the_next_ones() {
        let budget = Budget::new(2);
        let waits: Vec<u64> = (0..5).map(|_| budget.book(at(20)).as_secs()).collect();
        assert_eq!(waits, [0, 0, 40, 40, 100]);
        assert_eq!(budget.book(at(125)).as_secs(), 0, "the second place of the third minute");
        assert_eq!(budget.book(at(125)).as_secs(), 55);
    }

    #[test]
    fn a_new_minute_is_a_new_budget() {
        let budget = Budget::new(1);
        assert_eq!(budget.book(at(59)).as_secs(), 0);
        assert_eq!(budget.book(at(60)).as_secs(), 0);
        assert_eq!(budget.book(at(61)).as_secs(), 59);
    }

    #[test]
    fn a_clock_set_back_does_not_stop_the_client() {
        let budget = Budget::new(1);
        budget.book(at(86_400));
        assert_eq!(budget.book(at(0)).as_secs(), 0);
    }
}
