//! Something between the program and the stand-in: it hands on what it hears, and may answer in its place.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};

use super::Stand;

pub struct Front {
    /// Where the API is asked through it.
    pub url: String,
}

impl Front {
    /// What is answered to a request (head and body), with a way to ask the stand-in; bytes of HTTP.
    pub fn before(stand: &Stand, answer: impl Fn(&str, &dyn Fn() -> Vec<u8>) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let behind = stand.running().url.clone();
        let address = behind.strip_prefix("http://").and_then(|rest| rest.split('/').next()).unwrap().to_owned();
        let url = behind.replace(&address, &listener.local_addr().unwrap().to_string());
        std::thread::spawn(move || {
            for connection in listener.incoming() {
                let mut connection = connection.unwrap();
                let request = request(&connection);
                let answered = answer(&request, &|| asked(&address, &request));
                // The client may have left already.
                let _ = connection.write_all(&answered);
            }
        });
        Self { url }
    }
}

/// Head and body of one request.
fn request(connection: &TcpStream) -> String {
    let mut reader = BufReader::new(connection);
    let mut text = String::new();
    while !text.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut text).unwrap() > 0, "{text}");
    }
    let head = text.to_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    text + &String::from_utf8(body).unwrap()
}

/// The whole answer of a server.
fn asked(address: &str, request: &str) -> Vec<u8> {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.write_all(request.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes()).unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).unwrap();
    answer
}

/// The same answer, whose JSON was changed.
pub fn changed(answer: &[u8], change: impl FnOnce(&mut serde_json::Value)) -> Vec<u8> {
    let text = std::str::from_utf8(answer).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let mut body: serde_json::Value = serde_json::from_str(body).unwrap();
    change(&mut body);
    let body = body.to_string();
    let head: Vec<&str> = head.lines().filter(|line| !line.to_lowercase().starts_with("content-length:")).collect();
    format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.join("\r\n"), body.len()).into_bytes()
}
