//! A server that is faulty on purpose: answers that unpack to far more than they are, that do not end, that lie about what they are,
//! that hold what no answer holds. The program says so, stays small, and loses nothing.

mod common;

use std::convert::Infallible;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use common::memory::peak_of;
use common::mirror::{assert_store_is_part_of_world, assert_whole_store_equals_world};
use common::{ADS, Stand, chance, later};
use fastrand::Rng;
use fitn_connector::sandbox::{Fault, PlannedFault, Requests};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// No answer may make a sync need more, in KiB.
const MOST_MEMORY_KIB: u64 = 200 * 1024;

/// So much of the same text, packed.
fn packed(head: &str, repeated: &str, bytes: usize, tail: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let block = repeated.repeat(64 * 1024 / repeated.len());
    encoder.write_all(head.as_bytes()).unwrap();
    for _ in 0..bytes / block.len() {
        encoder.write_all(block.as_bytes()).unwrap();
    }
    encoder.write_all(tail.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The peak of the memory that a sync of such answers needs, in KiB, and what it said.
fn sync_against(answer: Vec<u8>) -> (u64, String) {
    let runtime = Runtime::new().unwrap();
    let answer = Arc::new(answer);
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let url = format!("http://{}/api/v2/graphql", listener.local_addr().unwrap());
    let serve = move || {
        let answer = Arc::clone(&answer);
        async move { ([(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")], answer.to_vec()).into_response() }
    };
    runtime.spawn(async move { axum::serve(listener, Router::new().route("/api/v2/graphql", post(serve))).await });

    let directory = tempfile::tempdir().unwrap();
    let config = format!(
        "[api]\nurl = \"{url}\"\nmax_retry_s = 1\n[database]\npath = \"fitn.sqlite\"\n\n\
         [[procedures]]\nnumber = 12\nprogramme = \"axe3-v1-ads\"\n"
    );
    fitn_connector::files::write_atomically(&directory.path().join("config.toml"), config.as_bytes()).unwrap();
    let (peak, output) = sync_in(directory.path(), &["sync"], "jeton");
    assert!(output.status.code().is_some_and(|code| code > 0), "ended by itself, and not well: {:?}", output.status);
    (peak, String::from_utf8(output.stderr).unwrap())
}

/// A sync in a directory, with the peak of the memory that it needs, in KiB.
fn sync_in(directory: &Path, words: &[&str], token: &str) -> (u64, Output) {
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
        .args(["--config", "config.toml"])
        .args(words)
        .current_dir(directory)
        .env("FITN_API_TOKEN", token)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let peak = peak_of(&mut child);
    (peak, child.wait_with_output().unwrap())
}

#[test]
fn an_answer_that_unpacks_to_gigabytes_costs_no_memory_and_is_told() {
    const UNPACKED: usize = 24 * 1024 * 1024;
    let nodes = r#"{"data":{"demarche":{"dossiers":{"nodes":["#;
    for (name, head, repeated, tail) in [
        ("errors", r#"{"errors":["#, "0,", "0]}"),
        ("objects in errors", r#"{"errors":["#, r#"{"a":{}},"#, "{}]}"),
        ("nodes", nodes, "0,", "0]}}}}"),
        ("members of a node", &format!("{nodes}{{"), r#""a":[],"#, r#""z":0}]}}}}"#),
        ("unknown", r#"{"x":["#, "[],", "0]}"),
        ("spaces", "", " ", "{}"),
        ("text", r#"{"data":{"demarche":{"title":""#, "x", r#""}}}"#),
    ] {
        // Under and over the largest body that is read.
        for unpacked in [12 * 1024 * 1024, UNPACKED] {
            let (peak, told) = sync_against(packed(head, repeated, unpacked, tail));
            assert!(peak > 0 && peak < MOST_MEMORY_KIB, "{name}: {peak} KiB");
            assert!(told.contains("démarche 12"), "{name}: {told}");
        }
    }
}

/// What stands in for an honest answer.
type Spoil = fn(String) -> Response;

/// Stands before the stand-in and hands requests on; the answers to some of them it replaces.
#[derive(Default)]
struct Front {
    behind: String,
    requests: AtomicU64,
    plan: Mutex<Option<(u64, u64, Spoil)>>,
}

impl Front {
    /// Listens; gives its address.
    fn start(stand: &Stand) -> (Arc<Self>, String) {
        let behind = stand.running().url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let front = Arc::new(Self { behind, ..Self::default() });
        let listener = stand.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let url = stand.running().url.replace(&front.behind, &listener.local_addr().unwrap().to_string());
        let router = Router::new().route("/api/v2/graphql", post(Self::handle)).with_state(Arc::clone(&front));
        stand.block_on(async { drop(tokio::spawn(async move { axum::serve(listener, router).await })) });
        (front, url)
    }

    /// Replaces the answers from one request to another, and counts afresh.
    fn plan(&self, plan: Option<(u64, u64, Spoil)>) {
        *self.plan.lock().unwrap() = plan;
        self.requests.store(0, Ordering::SeqCst);
    }

    async fn handle(State(front): State<Arc<Self>>, headers: HeaderMap, body: Bytes) -> Response {
        let request = front.requests.fetch_add(1, Ordering::SeqCst) + 1;
        let token = headers.get(AUTHORIZATION).and_then(|token| token.to_str().ok()).unwrap_or_default();
        let honest = front.ask(token, &body).await;
        let plan = *front.plan.lock().unwrap();
        match plan {
            Some((first, last, spoil)) if (first..=last).contains(&request) => spoil(honest),
            _ => json_answer(honest),
        }
    }

    /// The body of the stand-in's answer.
    async fn ask(&self, token: &str, body: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.behind).await.unwrap();
        let head = format!(
            "POST /api/v2/graphql HTTP/1.1\r\nhost: {}\r\nauthorization: {token}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n",
            self.behind,
            body.len()
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }
}

fn typed(content_type: &'static str, body: impl Into<Body>) -> Response {
    ([(CONTENT_TYPE, content_type)], body.into()).into_response()
}

fn json_answer(body: impl Into<Body>) -> Response {
    typed("application/json", body)
}

fn gzip(body: Vec<u8>) -> Response {
    ([(CONTENT_TYPE, "application/json"), (CONTENT_ENCODING, "gzip")], body).into_response()
}

/// Puts a piece in place of another, once.
fn replaced(honest: &str, from: &str, to: &str) -> Response {
    json_answer(honest.replacen(from, to, 1))
}

/// So many MB of a text.
fn much(text: &str) -> String {
    text.repeat(3_000_000 / text.len())
}

static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| packed("", " ", 24 << 20, "{}"));
static BOMB_OF_ERRORS: LazyLock<Vec<u8>> = LazyLock::new(|| packed(r#"{"errors":["#, "0,", 12 << 20, "0]}"));

/// The kinds of bad answers that the stand-in itself does not have.
const SPOILS: &[(&str, Spoil)] = &[
    ("bomb", |_| gzip(BOMB.clone())),
    ("bomb of errors", |_| gzip(BOMB_OF_ERRORS.clone())),
    ("gzip that is none", |honest| gzip(honest.into_bytes())),
    ("unending body", |_| {
        let spaces = futures_util::stream::repeat(Ok::<_, Infallible>(Bytes::from(vec![b' '; 64 * 1024])));
        json_answer(Body::from_stream(spaces))
    }),
    ("says HTML", |honest| typed("text/html", honest)),
    ("says an image", |honest| typed("image/png", honest)),
    ("says UTF-16", |honest| typed("application/json; charset=utf-16", honest)),
    ("not UTF-8", |honest| json_answer(honest.into_bytes().into_iter().map(|byte| byte | 0x80).collect::<Vec<u8>>())),
    ("byte order mark", |honest| json_answer(format!("\u{feff}{honest}"))),
    ("errors beyond", |honest| {
        replaced(
            &honest,
            "{",
            &format!("{{\"errors\":[{}0],", r#"{"path":["demarche","dossiers","nodes",0]},"#.repeat(1_000)),
        )
    }),
    ("errors at the limit", |honest| {
        let one = r#"{"message":"x","path":["demarche","dossiers","nodes",0,"champs"]}"#;
        replaced(&honest, "{", &format!("{{\"errors\":[{}{one}],", format!("{one},").repeat(999)))
    }),
    ("long names in an error", |_| {
        let long = much("é\n\u{1b}[2J\u{202e}");
        let error = json!({"message": &long, "path": [&long, 0, &long],
            "extensions": {"code": &long, "typeName": &long, "fieldName": &long, "exception_id": &long}});
        json_answer(json!({"errors": [error], "data": null}).to_string())
    }),
    ("long type", |honest| {
        replaced(&honest, "\"__typename\":\"TextChamp", &format!("\"__typename\":\"TextChamp{}", much("\u{202e}x")))
    }),
    ("long id", |honest| replaced(&honest, "\"id\":\"", &format!("\"id\":\"{}", much("x")))),
    ("long cursor", |honest| replaced(&honest, "\"endCursor\":\"", &format!("\"endCursor\":\"{}", much("x")))),
    ("number out of range", |honest| replaced(&honest, "\"number\":", "\"number\":9999999999")),
    ("numbers without end", |honest| {
        replaced(&honest, "\"number\":", &format!("\"number\":{}", "9".repeat(1_000_000)))
    }),
    ("the same member twice", |honest| replaced(&honest, "\"number\":", "\"number\":\"x\",\"number\":")),
    ("null data twice", |honest| replaced(&honest, "{\"data\":", "{\"data\":null,\"data\":")),
    ("many members", |honest| {
        let members = (0..200_000).map(|number| format!("\"m{number}\":0,")).collect::<Vec<_>>().concat();
        replaced(&honest, "\"number\":", &format!("{members}\"number\":"))
    }),
];

/// The kinds that change a dossier as a server may: what it says of it is taken until it says otherwise.
const WORDS_OF_A_SERVER: [&str; 2] = ["long type", "long id"];

/// The kinds that the stand-in has itself.
const FAULTS: [&str; 6] = ["deep", "deep-rows", "flood", "crowd", "half-character", "forged"];

/// Who plays a bad answer.
#[derive(Clone, Copy)]
enum Kind {
    Before(Spoil),
    StandIn(Fault),
}

/// How many pairs of a kind and a request an ordinary run draws.
const PAIRS: usize = 16;

#[test]
fn a_sync_survives_every_bad_answer_at_every_request_and_the_next_one_makes_it_good() {
    let stand = Stand::small(&[ADS]);
    let (front, url) = Front::start(&stand);
    let config = stand.config().replace(&stand.running().url, &url);
    stand.configure(&config);
    let token = stand.world().access.token.clone();
    let sync = |words: &[&str]| sync_in(stand.directory(), words, &token);
    front.plan(None);
    assert!(sync(&["sync"]).1.status.success());
    let requests = front.requests.load(Ordering::SeqCst);
    assert!(requests > 5, "{requests}");

    let faults = Fault::ALL.into_iter().filter(|(word, _)| FAULTS.contains(word));
    let kinds = SPOILS.iter().map(|(name, spoil)| (*name, Kind::Before(*spoil)));
    let kinds: Vec<(&str, Kind)> = kinds.chain(faults.map(|(word, fault)| (word, Kind::StandIn(fault)))).collect();
    assert_eq!(kinds.len(), SPOILS.len() + FAULTS.len());
    let all: Vec<(&str, Kind, u64)> =
        kinds.into_iter().flat_map(|(name, kind)| (1..=requests).map(move |request| (name, kind, request))).collect();
    let mut minutes = 0;
    chance::stories("bad-answers", 1, |seed| {
        for (name, kind, request) in chance::some_of(all.clone(), PAIRS, &mut Rng::with_seed(seed)) {
            // Once, then for long enough to outlast the tries of one question.
            let last = if request % 2 == 0 { request } else { request + 6 };
            front.plan(None);
            stand.running().plan_faults(Vec::new());
            match kind {
                Kind::Before(spoil) => front.plan(Some((request, last, spoil))),
                Kind::StandIn(fault) => {
                    stand.running().plan_faults(vec![PlannedFault { fault, requests: Requests::Range(request, last) }]);
                }
            }
            stand.forget_the_database();
            let (peak, output) = sync(&["sync"]);
            let told = String::from_utf8(output.stderr).unwrap();
            assert!(output.status.code().is_some(), "{name}@{request}: {:?} {told}", output.status);
            assert!(peak > 0 && peak < MOST_MEMORY_KIB, "{name}@{request}: {peak} KiB");
            assert!(told.len() < 20_000, "{name}@{request}: {} bytes", told.len());
            let is_sign = |c: char| (c.is_control() && c != '\n') || matches!(c, '\u{202e}' | '\u{feff}');
            assert!(!told.contains(is_sign) && !told.contains("panicked"), "{name}@{request}: {told}");

            if stand.path("fitn.sqlite").exists() && !WORDS_OF_A_SERVER.contains(&name) {
                assert_store_is_part_of_world(&stand);
            }

            front.plan(None);
            stand.running().plan_faults(Vec::new());
            minutes += 1;
            let one = stand.dossiers(ADS, |_| true)[0];
            stand.change(|w| w.touch(one, later(minutes)));
            let (_, output) = sync(&["sync", "--full"]);
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{name}@{request}: {told}");
            assert_whole_store_equals_world(&stand);
        }
    });
}
