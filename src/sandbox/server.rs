//! The socket: loopback only, one handler, an orderly end.

use std::io;
use std::net::Ipv4Addr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::faults::{Fault, PlannedFault};
use super::files::{self, FileRequest};
use super::graphql::{BadPart, SchemaPart};
use super::service::{Call, PATH, Reply, Service};
use super::world::World;
use crate::domain::clock::Clock;

/// A stand-in that answers until it is shut down.
#[derive(Debug)]
pub struct Running {
    /// The address of the API.
    pub url: String,
    /// A token that opens every démarche.
    pub token: String,
    world: Arc<RwLock<World>>,
    service: Arc<Service>,
    stop: CancellationToken,
    task: JoinHandle<io::Result<()>>,
}

/// Serves a world on loopback; port 0 is any free one.
///
/// # Errors
/// The port is taken, or the built-in schema is broken.
pub async fn start(world: World, port: u16) -> io::Result<Running> {
    start_with_clock(world, port, Clock::system()).await
}

/// The same with a clock of the caller's, which answers are dated by, and the limit of requests a minute and the life of
/// signed addresses go by.
///
/// # Errors
/// See [`start`].
pub async fn start_with_clock(world: World, port: u16, clock: Clock) -> io::Result<Running> {
    let token = world.access.token.clone();
    let world = Arc::new(RwLock::new(world));
    let service = Arc::new(Service::new(Arc::clone(&world), clock).map_err(io::Error::other)?);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let url = format!("http://{}{PATH}", listener.local_addr()?);
    let stop = CancellationToken::new();
    let router = Router::new().fallback(handle).with_state(Arc::clone(&service));
    let serve = axum::serve(listener, router).with_graceful_shutdown(stop.clone().cancelled_owned());
    let task = tokio::spawn(async move { serve.await });
    Ok(Running { url, token, world, service, stop, task })
}

impl Running {
    /// The data, shared with the server.
    #[must_use]
    pub fn world(&self) -> Arc<RwLock<World>> {
        Arc::clone(&self.world)
    }

    /// Looks at the data. Requests that only read go on.
    pub fn read(&self) -> RwLockReadGuard<'_, World> {
        self.world.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the data between two requests.
    pub fn write(&self) -> RwLockWriteGuard<'_, World> {
        self.world.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets the number of requests a minute; none by default.
    pub fn limit(&self, per_minute: Option<u32>) {
        self.service.limit(per_minute);
    }

    /// Serves the schema without some of its parts from now on; without none of them, the whole schema.
    ///
    /// # Errors
    /// [`BadPart`]: there is no such part, or what is left is no schema.
    pub fn without(&self, parts: &[SchemaPart]) -> Result<(), BadPart> {
        self.service.without(parts)
    }

    /// What the API shows in a world, for whoever checks what was made of it: no token, no limit, no fault, not counted. Null
    /// when the document breaks the server.
    #[must_use]
    pub fn look(&self, world: &World, document: &str, operation: &str, variables: &Value) -> Value {
        self.service.look(world, document, operation, variables)
    }

    /// Replaces the faults to come, and counts requests afresh.
    pub fn plan_faults(&self, faults: Vec<PlannedFault>) {
        self.service.faults.plan(faults);
    }

    /// Has something happen before each request is answered, which gets its number since the faults were planned.
    pub fn before_requests(&self, happen: impl FnMut(u64, &mut World) + Send + 'static) {
        self.service.before_requests(Box::new(happen));
    }

    /// How many requests came since the faults were planned.
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.service.faults.requests()
    }

    /// Replaces the faults to come in answers to requests for files, and counts those afresh.
    pub fn plan_file_faults(&self, faults: Vec<PlannedFault>) {
        self.service.files.faults.plan(faults);
    }

    /// Gives the addresses of files another scheme and host than those of the API, as an object storage has (`https://…`).
    pub fn announce_files_at(&self, origin: &str) {
        self.service.announce_files_at(origin);
    }

    /// The requests for files so far, with all that their senders said.
    #[must_use]
    pub fn file_requests(&self) -> Vec<FileRequest> {
        self.service.files.seen()
    }

    /// Stops listening, lets the requests under way end, and waits for that.
    ///
    /// # Errors
    /// What went wrong while serving.
    pub async fn shutdown(self) -> io::Result<()> {
        self.stop.cancel();
        self.task.await.map_err(io::Error::other)?
    }
}

/// How long a fault keeps silent: longer than clients wait.
const SILENCE: Duration = Duration::from_mins(2);

/// A body that is cut after its first half.
fn cut(body: &[u8]) -> Body {
    let half: Vec<u8> = body.get(..body.len() / 2).unwrap_or_default().to_vec();
    let pieces = [Ok(half), Err(io::Error::from(io::ErrorKind::ConnectionReset))];
    Body::from_stream(futures_util::stream::iter(pieces))
}

async fn handle(
    State(service): State<Arc<Service>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path().starts_with(files::PATH) {
        return file(&service, &uri, &headers).await;
    }
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let call = Call {
        method: method.to_string(),
        path: uri.path().to_owned(),
        host: header(header::HOST).unwrap_or_default(),
        authorization: header(header::AUTHORIZATION),
        body: body.into(),
    };
    let fault = service.begin();
    let date = service.date();
    let answering = tokio::task::spawn_blocking(move || service.reply(&call));
    let mut response = match answering.await {
        Ok(reply) => respond(reply, fault).await,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    };
    if let Some(date) = date.and_then(|date| date.parse().ok()) {
        response.headers_mut().entry(header::DATE).or_insert(date);
    }
    response
}

async fn file(service: &Service, uri: &Uri, headers: &HeaderMap) -> Response {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    let reply = service.file(FileRequest { path: uri.path().to_owned(), headers });
    respond(reply, service.files.faults.next().1).await
}

/// An answer, spoilt by a fault.
async fn respond(reply: Reply, fault: Option<Fault>) -> Response {
    if fault == Some(Fault::Slow) {
        tokio::time::sleep(SILENCE).await;
    }
    let Reply { status, headers, body } = match fault {
        Some(fault) => fault.spoil(reply),
        None => reply,
    };
    let mut response = if fault == Some(Fault::Reset) { cut(&body) } else { Body::from(body) }.into_response();
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
