//! An answer read in two steps: what family it is of (API facts, 2.1), then its data.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::error::{ApiError, Cause, Overrun, Refusal, Target};
use super::graphql_error::GraphqlError;
use super::transport::HttpAnswer;

/// How long to wait when the server says that it is too much but not until when: a whole window.
const WINDOW: Duration = Duration::from_secs(60);

/// Data, and what the server reported beside them.
#[derive(Debug)]
pub struct Answer<D> {
    pub data: D,
    pub errors: Vec<GraphqlError>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    data: Presence<'a>,
    #[serde(default)]
    errors: Option<Vec<Value>>,
    /// Singular: how a site under maintenance answers (API facts, 2.6).
    error: Option<Value>,
}

#[derive(Default)]
enum Presence<'a> {
    #[default]
    Absent,
    Null,
    Given(&'a RawValue),
}

fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Presence<'de>, D::Error> {
    Ok(Option::<&RawValue>::deserialize(deserializer)?.map_or(Presence::Null, Presence::Given))
}

/// Reads an answer, or tells why there is nothing in it. `now` stands in for a missing `Date`.
///
/// # Errors
/// The [`ApiError`] that the answer amounts to. A deadline that passed anywhere in it makes the whole of it a timeout:
/// what is left cannot be told from what was lost.
pub fn read<D: DeserializeOwned>(answer: &HttpAnswer, target: Target, now: Timestamp) -> Result<Answer<D>, ApiError> {
    let status = answer.status;
    match status {
        300..=399 => return Err(ApiError::Redirected { status, host: answer.redirect_host.clone() }),
        429 => return Err(ApiError::RateLimited { wait: wait(answer, now) }),
        408 => return Err(ApiError::Timeout(Overrun::Deadline)),
        _ => {}
    }
    let envelope = match envelope(answer) {
        Ok(envelope) => envelope,
        Err(error) => return Err(error),
    };
    let errors: Vec<GraphqlError> = envelope.errors.iter().flatten().map(GraphqlError::from_json).collect();
    if status == 503 || (envelope.error.is_some() && errors.is_empty() && !matches!(envelope.data, Presence::Given(_)))
    {
        return Err(ApiError::Temporary(Cause::Maintenance));
    }
    if status != 200 {
        return Err(controller_error(status, errors.first(), target));
    }
    if errors.iter().any(GraphqlError::is_timeout) {
        return Err(ApiError::Timeout(Overrun::Server));
    }
    match envelope.data {
        Presence::Absent => Err(errors.first().map_or_else(|| unreadable(status, "ni données ni erreurs"), rejected)),
        Presence::Null => Err(nothing_left(&errors, target)),
        Presence::Given(data) => match serde_json::from_str(data.get()) {
            Ok(data) => Ok(Answer { data, errors }),
            Err(error) if errors.is_empty() => Err(unreadable(status, &position(&error))),
            Err(_) => Err(nothing_left(&errors, target)),
        },
    }
}

/// The error that explains why a part of the answer that cannot be done without is missing.
pub fn nothing_left(errors: &[GraphqlError], target: Target) -> ApiError {
    let Some(error) = errors.first() else { return unreadable(200, "données absentes, sans erreur") };
    match error.code.as_deref() {
        Some("not_found") => ApiError::NotFound(target),
        Some("unauthorized") => ApiError::Refused(Refusal::OutOfScope(target)),
        Some("forbidden" | "deprecated_token") => ApiError::Refused(Refusal::BadToken),
        Some("invalid_null") => ApiError::InvalidNull { path: error.dotted_path() },
        Some("timeout") => ApiError::Timeout(Overrun::Server),
        Some("internal_server_error") => server_fault(200, Some(error)),
        // A cursor that is not base64 has no code (API facts, 2.3).
        None if error.message.as_deref().is_some_and(|text| text.starts_with("Invalid input")) => ApiError::BadCursor,
        _ => rejected(error),
    }
}

fn envelope(answer: &HttpAnswer) -> Result<Envelope<'_>, ApiError> {
    let status = answer.status;
    serde_json::from_slice(&answer.body).map_err(|error| {
        let opens_like_html = answer.body.trim_ascii_start().first() == Some(&b'<');
        match status {
            502..=504 => ApiError::Temporary(Cause::Gateway(status)),
            200 if answer.is_html || opens_like_html => ApiError::Temporary(Cause::WebPage),
            200 if error.classify() == Category::Eof => ApiError::Temporary(Cause::Interrupted),
            401 | 403 | 407 => ApiError::Refused(Refusal::Other),
            500..=599 => server_fault(status, None),
            _ => unreadable(status, &position(&error)),
        }
    })
}

/// The third family: an error of the controller, with its HTTP status.
fn controller_error(status: u16, error: Option<&GraphqlError>, target: Target) -> ApiError {
    let code = error.and_then(|error| error.code.as_deref());
    let message = error.and_then(|error| error.message.as_deref()).unwrap_or_default();
    match (status, code) {
        (401, _) => ApiError::Refused(Refusal::Expired),
        (403, _) if message.contains("forbidden network") => ApiError::Refused(Refusal::Network),
        (403, _) if message.starts_with("Without a token") => ApiError::Refused(Refusal::BadToken),
        (403, Some("unauthorized")) => ApiError::Refused(Refusal::OutOfScope(target)),
        (403 | 407, _) => ApiError::Refused(Refusal::Other),
        (502..=504, _) => ApiError::Temporary(Cause::Gateway(status)),
        (400, Some("graphql_parse_failed")) => error.map_or_else(|| unreadable(status, "requête refusée"), rejected),
        // A 400 may come from within a record (API facts, 11), and then only a smaller page tells.
        (400 | 500..=599, _) => server_fault(status, error),
        _ => unreadable(status, "réponse inattendue"),
    }
}

fn server_fault(status: u16, error: Option<&GraphqlError>) -> ApiError {
    ApiError::ServerFault {
        status,
        code: error.and_then(|error| error.code.clone()),
        incident: error.and_then(|error| error.incident.clone()),
    }
}

fn rejected(error: &GraphqlError) -> ApiError {
    let path = Some(error.dotted_path()).filter(|path| !path.is_empty());
    ApiError::Rejected {
        code: error.code.clone(),
        subject: error.subject.clone().or(path),
        message: error.message.clone(),
    }
}

fn unreadable(status: u16, reason: &str) -> ApiError {
    ApiError::Unreadable { status, reason: reason.to_owned() }
}

/// Where reading stopped. The library's own words may quote the content.
fn position(error: &serde_json::Error) -> String {
    format!("JSON, ligne {}, colonne {}", error.line(), error.column())
}

/// By the server's own clock when it gives it; at least a second, since the headers have whole seconds.
fn wait(answer: &HttpAnswer, now: Timestamp) -> Duration {
    let Some(reset) = answer.reset else { return WINDOW };
    let seconds = reset.as_second() - answer.date.unwrap_or(now).as_second();
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default().max(1))
}
