//! DS's clock, as the dates of its answers tell it.

use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::domain::clock::ServerClock;

/// What is learnt of DS's clock, answer after answer.
///
/// A date is usable when the header gives one, and DS can have meant it: its clock does not run back. Servers that differ by less
/// than the tolerance are one clock, which stands still meanwhile. A date from further back, before one that DS gave or before a
/// change that it dated itself, is believed when this machine's clock agrees: then it is the earlier one that was wrong.
#[derive(Debug, Default)]
pub struct Dates(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// As it was last read, now or before.
    known: Option<ServerClock>,
    /// The date of the newest change that DS is known to have dated.
    newest: Option<Timestamp>,
    /// As it was last read since that was taken up.
    heard: Option<ServerClock>,
    /// Answers without a usable date.
    undated: u64,
}

impl Dates {
    /// Takes up what is known, and begins to listen afresh.
    pub fn recall(&self, known: Option<ServerClock>, newest: Option<Timestamp>) {
        let mut state = self.state();
        *state = State { known, newest, heard: None, undated: state.undated };
    }

    /// Takes note of an answer: what its header said, and this machine's clock when it came. Gives what that tells of DS's
    /// clock; nothing when the date is not usable.
    pub fn note(&self, date: Option<Timestamp>, machine: Timestamp) -> Option<ServerClock> {
        let mut state = self.state();
        let usable = date.and_then(|date| state.usable(ServerClock { date, machine }));
        if usable.is_some() {
            state.known = usable;
            state.heard = usable;
        } else {
            state.undated += 1;
        }
        usable
    }

    /// As it was last read, now or before.
    pub fn known(&self) -> Option<ServerClock> {
        self.state().known
    }

    /// As it was last read since that was taken up.
    pub fn heard(&self) -> Option<ServerClock> {
        self.state().heard
    }

    /// How many answers came without a usable date.
    pub fn undated(&self) -> u64 {
        self.state().undated
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn usable(&self, read: ServerClock) -> Option<ServerClock> {
        let known = self.known.map(|known| known.date);
        let is_late = |floor: Timestamp| floor.duration_since(read.date) <= ServerClock::TOLERANCE;
        if known.max(self.newest).is_none_or(is_late) {
            let date = known.map_or(read.date, |known| known.max(read.date));
            Some(ServerClock { date, ..read })
        } else {
            (!read.is_off()).then_some(read)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    const RIGHT: &str = "2021-10-01T06:00:00Z";
    const AHEAD: &str = "2021-11-10T06:00:00Z";

    /// What is made of a date, after DS was known to have given another.
    fn noted(known: Option<&str>, date: Option<&str>, machine: &str) -> Option<Timestamp> {
        let dates = Dates::default();
        dates.recall(known.map(|date| ServerClock { date: at(date), machine: at(date) }), None);
        let usable = dates.note(date.map(at), at(machine));
        assert_eq!((dates.heard(), dates.undated()), (usable, u64::from(usable.is_none())));
        usable.map(|clock| clock.date)
    }

    #[test]
    fn ds_is_believed_whatever_this_machine_says() {
        for machine in ["2000-01-01T00:00:00Z", RIGHT, AHEAD] {
            assert_eq!(noted(None, Some(RIGHT), machine), Some(at(RIGHT)), "{machine}");
            assert_eq!(noted(Some("2021-09-01T06:00:00Z"), Some(RIGHT), machine), Some(at(RIGHT)), "{machine}");
        }
        assert_eq!(noted(None, None, RIGHT), None);
    }

    #[test]
    fn a_date_from_before_is_believed_when_this_machine_agrees() {
        assert_eq!(noted(Some(AHEAD), Some(RIGHT), "2021-10-01T06:00:09Z"), Some(at(RIGHT)), "DS was wrong before");
        assert_eq!(noted(Some(RIGHT), Some("2000-01-01T00:00:00Z"), RIGHT), None, "DS is wrong now");
        assert_eq!(noted(Some(RIGHT), Some("2000-01-01T00:00:00Z"), AHEAD), None);
    }

    #[test]
    fn servers_that_differ_by_little_are_one_clock_that_stands_still() {
        assert_eq!(noted(Some(RIGHT), Some("2021-10-01T05:59:57Z"), AHEAD), Some(at(RIGHT)));
        assert_eq!(noted(Some(RIGHT), Some("2021-10-01T05:54:59Z"), AHEAD), None, "but not by more");
    }

    #[test]
    fn a_date_before_the_newest_change_is_none() {
        let dates = Dates::default();
        dates.recall(None, Some(at(RIGHT)));
        assert_eq!(dates.note(Some(at("2000-01-01T00:00:00Z")), at(AHEAD)), None);
        assert!(dates.note(Some(at("2021-10-01T05:58:00Z")), at(AHEAD)).is_some(), "within the tolerance");
    }

    #[test]
    fn what_was_heard_is_known_and_a_new_run_listens_afresh() {
        let dates = Dates::default();
        let before = ServerClock { date: at("2021-09-01T06:00:00Z"), machine: at("2021-09-01T06:00:00Z") };
        dates.recall(Some(before), None);
        assert_eq!((dates.known(), dates.heard()), (Some(before), None));
        let heard = dates.note(Some(at(RIGHT)), at(AHEAD));
        assert_eq!((dates.known(), dates.heard()), (heard, heard));
        dates.recall(heard, None);
        assert_eq!((dates.known(), dates.heard()), (heard, None));
    }
}
