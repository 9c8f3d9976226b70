//! Copies of the database in the directory of backups: their names, and which of them are no longer needed.
//!
//! A copy is named after the database and the instant of its snapshot, in UTC. That instant is DS's clock as far as it is known, like
//! all that is recorded; a clock that was wrong may have misdated some. So nothing is removed because of its age: so many days and months
//! that have a copy keep one, what was made within a day stays, and a copy dated after the one just made waits until its date has come.

use std::collections::BTreeSet;
use std::fmt;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// How the name of a copy ends.
const EXTENSION: &str = ".sqlite";
/// The instant in the name, without a character that some file systems refuse.
const INSTANT: &str = "%Y%m%dT%H%M%SZ";
/// What says that the tables were about to be brought up to a version.
const BEFORE: &str = "-avant-schema-";

/// What is older than the copy just made by less than that stays, however many there are.
const RECENT: SignedDuration = SignedDuration::from_hours(24);

/// The name of a copy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CopyName {
    /// When its snapshot was taken, to the second.
    pub at: Timestamp,
    /// How many there were already of that second.
    pub number: u32,
    /// It was made before the tables were brought up to this version.
    pub before_schema: Option<usize>,
    /// The name of the database, without its extension.
    pub stem: String,
}

impl CopyName {
    /// The name of the first copy of a second.
    #[must_use]
    pub fn new(stem: &str, at: Timestamp, before_schema: Option<usize>) -> Self {
        let at = Timestamp::from_second(at.as_second()).unwrap_or(at);
        Self { at, number: 0, before_schema, stem: stem.to_owned() }
    }

    /// The name for one more of the same second.
    #[must_use]
    pub fn next(&self) -> Self {
        Self { number: self.number + 1, ..self.clone() }
    }

    /// Takes the name of a file apart; none when it is not that of a copy of this database.
    #[must_use]
    pub fn read(stem: &str, name: &str) -> Option<Self> {
        let rest = name.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix(EXTENSION)?;
        let (instant, rest) = rest.split_at_checked("20210901T000000Z".len())?;
        let at = jiff::civil::DateTime::strptime(INSTANT, instant).ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let (before_schema, rest) = match rest.strip_prefix(BEFORE) {
            Some(rest) => {
                let end = rest.find('-').unwrap_or(rest.len());
                let (version, rest) = rest.split_at(end);
                (Some(version.parse().ok()?), rest)
            }
            None => (None, rest),
        };
        let number = match rest.strip_prefix('-') {
            Some(number) => number.parse::<u32>().ok()?.checked_sub(1)?,
            None => 0,
        };
        let found = Self { at, number, before_schema, stem: stem.to_owned() };
        // Written in one way only: anything else is somebody else's.
        (found.to_string() == name).then_some(found)
    }

    /// The day, in UTC.
    #[must_use]
    pub fn day(&self) -> Date {
        self.at.to_zoned(TimeZone::UTC).date()
    }
}

impl fmt::Display for CopyName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.stem, self.at.strftime(INSTANT))?;
        if let Some(version) = self.before_schema {
            write!(f, "{BEFORE}{version}")?;
        }
        if self.number > 0 {
            write!(f, "-{}", self.number + 1)?;
        }
        f.write_str(EXTENSION)
    }
}

/// How many copies stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptCopies {
    /// So many of the latest days that have one keep their last.
    pub daily: usize,
    /// So many of the latest months that have one keep their last.
    pub monthly: usize,
}

/// The copies that need no longer be kept once `made` is there. It stays, whatever its date, with those of the day before it: somebody may
/// count on them. So does the last one made before the tables were brought up to date, as long as its month is one of those that keep a
/// copy, and what is dated later than it.
#[must_use]
pub fn superfluous<'a>(made: &CopyName, all: &'a [CopyName], kept: KeptCopies) -> Vec<&'a CopyName> {
    let mut past: Vec<&CopyName> = all.iter().filter(|copy| copy.at <= made.at && *copy != made).collect();
    past.sort_by(|a, b| b.cmp(a));
    let (mut days, mut months) = (BTreeSet::from([made.day()]), BTreeSet::from([month(made)]));
    let mut has_upgrade = made.before_schema.is_some();
    past.retain(|copy| {
        let is_recent = made.at.duration_since(copy.at) < RECENT;
        let is_daily = !days.contains(&copy.day()) && days.len() < kept.daily;
        let is_monthly = !months.contains(&month(copy)) && months.len() < kept.monthly;
        let is_of_a_kept_month = months.contains(&month(copy)) || months.len() < kept.monthly;
        let is_upgrade = copy.before_schema.is_some() && !has_upgrade && is_of_a_kept_month;
        has_upgrade |= is_upgrade;
        if is_daily || is_recent {
            days.insert(copy.day());
        }
        if is_monthly || is_recent {
            months.insert(month(copy));
        }
        !(is_recent || is_daily || is_monthly || is_upgrade)
    });
    past
}

fn month(copy: &CopyName) -> Date {
    copy.day().first_of_month()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn copy(at: &str) -> CopyName {
        CopyName::new("fitn", at.parse().unwrap(), None)
    }

    #[test]
    fn a_name_is_read_back_and_nothing_else_is_one() {
        let plain = copy("2026-11-27T01:30:00.75Z");
        assert_eq!(plain.to_string(), "fitn-20261127T013000Z.sqlite");
        let upgrade = CopyName { before_schema: Some(32), ..plain.next() };
        assert_eq!(upgrade.to_string(), "fitn-20261127T013000Z-avant-schema-32-2.sqlite");
        for name in [plain.clone(), plain.next(), plain.next().next(), upgrade] {
            assert_eq!(CopyName::read("fitn", &name.to_string()), Some(name));
        }
        for other in [
            "fitn.sqlite",
            "fitn-20261127T013000Z.sqlite.envois",
            "fitn-20261127T013000Z.sqlite-wal",
            "fitn-20261127T013000Z-1.sqlite",
            "fitn-20261127T013000Z-02.sqlite",
            "fitn-20261127T013000Z-avant-schema-x.sqlite",
            "fitn-20261327T013000Z.sqlite",
            "fitn-essai-20261127T013000Z.sqlite",
            "autre-20261127T013000Z.sqlite",
            "fitn-é0261127T013000Z.sqlite",
        ] {
            assert_eq!(CopyName::read("fitn", other), None, "{other}");
        }
        assert!(CopyName::read("fitn-essai", "fitn-essai-20261127T013000Z.sqlite").is_some());
    }

    #[test]
    fn the_last_of_each_of_the_latest_days_and_months_stays() {
        let kept = KeptCopies { daily: 3, monthly: 3 };
        let mut all = Vec::new();
        for day in 1..=28 {
            for month in [8, 9, 10, 11] {
                all.push(copy(&format!("2026-{month:02}-{day:02}T01:30:00Z")));
            }
        }
        all.extend(["2026-11-27T09:00:00Z", "2026-11-27T08:00:00Z"].map(copy));
        let made = copy("2026-11-28T01:30:00Z");
        let gone = superfluous(&made, &all, kept);
        let mut left: Vec<String> =
            all.iter().filter(|one| !gone.contains(one)).map(|one| one.at.strftime("%m-%d %H").to_string()).collect();
        left.sort();
        assert_eq!(left, ["09-28 01", "10-28 01", "11-26 01", "11-27 08", "11-27 09", "11-28 01"]);
    }

    #[test]
    fn whatever_the_clock_says_what_was_just_made_stays_and_what_is_to_come_waits() {
        let all = ["2099-01-01T00:00:00Z", "2026-11-27T01:30:00Z", "2026-11-26T01:30:00Z"].map(copy);
        let back = copy("2001-01-01T00:00:00Z");
        let one = KeptCopies { daily: 1, monthly: 0 };
        assert!(superfluous(&back, &all, one).is_empty(), "a machine set back removes nothing");
        let now = copy("2026-11-28T01:30:00Z");
        assert_eq!(superfluous(&now, &all, one), [&all[1], &all[2]]);
        // However seldom copies are made, none goes for its age alone.
        assert_eq!(superfluous(&now, &all, KeptCopies { daily: 3, monthly: 1 }), [] as [&CopyName; 0]);
        let upgrade = CopyName { before_schema: Some(32), ..copy("2020-01-01T00:00:00Z") };
        let earlier = CopyName { before_schema: Some(31), ..copy("2019-01-01T00:00:00Z") };
        // That of before the last upgrade stays as long as its month keeps a copy.
        let months = |monthly| KeptCopies { daily: 1, monthly };
        let later = copy("2020-01-02T00:00:00Z");
        let all = [later, upgrade.clone(), earlier.clone()];
        assert_eq!(superfluous(&now, &all, months(2)), [&earlier]);
        assert_eq!(superfluous(&now, &[upgrade.clone(), earlier.clone()], one), [&upgrade, &earlier]);
    }
}
