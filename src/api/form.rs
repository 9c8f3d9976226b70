//! A démarche and its form, as received. A form of which DS no longer gives some part is not taken for a form that has
//! less: then there is none in the answer.

use std::iter::Sum;

use serde::{Deserialize, Deserializer};

use super::readable::readable;
use crate::domain::form::{Descriptor, Form};
use crate::domain::text::{shortened, token};

/// The longest title that is kept, characters: it stands in lists, messages and the status. Those of DS have one or two hundred.
const LONGEST_TITLE: usize = 1_000;

/// How many ids, labels and options a form may have: all communes of France are thirty-five thousand.
const MOST_TEXTS: usize = 50_000;
/// How long they may be together, bytes. Those of DS's largest forms have a twentieth of that.
const LONGEST_FORM: usize = 2 * 1024 * 1024;

/// A démarche and its active revision.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawDemarche {
    #[serde(default, deserialize_with = "readable")]
    title: Option<String>,
    #[serde(default, deserialize_with = "readable")]
    state: Option<String>,
    #[serde(default, deserialize_with = "readable")]
    active_revision: Option<RawRevision>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawRevision {
    champ_descriptors: Option<Vec<RawDescriptor>>,
    annotation_descriptors: Option<Vec<RawDescriptor>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::option_option, reason = "absent is not null")]
struct RawDescriptor {
    #[serde(rename = "__typename")]
    type_name: String,
    id: Option<String>,
    label: Option<String>,
    required: Option<bool>,
    #[serde(default)]
    options: Given<Vec<String>>,
    #[serde(default)]
    champ_descriptors: Given<Vec<RawDescriptor>>,
}

/// A member that is null is given, and empty; one that is not there is not given.
#[derive(Debug, Default)]
enum Given<T> {
    #[default]
    Not,
    As(T),
}

impl<'de, T: Deserialize<'de> + Default> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Self::As(Option::deserialize(input)?.unwrap_or_default()))
    }
}

impl<T: Default> Given<T> {
    /// What was given; nothing at all where it is not needed, none where it is.
    fn or_nothing(self, is_needed: bool) -> Option<T> {
        match self {
            Self::As(value) => Some(value),
            Self::Not => (!is_needed).then(T::default),
        }
    }
}

impl RawDemarche {
    /// The title; none when it is not given.
    pub fn title(&self) -> Option<String> {
        self.title.as_ref().map(|title| shortened(title, LONGEST_TITLE))
    }

    /// The code of the state; none when it is not given.
    pub fn state(&self) -> Option<String> {
        self.state.as_deref().map(token)
    }

    /// The active form, when all of it was given, and it is no larger than any form is.
    pub fn form(&mut self) -> Option<Form> {
        let revision = self.active_revision.take()?;
        let form = Form {
            champs: descriptors(revision.champ_descriptors?)?,
            annotations: descriptors(revision.annotation_descriptors?)?,
        };
        let Size { texts, bytes } = form.champs.iter().chain(&form.annotations).map(Size::of).sum();
        if texts > MOST_TEXTS || bytes > LONGEST_FORM {
            tracing::warn!("formulaire bien plus volumineux que ce qui est accepté : il n’est pas lu");
            return None;
        }
        Some(form)
    }
}

/// How much a part of a form says.
#[derive(Default)]
struct Size {
    texts: usize,
    bytes: usize,
}

impl Size {
    /// Of a descriptor with its columns. Their depth is that of the answer, which is bounded.
    fn of(descriptor: &Descriptor) -> Self {
        let texts = [&descriptor.id, &descriptor.label].into_iter().chain(&descriptor.options);
        let own = texts.map(|text| Self { texts: 1, bytes: text.len() });
        own.chain(descriptor.columns.iter().map(Self::of)).sum()
    }
}

impl Sum for Size {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::default(), |whole, part| Self {
            texts: whole.texts + part.texts,
            bytes: whole.bytes + part.bytes,
        })
    }
}

fn descriptors(raw: Vec<RawDescriptor>) -> Option<Vec<Descriptor>> {
    raw.into_iter().map(descriptor).collect()
}

fn descriptor(raw: RawDescriptor) -> Option<Descriptor> {
    let has_options = matches!(
        raw.type_name.as_str(),
        "DropDownListChampDescriptor" | "MultipleDropDownListChampDescriptor" | "LinkedDropDownListChampDescriptor"
    );
    let has_columns = raw.type_name == "RepetitionChampDescriptor";
    Some(Descriptor {
        id: raw.id?,
        label: raw.label?,
        type_name: token(&raw.type_name),
        required: raw.required?,
        options: raw.options.or_nothing(has_options)?,
        columns: descriptors(raw.champ_descriptors.or_nothing(has_columns)?)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn form(descriptor: &Value) -> Option<Form> {
        let revision = json!({"champDescriptors": [descriptor], "annotationDescriptors": []});
        serde_json::from_str::<RawDemarche>(&json!({"activeRevision": revision}).to_string()).unwrap().form()
    }

    #[test]
    fn a_form_larger_than_any_is_not_taken() {
        let list = |options: Vec<String>| {
            form(&json!({
                "__typename": "DropDownListChampDescriptor", "id": "a", "label": "A", "required": true, "options": options
            }))
        };
        assert!(list(vec!["x".to_owned(); MOST_TEXTS - 2]).is_some());
        assert!(list(vec!["x".to_owned(); MOST_TEXTS - 1]).is_none());
        assert!(list(vec!["x".repeat(LONGEST_FORM - 2)]).is_some());
        assert!(list(vec!["x".repeat(LONGEST_FORM - 1)]).is_none());
    }

    #[test]
    fn what_cannot_be_read_of_a_demarche_is_not_given_and_costs_nothing_else() {
        let odd =
            r#"{"title": "\ud800", "state": "publiee", "activeRevision": {"champDescriptors": [{"__typename": 1}]}}"#;
        let mut demarche: RawDemarche = serde_json::from_str(odd).unwrap();
        assert_eq!((demarche.title(), demarche.form()), (None, None));
        assert_eq!(demarche.state().as_deref(), Some("publiee"));
    }

    #[test]
    fn a_title_is_a_line_of_some_length_and_a_state_is_a_code() {
        let given = json!({"title": format!("Fonds\n{}", "x".repeat(1_000_000)), "state": "publiee\u{1b}[2J\nERROR"});
        let demarche: RawDemarche = serde_json::from_str(&given.to_string()).unwrap();
        let title = demarche.title().unwrap();
        assert!(title.starts_with("Fonds x") && title.chars().count() == LONGEST_TITLE);
        assert_eq!(demarche.state().as_deref(), Some("publiee2JERROR"));
    }

    #[test]
    fn a_form_of_which_a_part_is_not_given_is_none() {
        let list = json!({"__typename": "DropDownListChampDescriptor", "id": "a", "label": "A", "required": true, "options": null});
        assert_eq!(form(&list).unwrap().champs[0].options, Vec::<String>::new());
        for key in ["id", "label", "required", "options"] {
            let mut holed = list.clone();
            holed.as_object_mut().unwrap().remove(key);
            assert_eq!(form(&holed), None, "{key}");
        }
        let text = json!({"__typename": "TextChampDescriptor", "id": "a", "label": "A", "required": false});
        assert!(form(&text).is_some());
        let block = |columns: &Value| {
            let mut block =
                json!({"__typename": "RepetitionChampDescriptor", "id": "r", "label": "R", "required": false});
            block.as_object_mut().unwrap().extend(columns.as_object().unwrap().clone());
            form(&block)
        };
        assert_eq!(block(&json!({"champDescriptors": [text]})).unwrap().champs[0].columns.len(), 1);
        assert_eq!(block(&json!({})), None);
        assert_eq!(serde_json::from_str::<RawDemarche>(r#"{"title": "T"}"#).unwrap().form(), None);
    }
}
