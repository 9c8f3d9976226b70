//! Whether what is stored says all that an answer says, when the answer may say less: DS no longer gives everything that it
//! gave (API facts, 7).

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::bounds;
use super::hash::{canonical, is_unordered, is_volatile, write_sequence};

/// Whether every member of `part` is in `whole` with the same content, lists element by element, in any order those that
/// have none. Two texts that are not JSON, too deep or too large cover nothing. The work grows with the texts, no faster.
#[must_use]
pub fn covers(whole: &str, part: &str) -> bool {
    let is_bounded = [whole, part].into_iter().all(|json| bounds::check(json).is_ok());
    is_bounded && covered(whole.trim(), part.trim()).unwrap_or(false)
}

fn covered(whole: &str, part: &str) -> Result<bool, serde_json::Error> {
    match (whole.as_bytes().first(), part.as_bytes().first()) {
        (Some(b'{'), Some(b'{')) => {
            let whole: BTreeMap<String, &RawValue> = serde_json::from_str(whole)?;
            let part: BTreeMap<String, &RawValue> = serde_json::from_str(part)?;
            for (key, value) in part.iter().filter(|(key, _)| !is_volatile(key)) {
                let Some(known) = whole.get(key) else {
                    if says_nothing(key) {
                        continue;
                    }
                    return Ok(false);
                };
                let compare = if is_unordered(key) { covered_in_any_order } else { covered };
                if !compare(known.get(), value.get())? {
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

/// What is asked for where nothing else is left says nothing.
fn says_nothing(key: &str) -> bool {
    key == "__typename"
}

/// The same elements, as far as the part tells them: both lists are reduced to the members that are in the part, and sorted.
fn covered_in_any_order(whole: &str, part: &str) -> Result<bool, serde_json::Error> {
    if !(whole.starts_with('[') && part.starts_with('[')) {
        return covered(whole, part);
    }
    let whole: Vec<&RawValue> = serde_json::from_str(whole)?;
    let part: Vec<&RawValue> = serde_json::from_str(part)?;
    if whole.len() != part.len() {
        return Ok(false);
    }
    let known = Shape::of(&whole)?;
    let mut shape = Shape::of(&part)?;
    shape.members.retain(|key, _| known.members.contains_key(key) || !says_nothing(key));
    let reduced = |elements: &[&RawValue]| {
        let mut reduced = elements.iter().map(|element| shape.reduced(element.get())).collect::<Result<Vec<_>, _>>()?;
        reduced.sort_unstable();
        Ok::<_, serde_json::Error>(reduced)
    };
    Ok(reduced(&whole)? == reduced(&part)?)
}

/// Which members the elements of a list have, all together.
#[derive(Default)]
struct Shape {
    members: BTreeMap<String, Shape>,
    elements: Option<Box<Shape>>,
}

impl Shape {
    fn of(elements: &[&RawValue]) -> Result<Self, serde_json::Error> {
        let mut shape = Self::default();
        elements.iter().try_for_each(|element| shape.add(element.get()))?;
        Ok(shape)
    }

    fn add(&mut self, json: &str) -> Result<(), serde_json::Error> {
        match json.as_bytes().first() {
            Some(b'{') => {
                for (key, value) in serde_json::from_str::<BTreeMap<String, &RawValue>>(json)? {
                    if !is_volatile(&key) {
                        self.members.entry(key).or_default().add(value.get())?;
                    }
                }
            }
            Some(b'[') => {
                let within = self.elements.get_or_insert_default();
                for element in serde_json::from_str::<Vec<&RawValue>>(json)? {
                    within.add(element.get())?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The canonical form of a value without the members that are not in the shape.
    fn reduced(&self, json: &str) -> Result<String, serde_json::Error> {
        match (json.as_bytes().first(), &self.elements) {
            (Some(b'{'), _) => {
                let members = serde_json::from_str::<BTreeMap<String, &RawValue>>(json)?;
                let kept = members.iter().filter_map(|(key, value)| Some((key, value, self.members.get(key)?)));
                let mut reduced = String::new();
                write_sequence(('{', '}'), kept, &mut reduced, |(key, value, shape), out| {
                    out.push_str(&serde_json::to_string(key)?);
                    out.push(':');
                    out.push_str(&shape.reduced(value.get())?);
                    Ok(())
                })?;
                Ok(reduced)
            }
            (Some(b'['), Some(shape)) => {
                let elements = serde_json::from_str::<Vec<&RawValue>>(json)?;
                let mut reduced = String::new();
                write_sequence(('[', ']'), elements.iter(), &mut reduced, |element, out| {
                    out.push_str(&shape.reduced(element.get())?);
                    Ok(())
                })?;
                Ok(reduced)
            }
            _ => canonical(json),
        }
    }
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

    #[test]
    fn lists_without_order_within_each_other_cost_no_more_than_their_length() {
        // Tried in every order, thirty levels would take a thousand million comparisons.
        let nested = |name: &str| {
            let mut json = format!(r#"{{"name":"{name}"}}"#);
            for _ in 0..15 {
                json = format!(r#"{{"labels":[{json}],"id":1}}"#);
            }
            json
        };
        assert!(covers(&nested("a"), &nested("a")));
        assert!(!covers(&nested("a"), &nested("b")));
        let many = |skip: usize| {
            let labels: Vec<String> = (0..20_000).rev().skip(skip).map(|id| format!(r#"{{"id":{id}}}"#)).collect();
            format!(r#"{{"labels":[{}]}}"#, labels.join(","))
        };
        assert!(covers(&many(0), &many(0)));
        assert!(!covers(&many(0), &many(1)));
    }

    #[test]
    fn each_element_of_a_list_without_order_is_covered_by_one_of_its_own() {
        let labels = |list: &str| format!(r#"{{"labels":{list}}}"#);
        let whole = labels(r#"[{"id":"1","name":"a"},{"id":"2","name":"a"}]"#);
        assert!(covers(&whole, &labels(r#"[{"name":"a"},{"name":"a"}]"#)));
        assert!(!covers(&whole, &labels(r#"[{"id":"1"},{"id":"1"}]"#)), "the second was replaced");
        assert!(covers(&whole, &labels(r#"[{"__typename":"Label"},{"__typename":"Label"}]"#)));
    }
}
