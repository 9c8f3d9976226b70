//! A JSON text taken apart once, its scalars left as they are written: numbers keep their digits, texts their escapes.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::bounds;
use super::dossier::DecodeError;

/// The members of an object.
pub(super) type Members<'a> = BTreeMap<Cow<'a, str>, Tree<'a>>;

/// A value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tree<'a> {
    /// Members by name; of those with the same name, the last.
    Object(Members<'a>),
    /// Elements in order.
    List(Vec<Tree<'a>>),
    /// A text between its quotes, a number, true, false or null.
    Scalar(&'a str),
}

impl<'a> Tree<'a> {
    /// Takes a text apart in one pass.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`], [`DecodeError::TooLarge`].
    pub fn of(json: &'a str) -> Result<Self, DecodeError> {
        bounds::check(json)?;
        // From here on the text is known to be JSON, so that its structure can be followed by its signs alone.
        let json = serde_json::from_str::<&RawValue>(json)?.get();
        let mut parser = Parser { rest: json };
        parser.value()
    }
}

/// What a text between its quotes says, unescaped.
///
/// # Errors
/// It is no text, or holds half a character.
pub(super) fn text(scalar: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let within = scalar.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match within {
        Some(within) if !within.contains('\\') => Ok(Cow::Borrowed(within)),
        _ => serde_json::from_str(scalar).map(Cow::Owned),
    }
}

/// Reads a text that is known to be JSON. What would not be is a fault like any other.
struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    /// As deep as the text, which is bounded.
    fn value(&mut self) -> Result<Tree<'a>, DecodeError> {
        self.skip_spaces();
        match self.rest.as_bytes().first() {
            Some(b'{') => {
                let mut members = BTreeMap::new();
                self.items(b'}', |parser| {
                    let name = text(parser.scalar()?)?;
                    parser.skip_spaces();
                    parser.take(b':')?;
                    members.insert(name, parser.value()?);
                    Ok(())
                })?;
                Ok(Tree::Object(members))
            }
            Some(b'[') => {
                let mut elements = Vec::new();
                self.items(b']', |parser| {
                    elements.push(parser.value()?);
                    Ok(())
                })?;
                Ok(Tree::List(elements))
            }
            _ => self.scalar().map(Tree::Scalar),
        }
    }

    /// What stands between an opening sign and the closing one, set apart by commas.
    fn items(
        &mut self,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        self.skip(1);
        self.skip_spaces();
        if self.next_is(close) {
            self.skip(1);
            return Ok(());
        }
        loop {
            self.skip_spaces();
            item(self)?;
            self.skip_spaces();
            if self.next_is(close) {
                self.skip(1);
                return Ok(());
            }
            self.take(b',')?;
        }
    }

    fn scalar(&mut self) -> Result<&'a str, DecodeError> {
        let bytes = self.rest.as_bytes();
        let length = if bytes.first() == Some(&b'"') {
            let mut escaped = false;
            let end = bytes.iter().skip(1).position(|byte| match byte {
                _ if escaped => {
                    escaped = false;
                    false
                }
                b'\\' => {
                    escaped = true;
                    false
                }
                byte => *byte == b'"',
            });
            end.map_or(0, |end| end + 2)
        } else {
            let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
            bytes.iter().position(is_end).unwrap_or(bytes.len())
        };
        let (scalar, rest) = self.rest.split_at_checked(length).filter(|_| length > 0).ok_or(BROKEN)?;
        self.rest = rest;
        Ok(scalar)
    }

    fn next_is(&self, byte: u8) -> bool {
        self.rest.as_bytes().first() == Some(&byte)
    }

    fn take(&mut self, byte: u8) -> Result<(), DecodeError> {
        if !self.next_is(byte) {
            return Err(BROKEN);
        }
        self.skip(1);
        Ok(())
    }

    fn skip(&mut self, bytes: usize) {
        self.rest = self.rest.get(bytes..).unwrap_or_default();
    }

    fn skip_spaces(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }
}

/// Cannot be met, since the text was found to be JSON before.
const BROKEN: DecodeError = DecodeError::Json { line: 0, column: 0 };

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;

    /// The tree of a value by what `serde_json` makes of it.
    fn agrees(tree: &Tree<'_>, value: &Value) -> bool {
        match (tree, value) {
            (Tree::Object(members), Value::Object(values)) => {
                members.len() == values.len()
                    && members.iter().all(|(name, tree)| values.get(&**name).is_some_and(|value| agrees(tree, value)))
            }
            (Tree::List(elements), Value::Array(values)) => {
                elements.len() == values.len() && elements.iter().zip(values).all(|(tree, value)| agrees(tree, value))
            }
            (Tree::Scalar(scalar), value) => serde_json::from_str::<Value>(scalar).is_ok_and(|scalar| scalar == *value),
            _ => false,
        }
    }

    #[test]
    fn signs_within_texts_are_text_and_digits_stay() {
        let tree = Tree::of(" {\"a,}\" : [ 1.50 , \"x\\\"]\\\\\" , null ] ,\n\"a\":{},\"a\":[]} ").unwrap();
        let Tree::Object(members) = tree else { panic!() };
        assert_eq!(
            members["a,}"],
            Tree::List(vec![Tree::Scalar("1.50"), Tree::Scalar("\"x\\\"]\\\\\""), Tree::Scalar("null")])
        );
        assert_eq!(members["a"], Tree::List(Vec::new()), "the last one");
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from)
        ];
        leaf.prop_recursive(5, 40, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::hash_map(any::<String>(), inner, 0..5)
                    .prop_map(|members| members.into_iter().collect()),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_tree_is_what_the_text_says(value in any_json()) {
            for json in [value.to_string(), serde_json::to_string_pretty(&value).unwrap()] {
                prop_assert!(agrees(&Tree::of(&json).unwrap(), &value));
            }
        }

        #[test]
        fn what_is_not_json_has_no_tree(text in "[\\[\\]{}:,\"\\\\a1 ]{0,12}") {
            prop_assert_eq!(Tree::of(&text).is_ok(), serde_json::from_str::<&RawValue>(&text).is_ok());
        }
    }
}
