//! The use of credits, quarter by quarter, as it is known now: each amount in the quarter of its own day.

use jiff::civil::Date;

use super::Grant;
use crate::domain::money::Cents;
use crate::domain::period::{Period, Quarter};

/// How many quarters are shown; what lies before the first is told in one sum.
const SHOWN: usize = 8;

/// Granted, engaged and paid, together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Granted.
    pub granted: Cents,
    /// Engaged.
    pub engaged: Cents,
    /// Paid.
    pub paid: Cents,
}

impl std::ops::Add for Sums {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self {
            granted: self.granted + other.granted,
            engaged: self.engaged + other.engaged,
            paid: self.paid + other.paid,
        }
    }
}

/// One quarter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub quarter: Quarter,
    /// Dated within it.
    pub within: Sums,
    /// Dated by its end.
    pub until: Sums,
    /// What there was to grant from at its end.
    pub right: Option<Cents>,
}

/// The quarters until that of the report. The last step and what has no day make the sums of the section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Dated before the first quarter shown.
    pub before: Sums,
    /// At least two, at most eight; the last is that of the report.
    pub steps: Vec<Step>,
    /// What no day is known of.
    pub undated: Sums,
}

/// Of the grants of a section that count. What is granted is dated by the day from which the grant counts, what is engaged by the agreement,
/// what is paid by the payment: neither before the grant counts, so that each step is what the report of its quarter said. What is engaged
/// without a day of the agreement is so with the grant; what is paid without a day is undated.
pub(super) fn series(grants: &[Grant], quarter: Quarter) -> Series {
    let mut dated: Vec<(Date, Sums)> = Vec::new();
    let mut undated = Sums::default();
    for grant in grants.iter().filter(|grant| grant.apart.is_none()) {
        let since = grant.counts_since;
        let not_before = |day: Date| since.map_or(day, |since| since.max(day));
        let (engaged_on, paid_on) = (grant.days.agreement.map(not_before), grant.days.paid.map(not_before));
        let none = Sums::default();
        let parts = [
            (since, Sums { granted: grant.granted.unwrap_or_default(), ..none }),
            (engaged_on.or(since), Sums { engaged: grant.engaged.unwrap_or_default(), ..none }),
            (paid_on, Sums { paid: grant.paid.unwrap_or_default(), ..none }),
        ];
        for (day, sums) in parts.into_iter().filter(|(_, sums)| *sums != none) {
            match day {
                Some(day) => dated.push((day, sums)),
                None => undated = undated + sums,
            }
        }
    }
    let first = dated.iter().map(|(day, _)| *day).min();
    let mut quarters = vec![quarter, quarter.previous()];
    while quarters.len() < SHOWN
        && let Some(last) = quarters.last().copied()
        && first.is_some_and(|first| first < last.first_day())
    {
        quarters.push(last.previous());
    }
    quarters.reverse();
    let between = |from: Option<Date>, before: Option<Date>| {
        let within = |day: Date| from.is_none_or(|from| from <= day) && before.is_none_or(|before| day < before);
        dated.iter().filter(|(day, _)| within(*day)).fold(Sums::default(), |sum, (_, sums)| sum + *sums)
    };
    let before = between(None, quarters.first().map(Period::first_day));
    let mut until = before;
    let step = |quarter: Quarter| {
        let within = between(Some(quarter.first_day()), Some(quarter.next_first_day()));
        until = until + within;
        Step { quarter, within, until, right: None }
    };
    Series { before, steps: quarters.into_iter().map(step).collect(), undated }
}

impl Series {
    /// What was dated by the end of the report.
    #[must_use]
    pub fn dated(&self) -> Sums {
        self.steps.last().map_or(self.before, |step| step.until)
    }

    /// What was dated within the quarter of the report.
    #[must_use]
    pub fn this_quarter(&self) -> Sums {
        self.steps.last().map(|step| step.within).unwrap_or_default()
    }
}
