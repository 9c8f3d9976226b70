//! One request over HTTP, one answer: bytes and what the headers say. It reads no JSON and tries nothing twice.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{ACCEPT, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION};
use reqwest::{Response, redirect};
use secrecy::ExposeSecret;
use url::Url;

use super::error::{ApiError, Cause, Overrun};
use super::settings::{ClientSettings, SetupError, endpoint};
use super::traffic::TRAFFIC;
use super::way::Way;
use crate::domain::text::token;

/// The largest answer that is read, bytes after decompression: ten times what a page of a hundred dossiers has. More is asked for
/// in smaller pages.
const BODY_LIMIT: usize = 16 * 1024 * 1024;
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

/// What sends to the one address.
pub struct Transport {
    http: reqwest::Client,
    way: Arc<Way>,
    endpoint: Url,
    body_limit: usize,
}

impl Transport {
    /// Prepares everything that does not change from request to request.
    pub fn new(settings: &ClientSettings) -> Result<Self, SetupError> {
        let endpoint = endpoint(&settings.url)?;
        let way = Way::new(settings, &endpoint)?;
        let headers = headers(settings)?;
        let http = way.client(|builder| {
            builder
                .default_headers(headers)
                .redirect(redirect::Policy::none())
                .timeout(settings.timeout)
                .pool_idle_timeout(IDLE_TIMEOUT)
        })?;
        Ok(Self { http, way: Arc::new(way), endpoint, body_limit: BODY_LIMIT })
    }

    /// The way that it takes.
    pub fn way(&self) -> &Arc<Way> {
        &self.way
    }

    /// The same with another limit on the body, bytes.
    #[cfg(test)]
    pub fn with_body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// Sends a JSON body and reads the whole answer.
    pub async fn post(&self, body: Vec<u8>) -> Result<HttpAnswer, ApiError> {
        self.way.check()?;
        let began = Instant::now();
        let outcome = self.exchange(body).await;
        TRAFFIC.request(began.elapsed());
        outcome
    }

    async fn exchange(&self, body: Vec<u8>) -> Result<HttpAnswer, ApiError> {
        let request = self.http.post(self.endpoint.clone()).header(CONTENT_TYPE, "application/json").body(body);
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) if error.is_connect() => return Err(self.way.explain(&error, &self.endpoint).await.into()),
            Err(error) => return Err(interrupted(&error)),
        };
        let mut answer = opening(&response);
        // A proxy that stands within the encryption.
        if answer.status == 407 {
            return Err(self.way.refuse().into());
        }
        answer.body = self.body(response).await?;
        Ok(answer)
    }

    async fn body(&self, mut response: Response) -> Result<Vec<u8>, ApiError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| interrupted(&error))? {
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

/// What the HTTP library reports of an exchange that had begun.
fn interrupted(error: &reqwest::Error) -> ApiError {
    if error.is_timeout() { ApiError::Timeout(Overrun::Deadline) } else { ApiError::Temporary(Cause::Interrupted) }
}
