//! What ends a command: its exit code, what happened and what to do.

use std::fmt;
use std::process::ExitCode;

use serde::{Deserialize, Serialize};

use crate::config::{ConfigError, TokenError};

/// The exit codes that cron jobs build on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// Done.
    Done = 0,
    /// Something went wrong that is none of the below, or the answer is no.
    Failed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// Done, but something is left for a person to see to: dossiers in quarantine, messages that are held, a sheet that differs.
    LeftToSee = 3,
    /// Refused by the API.
    Refused = 4,
    /// The API is out of reach, or another sync or service is running: trying later makes sense.
    TryLater = 5,
}

impl Exit {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The exit code.
    pub exit: Exit,
    /// What happened, to which dossier or file, in French.
    pub message: String,
    /// What to do, in French.
    pub hint: Option<String>,
}

impl Failure {
    pub(super) fn new(exit: Exit, message: impl fmt::Display) -> Self {
        Self { exit, message: message.to_string(), hint: None }
    }

    /// Something went wrong: exit code 1.
    #[must_use]
    pub fn failed(message: impl fmt::Display) -> Self {
        Self::new(Exit::Failed, message)
    }

    /// Wrong usage or configuration: exit code 2.
    #[must_use]
    pub fn usage(message: impl fmt::Display) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// Refused by the API: exit code 4.
    #[must_use]
    pub fn refused(message: impl fmt::Display) -> Self {
        Self::new(Exit::Refused, message)
    }

    /// Trying later makes sense: exit code 5.
    #[must_use]
    pub fn try_later(message: impl fmt::Display) -> Self {
        Self::new(Exit::TryLater, message)
    }

    /// What was asked is done all the same, and only could not be told. `what` is done; `see` says where that shows.
    #[must_use]
    pub(super) fn all_the_same(self, what: impl fmt::Display, see: impl fmt::Display) -> Self {
        let message = format!("{what}, mais {}", self.message);
        Self { message, ..self }.hint(format_args!("ne recommencez pas : {see}"))
    }

    /// Adds what to do.
    #[must_use]
    pub fn hint(mut self, hint: impl fmt::Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    /// The document of `--json`.
    #[must_use]
    pub fn to_json(&self) -> impl Serialize + '_ {
        #[derive(Serialize)]
        struct Document<'a> {
            error: Error<'a>,
        }
        #[derive(Serialize)]
        struct Error<'a> {
            code: u8,
            message: &'a str,
            hint: Option<&'a str>,
        }
        Document { error: Error { code: self.exit.code(), message: &self.message, hint: self.hint.as_deref() } }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::usage(&error).hint(error.mend())
    }
}

impl From<TokenError> for Failure {
    fn from(error: TokenError) -> Self {
        Self::usage(&error).hint(error.mend())
    }
}
