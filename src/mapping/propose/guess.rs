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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::FactName;

    #[test]
    fn a_choice_is_guessed_from_what_it_says_and_left_when_it_says_two_things() {
        for (vocabulary, option, expected) in [
            (Vocabulary::Fact(FactName::Theme), "2 - Formation par un expert", Some("2")),
            (Vocabulary::Fact(FactName::Theme), "Relation à l’usager", Some("3")),
            (Vocabulary::Fact(FactName::Theme), "4 - Démat.ADS", Some("4")),
            (Vocabulary::Fact(FactName::Theme), "Formation et expertise", None),
            (Vocabulary::Nature, "Frais de personnel", Some("payroll")),
            (Vocabulary::Nature, "Formation au logiciel", None),
            (Vocabulary::Origin, "Hors Union européenne", Some("non_eu")),
            (Vocabulary::YesNo, "Non, pas encore", Some("non")),
        ] {
            assert_eq!(guess_code(vocabulary, option), expected, "{option}");
        }
    }
}
