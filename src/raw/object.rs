//! A JSON object whose members are read one by one, so that a bad one costs only itself.

use std::str::FromStr;

use jiff::Timestamp;
use rust_decimal::Decimal;

use super::tree::{Members, Tree, text};
use crate::domain::text::token;

/// The members of an object, unread.
pub(super) struct Object<'a>(&'a Members<'a>);

/// A member that is there but is not what it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unreadable {
    /// Its name.
    pub key: &'static str,
}

/// What reading a member gives; a missing one and a null one are both `None`.
pub(super) type Member<T> = Result<Option<T>, Unreadable>;

impl<'a> Object<'a> {
    /// A value as an object; none when it is something else.
    pub fn of(tree: &'a Tree<'a>) -> Option<Self> {
        if let Tree::Object(members) = tree { Some(Self(members)) } else { None }
    }

    /// Whether there is such a member, null or not.
    pub fn has(&self, key: &str) -> bool {
        self.0.get(key).is_some()
    }

    /// A member, unless missing or null.
    pub fn member(&self, key: &'static str) -> Option<&'a Tree<'a>> {
        self.0.get(key).filter(|value| **value != Tree::Scalar("null"))
    }

    /// A text, a number or a yes/no as it is written.
    fn scalar(&self, key: &'static str) -> Member<&'a str> {
        match self.member(key) {
            None => Ok(None),
            Some(Tree::Scalar(scalar)) => Ok(Some(scalar)),
            Some(_) => Err(Unreadable { key }),
        }
    }

    /// A yes or a no.
    pub fn flag(&self, key: &'static str) -> Member<bool> {
        self.scalar(key)?.map(str::parse).transpose().map_err(|_| Unreadable { key })
    }

    /// A text.
    pub fn text(&self, key: &'static str) -> Member<String> {
        let read = |scalar| text(scalar).map(|text| text.into_owned());
        self.scalar(key)?.map(read).transpose().map_err(|_| Unreadable { key })
    }

    /// A list of texts.
    pub fn texts(&self, key: &'static str) -> Member<Vec<String>> {
        let read = |element: &Tree<'_>| match element {
            Tree::Scalar(scalar) => text(scalar).map(|text| text.into_owned()).map_err(|_| Unreadable { key }),
            _ => Err(Unreadable { key }),
        };
        self.list(key)?.map(|elements| elements.iter().map(read).collect()).transpose()
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
        self.member(key).map(|value| Object::of(value).ok_or(Unreadable { key })).transpose()
    }

    /// A list, its elements unread.
    pub fn list(&self, key: &'static str) -> Member<&'a [Tree<'a>]> {
        match self.member(key) {
            None => Ok(None),
            Some(Tree::List(elements)) => Ok(Some(elements)),
            Some(_) => Err(Unreadable { key }),
        }
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
        self.scalar(key)?.map(|scalar| digits(scalar).parse()).transpose().map_err(|_| Unreadable { key })
    }

    /// A decimal number, digit for digit.
    pub fn decimal(&self, key: &'static str) -> Member<Decimal> {
        let parse = |digits: &str| {
            if digits.contains(['e', 'E']) { Decimal::from_scientific(digits) } else { Decimal::from_str_exact(digits) }
        };
        self.scalar(key)?.map(|scalar| parse(digits(scalar))).transpose().map_err(|_| Unreadable { key })
    }
}

/// The digits of a number, whether or not it is between quotes.
fn digits(scalar: &str) -> &str {
    scalar.trim_matches('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decimal(json: &str) -> Member<Decimal> {
        let json = format!("{{\"value\":{json}}}");
        Object::of(&Tree::of(&json).unwrap()).unwrap().decimal("value")
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
        let tree = Tree::of(r#"{"a":"3000000000","b":12,"c":1.5,"d":"99999999999999999999"}"#).unwrap();
        let object = Object::of(&tree).unwrap();
        assert_eq!(object.integer("a"), Ok(Some(3_000_000_000)));
        assert_eq!(object.integer("b"), Ok(Some(12)));
        assert!(object.integer("c").is_err() && object.integer("d").is_err());
        assert_eq!(object.integer("z"), Ok(None));
    }
}
