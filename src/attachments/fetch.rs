//! One file: streamed from its signed address to the disk, compared with what DS announces.

use std::io;

use super::contents::{Contents, Digests, Incoming};
use super::{AttachmentError, Limits};
use crate::api::{DownloadError, Downloader, SignedUrl};
use crate::domain::champ::AttachedFile;
use crate::domain::text::grouped;

/// Why a file did not arrive.
#[derive(Debug, thiserror::Error)]
pub(super) enum FetchError {
    /// Its storage.
    #[error(transparent)]
    Download(#[from] DownloadError),
    /// It is larger than allowed.
    #[error("{0}")]
    TooLarge(String),
    /// The disk refuses it.
    #[error(transparent)]
    Disk(AttachmentError),
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

/// Streams a file to the disk; from its beginning again when it is cut on the way.
pub(super) async fn fetch(
    downloader: &Downloader,
    contents: &Contents,
    limits: &Limits,
    url: &SignedUrl,
) -> Result<Incoming, FetchError> {
    downloader.patiently(|| attempt(downloader, contents, limits, url), FetchError::may_pass).await
}

async fn attempt(
    downloader: &Downloader,
    contents: &Contents,
    limits: &Limits,
    url: &SignedUrl,
) -> Result<Incoming, FetchError> {
    let mut download = downloader.open(url).await?;
    let mut incoming = contents.begin().map_err(FetchError::Disk)?;
    while let Some(piece) = download.chunk().await? {
        let piece: &[u8] = piece.as_ref();
        if incoming.size().saturating_add(piece.len() as u64) > limits.max_bytes {
            return Err(FetchError::TooLarge(too_large(limits)));
        }
        let refused = |error: io::Error| FetchError::Disk(AttachmentError::disk(contents.directory(), error));
        incoming.write(piece).map_err(refused)?;
    }
    Ok(incoming)
}

/// What differs between a content and what DS announces, in French; none when nothing does.
pub(super) fn difference(found: &Digests, announced: &AttachedFile) -> Option<String> {
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
