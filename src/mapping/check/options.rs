//! The answers that a list offers against the codes of the configuration.

use crate::domain::form::Descriptor;
use crate::domain::text::{fold, quoted};
use crate::mapping::config::Values;
use crate::mapping::likeness::nearest;
use crate::mapping::vocabulary::Vocabulary;
use crate::mapping::{communes, departements};

use super::checker::Checker;

impl Checker<'_, '_> {
    /// Options without a code stay unread; an answer that is no option is an error when its code is out of reach.
    pub(super) fn values(&mut self, key: &str, cell: &Descriptor, vocabulary: Vocabulary, values: &Values) {
        for choice in values.0.values().filter(|choice| vocabulary.denies(&choice.code, &choice.answer)) {
            self.warn(
                format!("{key} : {} ne dit sans doute pas « {} »", quoted(&choice.answer), choice.code),
                "vérifiez cette ligne ; un choix qui n’a pas de code reste à vérifier, sans être deviné".to_owned(),
            );
        }
        let options = options(cell);
        if options.is_empty() {
            return;
        }
        let label = quoted(&cell.label);
        let codes: Vec<Option<String>> = options.iter().map(|option| code_of(vocabulary, values, option)).collect();
        for choice in values.0.values().filter(|choice| !offers(cell, &options, &choice.answer)) {
            let message = format!("{key} : {label} n’a pas de choix {}", quoted(&choice.answer));
            if codes.contains(&Some(choice.code.clone())) {
                self.warn(
                    message,
                    "gardez cette ligne si d’anciens dossiers portent ce choix, sinon retirez-la".to_owned(),
                );
            } else {
                let close = nearest(&choice.answer, options.iter().copied());
                let suggested =
                    if close.is_empty() { labels(options.iter().copied()) } else { labels(close.into_iter()) };
                self.error(
                    message,
                    format!("aucun choix ne donne plus « {} » : associez-lui l’un de {suggested}", choice.code),
                );
            }
        }
        let pairs = options.iter().zip(&codes);
        let without =
            pairs.filter(|(option, code)| code.is_none() && !is_level(cell, option)).map(|(option, _)| *option);
        let without: Vec<&str> = without.collect();
        if !without.is_empty() {
            self.warn(
                format!("{label} a des choix sans code : {}", labels(without.into_iter())),
                format!("ajoutez-les à {key} ; codes possibles : {}", vocabulary.described()),
            );
        }
    }
}

/// The answers that a champ offers; empty when they are free.
fn options(cell: &Descriptor) -> Vec<&str> {
    match cell.kind() {
        "YesNo" | "Checkbox" => vec!["oui", "non"],
        _ => cell.options.iter().map(String::as_str).collect(),
    }
}

/// What reading a dossier would make of an option.
fn code_of(vocabulary: Vocabulary, values: &Values, option: &str) -> Option<String> {
    match vocabulary {
        Vocabulary::Departement => departements::of_text(option, values),
        Vocabulary::Insee => communes::of_option(option, values),
        _ => vocabulary.decode(values, option),
    }
}

/// Whether a list offers an answer; of linked lists, either level or both.
fn offers(list: &Descriptor, options: &[&str], answer: &str) -> bool {
    let among = |text: &str| options.iter().any(|option| fold(option) == fold(text));
    among(answer)
        || (list.kind() == "LinkedDropDownList" && answer.split_once(" / ").is_some_and(|(a, b)| among(a) && among(b)))
}

/// `--Titre--`: a heading within a list, or the first level of linked lists, which its second level may decide.
fn is_level(list: &Descriptor, option: &str) -> bool {
    (option.starts_with("--") && option.ends_with("--")) || list.kind() == "LinkedDropDownList"
}

/// Labels in a sentence, from which people copy them into the configuration.
pub(super) fn labels<'a>(labels: impl Iterator<Item = &'a str>) -> String {
    whole(labels, ", ")
}

/// The same, joined by a word. What is copied stays whole and exact: neither shortened, nor rid of guillemets of its own.
pub(super) fn whole<'a>(labels: impl Iterator<Item = &'a str>, joined_by: &str) -> String {
    labels.map(|label| format!("« {label} »")).collect::<Vec<_>>().join(joined_by)
}
