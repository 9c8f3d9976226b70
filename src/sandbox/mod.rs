//! The stand-in for the DS API: for demonstrations, training and tests. Inside the binary, on loopback, without network.
//!
//! A real GraphQL engine runs the documents it gets over the project's `schema.graphql`, with the peculiarities of the real
//! server (the section numbers in this room's comments are those of the API facts): its errors and their codes, its
//! cursors, its types that depend on the fragments of the document, its lists of removed dossiers.
//!
//! The dossiers are made up: a pure function of a seed and of their number, within the period of the guide. Communes and
//! groupements are real; what is said of them is not. There is no real person and no e-mail address in them.
//!
//! Attached files have contents, at signed addresses that do not live long; their storage knows no token.
//!
//! Deliberately absent: stored queries, mutations, and any knowledge of the rest of the program beyond `domain` and
//! `territory`. Nobody but `cli demo`, `cli sandbox` and the tests knows this room.
//!
//! `server` (the socket) → `service` (one request in, one answer out; `files` beside it) → `graphql` (the engine) → `world`
//! (the data, and what happens to them); `forms` and `generate` make a world.

pub(crate) mod churn;
mod faults;
mod files;
mod forms;
mod generate;
mod graphql;
mod server;
mod service;
#[cfg(test)]
mod tests;
pub mod world;

use serde_json::json;

pub use churn::Event;
pub use faults::{BadFault, Fault, PlannedFault, Requests};
pub use files::Content;
pub use generate::generate;
pub use graphql::{BadPart, SchemaPart};
pub use server::{Running, start, start_with_clock};
pub use world::World;

use crate::domain::programme::Programme;

/// What the stand-in is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The port on loopback; 0 for any free one.
    pub port: u16,
    /// How many dossiers to make up. From 60 on, every awkward case is among them.
    pub dossiers: usize,
    /// The same seed and number of dossiers make the same world.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { port: 0, dossiers: 120, seed: 7 }
    }
}

/// A démarche of the stand-in, for whoever writes a configuration for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServedProcedure {
    /// Its number.
    pub number: i64,
    /// The programme that it serves.
    pub programme: Programme,
    /// Its title.
    pub title: &'static str,
    /// TOML with the table `[procedures.fields]` and those below it, to be put after the keys `number` and `programme` of a
    /// `[[procedures]]`.
    pub fields_toml: &'static str,
}

/// The démarches that every world has, by number.
#[must_use]
pub fn procedures() -> Vec<ServedProcedure> {
    forms::TEMPLATES
        .iter()
        .map(|template| ServedProcedure {
            number: template.number,
            programme: template.programme,
            title: template.title,
            fields_toml: template.fields_toml,
        })
        .collect()
}

/// What a program needs to know in order to call a stand-in: the first line that `fitn sandbox` prints.
#[must_use]
pub fn banner(running: &Running) -> serde_json::Value {
    let world = running.read();
    let procedures: Vec<_> = world
        .procedures()
        .map(
            |procedure| json!({"number": procedure.number, "programme": procedure.programme, "title": procedure.title}),
        )
        .collect();
    json!({"url": running.url, "token": running.token, "procedures": procedures})
}
