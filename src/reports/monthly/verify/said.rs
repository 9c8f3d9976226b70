//! What a cell says, whoever wrote it.

use std::fmt;

use calamine::Data;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::encoding::narrowed;
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::text::{grouped, printable_line, shortened};
use crate::reports::Cell;
use crate::reports::csv::neutralised;

/// A value read from a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Said {
    Text(String),
    Number(Decimal),
    Day(Date),
}

impl Said {
    /// None of a cell that says nothing.
    pub fn of(cell: &Data) -> Option<Self> {
        Some(match cell {
            Data::Empty => return None,
            Data::Int(number) => Self::Number(Decimal::from(*number)),
            Data::Float(number) => {
                number.to_string().parse().map_or_else(|_| Self::Text(number.to_string()), Self::Number)
            }
            Data::DateTime(instant) => {
                let (year, month, day, hour, minute, second, milli) = instant.to_ymd_hms_milli();
                let day = Date::new(i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
                match day {
                    Ok(day) if (hour, minute, second, milli) == (0, 0, 0, 0) => Self::Day(day),
                    _ => Self::Text(cell.to_string()),
                }
            }
            Data::DateTimeIso(text) => {
                let day = text.strip_suffix("T00:00:00").unwrap_or(text).parse();
                day.map_or_else(|_| Self::Text(text.clone()), Self::Day)
            }
            other => return Self::text(&other.to_string()),
        })
    }

    /// None of a text that says nothing.
    pub fn text(text: &str) -> Option<Self> {
        (!text.trim().is_empty()).then(|| Self::Text(text.to_owned()))
    }

    fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => {
                let compact: String = text.chars().filter(|c| !c.is_whitespace() && *c != '€').collect();
                let is_both = compact.contains(',') && compact.contains('.');
                if is_both { None } else { compact.replace(',', ".").replace('−', "-").parse().ok() }
            }
            Self::Day(_) => None,
        }
    }

    fn day(&self) -> Option<Date> {
        match self {
            Self::Day(day) => Some(*day),
            Self::Text(text) => {
                let text = text.trim();
                let parts: Vec<&str> = text.split('/').collect();
                match parts.as_slice() {
                    [day, month, year] if year.len() == 4 => {
                        Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
                    }
                    _ if text.len() == 10 => text.parse().ok(),
                    _ => None,
                }
            }
            Self::Number(_) => None,
        }
    }
}

/// As people read it.
impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Number(number) => f.write_str(&number.normalize().to_string().replace('.', ",")),
            Self::Day(day) => f.write_str(&french_date(*day)),
        }
    }
}

/// How many characters of a text are shown, and how many before the first that differs.
const SHOWN: usize = 80;
const BEFORE: usize = 20;

/// `« a » au lieu de « b »`, cut where they are long, so that what differs shows.
pub(super) fn instead(found: Option<&str>, kept: Option<&str>) -> String {
    let unlike = found.zip(kept).and_then(|(found, kept)| unlike(found, kept)).unwrap_or_default();
    let [found, kept] = [found, kept].map(|text| text.map(printable_line));
    let alike = match (&found, &kept) {
        (Some(found), Some(kept)) => found.chars().zip(kept.chars()).take_while(|(one, other)| one == other).count(),
        _ => 0,
    };
    let from = if alike > SHOWN - BEFORE { alike - BEFORE } else { 0 };
    let shown = |text: Option<String>| {
        let cut = if from > 0 { "… " } else { "" };
        text.map_or_else(
            || "rien".to_owned(),
            |text| format!("« {cut}{} »", shortened(&text.chars().skip(from).collect::<String>(), SHOWN)),
        )
    };
    format!("{} au lieu de {}{unlike}", shown(found), shown(kept))
}

/// Where two texts part with a character that looks like another one, or like nothing: which one it is.
fn unlike(found: &str, kept: &str) -> Option<String> {
    let first = found.chars().map(Some).chain([None]).zip(kept.chars().map(Some).chain([None]));
    let (at, (found, kept)) = (1..).zip(first).find(|(_, (found, kept))| found != kept)?;
    if [found, kept].into_iter().flatten().all(is_plain) {
        return None;
    }
    let named = |character: Option<char>| match character {
        None => "rien".to_owned(),
        Some(character) if is_plain(character) => format!("« {character} »"),
        Some(character) => format!("U+{:04X}", u32::from(character)),
    };
    Some(format!(" (au {at}ᵉ caractère, {} au lieu de {})", named(found), named(kept)))
}

/// A character of French texts, as one sees it.
fn is_plain(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{a1}'..='\u{ac}' | '\u{ae}'..='\u{17f}') || "’‘“”«»–—…€−ᵉʳ\n".contains(character)
}

/// What two cells say, amounts in one style: where one has cents, both are amounts.
pub(super) fn together(found: Option<&Said>, kept: Option<&Said>) -> [Option<String>; 2] {
    let both = [found, kept];
    let numbers = both.map(|said| {
        said.and_then(|said| if let Said::Number(number) = said { Some(number.normalize()) } else { None })
    });
    let has_cents = numbers.iter().flatten().any(|number| number.scale() > 0);
    let told = |said: Option<&Said>, number: Option<Decimal>| {
        let amount = number.filter(|_| has_cents).and_then(|number| Cents::exact(number).ok());
        let count = number.filter(|number| number.scale() == 0).and_then(|number| i64::try_from(number).ok());
        match (amount, count) {
            (Some(amount), _) => Some(amount.to_string()),
            (None, Some(count)) => Some(grouped(count)),
            (None, None) => said.map(ToString::to_string),
        }
    };
    [told(found, numbers[0]), told(kept, numbers[1])]
}

/// As it is told beside what the kept list says: an amount beside an amount.
pub(super) fn as_the_other(found: &Said, kept: &Cell) -> String {
    let amount = found.number().and_then(|number| Cents::exact(number.normalize()).ok());
    match (kept, amount) {
        (Cell::Amount(_), Some(amount)) => amount.to_string(),
        _ => found.to_string(),
    }
}

pub(super) fn short(text: &str) -> String {
    shortened(&printable_line(text), SHOWN)
}

/// The cells of a row.
pub(super) fn of_row(row: &[Data]) -> Vec<Option<Said>> {
    row.iter().map(Said::of).collect()
}

/// Whether a cell says what a kept list does. `is_narrow`: its file cannot hold all letters.
pub(super) fn is(found: Option<&Said>, kept: &Cell, is_narrow: bool) -> bool {
    let Some(found) = found else { return matches!(kept, Cell::Empty) };
    match kept {
        Cell::Empty => false,
        Cell::Integer(number) => found.number() == Some(Decimal::from(*number)),
        Cell::Amount(amount) => found.number().is_some_and(|number| is_near(number, amount.to_decimal())),
        Cell::Share(share) => found.number().is_some_and(|number| is_near(number, *share)),
        Cell::Date(day) => found.day() == Some(*day),
        Cell::Text(text) | Cell::Link(text) => match found {
            Said::Text(said) => is_same_text(said, text) || (is_narrow && is_same_text(said, &narrowed(text))),
            // A spreadsheet took the code for a number.
            Said::Number(number) => {
                text.bytes().all(|byte| byte.is_ascii_digit()) && text.parse::<Decimal>().ok() == Some(*number)
            }
            Said::Day(_) => false,
        },
    }
}

/// Whether two cells say the same: of a workbook, and of the same saved again.
pub(super) fn are_same(one: Option<&Said>, other: Option<&Said>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(Said::Text(one)), Some(Said::Text(other))) => words(one).eq(words(other)),
        (Some(Said::Number(one)), Some(Said::Number(other))) => is_near(*one, *other),
        (Some(Said::Day(one)), Some(Said::Day(other))) => one == other,
        (Some(text @ Said::Text(_)), Some(Said::Number(number)))
        | (Some(Said::Number(number)), Some(text @ Said::Text(_))) => text.number() == Some(*number),
        _ => false,
    }
}

/// Spreadsheets hold no exact amounts: what is less than a thousandth of a cent beside one is that one.
fn is_near(one: Decimal, other: Decimal) -> bool {
    let apart = one.checked_sub(other).map(|apart| apart.abs());
    apart.is_some_and(|apart| apart < Decimal::new(1, 5) || is_rounded(one, other, apart))
}

/// Beyond fifteen digits, a spreadsheet holds no cents.
fn is_rounded(one: Decimal, other: Decimal, apart: Decimal) -> bool {
    let largest = one.abs().max(other.abs());
    largest > Decimal::from(10_i64.pow(13))
        && apart.checked_mul(Decimal::from(10_i64.pow(14))).is_some_and(|apart| apart <= largest)
}

/// As it stands, or as the CSV has it, or without the zeros that a spreadsheet takes from a code.
fn is_same_text(said: &str, kept: &str) -> bool {
    let is_code = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    words(said).eq(words(kept))
        || words(said).eq(words(&neutralised(kept)))
        || (is_code(said.trim()) && is_code(kept) && kept.trim_start_matches('0') == said.trim())
}

/// However many spaces and line breaks are between them.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace()
}
