//! The client against a server on loopback that answers from a script, down to the byte.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;

use super::schema::tests::introspection;
use super::settings::{ClientSettings, TokenSource};
use super::transport::Transport;
use super::{ApiError, Cause, Client, Cursor, DossierQuery, ErrorKind, Order, Overrun, RetryPolicy};
use crate::domain::clock::Clock;

const PROCEDURE: i64 = 61234;

/// What the server does with one connection.
enum Reply {
    /// Reads the request, sends these bytes, closes.
    Bytes(Vec<u8>),
    /// Reads the request, and keeps silent until the client leaves.
    Silence,
    /// Closes with the request unread, which resets the connection.
    Reset,
}

struct Server {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/api/v2/graphql", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        thread::spawn(move || {
            for (reply, connection) in replies.into_iter().zip(listener.incoming()) {
                let mut connection = connection.unwrap();
                if matches!(reply, Reply::Reset) {
                    connection.read_exact(&mut [0; 8]).unwrap();
                    continue;
                }
                heard.lock().unwrap().push(request(&mut connection));
                // The client may have left already.
                let _ = match reply {
                    Reply::Bytes(bytes) => connection.write_all(&bytes),
                    _ => connection.read_to_end(&mut Vec::new()).map(drop),
                };
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }

    fn settings(&self) -> ClientSettings {
        ClientSettings {
            url: self.url.clone(),
            token: "le-jeton==".into(),
            token_source: TokenSource::File,
            timeout: Duration::from_secs(30),
            max_retry: Duration::from_secs(5),
            proxy: None,
            ca_file: None,
            requests_per_minute: 380,
            shared_with: None,
        }
    }

    fn client(&self) -> Client {
        Self::client_with(&self.settings())
    }

    /// By a clock that stands still: only waits make time pass, however slow this machine is.
    fn client_with(settings: &ClientSettings) -> Client {
        let policy = RetryPolicy {
            min_delay: Duration::from_millis(2),
            max_delay: Duration::from_millis(10),
            max_jitter: Duration::from_millis(10),
            ..RetryPolicy::within(Duration::from_secs(5))
        };
        Client::new(settings, Clock::fixed(Timestamp::UNIX_EPOCH)).unwrap().with_policy(policy)
    }
}

/// Head and body of one request.
fn request(connection: &mut TcpStream) -> String {
    let mut reader = BufReader::new(connection);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        reader.read_line(&mut text).unwrap();
    }
    let head = text.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

fn answer(status: &str, headers: &[&str], body: &[u8]) -> Vec<u8> {
    let mut bytes = format!("HTTP/1.1 {status}\r\nConnection: close\r\nContent-Length: {}\r\n", body.len());
    for header in headers {
        bytes.push_str(header);
        bytes.push_str("\r\n");
    }
    [bytes.as_bytes(), b"\r\n", body].concat()
}

fn json(body: &str) -> Reply {
    Reply::Bytes(answer("200 OK", &["Content-Type: application/json; charset=utf-8"], body.as_bytes()))
}

fn dossiers(nodes: &str, end_cursor: &str) -> String {
    format!(
        r#"{{"data":{{"demarche":{{"dossiers":{{"nodes":{nodes},"pageInfo":{{"endCursor":{end_cursor},"hasNextPage":true}}}}}}}}}}"#
    )
}

const ONE: &str = r#"[{"number":12,"dateDerniereModification":"2021-09-03T12:33:00+02:00"}]"#;

fn query() -> DossierQuery {
    DossierQuery { procedure: PROCEDURE, order: Order::Deposit, after: None, page_size: 500 }
}

#[tokio::test]
async fn dossiers_come_as_the_bytes_that_the_server_sent() {
    let odd = r#"{"number" : 12,  "x":1.50, "é":"\u00e9"}"#;
    let server = Server::start(vec![json(&dossiers(&format!("[{odd},null]"), "\"abc\""))]);
    let page = server.client().dossiers(&query()).await.unwrap();
    assert_eq!(page.nodes[0].as_ref().unwrap().get(), odd);
    assert!(page.nodes[1].is_none() && !page.is_whole() && page.has_next);
    assert_eq!(page.end_cursor, Cursor::new("abc"));
}

#[tokio::test]
async fn the_request_says_who_asks_and_only_what_was_given() {
    let server = Server::start(vec![json(&dossiers("[]", "null")), json(&dossiers(ONE, "null"))]);
    let client = server.client();
    let page = client.dossiers(&query()).await.unwrap();
    assert_eq!((page.nodes.len(), page.end_cursor.clone(), page.is_whole()), (0, None, true));
    let since = "2021-09-03T10:33:00Z".parse().unwrap();
    let after = Cursor::new("abc");
    client.numbers(&DossierQuery { order: Order::UpdatedSince(since), after, ..query() }).await.unwrap();

    let requests = server.requests();
    let head = requests[0].to_lowercase();
    assert!(head.starts_with("post /api/v2/graphql http/1.1"));
    assert!(head.contains("authorization: bearer le-jeton==\r\n"));
    assert!(head.contains("accept-language: fr\r\n") && head.contains("content-type: application/json\r\n"));
    assert!(head.contains(concat!("user-agent: fitn-connector/", env!("CARGO_PKG_VERSION"))));
    assert!(head.contains("accept-encoding: gzip") && !head.contains("cookie"));
    let body =
        |request: &str| serde_json::from_str::<serde_json::Value>(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let (first, second) = (body(&requests[0]), body(&requests[1]));
    assert_eq!(first["operationName"], "Dossiers");
    assert_eq!(first["variables"], serde_json::json!({"number": PROCEDURE, "first": 100}), "absent, not null");
    assert_eq!(second["operationName"], "Numbers");
    assert_eq!(second["variables"]["updatedSince"], "2021-09-03T10:33:00Z");
    assert_eq!(second["variables"]["after"], "abc");
    assert_eq!(first["query"], second["query"], "one document for all: types of champs depend on it");
}

#[tokio::test]
async fn a_redirection_is_refused_and_the_token_goes_nowhere() {
    let elsewhere = Server::start(vec![json("{}")]);
    let location = format!("Location: {}", elsewhere.url);
    let server = Server::start(vec![Reply::Bytes(answer("301 Moved Permanently", &[&location], b""))]);
    let error = server.client().newest_update(PROCEDURE).await.unwrap_err();
    assert_eq!(error, ApiError::Redirected { status: 301, host: Some("127.0.0.1".to_owned()) });
    assert_eq!((server.requests().len(), elsewhere.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_rate_limit_is_waited_out() {
    let headers = ["RateLimit-Remaining: 0", "RateLimit-Reset: 1632000001", "Date: Sat, 18 Sep 2021 21:20:00 GMT"];
    let server = Server::start(vec![
        Reply::Bytes(answer("429 Too Many Requests", &headers, b"Trop")),
        json(&dossiers(ONE, "null")),
    ]);
    let newest = server.client().newest_update(PROCEDURE).await.unwrap();
    assert_eq!(newest, Some("2021-09-03T10:33:00Z".parse().unwrap()));
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_rate_limit_beyond_the_time_allowed_is_given_back() {
    let headers = ["RateLimit-Reset: 1632000060", "Date: Sat, 18 Sep 2021 21:20:00 GMT"];
    let server = Server::start(vec![Reply::Bytes(answer("429 Too Many Requests", &headers, b"Trop"))]);
    let error = server.client().newest_update(PROCEDURE).await.unwrap_err();
    assert_eq!(error, ApiError::RateLimited { wait: Duration::from_mins(1) });
}

#[tokio::test]
async fn what_passes_is_tried_again() {
    let mut cut = answer("200 OK", &[], dossiers(ONE, "null").as_bytes());
    cut.truncate(cut.len() - 20);
    let server = Server::start(vec![
        Reply::Reset,
        Reply::Bytes(cut),
        Reply::Bytes(Vec::new()),
        Reply::Bytes(answer("200 OK", &["Content-Type: text/html"], b"<html>Bonjour</html>")),
        Reply::Bytes(answer("502 Bad Gateway", &["Content-Type: text/html"], b"<html>")),
        Reply::Bytes(answer("503 Service Unavailable", &[], r#"{"error":"en maintenance"}"#.as_bytes())),
        json(&dossiers(ONE, "null")),
    ]);
    assert!(server.client().newest_update(PROCEDURE).await.unwrap().is_some());
    assert_eq!(server.requests().len(), 6);
}

#[tokio::test]
async fn each_passing_fault_is_named() {
    let named = async |reply| {
        let client = Server::start(vec![reply]).client().with_policy(RetryPolicy::once());
        client.newest_update(PROCEDURE).await.unwrap_err()
    };
    let mut cut = answer("200 OK", &[], dossiers(ONE, "null").as_bytes());
    cut.truncate(cut.len() - 20);
    assert_eq!(named(Reply::Reset).await, ApiError::Temporary(Cause::Interrupted));
    assert_eq!(named(Reply::Bytes(cut)).await, ApiError::Temporary(Cause::Interrupted));
    let page = answer("200 OK", &["Content-Type: text/html"], b"<html>");
    assert_eq!(named(Reply::Bytes(page)).await, ApiError::Temporary(Cause::WebPage));

    let mut settings = Server::start(vec![]).settings();
    settings.url = "http://127.0.0.1:9/".to_owned();
    let nobody = Client::new(&settings, Clock::fixed(Timestamp::UNIX_EPOCH)).unwrap().with_policy(RetryPolicy::once());
    let error = nobody.newest_update(PROCEDURE).await.unwrap_err();
    assert!(matches!(error, ApiError::Temporary(Cause::Connection(_))), "{error:?}");
}

#[tokio::test]
async fn a_slow_answer_is_left_to_the_caller_after_one_more_try() {
    let server = Server::start(vec![Reply::Silence, Reply::Silence, json(&dossiers(ONE, "null"))]);
    let settings = ClientSettings { timeout: Duration::from_secs(1), ..server.settings() };
    let error = Server::client_with(&settings).newest_update(PROCEDURE).await.unwrap_err();
    assert_eq!(error, ApiError::Timeout(Overrun::Deadline));
}

#[tokio::test]
async fn faults_of_the_server_are_tried_once_more_and_refusals_never() {
    let fault = || Reply::Bytes(answer("500 Internal Server Error", &[], b"<html>"));
    let server = Server::start(vec![fault(), fault(), json(&dossiers(ONE, "null"))]);
    assert_eq!(server.client().newest_update(PROCEDURE).await.unwrap_err().kind(), ErrorKind::ServerFault);
    assert_eq!(server.requests().len(), 2);

    let expired = r#"{"errors":[{"message":"Token expired","extensions":{"code":"unauthorized"}}],"data":null}"#;
    let server = Server::start(vec![
        Reply::Bytes(answer("401 Unauthorized", &[], expired.as_bytes())),
        json(&dossiers(ONE, "null")),
    ]);
    assert_eq!(server.client().newest_update(PROCEDURE).await.unwrap_err().kind(), ErrorKind::Refused);
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_gateway_that_fails_is_waited_for_where_nothing_less_can_be_asked() {
    let fault = || Reply::Bytes(answer("502 Bad Gateway", &["Content-Type: text/html"], b"<html>"));
    let faults = || Server::start(vec![fault(), fault(), fault(), json(&dossiers(ONE, "null"))]);
    assert!(faults().client().newest_update(PROCEDURE).await.unwrap().is_some());
    assert!(faults().client().numbers(&DossierQuery { page_size: 1, ..query() }).await.unwrap().is_whole());
    let (pages, lists) = (faults(), faults());
    assert_eq!(pages.client().dossiers(&query()).await.unwrap_err().kind(), ErrorKind::Gateway);
    assert_eq!(lists.client().numbers(&query()).await.unwrap_err().kind(), ErrorKind::Gateway);
    assert_eq!([pages.requests().len(), lists.requests().len()], [2, 2], "a smaller page is better than a third try");
}

#[tokio::test]
async fn more_records_than_were_asked_for_are_a_fault_of_the_server() {
    let nodes = |count| format!("[{}]", vec![r#"{"number":12}"#; count].join(","));
    let server = Server::start(vec![json(&dossiers(&nodes(2), "\"abc\"")), json(&dossiers(&nodes(3), "\"abc\""))]);
    let query = DossierQuery { page_size: 2, ..query() };
    assert!(server.client().dossiers(&query).await.unwrap().is_whole());
    assert_eq!(server.client().dossiers(&query).await.unwrap_err().kind(), ErrorKind::ServerFault);
}

#[tokio::test]
async fn a_refusal_that_the_schema_does_not_explain_is_given_back_at_once() {
    let refused = r#"{"errors":[{"message":"Field doesn't exist","extensions":{"code":"undefinedField"}}]}"#;
    let schema = format!("{{\"data\":{}}}", introspection());
    let server = Server::start(vec![json(refused), json(&schema), json(refused), json(refused)]);
    assert_eq!(server.client().newest_update(PROCEDURE).await.unwrap_err().kind(), ErrorKind::Rejected);
    assert_eq!(server.requests().len(), 2, "the question, and the schema");
}

#[tokio::test]
async fn a_compressed_answer_is_read() {
    let compressed = BASE64_STANDARD
        .decode(concat!(
            "H4sIAAAAAAACAx2Muw7CMBAE/+VaHMmPCrfQUIAo6BDFxT4TS8SOfI6EFOXfsdliNcXsbuCxItgNPM1Y3ER/zsyRCndO2VODZ6N1HqmAVVr0",
            "FZ2ppGbRNfsYosMacwILWmo1yOMgzUNpa4yV8iB1a9hfAhZ80yWF3K8p+dNaOLdPwNGBgAn5Rt96bxLYgB+mvecH0qlR+KYAAAA="
        ))
        .unwrap();
    let headers = ["Content-Type: application/json", "Content-Encoding: gzip"];
    let server = Server::start(vec![Reply::Bytes(answer("200 OK", &headers, &compressed))]);
    assert!(server.client().newest_update(PROCEDURE).await.unwrap().is_some());
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_to_its_end() {
    let server = Server::start(vec![json(&dossiers(ONE, "null")), json(&dossiers(ONE, "null"))]);
    let transport = Transport::new(&server.settings()).unwrap().with_body_limit(100);
    let client = Client::with_transport(transport, &server.settings(), Clock::fixed(Timestamp::UNIX_EPOCH));
    let error = client.with_policy(RetryPolicy::once()).newest_update(PROCEDURE).await.unwrap_err();
    assert_eq!(error, ApiError::Timeout(Overrun::Size));
}

#[tokio::test]
async fn unknown_enumerations_cost_nothing() {
    let body = r#"{"data":{"demarche":{"deletedDossiers":{"nodes":[
        {"number":7,"state":"en_orbite","dateSupression":"2021-09-03T12:33:00+02:00"}],
        "pageInfo":{"endCursor":"abc","hasNextPage":false}}}}}"#;
    let server = Server::start(vec![json(body)]);
    let page = server.client().deleted(PROCEDURE, None, None, 100).await.unwrap();
    let removal = page.nodes[0].as_ref().unwrap();
    assert_eq!(removal.state.as_deref(), Some("en_orbite"));
}

#[tokio::test]
async fn a_form_of_unknown_types_is_read() {
    let body = r#"{"data":{"demarche":{"number":61234,"title":"T","state":"publiee","dateCreation":"2021-09-03T12:33:00+02:00",
        "datePublication":null,"dateFermeture":null,"activeRevision":{"id":"R","datePublication":null,
        "champDescriptors":[
            {"__typename":"RepetitionChampDescriptor","id":"r","label":"Dépenses","required":true,"champDescriptors":[
                {"__typename":"HologramChampDescriptor","id":"h","label":"H","required":false}]}],
        "annotationDescriptors":[{"__typename":"DropDownListChampDescriptor","id":"d","label":"D","required":false,"options":["a","b"]}]}}}}"#;
    let server = Server::start(vec![json(body)]);
    let demarche = server.client().demarche(PROCEDURE).await.unwrap();
    let form = demarche.form.unwrap();
    assert_eq!(form.champs[0].columns[0].kind(), "Hologram");
    assert_eq!(form.annotations[0].options, ["a", "b"]);
}

#[tokio::test]
async fn a_cursor_cut_off_by_a_deadline_is_never_given() {
    let body = r#"{"errors":[{"message":"Timeout on Dossier.champs","path":["demarche","dossiers","nodes",1,"champs"],"extensions":{"code":"timeout"}}],
        "data":{"demarche":{"dossiers":{"nodes":[{"number":1},null],"pageInfo":{"endCursor":"abc","hasNextPage":true}}}}}"#;
    let server = Server::start(vec![json(body)]);
    let client = server.client().with_policy(RetryPolicy::once());
    assert_eq!(client.dossiers(&query()).await.unwrap_err(), ApiError::Timeout(Overrun::Server));
}

#[tokio::test]
async fn a_number_that_the_api_cannot_be_asked_for_does_not_exist() {
    let server = Server::start(vec![]);
    for number in [0, -1, 2_147_483_648] {
        assert_eq!(server.client().dossier(number).await.unwrap_err().kind(), ErrorKind::NotFound, "{number}");
    }
}

#[tokio::test]
async fn what_the_budget_puts_off_is_not_sent_before() {
    let server = Server::start(vec![json(&dossiers(ONE, "null")), json(&dossiers(ONE, "null"))]);
    let settings = ClientSettings { requests_per_minute: 1, ..server.settings() };
    let client = Client::new(&settings, Clock::fixed(Timestamp::UNIX_EPOCH)).unwrap();
    client.newest_update(PROCEDURE).await.unwrap();
    // The second waits for the minute to pass, and would be answered at once.
    let second = tokio::time::timeout(Duration::from_secs(1), client.newest_update(PROCEDURE)).await;
    assert!(second.is_err(), "it did not wait");
    assert_eq!(server.requests().len(), 1);
}
