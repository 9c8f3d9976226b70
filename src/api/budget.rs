//! So many requests a minute of the clock, as the server counts them (API facts, 2.8).

use std::fs::OpenOptions;
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::files::refusal_in_french;

/// How many minutes ahead requests may be booked. Further than that, the clock was set back.
const HORIZON: i64 = 10;

/// What follows the name of the database in that of the file in which processes book.
const SUFFIX: &str = ".requests";

/// What is left of the minute, here and in the other processes that share it.
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

    /// Books one request: at once, or in a later minute, and then tells how long to wait before sending it.
    ///
    /// Booking ahead, rather than asking again after the wait, keeps the order and cannot starve anybody. A file that
    /// cannot be used is no reason to stop: this process then keeps to the budget alone.
    pub fn book(&self, now: Timestamp) -> Duration {
        if let Some(database) = self.database.as_ref().filter(|database| database.exists()) {
            let mut file = database.clone().into_os_string();
            file.push(SUFFIX);
            let file = Path::new(&file);
            match self.book_in(file, now) {
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
    fn book_in(&self, path: &Path, now: Timestamp) -> io::Result<Duration> {
        let mut options = OpenOptions::new();
        options.create(true).truncate(false).read(true).write(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.lock()?;
        let mut text = String::new();
        file.read_to_string(&mut text)?;
        // A file cut short by a crash begins afresh.
        let mut window = Window::from_text(&text).unwrap_or_default();
        let wait = window.book(self.per_minute, now);
        file.rewind()?;
        file.set_len(0)?;
        write!(file, "{} {}", window.minute, window.used)?;
        Ok(wait)
    }
}

/// The minute in which the next request is booked, and how many are already.
#[derive(Debug, Clone, Copy)]
struct Window {
    minute: i64,
    used: u32,
}

impl Default for Window {
    fn default() -> Self {
        Self { minute: i64::MIN, used: 0 }
    }
}

impl Window {
    fn from_text(text: &str) -> Option<Self> {
        let (minute, used) = text.trim().split_once(' ')?;
        Some(Self { minute: minute.parse().ok()?, used: used.parse().ok()? })
    }

    fn book(&mut self, per_minute: u32, now: Timestamp) -> Duration {
        let current = now.as_second().div_euclid(60);
        if !(current..current + HORIZON).contains(&self.minute) {
            *self = Self { minute: current, used: 0 };
        } else if self.used >= per_minute {
            *self = Self { minute: self.minute + 1, used: 0 };
        }
        self.used += 1;
        let until = self.minute * 60 - now.as_second();
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
    fn processes_that_book_in_one_file_share_the_minute() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("base");
        std::fs::File::create(&database).unwrap();
        let [one, other] = [1, 2].map(|_| Budget::new(2).shared_with(Some(database.clone())));
        assert_eq!([one.book(at(20)), other.book(at(21)), one.book(at(22))].map(|wait| wait.as_secs()), [0, 0, 38]);
        assert_eq!(other.book(at(22)).as_secs(), 38);
        assert_eq!(other.book(at(22)).as_secs(), 98, "the minute after");
        std::fs::File::create(directory.path().join("base.requests")).unwrap();
        assert_eq!(one.book(at(23)).as_secs(), 0, "cut short by a crash");
    }

    #[test]
    fn without_a_database_or_a_file_beside_it_a_process_keeps_to_the_budget_alone() {
        let directory = tempfile::tempdir().unwrap();
        let database = directory.path().join("base");
        let budget = Budget::new(1).shared_with(Some(database.clone()));
        assert_eq!([budget.book(at(20)), budget.book(at(20))].map(|wait| wait.as_secs()), [0, 40]);
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0, "nothing is made for it");
        std::fs::File::create(&database).unwrap();
        std::fs::create_dir(directory.path().join("base.requests")).unwrap();
        assert_eq!(budget.book(at(20)).as_secs(), 100);
    }

    #[test]
    fn a_clock_set_back_does_not_stop_the_client() {
        let budget = Budget::new(1);
        budget.book(at(86_400));
        assert_eq!(budget.book(at(0)).as_secs(), 0);
    }
}
