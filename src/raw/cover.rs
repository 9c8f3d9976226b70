//! Whether what is stored says all that an answer says, when the answer may say less: DS no longer gives everything that it
//! gave (API facts, 7).

use std::collections::BTreeMap;

use super::dossier::DecodeError;
use super::hash::{canonical, is_unordered, is_volatile, write_key, write_sequence};
use super::tree::Tree;

/// Whether every member of `part` is in `whole` with the same content, lists element by element, in any order those that
/// have none. Two texts that are not JSON, too deep or too large cover nothing. The work grows with the texts, no faster.
#[must_use]
pub fn covers(whole: &str, part: &str) -> bool {
    let compared = || covered(&Tree::of(whole)?, &Tree::of(part)?);
    compared().unwrap_or(false)
}

/// As deep as the trees, which are bounded.
fn covered(whole: &Tree<'_>, part: &Tree<'_>) -> Result<bool, DecodeError> {
    match (whole, part) {
        (Tree::Object(whole), Tree::Object(part)) => {
            for (key, value) in part.iter().filter(|(key, _)| !is_volatile(key)) {
                let Some(known) = whole.get(key) else {
                    if says_nothing(key) {
                        continue;
                    }
                    return Ok(false);
                };
                let compare = if is_unordered(key) { covered_in_any_order } else { covered };
                if !compare(known, value)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Tree::List(whole), Tree::List(part)) => {
            if whole.len() != part.len() {
                return Ok(false);
            }
            for (known, value) in whole.iter().zip(part) {
                if !covered(known, value)? {
                    return Ok(false);
                }
            }
            Ok(true)
        }
        (Tree::Scalar(_), Tree::Scalar(_)) => Ok(canonical(whole)? == canonical(part)?),
        _ => Ok(false),
    }
}

/// What is asked for where nothing else is left says nothing.
fn says_nothing(key: &str) -> bool {
    key == "__typename"
}

/// The same elements, as far as the part tells them: both lists are reduced to the members that are in the part, and sorted.
fn covered_in_any_order(whole: &Tree<'_>, part: &Tree<'_>) -> Result<bool, DecodeError> {
    let (Tree::List(known), Tree::List(told)) = (whole, part) else { return covered(whole, part) };
    if known.len() != told.len() {
        return Ok(false);
    }
    let of_known = Shape::of(known);
    let mut shape = Shape::of(told);
    shape.members.retain(|key, _| of_known.members.contains_key(key) || !says_nothing(key));
    let reduced = |elements: &[Tree<'_>]| {
        let mut reduced = elements.iter().map(|element| shape.reduced(element)).collect::<Result<Vec<_>, _>>()?;
        reduced.sort_unstable();
        Ok::<_, DecodeError>(reduced)
    };
    Ok(reduced(known)? == reduced(told)?)
}

/// Which members the elements of a list have, all together. As deep as the trees, which are bounded.
#[derive(Default)]
struct Shape<'a> {
    members: BTreeMap<&'a str, Shape<'a>>,
    elements: Option<Box<Shape<'a>>>,
}

impl<'a> Shape<'a> {
    fn of(elements: &'a [Tree<'_>]) -> Self {
        let mut shape = Self::default();
        for element in elements {
            shape.add(element);
        }
        shape
    }

    fn add(&mut self, tree: &'a Tree<'_>) {
        match tree {
            Tree::Object(members) => {
                for (key, value) in members.iter().filter(|(key, _)| !is_volatile(key)) {
                    self.members.entry(key).or_default().add(value);
                }
            }
            Tree::List(elements) => {
                let within = self.elements.get_or_insert_default();
                for element in elements {
                    within.add(element);
                }
            }
            Tree::Scalar(_) => {}
        }
    }

    /// The canonical form of a value without the members that are not in the shape.
    fn reduced(&self, tree: &Tree<'_>) -> Result<String, DecodeError> {
        let mut out = String::new();
        self.write(tree, &mut out)?;
        Ok(out)
    }

    fn write(&self, tree: &Tree<'_>, out: &mut String) -> Result<(), DecodeError> {
        match (tree, &self.elements) {
            (Tree::Object(members), _) => {
                let kept = members.iter().filter_map(|(key, value)| Some((key, value, self.members.get(key)?)));
                write_sequence(('{', '}'), kept, out, |(key, value, shape), out| {
                    write_key(key, out)?;
                    shape.write(value, out)
                })
            }
            (Tree::List(elements), Some(shape)) => {
                write_sequence(('[', ']'), elements.iter(), out, |element, out| shape.write(element, out))
            }
            _ => {
                out.push_str(&canonical(tree)?);
                Ok(())
            }
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
