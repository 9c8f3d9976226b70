//! What the client is told once, and why it may refuse to start.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

/// How to reach the API.
#[derive(Clone)]
pub struct ClientSettings {
    /// The address of the GraphQL endpoint. `https`, or `http` on this very machine.
    pub url: String,
    /// The token, as DS gave it.
    pub token: SecretString,
    /// Where it comes from: what is to be done when DS refuses it.
    pub token_source: TokenSource,
    /// The longest one try may last, connection and body included.
    pub timeout: Duration,
    /// No further try of one operation begins after this time.
    pub max_retry: Duration,
    /// An HTTP proxy; the environment's is not used, and none is for an address on this machine.
    pub proxy: Option<String>,
    /// Certificates (PEM) of authorities to trust beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// The most requests in one minute of the clock. The server allows 400 a token (API facts, 2.8).
    pub requests_per_minute: u32,
    /// The database whose processes share these requests, through a file beside it; none for a process alone.
    pub shared_with: Option<PathBuf>,
}

/// Where a token comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum TokenSource {
    /// A file, which is read again before each use: a token that is renewed there counts at once.
    #[default]
    File,
    /// What systemd handed over at the start of the process: its file may have been renewed since.
    Credential,
    /// A variable of the process: set at its start.
    Variable,
}

/// Neither the token nor a proxy's password.
impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientSettings")
            .field("url", &self.url)
            .field("timeout", &self.timeout)
            .field("max_retry", &self.max_retry)
            .field("has_proxy", &self.proxy.is_some())
            .field("ca_file", &self.ca_file)
            .field("requests_per_minute", &self.requests_per_minute)
            .finish_non_exhaustive()
    }
}

/// Why the client cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Not an address. It is not shown: it may hold a password.
    #[error("adresse de l’API invalide (attendu : https://hôte/api/v2/graphql)")]
    Url,
    /// The token would travel unprotected.
    #[error("l’adresse de l’API doit commencer par https:// (http:// n’est admis que sur cette machine)")]
    Insecure,
    /// A name or password in the address.
    #[error("l’adresse de l’API ne doit contenir ni nom ni mot de passe")]
    Userinfo,
    /// The token is empty or holds characters that no token has.
    #[error("le jeton est vide ou contient des caractères interdits")]
    Token,
    /// Not an address of a proxy. It is not shown: it may hold a password.
    #[error("adresse du serveur mandataire invalide (attendu : http://hôte:port)")]
    Proxy,
    /// The certificates cannot be read.
    #[error("certificats illisibles : {} ({reason})", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// The TLS library cannot start, for want of certificates in the system most often.
    #[error("le client HTTP ne démarre pas ; installez les certificats du système (paquet ca-certificates)")]
    Http,
}

/// The address, when the token may travel to it.
pub(super) fn endpoint(text: &str) -> Result<Url, SetupError> {
    let url = Url::parse(text.trim()).map_err(|_| SetupError::Url)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SetupError::Userinfo);
    }
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        "http" => Err(SetupError::Insecure),
        _ => Err(SetupError::Url),
    }
}

/// Whether an address can only be this machine's.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::V4(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::V6(address).is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_travels_over_https_or_within_this_machine() {
        for good in ["https://demarche.numerique.gouv.fr/api/v2/graphql", "http://127.0.0.1:4000/", "http://[::1]:1/g"]
        {
            assert!(endpoint(good).is_ok(), "{good}");
        }
        assert!(matches!(endpoint("http://demarche.numerique.gouv.fr/"), Err(SetupError::Insecure)));
        assert!(matches!(endpoint("http://localhost.example.org/"), Err(SetupError::Insecure)));
        assert!(matches!(endpoint("https://a:b@demarche.numerique.gouv.fr/"), Err(SetupError::Userinfo)));
        assert!(matches!(endpoint("ftp://demarche.numerique.gouv.fr/"), Err(SetupError::Url)));
        assert!(matches!(endpoint("demarche.numerique.gouv.fr"), Err(SetupError::Url)));
    }

    #[test]
    fn settings_never_show_the_token_nor_the_proxy() {
        let settings = ClientSettings {
            url: "https://demarche.numerique.gouv.fr/".to_owned(),
            token: "tres-secret".into(),
            token_source: TokenSource::File,
            timeout: Duration::from_mins(1),
            max_retry: Duration::from_mins(5),
            proxy: Some("http://moi:motdepasse@proxy:3128".to_owned()),
            ca_file: None,
            requests_per_minute: 380,
            shared_with: None,
        };
        let shown = format!("{settings:?}");
        assert!(!shown.contains("tres-secret") && !shown.contains("motdepasse"), "{shown}");
    }
}
