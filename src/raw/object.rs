//! A JSON object whose members are read one by one, so that a bad one costs only itself.

use std::collections::BTreeMap;
use std::str::FromStr;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::text::token;

/// The members of an object, unread.
pub struct Object<'a>(BTreeMap<String, &'a RawValue>);

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
        serde_json::from_str(json).map(Self)
    }

    /// Whether there is such a member, null or not.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
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

    /// The name of a type in the schema of the server; none when it is missing or not a text.
    pub fn type_name(&self) -> Option<String> {
        self.text_or_none("__typename").map(|name| token(&name))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(json: &str) -> Member<Decimal> {
        Object::open(&format!("{{\"value\":{json}}}")).unwrap().decimal("value")
    }

    #[test]
    fn decimals_are_their_digits() {
        for (json, digits) in [
            ("0.1", "0.1"),
            ("1234.50", "1234.50"),
            ("-3", "-3"),
            ("\"12.75\"", "12.75"),
            ("1.5e3", "1500"),
            ("1e-05", "0.00001"),
        ] {
            assert_eq!(
                decimal(json).unwrap().unwrap().normalize(),
                digits.parse::<Decimal>().unwrap().normalize(),
                "{json}"
            );
        }
        assert_eq!(decimal("12345678901234567.89").unwrap().unwrap().to_string(), "12345678901234567.89");
        assert_eq!(decimal("null"), Ok(None));
    }

    #[test]
    fn what_is_not_a_number_or_does_not_fit_is_said_to_be_unreadable() {
        for json in ["\"douze\"", "true", "1e400", "0.12345678901234567890123456789012345"] {
            assert_eq!(decimal(json), Err(Unreadable { key: "value" }), "{json}");
        }
    }

    #[test]
    fn whole_numbers_come_with_or_without_quotes() {
        let object = Object::open(r#"{"a":"3000000000","b":12,"c":1.5,"d":"99999999999999999999"}"#).unwrap();
        assert_eq!(object.integer("a"), Ok(Some(3_000_000_000)));
        assert_eq!(object.integer("b"), Ok(Some(12)));
        assert!(object.integer("c").is_err() && object.integer("d").is_err());
        assert_eq!(object.integer("z"), Ok(None));
    }
}
