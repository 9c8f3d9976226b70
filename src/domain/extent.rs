//! How much a JSON text holds, counted without reading it: what comes from outside is measured before anything is built from it.

/// The measure of a JSON text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Extent {
    /// How many objects and lists lie within each other at the deepest place.
    pub depth: usize,
    /// At most how many values there are: members, elements, objects and lists.
    pub values: usize,
}

impl Extent {
    /// Measures a text in one pass and without recursion. A text that is not JSON has a measure too, which says nothing.
    #[must_use]
    pub fn of(json: &[u8]) -> Self {
        let mut extent = Self::default();
        let mut open = 0_usize;
        let mut bytes = json.iter();
        while let Some(byte) = bytes.next() {
            match byte {
                b'"' => skip_text(&mut bytes),
                b'{' | b'[' => {
                    open += 1;
                    extent.depth = extent.depth.max(open);
                    extent.values += 1;
                }
                b'}' | b']' => open = open.saturating_sub(1),
                b',' | b':' => extent.values += 1,
                _ => {}
            }
        }
        extent
    }
}

/// To behind the quote that ends a text.
fn skip_text(bytes: &mut std::slice::Iter<'_, u8>) {
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => {
                bytes.next();
            }
            b'"' => return,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::Extent;

    fn depth(value: &Value) -> usize {
        match value {
            Value::Array(elements) => 1 + elements.iter().map(depth).max().unwrap_or_default(),
            Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or_default(),
            _ => 0,
        }
    }

    fn values(value: &Value) -> usize {
        match value {
            Value::Array(elements) => 1 + elements.iter().map(values).sum::<usize>(),
            Value::Object(members) => 1 + members.values().map(values).sum::<usize>(),
            _ => 1,
        }
    }

    #[test]
    fn brackets_in_texts_are_text() {
        assert_eq!(Extent::of(br#"{"a":"[[[\"[\\","b":[1,{}]}"#), Extent { depth: 3, values: 7 });
        assert_eq!(Extent::of(b"\"[["), Extent::default());
        assert_eq!(Extent::of("[".repeat(20_000).as_bytes()).depth, 20_000);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf =
            prop_oneof![Just(Value::Null), any::<i64>().prop_map(Value::from), any::<String>().prop_map(Value::from)];
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
        fn the_depth_is_exact_and_no_value_is_left_out(value in any_json()) {
            let extent = Extent::of(value.to_string().as_bytes());
            prop_assert_eq!(extent.depth, depth(&value));
            prop_assert!(extent.values + 1 >= values(&value));
        }
    }
}
