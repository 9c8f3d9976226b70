//! The answer of a champ as texts that can be looked up among codes, and what may be said of one that cannot.

use crate::domain::champ::{Champ, ChampValue};
use crate::domain::text::fold;

use super::config::Values;
use super::locate::Found;
use super::read::Refusal;
use super::vocabulary::Vocabulary;

/// One answer: the texts it may be recognised by, the most precise first.
pub(super) struct Answer {
    texts: Vec<String>,
    /// Chosen from a list, though perhaps under "other", which is free.
    listed: bool,
}

impl Answer {
    fn listed(texts: &[&str]) -> Self {
        Self { texts: texts.iter().map(|text| (*text).to_owned()).collect(), listed: true }
    }

    fn free(text: String) -> Self {
        Self { texts: vec![text], listed: false }
    }

    /// The code that it stands for.
    pub(super) fn code(&self, vocabulary: Vocabulary, values: &Values) -> Option<String> {
        self.texts.iter().find_map(|text| vocabulary.decode(values, text))
    }

    /// Why it has no code. Only a choice that the form offers is quoted: anything else may be personal.
    pub(super) fn no_code(&self, options: &[String]) -> Refusal {
        let offered = |text: &&String| options.iter().any(|option| fold(option) == fold(text));
        Refusal::Unreadable(match self.texts.iter().find(offered) {
            Some(text) if self.listed => {
                format!("la réponse « {text} » n’a pas de code dans la configuration (values)")
            }
            _ if self.listed => "choix non reconnu, absent de la liste actuelle du formulaire".to_owned(),
            _ => "réponse libre non reconnue".to_owned(),
        })
    }

    /// The texts, the most precise first.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }
}

/// The answers of a champ; none when its kind has no answer in words.
pub(super) fn answers(champ: &Champ) -> Option<Vec<Answer>> {
    Some(match &champ.value {
        ChampValue::Text(text) => vec![Answer::free(text.clone())],
        ChampValue::Choice(choice) => vec![Answer::listed(&[choice])],
        ChampValue::Choices(choices) => choices.iter().map(|choice| Answer::listed(&[choice])).collect(),
        ChampValue::LinkedChoice { primary, secondary } if secondary.is_empty() => vec![Answer::listed(&[primary])],
        ChampValue::LinkedChoice { primary, secondary } => {
            vec![Answer::listed(&[&format!("{primary} / {secondary}"), secondary, primary])]
        }
        ChampValue::Checkbox(yes) | ChampValue::YesNo(yes) => vec![Answer::listed(&[if *yes { "oui" } else { "non" }])],
        ChampValue::Integer(number) => vec![Answer::free(number.to_string())],
        ChampValue::Decimal(number) => vec![Answer::free(number.normalize().to_string())],
        ChampValue::Commune(commune) => vec![Answer::listed(&[&commune.name, &commune.code])],
        ChampValue::Coded { code, name } => vec![Answer::listed(&[name, code])],
        ChampValue::Other { .. } => vec![Answer::free(champ.display.clone()?)],
        _ => return None,
    })
}

/// The code of a champ that answers with one.
///
/// # Errors
/// Blank, several codes, or an answer without a code.
pub(super) fn code(found: &Found<'_>, vocabulary: Vocabulary, values: &Values) -> Result<String, Refusal> {
    let codes = codes(found, vocabulary, values)?;
    let mut codes = codes.into_iter();
    match (codes.next(), codes.next()) {
        (Some(code), None) => Ok(code),
        (None, _) => Err(Refusal::Blank),
        (Some(_), Some(_)) => Err(Refusal::Unreadable("plusieurs réponses là où une seule est attendue".to_owned())),
    }
}

/// The codes of a champ, without repeats. One answer without a code makes the whole unreadable: leaving it out
/// would make several answers look like one.
///
/// # Errors
/// Blank, or an answer without a code.
pub(super) fn codes(found: &Found<'_>, vocabulary: Vocabulary, values: &Values) -> Result<Vec<String>, Refusal> {
    if found.champ.value.is_blank() {
        return Err(Refusal::Blank);
    }
    let answers = answers(found.champ).ok_or_else(|| Refusal::kind(found.champ))?;
    let mut codes = Vec::new();
    for answer in answers {
        let parts = match answer.code(vocabulary, values) {
            Some(code) => vec![code],
            None => listed_in_text(&answer, vocabulary, values).ok_or_else(|| match found.champ.value {
                ChampValue::Other { .. } => Refusal::kind(found.champ),
                _ => answer.no_code(found.options()),
            })?,
        };
        codes.extend(parts);
    }
    codes.sort();
    codes.dedup();
    Ok(codes)
}

/// A free text that lists several answers, each of them recognised.
fn listed_in_text(answer: &Answer, vocabulary: Vocabulary, values: &Values) -> Option<Vec<String>> {
    if answer.listed {
        return None;
    }
    let parts = answer.texts().next()?.split([',', ';', '\n', '/']).map(str::trim).filter(|part| !part.is_empty());
    let codes: Option<Vec<String>> = parts.map(|part| vocabulary.decode(values, part)).collect();
    codes.filter(|codes| !codes.is_empty())
}
