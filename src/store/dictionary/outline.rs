//! What JSON texts of one kind have in common: the names of their parts, and what forms and rules say in them. Of a dossier nothing is in
//! it: no answer, no name, no number, no day. What a text is kept for is said by the object that it stands in; all others are left out.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// How many elements of a list are told apart.
const MOST_ELEMENTS: usize = 400;

/// A JSON value, or what is kept of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outline {
    Null,
    Flag(bool),
    Number,
    Text(String),
    List(Vec<Self>),
    Object(Vec<(String, Self)>),
}

impl Outline {
    /// What is kept of a text; none when it is no JSON.
    pub fn of(json: &str) -> Option<Self> {
        serde_json::from_str::<Self>(json).ok().map(Self::reduced)
    }

    fn reduced(self) -> Self {
        match self {
            Self::Text(_) => Self::Text(String::new()),
            Self::List(elements) => {
                let mut distinct = Vec::new();
                for element in elements {
                    add(&mut distinct, element.reduced());
                }
                Self::List(distinct)
            }
            Self::Object(fields) => {
                let kept = Kept::of(&fields);
                let fields = fields.into_iter().map(|(name, value)| match value {
                    Self::Text(text) if kept.keeps(&name, &text) => (name, Self::Text(text)),
                    other => (name, other.reduced()),
                });
                Self::Object(fields.collect())
            }
            other => other,
        }
    }

    /// What both have, and what either has.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Object(mut fields), Self::Object(others)) => {
                for (name, value) in others {
                    match fields.iter_mut().find(|(known, _)| *known == name) {
                        Some((_, known)) => *known = std::mem::replace(known, Self::Null).and(value),
                        None => fields.push((name, value)),
                    }
                }
                Self::Object(fields)
            }
            (Self::List(mut elements), Self::List(others)) => {
                for element in others {
                    add(&mut elements, element);
                }
                Self::List(elements)
            }
            (Self::Null, other) => other,
            (one, _) => one,
        }
    }

    /// As the JSON that it was read from is written.
    pub fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Self::Number => out.push('0'),
            Self::Text(text) => write_text(text, out),
            Self::List(elements) => write_parts(('[', ']'), elements, out, |element, out| element.write(out)),
            Self::Object(fields) => write_parts(('{', '}'), fields, out, |(name, value), out| {
                write_text(name, out);
                out.push(':');
                value.write(out);
            }),
        }
    }
}

fn add(elements: &mut Vec<Outline>, element: Outline) {
    if elements.len() < MOST_ELEMENTS && !elements.contains(&element) {
        elements.push(element);
    }
}

fn write_parts<T>((open, close): (char, char), parts: &[T], out: &mut String, write: impl Fn(&T, &mut String)) {
    out.push(open);
    for (place, part) in parts.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        write(part, out);
    }
    out.push(close);
}

fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
}

/// The texts that are kept of an object, by what it is.
enum Kept {
    /// A champ or an annotation, as DS gives it: the form's words, and its id, unless it is that of a row.
    Champ(Option<String>),
    /// Where a fact was read: the form's words.
    Source,
    /// Why a fact is missing.
    Absence,
    /// A fact that a rule read: its name, and where it was read when that is a champ, or the dossier itself.
    Fact,
    /// A parameter of a rule.
    Parameter,
    /// Anything else: the kinds that DS and this program tell apart.
    Other,
}

impl Kept {
    fn of(fields: &[(String, Outline)]) -> Self {
        let field = |name: &str| fields.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        if let Some(descriptor) = field("champDescriptorId") {
            Self::Champ(if let Outline::Text(id) = descriptor { Some(id.clone()) } else { None })
        } else if field("descriptor_id").is_some() {
            Self::Source
        } else if field("why").is_some() {
            Self::Absence
        } else if field("origin").is_some() && field("needed").is_some() {
            Self::Fact
        } else if field("citation").is_some() && field("valid_from").is_some() {
            Self::Parameter
        } else {
            Self::Other
        }
    }

    fn keeps(&self, name: &str, text: &str) -> bool {
        match self {
            Self::Champ(descriptor) => {
                matches!(name, "__typename" | "champDescriptorId" | "label")
                    || name == "id" && descriptor.as_deref() == Some(text)
            }
            Self::Source => matches!(name, "kind" | "descriptor_id" | "label"),
            Self::Absence => matches!(name, "why" | "label"),
            Self::Fact => {
                matches!(name, "fact" | "label")
                    || name == "origin"
                        && (text == "dossier"
                            || text.ends_with(" est vide ou masqué")
                            || text.ends_with(" »")
                                && (text.starts_with("champ « ") || text.starts_with("annotation « ")))
            }
            Self::Parameter => {
                matches!(name, "name" | "value" | "citation" | "valid_from" | "valid_to" | "selected_by")
            }
            Self::Other => {
                matches!(name, "__typename" | "state" | "contentType" | "virusScanResult" | "programme" | "legal_kind")
            }
        }
    }
}

impl<'de> Deserialize<'de> for Outline {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reading)
    }
}

/// Reads any JSON, its parts in their order.
struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Outline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Outline, E> {
        Ok(Outline::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Outline, E> {
        Ok(Outline::Flag(flag))
    }

    fn visit_i64<E>(self, _: i64) -> Result<Outline, E> {
        Ok(Outline::Number)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Outline, E> {
        Ok(Outline::Number)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Outline, E> {
        Ok(Outline::Number)
    }

    fn visit_str<E>(self, text: &str) -> Result<Outline, E> {
        Ok(Outline::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Outline, A::Error> {
        let mut list = Vec::new();
        while let Some(element) = elements.next_element()? {
            list.push(element);
        }
        Ok(Outline::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Outline, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            fields.push(entry);
        }
        Ok(Outline::Object(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(texts: &[&str]) -> String {
        let outlines = texts.iter().map(|text| Outline::of(text).unwrap());
        let mut out = String::new();
        outlines.reduce(Outline::and).unwrap().write(&mut out);
        out
    }

    #[test]
    fn of_a_dossier_the_words_of_the_form_are_kept_and_no_answer() {
        let content = r#"{"number":7,"state":"accepte","demandeur":{"__typename":"PersonnePhysique","nom":"Zébuline",
            "address":{"label":"1 rue du Puits"}},"groupeInstructeur":{"label":"Service de Zoé"},"champs":[
            {"__typename":"TextChamp","id":"c1","champDescriptorId":"c1","label":"Objet \"\\ du projet","stringValue":"Salle","prefilled":true},
            {"__typename":"RepetitionChamp","id":"c2","champDescriptorId":"c2","label":"Lignes","stringValue":"","rows":[
                {"id":"Row-1","champs":[{"__typename":"DateChamp","id":"c3|1","champDescriptorId":"c3","label":"Jour","date":"2021-05-03"}]},
                {"id":"Row-2","champs":[{"__typename":"DateChamp","id":"c3|2","champDescriptorId":"c3","label":"Jour","date":null}]},
                {"id":"Row-3","champs":[{"__typename":"DateChamp","id":"c3|3","champDescriptorId":"c3","label":"Jour","date":"2021-05-04"}]}]}]}"#;
        assert_eq!(
            told(&[content]),
            r#"{"number":0,"state":"accepte","demandeur":{"__typename":"PersonnePhysique","nom":"","address":{"label":""}},"#
                .to_owned()
                + r#""groupeInstructeur":{"label":""},"champs":["#
                + r#"{"__typename":"TextChamp","id":"c1","champDescriptorId":"c1","label":"Objet \"\\ du projet","stringValue":"","prefilled":true},"#
                + r#"{"__typename":"RepetitionChamp","id":"c2","champDescriptorId":"c2","label":"Lignes","stringValue":"","rows":["#
                + r#"{"id":"","champs":[{"__typename":"DateChamp","id":"","champDescriptorId":"c3","label":"Jour","date":""}]},"#
                + r#"{"id":"","champs":[{"__typename":"DateChamp","id":"","champDescriptorId":"c3","label":"Jour","date":null}]}]}]}"#
        );
    }

    #[test]
    fn of_facts_and_verdicts_the_words_of_form_and_rules_are_kept() {
        let facts = r#"{"number":7,"applicant":{"name":"Zébuline","legal_kind":"commune"},"facts":{"entries":{
            "project_title":{"known":{"value":{"text":"Salle"},"source":{"kind":"champ","descriptor_id":"c1","label":"Objet"}}},
            "theme":{"missing":{"why":"unreadable","label":"Thème","reason":"« Zoé » n’est pas un thème"}}}}}"#;
        assert_eq!(
            told(&[facts]),
            r#"{"number":0,"applicant":{"name":"","legal_kind":"commune"},"facts":{"entries":{"#.to_owned()
                + r#""project_title":{"known":{"value":{"text":""},"source":{"kind":"champ","descriptor_id":"c1","label":"Objet"}}},"#
                + r#""theme":{"missing":{"why":"unreadable","label":"Thème","reason":""}}}}}"#
        );
        let fact = |value: &str, origin: &str| {
            format!(r#"{{"fact":"siret","label":"SIRET","value":"{value}","origin":"{origin}","needed":true}}"#)
        };
        let trace = [("Zoé", "dossier"), ("1", "champ « Objet »"), ("2", "le champ « Objet » est illisible : Zoé")];
        let trace: Vec<String> = trace.iter().map(|(value, origin)| fact(value, origin)).collect();
        assert_eq!(
            told(&[&format!("[{}]", trace.join(","))]),
            format!("[{},{},{}]", fact("", "dossier"), fact("", "champ « Objet »"), fact("", ""))
        );
    }

    #[test]
    fn what_several_have_is_told_once() {
        assert_eq!(
            told(&[r#"{"a":null,"b":["x"]}"#, r#"{"c":1,"b":["y",true],"a":2}"#, r#"{"b":[false,true]}"#]),
            r#"{"a":0,"b":["",true,false],"c":0}"#
        );
        assert_eq!(Outline::of("{"), None);
    }
}
