//! A JSON text taken apart in one pass, its scalars left as they are written: numbers keep their digits, texts their escapes.

use std::borrow::Cow;

use super::bounds::Bounds;
use super::dossier::DecodeError;

/// A value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Tree<'a> {
    /// Members by name.
    Object(Members<'a>),
    /// Elements in order.
    List(Vec<Tree<'a>>),
    /// A text between its quotes, a number, true, false or null.
    Scalar(&'a str),
}

/// The members of an object in the order of their names; of those with the same name, the last.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Members<'a>(Vec<(Cow<'a, str>, Tree<'a>)>);

impl<'a> Members<'a> {
    fn new(mut members: Vec<(Cow<'a, str>, Tree<'a>)>) -> Self {
        // Stable: what has the same name stays in the order of the text.
        members.sort_by(|(one, _), (other, _)| one.cmp(other));
        members.dedup_by(|later, kept| {
            let is_same = later.0 == kept.0;
            if is_same {
                std::mem::swap(later, kept);
            }
            is_same
        });
        Self(members)
    }

    pub fn get(&self, name: &str) -> Option<&Tree<'a>> {
        let place = self.0.binary_search_by(|(known, _)| (**known).cmp(name)).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Tree<'a>)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }
}

impl<'a> Tree<'a> {
    /// Takes a text apart.
    ///
    /// # Errors
    /// [`DecodeError::Json`], [`DecodeError::TooDeep`], [`DecodeError::TooLarge`].
    pub fn of(json: &'a str) -> Result<Self, DecodeError> {
        // Looked for in the whole, which is quicker than in each text: as a rule there is none.
        let has_controls = json.bytes().fold(0, |found, byte| found | u8::from(byte < b' ')) > 0;
        let mut parser = Parser { json, at: 0, has_controls, bounds: Bounds::of(json)? };
        let tree = parser.value()?;
        parser.skip_spaces();
        if parser.next().is_some() { Err(parser.broken()) } else { Ok(tree) }
    }
}

/// What a text between its quotes says, unescaped.
///
/// # Errors
/// It is no text, or holds half a character.
pub(super) fn text(scalar: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let within = scalar.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match within {
        Some(within) if is_plain(within) => Ok(Cow::Borrowed(within)),
        _ => serde_json::from_str(scalar).map(Cow::Owned),
    }
}

/// Whether a text between its quotes is what it says, and is written in this way only.
pub(super) fn is_plain(within: &str) -> bool {
    memchr::memchr(b'\\', within.as_bytes()).is_none()
}

/// Where reading stands.
struct Parser<'a> {
    json: &'a str,
    at: usize,
    /// Somewhere there is a sign that no text may hold, as a line feed between members.
    has_controls: bool,
    bounds: Bounds,
}

impl<'a> Parser<'a> {
    /// As deep as the text, which is bounded.
    fn value(&mut self) -> Result<Tree<'a>, DecodeError> {
        self.skip_spaces();
        match self.next() {
            Some(b'{') => {
                let mut members = Vec::new();
                self.items(b'}', |parser| {
                    let name = parser.text()?;
                    parser.skip_spaces();
                    parser.take(b':')?;
                    members.push((text(name)?, parser.value()?));
                    Ok(())
                })?;
                Ok(Tree::Object(Members::new(members)))
            }
            Some(b'[') => {
                let mut elements = Vec::new();
                self.items(b']', |parser| {
                    elements.push(parser.value()?);
                    Ok(())
                })?;
                Ok(Tree::List(elements))
            }
            Some(b'"') => self.text().map(Tree::Scalar),
            _ => self.word().map(Tree::Scalar),
        }
    }

    /// What stands between an opening sign and the closing one, set apart by commas.
    fn items(
        &mut self,
        close: u8,
        mut item: impl FnMut(&mut Self) -> Result<(), DecodeError>,
    ) -> Result<(), DecodeError> {
        self.bounds.open()?;
        self.at += 1;
        self.skip_spaces();
        if self.next() != Some(close) {
            loop {
                self.bounds.count()?;
                self.skip_spaces();
                item(self)?;
                self.skip_spaces();
                if self.next() == Some(close) {
                    break;
                }
                self.take(b',')?;
            }
        }
        self.at += 1;
        self.bounds.close();
        Ok(())
    }

    /// A text with its quotes.
    fn text(&mut self) -> Result<&'a str, DecodeError> {
        let start = self.at;
        self.take(b'"')?;
        let mut is_escaped = false;
        loop {
            let rest = self.json.as_bytes().get(self.at..).unwrap_or_default();
            self.at += memchr::memchr2(b'"', b'\\', rest).unwrap_or(rest.len());
            match self.next() {
                Some(b'"') => break,
                // Whatever it is, it does not end the text.
                Some(b'\\') => {
                    is_escaped = true;
                    self.at += 2;
                }
                _ => return Err(self.broken()),
            }
        }
        self.at += 1;
        let text = self.since(start)?;
        if self.has_controls && text.bytes().any(|byte| byte < b' ') {
            return Err(self.broken());
        }
        if is_escaped { self.known_to_be_json(text) } else { Ok(text) }
    }

    /// A number, true, false or null.
    fn word(&mut self) -> Result<&'a str, DecodeError> {
        let start = self.at;
        let rest = self.json.as_bytes().get(start..).unwrap_or_default();
        let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b' ' | b'\t' | b'\n' | b'\r');
        self.at += rest.iter().position(is_end).unwrap_or(rest.len());
        let word = self.since(start)?;
        if matches!(word, "null" | "true" | "false") { Ok(word) } else { self.known_to_be_json(word) }
    }

    /// A scalar that is not seen at once to be one.
    fn known_to_be_json(&self, scalar: &'a str) -> Result<&'a str, DecodeError> {
        serde_json::from_str::<serde::de::IgnoredAny>(scalar).map(|_| scalar).map_err(|_| self.broken())
    }

    fn since(&self, start: usize) -> Result<&'a str, DecodeError> {
        self.json.get(start..self.at).ok_or_else(|| self.broken())
    }

    fn next(&self) -> Option<u8> {
        self.json.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> Result<(), DecodeError> {
        if self.next() != Some(byte) {
            return Err(self.broken());
        }
        self.at += 1;
        Ok(())
    }

    fn skip_spaces(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.next() {
            self.at += 1;
        }
    }

    /// Where reading stopped.
    fn broken(&self) -> DecodeError {
        let before = self.json.as_bytes().get(..self.at).unwrap_or(self.json.as_bytes());
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1);
        DecodeError::Json { line: 1 + memchr::memchr_iter(b'\n', before).count(), column: before.len() - line_start }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::Value;
    use serde_json::value::RawValue;

    /// The tree of a value by what `serde_json` makes of it.
    fn agrees(tree: &Tree<'_>, value: &Value) -> bool {
        match (tree, value) {
            (Tree::Object(members), Value::Object(values)) => {
                members.iter().count() == values.len()
                    && members.iter().all(|(name, tree)| values.get(name).is_some_and(|value| agrees(tree, value)))
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
            *members.get("a,}").unwrap(),
            Tree::List(vec![Tree::Scalar("1.50"), Tree::Scalar("\"x\\\"]\\\\\""), Tree::Scalar("null")])
        );
        assert_eq!(members.get("a"), Some(&Tree::List(Vec::new())), "the last one");
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
