//! The contents of attached files, from wherever their signed addresses lead: an object storage most often (API facts, 5.9).
//!
//! This HTTP client was never given the token. It follows few redirections, none of them to something less protected than
//! what it was sent to, and reads bytes as they are stored: an answer is not decompressed, or its checksum would be another.

use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::header::CONTENT_TYPE;
use reqwest::{Response, redirect};
use tokio::time::Instant;
use url::Url;

use super::error::CertificateFault;
use super::links::SignedUrl;
use super::settings::{ClientSettings, SetupError, endpoint, is_loopback};
use super::way::{Closed, Way};

/// The longest time for one file: 200 Mio at the speed of a poor line.
const WHOLE_TIMEOUT: Duration = Duration::from_mins(20);
/// Redirections followed, one after the other.
const MOST_REDIRECTIONS: usize = 3;
/// Further tries after a temporary fault.
const MORE_TRIES: usize = 2;

/// Why a file could not be had. No variant holds its address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadError {
    /// The address no longer opens the file, or never did. HTTP status.
    #[error("le lien est refusé ou expiré (HTTP {0})")]
    LinkRefused(u16),
    /// The storage answers with something else than a file. HTTP status.
    #[error("le stockage des fichiers de DS répond par une erreur (HTTP {0})")]
    Status(u16),
    /// No connection. Why, in French.
    #[error("le stockage des fichiers de DS est hors d’atteinte : {0}")]
    Connection(String),
    /// The storage's certificate is refused.
    #[error("le certificat du stockage des fichiers de DS est refusé : {0}")]
    Certificate(CertificateFault),
    /// The proxy refuses the name and password.
    #[error("le serveur mandataire refuse le nom ou le mot de passe (HTTP 407)")]
    ProxyAuth,
    /// The proxy does not lead to the storage. HTTP status, the proxy's.
    #[error("le serveur mandataire ne mène pas jusqu’au stockage des fichiers de DS (HTTP {0}, réponse du mandataire)")]
    ProxyRefused(u16),
    /// A web page stands in for the file.
    #[error("une page web est venue à la place du fichier")]
    WebPage,
    /// Nothing stands in for the file.
    #[error("le contenu reçu est vide")]
    Empty,
    /// Nothing more came for too long.
    #[error("le stockage des fichiers de DS n’a pas répondu à temps")]
    Timeout,
    /// The connection was cut, or the content is shorter than announced.
    #[error("le téléchargement a été interrompu")]
    Interrupted,
    /// The address, or one that it redirects to, is not protected.
    #[error("le lien mène à une adresse qui n’est pas protégée (https) ou redirige trop souvent")]
    Unprotected,
}

impl DownloadError {
    /// Whether the address itself is refused: another one may open the file.
    #[must_use]
    pub const fn is_refused_link(&self) -> bool {
        matches!(self, Self::LinkRefused(_))
    }

    /// Whether another try, in a moment, may succeed.
    #[must_use]
    pub const fn is_temporary(&self) -> bool {
        match self {
            Self::Status(status) | Self::ProxyRefused(status) => matches!(status, 408 | 429 | 500..=599),
            Self::Connection(_) | Self::Timeout | Self::Interrupted => true,
            Self::LinkRefused(_)
            | Self::Certificate(_)
            | Self::ProxyAuth
            | Self::Unprotected
            | Self::WebPage
            | Self::Empty => false,
        }
    }
}

impl From<Closed> for DownloadError {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::ProxyAuth => Self::ProxyAuth,
            Closed::ProxyRefused(status) => Self::ProxyRefused(status),
            Closed::Certificate(fault) => Self::Certificate(fault),
            Closed::Connection(reason) => Self::Connection(reason),
        }
    }
}

/// Fetches files by their signed addresses. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Downloader {
    http: reqwest::Client,
    way: Arc<Way>,
    /// The API is on this very machine, and so may its files be.
    on_this_machine: bool,
    max_retry: Duration,
}

/// A file on its way.
#[derive(Debug)]
pub struct Download {
    response: Response,
}

impl Downloader {
    /// Prepares the client that takes the way of the API's; the token stays out of it.
    ///
    /// # Errors
    /// [`SetupError`] when the settings cannot be used.
    pub(super) fn new(settings: &ClientSettings, way: Arc<Way>) -> Result<Self, SetupError> {
        let on_this_machine = is_loopback(&endpoint(&settings.url)?);
        let http = way.client(|builder| {
            builder
                .redirect(redirect::Policy::custom(move |attempt| {
                    if attempt.previous().len() > MOST_REDIRECTIONS || !may_be_asked(attempt.url(), on_this_machine) {
                        attempt.stop()
                    } else {
                        attempt.follow()
                    }
                }))
                // The address left behind is a secret too.
                .referer(false)
                .no_gzip()
                .timeout(WHOLE_TIMEOUT)
        })?;
        Ok(Self { http, way, on_this_machine, max_retry: settings.max_retry })
    }

    /// Fetches a file by `attempt`, which begins afresh at each try: a few more after a fault that `may_pass`, within the time
    /// allowed to all the tries of one request of the API.
    ///
    /// # Errors
    /// Those of the last try.
    pub async fn patiently<T, E, F>(&self, attempt: impl FnMut() -> F, may_pass: impl Fn(&E) -> bool) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        let started = Instant::now();
        let waits = ExponentialBuilder::default()
            .with_min_delay(Duration::from_secs(1))
            .with_max_times(MORE_TRIES)
            .with_jitter();
        attempt
            .retry(waits)
            .sleep(tokio::time::sleep)
            .when(may_pass)
            .adjust(|_, delay| delay.filter(|delay| started.elapsed() + *delay < self.max_retry))
            .await
    }

    /// Opens a file, once.
    ///
    /// # Errors
    /// [`DownloadError`].
    pub async fn open(&self, url: &SignedUrl) -> Result<Download, DownloadError> {
        let url = Url::parse(url.expose()).map_err(|_| DownloadError::Unprotected)?;
        if !may_be_asked(&url, self.on_this_machine) {
            return Err(DownloadError::Unprotected);
        }
        self.way.check()?;
        let response = match self.http.get(url.clone()).send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => {
                let asked = error.url().unwrap_or(&url);
                return Err(self.way.explain(&error, asked).await.into());
            }
            Err(error) => return Err(interrupted(&error)),
        };
        match response.status().as_u16() {
            200 => Ok(Download { response }),
            407 => Err(self.way.refuse().into()),
            300..=399 => Err(DownloadError::Unprotected),
            status @ (401 | 403 | 404 | 410) => Err(DownloadError::LinkRefused(status)),
            status => Err(DownloadError::Status(status)),
        }
    }
}

impl Download {
    /// Whether the storage says that it is a web page.
    #[must_use]
    pub fn is_html(&self) -> bool {
        let kind = self.response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        kind.is_some_and(|kind| kind.contains("html"))
    }

    /// The next piece; none at the end of the content.
    ///
    /// # Errors
    /// [`DownloadError`]: what came so far is not the file.
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, DownloadError> {
        self.response.chunk().await.map_err(|error| interrupted(&error))
    }
}

/// Over https; in the clear only on this machine, and only when the API is there too.
fn may_be_asked(url: &Url, on_this_machine: bool) -> bool {
    match url.scheme() {
        "https" => url.has_host() && (on_this_machine || !is_loopback(url)),
        "http" => on_this_machine && is_loopback(url),
        _ => false,
    }
}

/// What the HTTP library reports of an exchange that had begun.
fn interrupted(error: &reqwest::Error) -> DownloadError {
    if error.is_timeout() { DownloadError::Timeout } else { DownloadError::Interrupted }
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::api::TokenSource;

    #[test]
    fn files_come_over_https_or_from_this_machine_when_the_api_is_there() {
        let asked = |text: &str, local| may_be_asked(&Url::parse(text).unwrap(), local);
        assert!(asked("https://stockage.example/f?s=1", false));
        assert!(!asked("http://stockage.example/f", false));
        assert!(!asked("http://stockage.example/f", true));
        assert!(!asked("http://127.0.0.1:9000/f", false), "nobody on the network sends the program to this machine");
        assert!(!asked("https://localhost/f", false));
        assert!(asked("http://127.0.0.1:9000/f", true));
        assert!(!asked("ftp://stockage.example/f", false));
    }

    #[tokio::test]
    async fn a_file_that_is_sent_to_an_unprotected_address_is_left() {
        let asked = Arc::new(AtomicUsize::new(0));
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let mut head = [0; 1024];
                let read = connection.read(&mut head).unwrap();
                count.fetch_add(1, Ordering::SeqCst);
                let elsewhere = head[..read].starts_with(b"GET /ailleurs ");
                let answer = if elsewhere {
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfaux".to_owned()
                } else {
                    // It is this machine all the same, and no address that can only be this machine's.
                    format!(
                        "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: http://0.0.0.0:{port}/ailleurs\r\n\r\n"
                    )
                };
                connection.write_all(answer.as_bytes()).unwrap();
            }
        });
        let settings = ClientSettings {
            url: format!("http://127.0.0.1:{port}/api/v2/graphql"),
            token: "jeton".into(),
            token_source: TokenSource::File,
            timeout: Duration::from_secs(5),
            max_retry: Duration::from_secs(5),
            proxy: None,
            ca_file: None,
            requests_per_minute: 380,
            shared_with: None,
        };
        let way = Arc::new(Way::new(&settings, &endpoint(&settings.url).unwrap()).unwrap());
        let downloader = Downloader::new(&settings, way).unwrap();
        let url = serde_json::from_value(format!("http://127.0.0.1:{port}/fichier").into()).unwrap();
        assert_eq!(downloader.open(&url).await.unwrap_err(), DownloadError::Unprotected);
        assert_eq!(asked.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        assert!(DownloadError::Status(503).is_temporary());
        assert!(!DownloadError::Status(416).is_temporary());
        assert!(!DownloadError::LinkRefused(403).is_temporary());
    }
}
