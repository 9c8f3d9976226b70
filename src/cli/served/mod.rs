//! Commands that the service does while it runs: what they ask it, what it tells them. They print the same values with and without
//! it, and files are written by whoever runs the command.

mod asking;
mod serving;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use asking::{Service, unexpected};
pub use serving::Serving;

use super::Failure;
use super::sync::Report;
use crate::desk::{Delivered, Document, Drawn, Manner};
use crate::domain::dossier::ProcedureNumber;
use crate::evaluation::Refreshed;
use crate::sync::Progress;

/// What a command asks the service.
#[derive(Debug, Serialize, Deserialize)]
struct Order {
    /// Names the configuration of the command: see [`crate::config::Config::fingerprint`].
    configuration: String,
    wanted: Wanted,
}

/// What the service is to do.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Reads DS, then judges what changed.
    Sync {
        /// The démarches; none named means all of them.
        procedures: Vec<ProcedureNumber>,
        /// Whether everything is read again.
        full: bool,
    },
    /// Asks again for the dossiers that are set aside.
    Quarantine,
    /// Runs the rules again over what is stored.
    Evaluate,
    /// Sends what the outbox has, also what pauses.
    Send,
    /// Makes a document, or gives the one that is kept. A service of before the commentaries would make it without: it does not know this
    /// name.
    #[serde(rename = "draw")]
    Document {
        /// Which.
        document: Document,
        /// How.
        manner: Manner,
        /// Where the caller will write its files; absolute.
        directory: PathBuf,
    },
}

/// What the service tells: how it goes, then one of the others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Told {
    /// How a sync goes.
    Progress(Progress),
    /// A sync is under way that reads all that is asked for: it is shown.
    Joins,
    /// Another sync is under way, which reads something else: this one comes after it.
    Waits,
    /// It is this one's turn.
    Begins,
    /// A sync ended.
    Synced(Box<Report>),
    /// The rules were run.
    Evaluated(Refreshed),
    /// One more message was looked at.
    Message,
    /// What was due was sent.
    Delivered(Delivered),
    /// Some bytes of a file of the document that is about to be told, in base64: those of the first file first.
    Piece {
        /// Which file.
        file: usize,
        /// Empty for a file without bytes.
        bytes: String,
    },
    /// A document; its files are for the caller to write.
    Drawn(Box<Drawn>),
    /// The service runs under another configuration.
    OtherConfiguration,
    /// It could not be done.
    Failed(Failure),
}
