//! The server that is asked: the stand-in for DS, whose answers are kept in memory once it has given them.
//!
//! The stand-in runs the real queries, whatever they are, and takes its time for it. So the program asks everything once before it is
//! measured; from then on the same question gets the same bytes at once. What changes in the world makes every answer be given anew.

use std::collections::HashMap;
use std::io;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLockReadGuard};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use fitn_connector::sandbox::{self, Running, World};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;

/// How many requests came, and the bytes of the bodies either way.
#[derive(Debug, Clone, Copy, Default)]
pub struct Traffic {
    /// Requests.
    pub requests: u64,
    /// Bytes that the server sent.
    pub received_bytes: u64,
    /// Bytes of the questions.
    pub sent_bytes: u64,
}

/// What serves.
pub struct Server {
    /// The address of the API.
    pub url: String,
    /// A token that opens every démarche.
    pub token: String,
    running: Running,
    shared: Arc<Shared>,
    _runtime: Runtime,
}

#[derive(Default)]
struct Shared {
    /// The stand-in: host and port, then path.
    behind: (String, String),
    /// Answers by question, compressed.
    memory: Mutex<HashMap<Bytes, Vec<u8>>>,
    /// Milliseconds before each answer.
    delay: AtomicU64,
    requests: AtomicU64,
    received: AtomicU64,
    sent: AtomicU64,
}

/// A question that was asked for a page of dossiers.
pub struct Question {
    /// As it was asked.
    pub bytes: Bytes,
    /// How long the answer is.
    pub answer_bytes: u64,
}

impl Server {
    /// The pages of dossiers in order of deposit that were asked for since something last changed, in the order of their cursors.
    pub fn pages_asked_for(&self) -> Vec<Question> {
        let memory = self.shared.memory();
        let is_page = |question: &&Bytes| {
            let text = String::from_utf8_lossy(question);
            text.contains("\"operationName\":\"Dossiers\"") && !text.contains("\"updatedSince\":\"")
        };
        let mut asked: Vec<Bytes> = memory.keys().filter(is_page).cloned().collect();
        asked.sort();
        drop(memory);
        let answer_bytes = |bytes: &Bytes| self.shared.remembered(bytes).map_or(0, |answer| answer.len() as u64);
        asked.into_iter().map(|bytes| Question { answer_bytes: answer_bytes(&bytes), bytes }).collect()
    }

    /// Serves a world on loopback.
    pub fn start(world: World) -> io::Result<Self> {
        let runtime = Runtime::new()?;
        let running = runtime.block_on(sandbox::start(world, 0))?;
        let rest = running.url.trim_start_matches("http://").to_owned();
        let (host, path) = rest.split_once('/').unwrap_or((&rest, ""));
        let shared = Arc::new(Shared { behind: (host.to_owned(), format!("/{path}")), ..Shared::default() });
        let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
        let url = format!("http://{}/{path}", listener.local_addr()?);
        let router = Router::new().fallback(handle).with_state(Arc::clone(&shared));
        runtime.spawn(async move { axum::serve(listener, router).await });
        Ok(Self { url, token: running.token.clone(), running, shared, _runtime: runtime })
    }

    /// Looks at the world.
    pub fn world(&self) -> RwLockReadGuard<'_, World> {
        self.running.read()
    }

    /// Makes something happen in the world; no answer from before is given any more.
    pub fn change<T>(&self, change: impl FnOnce(&mut World) -> T) -> T {
        let changed = change(&mut self.running.write());
        self.shared.memory().clear();
        changed
    }

    /// From now on each answer comes after so many milliseconds.
    pub fn answer_after(&self, delay_ms: u64) {
        self.shared.delay.store(delay_ms, Ordering::Relaxed);
    }

    /// The traffic since this was last asked.
    pub fn traffic(&self) -> Traffic {
        let take = |counter: &AtomicU64| counter.swap(0, Ordering::Relaxed);
        let shared = &self.shared;
        Traffic {
            requests: take(&shared.requests),
            received_bytes: take(&shared.received),
            sent_bytes: take(&shared.sent),
        }
    }
}

impl Shared {
    fn memory(&self) -> std::sync::MutexGuard<'_, HashMap<Bytes, Vec<u8>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The kept answer to a question.
    fn remembered(&self, question: &Bytes) -> Option<Vec<u8>> {
        let kept = self.memory().get(question).cloned()?;
        zstd::decode_all(kept.as_slice()).ok()
    }

    fn remember(&self, question: Bytes, answer: &[u8]) {
        if let Ok(kept) = zstd::encode_all(answer, 1) {
            self.memory().insert(question, kept);
        }
    }

    /// Asks the stand-in: the status and the body of its answer.
    async fn ask(&self, token: &str, question: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let (host, path) = &self.behind;
        let length = question.len();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {token}\r\nContent-Type: application/json\r\n\
             Content-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        let mut connection = TcpStream::connect(host).await?;
        connection.write_all(head.as_bytes()).await?;
        connection.write_all(question).await?;
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).await?;
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(cut)?;
        let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok());
        Ok((status.ok_or_else(cut)?, answer.split_off(end + 4)))
    }
}

async fn handle(State(shared): State<Arc<Shared>>, headers: HeaderMap, question: Bytes) -> Response {
    let count = |counter: &AtomicU64, bytes: usize| counter.fetch_add(bytes as u64, Ordering::Relaxed);
    count(&shared.requests, 1);
    count(&shared.sent, question.len());
    tokio::time::sleep(Duration::from_millis(shared.delay.load(Ordering::Relaxed))).await;
    let body = if let Some(body) = shared.remembered(&question) {
        body
    } else {
        let token = headers.get(AUTHORIZATION).and_then(|token| token.to_str().ok()).unwrap_or_default();
        match shared.ask(token, &question).await {
            Ok((200, body)) => {
                shared.remember(question, &body);
                body
            }
            Ok((status, body)) => {
                let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
                return (status, body).into_response();
            }
            Err(_) => return StatusCode::BAD_GATEWAY.into_response(),
        }
    };
    count(&shared.received, body.len());
    ([(CONTENT_TYPE, "application/json; charset=utf-8")], body).into_response()
}
