//! TOML that people write: read whole, with the line and the key of each mistake, told in French.
//!
//! Used for the configuration, for parameter files and for case files alike. Values are never repeated: one of them may be a
//! secret in the wrong place.

mod french;
mod mistake;
mod source;

use std::path::Path;

use serde::de::DeserializeOwned;

pub use mistake::Mistake;
pub use source::Source;

/// What is said of a key that nothing reads.
pub const UNKNOWN_KEY: &str = "cette clé n’existe pas";

/// Finds every key of a text; `file` names it in messages.
///
/// # Errors
/// The text is not TOML.
pub fn locate<'t>(file: &Path, text: &'t str) -> Result<Source<'t>, Mistake> {
    Source::read(text).map_err(|error| french::syntax(file, text, &error))
}

/// Reads what a text says.
///
/// # Errors
/// It is not what is expected: an unknown or missing key, a value of another kind, or one that a check refuses (what is wrong
/// on a first line, what to write on a second).
pub fn read<T: DeserializeOwned>(file: &Path, text: &str, source: &Source<'_>) -> Result<T, Mistake> {
    toml::from_str(text).map_err(|error| french::value(file, source, &error))
}
