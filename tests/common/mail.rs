//! A mail server on loopback, whose moods a test chooses, and a mail program that reads what it got.

use std::collections::VecDeque;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use base64::Engine as _;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Puts a message into the outbox that went long ago.
pub const SENT_BEFORE: &str =
    "INSERT INTO outbox (id, address, via, kind, departement, period, revision, rehearsal, state, reasons,
         message_id, subject, created_at, attempts, handing_over, unanswered, released, size, letter, mime)
     VALUES (-1, 'autre@example.gouv.fr', 'smtp', 'monthly-list', '', '2020-01', 0, 0, 'envoye', '[]', '<ancien>', '',
         '2020-02-01T06:00:00Z', 1, 0, 0, 0, 0, '{}', x'')";

pub const USER: &str = "fitn";
pub const PASSWORD: &str = "mot de passe, secret";

/// The steps of a conversation at which a server may have a mood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Greeting,
    Mail,
    Rcpt,
    Data,
    /// The message has come, up to its last dot.
    Dot,
}

/// What the server does at a step instead of going on.
#[derive(Debug, Clone)]
pub enum Mood {
    /// Answers so.
    Says(Step, &'static str),
    /// Cuts the connection; of [`Step::Data`], within the message, before its last dot.
    Cuts(Step),
    /// Goes on after a while.
    Waits(Step, Duration),
    /// Stops there, until the other side is gone; what it got by then, it keeps.
    Hangs(Step),
    /// Stops there, and goes on once it is told to.
    Pauses(Step),
}

impl Mood {
    fn at(&self, step: Step) -> bool {
        match self {
            Self::Says(at, _) | Self::Cuts(at) | Self::Waits(at, _) | Self::Hangs(at) | Self::Pauses(at) => *at == step,
        }
    }
}

/// A message that the server keeps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub from: String,
    pub to: String,
    pub data: Vec<u8>,
}

impl Received {
    /// The value of a header that is on one line.
    pub fn header(&self, name: &str) -> String {
        let text = String::from_utf8_lossy(&self.data);
        let head = text.split("\r\n\r\n").next().unwrap();
        let start = format!("{}:", name.to_lowercase());
        let line = head.lines().find(|line| line.to_lowercase().starts_with(&start));
        line.unwrap_or_else(|| panic!("no {name}: {head}"))[start.len()..].trim().to_owned()
    }

    /// As a mail program reads it.
    pub fn opened(&self) -> serde_json::Value {
        opened(&self.data)
    }
}

/// How the connection is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    None,
    StartTls,
    Wrapped,
}

struct Shared {
    protection: Protection,
    tls: Arc<ServerConfig>,
    size_limit: Mutex<Option<usize>>,
    injected: Mutex<&'static str>,
    moods: Mutex<VecDeque<Mood>>,
    received: Mutex<Vec<Received>>,
    /// How many conversations hang or pause now.
    hanging: AtomicUsize,
    /// How many that pause may go on.
    resumed: (Mutex<usize>, Condvar),
    stopped: AtomicBool,
}

/// The server; it stops when it is dropped.
pub struct MailServer {
    pub port: u16,
    /// What its certificate is signed by, PEM.
    pub authority: String,
    shared: Arc<Shared>,
}

impl MailServer {
    /// A server that accepts, whose certificate is for `localhost`.
    pub fn start(protection: Protection) -> Self {
        Self::named("localhost", protection)
    }

    /// The same, with a certificate for another name.
    pub fn named(name: &str, protection: Protection) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
        let tls = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key)
            .unwrap();
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared {
            protection,
            tls: Arc::new(tls),
            size_limit: Mutex::default(),
            injected: Mutex::default(),
            moods: Mutex::default(),
            received: Mutex::default(),
            hanging: AtomicUsize::new(0),
            resumed: Default::default(),
            stopped: AtomicBool::new(false),
        });
        let served = Arc::clone(&shared);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if served.stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (Ok(stream), served) = (stream, Arc::clone(&served)) else { continue };
                std::thread::spawn(move || {
                    // Whoever goes away ends the conversation.
                    let _ = converse(stream, &served);
                });
            }
        });
        Self { port, authority: made.cert.pem(), shared }
    }

    /// What it does with the messages to come, one each; then it accepts.
    pub fn moods(&self, moods: impl IntoIterator<Item = Mood>) {
        *self.shared.moods.lock().unwrap() = moods.into_iter().collect();
    }

    /// Somebody between adds this, in plain, to its answer to STARTTLS.
    pub fn inject(&self, said: &'static str) {
        *self.shared.injected.lock().unwrap() = said;
    }

    /// The largest message that it takes, and says so.
    pub fn limit(&self, bytes: usize) {
        *self.shared.size_limit.lock().unwrap() = Some(bytes);
    }

    /// What it keeps, in the order in which it came.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Lets one conversation that pauses go on.
    pub fn resume(&self) {
        *self.shared.resumed.0.lock().unwrap() += 1;
        self.shared.resumed.1.notify_all();
    }

    /// How many conversations hang or pause now.
    pub fn hanging(&self) -> usize {
        self.shared.hanging.load(Ordering::SeqCst)
    }

    /// The section of the configuration that names it.
    pub fn section(&self) -> String {
        let tls = match self.shared.protection {
            Protection::None => "none",
            Protection::StartTls => "starttls",
            Protection::Wrapped => "tls",
        };
        format!(
            "\n[smtp]\nhost = \"localhost\"\nport = {}\ntls = \"{tls}\"\nuser = \"{USER}\"\npassword_file = \"smtp-password\"\n\
             from = \"FITN Île-de-France <fitn@example.gouv.fr>\"\nca_file = \"autorite.pem\"\n",
            self.port
        )
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        self.shared.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// One line without its end; nothing once the other side is gone.
fn line(stream: &mut dyn Stream) -> std::io::Result<Option<String>> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    loop {
        if stream.read(&mut byte)? == 0 {
            return Ok(None);
        }
        if byte[0] == b'\n' {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            return Ok(Some(text.trim_end_matches('\r').to_owned()));
        }
        bytes.push(byte[0]);
    }
}

fn say(stream: &mut dyn Stream, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes())?;
    stream.flush()
}

fn converse(socket: TcpStream, shared: &Shared) -> std::io::Result<()> {
    let control = socket.try_clone()?;
    let encrypted = |socket| StreamOwned::new(ServerConnection::new(Arc::clone(&shared.tls)).unwrap(), socket);
    let outcome = match shared.protection {
        Protection::Wrapped => Talk::new(Box::new(encrypted(socket)), shared, true).begin(),
        Protection::None => Talk::new(Box::new(socket), shared, true).begin(),
        Protection::StartTls => {
            let clone = socket.try_clone()?;
            let mut talk = Talk::new(Box::new(socket), shared, false);
            match talk.begin() {
                Ok(true) => Talk::new(Box::new(encrypted(clone)), shared, true).go_on(),
                other => other,
            }
        }
    };
    let _ = control.shutdown(Shutdown::Both);
    outcome.map(|_| ())
}

struct Talk<'a> {
    stream: Box<dyn Stream>,
    shared: &'a Shared,
    is_protected: bool,
    is_signed_in: bool,
    mood: Option<Mood>,
}

impl<'a> Talk<'a> {
    fn new(stream: Box<dyn Stream>, shared: &'a Shared, is_protected: bool) -> Self {
        Self { stream, shared, is_protected, is_signed_in: false, mood: None }
    }

    fn begin(&mut self) -> std::io::Result<bool> {
        let of_greeting = {
            let mut moods = self.shared.moods.lock().unwrap();
            if moods.front().is_some_and(|mood| mood.at(Step::Greeting)) { moods.pop_front() } else { None }
        };
        self.mood = of_greeting;
        if self.step(Step::Greeting, "220 localhost prêt")? { self.go_on() } else { Ok(false) }
    }

    /// Whether the conversation goes on after a step.
    fn step(&mut self, step: Step, otherwise: &str) -> std::io::Result<bool> {
        match self.mood.clone().filter(|mood| mood.at(step)) {
            Some(Mood::Says(_, said)) => {
                say(&mut self.stream, said)?;
                return Ok(!said.starts_with("421"));
            }
            Some(Mood::Cuts(_)) => return Ok(false),
            Some(Mood::Waits(_, time)) => std::thread::sleep(time),
            Some(Mood::Hangs(_)) => {
                self.shared.hanging.fetch_add(1, Ordering::SeqCst);
                let gone = line(&mut self.stream);
                self.shared.hanging.fetch_sub(1, Ordering::SeqCst);
                return gone.map(|_| false);
            }
            Some(Mood::Pauses(_)) => {
                self.shared.hanging.fetch_add(1, Ordering::SeqCst);
                let (resumed, told) = &self.shared.resumed;
                *told.wait_while(resumed.lock().unwrap(), |resumed| *resumed == 0).unwrap() -= 1;
                self.shared.hanging.fetch_sub(1, Ordering::SeqCst);
            }
            None => {}
        }
        say(&mut self.stream, otherwise)?;
        Ok(true)
    }

    fn is_refused(&self, step: Step) -> bool {
        matches!(&self.mood, Some(Mood::Says(at, said)) if *at == step && !said.starts_with(['2', '3']))
    }

    /// True when the connection is to be encrypted now.
    fn go_on(&mut self) -> std::io::Result<bool> {
        let (mut from, mut to) = (String::new(), String::new());
        while let Some(command) = line(&mut self.stream)? {
            let word = command.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            match word.as_str() {
                "EHLO" => {
                    let mut offers = vec!["localhost".to_owned()];
                    let limit = *self.shared.size_limit.lock().unwrap();
                    offers.extend(limit.map(|limit| format!("SIZE {limit}")));
                    offers.push(if self.is_protected { "AUTH PLAIN LOGIN" } else { "STARTTLS" }.to_owned());
                    let last = offers.len() - 1;
                    for (at, offer) in offers.iter().enumerate() {
                        say(&mut self.stream, &format!("250{}{offer}", if at == last { ' ' } else { '-' }))?;
                    }
                }
                "STARTTLS" => {
                    let injected = *self.shared.injected.lock().unwrap();
                    say(&mut self.stream, &format!("220 allez-y{injected}"))?;
                    return Ok(true);
                }
                "AUTH" => {
                    let wanted = base64::engine::general_purpose::STANDARD.encode(format!("\0{USER}\0{PASSWORD}"));
                    self.is_signed_in = command == format!("AUTH PLAIN {wanted}");
                    let answer = if self.is_signed_in { "235 bienvenue" } else { "535 5.7.8 refused" };
                    say(&mut self.stream, answer)?;
                }
                "MAIL" if !self.is_signed_in => say(&mut self.stream, "530 authentication required")?,
                "MAIL" => {
                    // A mood is for one message.
                    self.mood = self.shared.moods.lock().unwrap().pop_front();
                    command.split(['<', '>']).nth(1).unwrap().clone_into(&mut from);
                    if !self.step(Step::Mail, "250 ok")? {
                        return Ok(false);
                    }
                }
                "RCPT" => {
                    command.split(['<', '>']).nth(1).unwrap().clone_into(&mut to);
                    if !self.step(Step::Rcpt, "250 ok")? {
                        return Ok(false);
                    }
                }
                "DATA" => {
                    if matches!(self.mood, Some(Mood::Cuts(Step::Data))) {
                        say(&mut self.stream, "354 allez-y")?;
                        line(&mut self.stream)?;
                        return Ok(false);
                    }
                    if !self.step(Step::Data, "354 allez-y")? {
                        return Ok(false);
                    }
                    if self.is_refused(Step::Data) {
                        continue;
                    }
                    let Some(data) = self.message()? else { return Ok(false) };
                    if !self.is_refused(Step::Dot) {
                        let (from, to) = (std::mem::take(&mut from), std::mem::take(&mut to));
                        self.shared.received.lock().unwrap().push(Received { from, to, data });
                    }
                    if !self.step(Step::Dot, "250 2.0.0 rangé sous 42")? {
                        return Ok(false);
                    }
                }
                "QUIT" => {
                    say(&mut self.stream, "221 au revoir")?;
                    return Ok(false);
                }
                _ => say(&mut self.stream, "250 ok")?,
            }
        }
        Ok(false)
    }

    /// The message up to its last dot, without the dots that were added.
    fn message(&mut self) -> std::io::Result<Option<Vec<u8>>> {
        let mut data = Vec::new();
        loop {
            let Some(line) = line(&mut self.stream)? else { return Ok(None) };
            if line == "." {
                return Ok(Some(data));
            }
            let line = line.strip_prefix('.').unwrap_or(&line);
            data.extend(line.as_bytes());
            data.extend(b"\r\n");
        }
    }
}

/// A message as Python’s `email` reads it: headers, text, attachments with their SHA-256, and what it finds wrong with it.
pub fn opened(message: &[u8]) -> serde_json::Value {
    const READER: &str = r#"
import email, email.policy, hashlib, json, sys
message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
body = message.get_body(preferencelist=("plain",))
files = [{"name": part.get_filename(), "type": part.get_content_type(), "size": len(part.get_payload(decode=True)),
          "sha256": hashlib.sha256(part.get_payload(decode=True)).hexdigest()} for part in message.iter_attachments()]
defects = [str(defect) for part in message.walk() for defect in part.defects]
headers = {name.lower(): str(value) for name, value in message.items()}
print(json.dumps({"headers": headers, "body": body.get_content(), "files": files, "defects": defects}))
"#;
    let child = Command::new("python3").args(["-c", READER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child =
        child.unwrap_or_else(|error| panic!("python3 is needed to open messages as a mail program does: {error}"));
    child.stdin.take().unwrap().write_all(message).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "python3 cannot read the message");
    serde_json::from_slice(&output.stdout).unwrap()
}
