//! The use of credits: rights or envelope, granted, engaged, paid, left, at which pace.

use std::collections::BTreeMap;
use std::fmt;

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Window;
use super::grant::{Apart, Grant};
use super::series::{Series, series};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::period::{Period, Quarter};
use crate::domain::programme::Programme;
use crate::rules::Place;
use crate::territory;

/// What the line of the sums is called.
pub(super) const ALL_TOGETHER: &str = "Ensemble";

/// What is said of [`Outlook::Far`].
pub(super) const FAR: &str = "dans plus de dix ans";

/// The credits of one programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The programme.
    pub programme: Programme,
    /// As people read it.
    pub title: &'static str,
    /// By département, in order of code; for credits of the région, what lies in several of its départements comes last.
    pub lines: Vec<Credit>,
    /// Their sum.
    pub total: Credit,
    /// What lies outside and is in no sum, when there is something.
    pub apart: Vec<Credit>,
    /// Every accepted dossier, by département then number: what the figures sum.
    pub grants: Vec<Grant>,
    /// The same figures, quarter by quarter.
    pub series: Series,
}

/// One line of credits. Amounts are those of accepted dossiers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The département; none for a line over several.
    pub departement: Option<String>,
    /// As people read it.
    pub label: String,
    /// Drawing right or envelope.
    pub right: Option<Cents>,
    /// Requests filed by the end of the period.
    pub requests: usize,
    /// Grants with an amount.
    pub grants: usize,
    /// Grants without an amount: above them, what is granted is a lower bound.
    pub without_amount: usize,
    /// Granted.
    pub granted: Cents,
    /// Granted within the quarter.
    pub granted_in_quarter: Cents,
    /// Granted within the quarter before.
    pub granted_in_previous_quarter: Cents,
    /// Engaged, by grants without a granted amount too.
    pub engaged: Cents,
    /// Paid, likewise.
    pub paid: Cents,
    /// Against the quarter before.
    pub trend: Option<Trend>,
    /// When there is nothing left.
    pub outlook: Outlook,
}

/// What is granted within a quarter, against the quarter before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trend {
    /// More.
    Up,
    /// As much.
    Level,
    /// Less.
    Down,
}

impl Trend {
    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Up => "en hausse",
            Self::Level => "stable",
            Self::Down => "en baisse",
        }
    }
}

/// When a right is used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// It is, since the day of the grant that used it up when that is known.
    Exhausted(Option<Date>),
    /// It will be, at the pace of this quarter.
    On(Date),
    /// It will be later than in ten years, at this pace.
    Far,
    /// Without right, or without pace.
    Unknown,
}

impl fmt::Display for Outlook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exhausted(Some(day)) => write!(f, "épuisé depuis le {}", french_date(*day)),
            Self::Exhausted(None) => f.write_str("épuisé"),
            Self::On(day) => f.write_str(&french_date(*day)),
            Self::Far => f.write_str(FAR),
            Self::Unknown => f.write_str("–"),
        }
    }
}

impl Credit {
    /// What is left of the right; negative when it is exceeded.
    #[must_use]
    pub fn left(&self) -> Option<Cents> {
        self.right.map(|right| right - self.granted)
    }

    /// The share of the right that is granted; 1 is all of it.
    #[must_use]
    pub fn share(&self) -> Option<Decimal> {
        self.share_of(self.granted)
    }

    /// The share of the right that an amount is.
    #[must_use]
    pub fn share_of(&self, amount: Cents) -> Option<Decimal> {
        share(amount, self.right?)
    }
}

/// The share of a right that an amount is.
pub(super) fn share(amount: Cents, right: Cents) -> Option<Decimal> {
    Some(right)
        .filter(|right| right.is_positive())
        .and_then(|right| amount.to_decimal().checked_div(right.to_decimal()))
}

/// The credits of a programme, and among whom they are shared.
pub(super) struct Purse {
    pub programme: Programme,
    pub title: &'static str,
    /// The départements that the sums are made of, with their rights.
    pub places: BTreeMap<String, Option<Cents>>,
    /// In all.
    pub right: Option<Cents>,
    /// The same as they were, each from its day on.
    pub then: Vec<Earlier>,
    /// Of the région as a whole: what lies in several of its départements counts.
    pub regional: bool,
}

/// What a purse held, from a day on.
pub(super) struct Earlier {
    pub from: Date,
    pub places: BTreeMap<String, Option<Cents>>,
    pub right: Option<Cents>,
}

/// The line that something counts in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Spot {
    In(String),
    Several,
    Unknown,
}

impl Purse {
    /// The right of a département on a day; without a département, what there was in all.
    pub fn right_on(&self, departement: Option<&str>, day: Date) -> Option<Cents> {
        let then = self.then.iter().rev().find(|then| then.from <= day);
        let (places, right) = match (then, self.then.is_empty()) {
            (Some(then), _) => (&then.places, then.right),
            (None, true) => (&self.places, self.right),
            (None, false) => return None,
        };
        departement.map_or(right, |code| places.get(code).copied().flatten())
    }

    pub fn spot(&self, place: &Place) -> Spot {
        let inside = || place.lies_in(|code| self.places.contains_key(code)) == Some(true);
        match &place.departement {
            Some(code) => Spot::In(code.clone()),
            None if self.regional && inside() => Spot::Several,
            None => Spot::Unknown,
        }
    }

    fn holds(&self, spot: &Spot) -> bool {
        match spot {
            Spot::In(code) => self.places.contains_key(code),
            Spot::Several => true,
            Spot::Unknown => false,
        }
    }
}

/// The section of a programme, from how many of its requests count in which line, and from its grants in any order.
pub(super) fn section(
    purse: &Purse,
    requests: &BTreeMap<Spot, usize>,
    grants: Vec<Grant>,
    (quarter, window, served): (Quarter, Window, &[String]),
) -> Section {
    let mut grants: Vec<(Spot, Grant)> = grants.into_iter().map(|grant| (purse.spot(&grant.place), grant)).collect();
    grants.sort_by(|(a, one), (b, other)| (!purse.holds(a), a, one.number).cmp(&(!purse.holds(b), b, other.number)));
    let line = |spot: Option<&Spot>, right: Option<Cents>, is_in: &dyn Fn(&Spot) -> bool| {
        let (departement, label) = match spot {
            Some(Spot::In(code)) => (Some(code.clone()), name_of(code)),
            Some(Spot::Several) => (None, "Plusieurs départements".to_owned()),
            Some(Spot::Unknown) => (None, "Département à préciser".to_owned()),
            None => (None, ALL_TOGETHER.to_owned()),
        };
        let of_it: Vec<&Grant> = grants.iter().filter(|(spot, _)| is_in(spot)).map(|(_, grant)| grant).collect();
        let requests = requests.iter().filter(|(spot, _)| is_in(spot)).map(|(_, number)| number).sum();
        let right_on = |day: Date| match (spot, purse.regional) {
            (None, _) => purse.right_on(None, day),
            (Some(Spot::In(code)), false) => purse.right_on(Some(code), day),
            _ => None,
        };
        let days: Vec<Date> = purse.then.iter().map(|then| then.from).collect();
        Credit { departement, label, requests, ..sum(&of_it, right, window, (&right_on, &days)) }
    };
    let mut lines: Vec<Credit> = purse
        .places
        .iter()
        .map(|(code, right)| (Spot::In(code.clone()), *right))
        .map(|(spot, right)| line(Some(&spot), right, &|other| *other == spot))
        .collect();
    if requests.contains_key(&Spot::Several) {
        lines.push(line(Some(&Spot::Several), None, &|spot| *spot == Spot::Several));
    }
    let total = line(None, purse.right, &|spot| purse.holds(spot));
    let elsewhere = requests.keys().filter(|spot| !purse.holds(spot));
    let apart = elsewhere.map(|spot| line(Some(spot), None, &|other| other == spot)).collect();
    let apart_of = |spot: &Spot, grant: &Grant| -> Option<Apart> {
        match (purse.holds(spot), grant.place.lies_in(|code| served.iter().any(|served| served == code))) {
            (true, _) => None,
            (false, Some(false)) => Some(Apart::Elsewhere),
            (false, _) if matches!(spot, Spot::In(_)) => Some(Apart::WithoutRight),
            (false, _) => Some(Apart::Unsettled),
        }
    };
    let grants: Vec<Grant> =
        grants.into_iter().map(|(spot, grant)| Grant { apart: apart_of(&spot, &grant), ..grant }).collect();
    let mut series = series(&grants, quarter);
    for step in &mut series.steps {
        let last_day = step.quarter.next_first_day().saturating_sub(1.day());
        step.right = purse.right_on(None, last_day.min(window.last_day()));
    }
    Section { programme: purse.programme, title: purse.title, lines, total, apart, grants, series }
}

fn name_of(code: &str) -> String {
    territory::departement(code).map_or_else(|| code.to_owned(), |departement| departement.name.to_owned())
}

/// What a right was on a day, and the days from which it was another.
type Then<'a> = (&'a dyn Fn(Date) -> Option<Cents>, &'a [Date]);

fn sum(grants: &[&Grant], right: Option<Cents>, window: Window, then: Then<'_>) -> Credit {
    let granted = |counts: &dyn Fn(&Grant) -> bool| -> Cents {
        grants.iter().filter(|grant| counts(grant)).filter_map(|grant| grant.granted).sum()
    };
    let mut credit = Credit {
        departement: None,
        label: String::new(),
        right,
        requests: 0,
        grants: grants.iter().filter(|grant| grant.granted.is_some()).count(),
        without_amount: grants.iter().filter(|grant| grant.granted.is_none()).count(),
        granted: granted(&|_| true),
        granted_in_quarter: granted(&|grant| grant.in_quarter),
        granted_in_previous_quarter: granted(&|grant| grant.in_previous_quarter),
        engaged: grants.iter().filter_map(|grant| grant.engaged).sum(),
        paid: grants.iter().filter_map(|grant| grant.paid).sum(),
        trend: None,
        outlook: Outlook::Unknown,
    };
    credit.trend = trend(&credit, window);
    credit.outlook = outlook(&credit, grants, window, then);
    credit
}

/// A quarter that is not over is not compared.
fn trend(credit: &Credit, window: Window) -> Option<Trend> {
    let (now, before) = (credit.granted_in_quarter, credit.granted_in_previous_quarter);
    if !window.whole || (now == Cents::ZERO && before == Cents::ZERO) {
        return None;
    }
    Some(match now.cmp(&before) {
        std::cmp::Ordering::Greater => Trend::Up,
        std::cmp::Ordering::Equal => Trend::Level,
        std::cmp::Ordering::Less => Trend::Down,
    })
}

fn outlook(credit: &Credit, grants: &[&Grant], window: Window, then: Then<'_>) -> Outlook {
    const TEN_YEARS: i64 = 3_653;
    let Some(left) = credit.left() else { return Outlook::Unknown };
    if !left.is_positive() {
        return Outlook::Exhausted(used_up_on(grants, window, then));
    }
    let Some(pace) = Some(credit.granted_in_quarter).filter(|pace| pace.is_positive()) else { return Outlook::Unknown };
    let days = i64::from((window.last_day() - window.first_day()).get_days()) + 1;
    let needed = left.times(days).0 / pace.0;
    let needed = i64::try_from(needed).ok().filter(|needed| *needed <= TEN_YEARS);
    needed.and_then(|needed| window.last_day().checked_add(needed.days()).ok()).map_or(Outlook::Far, Outlook::On)
}

/// The day since which nothing is left: that of a grant, or of a right that became less.
fn used_up_on(grants: &[&Grant], window: Window, (right_on, days): Then<'_>) -> Option<Date> {
    let mut spent_on: BTreeMap<Date, Cents> =
        days.iter().filter(|day| **day <= window.last_day()).map(|day| (*day, Cents::ZERO)).collect();
    for grant in grants {
        if let (Some(day), Some(amount)) = (grant.counts_since, grant.granted) {
            *spent_on.entry(day).or_default() += amount;
        }
    }
    let (mut spent, mut since) = (Cents::ZERO, None);
    for (day, amount) in spent_on {
        spent += amount;
        let is_used_up = right_on(day).is_some_and(|right| spent >= right);
        since = if is_used_up { since.or(Some(day)) } else { None };
    }
    since
}
