//! The use of credits, quarter by quarter, as it is known now: each amount in the quarter of its own day.

use jiff::civil::Date;

use super::{Grant, Window};
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

/// Of the grants of a section that count. What is granted is dated by its decision; what is engaged by the agreement, else by the decision; what is
/// paid by the payment. A day after the end of the report dates nothing by its end.
pub(super) fn series(grants: &[Grant], quarter: Quarter, window: Window) -> Series {
    let mut dated: Vec<(Date, Sums)> = Vec::new();
    let mut undated = Sums::default();
    let known = |day: Option<Date>| day.filter(|day| *day <= window.last_day());
    for grant in grants.iter().filter(|grant| grant.apart.is_none()) {
        let decision = known(grant.decided_on);
        let none = Sums::default();
        let parts = [
            (decision, Sums { granted: grant.granted.unwrap_or_default(), ..none }),
            (known(grant.days.agreement).or(decision), Sums { engaged: grant.engaged.unwrap_or_default(), ..none }),
            (known(grant.days.paid), Sums { paid: grant.paid.unwrap_or_default(), ..none }),
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
        Step { quarter, within, until }
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
