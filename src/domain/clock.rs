//! The two clocks: that of this machine, injected, and that of DS, learnt from its answers.
//!
//! Whatever a document rests on is dated by DS's. This machine's serves pauses and schedules, and what DS's is
//! estimated from between two answers. The table "Whose clock" of the crate's documentation has every stored instant.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// Where "now" comes from. Cheap to clone.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// It is the machine's, which people set: what lasts is measured by the steady one beside it.
    is_machine: bool,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        #[allow(clippy::disallowed_methods, reason = "the one place where the machine's clock is read")]
        Self { now: Arc::new(Timestamp::now), is_machine: true }
    }

    /// A clock that stands still: for tests and for pictures of the past.
    #[must_use]
    pub fn fixed(instant: Timestamp) -> Self {
        Self::from_fn(move || instant)
    }

    /// A clock that a test moves by hand.
    #[must_use]
    pub fn from_fn(now: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { now: Arc::new(now), is_machine: false }
    }

    /// The present instant, UTC.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// Begins to measure how long something lasts.
    #[must_use]
    pub fn start(&self) -> Stopwatch {
        Stopwatch { steady: self.is_machine.then(Instant::now), began: self.now(), clock: self.clone() }
    }
}

/// How long something has lasted: by the machine's steady clock, which nobody sets, or by the clock that a test moves.
#[derive(Debug, Clone)]
pub struct Stopwatch {
    steady: Option<Instant>,
    began: Timestamp,
    clock: Clock,
}

impl Stopwatch {
    /// Since it was started.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        let by_hand = || self.clock.now().duration_since(self.began).try_into().unwrap_or_default();
        self.steady.map_or_else(by_hand, |began| began.elapsed())
    }
}

/// DS's clock as it was last read: the header `Date` of an answer, and what this machine's clock said when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServerClock {
    /// What DS said, to the second.
    pub date: Timestamp,
    /// What this machine's clock said when that came.
    pub machine: Timestamp,
}

impl ServerClock {
    /// Beyond this difference one of the two clocks is wrong: slow answers and rounding explain less.
    pub const TOLERANCE: SignedDuration = SignedDuration::from_mins(5);

    /// How much DS's clock is ahead of this machine's; negative when this machine's is ahead.
    #[must_use]
    pub fn offset(&self) -> SignedDuration {
        self.date.duration_since(self.machine)
    }

    /// Whether the two clocks differ by more than [`ServerClock::TOLERANCE`].
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.offset().abs() > Self::TOLERANCE
    }

    /// An instant of this machine's clock, corrected by the difference last measured: what DS's clock would say, as far as
    /// can be told without asking it. Never before what it said last. A machine that was set right since is told by what the
    /// correction would give: an instant before that, or one further away by more than a day than what the machine says itself.
    #[must_use]
    pub fn corrected(&self, machine_now: Timestamp) -> Timestamp {
        const LARGE: SignedDuration = SignedDuration::from_hours(24);
        let corrected = machine_now.saturating_add(self.offset()).unwrap_or(machine_now);
        let is_nearer = (self.date..corrected).contains(&machine_now);
        if corrected < self.date || (is_nearer && self.offset().abs() > LARGE) {
            return machine_now.max(self.date);
        }
        corrected
    }

    /// An instant at which something is said to have happened; none when it is later than what DS's clock said last: what is
    /// said to have happened in the future counts as never.
    #[must_use]
    pub fn past(&self, instant: Timestamp) -> Option<Timestamp> {
        (instant <= self.date).then_some(instant)
    }
}

/// An instant to be shown as past; none when it lies ahead: what is said to have happened in the future counts as never.
/// Ahead by no more than [`ServerClock::TOLERANCE`], it is now: DS's dates are whole seconds, and answers take their time, so
/// an instant by this machine's clock may lie a little after what is taken for now by DS's.
#[must_use]
pub fn shown_past(instant: Timestamp, now: Timestamp) -> Option<Timestamp> {
    (instant.duration_since(now) <= ServerClock::TOLERANCE).then(|| instant.min(now))
}

impl std::fmt::Debug for Clock {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Clock").field(&self.now()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn read(date: &str, machine: &str) -> ServerClock {
        ServerClock { date: at(date), machine: at(machine) }
    }

    #[test]
    fn the_machine_s_clock_is_corrected_by_the_difference_last_measured() {
        let ahead = read("2021-10-01T06:00:00Z", "2021-11-10T06:00:00Z");
        assert_eq!(ahead.offset(), SignedDuration::from_hours(-40 * 24));
        assert_eq!(ahead.corrected(at("2021-11-10T06:01:30Z")), at("2021-10-01T06:01:30Z"));
        assert_eq!(ahead.corrected(at("2021-10-04T06:01:30Z")), at("2021-10-04T06:01:30Z"), "set right since");
        assert_eq!(ahead.corrected(at("2021-10-01T05:59:30Z")), ahead.date, "never before DS’s date");
        let behind = read("2021-10-01T06:00:00Z", "2000-01-01T00:00:00Z");
        assert_eq!(behind.corrected(at("2000-01-01T00:00:10Z")), at("2021-10-01T06:00:10Z"));
        assert_eq!(behind.corrected(at("2021-10-01T06:00:10Z")), at("2021-10-01T06:00:10Z"), "set right since");
        let late = read("2021-10-01T06:00:00Z", "2021-10-01T04:00:00Z");
        assert_eq!(late.corrected(at("2021-10-01T07:00:00Z")), at("2021-10-01T09:00:00Z"), "two hours late, as before");
        assert_eq!(behind.corrected(Timestamp::MAX), Timestamp::MAX, "beyond all calendars");
    }

    #[test]
    fn what_lasts_is_measured_by_the_hand_of_a_test_and_never_backwards() {
        let hand = std::sync::Arc::new(std::sync::atomic::AtomicI64::new(0));
        let shown = std::sync::Arc::clone(&hand);
        let clock =
            Clock::from_fn(move || Timestamp::from_second(shown.load(std::sync::atomic::Ordering::SeqCst)).unwrap());
        let watch = clock.start();
        let elapsed = |second| {
            hand.store(second, std::sync::atomic::Ordering::SeqCst);
            watch.elapsed()
        };
        assert_eq!([0, 90, -5].map(elapsed), [0, 90, 0].map(Duration::from_secs));
        assert!(Clock::system().start().steady.is_some(), "the machine’s clock may be set meanwhile");
    }

    #[test]
    fn five_minutes_are_no_difference() {
        assert!(!read("2021-10-01T06:00:00Z", "2021-10-01T06:05:00Z").is_off());
        assert!(!read("2021-10-01T06:05:00Z", "2021-10-01T06:00:00Z").is_off());
        assert!(read("2021-10-01T06:00:00Z", "2021-10-01T06:05:01Z").is_off());
        assert!(read("2021-10-01T06:05:01Z", "2021-10-01T06:00:00Z").is_off());
    }

    #[test]
    fn what_lies_ahead_by_the_rounding_of_ds_s_dates_is_now_and_beyond_the_tolerance_never() {
        let now = at("2021-10-01T06:00:00Z");
        for (instant, shown) in [
            ("2021-10-01T05:59:59.9Z", Some("2021-10-01T05:59:59.9Z")),
            ("2021-10-01T06:00:00.9Z", Some("2021-10-01T06:00:00Z")),
            ("2021-10-01T06:05:00Z", Some("2021-10-01T06:00:00Z")),
            ("2021-10-01T06:05:00.1Z", None),
        ] {
            assert_eq!(shown_past(at(instant), now), shown.map(at), "{instant}");
        }
    }

    #[test]
    fn what_happened_in_the_future_never_happened() {
        let clock = read("2021-10-01T06:00:00Z", "2021-10-01T06:00:00Z");
        assert_eq!(clock.past(clock.date), Some(clock.date));
        assert_eq!(clock.past(at("2021-10-01T06:00:01Z")), None);
    }
}
