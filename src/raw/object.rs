//! A JSON object whose members are read one by one, so that a bad one costs only itself.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

/// The members of an object, unread.
pub struct Object<'a>(BTreeMap<Cow<'a, str>, &'a RawValue>);

/// A member that is there but is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its name.
    pub key: &'static str,
}

/// What reading a member gives; a missing one and a null one are both `None`.
pub type Member<T> = Result<Option<T>, Unreadable>;

impl<'a> Object<'a> {
    /// Opens an object.
    pub fn open(json: &'a str) -> Result<Self, serde_json::Error> {
        #[derive(Deserialize)]
        struct Members<'a>(#[serde(borrow)] BTreeMap<Key<'a>, &'a RawValue>);
        #[derive(Deserialize, PartialEq, Eq, PartialOrd, Ord)]
        struct Key<'a>(#[serde(borrow)] Cow<'a, str>);
        let members: Members<'a> = serde_json::from_str(json)?;
        Ok(Self(members.0.into_iter().map(|(key, value)| (key.0, value)).collect()))
    }

    /// A member as it is written, unless missing or null.
    pub fn raw(&self, key: &'static str) -> Option<&'a RawValue> {
        self.0.get(key).copied().filter(|value| value.get() != "null")
    }

    /// A member of any type that can be read.
    pub fn read<T: Deserialize<'a>>(&self, key: &'static str) -> Member<T> {
        self.raw(key).map(|value| serde_json::from_str(value.get())).transpose().map_err(|_| Unreadable { key })
    }

    /// A text.
    pub fn text(&self, key: &'static str) -> Member<String> {
        self.read(key)
    }

    /// A text, or nothing when it is missing or not a text.
    pub fn text_or_none(&self, key: &'static str) -> Option<String> {
        self.text(key).ok().flatten()
    }

    /// An object within.
    pub fn object(&self, key: &'static str) -> Member<Object<'a>> {
        self.raw(key).map(|value| Object::open(value.get())).transpose().map_err(|_| Unreadable { key })
    }

    /// A list, its elements unread.
    pub fn list(&self, key: &'static str) -> Member<Vec<&'a RawValue>> {
        self.read(key)
    }

    /// An instant, with its offset.
    pub fn instant(&self, key: &'static str) -> Member<Timestamp> {
        self.parsed(key)
    }

    /// A text in the format of the type.
    pub fn parsed<T: FromStr>(&self, key: &'static str) -> Member<T> {
        self.text(key)?.map(|text| text.parse()).transpose().map_err(|_| Unreadable { key })
    }

    /// A whole number, which the API sends as a number or, when it may be large, as a text (API facts, 4.2).
    pub fn integer(&self, key: &'static str) -> Member<i64> {
        self.raw(key).map(|value| digits(value).parse()).transpose().map_err(|_| Unreadable { key })
    }

    /// A decimal number, digit for digit.
    pub fn decimal(&self, key: &'static str) -> Member<Decimal> {
        let parse = |digits: &str| {
            if digits.contains(['e', 'E']) { Decimal::from_scientific(digits) } else { Decimal::from_str_exact(digits) }
        };
        self.raw(key).map(|value| parse(digits(value))).transpose().map_err(|_| Unreadable { key })
    }
}

/// The digits of a number, whether or not it is between quotes.
fn digits(value: &RawValue) -> &str {
    value.get().trim_matches('"')
}
