//! The contents of attached files: made up from a few bytes, and served at addresses that open them for an hour, as an
//! object storage does (API facts, 5.9). An address says by itself what it opens and until when.

use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fastrand::Rng;
use jiff::{SignedDuration, Timestamp};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::faults::Faults;
use super::service::Reply;
use crate::domain::text::hexadecimal;

/// What every address of a file begins with.
pub const PATH: &str = "/fichiers/";

/// How long an address opens its file.
const LIFE: SignedDuration = SignedDuration::from_hours(1);

/// What a file holds: a function of a seed, so that nothing is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// What it is made of.
    pub seed: u64,
    /// Bytes.
    pub size: usize,
}

impl Content {
    /// All of it.
    #[must_use]
    pub fn bytes(self) -> Vec<u8> {
        let mut rng = Rng::with_seed(self.seed);
        std::iter::repeat_with(|| rng.u8(..)).take(self.size).collect()
    }

    /// Its MD5, as DS announces it.
    #[must_use]
    pub fn checksum(self) -> String {
        BASE64_STANDARD.encode(Md5::digest(self.bytes()))
    }
}

/// The path at which a content is served until an instant; `drawn` makes it unlike any other.
pub fn path(content: Content, filename: &str, asked_at: Timestamp, drawn: u64) -> String {
    let until = asked_at.as_second().saturating_add(LIFE.as_secs());
    let Content { seed, size } = content;
    let mut path = format!("{PATH}{seed:x}/{size}/{until}/{drawn:x}/{}/", signature(content, until, drawn));
    path.extend(url::form_urlencoded::byte_serialize(filename.as_bytes()));
    path
}

fn signature(Content { seed, size }: Content, until: i64, drawn: u64) -> String {
    hexadecimal(&Sha256::digest(format!("{seed} {size} {until} {drawn}")))
}

/// What an address opens, and until when (seconds since 1970).
fn opened_by(path: &str) -> Option<(Content, i64)> {
    let mut parts = path.strip_prefix(PATH)?.split('/');
    let seed = u64::from_str_radix(parts.next()?, 16).ok()?;
    let size = parts.next()?.parse().ok()?;
    let until = parts.next()?.parse().ok()?;
    let drawn = u64::from_str_radix(parts.next()?, 16).ok()?;
    let content = Content { seed, size };
    (parts.next()? == signature(content, until, drawn)).then_some((content, until))
}

/// The storage of the files: it knows no token, and remembers what it was sent.
#[derive(Debug, Default)]
pub struct FileHost {
    /// What happens to its answers; its requests are counted apart from the API's.
    pub(super) faults: Faults,
    seen: Mutex<Vec<FileRequest>>,
}

/// A request for a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRequest {
    /// The path asked for.
    pub path: String,
    /// Every header; names in small letters.
    pub headers: Vec<(String, String)>,
}

impl FileHost {
    /// Answers a request.
    pub(super) fn reply(&self, request: FileRequest, now: Timestamp) -> Reply {
        let opened = opened_by(&request.path);
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
        match opened {
            Some((content, until)) if now.as_second() <= until => {
                Reply::text(200, "application/octet-stream", content.bytes())
            }
            Some(_) => refusal("Request has expired"),
            None => refusal("The request signature we calculated does not match"),
        }
    }

    /// The requests so far.
    pub(super) fn seen(&self) -> Vec<FileRequest> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn refusal(message: &str) -> Reply {
    let body = format!("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code><Message>{message}</Message></Error>");
    Reply::text(403, "application/xml", body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn get(path: &str, now: &str) -> Reply {
        let request = FileRequest { path: path.to_owned(), headers: Vec::new() };
        FileHost::default().reply(request, now.parse().unwrap())
    }

    #[test]
    fn an_address_opens_its_content_for_an_hour_and_no_other() {
        let content = Content { seed: 12, size: 3000 };
        let path = path(content, "facture n° 1.pdf", "2021-10-01T10:00:00Z".parse().unwrap(), 5);
        let found = get(&path, "2021-10-01T11:00:00Z");
        assert_eq!((found.status, &found.body), (200, &content.bytes()));
        assert_eq!(found.body.len(), 3000);
        assert_eq!(get(&path, "2021-10-01T11:00:01Z").status, 403);
        assert_eq!(get(&path.replace("/3000/", "/3001/"), "2021-10-01T10:00:00Z").status, 403);
        assert_eq!(get(PATH, "2021-10-01T10:00:00Z").status, 403);
    }

    #[test]
    fn a_content_is_a_function_of_its_seed() {
        let one = Content { seed: 1, size: 64 };
        assert_eq!(one.checksum(), one.checksum());
        assert_ne!(one.checksum(), Content { seed: 2, size: 64 }.checksum());
    }
}
