//! The client of the GraphQL API of demarches-simplifiees.fr (DS): what is asked, over HTTP, and errors told apart.
//!
//! A call of [`Client`] is one GraphQL operation, tried again while that makes sense, within the budget of the rate limit.
//! Dossiers come as the exact bytes that the server sent, one text each: this room does not read them (`raw` does), so that
//! a fault in one never costs a page. It keeps no state between calls but its budget and what it
//! learnt of the server's schema, knows nothing of the database,
//! and never decides to skip anything: [`Page::is_whole`] and [`ApiError::kind`] are what the caller decides by.
//!
//! DS changes its schema without notice. What it no longer has is left out of the questions, and [`Client::missing`] says
//! so: a reader of answers must tell what is absent from what is empty. How DS really behaves is in [`facts`].
//!
//! A [`Downloader`] ([`Client::downloader`]) fetches the contents of attached files from wherever their signed addresses lead: it is another HTTP
//! client, which was never given the token. Both take the same way (`way`), which a proxy closes for good once it refused a name
//! and password.
//!
//! The token is sent to the one address that was configured, in the `Authorization` header, and appears nowhere else.
//! Redirections are refused, cookies are not kept, bodies of answers never reach an error or a log.

mod answer;
mod asking;
mod budget;
mod client;
mod dates;
mod demarche;
mod download;
mod error;
mod extent;
#[doc = include_str!("facts.md")]
pub mod facts {}
mod form;
mod graphql_error;
mod links;
mod operations;
mod page;
mod probe;
mod query;
mod reach;
mod readable;
mod retry;
mod schema;
mod settings;
#[cfg(test)]
mod tests;
mod together;
mod traffic;
mod transport;
mod way;

pub use client::Client;
pub use demarche::Demarche;
pub use download::{DownloadError, Downloader};
pub use error::{ApiError, Cause, CertificateFault, ErrorKind, Overrun, Refusal, Target};
pub use graphql_error::{GraphqlError, PathStep};
pub use links::{FileLink, SignedUrl};
pub use operations::DOCUMENT;
pub use page::{Cursor, Page, Removal};
pub use probe::Probe;
pub use query::{DossierPart, DossierQuery, FetchedDossier, Order};
pub use retry::RetryPolicy;
pub use schema::{SchemaPart, SchemaReport};
pub use settings::{ClientSettings, SetupError, TokenSource};
pub use together::batches;
pub use traffic::TRAFFIC;
