//! Which code for which choice of a list.

use std::collections::BTreeMap;

use crate::domain::form::Descriptor;
use crate::domain::text::fold;
use crate::mapping::config::Values;
use crate::mapping::hints::{says, words};
use crate::mapping::vocabulary::Vocabulary;

/// The options of a list with the code that each seems to stand for, and those without one.
pub(super) fn guess(vocabulary: Vocabulary, list: &Descriptor) -> (BTreeMap<&str, &'static str>, Vec<&str>) {
    let (mut known, mut unknown, mut seen) = (BTreeMap::new(), Vec::new(), Vec::new());
    if vocabulary.terms().is_empty() {
        return (known, unknown);
    }
    for option in list.options.iter().map(String::as_str).filter(|option| !option.trim().is_empty()) {
        if seen.contains(&fold(option)) {
            continue;
        }
        seen.push(fold(option));
        match guess_code(vocabulary, option) {
            Some(code) => {
                known.insert(option, code);
            }
            None => unknown.push(option),
        }
    }
    (known, unknown)
}

/// The code that a choice stands for beyond doubt, else that of the only figure or the only stem that it says.
fn guess_code(vocabulary: Vocabulary, option: &str) -> Option<&'static str> {
    let said = words(option);
    let terms = vocabulary.terms();
    let decoded = vocabulary.decode(&Values::default(), option);
    let only = |figures: bool| {
        let is_figure = |stem: &str| stem.bytes().all(|byte| byte.is_ascii_digit());
        let mut found = terms
            .iter()
            .filter(|term| term.stems.iter().any(|stem| is_figure(stem) == figures && says(&said, stem)))
            .map(|term| term.code);
        found.next().filter(|_| found.next().is_none())
    };
    let decoded = decoded.and_then(|code| terms.iter().map(|term| term.code).find(|known| *known == code));
    decoded.or_else(|| only(true)).or_else(|| only(false))
}
