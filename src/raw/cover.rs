//! Whether what is stored says all that an answer says, when the answer may say less: DS no longer gives everything that it
//! gave (API facts, 7).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::hash::{canonical, is_unordered, is_volatile};

/// Whether every member of `part` is in `whole` with the same content, lists element by element, in any order those that
/// have none. Two texts that are not
/// JSON cover nothing.
#[must_use]
pub fn covers(whole: &str, part: &str) -> bool {
    covered(whole.trim(), part.trim()).unwrap_or(false)
}

fn covered(whole: &str, part: &str) -> Result<bool, serde_json::Error> {
    match (whole.as_bytes().first(), part.as_bytes().first()) {
        (Some(b'{'), Some(b'{')) => {
            let whole: BTreeMap<String, &RawValue> = serde_json::from_str(whole)?;
            let part: BTreeMap<String, &RawValue> = serde_json::from_str(part)?;
            for (key, value) in part.iter().filter(|(key, _)| !is_volatile(key)) {
                // What is asked for where nothing else is left says nothing.
                let Some(known) = whole.get(key) else {
                    if key == "__typename" {
                        continue;
                    }
                    return Ok(false);
                };
                let (known, value) = (known.get(), value.get());
                if !(covered(known, value)? || is_unordered(key) && covered_in_any_order(known, value)?) {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Some(b'['), Some(b'[')) => {
            let whole: Vec<&RawValue> = serde_json::from_str(whole)?;
            let part: Vec<&RawValue> = serde_json::from_str(part)?;
            if whole.len() != part.len() {
                return Ok(false);
            }
            for (known, value) in whole.iter().zip(part) {
                if !covered(known.get(), value.get())? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        _ => Ok(canonical(whole)? == canonical(part)?),
    }
}

/// As many elements, each of which one of the other list covers.
fn covered_in_any_order(whole: &str, part: &str) -> Result<bool, serde_json::Error> {
    let whole: Vec<&RawValue> = serde_json::from_str(whole)?;
    let part: Vec<&RawValue> = serde_json::from_str(part)?;
    let is_covered = |value: &RawValue| whole.iter().any(|known| covers(known.get(), value.get()));
    Ok(whole.len() == part.len() && part.into_iter().all(is_covered))
}

#[cfg(test)]
mod tests {
    use super::covers;

    const WHOLE: &str = r#"{"number":1,"motivation":null,"champs":[{"id":"a","n":0.10,"s":"x"},{"id":"b","s":""}]}"#;

    #[test]
    fn an_answer_with_less_is_covered() {
        for part in [
            WHOLE,
            "{}",
            r#"{"champs":[{"s":"\u0078","id":"a"},{"id":"b"}],"number":1}"#,
            r#"{"__typename":"Dossier","number":1,"champs":[{},{}],"pdf":{"url":"u"}}"#,
        ] {
            assert!(covers(WHOLE, part), "{part}");
        }
    }

    #[test]
    fn a_list_that_has_no_order_is_covered_in_any() {
        let whole = r#"{"labels":[{"id":"1","name":"a"},{"id":"2","name":"b"}]}"#;
        for part in [
            r#"{"labels":[{"id":"2"},{"id":"1"}]}"#,
            r#"{"labels":[{"name":"b"},{"name":"a"}]}"#,
            r#"{"labels":[{},{}]}"#,
        ] {
            assert!(covers(whole, part), "{part}");
        }
        for part in [r#"{"labels":[{"id":"1"}]}"#, r#"{"labels":[{"id":"1"},{"id":"3"}]}"#, r#"{"labels":null}"#] {
            assert!(!covers(whole, part), "{part}");
        }
    }

    #[test]
    fn an_answer_that_says_anything_else_is_not() {
        for part in [
            r#"{"number":2}"#,
            r#"{"number":1,"archived":false}"#,
            r#"{"motivation":""}"#,
            r#"{"champs":[{"id":"a"}]}"#,
            r#"{"champs":[{"id":"b"},{"id":"a"}]}"#,
            r#"{"champs":[{"id":"a","n":0.1},{"id":"b"}]}"#,
            r#"{"champs":null}"#,
            "{",
        ] {
            assert!(!covers(WHOLE, part), "{part}");
        }
        assert!(!covers("{", "{"));
    }
}
