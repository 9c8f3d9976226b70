//! The answers that a list offers against the codes of the configuration.

use std::collections::HashSet;

use crate::domain::form::Descriptor;
use crate::domain::text::{counted, fold, quoted};
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
        let offered = Offered::of(cell, &options);
        let codes: Vec<Option<String>> = options.iter().map(|option| code_of(vocabulary, values, option)).collect();
        let given: HashSet<&str> = codes.iter().flatten().map(String::as_str).collect();
        let gone = values.0.values().filter(|choice| !offered.has(&choice.answer));
        for (index, choice) in gone.enumerate() {
            let message = format!("{key} : {label} n’a pas de choix {}", quoted(&choice.answer));
            if given.contains(choice.code.as_str()) {
                self.warn(
                    message,
                    "gardez cette ligne si d’anciens dossiers portent ce choix, sinon retirez-la".to_owned(),
                );
            } else {
                let no_more = format!("aucun choix ne donne plus « {} »", choice.code);
                // What resembles it is looked for among all: for the first ones only.
                // None that says another code: who follows it would have another answer read.
                let may_say = |at: &usize| {
                    codes.get(*at).is_some_and(Option::is_none)
                        && options.get(*at).is_some_and(|option| !vocabulary.denies(&choice.code, option))
                };
                let fitting = (0..options.len()).filter(|at| index < SUGGESTED && may_say(at));
                let fitting: Vec<&str> = fitting.filter_map(|at| options.get(at).copied()).collect();
                let close = nearest(&choice.answer, fitting.iter().copied());
                let suggested = match close.as_slice() {
                    [] if !fitting.is_empty() => format!("l’un de {}", first(&fitting)),
                    [] => "l’un de ceux de la liste".to_owned(),
                    close => format!("l’un de {}", labels(close.iter().copied())),
                };
                self.error(message, format!("{no_more} : associez-lui {suggested}"));
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

/// For how many answers that a list no longer has another one is suggested.
const SUGGESTED: usize = 20;

/// How many choices of a list are named where any of them will do.
const NAMED: usize = 20;

/// The first choices of a list, as [`labels`] shows them.
fn first(options: &[&str]) -> String {
    let named = labels(options.iter().take(NAMED).copied());
    let more = options.len().saturating_sub(NAMED);
    if more == 0 { named } else { format!("{named} et {}", counted(more, "autre", "autres")) }
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

/// The answers that a list offers, folded.
struct Offered {
    folded: HashSet<String>,
    linked: bool,
}

impl Offered {
    fn of(list: &Descriptor, options: &[&str]) -> Self {
        Self {
            folded: options.iter().map(|option| fold(option)).collect(),
            linked: list.kind() == "LinkedDropDownList",
        }
    }

    /// Whether an answer is among them; of linked lists, either level or both.
    fn has(&self, answer: &str) -> bool {
        let among = |text: &str| self.folded.contains(&fold(text));
        among(answer) || (self.linked && answer.split_once(" / ").is_some_and(|(a, b)| among(a) && among(b)))
    }
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
