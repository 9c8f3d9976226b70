//! The way to DS and to its files: the proxy, the authorities trusted, and why the way is closed.
//!
//! The environment's proxy is never used. A proxy that refuses a name and password is not asked a second time by the same
//! client nor by its downloads: accounts get locked.

use std::error::Error;
use std::fmt;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use reqwest::header::{HeaderValue, PROXY_AUTHORIZATION};
use reqwest::{Certificate, ClientBuilder, Proxy};
use rustls::CertificateError;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use url::Url;

use super::error::{ApiError, Cause, CertificateFault};
use super::settings::{ClientSettings, SetupError, is_loopback};
use crate::files::refusal_in_french;

/// How this program names itself.
const USER_AGENT: &str = concat!("fitn-connector/", env!("CARGO_PKG_VERSION"));
/// The longest wait for a connection; shorter than the whole timeout, so that the two are told apart.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The longest silence within an answer: the server computes up to 30 s before its first byte (API facts, 2.4).
const READ_TIMEOUT: Duration = Duration::from_secs(45);
/// The longest first line of a proxy's answer that is read, bytes.
const STATUS_LINE: u64 = 1024;

/// What the HTTP library says of a tunnel that a proxy did not open; it does not give the proxy's status.
const TUNNEL: &str = "tunnel error: ";
/// The same, when the proxy answered 407.
const TUNNEL_AUTH: &str = "proxy authorization required";
/// The same, when it answered something else.
const TUNNEL_REFUSED: &str = "unsuccessful";
/// The same, when it could not be reached.
const TUNNEL_CONNECT: &str = "failed to create underlying connection";

/// The way of one client, shared with its downloads.
pub(super) struct Way {
    proxy: Option<ProxyAddress>,
    /// The proxy refused the name and password.
    is_refused: AtomicBool,
    ca_file: Option<PathBuf>,
    /// Plain HTTP on this machine: no certificate is needed.
    is_plain: bool,
    timeout: Duration,
}

/// Why no connection could be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Closed {
    /// The proxy refuses the name and password.
    ProxyAuth,
    /// The proxy does not lead there. HTTP status, the proxy's.
    ProxyRefused(u16),
    /// The certificate is refused.
    Certificate(CertificateFault),
    /// Anything else, in French.
    Connection(String),
}

impl From<Closed> for ApiError {
    fn from(closed: Closed) -> Self {
        match closed {
            Closed::ProxyAuth => Self::ProxyAuth,
            Closed::ProxyRefused(status) => Self::ProxyRefused { status },
            Closed::Certificate(fault) => Self::Temporary(Cause::Certificate(fault)),
            Closed::Connection(reason) => Self::Temporary(Cause::Connection(reason)),
        }
    }
}

/// Neither a name nor a password.
impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way").field("has_proxy", &self.proxy.is_some()).finish_non_exhaustive()
    }
}

impl Way {
    /// The way to an API and to whatever it sends to. No proxy is for an API on this machine.
    pub fn new(settings: &ClientSettings, endpoint: &Url) -> Result<Self, SetupError> {
        let proxy = settings.proxy.as_deref().filter(|_| !is_loopback(endpoint));
        Ok(Self {
            proxy: proxy.map(ProxyAddress::read).transpose()?,
            is_refused: AtomicBool::new(false),
            ca_file: settings.ca_file.clone(),
            is_plain: endpoint.scheme() == "http",
            timeout: settings.timeout,
        })
    }

    /// An HTTP client that takes this way, with what `change` adds.
    pub fn client(&self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Result<reqwest::Client, SetupError> {
        // Whoever installed a provider first wins; both are the same.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let builder = reqwest::Client::builder()
            .user_agent(USER_AGENT)
            .retry(reqwest::retry::never())
            .connect_timeout(self.connect_timeout())
            .read_timeout(self.timeout.min(READ_TIMEOUT))
            .no_proxy();
        let builder = match &self.proxy {
            None => builder,
            Some(proxy) => builder.proxy(proxy.for_all()?),
        };
        change(self.with_certificates(builder)?).build().map_err(|error| {
            tracing::debug!(cause = innermost(&error), "le client HTTP ne démarre pas");
            SetupError::Http
        })
    }

    /// Whether a proxy stands on it.
    pub fn has_proxy(&self) -> bool {
        self.proxy.is_some()
    }

    fn connect_timeout(&self) -> Duration {
        CONNECT_TIMEOUT.min(self.timeout / 2)
    }

    /// The system's authorities and those of the file; none for plain HTTP on this machine, so that no certificate needs to be
    /// installed for a trial.
    fn with_certificates(&self, builder: ClientBuilder) -> Result<ClientBuilder, SetupError> {
        if self.is_plain {
            return Ok(builder.tls_certs_only([]));
        }
        let Some(path) = &self.ca_file else { return Ok(builder) };
        let unreadable = |reason: String| SetupError::CaFile { path: path.clone(), reason };
        let pem = fs::read(path).map_err(|error| unreadable(refusal_in_french(&error)))?;
        let certificates = Certificate::from_pem_bundle(&pem)
            .map_err(|_| unreadable("un certificat y est mal écrit (format PEM attendu)".to_owned()))?;
        if certificates.is_empty() {
            return Err(unreadable("aucun certificat au format PEM".to_owned()));
        }
        Ok(builder.tls_certs_merge(certificates))
    }

    /// Whether anything may be asked by this way.
    ///
    /// # Errors
    /// [`Closed::ProxyAuth`] once the proxy refused.
    pub fn check(&self) -> Result<(), Closed> {
        if self.is_refused.load(Ordering::SeqCst) { Err(Closed::ProxyAuth) } else { Ok(()) }
    }

    /// The proxy refused the name and password: nothing is asked by this way any more.
    pub fn refuse(&self) -> Closed {
        self.is_refused.store(true, Ordering::SeqCst);
        Closed::ProxyAuth
    }

    /// Why a connection to an address could not be made. The proxy is asked a second time when that is the only means to know
    /// what it answered, never after it refused the name and password.
    pub async fn explain(&self, error: &reqwest::Error, url: &Url) -> Closed {
        tracing::debug!(cause = innermost(error), "connexion impossible");
        if let Some(fault) = sources(error).find_map(certificate_fault) {
            return Closed::Certificate(fault);
        }
        let tunnel = sources(error).find_map(|error| error.to_string().strip_prefix(TUNNEL).map(str::to_owned));
        match tunnel.as_deref() {
            None => Closed::Connection(no_connection(error)),
            Some(TUNNEL_AUTH) => self.refuse(),
            Some(TUNNEL_REFUSED) => self.answer_of_proxy(url).await,
            Some(TUNNEL_CONNECT) => {
                Closed::Connection(format!("serveur mandataire hors d’atteinte : {}", no_connection(error)))
            }
            Some(_) => Closed::Connection("le serveur mandataire a coupé la connexion".to_owned()),
        }
    }

    async fn answer_of_proxy(&self, url: &Url) -> Closed {
        let status = match &self.proxy {
            Some(proxy) => tokio::time::timeout(self.connect_timeout(), proxy.status(url)).await.ok().flatten(),
            None => None,
        };
        match status {
            Some(407) => self.refuse(),
            Some(status) if !(200..300).contains(&status) => Closed::ProxyRefused(status),
            _ => Closed::Connection("le serveur mandataire a refusé la connexion".to_owned()),
        }
    }
}

/// Where the proxy is, and what it wants to be told.
struct ProxyAddress {
    /// Without name and password.
    url: Url,
    authorization: Option<HeaderValue>,
}

impl ProxyAddress {
    fn read(text: &str) -> Result<Self, SetupError> {
        let mut url = Url::parse(text).map_err(|_| SetupError::Proxy)?;
        let authorization = match (url.username(), url.password()) {
            ("", None) => None,
            (name, password) => {
                let [name, password] = [name, password.unwrap_or_default()].map(percent_decoded);
                let credentials = BASE64_STANDARD.encode([name.as_slice(), b":", &password].concat());
                let mut value = HeaderValue::try_from(format!("Basic {credentials}")).map_err(|_| SetupError::Proxy)?;
                value.set_sensitive(true);
                Some(value)
            }
        };
        url.set_username("").and_then(|()| url.set_password(None)).map_err(|()| SetupError::Proxy)?;
        Ok(Self { url, authorization })
    }

    fn for_all(&self) -> Result<Proxy, SetupError> {
        let proxy = Proxy::all(self.url.clone()).map_err(|_| SetupError::Proxy)?;
        Ok(match &self.authorization {
            Some(value) => proxy.custom_http_auth(value.clone()),
            None => proxy,
        })
    }

    /// What the proxy answers when it is asked for a tunnel; none when it does not answer, or is itself behind TLS.
    async fn status(&self, to: &Url) -> Option<u16> {
        if self.url.scheme() != "http" {
            return None;
        }
        let target = format!("{}:{}", to.host_str()?, to.port_or_known_default()?);
        let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\nUser-Agent: {USER_AGENT}\r\n");
        if let Some(value) = self.authorization.as_ref().and_then(|value| value.to_str().ok()) {
            request.extend([PROXY_AUTHORIZATION.as_str(), ": ", value, "\r\n"]);
        }
        request.push_str("\r\n");
        let address = format!("{}:{}", self.url.host_str()?, self.url.port_or_known_default()?);
        let mut stream = TcpStream::connect(address).await.ok()?;
        stream.write_all(request.as_bytes()).await.ok()?;
        let mut start = Vec::new();
        let mut answer = stream.take(STATUS_LINE);
        while !start.contains(&b'\n') && answer.read_buf(&mut start).await.ok()? > 0 {}
        let line = std::str::from_utf8(start.split(|byte| *byte == b'\r').next()?).ok()?;
        line.strip_prefix("HTTP/")?.split(' ').nth(1)?.parse().ok()
    }
}

/// A name or a password as it was before it was written in an address.
fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            decoded.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            decoded.push(*first);
            rest = after;
        }
    }
    decoded
}

fn certificate_fault(error: &(dyn Error + 'static)) -> Option<CertificateFault> {
    let rustls::Error::InvalidCertificate(refused) = error.downcast_ref()? else { return None };
    let day = |seconds: u64| i64::try_from(seconds).ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    Some(match refused {
        CertificateError::ExpiredContext { not_after, .. } => CertificateFault::Expired(day(not_after.as_secs())),
        CertificateError::Expired => CertificateFault::Expired(None),
        CertificateError::NotValidYetContext { not_before, .. } => {
            CertificateFault::NotYetValid(day(not_before.as_secs()))
        }
        CertificateError::NotValidYet => CertificateFault::NotYetValid(None),
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            CertificateFault::OtherHost
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => CertificateFault::UnknownAuthority,
        CertificateError::Revoked => CertificateFault::Revoked,
        _ => CertificateFault::Unusable,
    })
}

/// Why no connection could be made, in French: the library's own words are for the log.
fn no_connection(error: &reqwest::Error) -> String {
    let system = sources(error).filter_map(|error| error.downcast_ref::<io::Error>()).last();
    match system {
        Some(error) if error.kind() != io::ErrorKind::Other && error.get_ref().is_none() => refusal_in_french(error),
        _ if sources(error).any(|error| error.to_string().contains("lookup address")) => {
            "nom de serveur introuvable".to_owned()
        }
        _ if sources(error).any(|error| error.downcast_ref::<rustls::Error>().is_some()) => {
            "les deux côtés ne s’entendent pas sur le chiffrement (TLS)".to_owned()
        }
        // The TLS library calls so whatever it did not understand.
        Some(error) if !matches!(error.kind(), io::ErrorKind::Other | io::ErrorKind::InvalidData) => {
            refusal_in_french(error)
        }
        _ if error.is_timeout() => refusal_in_french(&io::ErrorKind::TimedOut.into()),
        _ => "cause inconnue".to_owned(),
    }
}

/// The last words of a chain of errors: those of the library, without the address that was asked.
fn innermost(error: &reqwest::Error) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::TokenSource;

    fn authorization(address: &str) -> Option<String> {
        let proxy = ProxyAddress::read(address).unwrap();
        assert_eq!(proxy.url.as_str(), "http://proxy:3128/");
        let value = proxy.authorization?;
        let encoded = value.to_str().unwrap().strip_prefix("Basic ").unwrap();
        Some(String::from_utf8(BASE64_STANDARD.decode(encoded).unwrap()).unwrap())
    }

    #[test]
    fn name_and_password_are_what_they_were_before_they_were_encoded() {
        assert_eq!(authorization("http://proxy:3128"), None);
        assert_eq!(authorization("http://jean:p%23%5c%40%C3%A9@proxy:3128").unwrap(), "jean:p#\\@é");
        assert_eq!(authorization("http://jean@proxy:3128").unwrap(), "jean:");
        assert_eq!(authorization("http://jean:50%@proxy:3128").unwrap(), "jean:50%");
    }

    fn way(url: &str) -> Way {
        let settings = ClientSettings {
            url: url.to_owned(),
            token: "jeton".into(),
            token_source: TokenSource::File,
            timeout: Duration::from_secs(1),
            max_retry: Duration::from_secs(1),
            proxy: Some("http://moi:motdepasse@proxy:3128".to_owned()),
            ca_file: None,
            requests_per_minute: 380,
            shared_with: None,
        };
        Way::new(&settings, &Url::parse(&settings.url).unwrap()).unwrap()
    }

    #[test]
    fn a_way_shows_no_password() {
        assert_eq!(format!("{:?}", way("https://demarche.numerique.gouv.fr/")), "Way { has_proxy: true, .. }");
    }

    #[test]
    fn this_machine_is_asked_without_the_proxy() {
        for url in ["http://127.0.0.1:8000/", "http://localhost:8000/", "https://[::1]/api/v2/graphql"] {
            assert!(way(url).proxy.is_none(), "{url}");
        }
    }
}
