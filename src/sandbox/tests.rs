use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, RwLock};

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::service::{Call, PATH, Reply, Service};
use super::{Options, World, banner, generate, start};
use crate::domain::clock::Clock;

fn small() -> World {
    generate(&Options { dossiers: 20, ..Options::default() })
}

struct Bench {
    service: Service,
    world: Arc<RwLock<World>>,
    now: Arc<Mutex<Timestamp>>,
    token: String,
}

impl Bench {
    fn new() -> Self {
        let world = small();
        let token = world.access.token.clone();
        let world = Arc::new(RwLock::new(world));
        let now = Arc::new(Mutex::new("2021-10-01T10:00:30Z".parse().unwrap()));
        let hand = Arc::clone(&now);
        let clock = Clock::from_fn(move || *hand.lock().unwrap());
        let service = Service::new(Arc::clone(&world), clock).unwrap();
        Self { service, world, now, token }
    }

    fn call(&self, authorization: Option<String>, body: &Value) -> Reply {
        self.raw(authorization, body.to_string().into_bytes())
    }

    fn raw(&self, authorization: Option<String>, body: Vec<u8>) -> Reply {
        let (method, path, host) = ("POST".to_owned(), PATH.to_owned(), "localhost:1".to_owned());
        self.service.reply(&Call { method, path, host, authorization, body })
    }

    /// A call with the right token.
    fn ask(&self, body: &Value) -> Reply {
        self.call(Some(format!("Bearer {}", self.token)), body)
    }
}

fn text(reply: &Reply) -> &str {
    std::str::from_utf8(&reply.body).unwrap()
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn hello() -> Value {
    json!({"query": "{ __typename }"})
}

#[test]
fn a_token_is_read_in_its_three_forms_and_nothing_else_is_let_in() {
    let bench = Bench::new();
    for form in ["Bearer {}", "Bearer token={}", "Token token=\"{}\""] {
        let reply = bench.call(Some(form.replace("{}", &bench.token)), &hello());
        assert_eq!((reply.status, text(&reply)), (200, "{\"data\":{\"__typename\":\"Query\"}}"), "{form}");
    }
    for refused in [None, Some("Bearer faux".to_owned()), Some(bench.token.clone())] {
        let reply = bench.call(refused, &hello());
        assert_eq!(reply.status, 403);
        assert_eq!(
            text(&reply),
            "{\"errors\":[{\"extensions\":{\"code\":\"forbidden\"},\"message\":\"Without a token, only persisted queries \
             are allowed\"}],\"data\":null}"
        );
    }
}

#[test]
fn the_network_is_looked_at_before_the_expiry() {
    let bench = Bench::new();
    let status = |bench: &Bench| {
        let reply = bench.ask(&hello());
        (reply.status, json_of(&reply)["errors"][0]["extensions"]["code"].clone())
    };
    bench.world.write().unwrap().access.expired = true;
    assert_eq!(status(&bench), (401, json!("unauthorized")));
    bench.world.write().unwrap().access.forbidden_network = true;
    assert_eq!(status(&bench), (403, json!("forbidden")));
}

#[test]
fn bodies_that_cannot_be_read_are_bad_requests() {
    let bench = Bench::new();
    let code = |reply: &Reply| json_of(reply)["errors"][0]["extensions"]["code"].clone();
    for (body, status, expected) in [
        ("{", 400, json!("bad_request")),
        ("{\"query\": \"{ __typename }\", \"variables\": [1]}", 400, json!("bad_request")),
        ("{\"query\": \"{ __typename }\", \"variables\": \"{\"}", 400, json!("graphql_parse_failed")),
        ("{\"queryId\": \"ds-query-v2\"}", 500, json!("internal_server_error")),
        ("{\"query\": \"{ __typename }\", \"variables\": \"{}\"}", 200, Value::Null),
        ("{}", 200, Value::Null),
    ] {
        let reply = bench.raw(Some(format!("Bearer {}", bench.token)), body.as_bytes().to_vec());
        assert_eq!((reply.status, code(&reply)), (status, expected), "{body}");
    }
    let reply = bench.ask(&json!({}));
    assert_eq!(text(&reply), "{\"errors\":[{\"message\":\"No query string was present\"}]}");
}

#[test]
fn errors_come_before_data() {
    let bench = Bench::new();
    let reply = bench.ask(&json!({"query": "{ dossier(number: 1) { id } }"}));
    assert!(text(&reply).starts_with("{\"errors\":[{\"message\":\"Dossier not found\",\"locations\":"));
    assert!(text(&reply).ends_with("\"data\":null}"));
}

#[test]
fn only_the_one_path_is_served_and_only_for_posts() {
    let bench = Bench::new();
    let call = Call { method: "GET".to_owned(), path: PATH.to_owned(), ..Call::default() };
    assert_eq!(bench.service.reply(&call).status, 404);
    let call = Call { method: "POST".to_owned(), path: "/graphql".to_owned(), ..Call::default() };
    assert_eq!(bench.service.reply(&call).status, 404);
}

#[test]
fn the_limit_counts_by_header_and_by_minute() {
    let bench = Bench::new();
    bench.service.limit(Some(2));
    let status = || bench.ask(&hello());
    assert_eq!([status().status, status().status], [200, 200]);
    let reply = status();
    assert_eq!(reply.status, 429);
    let reset = "2021-10-01T10:01:00Z".parse::<Timestamp>().unwrap().as_second().to_string();
    assert!(reply.headers.contains(&("ratelimit-reset", reset)));
    assert!(reply.headers.contains(&("ratelimit-remaining", "0".to_owned())));
    assert_eq!(text(&reply).lines().count(), 2);
    assert_eq!(bench.call(Some("Bearer autre".to_owned()), &hello()).status, 403, "another header, another count");
    assert_eq!(bench.call(None, &hello()).status, 403, "no header is never limited");
    *bench.now.lock().unwrap() += SignedDuration::from_secs(30);
    assert_eq!(status().status, 200);
}

/// One request over the socket; the whole answer.
fn post(url: &str, token: &str, body: &Value) -> String {
    let address = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let body = body.to_string();
    let mut stream = TcpStream::connect(&address).unwrap();
    write!(
        stream,
        "POST {PATH} HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\nContent-Length: {}\r\n\
         Connection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    reply
}

#[tokio::test(flavor = "multi_thread")]
async fn it_serves_on_loopback_shows_changes_and_stops() {
    let running = start(small(), 0).await.unwrap();
    let (url, token) = (running.url.clone(), running.token.clone());
    let banner = banner(&running);
    assert_eq!((banner["url"].as_str(), banner["token"].as_str()), (Some(&*url), Some(&*token)));
    assert_eq!(banner["procedures"].as_array().unwrap().len(), 7);
    assert_eq!(banner["procedures"][0]["programme"], "axe3-v1-ads");

    let number = running.read().dossiers_of(41_001).next().unwrap().number;
    let body = json!({"query": "query($n: Int!) { dossier(number: $n) { state } }", "variables": {"n": number}});
    let ask = {
        let (url, token, body) = (url.clone(), token.clone(), body.clone());
        move || post(&url, &token, &body)
    };
    let reply = tokio::task::spawn_blocking(ask.clone()).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200"), "{reply}");
    assert!(reply.to_lowercase().contains("content-type: application/json"), "{reply}");
    let at = "2022-12-01T10:00:00Z".parse().unwrap();
    running.write().hide_by_administration(number, at, "manager_request").unwrap();
    let reply = tokio::task::spawn_blocking(ask).await.unwrap();
    assert!(reply.contains("Dossier not found"), "{reply}");

    running.shutdown().await.unwrap();
    let address = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    assert!(TcpStream::connect(address).is_err());
}
