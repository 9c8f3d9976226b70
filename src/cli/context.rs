//! What every command is given: the printer, the clock, and the configuration when it asks for it.

use std::path::{Path, PathBuf};

use super::{Failure, Printer};
use crate::config::{Config, Token};
use crate::domain::clock::Clock;

/// What a command works with.
#[derive(Debug)]
pub struct Context {
    /// All output goes through it.
    pub printer: Printer,
    /// The only source of "now".
    pub clock: Clock,
    config_file: PathBuf,
}

impl Context {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(printer: Printer, clock: Clock, config_file: PathBuf) -> Self {
        Self { printer, clock, config_file }
    }

    /// The same for the service, which lasts and prints nothing.
    #[must_use]
    pub fn of_service(&self) -> Self {
        Self::new(Printer::standard(false, false), self.clock.clone(), self.config_file.clone())
    }

    /// The file that the configuration is read from.
    #[must_use]
    pub fn config_file(&self) -> &Path {
        &self.config_file
    }

    /// Reads the configuration.
    ///
    /// # Errors
    /// Exit code 2, with the file, the line and the key of the mistake.
    pub fn config(&self) -> Result<Config, Failure> {
        Ok(Config::load(&self.config_file)?)
    }

    /// The same, with the text that it was read from.
    ///
    /// # Errors
    /// As [`Self::config`].
    pub fn config_with_text(&self) -> Result<(Config, String), Failure> {
        Ok(Config::load_with_text(&self.config_file)?)
    }

    /// The same, where no démarche need be followed yet: for who adds one.
    ///
    /// # Errors
    /// As [`Self::config`].
    pub fn config_begun(&self) -> Result<(Config, String), Failure> {
        Ok(Config::load_begun(&self.config_file)?)
    }

    /// Finds the API token.
    ///
    /// # Errors
    /// Exit code 2: there is none, or the place where it is must not be used.
    #[allow(clippy::unused_self, reason = "beside the configuration")]
    pub fn token(&self, config: &Config) -> Result<Token, Failure> {
        Ok(Token::resolve(config.api.token_file.as_deref(), |name| std::env::var_os(name))?)
    }
}
