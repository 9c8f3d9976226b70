//! What the service shows over HTTP on this machine: whether it is well ([`health`]), and figures for monitoring ([`metrics`]).
//! No personal datum is in either: nobody has to say who they are.
//!
//! Who connects and says nothing is not waited for: axum alone would wait for ever.

mod health;
mod metrics;

use std::convert::Infallible;
use std::fs::{self, Permissions};
use std::io;
use std::net::SocketAddr;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use serde_json::json;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::daemon::{Present, Pulse};

/// How long a head may take to come, and a connection to stay between two requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may last: who does not read what it asked for keeps nobody out.
const CONNECTION_MAX: Duration = Duration::from_mins(1);
/// How many may be connected at once; the others wait.
const MOST_CONNECTIONS: usize = 32;
/// After the system refused a connection.
const PAUSE: Duration = Duration::from_secs(1);
/// The account and the group of the service may connect: a web server that stands before it, for one.
const SOCKET_MODE: u32 = 0o660;

/// Where it listens.
#[derive(Debug)]
pub struct Console(Listener);

#[derive(Debug)]
enum Listener {
    Tcp(TcpListener),
    Unix(UnixListener, PathBuf),
}

/// What the pages are made from.
#[derive(Clone)]
pub struct Sources {
    /// The means of the service.
    pub present: Present,
    /// Whether it still moves.
    pub pulse: Pulse,
}

impl Console {
    /// Listens at an address of this machine.
    ///
    /// # Errors
    /// What the system refuses: a port that is taken.
    pub async fn at(address: SocketAddr) -> io::Result<Self> {
        Ok(Self(Listener::Tcp(TcpListener::bind(address).await?)))
    }

    /// Listens on a Unix socket. One that nobody listens to any more is replaced.
    ///
    /// # Errors
    /// What the system refuses; [`io::ErrorKind::AddrInUse`] where somebody listens, or something else stands there.
    pub fn on(path: &Path) -> io::Result<Self> {
        if let Ok(found) = fs::symlink_metadata(path) {
            let is_dead = found.file_type().is_socket() && std::os::unix::net::UnixStream::connect(path).is_err();
            if !is_dead {
                return Err(io::ErrorKind::AddrInUse.into());
            }
            fs::remove_file(path)?;
        }
        let listener = UnixListener::bind(path)?;
        fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE))?;
        Ok(Self(Listener::Unix(listener, path.to_owned())))
    }

    /// Where it listens, as people write it.
    ///
    /// # Errors
    /// What the system refuses.
    pub fn place(&self) -> io::Result<String> {
        match &self.0 {
            Listener::Tcp(listener) => Ok(format!("http://{}", listener.local_addr()?)),
            Listener::Unix(_, path) => Ok(path.display().to_string()),
        }
    }

    /// Answers until asked to stop.
    pub async fn run(self, sources: Sources, stop: CancellationToken) {
        let router = router(sources);
        let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
        let attending = async {
            while let Ok(place) = Arc::clone(&room).acquire_owned().await {
                match self.accept().await {
                    Ok(stream) => {
                        let attended = attend(stream, router.clone(), HEAD_TIMEOUT, stop.clone());
                        tokio::spawn(async move {
                            attended.await;
                            drop(place);
                        });
                    }
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        };
        stop.run_until_cancelled(attending).await;
    }

    async fn accept(&self) -> io::Result<Box<dyn Stream>> {
        match &self.0 {
            Listener::Tcp(listener) => Ok(Box::new(listener.accept().await?.0)),
            Listener::Unix(listener, _) => Ok(Box::new(listener.accept().await?.0)),
        }
    }
}

/// A connection, whatever it came over.
trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

impl Drop for Console {
    fn drop(&mut self) {
        if let Listener::Unix(_, path) = &self.0 {
            // It may be gone already.
            let _ = fs::remove_file(path);
        }
    }
}

/// One connection, to its end; a head may take so long to come.
async fn attend(stream: Box<dyn Stream>, router: Router, head_timeout: Duration, stop: CancellationToken) {
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(head_timeout)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router));
    // What goes wrong with a connection is its client's matter.
    let _ = stop.run_until_cancelled(tokio::time::timeout(CONNECTION_MAX, connection)).await;
}

fn router(sources: Sources) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/metrics", get(figures))
        .fallback(async || (StatusCode::NOT_FOUND, "rien à cette adresse\n"))
        .layer(axum::middleware::map_response(never_kept))
        .with_state(sources)
}

/// What is true now is not kept for later, nor taken for something else than it is.
async fn never_kept(mut response: Response<Body>) -> Result<Response, Infallible> {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    Ok(response)
}

async fn healthz(State(sources): State<Sources>) -> Response {
    let reasons = blocking(move || health::reasons(&sources)).await.unwrap_or_else(|| vec![health::FAULT.to_owned()]);
    let is_well = reasons.is_empty();
    let status = if is_well { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let body = format!("{}\n", json!({ "healthy": is_well, "reasons": reasons }));
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}

async fn figures(State(sources): State<Sources>) -> Response {
    match blocking(move || metrics::text(&sources)).await.flatten() {
        Some(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        None => (StatusCode::SERVICE_UNAVAILABLE, "les mesures ne peuvent pas être lues\n").into_response(),
    }
}

/// The database is read on a thread that may wait; none after an internal error.
async fn blocking<T: Send + 'static>(read: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    tokio::task::spawn_blocking(read).await.ok()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::timeout;

    use super::*;
    use crate::files::write_atomically;

    /// Longer than any machine takes.
    const LONG: Duration = Duration::from_mins(5);

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn who_connects_and_says_nothing_or_not_all_is_not_waited_for() {
        for said in ["", "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"] {
            let (mut caller, attended) = duplex(1024);
            let attending =
                attend(Box::new(attended), Router::new(), Duration::from_millis(50), CancellationToken::new());
            let mut answer = Vec::new();
            let calling = async {
                caller.write_all(said.as_bytes()).await.unwrap();
                // The other end goes first.
                caller.read_to_end(&mut answer).await.unwrap();
            };
            let both = async { tokio::join!(attending, calling) };
            assert!(timeout(LONG, both).await.is_ok(), "{said:?} is waited for");
        }
    }

    #[tokio::test]
    async fn a_socket_is_open_to_the_group_and_replaces_one_that_nobody_listens_to() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("console.sock");
        // Killed, a service takes nothing away.
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let console = Console::on(&path).unwrap();
        assert_eq!((mode(&path), console.place().unwrap()), (0o660, path.display().to_string()));
        let (caller, attended) = tokio::join!(tokio::net::UnixStream::connect(&path), console.accept());
        assert!(caller.is_ok() && attended.is_ok());
        let taken = Console::on(&path).unwrap_err();
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse, "somebody listens there");
        drop(console);
        assert!(!path.exists(), "an orderly end leaves nothing behind");
    }

    #[tokio::test]
    async fn what_is_no_socket_is_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("console.sock");
        write_atomically(&path, b"de quelqu'un d'autre").unwrap();
        assert_eq!(Console::on(&path).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert_eq!(fs::read(&path).unwrap(), b"de quelqu'un d'autre");
        let link = directory.path().join("lien");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert_eq!(Console::on(&link).unwrap_err().kind(), io::ErrorKind::AddrInUse);
        assert!(Console::on(&directory.path().join("absent/console.sock")).is_err());
    }
}
