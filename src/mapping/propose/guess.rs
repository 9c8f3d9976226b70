//! Which code for which choice of a list.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::form::Descriptor;
use crate::domain::text::fold;
use crate::mapping::config::Values;
use crate::mapping::vocabulary::Vocabulary;
use crate::mapping::words::{Words, is, is_any};

/// The options of a list with the code that each seems to stand for, and those without one. A box has none: its answers are yes
/// and no, whatever comes with it.
pub(super) fn guess(vocabulary: Vocabulary, list: &Descriptor) -> (BTreeMap<&str, &'static str>, Vec<&str>) {
    let (mut known, mut unknown, mut seen) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
    if vocabulary.terms().is_empty() || matches!(list.kind(), "YesNo" | "Checkbox") {
        return (known, unknown);
    }
    for option in list.options.iter().map(String::as_str).filter(|option| !option.trim().is_empty()) {
        if !seen.insert(fold(option)) {
            continue;
        }
        match guess_code(vocabulary, option) {
            Some(code) => {
                known.insert(option, code);
            }
            None => unknown.push(option),
        }
    }
    (known, unknown)
}

/// The code that a choice stands for beyond doubt, else the only one whose words it says.
fn guess_code(vocabulary: Vocabulary, option: &str) -> Option<&'static str> {
    let terms = vocabulary.terms();
    let decoded = vocabulary.decode(&Values::default(), option);
    let decoded = decoded.and_then(|code| terms.iter().map(|term| term.code).find(|known| *known == code));
    decoded.or_else(|| {
        let words = Words::of(option);
        // « Hors commune » does not say which code it is. Of yes and no, and of origins, a denial is one of the codes.
        let denies = words.telling().iter().any(|word| is(word, "non|pas|aucun*|sans|hors"));
        if denies && !matches!(vocabulary, Vocabulary::YesNo | Vocabulary::Origin) {
            return None;
        }
        let mut said = terms.iter().filter(|term| {
            term.ways.iter().any(|way| words.say(way)) && !words.telling().iter().any(|word| is_any(word, term.never))
        });
        said.next().filter(|_| said.next().is_none()).map(|term| term.code)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::fact::FactName;

    #[test]
    fn a_choice_is_guessed_from_what_it_says_and_left_when_it_says_two_things() {
        for (vocabulary, option, expected) in [
            (Vocabulary::Fact(FactName::Theme), "2 - Formation des agents", Some("2")),
            (Vocabulary::Fact(FactName::Theme), "2 - Formation par un expert", None),
            (Vocabulary::Fact(FactName::Theme), "1 - Mobilité", None),
            (Vocabulary::Fact(FactName::Theme), "Thème 1", Some("1")),
            (Vocabulary::Fact(FactName::ApplicantType), "Commune", Some("commune_autonome")),
            (Vocabulary::Fact(FactName::ApplicantType), "Syndicat de communes", None),
            (Vocabulary::Fact(FactName::ApplicantType), "Syndicat intercommunal autonome", None),
            (Vocabulary::Fact(FactName::ApplicantType), "Communauté de communes", None),
            (Vocabulary::Fact(FactName::ApplicantType), "Groupement de communes", None),
            (Vocabulary::Fact(FactName::ApplicantType), "Commune rattachée à un service instructeur", None),
            (Vocabulary::Fact(FactName::ApplicantType), "Commune sans service instructeur", None),
            (
                Vocabulary::Fact(FactName::ApplicantType),
                "Syndicat mixte (service mutualisé)",
                Some("centre_instructeur"),
            ),
            (Vocabulary::Fact(FactName::ProjectFramework), "Communauté de communes", None),
            (Vocabulary::Fact(FactName::ProjectFramework), "En commun avec d’autres acteurs publics", Some("common")),
            (Vocabulary::Fact(FactName::SupportWanted), "Label numérique", None),
            (Vocabulary::Fact(FactName::Theme), "Relation à l’usager", Some("3")),
            (Vocabulary::Fact(FactName::Theme), "4 - Démat.ADS", Some("4")),
            (Vocabulary::Fact(FactName::Theme), "Formation et expertise", None),
            (Vocabulary::Nature, "Frais de personnel", Some("payroll")),
            (Vocabulary::Nature, "Formation au logiciel", None),
            (Vocabulary::Origin, "Hors Union européenne", Some("non_eu")),
            (Vocabulary::Origin, "Hors de France", None),
            (Vocabulary::Origin, "Autre pays européen", None),
            (Vocabulary::Origin, "Établi en France", Some("eu")),
            (Vocabulary::Origin, "Non-UE", Some("non_eu")),
            (Vocabulary::YesNo, "Non, pas encore", Some("non")),
        ] {
            assert_eq!(guess_code(vocabulary, option), expected, "{option}");
        }
    }
}
