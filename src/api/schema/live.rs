//! The schema that the server has today, as its introspection tells.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Deserializer};

use crate::domain::text::{QUOTED, printable_line, shortened, token};

/// The question.
pub const INTROSPECTION: &str = include_str!("../../../graphql/introspection.graphql");

/// The types of a server.
#[derive(Debug)]
pub struct LiveSchema {
    query: String,
    types: BTreeMap<String, LiveType>,
}

/// A type.
#[derive(Debug)]
pub struct LiveType {
    /// Its fields; none for scalars and enumerations.
    pub fields: BTreeMap<String, LiveField>,
    /// The values of an enumeration.
    pub values: BTreeSet<String>,
    /// The object types that an object of this type can be; none for scalars and enumerations.
    pub possible: BTreeSet<String>,
}

/// A field.
#[derive(Debug)]
pub struct LiveField {
    /// The type of what it holds, lists and nullability left aside.
    pub type_name: String,
    /// Its arguments; whether one must be given.
    pub arguments: BTreeMap<String, bool>,
    /// What DS says of a deprecated one.
    pub deprecated: Option<String>,
}

impl LiveSchema {
    /// The type of the root of queries.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// A type.
    pub fn get(&self, name: &str) -> Option<&LiveType> {
        self.types.get(name)
    }

    /// A field of a type.
    pub fn field(&self, owner: &str, field: &str) -> Option<&LiveField> {
        self.get(owner)?.fields.get(field)
    }

    /// Whether a type has fields.
    pub fn is_composite(&self, name: &str) -> bool {
        self.get(name).is_some_and(|found| !found.possible.is_empty())
    }

    /// Whether some object can be of both types: a fragment on the one can then stand within the other.
    pub fn overlap(&self, one: &str, other: &str) -> bool {
        match (self.get(one), self.get(other)) {
            (Some(one), Some(other)) => !one.possible.is_disjoint(&other.possible),
            _ => false,
        }
    }
}

/// The answer, as received.
#[derive(Debug, Deserialize)]
pub struct Introspection {
    #[serde(rename = "__schema")]
    schema: RawSchema,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawSchema {
    query_type: Named,
    types: Vec<RawType>,
}

#[derive(Debug, Deserialize)]
struct Named {
    #[serde(deserialize_with = "name")]
    name: String,
}

/// A name of the schema. Some are shown: what is no name of a schema is cut down to one.
fn name<'de, D: Deserializer<'de>>(input: D) -> Result<String, D::Error> {
    String::deserialize(input).map(|name| token(&name))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawType {
    kind: String,
    #[serde(deserialize_with = "name")]
    name: String,
    fields: Option<Vec<RawField>>,
    enum_values: Option<Vec<Named>>,
    possible_types: Option<Vec<Named>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawField {
    #[serde(deserialize_with = "name")]
    name: String,
    args: Vec<RawArgument>,
    #[serde(rename = "type")]
    reference: Reference,
    is_deprecated: bool,
    deprecation_reason: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawArgument {
    name: String,
    default_value: Option<String>,
    #[serde(rename = "type")]
    reference: Kind,
}

#[derive(Debug, Deserialize)]
struct Kind {
    kind: String,
}

/// A type reference: a list or a non-null type has no name, but one within.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reference {
    name: Option<String>,
    of_type: Option<Box<Reference>>,
}

impl Reference {
    fn named(self) -> String {
        match (self.name, self.of_type) {
            (Some(name), _) => name,
            (None, Some(within)) => within.named(),
            (None, None) => String::new(),
        }
    }
}

impl From<Introspection> for LiveSchema {
    fn from(Introspection { schema }: Introspection) -> Self {
        let types = schema.types.into_iter().map(|raw| (raw.name.clone(), LiveType::from(raw))).collect();
        Self { query: schema.query_type.name, types }
    }
}

impl From<RawType> for LiveType {
    fn from(raw: RawType) -> Self {
        let names = |named: Option<Vec<Named>>| named.into_iter().flatten().map(|named| named.name).collect();
        let possible = if raw.kind == "OBJECT" { BTreeSet::from([raw.name]) } else { names(raw.possible_types) };
        let fields = raw.fields.into_iter().flatten().map(|field| (field.name.clone(), LiveField::from(field)));
        Self { fields: fields.collect(), values: names(raw.enum_values), possible }
    }
}

impl From<RawField> for LiveField {
    fn from(raw: RawField) -> Self {
        let required =
            |argument: &RawArgument| argument.reference.kind == "NON_NULL" && argument.default_value.is_none();
        Self {
            arguments: raw.args.into_iter().map(|argument| (argument.name.clone(), required(&argument))).collect(),
            type_name: raw.reference.named(),
            deprecated: raw.is_deprecated.then(|| reason(&raw.deprecation_reason.unwrap_or_default())),
        }
    }
}

/// The beginning of what DS says of a part that will go.
fn reason(text: &str) -> String {
    shortened(&printable_line(text), QUOTED)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_of_the_schema_forge_no_line_and_are_short() {
        let long = "X".repeat(1_000_000);
        let field = json!({
            "name": "f\u{202e}", "args": [], "type": {"name": "T", "ofType": null}, "isDeprecated": true,
            "deprecationReason": format!("parce\n\u{1b}[2Jque {long}")
        });
        let answer = json!({"__schema": {"queryType": {"name": "Query"}, "types": [
            {"kind": "INTERFACE", "name": "Champ\n", "fields": [field], "enumValues": null,
             "possibleTypes": [{"name": "Holo\u{1b}[31mChamp"}, {"name": long}]},
        ]}});
        let live = LiveSchema::from(serde_json::from_value::<Introspection>(answer).unwrap());
        let found = live.get("Champ").unwrap();
        assert_eq!(found.possible, BTreeSet::from(["Holo31mChamp".to_owned(), "X".repeat(80)]));
        let reason = found.fields["f"].deprecated.as_deref().unwrap();
        assert!(reason.starts_with("parce  [2Jque X") && reason.chars().count() == QUOTED, "{reason}");
    }
}
