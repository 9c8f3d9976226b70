use std::io::{Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::dns::{Addrs, Name, Resolving};

use super::*;
use crate::api::TokenSource;

/// A file server on this machine: what it writes after each request, by its path.
struct Hostile {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Hostile {
    fn serving(answer: impl Fn(&str, u16, &mut TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(AtomicUsize::new(0));
        let (count, answer) = (Arc::clone(&asked), Arc::new(answer));
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let (count, answer) = (Arc::clone(&count), Arc::clone(&answer));
                std::thread::spawn(move || {
                    let mut head = [0; 2048];
                    let read = connection.read(&mut head).unwrap_or(0);
                    let head = String::from_utf8_lossy(&head[..read]).into_owned();
                    count.fetch_add(1, Ordering::SeqCst);
                    answer(head.split(' ').nth(1).unwrap_or_default(), port, &mut connection);
                });
            }
        });
        Self { port, asked }
    }

    fn url(&self, host: &str, path: &str) -> SignedUrl {
        signed(&format!("http://{host}:{}{path}", self.port))
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

fn signed(text: &str) -> SignedUrl {
    serde_json::from_value(text.into()).unwrap()
}

fn say(connection: &mut TcpStream, text: &str) -> bool {
    connection.write_all(text.as_bytes()).and_then(|()| connection.flush()).is_ok()
}

fn file(connection: &mut TcpStream) {
    say(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nfaux");
}

fn redirect(connection: &mut TcpStream, to: &str) {
    let head = "HTTP/1.1 302 Found\r\nConnection: close\r\nContent-Length: 0\r\nLocation: ";
    say(connection, &format!("{head}{to}\r\n\r\n"));
}

/// A resolver that knows what it is told, and counts how often it is asked.
#[derive(Default)]
struct Told {
    /// What it says first, then what it says ever after.
    addresses: Mutex<Vec<IpAddr>>,
    asked: AtomicUsize,
}

impl Told {
    fn saying(addresses: &[&str]) -> Arc<Self> {
        let addresses = addresses.iter().rev().map(|address| address.parse().unwrap()).collect();
        Arc::new(Self { addresses: Mutex::new(addresses), asked: AtomicUsize::new(0) })
    }
}

impl Resolve for Told {
    fn resolve(&self, _: Name) -> Resolving {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut addresses = self.addresses.lock().unwrap();
        let address = if addresses.len() > 1 { addresses.pop().unwrap() } else { addresses[0] };
        let found = [SocketAddr::new(address, 0)];
        Box::pin(async move { Ok(Box::new(found.into_iter()) as Addrs) })
    }
}

/// In the clear on this machine, so that no certificate of the system is needed.
fn downloader(internal_hosts: &[&str], on_this_machine: bool, resolver: Arc<dyn Resolve>) -> Downloader {
    let settings = ClientSettings {
        url: "http://127.0.0.1:9/api/v2/graphql".to_owned(),
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
    let hosts = internal_hosts.iter().map(|host| (*host).to_owned()).collect();
    Downloader::with_resolver(&settings, way, Reach::new(&hosts, on_this_machine), resolver).unwrap()
}

/// A downloader whose API is on this machine, as in a demonstration.
fn local() -> Downloader {
    downloader(&[], true, Arc::new(SystemResolver))
}

/// A downloader whose API is elsewhere.
fn remote(internal_hosts: &[&str], resolver: Arc<dyn Resolve>) -> Downloader {
    downloader(internal_hosts, false, resolver)
}

async fn refused(downloader: &Downloader, url: &SignedUrl) -> DownloadError {
    downloader.open(url).await.unwrap_err()
}

#[tokio::test]
async fn a_file_that_is_sent_to_an_unprotected_address_is_left() {
    let server = Hostile::serving(|path, port, connection| match path {
        // It is this machine all the same, and no address that can only be this machine's.
        "/fichier" => redirect(connection, &format!("http://0.0.0.0:{port}/ailleurs")),
        _ => file(connection),
    });
    assert_eq!(refused(&local(), &server.url("127.0.0.1", "/fichier")).await, DownloadError::Unprotected);
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn each_redirection_is_judged_as_the_first_address_and_few_are_followed() {
    let server = Hostile::serving(|path, _, connection| match path.trim_start_matches('/').parse::<u32>() {
        Ok(0) => file(connection),
        Ok(left) => redirect(connection, &format!("/{}", left - 1)),
        Err(_) => redirect(connection, path.trim_start_matches("/vers/")),
    });
    let local = local();
    assert!(local.open(&server.url("127.0.0.1", "/3")).await.is_ok());
    assert_eq!(refused(&local, &server.url("127.0.0.1", "/4")).await, DownloadError::Unprotected);
    for (to, host) in [
        ("https://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("https://0xa.1/", "10.0.0.1"),
        ("https://[::ffff:10.0.0.1]/", "::ffff:10.0.0.1"),
        ("//192.168.1.1/", "192.168.1.1"),
    ] {
        let said = refused(&local, &server.url("127.0.0.1", &format!("/vers/{to}"))).await;
        let in_the_clear = to.starts_with("//");
        let expected =
            if in_the_clear { DownloadError::Unprotected } else { DownloadError::NotPublic(host.to_owned()) };
        assert_eq!(said, expected, "{to}");
    }
    let to_a_name = server.url("127.0.0.1", "/vers/https://moi@stockage.example/");
    assert_eq!(refused(&local, &to_a_name).await, DownloadError::Malformed);
}

#[tokio::test]
async fn a_name_is_judged_by_what_the_connection_is_made_to() {
    let server = Hostile::serving(|_, _, connection| file(connection));
    let url = |host: &str| signed(&format!("https://{host}:{}/facture-de-jeanne.pdf?signature=s3cret", server.port));
    for address in ["127.0.0.1", "::1", "10.0.0.1", "169.254.169.254", "::ffff:127.0.0.1", "fe80::1", "0.0.0.0"] {
        let said = refused(&remote(&[], Told::saying(&[address])), &url("stockage.example")).await;
        assert_eq!(said, DownloadError::NotPublic("stockage.example".to_owned()), "{address}");
        assert!(!said.to_string().contains("jeanne") && !said.to_string().contains("s3cret"), "{said}");
    }
    // It would say something else at a second resolution.
    let resolver = Told::saying(&["10.0.0.1", "93.184.215.14"]);
    let said = refused(&remote(&[], Arc::clone(&resolver) as Arc<dyn Resolve>), &url("stockage.example")).await;
    assert_eq!(said, DownloadError::NotPublic("stockage.example".to_owned()));
    assert_eq!((resolver.asked.load(Ordering::SeqCst), server.asked()), (1, 0), "nobody was asked");

    // The named host is: it answers without TLS, and so no connection can be made.
    let named = remote(&["stockage.intra"], Told::saying(&["127.0.0.1"]));
    for host in ["stockage.intra", "STOCKAGE.intra"] {
        let said = refused(&named, &url(host)).await;
        assert!(matches!(said, DownloadError::Connection(_)), "{host}: {said}");
    }
    assert_eq!(server.asked(), 2);
    assert!(matches!(refused(&named, &url("autre.intra")).await, DownloadError::NotPublic(_)));
}

#[tokio::test]
async fn an_api_on_this_machine_has_its_files_here_and_nowhere_else_within() {
    let server = Hostile::serving(|_, _, connection| file(connection));
    let here = |addresses| downloader(&[], true, Told::saying(addresses));
    assert!(here(&["127.0.0.1"]).open(&server.url("localhost", "/f")).await.is_ok());
    let said = refused(&here(&["10.0.0.1"]), &signed("https://stockage.example/f")).await;
    assert_eq!(said, DownloadError::NotPublic("stockage.example".to_owned()));
}

#[tokio::test]
async fn a_server_that_drips_is_left() {
    let server = Hostile::serving(|_, _, connection| {
        let mut goes_on = say(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1000000\r\n\r\n");
        while goes_on {
            goes_on = say(connection, "g");
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    let downloader = Downloader { window: Duration::from_millis(100), ..local() };
    let mut download = downloader.open(&server.url("127.0.0.1", "/f")).await.unwrap();
    let said = loop {
        match download.chunk().await {
            Ok(piece) => assert!(piece.is_some(), "it never ends by itself"),
            Err(error) => break error,
        }
    };
    assert_eq!(said, DownloadError::TooSlow);
    assert!(!said.is_temporary(), "another try would hold the others as long");
}

#[test]
fn a_pace_is_averaged_over_its_window() {
    let enough = usize::try_from(SLOWEST * WINDOW.as_secs()).unwrap();
    let began = Instant::now();
    let at = |windows: u32| began + windows * WINDOW;
    let mut pace = Pace::since(began, WINDOW);
    assert!(pace.holds(0, began));
    assert!(pace.holds(0, at(1) - Duration::from_millis(1)), "a line may falter");
    assert!(pace.holds(enough, at(1)));
    assert!(!pace.holds(enough - 1, at(2)), "each window by itself");
    assert!(!pace.holds(2 * enough - 1, at(4)), "a longer one has more to bring");
    assert!(pace.holds(2 * enough, at(6)));
}

#[test]
fn what_may_pass_is_tried_again() {
    assert!(DownloadError::Status(503).is_temporary());
    assert!(!DownloadError::Status(416).is_temporary());
    assert!(!DownloadError::LinkRefused(403).is_temporary());
    assert!(!DownloadError::NotPublic("stockage.example".to_owned()).is_temporary());
}

#[tokio::test]
async fn a_proxy_that_refused_is_asked_for_no_file_more() {
    let server = Hostile::serving(|path, _, connection| match path {
        "/refus" => {
            say(connection, "HTTP/1.1 407 Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
        }
        _ => file(connection),
    });
    let local = local();
    for path in ["/refus", "/fichier"] {
        assert_eq!(refused(&local, &server.url("127.0.0.1", path)).await, DownloadError::ProxyAuth, "{path}");
    }
    assert_eq!(server.asked(), 1);
}

#[tokio::test]
async fn what_is_said_to_be_a_web_page_is_known_as_one() {
    let server = Hostile::serving(|path, _, connection| {
        let kind = if path == "/page" { "text/html; charset=utf-8" } else { "application/pdf" };
        say(
            connection,
            &format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: 4\r\n\r\nfaux"),
        );
    });
    let is_html = async |path: &str| local().open(&server.url("127.0.0.1", path)).await.unwrap().is_html();
    assert!(is_html("/page").await && !is_html("/facture.pdf").await);
}
