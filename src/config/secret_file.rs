//! A file that holds a secret: who may read it, and how it is written.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Where systemd says that the credentials are.
pub(super) const CREDENTIALS_DIRECTORY: &str = "CREDENTIALS_DIRECTORY";
/// No secret is longer than this, in bytes.
pub(super) const LONGEST: usize = 4096;
/// Everybody may read.
const OTHERS_READ: u32 = 0o004;

/// Why a file gives no secret.
#[derive(Debug)]
pub(super) enum Fault {
    /// It cannot be read.
    Unreadable(io::Error),
    /// Everybody can read it.
    Exposed,
    /// It is written two bytes a character, as some editors do.
    Utf16,
}

/// Its text, without what some editors put before everything else to say that it is UTF-8. `exempt`: systemd guards the directory of
/// credentials itself.
pub(super) fn read(path: &Path, exempt: bool) -> Result<String, Fault> {
    let file = File::open(path).map_err(Fault::Unreadable)?;
    let found = file.metadata().map_err(Fault::Unreadable)?;
    if found.is_dir() {
        return Err(Fault::Unreadable(io::ErrorKind::IsADirectory.into()));
    }
    if !exempt && found.permissions().mode() & OTHERS_READ != 0 {
        return Err(Fault::Exposed);
    }
    let mut bytes = Vec::new();
    // A mark and a line break may surround it.
    file.take(LONGEST as u64 + 5).read_to_end(&mut bytes).map_err(Fault::Unreadable)?;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) || bytes.contains(&0) {
        return Err(Fault::Utf16);
    }
    let text = String::from_utf8(bytes).map_err(|_| Fault::Unreadable(io::ErrorKind::InvalidData.into()))?;
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}
