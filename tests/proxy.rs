//! The program behind a proxy that wants a name and a password, before a server whose certificate a private authority signed: what
//! works there, and what is said of each thing that does not.

mod common;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use common::daemon::Daemon;
use common::mirror::assert_store_equals_world;
use common::{ADS, GUICHET, Run, Stand, eventually, held, outcome};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

const API: &str = "ds.test";
const FILES: &str = "fichiers.test";
const NAME: &str = "agent";
/// All that has to be encoded in an address.
const PASSWORD: &str = "m#t\\d/p@s?s %é";
const ENCODED: &str = "m%23t%5Cd%2Fp%40s%3Fs%20%25%C3%A9";

/// Who signs the certificates.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// A certificate for a server, from a year to another, and what proves that it is its own.
    fn server(&self, host: &str, years: [i32; 2]) -> TlsAcceptor {
        let mut params = CertificateParams::new(vec![host.to_owned()]).unwrap();
        [params.not_before, params.not_after] = years.map(|year| date_time_ymd(year, 1, 1));
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        TlsAcceptor::from(Arc::new(config))
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// A server that speaks TLS, and hands what it hears to another one.
async fn before(behind: SocketAddr, acceptor: TlsAcceptor) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (connection, _) = listener.accept().await.unwrap();
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                // A client that refuses the certificate leaves.
                let Ok(mut outside) = acceptor.accept(connection).await else { return };
                let mut inside = TcpStream::connect(behind).await.unwrap();
                let _ = copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    address
}

/// A server that gives the same answer to everything.
async fn saying(answer: &'static str) -> SocketAddr {
    let (listener, address) = listen().await;
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                head(&mut connection).await;
                let _ = connection.write_all(answer.as_bytes()).await;
            });
        }
    });
    address
}

/// The head of a request.
async fn head(connection: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") && connection.read_buf(&mut head).await.is_ok_and(|read| read > 0) {}
    String::from_utf8(head).unwrap()
}

/// What a proxy is told to do, and what it saw.
#[derive(Default)]
struct Orders {
    /// What it answers to who asks for a host, whoever asks.
    answers: HashMap<&'static str, u16>,
    /// The first line of each request.
    asked: Vec<String>,
}

/// A proxy that opens tunnels to who knows the password.
struct Proxy {
    address: SocketAddr,
    orders: Arc<Mutex<Orders>>,
}

impl Proxy {
    async fn start(routes: HashMap<&'static str, SocketAddr>) -> Self {
        let (listener, address) = listen().await;
        let orders = Arc::new(Mutex::new(Orders::default()));
        let told = Arc::clone(&orders);
        tokio::spawn(async move {
            loop {
                let (connection, _) = listener.accept().await.unwrap();
                tokio::spawn(lead(connection, routes.clone(), Arc::clone(&told)));
            }
        });
        Self { address, orders }
    }

    fn answers(&self, host: &'static str, status: u16) {
        self.orders.lock().unwrap().answers.insert(host, status);
    }

    /// What was asked since the last look.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.orders.lock().unwrap().asked)
    }
}

async fn lead(mut connection: TcpStream, routes: HashMap<&'static str, SocketAddr>, orders: Arc<Mutex<Orders>>) {
    let request = head(&mut connection).await;
    let first = request.lines().next().unwrap_or_default().to_owned();
    let host = first.strip_prefix("CONNECT ").and_then(|rest| rest.split(':').next()).unwrap_or_default().to_owned();
    let ordered = {
        let mut orders = orders.lock().unwrap();
        orders.asked.push(first);
        orders.answers.get(host.as_str()).copied()
    };
    let expected = format!("basic {}", BASE64_STANDARD.encode(format!("{NAME}:{PASSWORD}")));
    let is_known = request.lines().any(|line| {
        line.split_once(": ").is_some_and(|(name, value)| {
            name.eq_ignore_ascii_case("proxy-authorization") && value.replacen("Basic", "basic", 1) == expected
        })
    });
    let status = if is_known { ordered.unwrap_or(200) } else { 407 };
    let route = routes.get(host.as_str()).filter(|_| status == 200);
    let Some(route) = route else {
        let status = if status == 200 { 404 } else { status };
        let answer = format!(
            "HTTP/1.1 {status} Non\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let _ = connection.write_all(answer.as_bytes()).await;
        return;
    };
    let mut onward = TcpStream::connect(route).await.unwrap();
    connection.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut connection, &mut onward).await;
}

/// A stand whose API and files are behind the proxy, with their certificates.
struct Behind {
    stand: Stand,
    proxy: Proxy,
}

const VALID: [i32; 2] = [2020, 2090];

impl Behind {
    fn new() -> Self {
        let authority = Authority::new();
        let api = authority.server(API, VALID);
        Self::with(&authority, api, None)
    }

    /// With a server of the API that shows a certificate, and maybe another one for the files than the stand-in.
    fn with(authority: &Authority, api: TlsAcceptor, files: Option<&'static str>) -> Self {
        let stand = Stand::small(&[ADS, GUICHET]);
        let url = stand.running().url.clone();
        let sandbox = url.strip_prefix("http://").unwrap().split('/').next().unwrap().parse().unwrap();
        let storage = authority.server(FILES, VALID);
        let proxy = stand.block_on(async {
            let storage_behind = match files {
                Some(answer) => saying(answer).await,
                None => sandbox,
            };
            let routes =
                HashMap::from([(API, before(sandbox, api).await), (FILES, before(storage_behind, storage).await)]);
            Proxy::start(routes).await
        });
        stand.running().announce_files_at(&format!("https://{FILES}"));
        stand.write("ca.pem", &authority.pem, 0o644);
        stand.reconfigure(&url, &format!("https://{API}/api/v2/graphql"));
        stand.reconfigure(
            "timeout_s = 30\n",
            &format!("timeout_s = 30\nca_file = \"ca.pem\"\nproxy = \"http://{NAME}:{ENCODED}@{}\"\n", proxy.address),
        );
        stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
        Self { stand, proxy }
    }

    /// A run of the program, which never says the password.
    #[track_caller]
    fn run(&self, line: &str, code: i32) -> Run {
        let mut command = self.stand.fitn();
        let run = outcome(command.env("RUST_LOG", "trace").args(line.split(' '))).expect(code);
        let basic = BASE64_STANDARD.encode(format!("{NAME}:{PASSWORD}"));
        for secret in [ENCODED, PASSWORD, &basic, self.stand.running().token.as_str()] {
            assert!(!run.err.contains(secret) && !run.out.contains(secret), "{}", run.err);
        }
        run
    }
}

fn error(run: &Run) -> &str {
    let line = run.err.lines().find_map(|line| line.strip_prefix("erreur : "));
    line.unwrap_or_else(|| panic!("no error: {}", run.err))
}

fn advice(run: &Run) -> &str {
    let line = run.err.lines().find_map(|line| line.strip_prefix("conseil : "));
    line.unwrap_or_else(|| panic!("no advice: {}", run.err))
}

/// A text for people, as if its lines had no end.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn everything_goes_through_the_proxy_that_knows_the_password() {
    let behind = Behind::new();
    behind.run("sync", 0);
    assert_store_equals_world(&behind.stand);
    let stored = behind.stand.number("SELECT count(*) FROM view_attachments WHERE state = 'stored'");
    assert!(stored > 0);
    let asked = behind.proxy.asked();
    assert!(asked.iter().any(|line| line == &format!("CONNECT {API}:443 HTTP/1.1")), "{asked:?}");
    assert!(asked.iter().any(|line| line == &format!("CONNECT {FILES}:443 HTTP/1.1")), "{asked:?}");
    assert!(asked.iter().all(|line| line.starts_with("CONNECT ")), "{asked:?}");
    behind.run("check", 0);
}

#[test]
fn a_password_that_the_proxy_refuses_is_sent_once_and_named() {
    let behind = Behind::new();
    behind.stand.reconfigure(ENCODED, "faux");
    behind.stand.reconfigure("max_retry_s = 1\n", "max_retry_s = 60\n");
    let refused = behind.run("sync", 2);
    assert_eq!(behind.proxy.asked(), [format!("CONNECT {API}:443 HTTP/1.1")], "accounts get locked");
    assert!(error(&refused).ends_with(
        "le serveur mandataire refuse la connexion : nom ou mot de passe absent ou inconnu de lui (HTTP 407)"
    ));
    assert!(advice(&refused).contains("api.proxy"), "{}", refused.err);
    let document = behind.run("sync --json", 2).json();
    assert_eq!(document["error"]["code"], 2);
    assert_eq!(behind.proxy.asked().len(), 1);
    // It asks about each démarche.
    behind.run("check", 2);
    assert_eq!(behind.proxy.asked().len(), 1);
    behind.run("mapping check", 2);
    assert_eq!(behind.proxy.asked().len(), 1);

    behind.stand.reconfigure(&format!("{NAME}:faux@"), "");
    let refused = behind.run("sync", 2);
    assert!(error(&refused).contains("HTTP 407"), "{}", refused.err);
    assert_eq!(behind.proxy.asked().len(), 1);
}

#[test]
fn a_service_that_the_proxy_holds_says_so_until_it_is_restarted() {
    let behind = Behind::new();
    behind.stand.reconfigure(ENCODED, "faux");
    let daemon = Daemon::start(&behind.stand);
    let state = || outcome(behind.stand.fitn().args(["status", "--json"]));
    eventually("the service is held", || {
        let run = state();
        run.code == 1 && run.out.starts_with('{') && !run.json()["daemon"]["held"].is_null()
    });
    let status = state().expect(1).json();
    let held = &status["daemon"]["held"];
    assert!(held["since"].is_string() && held["message"].as_str().unwrap().contains("HTTP 407"), "{status}");
    assert!(held["hint"].as_str().unwrap().ends_with("puis « systemctl restart fitn »"), "{status}");
    assert_eq!((status["next"].as_array().unwrap().len(), &status["failing"]), (0, &true.into()), "{status}");
    let shown = flat(&behind.stand.run("status").expect(1).out);
    assert!(shown.contains("Prochaines tâches du service ! aucune : il ne redemande rien depuis le "), "{shown}");
    assert_eq!(behind.proxy.asked().len(), 1);
    drop(daemon);
    assert!(state().json()["daemon"]["held"].is_null(), "there is no service any more");

    behind.stand.reconfigure("faux", ENCODED);
    let daemon = Daemon::start(&behind.stand);
    eventually("it goes on, though it still has to succeed", || {
        let status = state().json();
        let announces = !status["next"].as_array().unwrap().is_empty();
        status["daemon"]["pid"] == daemon.pid() && status["daemon"]["held"].is_null() && announces
    });
    daemon.terminate();
    assert_eq!(daemon.ended(), Some(0));
}

#[test]
fn a_proxy_that_refuses_the_files_alone_ends_the_downloads_at_once() {
    let behind = Behind::new();
    behind.proxy.answers(FILES, 407);
    let run = behind.run("sync", 0);
    assert!(flat(&run.out).contains("arrêt : le serveur mandataire refuse la connexion"), "{}", run.out);
    let to_files = behind.proxy.asked().into_iter().filter(|line| line.contains(FILES)).count();
    assert_eq!(to_files, 1);
    let status = behind.stand.run("status").expect(0);
    assert!(flat(&status.out).contains("api.proxy"), "{}", status.out);
    assert_eq!(behind.stand.number("SELECT count(*) FROM view_attachments WHERE state <> 'pending'"), 0);
}

#[test]
fn a_proxy_that_does_not_lead_there_is_told_with_its_status_and_is_not_taken_for_ds() {
    let behind = Behind::new();
    let told = |status: u16| {
        behind.proxy.answers(API, status);
        let run = behind.run("sync", 5);
        let said =
            format!("le serveur mandataire ne mène pas jusqu’à DS : HTTP {status}, réponse du mandataire et non de DS");
        assert!(error(&run).ends_with(&said), "{}", run.err);
        assert!(advice(&run).contains("api.proxy"), "{}", run.err);
        behind.proxy.asked().len()
    };
    behind.stand.reconfigure("max_retry_s = 1\n", "max_retry_s = 60\n");
    // Once to connect, once to learn what it answers.
    assert_eq!(told(403), 2, "it will not change its mind");
    behind.stand.reconfigure("max_retry_s = 60\n", "max_retry_s = 1\n");
    told(502);
    told(503);

    behind.proxy.answers(API, 200);
    behind.proxy.answers(FILES, 403);
    let run = behind.run("sync", 0);
    assert!(flat(&run.out).contains("jusqu’au stockage des fichiers de DS (HTTP 403"), "{}", run.out);
}

#[test]
fn a_proxy_that_is_not_there_is_told_as_such() {
    let behind = Behind::new();
    let nobody = held((Ipv4Addr::LOCALHOST, 0).into());
    behind.stand.reconfigure(&behind.proxy.address.to_string(), &nobody.local_addr().unwrap().to_string());
    let run = behind.run("sync", 5);
    assert!(error(&run).contains("(serveur mandataire hors d’atteinte : connexion refusée)"), "{}", run.err);
}

#[test]
fn a_certificate_that_is_refused_is_told_in_french_and_only_an_unknown_authority_asks_for_another_file() {
    let authority = Authority::new();
    let told = |authority: &Authority, acceptor: TlsAcceptor, trusted: &str| {
        let behind = Behind::with(authority, acceptor, None);
        behind.stand.write("ca.pem", trusted, 0o644);
        behind.stand.reconfigure("max_retry_s = 1\n", "max_retry_s = 60\n");
        let run = behind.run("sync", 5);
        assert_eq!(behind.proxy.asked().len(), 1, "it is not tried again: {}", run.err);
        (error(&run).to_owned(), advice(&run).to_owned())
    };
    let refused = |acceptor, why: &str| {
        let (error, advice) = told(&authority, acceptor, &authority.pem);
        assert!(
            error.ends_with(&format!("l’API est hors d’atteinte : certificat du serveur refusé ({why})")),
            "{error}"
        );
        assert!(!advice.contains("ca_file"), "{advice}");
    };
    refused(authority.server(API, [2010, 2020]), "il a expiré le 01/01/2020 à 01:00");
    refused(authority.server(API, [2089, 2090]), "il ne vaut qu’à partir du 01/01/2089 à 01:00");
    refused(authority.server("ailleurs.test", VALID), "il est celui d’un autre serveur");

    let stranger = Authority::new();
    let (error, advice) = told(&stranger, stranger.server(API, VALID), &authority.pem);
    assert!(error.ends_with("(l’autorité qui l’a signé est inconnue)"), "{error}");
    assert!(advice.contains("api.ca_file"), "{advice}");
}

#[test]
fn no_library_speaks_in_the_log() {
    let behind = Behind::new();
    let told = |rust_log: Option<&str>| {
        let mut command = behind.stand.fitn();
        if let Some(directives) = rust_log {
            command.env("RUST_LOG", directives);
        }
        let run = outcome(command.args(["-vvv", "--log-format", "json", "sync"]));
        let mut targets: Vec<String> = Vec::new();
        for line in run.err.lines().filter(|line| line.starts_with('{')) {
            let entry: serde_json::Value = serde_json::from_str(line).unwrap();
            targets.push(entry["target"].as_str().unwrap().to_owned());
        }
        targets
    };
    for rust_log in [None, Some("trace"), Some("hyper=trace,rustls=trace,reqwest=trace,fitn_connector=debug")] {
        let targets = told(rust_log);
        assert!(targets.len() > 3, "{rust_log:?}: {targets:?}");
        assert!(targets.iter().all(|target| target.starts_with("fitn_connector")), "{rust_log:?}: {targets:?}");
    }
    // A certificate that is refused makes its library speak without being asked.
    behind.stand.write("ca.pem", &Authority::new().pem, 0o644);
    let run = outcome(behind.stand.fitn().arg("sync"));
    assert!(!run.err.contains("verify") && !run.err.contains("rustls"), "{}", run.err);
}

#[test]
fn a_file_that_is_sent_to_an_address_in_the_clear_is_not_fetched_even_through_the_proxy() {
    let authority = Authority::new();
    let moved = "HTTP/1.1 302 Found\r\nLocation: http://fichiers.test/en-clair\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let behind = Behind::with(&authority, authority.server(API, VALID), Some(moved));
    let run = behind.run("sync", 0);
    assert!(flat(&run.out).contains("adresse qui n’est pas protégée"), "{}", run.out);
    let asked = behind.proxy.asked();
    assert!(asked.iter().all(|line| line.starts_with("CONNECT ")), "{asked:?}");
}

#[test]
fn the_proxy_is_not_asked_for_an_address_within_the_network_unless_it_is_named() {
    let behind = Behind::new();
    let to_the_network = || {
        behind.proxy.asked().into_iter().filter(|line| line.contains("10.9.8.7") || line.contains("localhost")).count()
    };
    for origin in ["https://10.9.8.7", "https://0x0a.9.8.7", "https://localhost."] {
        behind.stand.running().announce_files_at(origin);
        let run = behind.run("sync", 0);
        assert!(flat(&run.out).contains("qui n’est pas publique"), "{origin}: {}", run.out);
        assert_eq!(to_the_network(), 0, "{origin}");
    }
    behind.stand.reconfigure("download = true\n", "download = true\ninternal_hosts = [\"10.9.8.7\"]\n");
    behind.stand.running().announce_files_at("https://10.9.8.7");
    behind.run("sync", 0);
    assert!(to_the_network() > 0);
}

#[test]
fn the_proxy_of_the_environment_is_not_used() {
    let stand = Stand::small(&[ADS]);
    stand.reconfigure("[exports]", "[attachments]\ndownload = true\n\n[alerts]\ndisk_free_min_mb = 0\n\n[exports]");
    let proxy = stand.block_on(Proxy::start(HashMap::new()));
    let mut command = stand.fitn();
    for name in ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, format!("http://{}", proxy.address));
    }
    for name in ["no_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    outcome(command.arg("sync")).expect(0);
    assert_eq!(proxy.asked(), [] as [String; 0]);
    assert!(stand.number("SELECT count(*) FROM view_attachments WHERE state = 'stored'") > 0);
}
