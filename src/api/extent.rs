//! How many values a JSON text holds, counted without reading it: what comes from outside is measured before anything is built from it.

/// At most how many values there are: members, elements, objects and lists, in one pass and without recursion. A text that is not JSON has
/// a number too, which says nothing.
pub(super) fn most_values(json: &[u8]) -> usize {
    let mut values = 0;
    let mut bytes = json.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => skip_text(&mut bytes),
            b'{' | b'[' | b',' | b':' => values += 1,
            _ => {}
        }
    }
    values
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

    use super::most_values;

    fn values(value: &Value) -> usize {
        match value {
            Value::Array(elements) => 1 + elements.iter().map(values).sum::<usize>(),
            Value::Object(members) => 1 + members.values().map(values).sum::<usize>(),
            _ => 1,
        }
    }

    #[test]
    fn brackets_in_texts_are_text() {
        assert_eq!(most_values(br#"{"a":"[[[\"[\\","b":[1,{}]}"#), 7);
        assert_eq!(most_values(b"\"[["), 0);
        assert_eq!(most_values("[".repeat(20_000).as_bytes()), 20_000);
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
        fn no_value_is_left_out(value in any_json()) {
            prop_assert!(most_values(value.to_string().as_bytes()) + 1 >= values(&value));
        }
    }
}
