//! One value of a table, before any format: each writer shows it its own way.

use std::borrow::Cow;
use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::text::printable;

/// A typed value. An empty text is [`Cell::Empty`], so that two ways of saying nothing compare equal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing known.
    Empty,
    /// Text, whatever it looks like.
    Text(String),
    /// A count or a number that is not to be grouped by thousands.
    Integer(i64),
    /// Money, exact.
    Amount(Cents),
    /// A ratio: 0.5 is shown as 50 %.
    Share(Decimal),
    /// A calendar day.
    Date(Date),
    /// A web address.
    Link(String),
}

impl Cell {
    /// Text as cells of every format show it, or nothing when it is empty.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        let text = shown(&text.into());
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// Text that may be unknown.
    #[must_use]
    pub fn maybe_text(text: Option<&str>) -> Self {
        text.map_or(Self::Empty, Self::text)
    }

    /// Words between spaces.
    #[must_use]
    pub fn words(words: &[String]) -> Self {
        Self::text(words.join(" "))
    }

    /// A count.
    #[must_use]
    pub fn count(count: usize) -> Self {
        Self::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<Option<Cents>> for Cell {
    fn from(amount: Option<Cents>) -> Self {
        amount.map_or(Self::Empty, Self::Amount)
    }
}

impl From<Option<Date>> for Cell {
    fn from(date: Option<Date>) -> Self {
        date.map_or(Self::Empty, Self::Date)
    }
}

impl From<Option<i64>> for Cell {
    fn from(number: Option<i64>) -> Self {
        number.map_or(Self::Empty, Self::Integer)
    }
}

/// As people read it, in French.
impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => Ok(()),
            Self::Text(text) | Self::Link(text) => f.write_str(text),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Amount(amount) => write!(f, "{amount}"),
            Self::Share(share) => f.write_str(&percent(*share)),
            Self::Date(date) => f.write_str(&french_date(*date)),
        }
    }
}

/// The longest text of a cell, in UTF-16 units: workbooks hold 32 767, and Python’s `csv` refuses 131 072 characters.
pub const LONGEST: usize = 32_000;

/// A text as people are shown it in a cell: [`printable`], and within [`LONGEST`].
#[must_use]
pub fn shown(text: &str) -> String {
    clipped(&printable(text)).into_owned()
}

/// A text within [`LONGEST`], with an ellipsis when something was cut.
#[must_use]
pub fn clipped(text: &str) -> Cow<'_, str> {
    // No text has more units than bytes.
    if text.len() <= LONGEST || text.encode_utf16().count() <= LONGEST {
        return Cow::Borrowed(text);
    }
    let mut units = 0;
    let kept = text.chars().take_while(|character| {
        units += character.len_utf16();
        units < LONGEST
    });
    Cow::Owned(kept.chain(['…']).collect())
}

/// `42,5 %`: a ratio as people read it, with one decimal.
#[must_use]
pub fn percent(share: Decimal) -> String {
    let tenths = (share * Decimal::ONE_HUNDRED).round_dp(1);
    format!("{tenths:.1}\u{a0}%").replace('.', ",").replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ratios_read_as_percentages() {
        assert_eq!(percent(Decimal::new(425, 3)), "42,5\u{a0}%");
        assert_eq!(percent(Decimal::ONE), "100,0\u{a0}%");
        assert_eq!(percent(Decimal::new(-1, 1)), "−10,0\u{a0}%");
    }

    #[test]
    fn a_text_too_long_for_a_cell_is_cut_visibly() {
        let Cell::Text(long) = Cell::text("é".repeat(1_000_000)) else { panic!() };
        assert!(long.ends_with('…') && long.encode_utf16().count() == LONGEST);
        assert!(clipped(&"𝄞".repeat(20_000)).encode_utf16().count() <= LONGEST);
        assert_eq!(clipped(&"é".repeat(LONGEST)), "é".repeat(LONGEST));
    }

    #[test]
    fn a_cell_shows_what_is_there_and_hides_nothing() {
        assert_eq!(Cell::text("Mairie\u{9b}2J\u{202e}de\tMelun"), Cell::Text("Mairie 2Jde Melun".to_owned()));
        assert_eq!(Cell::text("\u{200b}\u{feff}"), Cell::Empty);
    }

    #[test]
    fn an_empty_text_says_nothing() {
        assert_eq!(Cell::text(""), Cell::maybe_text(None));
        assert_eq!(Cell::words(&["a".to_owned(), "b".to_owned()]), Cell::Text("a b".to_owned()));
    }
}
