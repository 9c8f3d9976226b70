//! So many requests in any sixty seconds. The server counts by the minute of its own clock (API facts, 2.8), which is not this
//! one: whatever minute it counts by, it finds no more.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::files::{Account, open_own, refusal_in_french};

/// How many seconds no more than the budget may lie in; one more than the minute, since a second is booked as a whole.
const SPAN: i64 = 61;

/// By how many seconds a clock may be set back for what was booked before to count on. What was booked at an instant that is
/// further ahead is of a clock that was wrong.
const SET_BACK: i64 = 600;

/// What follows the name of the database in that of the file in which processes book.
const SUFFIX: &str = ".requests";

/// How often the lock of that file is tried, and how long is waited in between: a second in all.
const TRIES: u32 = 100;
const BETWEEN_TRIES: Duration = Duration::from_millis(10);

/// What is left to ask, here and in the other processes that share it.
#[derive(Debug)]
pub struct Budget {
    per_minute: u32,
    own: Mutex<Window>,
    database: Option<PathBuf>,
    unshared: Once,
}

impl Budget {
    /// At least one request a minute, or nothing would ever be asked.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute: per_minute.max(1),
            own: Mutex::new(Window::default()),
            database: None,
            unshared: Once::new(),
        }
    }

    /// The same, shared with every process on a database, once there is one.
    pub fn shared_with(self, database: Option<PathBuf>) -> Self {
        Self { database, ..self }
    }

    /// Books one request: at once, or at a later second, and then tells how long to wait before sending it.
    ///
    /// Booking ahead, rather than asking again after the wait, keeps the order and cannot starve anybody. A file that
    /// cannot be used is no reason to stop: this process then keeps to the budget alone.
    pub fn book(&self, now: Timestamp) -> Duration {
        // By whatever name the database is opened, its file is one.
        if let Some(database) = self.database.as_ref().and_then(|database| database.canonicalize().ok()) {
            let mut file = database.clone().into_os_string();
            file.push(SUFFIX);
            let file = Path::new(&file);
            match self.book_in(file, &database, now) {
                Ok(wait) => return wait,
                Err(error) => self.unshared.call_once(|| {
                    let reason = refusal_in_french(&error);
                    tracing::debug!(file = %file.display(), reason, "budget de requêtes non partagé");
                }),
            }
        }
        self.own.lock().unwrap_or_else(PoisonError::into_inner).book(self.per_minute, now)
    }

    /// The lock on the file lasts for a few system calls, and dies with its holder.
    fn book_in(&self, path: &Path, database: &Path, now: Timestamp) -> io::Result<Duration> {
        let mut options = OpenOptions::new();
        // What another account than that of the database would make here would be closed to it.
        let is_own = Account::owner_of(database) == Some(Account::own());
        options.create(is_own).truncate(false).read(true).write(true);
        let mut file = open_own(path, &mut options)?;
        take(&file)?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A file cut short by a crash begins afresh.
        let mut window = Window::from_text(&text).unwrap_or_default();
        let wait = window.book(self.per_minute, now);
        file.rewind()?;
        file.set_len(0)?;
        file.write_all(window.to_text().as_bytes())?;
        Ok(wait)
    }
}

/// Takes the lock, which others hold for a few system calls. One who holds it for longer keeps nobody waiting for ever.
fn take(file: &File) -> io::Result<()> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => std::thread::sleep(BETWEEN_TRIES),
            Err(TryLockError::Error(error)) => return Err(error),
            Ok(()) => return Ok(()),
        }
    }
    Err(io::ErrorKind::WouldBlock.into())
}

/// The requests that are booked for a second.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Booked {
    requests: u32,
    /// At which second the last of them was booked.
    at: i64,
}

/// The requests that are booked, by second, however far ahead; those that no longer count are forgotten.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Window(BTreeMap<i64, Booked>);

impl Window {
    fn from_text(text: &str) -> Option<Self> {
        let line = |line: &str| {
            let mut numbers = line.split(' ');
            let second = numbers.next()?.parse().ok()?;
            let booked = Booked { requests: numbers.next()?.parse().ok()?, at: numbers.next()?.parse().ok()? };
            Some((second, booked))
        };
        text.lines().map(line).collect::<Option<_>>().map(Self)
    }

    fn to_text(&self) -> String {
        self.0.iter().fold(String::new(), |mut text, (second, Booked { requests, at })| {
            let _ = writeln!(text, "{second} {requests} {at}");
            text
        })
    }

    /// Books the first second from now on, and not before one that is booked already, that has room in every span it lies in.
    fn book(&mut self, per_minute: u32, now: Timestamp) -> Duration {
        let now = now.as_second();
        self.0.retain(|second, booked| *second > now - SPAN && booked.at <= now + SET_BACK);
        let mut at = self.0.keys().next_back().map_or(now, |last| now.max(*last));
        loop {
            let span = || self.0.range(at - SPAN + 1..=at);
            if span().map(|(_, booked)| booked.requests).sum::<u32>() < per_minute {
                break;
            }
            // The earliest of the span has to leave it first.
            at = span().next().map_or(at + 1, |(earliest, _)| earliest + SPAN);
        }
        let booked = self.0.entry(at).or_default();
        *booked = Booked { requests: booked.requests + 1, at: now };
        Duration::from_secs(u64::try_from(at - now).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_040 + second).unwrap()
    }

    #[test]
    fn what_exceeds_the_budget_waits_until_the_earliest_no_longer_counts() {
        let budget = Budget::new(2);
        let waits: Vec<u64> = (0..5).map(|_| budget.book(at(20)).as_secs()).collect();
        assert_eq!(waits, [0, 0, 61, 61, 122]);
        assert_eq!(budget.book(at(142)).as_secs(), 0, "the second place of that second");
        assert_eq!(budget.book(at(142)).as_secs(), 61);
    }

    proptest! {
        #[test]
        fn no_minute_of_any_clock_has_more_than_the_budget(gaps in prop::collection::vec(0..40_i64, 1..60), limit in 1..6_u32) {
            let budget = Budget::new(limit);
            let mut now = 0;
            let mut sent: Vec<i64> = Vec::new();
            for gap in gaps {
                now += gap;
                sent.push(now + i64::try_from(budget.book(at(now)).as_secs()).unwrap());
                // The next is booked once this one is sent, as one process does.
                now = *sent.last().unwrap();
            }
            for first in &sent {
                let within = sent.iter().filter(|second| (*first..first + 60).contains(*second)).count();
                prop_assert!(within <= limit as usize, "{within} from {first}");
            }
        }
    }

    #[test]
    fn processes_that_book_in_one_file_share_the_budget_by_whatever_name_they_open_it() {
        let directory = tempfile::tempdir().unwrap();
        let (database, link) = (directory.path().join("base"), directory.path().join("lien"));
        std::fs::File::create(&database).unwrap();
        std::os::unix::fs::symlink(&database, &link).unwrap();
        let [one, other] = [&database, &link].map(|path| Budget::new(2).shared_with(Some(path.clone())));
        assert_eq!([one.book(at(20)), other.book(at(21)), one.book(at(22))].map(|wait| wait.as_secs()), [0, 0, 59]);
        assert_eq!(other.book(at(22)).as_secs(), 60);
        crate::files::write_atomically(&directory.path().join("base.requests"), b"1700000").unwrap();
        assert_eq!(one.book(at(23)).as_secs(), 0, "cut short by a crash");
    }

    #[test]
    fn without_a_database_or_a_file_beside_it_a_process_keeps_to_the_budget_alone() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("base");
        let budget = Budget::new(1).shared_with(Some(database.clone()));
        assert_eq!([budget.book(at(20)), budget.book(at(20))].map(|wait| wait.as_secs()), [0, 61]);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nothing is made for it");
        std::fs::File::create(&database).unwrap();
        std::fs::create_dir(directory.path().join("base.requests")).unwrap();
        assert_eq!(budget.book(at(20)).as_secs(), 122);
    }

    #[test]
    fn what_was_booked_before_a_clock_was_set_back_a_little_counts_on() {
        let budget = Budget::new(1);
        budget.book(at(100));
        assert_eq!(budget.book(at(50)).as_secs(), 111, "a minute after the one booked, not now");
    }

    #[test]
    fn what_is_booked_for_later_than_ten_minutes_counts_as_well() {
        let budget = Budget::new(1);
        let waits: Vec<u64> = (0..30).map(|_| budget.book(at(20)).as_secs()).collect();
        assert_eq!(waits, (0..30).map(|turn| 61 * turn).collect::<Vec<_>>());
        assert_eq!(budget.book(at(20 + 61 * 29)).as_secs(), 61, "and so does what was booked long before");
    }

    #[test]
    fn a_shared_file_holds_what_counts_and_nothing_of_before() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("base");
        std::fs::File::create(&database).unwrap();
        let budget = Budget::new(10).shared_with(Some(database));
        assert!((0..10).all(|_| budget.book(at(20)).is_zero()));
        // From now on there is less to write than there was.
        assert!((0..10).all(|_| budget.book(at(90)).is_zero()));
        assert_eq!(budget.book(at(90)).as_secs(), 61, "the file can still be read");
    }

    #[test]
    fn a_clock_set_back_does_not_stop_the_client() {
        let budget = Budget::new(1);
        budget.book(at(86_400));
        assert_eq!(budget.book(at(0)).as_secs(), 0);
    }
}
