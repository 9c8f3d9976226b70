//! An error of GraphQL, as the server lists them beside the data, without what might quote a person.

use std::fmt;

use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::text::token;

/// An error that the server reports beside data, with its text only when that is one of those it is known to give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GraphqlError {
    /// `extensions.code`.
    pub code: Option<String>,
    /// The text, at most 200 characters, `None` when it is not a known one (it might quote a person).
    pub message: Option<String>,
    /// Where in the answer.
    pub path: Vec<PathStep>,
    /// `extensions.typeName` and `fieldName` as `Type.field`, for a part of the question that the server does not know.
    pub subject: Option<String>,
    /// `extensions.exception_id`.
    pub incident: Option<String>,
}

/// A step on the way to where an error happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PathStep {
    /// A place in a list.
    Index(usize),
    /// A field.
    Field(String),
}

/// How many steps of a path are read; the queries are fewer levels deep.
const DEEPEST_PATH: usize = 32;

/// The longest text of an error that is kept, characters.
const MESSAGE_LIMIT: usize = 200;

/// How the texts begin that the server is known to give: they speak of the question or of the access, not of people
/// (API facts, 1.4, 2.2, 2.3, 2.4, 2.6).
const KNOWN_MESSAGES: [&str; 22] = [
    "Without a token",
    "Request issued from a forbidden network",
    "Token expired",
    "An object of type ",
    "Demarche not found",
    "Dossier not found",
    "Timeout on ",
    "Timeout",
    "Invalid input: ",
    "Internal Server Error",
    "Expected ",
    "Unexpected end of document",
    "Parse error",
    "No query string was present",
    "Field '",
    "No such type ",
    "Argument ",
    "Variable $",
    "No operation named ",
    "An operation name is required",
    "Query has depth of ",
    "Query has complexity of ",
];

impl GraphqlError {
    /// Reads one element of `errors`. One that is no JSON of texts (half a character) is an error all the same.
    pub(super) fn read(error: &RawValue) -> Self {
        Self::from_json(&serde_json::from_str(error.get()).unwrap_or_default())
    }

    /// The same; what is missing or of another shape is left out.
    pub(super) fn from_json(error: &Value) -> Self {
        let name = |value: &Value| value.as_str().map(token);
        let extensions = &error["extensions"];
        let subject = match (name(&extensions["typeName"]), name(&extensions["fieldName"])) {
            (Some(owner), Some(field)) => Some(format!("{owner}.{field}")),
            (owner, field) => owner.or(field),
        };
        Self {
            code: name(&extensions["code"]),
            message: error["message"].as_str().and_then(known_message),
            path: error["path"]
                .as_array()
                .into_iter()
                .flatten()
                .take(DEEPEST_PATH)
                .filter_map(PathStep::from_json)
                .collect(),
            subject,
            incident: name(&extensions["exception_id"]),
        }
    }

    /// Whether the server ran out of time: only the first of such errors carries the code (API facts, 2.4).
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        self.code.as_deref() == Some("timeout")
            || self.message.as_deref().is_some_and(|text| text.starts_with("Timeout"))
    }

    /// Whether the server counts the question as too much before it runs it.
    #[must_use]
    pub fn is_complexity(&self) -> bool {
        self.message.as_deref().is_some_and(|text| text.starts_with("Query has complexity of "))
    }

    /// The place in the page of the record that the error lies in, if it lies in one.
    #[must_use]
    pub fn node_index(&self) -> Option<usize> {
        self.path.windows(2).find_map(|steps| match steps {
            [PathStep::Field(field), PathStep::Index(index)] if field == "nodes" => Some(*index),
            _ => None,
        })
    }

    /// The path with dots between its steps, as in `demarche.dossiers.nodes.3`; cut at 80 characters.
    #[must_use]
    pub fn dotted_path(&self) -> String {
        token(&self.path.iter().map(ToString::to_string).collect::<Vec<_>>().join("."))
    }
}

fn known_message(message: &str) -> Option<String> {
    let known = KNOWN_MESSAGES.iter().find(|known| message.starts_with(**known))?;
    // After a known beginning come names of the schema and numbers; nothing else is taken.
    let rest = message.get(known.len()..)?.chars().take(MESSAGE_LIMIT);
    let is_of_a_name = |c: &char| c.is_ascii_alphanumeric() || " _.$!'\",-".contains(*c);
    Some(known.chars().chain(rest.filter(is_of_a_name)).collect())
}

impl PathStep {
    fn from_json(step: &Value) -> Option<Self> {
        match step {
            Value::String(field) => Some(Self::Field(token(field))),
            Value::Number(index) => index.as_u64().and_then(|index| usize::try_from(index).ok()).map(Self::Index),
            _ => None,
        }
    }
}

impl fmt::Display for PathStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Index(index) => write!(f, "{index}"),
            Self::Field(field) => f.write_str(field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_text_that_is_not_known_is_not_kept() {
        let error = GraphqlError::from_json(&json!({
            "message": "Jeanne Martin n’a pas les droits",
            "path": ["demarche", "dossiers", "nodes", 3, "champs"],
            "extensions": {"code": "invalid_null"}
        }));
        assert_eq!(error.message, None);
        assert_eq!(error.code.as_deref(), Some("invalid_null"));
        assert_eq!(error.dotted_path(), "demarche.dossiers.nodes.3.champs");
        assert_eq!(error.node_index(), Some(3));
    }

    #[test]
    fn a_later_timeout_without_code_is_a_timeout_too() {
        assert!(GraphqlError::from_json(&json!({"message": "Timeout on Dossier.champs"})).is_timeout());
        assert!(GraphqlError::from_json(&json!({"message": "x", "extensions": {"code": "timeout"}})).is_timeout());
        assert!(!GraphqlError::from_json(&json!({"message": "Dossier not found"})).is_timeout());
    }

    #[test]
    fn an_unknown_field_is_named_with_its_type() {
        let error = GraphqlError::from_json(&json!({
            "message": "Field 'x' doesn't exist on type 'Y'",
            "path": ["query", "dossier"],
            "extensions": {"code": "undefinedField", "typeName": "Y", "fieldName": "x"}
        }));
        assert_eq!(error.subject.as_deref(), Some("Y.x"));
    }

    #[test]
    fn names_are_letters_digits_and_little_else_and_short() {
        let long = "x".repeat(5_000_000);
        let error = GraphqlError::from_json(&json!({
            "message": "boom",
            "path": ["a\nb", "\u{1b}[2J", &long, "Jeanne Martin"],
            "extensions": {"code": "bad\r\nERROR forged", "typeName": "T\u{202e}", "fieldName": "f g", "exception_id": &long}
        }));
        assert_eq!(error.code.as_deref(), Some("badERRORforged"));
        assert_eq!(error.subject.as_deref(), Some("T.fg"));
        assert_eq!(error.incident.as_ref().map(String::len), Some(80));
        assert!(error.dotted_path().starts_with("ab.2J.x") && error.dotted_path().len() == 80);
        let many = GraphqlError::from_json(&json!({"path": vec![0; 10_000]}));
        assert_eq!(many.path.len(), DEEPEST_PATH);
    }

    #[test]
    fn whatever_the_shape_something_is_read() {
        let error = GraphqlError::from_json(&json!("boom"));
        assert_eq!((error.code, error.message, error.path.len()), (None, None, 0));
    }
}
