//! One request over HTTP, one answer: bytes and what the headers say. It reads no JSON and tries nothing twice.

use std::error::Error;
use std::time::Duration;
use std::{fs, io};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Certificate, ClientBuilder, Proxy, Response, redirect};
use secrecy::ExposeSecret;
use url::Url;

use super::error::{ApiError, Cause, Overrun};
use super::settings::{ClientSettings, SetupError, endpoint, is_loopback};
use crate::domain::text::token;
use crate::files::refusal_in_french;

/// The largest answer that is read, bytes after decompression: ten times what a page of a hundred dossiers has. More is asked for
/// in smaller pages.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
/// The longest wait for a connection; shorter than the whole timeout, so that the two are told apart.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest silence within an answer: the server computes up to 30 s before its first byte (API facts, 2.4).
pub(super) const READ_TIMEOUT: Duration = Duration::from_secs(45);
/// How long a connection is kept for the next request: shorter than servers keep theirs.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// What came back, whatever it is.
#[derive(Debug, Default)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u16,
    /// After decompression.
    pub body: Vec<u8>,
    /// `Content-Type` says HTML.
    pub is_html: bool,
    /// `RateLimit-Reset`.
    pub reset: Option<Timestamp>,
    /// `Date`: the server's clock.
    pub date: Option<Timestamp>,
    /// The host in `Location`.
    pub redirect_host: Option<String>,
}

/// The way to the one address.
pub struct Transport {
    http: reqwest::Client,
    endpoint: Url,
    body_limit: usize,
}

impl Transport {
    /// Prepares everything that does not change from request to request.
    pub fn new(settings: &ClientSettings) -> Result<Self, SetupError> {
        let endpoint = endpoint(&settings.url)?;
        // Whoever installed a provider first wins; both are the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .default_headers(headers(settings)?)
            .user_agent(concat!("fitn-connector/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(settings.timeout)
            .connect_timeout(CONNECT_TIMEOUT.min(settings.timeout / 2))
            .read_timeout(settings.timeout.min(READ_TIMEOUT))
            .pool_idle_timeout(IDLE_TIMEOUT)
            .no_proxy();
        let builder = if is_loopback(&endpoint) { builder } else { with_proxy(builder, settings)? };
        let builder = with_certificates(builder, settings, &endpoint)?;
        let http = builder.build().map_err(|error| SetupError::Http { reason: innermost(&error) })?;
        Ok(Self { http, endpoint, body_limit: BODY_LIMIT })
    }

    /// The same with another limit on the body, bytes.
    #[cfg(test)]
    pub fn with_body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// Sends a JSON body and reads the whole answer.
    pub async fn post(&self, body: Vec<u8>) -> Result<HttpAnswer, ApiError> {
        let request = self.http.post(self.endpoint.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let response = request.send().await.map_err(|error| failure(&error))?;
        let mut answer = opening(&response);
        answer.body = self.body(response).await?;
        Ok(answer)
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, ApiError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
            if body.len() + chunk.len() > self.body_limit {
                return Err(ApiError::Timeout(Overrun::Size));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

fn headers(settings: &ClientSettings) -> Result<HeaderMap, SetupError> {
    let token = settings.token.expose_secret().trim();
    if token.is_empty() || token.contains(|c: char| c.is_whitespace()) {
        return Err(SetupError::Token);
    }
    let mut authorization = HeaderValue::try_from(format!("Bearer {token}")).map_err(|_| SetupError::Token)?;
    authorization.set_sensitive(true);
    Ok(HeaderMap::from_iter([
        (AUTHORIZATION, authorization),
        (ACCEPT, HeaderValue::from_static("application/json")),
        // Dates and labels in `stringValue` follow it (API facts, 1.9).
        (ACCEPT_LANGUAGE, HeaderValue::from_static("fr")),
    ]))
}

pub(super) fn with_proxy(builder: ClientBuilder, settings: &ClientSettings) -> Result<ClientBuilder, SetupError> {
    match &settings.proxy {
        None => Ok(builder),
        Some(address) => Ok(builder.proxy(Proxy::all(address).map_err(|_| SetupError::Proxy)?)),
    }
}

/// The system's authorities and those of the file; none for plain HTTP on this machine, so that no certificate needs
/// to be installed for a trial.
pub(super) fn with_certificates(
    builder: ClientBuilder,
    settings: &ClientSettings,
    endpoint: &Url,
) -> Result<ClientBuilder, SetupError> {
    if endpoint.scheme() == "http" {
        return Ok(builder.tls_certs_only([]));
    }
    let Some(path) = &settings.ca_file else { return Ok(builder) };
    let unreadable = |reason: String| SetupError::CaFile { path: path.clone(), reason };
    let pem = fs::read(path).map_err(|error| unreadable(refusal_in_french(&error)))?;
    let certificates = Certificate::from_pem_bundle(&pem).map_err(|error| unreadable(innermost(&error)))?;
    if certificates.is_empty() {
        return Err(unreadable("aucun certificat au format PEM".to_owned()));
    }
    Ok(builder.tls_certs_merge(certificates))
}

fn opening(response: &Response) -> HttpAnswer {
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok());
    HttpAnswer {
        status: response.status().as_u16(),
        body: Vec::new(),
        is_html: header(CONTENT_TYPE.as_str()).is_some_and(|kind| kind.contains("html")),
        reset: header("RateLimit-Reset")
            .and_then(|seconds| seconds.trim().parse().ok())
            .and_then(|seconds| Timestamp::from_second(seconds).ok()),
        date: header(DATE.as_str()).and_then(|date| rfc2822::parse(date).ok()).map(|date| date.timestamp()),
        redirect_host: header(LOCATION.as_str())
            .and_then(|location| Url::parse(location).ok())
            .and_then(|location| location.host_str().map(token)),
    }
}

/// Tells apart what the HTTP library reports.
fn failure(error: &reqwest::Error) -> ApiError {
    if error.is_connect() {
        let untrusted = sources(error).any(is_certificate_refusal);
        ApiError::Temporary(if untrusted {
            Cause::Certificate(innermost(error))
        } else {
            Cause::Connection(no_connection(error))
        })
    } else if error.is_timeout() {
        ApiError::Timeout(Overrun::Deadline)
    } else {
        ApiError::Temporary(Cause::Interrupted)
    }
}

pub(super) fn is_certificate_refusal(error: &(dyn Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_)))
}

/// Why no connection could be made: in French where the system’s own words are known, else in those words.
pub(super) fn no_connection(error: &reqwest::Error) -> String {
    let kind = sources(error).filter_map(|error| error.downcast_ref::<io::Error>()).last().map(io::Error::kind);
    match kind {
        Some(kind) => connection_refusal(kind).map(str::to_owned),
        None if error.is_timeout() => connection_refusal(io::ErrorKind::TimedOut).map(str::to_owned),
        None => None,
    }
    .or_else(|| {
        let is_lookup = sources(error).any(|error| error.to_string().contains("lookup address"));
        is_lookup.then(|| "nom de serveur introuvable".to_owned())
    })
    .unwrap_or_else(|| innermost(error))
}

fn connection_refusal(kind: io::ErrorKind) -> Option<&'static str> {
    Some(match kind {
        io::ErrorKind::ConnectionRefused => "connexion refusée",
        io::ErrorKind::ConnectionReset
        | io::ErrorKind::ConnectionAborted
        | io::ErrorKind::BrokenPipe
        | io::ErrorKind::UnexpectedEof => "connexion coupée",
        io::ErrorKind::TimedOut => "aucune réponse dans le délai",
        io::ErrorKind::HostUnreachable => "machine injoignable",
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => "réseau injoignable",
        io::ErrorKind::AddrNotAvailable => "adresse indisponible",
        _ => return None,
    })
}

/// The last words of a chain of errors: those of the system, without the address that was asked.
pub(super) fn innermost(error: &reqwest::Error) -> String {
    sources(error).last().map_or_else(|| "cause inconnue".to_owned(), ToString::to_string)
}

/// The errors beneath one.
pub(super) fn sources(error: &reqwest::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    std::iter::successors(error.source(), |error| beneath(*error))
}

/// The next error beneath, the one included that an I/O error wraps and hides from `source`.
fn beneath<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(wrapped) => Some(wrapped),
        None => error.source(),
    }
}
