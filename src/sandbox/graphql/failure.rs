//! What goes wrong while a field is resolved, and how the answer says it (API facts, 2.3).
//!
//! The engine carries a message only, so the code travels in front of it and is taken apart when the answer is made.

use apollo_compiler::resolvers::FieldError;
use apollo_compiler::response::GraphQLError;

/// Between the code and the message; it occurs in no message.
const SEPARATOR: char = '\u{1f}';
/// What the engine puts in front of a resolver's message.
const ENGINE_PREFIX: &str = "resolver error: ";
const CRASH: &str = "crash";

/// A field that cannot be resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// There is no such object, or it may not be shown.
    NotFound(&'static str),
    /// The token does not open it.
    Unauthorized(&'static str),
    /// Arguments that exclude each other.
    BadRequest(&'static str),
    /// The server's data lack what the schema promises.
    InvalidNull {
        /// The type of the object.
        object: &'static str,
        /// The field.
        field: String,
    },
    /// A cursor that is not base64.
    InvalidCursor(String),
    /// An exception: the whole answer becomes an error 500 (API facts, 2.7).
    Crash,
}

impl Failure {
    fn code_and_message(&self) -> (&'static str, String) {
        match self {
            Self::NotFound(name) => ("not_found", format!("{name} not found")),
            Self::Unauthorized(name) => {
                ("unauthorized", format!("An object of type {name} was hidden due to permissions"))
            }
            Self::BadRequest(message) => ("bad_request", (*message).to_owned()),
            Self::InvalidNull { object, field } => {
                ("invalid_null", format!("Cannot return null for non-nullable field {object}.{field}"))
            }
            Self::InvalidCursor(cursor) => ("", format!("Invalid input: \"{cursor}\"")),
            Self::Crash => (CRASH, String::new()),
        }
    }
}

impl From<Failure> for FieldError {
    fn from(failure: Failure) -> Self {
        let (code, message) = failure.code_and_message();
        Self { message: format!("{code}{SEPARATOR}{message}") }
    }
}

/// An exception somewhere below: there is nothing to answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Crashed;

/// Gives the engine's errors the form of the API.
///
/// # Errors
/// [`Crashed`] when one of them is an exception.
pub fn finish(mut errors: Vec<GraphQLError>) -> Result<Vec<GraphQLError>, Crashed> {
    for error in &mut errors {
        let message = error.message.strip_prefix(ENGINE_PREFIX).unwrap_or(&error.message);
        let (code, message) = message.split_once(SEPARATOR).unwrap_or(("", message));
        if code == CRASH {
            return Err(Crashed);
        }
        let (code, message) = (code.to_owned(), message.to_owned());
        error.message = message;
        if !code.is_empty() {
            error.extensions.insert("code", code.into());
        }
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn through_the_engine(failure: Failure) -> Result<Vec<GraphQLError>, Crashed> {
        let message = format!("{ENGINE_PREFIX}{}", FieldError::from(failure).message);
        finish(vec![GraphQLError::new(message, None, &apollo_compiler::parser::SourceMap::default())])
    }

    #[test]
    fn codes_and_messages_come_out_apart() {
        let errors = through_the_engine(Failure::NotFound("Demarche")).unwrap();
        assert_eq!(
            serde_json::to_value(&errors[0]).unwrap(),
            serde_json::json!({
                "message": "Demarche not found", "extensions": {"code": "not_found"}
            })
        );
        let errors = through_the_engine(Failure::InvalidCursor("é".to_owned())).unwrap();
        assert_eq!(serde_json::to_value(&errors[0]).unwrap(), serde_json::json!({"message": "Invalid input: \"é\""}));
        assert_eq!(through_the_engine(Failure::Crash), Err(Crashed));
    }
}
