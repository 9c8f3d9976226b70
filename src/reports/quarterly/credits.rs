//! The use of credits: rights or envelope, granted, engaged, paid, left.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Window;
use super::grant::{Grant, departement};
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
use crate::territory::territory;

/// The credits of one programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The programme.
    pub programme: Programme,
    /// As people read it.
    pub title: &'static str,
    /// By département, in order of code.
    pub lines: Vec<Credit>,
    /// Their sum.
    pub total: Credit,
    /// What lies outside and is in no sum, when there is something.
    pub apart: Vec<Credit>,
    /// Every accepted dossier, by département then number: what the figures sum.
    pub grants: Vec<Grant>,
}

/// One line of credits. Amounts are those of accepted dossiers with a granted amount.
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
    /// Engaged.
    pub engaged: Cents,
    /// Paid.
    pub paid: Cents,
    /// The day on which the right is used up at the pace of this quarter; none without a pace, or beyond ten years.
    pub runs_out_on: Option<Date>,
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
        let right = self.right.filter(|right| right.is_positive())?;
        amount.to_decimal().checked_div(right.to_decimal())
    }
}

/// The section of a programme. `places` are the départements that its sums are made of, with their rights.
pub(super) fn section(
    programme: Programme,
    title: &'static str,
    places: &BTreeMap<String, Option<Cents>>,
    right: Option<Cents>,
    dossiers: &[&Judged],
    grants: &[Grant],
    window: Window,
) -> Section {
    let requests: Vec<Option<String>> = dossiers
        .iter()
        .filter(|judged| judged.subject.programme == programme)
        .map(|judged| departement(&judged.subject))
        .collect();
    let mut grants: Vec<Grant> = grants.iter().filter(|grant| grant.programme == programme).cloned().collect();
    let inside = |place: Option<&String>| place.is_some_and(|code| places.contains_key(code));
    grants.sort_by(|a, b| {
        let key = |grant: &Grant| (!inside(grant.departement.as_ref()), grant.departement.clone(), grant.number);
        key(a).cmp(&key(b))
    });
    let line =
        |departement: Option<&str>, label: &str, right: Option<Cents>, is_in: &dyn Fn(Option<&String>) -> bool| {
            let mut credit = Credit {
                departement: departement.map(str::to_owned),
                label: label.to_owned(),
                right,
                requests: requests.iter().filter(|place| is_in(place.as_ref())).count(),
                grants: 0,
                without_amount: 0,
                granted: Cents::ZERO,
                granted_in_quarter: Cents::ZERO,
                engaged: Cents::ZERO,
                paid: Cents::ZERO,
                runs_out_on: None,
            };
            grants.iter().filter(|grant| is_in(grant.departement.as_ref())).for_each(|grant| add(&mut credit, grant));
            credit.runs_out_on = runs_out_on(&credit, window);
            credit
        };
    let lines = places
        .iter()
        .map(|(code, right)| line(Some(code), &name_of(code), *right, &|place| place == Some(code)))
        .collect();
    let total = line(None, "Ensemble", right, &inside);
    let mut elsewhere: Vec<Option<&String>> =
        requests.iter().map(Option::as_ref).filter(|place| !inside(*place)).collect();
    elsewhere.sort_by_key(|place| (place.is_none(), *place));
    elsewhere.dedup();
    let apart = elsewhere
        .into_iter()
        .map(|code| {
            let label = code.map_or_else(|| "Département à préciser".to_owned(), |code| name_of(code));
            line(code.map(String::as_str), &label, None, &|place| place == code)
        })
        .collect();
    Section { programme, title, lines, total, apart, grants }
}

fn name_of(code: &str) -> String {
    territory().departement(code).map_or_else(|| code.to_owned(), |departement| departement.name.clone())
}

fn add(credit: &mut Credit, grant: &Grant) {
    let Some(granted) = grant.granted else {
        credit.without_amount += 1;
        return;
    };
    credit.grants += 1;
    credit.granted += granted;
    credit.engaged += grant.engaged.unwrap_or_default();
    credit.paid += grant.paid.unwrap_or_default();
    if grant.in_quarter {
        credit.granted_in_quarter += granted;
    }
}

fn runs_out_on(credit: &Credit, window: Window) -> Option<Date> {
    const TEN_YEARS: i64 = 3_653;
    let left = credit.left().filter(|left| left.is_positive())?;
    let pace = Some(credit.granted_in_quarter).filter(|pace| pace.is_positive())?;
    let days = i64::from((window.last_day() - window.first_day()).get_days()) + 1;
    let needed = i128::from(left.0) * i128::from(days) / i128::from(pace.0);
    let needed = i64::try_from(needed).ok().filter(|needed| *needed <= TEN_YEARS)?;
    window.last_day().checked_add(needed.days()).ok()
}
