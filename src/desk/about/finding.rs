//! Where in something what is looked for stands.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::sought::{Parts, Sought};
use crate::raw::{Place, texts};
use crate::store::{Held, HeldText};

/// How many places are told of one thing; the others are counted.
const MOST_TOLD: usize = 12;
/// How many answers are kept that hold a part of what is looked for.
const MOST_PARTS: usize = 40;
/// An answer that holds a part of it has no more words than this: one that has is about something else.
const PART: usize = 4;

/// A place where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where, in French.
    pub place: String,
    /// What stands there, shortened.
    pub excerpt: String,
    /// In which versions of the dossier; none: it is of no version.
    pub versions: Option<Span>,
    /// When it was said or done, where that is known.
    pub at: Option<Timestamp>,
}

/// From the first version of a dossier to the last in which something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// When the first was observed.
    pub first: Timestamp,
    /// When the last was observed.
    pub last: Timestamp,
    /// The last is the one that stands now.
    pub is_current: bool,
}

/// The places in one thing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Findings {
    /// The places, those that say most first.
    pub told: Vec<Finding>,
    /// How many others there are.
    pub more: usize,
    /// No text holds all that is looked for: these short answers hold it together.
    pub is_in_parts: bool,
}

/// Looks through the texts of one thing.
pub(super) struct Look<'a> {
    sought: &'a Sought,
    findings: Vec<Finding>,
    more: usize,
    parts: Vec<(Parts, Finding)>,
}

impl<'a> Look<'a> {
    pub fn new(sought: &'a Sought) -> Self {
        Self { sought, findings: Vec::new(), more: 0, parts: Vec::new() }
    }

    /// Whether nothing was found, nor a part of it.
    pub fn is_none(&self) -> bool {
        self.findings.is_empty() && self.parts.is_empty()
    }

    /// Looks through a text as it is stored, versions in their order; false when it is damaged.
    pub fn look(&mut self, text: &HeldText<'_>) -> bool {
        if text.held == Held::Version {
            self.begin_version();
        }
        let Some(content) = text.text else { return false };
        let at = text.at.and_then(|at| at.parse().ok());
        if text.held == Held::Version {
            return texts(content, |place, text| {
                let versions = at.map(|at| Span { first: at, last: at, is_current: true });
                self.add(|| place_in_dossier(place), text, versions, None, true);
            })
            .is_ok();
        }
        if !text.is_json {
            self.add(|| place_of(text), content, None, at, false);
        } else if let Ok(value) = serde_json::from_str(content) {
            leaves(&value, &mut |leaf| self.add(|| place_of(text), leaf, None, at, false));
        } else {
            return false;
        }
        true
    }

    /// What was found before stands in older versions only, until it is found again. Two versions may have been observed in the
    /// same second: their order says which one stands now, not their instants.
    fn begin_version(&mut self) {
        let parts = self.parts.iter_mut().map(|(_, finding)| finding);
        for versions in self.findings.iter_mut().chain(parts).filter_map(|finding| finding.versions.as_mut()) {
            versions.is_current = false;
        }
    }

    /// Looks through a text at a place.
    pub fn look_at(&mut self, place: impl FnOnce() -> String, text: &str) {
        self.add(place, text, None, None, false);
    }

    /// `is_answer`: it may hold a part of what is looked for, as « Nom » and « Prénom » do.
    fn add(
        &mut self,
        place: impl FnOnce() -> String,
        text: &str,
        versions: Option<Span>,
        at: Option<Timestamp>,
        is_answer: bool,
    ) {
        let parts = self.sought.found_in(text);
        if parts.is_none() {
            return;
        }
        let is_whole = parts.is_all(self.sought);
        let is_part = is_answer && text.split_whitespace().nth(PART).is_none();
        if !is_whole && !is_part {
            return;
        }
        let finding = Finding { place: place(), excerpt: self.sought.excerpt(text), versions, at };
        if !is_whole {
            let has_room = self.parts.len() < MOST_PARTS;
            match self.parts.iter_mut().find(|(_, known)| known.is_same(&finding)) {
                Some((_, known)) => known.extend(&finding),
                None if has_room => self.parts.push((parts, finding)),
                None => {}
            }
            return;
        }
        // The same answer in version after version is told once.
        if let Some(known) = self.findings.iter_mut().find(|known| known.is_same(&finding)) {
            known.extend(&finding);
        } else if self.findings.len() < MOST_TOLD {
            self.findings.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Adds what was found in another text of the same thing.
    pub fn join(&mut self, other: Self) {
        for finding in other.findings {
            match self.findings.iter_mut().find(|known| known.is_same(&finding)) {
                Some(known) => known.extend(&finding),
                None => self.findings.push(finding),
            }
        }
        self.more += other.more;
    }

    /// What was found.
    pub fn told(self) -> Findings {
        let Self { sought, findings, more, parts } = self;
        let together = parts.iter().fold(Parts::default(), |all, (part, _)| all.with(*part));
        let is_in_parts = findings.is_empty() && together.is_all(sought);
        let mut told: Vec<Finding> = match (findings.is_empty(), is_in_parts) {
            (false, _) => findings,
            (true, true) => parts.into_iter().map(|(_, finding)| finding).collect(),
            (true, false) => Vec::new(),
        };
        let more = more + told.len().saturating_sub(MOST_TOLD);
        told.truncate(MOST_TOLD);
        Findings { told, more, is_in_parts }
    }
}

impl Finding {
    fn is_same(&self, other: &Self) -> bool {
        // What the rules read of an answer is told once.
        let is_copy = [FACTS, TRACE, TO_DO, CHANGE, REMAINS].contains(&self.place.as_str());
        self.place == other.place && (is_copy || self.excerpt == other.excerpt)
    }

    fn extend(&mut self, other: &Self) {
        if let (Some(known), Some(more)) = (self.versions.as_mut(), other.versions) {
            known.first = known.first.min(more.first);
            known.last = known.last.max(more.last);
            known.is_current |= more.is_current;
        }
    }
}

const FACTS: &str = "faits lus par les règles";
const TRACE: &str = "ce sur quoi reposent les avis";
const TO_DO: &str = "ce qui reste à faire";
const CHANGE: &str = "journal des nouveautés";
const REMAINS: &str = "trace gardée d’un dossier effacé";

/// Where a text of a dossier stands, as people say it.
fn place_in_dossier(place: Place<'_>) -> String {
    let within: Cow<'_, str> = match (place.section, place.label) {
        ("champs", Some(label)) => format!("champ « {label} »").into(),
        ("annotations", Some(label)) => format!("annotation « {label} »").into(),
        (_, Some(label)) => format!("« {label} »").into(),
        ("demandeur", None) => "demandeur".into(),
        ("motivation", None) => "motif de la décision sur DS".into(),
        ("avis", None) => "avis demandé sur DS".into(),
        ("groupeInstructeur", None) => "groupe instructeur".into(),
        ("labels", None) => "étiquette".into(),
        ("number", None) => "numéro du dossier".into(),
        (section, None) => format!("« {section} »").into(),
    };
    if place.is_file_name { format!("nom d’une pièce jointe, {within}") } else { within.into_owned() }
}

fn place_of(text: &HeldText<'_>) -> String {
    let name = text.name.unwrap_or_default();
    match text.held {
        Held::Version => "version".to_owned(),
        Held::Champ => format!("champ « {name} »"),
        Held::Annotation => format!("annotation « {name} »"),
        Held::Applicant => "nom du demandeur, dans les listes".to_owned(),
        Held::Siret => "SIRET du demandeur, dans les listes".to_owned(),
        Held::Facts => FACTS.to_owned(),
        Held::FileName => format!("nom d’une pièce jointe, champ « {name} »"),
        Held::FileReason => format!("motif, pièce jointe « {name} »"),
        Held::Explanation => format!("explication de l’avis {name}"),
        Held::DecidedBy => format!("agent qui a tranché {name}"),
        Held::ToDo => TO_DO.to_owned(),
        Held::Trace => TRACE.to_owned(),
        Held::ActPerson => format!("auteur de l’acte {name}"),
        Held::ActReason => format!("motif de l’acte {name}"),
        Held::Act => format!("contenu de l’acte {name}"),
        Held::Alert => "alerte".to_owned(),
        Held::Quarantine if name.is_empty() => "motif de la quarantaine".to_owned(),
        Held::Quarantine => format!("motif de la quarantaine, dossier {name}"),
        Held::Change => CHANGE.to_owned(),
        Held::Remains => REMAINS.to_owned(),
        Held::WithdrawalPerson => format!("auteur de la reprise d’un document ({name})"),
        Held::WithdrawalReason => format!("motif de la reprise d’un document ({name})"),
        Held::Commentary => format!("commentaire du rapport, {name}"),
        Held::Told => "alerte dite par courriel".to_owned(),
        Held::MessageAddress => "destinataire".to_owned(),
        Held::MessageText => "texte du message".to_owned(),
        Held::MessageReply => "réponse du serveur, ou motif".to_owned(),
        Held::Form => format!("formulaire de la démarche {name}"),
    }
}

/// Every text and number of a JSON value.
fn leaves(value: &Value, each: &mut dyn FnMut(&str)) {
    match value {
        Value::Null | Value::Bool(_) => {}
        Value::Number(number) => each(&number.to_string()),
        Value::String(text) => each(text),
        Value::Array(elements) => elements.iter().for_each(|element| leaves(element, each)),
        Value::Object(members) => members.values().for_each(|member| leaves(member, each)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The versions of a dossier, all observed in one second.
    fn found(sought: &str, answers: &[Option<&str>]) -> Findings {
        let sought = sought.parse().unwrap();
        let mut look = Look::new(&sought);
        for answer in answers {
            let content = answer
                .map(|answer| serde_json::json!({ "champs": [{ "label": "Nom", "stringValue": answer }] }).to_string());
            let at = Some("2022-12-01T08:00:00Z");
            let text = HeldText { held: Held::Version, name: None, at, is_json: true, text: content.as_deref() };
            assert_eq!(look.look(&text), answer.is_some());
        }
        look.told()
    }

    #[test]
    fn the_order_of_versions_says_which_one_stands() {
        let is_current = |sought: &str, answers: &[Option<&str>]| -> Vec<bool> {
            let told = found(sought, answers).told;
            told.iter().map(|finding| finding.versions.unwrap().is_current).collect()
        };
        assert_eq!(is_current("ytterbium", &[Some("Ytterbium"), Some("Wolfram")]), [false]);
        assert_eq!(is_current("ytterbium", &[Some("Wolfram"), Some("Ytterbium")]), [true]);
        assert_eq!(is_current("ytterbium", &[Some("Ytterbium"), Some("Wolfram"), Some("Ytterbium")]), [true]);
        assert_eq!(is_current("ytterbium", &[Some("Ytterbium"), None]), [false], "the last one cannot be read");
        let both = [Some("Ytterbium"), Some("Wolfram"), Some("Wolfram")];
        assert!(found("ytterbium wolfram", &both).is_in_parts);
        assert_eq!(is_current("ytterbium wolfram", &both), [false, true]);
    }
}
