//! The contents of attached files, from wherever their signed addresses lead: an object storage most often (API facts, 5.9).
//!
//! This HTTP client was never given the token. It follows few redirections, each judged as the address that it was sent to is
//! (`reach`), and reads bytes as they are stored: an answer is not decompressed, or its checksum would be another.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use backon::{ExponentialBuilder, Retryable};
use reqwest::dns::Resolve;
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::{Response, redirect};
use tokio::time::Instant;
use url::Url;

use super::error::CertificateFault;
use super::links::SignedUrl;
use super::reach::{Guarded, NotAdmitted, Reach, SystemResolver};
use super::settings::{ClientSettings, SetupError, endpoint, is_loopback};
use super::way::{Closed, Way, sources};

/// The longest time for one file: 200 Mio at the speed of a poor line.
const WHOLE_TIMEOUT: Duration = Duration::from_mins(20);
/// Redirections followed, one after the other.
const MOST_REDIRECTIONS: usize = 3;
/// Further tries after a temporary fault.
const MORE_TRIES: usize = 2;
/// The least that must come, in bytes a second: slower, [`WHOLE_TIMEOUT`] is over before ten megabytes are there.
const SLOWEST: u64 = 8 * 1024;
/// Over how long that is averaged: a line may falter.
const WINDOW: Duration = Duration::from_secs(30);

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
    /// Less came than a file needs to arrive.
    #[error("le stockage des fichiers de DS envoie trop lentement")]
    TooSlow,
    /// The address, or one that it redirects to, is not protected.
    #[error("le lien mène à une adresse qui n’est pas protégée (https) ou redirige trop souvent")]
    Unprotected,
    /// The address, or one that it redirects to, is none that a file can have.
    #[error("le lien n’est pas l’adresse d’un fichier")]
    Malformed,
    /// The address, or one that it redirects to, is that of a machine which the public Internet does not reach. The host.
    #[error(
        "le lien mène à une adresse qui n’est pas publique (hôte {0}) ; si des fichiers y sont bien, nommez cet hôte dans \
         « internal_hosts », section [attachments]"
    )]
    NotPublic(String),
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
            | Self::TooSlow
            | Self::Unprotected
            | Self::Malformed
            | Self::NotPublic(_)
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
    reach: Reach,
    max_retry: Duration,
    /// Over how long [`SLOWEST`] is averaged.
    window: Duration,
}

/// A file on its way.
#[derive(Debug)]
pub struct Download {
    response: Response,
    pace: Pace,
}

/// How fast something comes.
#[derive(Debug)]
struct Pace {
    window: Duration,
    since: Instant,
    /// Bytes.
    came: u64,
}

impl Pace {
    const fn since(since: Instant, window: Duration) -> Self {
        Self { window, since, came: 0 }
    }

    /// Whether what came is enough, once a window is over.
    fn holds(&mut self, bytes: usize, now: Instant) -> bool {
        self.came = self.came.saturating_add(bytes as u64);
        let elapsed = now.duration_since(self.since);
        if elapsed < self.window {
            return true;
        }
        let least = u128::from(SLOWEST) * elapsed.as_millis() / 1000;
        let holds = u128::from(self.came) >= least;
        *self = Self::since(now, self.window);
        holds
    }
}

impl Downloader {
    /// Prepares the client that takes the way of the API's; the token stays out of it.
    ///
    /// # Errors
    /// [`SetupError`] when the settings cannot be used.
    pub(super) fn new(
        settings: &ClientSettings,
        way: Arc<Way>,
        internal_hosts: &BTreeSet<String>,
    ) -> Result<Self, SetupError> {
        let reach = Reach::new(internal_hosts, is_loopback(&endpoint(&settings.url)?));
        Self::with_resolver(settings, way, reach, Arc::new(SystemResolver))
    }

    fn with_resolver(
        settings: &ClientSettings,
        way: Arc<Way>,
        reach: Reach,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, SetupError> {
        let http = way.client(|builder| {
            let builder = builder.redirect(redirect::Policy::none()).no_gzip().timeout(WHOLE_TIMEOUT);
            // The proxy itself is within the network most often, and it resolves the names that it is asked for.
            if way.has_proxy() {
                return builder;
            }
            builder.dns_resolver(Guarded { reach: reach.clone(), resolver })
        })?;
        Ok(Self { http, way, reach, max_retry: settings.max_retry, window: WINDOW })
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
        let mut url = Url::parse(url.expose()).map_err(|_| DownloadError::Malformed)?;
        for _ in 0..=MOST_REDIRECTIONS {
            let response = self.ask(&url).await?;
            match response.status().as_u16() {
                200 => return Ok(Download { response, pace: Pace::since(Instant::now(), self.window) }),
                407 => return Err(self.way.refuse().into()),
                300..=399 => url = redirected(&url, &response).ok_or(DownloadError::Malformed)?,
                status @ (401 | 403 | 404 | 410) => return Err(DownloadError::LinkRefused(status)),
                status => return Err(DownloadError::Status(status)),
            }
        }
        Err(DownloadError::Unprotected)
    }

    /// Asks one address, if it may be asked.
    async fn ask(&self, url: &Url) -> Result<Response, DownloadError> {
        self.reach.check(url)?;
        self.way.check()?;
        match self.http.get(url.clone()).send().await {
            Ok(response) => Ok(response),
            Err(error) if sources(&error).any(|error| error.is::<NotAdmitted>()) => Err(Reach::refusal(url)),
            Err(error) if error.is_connect() => Err(self.way.explain(&error, url).await.into()),
            Err(error) => Err(interrupted(&error)),
        }
    }
}

/// Where an answer redirects to.
fn redirected(from: &Url, response: &Response) -> Option<Url> {
    let location = response.headers().get(LOCATION)?.to_str().ok()?;
    from.join(location).ok()
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
        let piece = self.response.chunk().await.map_err(|error| interrupted(&error))?;
        match &piece {
            Some(bytes) if !self.pace.holds(bytes.len(), Instant::now()) => Err(DownloadError::TooSlow),
            _ => Ok(piece),
        }
    }
}

/// What the HTTP library reports of an exchange that had begun.
fn interrupted(error: &reqwest::Error) -> DownloadError {
    if error.is_timeout() { DownloadError::Timeout } else { DownloadError::Interrupted }
}

#[cfg(test)]
mod tests;
