//! What a parameter may be worth, and how its unit reads and shows it.

use std::fmt::Write as _;

use jiff::civil::Date;
use rust_decimal::Decimal;

use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::period::month_name;
use crate::rules::wording::grouped;

/// What a parameter is measured in. Its file repeats it, so that nobody writes cents for euros.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// `EUR`: an amount; `or` is the word that stands for none.
    Euros {
        /// `unset` or `none`, where there may be no amount.
        or: Option<Word>,
    },
    /// `%`: a share, 0 to 100; `or` is the word that stands for none.
    Percent {
        /// `off`, where there may be no share.
        or: Option<Word>,
    },
    /// A number of communes, inhabitants, months…
    Count(&'static str),
    /// `date`: a day.
    Day,
    /// `mois de l’année`: a list of numbers, 1 to 12, or `unset`.
    Months,
    /// `dates`: a list of days, or `unset`.
    Days,
    /// `oui/non`.
    YesNo,
    /// `choix`: one of these words.
    Choice(&'static [Word]),
}

/// A word that stands for a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// As in the files: `unset`.
    pub code: &'static str,
    /// As people read it.
    pub label: &'static str,
}

impl Word {
    pub(super) const fn new(code: &'static str, label: &'static str) -> Self {
        Self { code, label }
    }
}

/// Months that nobody fixed.
const NOT_FIXED: Word = Word::new("unset", "non fixés");

/// Days that nobody gave.
const NO_DAYS: Word = Word::new("unset", "non renseignées");

/// What a parameter is worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Euros.
    Amount(Cents),
    /// A share of one: `0.8` for 80 %.
    Share(Decimal),
    /// A number of things.
    Count(i64),
    /// A day.
    Day(Date),
    /// Months of the year, 1 to 12.
    Months(Vec<i8>),
    /// Days, in order.
    Days(Vec<Date>),
    /// Yes or no.
    Flag(bool),
    /// The code of a word of a list.
    Word(&'static str),
    /// Deliberately none.
    Unset,
}

impl Unit {
    /// As in the files.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Euros { .. } => "EUR",
            Self::Percent { .. } => "%",
            Self::Count(things) => things,
            Self::Day => "date",
            Self::Months => "mois de l’année",
            Self::Days => "dates",
            Self::YesNo => "oui/non",
            Self::Choice(_) => "choix",
        }
    }

    /// Reads a value; the error says in French what was expected.
    pub(super) fn parse(self, raw: &toml::Value) -> Result<Value, String> {
        match (self, raw) {
            (Self::Euros { or: Some(none) } | Self::Percent { or: Some(none) }, toml::Value::String(text))
                if text == none.code =>
            {
                Some(Value::Unset)
            }
            (Self::Euros { .. }, _) => {
                decimal(raw).and_then(|euros| Cents::from_decimal(euros).ok()).filter(|c| c.0 >= 0).map(Value::Amount)
            }
            (Self::Percent { .. }, _) => decimal(raw)
                .filter(|percent| !percent.is_sign_negative() && *percent <= Decimal::ONE_HUNDRED)
                .map(|percent| Value::Share(percent / Decimal::ONE_HUNDRED)),
            (Self::Count(_), toml::Value::Integer(number)) if *number >= 0 => Some(Value::Count(*number)),
            (Self::Day, toml::Value::Datetime(datetime)) => day(datetime).map(Value::Day),
            (Self::Months, toml::Value::String(text)) if text == NOT_FIXED.code => Some(Value::Unset),
            (Self::Days, toml::Value::String(text)) if text == NO_DAYS.code => Some(Value::Unset),
            (Self::Days, toml::Value::Array(days)) if !days.is_empty() => {
                let days: Option<Vec<Date>> = days.iter().map(|raw| day(raw.as_datetime()?)).collect();
                days.map(|mut days| {
                    days.sort_unstable();
                    days.dedup();
                    Value::Days(days)
                })
            }
            (Self::Months, toml::Value::Array(months)) if !months.is_empty() => {
                let number = |raw: &toml::Value| raw.as_integer().and_then(|month| i8::try_from(month).ok());
                let months: Option<Vec<i8>> =
                    months.iter().map(|raw| number(raw).filter(|month| (1..=12).contains(month))).collect();
                months.map(Value::Months)
            }
            (Self::YesNo, toml::Value::Boolean(flag)) => Some(Value::Flag(*flag)),
            (Self::Choice(words), toml::Value::String(text)) => {
                words.iter().find(|word| word.code == text).map(|word| Value::Word(word.code))
            }
            _ => None,
        }
        .ok_or_else(|| self.expectation())
    }

    fn expectation(self) -> String {
        let mut text = match self {
            Self::Euros { .. } => {
                "un montant en euros, positif, sans guillemets ou entre guillemets s’il a des centimes (\"1250.50\")"
                    .to_owned()
            }
            Self::Percent { .. } => {
                "un pourcentage de 0 à 100, sans guillemets ou entre guillemets s’il a des décimales (\"12.5\")"
                    .to_owned()
            }
            Self::Count(things) => format!("un nombre entier de {things}, positif"),
            Self::Day => "une date sans guillemets, comme 2021-10-31".to_owned(),
            Self::Months => format!("une liste de numéros de mois, comme [7, 10], ou \"{}\"", NOT_FIXED.code),
            Self::Days => {
                format!("une liste de dates sans guillemets, comme [2022-01-18, 2022-03-15], ou \"{}\"", NO_DAYS.code)
            }
            Self::YesNo => "true ou false".to_owned(),
            Self::Choice(words) => {
                let quoted: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.code)).collect();
                format!("l’un de ces mots : {}", quoted.join(", "))
            }
        };
        if let Self::Euros { or: Some(none) } | Self::Percent { or: Some(none) } = self {
            let _ = write!(text, ", ou \"{}\"", none.code);
        }
        text
    }

    /// The value as people read it, with its unit.
    #[must_use]
    pub fn show(self, value: &Value) -> String {
        match value {
            Value::Amount(cents) => cents.to_string(),
            Value::Share(share) => show_share(*share),
            Value::Count(number) => format!("{} {}", grouped(*number), self.code()),
            Value::Day(date) => french_date(*date),
            Value::Months(months) => months.iter().map(|month| month_name(*month)).collect::<Vec<_>>().join(", "),
            Value::Days(days) => days.iter().map(|day| french_date(*day)).collect::<Vec<_>>().join(", "),
            Value::Flag(flag) => if *flag { "oui" } else { "non" }.to_owned(),
            Value::Word(code) => match self {
                Self::Choice(words) => words.iter().find(|word| word.code == *code).map_or(*code, |word| word.label),
                _ => code,
            }
            .to_owned(),
            Value::Unset => match self {
                Self::Euros { or: Some(none) } | Self::Percent { or: Some(none) } => none.label,
                Self::Days => NO_DAYS.label,
                _ => NOT_FIXED.label,
            }
            .to_owned(),
        }
    }
}

/// `80 %`, `12,5 %`.
pub(in crate::rules) fn show_share(share: Decimal) -> String {
    format!("{}\u{a0}%", (share * Decimal::ONE_HUNDRED).normalize().to_string().replace('.', ","))
}

/// Digits only: a TOML float has already lost its exactness.
fn decimal(raw: &toml::Value) -> Option<Decimal> {
    match raw {
        toml::Value::Integer(number) => Some(Decimal::from(*number)),
        toml::Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A day written bare in TOML; a time of day beside it is refused.
pub(super) fn day(datetime: &toml::value::Datetime) -> Option<Date> {
    if datetime.time.is_some() || datetime.offset.is_some() {
        return None;
    }
    let day = datetime.date?;
    Date::new(i16::try_from(day.year).ok()?, i8::try_from(day.month).ok()?, i8::try_from(day.day).ok()?).ok()
}
