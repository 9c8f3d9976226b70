//! Whether a dossier says something else than before, whatever the order in which it says it.

use sha2::{Digest, Sha256};

use super::dossier::DecodeError;
use super::tree::{Tree, is_plain, text};

/// Members that differ at each call though nothing changed: signed addresses, and the files made on the fly
/// (API facts, 5.8, 5.9).
const VOLATILE: [&str; 3] = ["url", "pdf", "geojson"];

/// Lists that DS reads from its database without an order: the same elements may come in another one.
const UNORDERED: [&str; 2] = ["labels", "avis"];

/// SHA-256 of the canonical form of a JSON text: keys sorted, no spaces, texts unescaped and escaped anew, numbers by
/// their digits, without what changes at each call nor the order of lists that have none.
///
/// # Errors
/// [`DecodeError::Json`] when it is not JSON, or holds a text that is none; [`DecodeError::TooDeep`], [`DecodeError::TooLarge`].
pub fn content_hash(json: &str) -> Result<[u8; 32], DecodeError> {
    hash_of(&Tree::of(json)?)
}

/// The same of a text that was taken apart.
pub(super) fn hash_of(tree: &Tree<'_>) -> Result<[u8; 32], DecodeError> {
    Ok(Sha256::digest(canonical(tree)?.as_bytes()).into())
}

/// The canonical form of a value.
pub(super) fn canonical(tree: &Tree<'_>) -> Result<String, DecodeError> {
    let mut canonical = String::new();
    write(tree, &mut canonical)?;
    Ok(canonical)
}

/// Whether a member differs at each call though nothing changed.
pub(super) fn is_volatile(key: &str) -> bool {
    VOLATILE.contains(&key)
}

/// Whether the elements of a member come in no order.
pub(super) fn is_unordered(key: &str) -> bool {
    UNORDERED.contains(&key)
}

/// As deep as the tree, which is bounded.
fn write(tree: &Tree<'_>, out: &mut String) -> Result<(), DecodeError> {
    match tree {
        Tree::Object(members) => {
            let members = members.iter().filter(|(key, _)| !is_volatile(key));
            write_sequence(('{', '}'), members, out, |(key, value), out| {
                write_key(key, out)?;
                if is_unordered(key) { write_sorted(value, out) } else { write(value, out) }
            })
        }
        Tree::List(elements) => write_sequence(('[', ']'), elements.iter(), out, write),
        Tree::Scalar(scalar) if scalar.starts_with('"') && !is_plain(scalar) => {
            out.push_str(&serde_json::to_string(&text(scalar)?)?);
            Ok(())
        }
        Tree::Scalar(scalar) => {
            out.push_str(scalar);
            Ok(())
        }
    }
}

/// The elements of a list in the order of their own canonical forms; anything else as it is.
fn write_sorted(tree: &Tree<'_>, out: &mut String) -> Result<(), DecodeError> {
    let Tree::List(elements) = tree else { return write(tree, out) };
    let mut elements = elements.iter().map(canonical).collect::<Result<Vec<_>, _>>()?;
    elements.sort_unstable();
    write_sequence(('[', ']'), elements.iter(), out, |element, out| {
        out.push_str(element);
        Ok(())
    })
}

pub(super) fn write_key(key: &str, out: &mut String) -> Result<(), DecodeError> {
    if key.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push('"');
        out.push_str(key);
        out.push('"');
    } else {
        out.push_str(&serde_json::to_string(key)?);
    }
    out.push(':');
    Ok(())
}

pub(super) fn write_sequence<T>(
    (open, close): (char, char),
    items: impl Iterator<Item = T>,
    out: &mut String,
    mut write_item: impl FnMut(T, &mut String) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    out.push(open);
    for (place, item) in items.enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_item(item, out)?;
    }
    out.push(close);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Map, Value};

    fn same(a: &str, b: &str) -> bool {
        content_hash(a).unwrap() == content_hash(b).unwrap()
    }

    #[test]
    fn the_order_of_keys_spaces_escapes_and_signed_addresses_do_not_matter() {
        assert!(same(r#"{"a":1,"b":[true,null]}"#, r#" { "b" : [ true , null ] , "a" : 1 } "#));
        assert!(same(r#"{"a":"\u00e9\/"}"#, r#"{"a":"é/"}"#));
        assert!(same(
            r#"{"files":[{"filename":"f","url":"https://s/1?sig=a"}],"pdf":{"createdAt":"now"}}"#,
            r#"{"files":[{"url":"https://s/1?sig=b","filename":"f"}]}"#
        ));
    }

    /// Drawings are not asked for: what DS makes of them on the fly is no change, the drawing itself would be one.
    #[test]
    fn a_file_made_on_the_fly_never_matters_and_a_drawing_would() {
        for made in ["pdf", "geojson"] {
            let dossier = |of: &str| format!(r#"{{"number":1,"{made}":{{"filename":"{of}","createdAt":"{of}"}}}}"#);
            assert!(same(&dossier("now"), &dossier("later")), "{made}");
            assert!(same(&dossier("now"), r#"{"number":1}"#), "{made}");
        }
        let drawn = |x: &str| format!(r#"{{"champs":[{{"geoAreas":[{{"geometry":{{"coordinates":[{x},48.8]}}}}]}}]}}"#);
        assert!(!same(&drawn("2.35"), &drawn("2.36")));
    }

    #[test]
    fn lists_that_have_no_order_are_the_same_in_any() {
        let labels = |names: &str| format!(r#"{{"labels":[{names}],"avis":[{names}]}}"#);
        assert!(same(&labels(r#"{"id":"1","name":"a"},{"id":"2"}"#), &labels(r#"{"id":"2"},{"name":"a","id":"1"}"#)));
        for other in [r#"{"id":"2"}"#, r#"{"id":"2"},{"id":"2"}"#, r#"{"id":"2"},{"id":"2"},{"id":"1","name":"a"}"#] {
            assert!(!same(&labels(r#"{"id":"1","name":"a"},{"id":"2"}"#), &labels(other)), "{other}");
        }
        assert!(!same(r#"{"labels":null}"#, r#"{"labels":[]}"#));
    }

    #[test]
    fn anything_else_matters() {
        let dossier =
            r#"{"number":1,"champs":[{"id":"a","stringValue":"x","decimalNumber":0.1},{"id":"b","stringValue":null}]}"#;
        for other in [
            r#"{"number":2,"champs":[{"id":"a","stringValue":"x","decimalNumber":0.1},{"id":"b","stringValue":null}]}"#,
            r#"{"number":1,"champs":[{"id":"a","stringValue":"X","decimalNumber":0.1},{"id":"b","stringValue":null}]}"#,
            r#"{"number":1,"champs":[{"id":"a","stringValue":"x","decimalNumber":0.10000000000000001},{"id":"b","stringValue":null}]}"#,
            r#"{"number":1,"champs":[{"id":"a","stringValue":"x","decimalNumber":0.1},{"id":"b","stringValue":""}]}"#,
            r#"{"number":1,"champs":[{"id":"b","stringValue":null},{"id":"a","stringValue":"x","decimalNumber":0.1}]}"#,
            r#"{"number":1,"champs":[{"id":"a","stringValue":"x","decimalNumber":0.1}]}"#,
            r#"{"number":1,"champs":[{"id":"a","stringValue":"x","decimalNumber":"0.1"},{"id":"b","stringValue":null}]}"#,
        ] {
            assert!(!same(dossier, other), "{other}");
        }
    }

    /// Members of DS that look like those that are passed over, and are not: the trace of a map, the end of a virus scan.
    #[test]
    fn what_is_passed_over_is_no_more_than_three_members() {
        for member in [
            "geometry",
            "geoAreas",
            "virusScanResult",
            "checksum",
            "filename",
            "byteSizeBigInt",
            "createdAt",
            "updatedAt",
            "label",
            "stringValue",
            "date",
            "geoJson",
            "urls",
            "champs",
        ] {
            let with = |value: &str| format!(r#"{{"champs":[{{"id":"a","{member}":{value}}}]}}"#);
            assert!(!same(&with("1"), &with("2")), "{member}");
            assert!(!same(&with("null"), r#"{"champs":[{"id":"a"}]}"#), "{member}");
        }
        let trace = |y: u8| format!(r#"{{"geoAreas":[{{"geometry":{{"type":"Point","coordinates":[2.3,4{y}.8]}}}}]}}"#);
        assert!(!same(&trace(8), &trace(9)));
        for member in ["url", "pdf", "geojson"] {
            let with = |value: &str| format!(r#"{{"files":[{{"id":"a","{member}":{value}}}]}}"#);
            assert!(same(&with("1"), &with("2")), "{member}");
        }
    }

    #[test]
    fn what_is_too_deep_or_holds_half_a_character_has_no_hash_and_is_no_harm() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(20_000), "]".repeat(20_000));
        assert_eq!(content_hash(&deep), Err(DecodeError::TooDeep));
        assert!(matches!(content_hash(r#"{"a":"\ud800"}"#), Err(DecodeError::Json { .. })));
    }

    #[test]
    fn what_is_not_json_has_no_hash() {
        for text in ["", "{", "{\"a\":}", "[1,]", "nul", "{} {}", "\"a"] {
            assert!(matches!(content_hash(text), Err(DecodeError::Json { .. })), "{text}");
        }
    }

    /// The same value with the members of every object in the opposite order.
    fn reversed(value: &Value) -> String {
        match value {
            Value::Object(members) => {
                let members: Vec<String> = members
                    .iter()
                    .rev()
                    .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), reversed(value)))
                    .collect();
                format!("{{{}}}", members.join(" , "))
            }
            Value::Array(elements) => {
                format!("[{}]", elements.iter().map(reversed).collect::<Vec<_>>().join(","))
            }
            scalar => scalar.to_string(),
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                proptest::collection::btree_map("[a-e]{1,2}", inner, 0..6)
                    .prop_map(|members| Value::Object(Map::from_iter(members))),
            ]
        })
    }

    proptest! {
        #[test]
        fn hashes_are_equal_exactly_when_the_values_are(a in any_json(), b in any_json()) {
            prop_assert!(same(&a.to_string(), &reversed(&a)));
            prop_assert_eq!(same(&a.to_string(), &b.to_string()), a == b);
        }
    }
}
