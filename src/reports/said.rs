//! What a document says, whatever it looks like in the version that writes it.

use std::fmt::{self, Write as _};
use std::io;

use crate::files::Hasher;

/// Takes a text in as it is written.
struct Said(Hasher);

impl fmt::Write for Said {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        io::Write::write_all(&mut self.0, text.as_bytes()).map_err(|_| fmt::Error)
    }
}

/// SHA-256, in hexadecimal, of the contents of a document.
pub(super) fn said(contents: &impl fmt::Debug) -> String {
    let mut said = Said(Hasher::default());
    // Nothing keeps a text from being hashed.
    let _ = write!(said, "{contents:?}");
    said.0.hexadecimal()
}
