//! A server that is faulty on purpose: answers that unpack to far more than they are. The program says so, and stays small.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::response::IntoResponse;
use axum::routing::post;
use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::net::TcpListener;
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
    let mut child = Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
        .args(["--config", "config.toml", "sync"])
        .current_dir(directory.path())
        .env("FITN_API_TOKEN", "jeton")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let now = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(now.unwrap_or_default());
        std::thread::sleep(Duration::from_millis(2));
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.code().is_some_and(|code| code > 0), "ended by itself, and not well: {:?}", output.status);
    (peak, String::from_utf8(output.stderr).unwrap())
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
