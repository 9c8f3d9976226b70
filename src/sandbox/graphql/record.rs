//! Small objects that are worth no type of their own, and the forms in which the API writes values.

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use apollo_compiler::response::JsonValue;
use apollo_compiler::response::serde_json_bytes::serde_json::Number;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use jiff::civil::Date;

use crate::domain::instant::paris;
use crate::domain::money::Cents;

/// The outcome of a resolver.
pub type Resolved<'a> = Result<ResolvedValue<'a>, FieldError>;

/// An object whose fields are all leaves, known beforehand.
#[derive(Debug, Clone)]
pub struct Record {
    type_name: &'static str,
    fields: Vec<(&'static str, JsonValue)>,
}

impl Record {
    /// An object of a type, with its fields.
    #[must_use]
    pub fn new(type_name: &'static str, fields: impl IntoIterator<Item = (&'static str, JsonValue)>) -> Self {
        Self { type_name, fields: fields.into_iter().collect() }
    }

    /// A code and its name.
    #[must_use]
    pub fn coded(type_name: &'static str, code: &str, name: &str) -> Self {
        Self::new(type_name, [("code", code.into()), ("name", name.into())])
    }
}

impl ObjectValue for Record {
    fn type_name(&self) -> &str {
        self.type_name
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Resolved<'a> {
        match self.fields.iter().find(|(name, _)| *name == info.field_name()) {
            Some((_, value)) => Ok(ResolvedValue::leaf(value.clone())),
            None => Err(self.unknown_field_error(info)),
        }
    }
}

/// A list of objects.
pub fn objects<'a, T: ObjectValue + 'a>(items: impl IntoIterator<Item = T, IntoIter: 'a>) -> ResolvedValue<'a> {
    ResolvedValue::list(items.into_iter().map(ResolvedValue::object))
}

/// A list of texts.
pub fn texts(items: &[String]) -> ResolvedValue<'_> {
    ResolvedValue::list(items.iter().map(|text| ResolvedValue::leaf(text.as_str())))
}

/// A typed id (API facts, 5.15): base64 of `<class>-<number>`.
#[must_use]
pub fn typed_id(class: &str, number: impl std::fmt::Display) -> String {
    BASE64_STANDARD.encode(format!("{class}-{number}"))
}

/// An instant as the API writes it: to the second, cut off, with the offset of Paris (API facts, 3.3).
#[must_use]
pub fn datetime(instant: Timestamp) -> JsonValue {
    instant.to_zoned(paris()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string().into()
}

/// A day.
#[must_use]
pub fn date(day: Date) -> JsonValue {
    day.to_string().into()
}

/// A decimal number as the API writes it: the fewest digits, at least one decimal (`8800.0`, `5250.4`).
#[must_use]
pub fn decimal(amount: Cents) -> JsonValue {
    decimal_text(amount).parse::<Number>().map_or(JsonValue::Null, JsonValue::Number)
}

/// The digits of [`decimal`].
#[must_use]
pub fn decimal_text(amount: Cents) -> String {
    let text = amount.to_decimal_string();
    text.strip_suffix('0').map_or_else(|| text.clone(), str::to_owned)
}

/// A value or null.
pub fn or_null<T: Into<JsonValue>>(value: Option<T>) -> JsonValue {
    value.map_or(JsonValue::Null, Into::into)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_cut_to_the_second_and_shown_in_paris() {
        assert_eq!(datetime("2021-10-30T22:30:00.999999Z".parse().unwrap()), "2021-10-31T00:30:00+02:00");
        assert_eq!(datetime("2021-12-01T22:30:00Z".parse().unwrap()), "2021-12-01T23:30:00+01:00");
    }

    #[test]
    fn amounts_keep_their_digits_as_json_numbers() {
        for (cents, text) in [
            (880_000, "8800.0"),
            (525_040, "5250.4"),
            (1, "0.01"),
            (-120_005, "-1200.05"),
            (Cents::LIMIT.0, "1000000000000.0"),
            (99_999_999_999_999, "999999999999.99"),
        ] {
            assert_eq!(decimal(Cents(cents)).to_string(), text);
            assert_eq!(Cents::parse(text), Ok(Cents(cents)));
        }
    }

    #[test]
    fn ids_are_those_of_the_api() {
        assert_eq!(typed_id("Champ", 101), "Q2hhbXAtMTAx");
    }
}
