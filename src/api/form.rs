//! A démarche and its form, as received. A form of which DS no longer gives some part is not taken for a form that has
//! less: then there is none in the answer.

use serde::{Deserialize, Deserializer};

use crate::domain::form::{Descriptor, Form};
use crate::domain::text::token;

/// A démarche and its active revision.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RawDemarche {
    pub title: Option<String>,
    pub state: Option<String>,
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
    /// The active form, when all of it was given.
    pub fn form(&mut self) -> Option<Form> {
        let revision = self.active_revision.take()?;
        Some(Form {
            champs: descriptors(revision.champ_descriptors?)?,
            annotations: descriptors(revision.annotation_descriptors?)?,
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
        serde_json::from_value::<RawDemarche>(json!({"activeRevision": revision})).unwrap().form()
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
        assert_eq!(serde_json::from_value::<RawDemarche>(json!({"title": "T"})).unwrap().form(), None);
    }
}
