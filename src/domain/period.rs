//! Months and quarters of the civil calendar in Paris, the periods of lists and reports.

use std::fmt;
use std::str::FromStr;

use jiff::civil::{Date, date};
use jiff::{Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::instant::{second_before, start_of_paris_day};

/// The months as French people write them.
const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// The name of a month, 1 to 12; nothing beyond.
#[must_use]
pub fn month_name(month: i8) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("")
}

/// A text that names no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PeriodError {
    /// Not `AAAA-MM`.
    #[error("« {0} » n’est pas un mois : écrivez par exemple 2021-09")]
    Month(String),
    /// Not `AAAA-Qn` or `AAAA-Tn`.
    #[error("« {0} » n’est pas un trimestre : écrivez par exemple 2021-Q3")]
    Quarter(String),
    /// Not `DD-AAAA-Qn`.
    #[error("« {0} » n’est pas le trimestre d’un département : écrivez par exemple 77-2021-Q3")]
    Sitting(String),
}

/// A calendar month.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Month {
    year: i16,
    month: i8,
}

/// A calendar quarter, 1 to 4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Quarter {
    year: i16,
    quarter: i8,
}

/// A quarter of one département: what its committee looks at. Written `77-2021-Q3`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Sitting {
    /// The code of the département.
    pub departement: String,
    /// The quarter.
    pub quarter: Quarter,
}

impl Period for Sitting {
    fn first_day(&self) -> Date {
        self.quarter.first_day()
    }
    fn next_first_day(&self) -> Date {
        self.quarter.next_first_day()
    }
}

impl fmt::Display for Sitting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.departement, self.quarter)
    }
}

impl From<Sitting> for String {
    fn from(sitting: Sitting) -> Self {
        sitting.to_string()
    }
}

impl TryFrom<String> for Sitting {
    type Error = PeriodError;
    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}

impl FromStr for Sitting {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        let is_code = |code: &&str| (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric());
        let parts = text.split_once('-').filter(|(code, _)| is_code(code));
        parts
            .and_then(|(code, quarter)| Some(Self { departement: code.to_owned(), quarter: quarter.parse().ok()? }))
            .ok_or_else(|| PeriodError::Sitting(text.to_owned()))
    }
}

/// The code of a period as French readers have it: `77-2021-T3` for `77-2021-Q3`; other codes as they are.
#[must_use]
pub fn french_code(code: &str) -> String {
    match code.rsplit_once("-Q") {
        Some((before, quarter)) if is_digits(quarter) => format!("{before}-T{quarter}"),
        _ => code.to_owned(),
    }
}

/// What months and quarters share: a first day, and the instants between which they lie in Paris.
pub trait Period: fmt::Display {
    /// The first day.
    fn first_day(&self) -> Date;
    /// The first day of the period after.
    fn next_first_day(&self) -> Date;

    /// The first instant, in Paris.
    fn starts_at(&self) -> Timestamp {
        start_of_paris_day(self.first_day())
    }
    /// The first instant after the period: what is before it belongs to the period or to the past.
    fn ends_before(&self) -> Timestamp {
        start_of_paris_day(self.next_first_day())
    }
    /// The last second, as shown in "arrêté au".
    fn closes_at(&self) -> Timestamp {
        second_before(self.ends_before())
    }
}

fn first_of(year: i16, month: i8) -> Date {
    date(year, month, 1)
}

impl Month {
    /// The month that holds a day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), month: day.month() }
    }

    /// The month before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::of(self.first_day().saturating_sub(1.day()))
    }

    /// `septembre 2021`.
    #[must_use]
    pub fn label(self) -> String {
        let name = month_name(self.month);
        format!("{name} {}", self.year)
    }
}

impl Period for Month {
    fn first_day(&self) -> Date {
        first_of(self.year, self.month)
    }
    fn next_first_day(&self) -> Date {
        self.first_day().saturating_add(1.month())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn year_and_rest(text: &str) -> Option<(i16, &str)> {
    let (year, rest) = text.split_once('-')?;
    if year.len() != 4 || !is_digits(year) {
        return None;
    }
    let year = year.parse().ok().filter(|year| (1900..=9000).contains(year))?;
    Some((year, rest))
}

impl From<Month> for String {
    fn from(period: Month) -> Self {
        period.to_string()
    }
}

impl TryFrom<String> for Month {
    type Error = PeriodError;
    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}

impl FromStr for Month {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        year_and_rest(text)
            .filter(|(_, month)| month.len() == 2 && is_digits(month))
            .and_then(|(year, month)| Some(Self { year, month: month.parse().ok()? }))
            .filter(|period| (1..=12).contains(&period.month))
            .ok_or_else(|| PeriodError::Month(text.to_owned()))
    }
}

impl Quarter {
    /// The quarter that holds a day.
    #[must_use]
    pub fn of(day: Date) -> Self {
        Self { year: day.year(), quarter: (day.month() - 1) / 3 + 1 }
    }

    /// The quarter before.
    #[must_use]
    pub fn previous(self) -> Self {
        Self::of(self.first_day().saturating_sub(1.day()))
    }

    /// `3ᵉ trimestre 2021`.
    #[must_use]
    pub fn label(self) -> String {
        let ordinal = if self.quarter == 1 { "1ᵉʳ".to_owned() } else { format!("{}ᵉ", self.quarter) };
        format!("{ordinal} trimestre {}", self.year)
    }

    /// `2021-T3`: as file names and French readers have it.
    #[must_use]
    pub fn french_code(self) -> String {
        format!("{:04}-T{}", self.year, self.quarter)
    }
}

impl Period for Quarter {
    fn first_day(&self) -> Date {
        first_of(self.year, (self.quarter - 1) * 3 + 1)
    }
    fn next_first_day(&self) -> Date {
        self.first_day().saturating_add(3.months())
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.quarter)
    }
}

impl From<Quarter> for String {
    fn from(period: Quarter) -> Self {
        period.to_string()
    }
}

impl TryFrom<String> for Quarter {
    type Error = PeriodError;
    fn try_from(text: String) -> Result<Self, PeriodError> {
        text.parse()
    }
}

impl FromStr for Quarter {
    type Err = PeriodError;
    fn from_str(text: &str) -> Result<Self, PeriodError> {
        year_and_rest(text)
            .and_then(|(year, rest)| {
                let digits = rest.strip_prefix(['Q', 'T', 'q', 't']).filter(|digits| is_digits(digits))?;
                Some(Self { year, quarter: digits.parse().ok()? })
            })
            .filter(|period| (1..=4).contains(&period.quarter))
            .ok_or_else(|| PeriodError::Quarter(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_at_midnight_in_paris() {
        let october: Month = "2021-10".parse().unwrap();
        assert_eq!(october.starts_at(), "2021-09-30T22:00:00Z".parse().unwrap());
        assert_eq!(october.closes_at(), "2021-10-31T22:59:59Z".parse().unwrap());
        assert_eq!(october.label(), "octobre 2021");
        assert_eq!("2021-01".parse::<Month>().unwrap().previous().to_string(), "2020-12");
        assert_eq!("2021-12".parse::<Month>().unwrap().next_first_day(), date(2022, 1, 1));
    }

    #[test]
    fn a_quarter_is_three_months() {
        let third: Quarter = "2021-T3".parse().unwrap();
        assert_eq!(third.to_string(), "2021-Q3");
        assert_eq!((third.first_day(), third.next_first_day()), (date(2021, 7, 1), date(2021, 10, 1)));
        assert_eq!("2021-Q1".parse::<Quarter>().unwrap().previous().french_code(), "2020-T4");
        for (code, read) in [("2021-Q3", "2021-T3"), ("77-2021-Q3", "77-2021-T3"), ("2021-09", "2021-09")] {
            assert_eq!(french_code(code), read);
        }
    }

    #[test]
    fn bad_periods_are_refused() {
        for text in ["2021-13", "2021-1", "21-01", "2021/01", "", "2021-00", "0000-01", "+021-01", "2021-+1"] {
            assert!(text.parse::<Month>().is_err(), "{text}");
        }
        for text in ["2021-Q5", "2021-3", "2021-Q0", "2021-Q+3", "2021"] {
            assert!(text.parse::<Quarter>().is_err(), "{text}");
        }
    }
}
