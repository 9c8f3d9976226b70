//! One file: streamed from its signed address to the disk, compared with what DS announces.

use std::io;

use tokio::time::Instant;

use super::contents::{Contents, Digests, Incoming};
use super::{AttachmentError, Limits};
use crate::api::{DownloadError, Downloader, SignedUrl};
use crate::domain::champ::AttachedFile;
use crate::domain::text::grouped;

/// After so many bytes of a file the disk is looked at: what DS announces of its size may be wrong.
const LOOK: u64 = 8 * 1024 * 1024;

/// Why a file did not arrive.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// Its storage.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// It is larger than allowed.
    #[error("{0}")]
    TooLarge(String),
    /// The time given to all files is over before it arrived.
    #[error("le temps donné aux téléchargements est écoulé avant que ce fichier soit arrivé (clé « max_run_s »)")]
    OutOfTime,
    /// The disk refuses it.
    #[error(transparent)]
    Disk(AttachmentError),
}

/// A file that arrived.
#[derive(Debug)]
pub(super) struct Fetched {
    /// Its content.
    pub incoming: Incoming,
    /// The storage says that it is a web page.
    pub said_html: bool,
}

impl FetchError {
    fn may_pass(&self) -> bool {
        matches!(self, Self::Download(error) if error.is_temporary())
    }
}

/// What to say of a file that is larger than allowed.
pub(super) fn too_large(limits: &Limits) -> String {
    format!("le fichier dépasse la taille maximale, {} octets (clé « max_bytes »)", grouped(limits.max_bytes))
}

/// Streams a file to the disk, until an instant; from its beginning again when it is cut on the way.
pub(super) async fn fetch(
    downloader: &Downloader,
    contents: &Contents,
    limits: &Limits,
    url: &SignedUrl,
    until: Instant,
) -> Result<Fetched, FetchError> {
    let fetching = downloader.patiently(|| attempt(downloader, contents, limits, url), FetchError::may_pass);
    tokio::time::timeout_at(until, fetching).await.unwrap_or(Err(FetchError::OutOfTime))
}

async fn attempt(
    downloader: &Downloader,
    contents: &Contents,
    limits: &Limits,
    url: &SignedUrl,
) -> Result<Fetched, FetchError> {
    let mut download = downloader.open(url).await?;
    let said_html = download.is_html();
    let mut incoming = contents.begin().map_err(FetchError::Disk)?;
    let mut looked_at = 0;
    while let Some(piece) = download.chunk().await? {
        let piece: &[u8] = piece.as_ref();
        if incoming.size().saturating_add(piece.len() as u64) > limits.max_bytes {
            return Err(FetchError::TooLarge(too_large(limits)));
        }
        if incoming.size() >= looked_at {
            if !contents.has_room(limits.disk_floor, LOOK).map_err(FetchError::Disk)? {
                return Err(FetchError::TooLarge(NO_ROOM.to_owned()));
            }
            looked_at = incoming.size() + LOOK;
        }
        let refused = |error: io::Error| FetchError::Disk(AttachmentError::disk(contents.directory(), error));
        incoming.write(piece).map_err(refused)?;
    }
    Ok(Fetched { incoming, said_html })
}

/// Why a file is left that would take the disk below its floor.
pub(super) const NO_ROOM: &str = "le disque n’a pas la place de ce fichier";

/// What a content is worth, next to what DS announces.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// It is what DS announces.
    Verified,
    /// It may be the file all the same: DS reworks images, and announces the new ones later (API facts, 5.9). Why it is in doubt,
    /// in French.
    Doubtful(String),
    /// It is not the file. Why, in French.
    Wrong(String),
    /// Something stands in for the file: the storage, or the way to it, is at fault.
    StoodIn(DownloadError),
}

/// Judges a content by its digests, by how it begins, and by whether it was said to be a web page.
pub(super) fn worth(found: &Digests, head: &[u8], said_html: bool, announced: &AttachedFile) -> Worth {
    let Some(difference) = difference(found, announced) else { return Worth::Verified };
    let is_same_size = u64::try_from(announced.byte_size) == Ok(found.size);
    if found.size == 0 {
        Worth::StoodIn(DownloadError::Empty)
    } else if (said_html || opens_like_html(head)) && !is_html(announced) {
        Worth::StoodIn(DownloadError::WebPage)
    } else if is_same_size || is_image(announced) {
        Worth::Doubtful(difference)
    } else {
        Worth::Wrong(difference)
    }
}

/// What differs between a content and what DS announces, in French; none when nothing does.
fn difference(found: &Digests, announced: &AttachedFile) -> Option<String> {
    let mut differences = Vec::new();
    if u64::try_from(announced.byte_size) != Ok(found.size) {
        let announced = grouped(announced.byte_size.unsigned_abs());
        differences.push(format!("{} octets reçus, {announced} annoncés", grouped(found.size)));
    }
    if announced.checksum != found.md5 {
        differences.push("l’empreinte MD5 n’est pas celle annoncée".to_owned());
    }
    (!differences.is_empty()).then(|| differences.join(" ; "))
}

fn is_image(announced: &AttachedFile) -> bool {
    announced.content_type.starts_with("image/")
}

fn is_html(announced: &AttachedFile) -> bool {
    announced.content_type.contains("html")
}

/// Whether bytes are the beginning of a web page: a tag of HTML, after marks, comments and declarations of XML.
fn opens_like_html(head: &[u8]) -> bool {
    const TAGS: [&[u8]; 9] =
        [b"!doctype html", b"html", b"head", b"body", b"script", b"title", b"meta", b"iframe", b"div"];
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    for (start, end) in [(b"<?xml".as_slice(), b"?>".as_slice()), (b"<!--", b"-->"), (b"<!--", b"-->")] {
        if rest.starts_with(start) {
            let past = rest.windows(end.len()).position(|window| window == end).map(|at| at + end.len());
            rest = past.and_then(|past| rest.get(past..)).unwrap_or_default().trim_ascii_start();
        }
    }
    let Some(tag) = rest.strip_prefix(b"<") else { return false };
    TAGS.iter().any(|known| {
        let ends = |byte: Option<&u8>| byte.is_none_or(|byte| byte.is_ascii_whitespace() || b">/".contains(byte));
        tag.get(..known.len()).is_some_and(|start| start.eq_ignore_ascii_case(known)) && ends(tag.get(known.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: &str = "sZRqySSS0jR8YjW00mERhA==";

    fn announced(content_type: &str, byte_size: i64, checksum: &str) -> AttachedFile {
        AttachedFile {
            filename: "facture de Jeanne.pdf".to_owned(),
            content_type: content_type.to_owned(),
            byte_size,
            checksum: checksum.to_owned(),
            created_at: jiff::Timestamp::UNIX_EPOCH,
            virus_scan: "safe".to_owned(),
        }
    }

    fn found(size: u64) -> Digests {
        Digests { sha256: "00".to_owned(), md5: MD5.to_owned(), size }
    }

    #[test]
    fn a_difference_is_told_without_the_name_of_the_file() {
        let pdf = |byte_size, checksum| announced("application/pdf", byte_size, checksum);
        assert_eq!(difference(&found(6), &pdf(6, MD5)), None);
        assert_eq!(
            difference(&found(6), &pdf(12_345, "x==")).unwrap(),
            "6 octets reçus, 12\u{202f}345 annoncés ; l’empreinte MD5 n’est pas celle annoncée"
        );
        assert_eq!(difference(&found(6), &pdf(-1, MD5)).unwrap(), "6 octets reçus, 1 annoncés");
        assert!(difference(&found(6), &pdf(6, "")).is_some());
    }

    #[test]
    fn a_content_is_worth_what_ds_can_have_made_of_the_file() {
        let pdf = announced("application/pdf", 6, MD5);
        let worth_of = |found: &Digests, head: &[u8], file: &AttachedFile| worth(found, head, false, file);
        assert_eq!(worth_of(&found(6), b"%PDF-", &pdf), Worth::Verified);
        assert!(matches!(worth_of(&found(7), b"%PDF-", &pdf), Worth::Wrong(_)), "DS does not rework it");
        assert!(matches!(
            worth_of(&found(6), b"%PDF-", &AttachedFile { checksum: "x".into(), ..pdf }),
            Worth::Doubtful(_)
        ));
        for image in ["image/jpeg", "image/png"] {
            assert!(matches!(worth_of(&found(7), b"\xff\xd8", &announced(image, 6, MD5)), Worth::Doubtful(_)));
        }
    }

    #[test]
    fn nothing_and_a_web_page_stand_in_for_a_file_and_not_for_themselves() {
        let page = b"<!DOCTYPE html><title>Portail</title>";
        for kind in ["application/pdf", "image/jpeg", "text/plain", ""] {
            let file = announced(kind, 60, "x==");
            assert_eq!(worth(&found(0), b"", false, &file), Worth::StoodIn(DownloadError::Empty), "{kind}");
            assert_eq!(worth(&found(37), page, false, &file), Worth::StoodIn(DownloadError::WebPage), "{kind}");
            assert_eq!(worth(&found(60), b"%PDF", true, &file), Worth::StoodIn(DownloadError::WebPage), "{kind}");
        }
        assert_eq!(worth(&found(37), page, true, &announced("application/pdf", 37, MD5)), Worth::Verified);
        assert_eq!(worth(&found(0), b"", false, &announced("text/plain", 0, MD5)), Worth::Verified);
        assert!(matches!(worth(&found(37), page, true, &announced("text/html", 36, MD5)), Worth::Wrong(_)));
    }

    #[test]
    fn a_web_page_is_known_by_its_first_tag() {
        for page in [
            "<!doctype HTML>",
            " \r\n<HTML lang=fr>",
            "\u{feff}<html>",
            "<?xml version=\"1.0\"?>\n<!DOCTYPE html PUBLIC",
            "<!-- portail --><!-- v2 --><body>",
            "<title/>",
            "<script",
        ] {
            assert!(opens_like_html(page.as_bytes()), "{page}");
        }
        for other in
            ["", "<", "%PDF-1.7", "<?xml version=\"1.0\"?><svg>", "<htmlx>", "<!-- sans fin", "<a>", "texte <html>"]
        {
            assert!(!opens_like_html(other.as_bytes()), "{other}");
        }
    }
}
