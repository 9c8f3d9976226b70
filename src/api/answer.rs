//! An answer read in two steps: what family it is of (API facts, 2.1), then its data.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::error::{ApiError, Cause, Overrun, Refusal, SCHEMA_CODES, Target};
use super::extent::most_values;
use super::graphql_error::GraphqlError;
use super::settings::TokenSource;
use super::transport::HttpAnswer;
use crate::domain::clock::ServerClock;

/// How long to wait when the server says that it is too much but not until when: a whole window.
const WINDOW: Duration = Duration::from_mins(1);

/// The longest wait that is believed: the server counts by the minute (API facts, 2.8), and a clock set wrong must not say years.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// The most values that an answer may hold: four times what a page of a hundred dossiers does. More is asked for in smaller pages.
const MOST_VALUES: usize = 250_000;
/// The most errors that an answer may report.
const MOST_ERRORS: usize = 1_000;

/// Data, and what the server reported beside them.
#[derive(Debug)]
pub struct Answer<D> {
    pub data: D,
    pub errors: Vec<GraphqlError>,
    /// What it tells of DS's clock; none without a usable date, and until somebody has looked.
    pub clock: Option<ServerClock>,
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow, default, deserialize_with = "present")]
    data: Presence<'a>,
    #[serde(borrow, default)]
    errors: Option<Vec<&'a RawValue>>,
    /// Singular: how a site under maintenance answers (API facts, 2.6).
    error: Option<IgnoredAny>,
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
    if most_values(&answer.body) > MOST_VALUES {
        return Err(ApiError::Timeout(Overrun::Size));
    }
    let envelope = envelope(answer)?;
    if envelope.errors.as_ref().is_some_and(|errors| errors.len() > MOST_ERRORS) {
        return Err(ApiError::Timeout(Overrun::Size));
    }
    let errors: Vec<GraphqlError> = envelope.errors.iter().flatten().map(|error| GraphqlError::read(error)).collect();
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
        Presence::Absent if errors.iter().any(GraphqlError::is_complexity) => {
            Err(ApiError::Timeout(Overrun::Complexity))
        }
        Presence::Absent => Err(refused(&errors).map_or_else(|| unreadable(status, "ni données ni erreurs"), rejected)),
        // Where the whole may be null, as of several dossiers, the errors say of which.
        Presence::Null => match serde_json::from_str("null") {
            Ok(data) => Ok(Answer { data, errors, clock: None }),
            Err(_) => Err(nothing_left(&errors, target)),
        },
        Presence::Given(data) => match serde_json::from_str(data.get()) {
            Ok(data) => Ok(Answer { data, errors, clock: None }),
            Err(error) if errors.is_empty() => Err(unreadable(status, &position(&error))),
            Err(_) => Err(nothing_left(&errors, target)),
        },
    }
}

/// Of the errors of a question that never ran, the one that says most: a server that does not know a part of it.
fn refused(errors: &[GraphqlError]) -> Option<&GraphqlError> {
    let about_the_schema =
        |error: &&GraphqlError| error.code.as_deref().is_some_and(|code| SCHEMA_CODES.contains(&code));
    errors.iter().find(about_the_schema).or(errors.first())
}

/// The error that explains why a part of the answer that cannot be done without is missing. The question was taken, so that an
/// error of a kind that is not known is a fault of the server on some record, and a refusal deep in the answer is no refusal of
/// what was asked for.
pub fn nothing_left(errors: &[GraphqlError], target: Target) -> ApiError {
    let Some(error) = errors.first() else { return unreadable(200, "données absentes, sans erreur") };
    let is_about_the_target = error.path.len() <= 1;
    match error.code.as_deref() {
        Some("not_found") if is_about_the_target => ApiError::NotFound(target),
        Some("unauthorized") if is_about_the_target => ApiError::Refused(Refusal::OutOfScope(target)),
        Some("forbidden" | "deprecated_token") => ApiError::Refused(Refusal::BadToken(TokenSource::File)),
        Some("invalid_null") => ApiError::InvalidNull { path: error.dotted_path() },
        Some("timeout") => ApiError::Timeout(Overrun::Server),
        // A cursor that is not base64 has no code (API facts, 2.3).
        None if error.message.as_deref().is_some_and(|text| text.starts_with("Invalid input")) => ApiError::BadCursor,
        _ => server_fault(200, Some(error)),
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
            401 | 403 => ApiError::Refused(Refusal::Other),
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
        (401, _) => ApiError::Refused(Refusal::Expired(TokenSource::File)),
        (403, _) if message.contains("forbidden network") => ApiError::Refused(Refusal::Network),
        (403, _) if message.starts_with("Without a token") => ApiError::Refused(Refusal::BadToken(TokenSource::File)),
        (403, Some("unauthorized")) => ApiError::Refused(Refusal::OutOfScope(target)),
        (403, _) => ApiError::Refused(Refusal::Other),
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
        path: error.map(GraphqlError::dotted_path).filter(|path| !path.is_empty()),
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
    let wait = Duration::from_secs(u64::try_from(seconds).unwrap_or_default().max(1));
    if wait > LONGEST_WAIT { WINDOW } else { wait }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value};

    use super::*;
    use crate::api::error::ErrorKind;

    const TARGET: Target = Target::Procedure(61234);

    fn outcome(status: u16, body: &str) -> Result<Answer<Map<String, Value>>, ApiError> {
        let answer = HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
        read(&answer, TARGET, Timestamp::UNIX_EPOCH)
    }

    fn error(status: u16, body: &str) -> ApiError {
        outcome(status, body).unwrap_err()
    }

    fn graphql(status: u16, message: &str, code: &str) -> ApiError {
        error(
            status,
            &format!(r#"{{"errors":[{{"message":"{message}","extensions":{{"code":"{code}"}}}}],"data":null}}"#),
        )
    }

    #[test]
    fn refusals_are_told_apart() {
        let refused = |error| match error {
            ApiError::Refused(refusal) => refusal,
            other => panic!("{other:?}"),
        };
        let anonymous = "Without a token, only persisted queries are allowed";
        let network =
            "Request issued from a forbidden network. Add 192.0.2.1/32 to your allowed adresses in your /profil";
        let hidden = "An object of type Demarche was hidden due to permissions";
        assert_eq!(refused(graphql(403, anonymous, "forbidden")), Refusal::BadToken(TokenSource::File));
        assert_eq!(refused(graphql(403, network, "forbidden")), Refusal::Network);
        assert_eq!(refused(graphql(401, "Token expired", "unauthorized")), Refusal::Expired(TokenSource::File));
        assert_eq!(refused(graphql(200, hidden, "unauthorized")), Refusal::OutOfScope(TARGET));
        assert_eq!(refused(error(403, "<html>interdit</html>")), Refusal::Other);
    }

    #[test]
    fn what_does_not_exist_is_named() {
        assert_eq!(graphql(200, "Demarche not found", "not_found"), ApiError::NotFound(TARGET));
        assert_eq!(ApiError::NotFound(TARGET).to_string(), "démarche 61234 : introuvable sur DS");
    }

    #[test]
    fn static_failures_keep_the_code_and_the_field() {
        let body = r#"{"errors":[{"message":"Field 'pageInfos' doesn't exist on type 'DossierConnection'","locations":[],
            "path":["query Dossiers","demarche"],
            "extensions":{"code":"undefinedField","typeName":"DossierConnection","fieldName":"pageInfos"}}]}"#;
        let ApiError::Rejected { code, subject, message } = error(200, body) else { panic!("rejected") };
        assert_eq!(code.as_deref(), Some("undefinedField"));
        assert_eq!(subject.as_deref(), Some("DossierConnection.pageInfos"));
        assert!(message.unwrap().starts_with("Field 'pageInfos'"));
        for message in [
            "Expected NAME, actual: LCURLY (\\\"{\\\") at [1, 15]",
            "Variable $number of type Int! was provided invalid value",
            "Query has depth of 16, which exceeds max depth of 15",
            "No operation named \\\"x\\\"",
        ] {
            let error = error(200, &format!(r#"{{"errors":[{{"message":"{message}"}}]}}"#));
            assert!(matches!(&error, ApiError::Rejected { code: None, message: Some(_), .. }), "{error:?}");
        }
        assert_eq!(graphql(400, "x", "graphql_parse_failed").kind(), ErrorKind::Rejected);
    }

    #[test]
    fn a_deadline_anywhere_makes_the_whole_answer_a_timeout() {
        assert_eq!(graphql(200, "Timeout on Dossier.champs", "timeout"), ApiError::Timeout(Overrun::Server));
        let later = r#"{"errors":[{"message":"Timeout on Champ.id","path":["demarche","dossiers","nodes",0]}],"data":{"demarche":{}}}"#;
        assert_eq!(error(200, later), ApiError::Timeout(Overrun::Server));
    }

    #[test]
    fn a_server_fault_keeps_its_incident_number() {
        let body = r#"{"errors":[{"message":"Internal Server Error","extensions":{"code":"internal_server_error","exception_id":"e-1"}}],"data":null}"#;
        let fault = error(500, body);
        assert_eq!(fault.to_string(), "l’API a échoué (HTTP 500, code internal_server_error, incident e-1)");
        assert_eq!(error(500, "<html>").kind(), ErrorKind::ServerFault);
        assert_eq!(graphql(400, "boom", "bad_request").kind(), ErrorKind::ServerFault);
    }

    #[test]
    fn a_broken_record_that_leaves_nothing_is_told_with_its_path() {
        let body = r#"{"errors":[{"message":"Cannot return null for non-nullable field Dossier.demandeur",
            "path":["dossier","demandeur"],"extensions":{"code":"invalid_null"}}],"data":null}"#;
        assert_eq!(error(200, body), ApiError::InvalidNull { path: "dossier.demandeur".to_owned() });
    }

    #[test]
    fn an_error_of_an_unknown_kind_is_about_the_record_that_it_struck() {
        let struck = |code: &str, path: &str| {
            error(
                200,
                &format!(r#"{{"errors":[{{"message":"x","path":{path},"extensions":{{{code}}}}}],"data":null}}"#),
            )
        };
        for code in [r#""code":"bad_request""#, r#""code":"odd""#, ""] {
            assert_eq!(struck(code, r#"["dossier","champs",2]"#).kind(), ErrorKind::ServerFault, "{code}");
        }
        let deep = r#"["dossier","champs",2,"dossier"]"#;
        assert_eq!(struck(r#""code":"unauthorized""#, deep).kind(), ErrorKind::ServerFault);
        assert_eq!(struck(r#""code":"unauthorized""#, r#"["dossier"]"#).kind(), ErrorKind::Refused);
    }

    #[test]
    fn a_question_too_complex_for_the_server_asks_for_less() {
        let body = r#"{"errors":[{"message":"Query has complexity of 70000, which exceeds max complexity of 60000"}]}"#;
        assert_eq!(error(200, body), ApiError::Timeout(Overrun::Complexity));
    }

    #[test]
    fn an_unreadable_cursor_is_told_apart() {
        let body =
            r#"{"errors":[{"message":"Invalid input: \"!!\"","path":["demarche","dossiers","nodes"]}],"data":null}"#;
        assert_eq!(error(200, body), ApiError::BadCursor);
    }

    #[test]
    fn whatever_stands_in_for_the_api_is_temporary() {
        assert_eq!(error(200, "<!DOCTYPE html><p>Bonjour"), ApiError::Temporary(Cause::WebPage));
        assert_eq!(error(200, r#"{"data":{"demarche":{"#), ApiError::Temporary(Cause::Interrupted));
        assert_eq!(error(200, ""), ApiError::Temporary(Cause::Interrupted));
        assert_eq!(error(502, "<html>"), ApiError::Temporary(Cause::Gateway(502)));
        assert_eq!(error(504, ""), ApiError::Temporary(Cause::Gateway(504)));
        assert_eq!(error(504, "").kind(), ErrorKind::Gateway, "it may have been too much");
        let maintenance = r#"{"error":"Le site est actuellement en maintenance"}"#;
        assert_eq!(error(503, maintenance), ApiError::Temporary(Cause::Maintenance));
        assert_eq!(error(200, maintenance), ApiError::Temporary(Cause::Maintenance));
    }

    #[test]
    fn the_wait_of_a_rate_limit_is_by_the_server_s_clock() {
        let second = |second| Some(Timestamp::from_second(second).unwrap());
        let limited = |reset, date| {
            let answer = HttpAnswer { status: 429, reset, date, body: b"Trop\nToo".to_vec(), ..HttpAnswer::default() };
            match read::<Map<String, Value>>(&answer, TARGET, Timestamp::from_second(1_000).unwrap()) {
                Err(ApiError::RateLimited { wait }) => wait.as_secs(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(limited(second(5_040), second(5_000)), 40);
        assert_eq!(limited(second(1_030), None), 30, "this machine's clock when the answer has no date");
        assert_eq!(limited(second(4_000), second(5_000)), 1, "a reset in the past");
        assert_eq!(limited(Timestamp::MAX.into(), second(5_000)), 60, "thousands of years are not believed");
        assert_eq!(limited(None, second(5_000)), 60);
    }

    #[test]
    fn redirections_and_strange_answers_are_told() {
        let answer = HttpAnswer { status: 301, redirect_host: Some("ailleurs".to_owned()), ..HttpAnswer::default() };
        let error_of = |answer| read::<Map<String, Value>>(&answer, TARGET, Timestamp::UNIX_EPOCH).unwrap_err();
        assert_eq!(error_of(answer).to_string(), "redirection refusée (HTTP 301, vers ailleurs)");
        assert_eq!(error(404, "<html>").kind(), ErrorKind::Unreadable);
        assert_eq!(error(200, "{}").kind(), ErrorKind::Unreadable);
        assert_eq!(error(200, "[1] ]").kind(), ErrorKind::Unreadable);
    }

    #[test]
    fn an_error_that_cannot_be_read_is_one_of_which_nothing_is_known() {
        let body =
            r#"{"errors":[{"message":"\ud800","path":["demarche","dossiers","nodes",1]},{"path":["x"]}],"data":{}}"#;
        let errors = outcome(200, body).unwrap().errors;
        assert_eq!(errors.len(), 2);
        assert_eq!((errors[0].path.len(), errors[1].path.len()), (0, 1));
    }

    #[test]
    fn partial_data_come_with_their_errors() {
        let body = r#"{"errors":[{"message":"x","path":["demarche","dossiers","nodes",1],"extensions":{"code":"invalid_null"}}],
            "data":{"demarche":{"dossiers":{"nodes":[1,null]}}}}"#;
        let answer = outcome(200, body).unwrap();
        assert_eq!(answer.errors[0].node_index(), Some(1));
        assert_eq!(answer.data["demarche"]["dossiers"]["nodes"][1], Value::Null);
    }

    #[test]
    fn no_error_quotes_the_answer() {
        for (status, body) in [
            (200, r#"{"errors":[{"message":"Jeanne Martin","extensions":{"code":"odd"}}]}"#),
            (200, r#"{"errors":[{"message":"Jeanne Martin"}],"data":null}"#),
            (500, r#"{"errors":[{"message":"Jeanne Martin"}],"data":null}"#),
            (403, r#"{"errors":[{"message":"Jeanne Martin"}],"data":null}"#),
            (200, "Jeanne Martin"),
            (418, "Jeanne Martin"),
        ] {
            let error = error(status, body);
            assert!(!format!("{error} {error:?} {}", error.hint()).contains("Jeanne"), "{error:?}");
        }
    }
}
