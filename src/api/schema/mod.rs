//! The questions of this program against the schema of the server, which changes without notice (API facts, 7).
//!
//! A document that names one type, field or argument that DS has removed is refused whole. So the client then asks for the
//! live schema ([`LiveSchema`]), leaves out of its document what is gone ([`Questions`]), and says so: what reads the
//! answers must tell what is absent from what is empty. What a question cannot do without is listed
//! ([`prune::ESSENTIAL`]): without it the question is not asked at all.

mod compare;
mod live;
mod part;
mod prune;
#[cfg(test)]
pub(super) mod tests;

pub use compare::SchemaReport;
pub(super) use live::{INTROSPECTION, Introspection, LiveSchema};
pub use part::SchemaPart;
pub(super) use prune::Questions;
