//! What is wrong with a text, where, and what to write instead.

use std::fmt;
use std::path::{Path, PathBuf};

/// One mistake in the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1; none when the mistake is something that is not there.
    pub line: Option<usize>,
    /// The key, dotted; none when the text is not TOML.
    pub key: Option<String>,
    /// What is wrong, in French.
    pub message: String,
    /// What to write instead, in French.
    pub mend: String,
}

impl std::error::Error for Mistake {}

impl Mistake {
    /// Something that is not there.
    #[must_use]
    pub fn of_key(file: &Path, key: &str, message: &str, mend: &str) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            key: Some(key.to_owned()),
            message: message.to_owned(),
            mend: mend.to_owned(),
        }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ", ligne {line}")?;
        }
        if let Some(key) = &self.key {
            write!(f, ", clé « {key} »")?;
        }
        write!(f, " : {}", self.message)
    }
}
