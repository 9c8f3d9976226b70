//! A JSON value that tells what it says twice: of two members of one name a reader keeps one, and each reader may keep another.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A value, and the names that some object within it has more than once.
#[derive(Debug, Default)]
pub(super) struct Strict {
    pub value: Value,
    pub repeated: Vec<String>,
}

impl Strict {
    fn plain(value: impl Into<Value>) -> Self {
        Self { value: value.into(), repeated: Vec::new() }
    }
}

impl<'de> Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Any)
    }
}

struct Any;

impl<'de> Visitor<'de> for Any {
    type Value = Strict;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Strict, E> {
        Ok(Strict::default())
    }

    fn visit_bool<E>(self, value: bool) -> Result<Strict, E> {
        Ok(Strict::plain(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Strict, E> {
        Ok(Strict::plain(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Strict, E> {
        Ok(Strict::plain(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Strict, E> {
        Ok(Strict::plain(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Strict, E> {
        Ok(Strict::plain(value))
    }

    fn visit_string<E>(self, value: String) -> Result<Strict, E> {
        Ok(Strict::plain(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Strict, A::Error> {
        let (mut values, mut repeated) = (Vec::new(), Vec::new());
        while let Some(element) = elements.next_element::<Strict>()? {
            values.push(element.value);
            repeated.extend(element.repeated);
        }
        Ok(Strict { value: Value::Array(values), repeated })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Strict, A::Error> {
        let (mut map, mut repeated) = (Map::new(), Vec::new());
        while let Some((name, member)) = members.next_entry::<String, Strict>()? {
            repeated.extend(member.repeated);
            if map.insert(name.clone(), member.value).is_some() {
                repeated.push(name);
            }
        }
        Ok(Strict { value: Value::Object(map), repeated })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_twice_is_told_however_deep_it_is() {
        let text = r#"{"a": [1, {"b": null, "b": -2}], "c": {"c": true, "d": "x"}, "a": 1.5}"#;
        let Strict { value, repeated } = serde_json::from_str(text).unwrap();
        assert_eq!(value, serde_json::from_str::<Value>(text).unwrap());
        assert_eq!(repeated, ["b", "a"]);
    }
}
