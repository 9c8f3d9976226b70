//! The rules of the guide: which there are, what they need, and what they say of a dossier.
//!
//! A [`Rule`] is an entry of a static table, one table a programme (`axe3_v1_ads`…): an id that never changes, a kind, the
//! passage of the guide it rests on, the parameters it uses and one pure function. Numbers and dates live in TOML files
//! under `parameters/`, dated and cited, never in code. [`Rulebook::evaluate`] runs a programme's rules over one
//! [`Subject`](crate::domain::subject::Subject); what a rule must know of other dossiers it finds in [`Peers`].
//!
//! A rule never guesses. What it reads goes through an `Inquiry`, which keeps the trace shown with the verdict, and
//! a fact that it needs and does not find ends it as `to_review`.
//!
//! The guide itself stands under [`guide`]: a test holds every quotation against it, word for word.
//!
//! Deliberately absent: the clock, files (but an operator's own parameters, read once), the database, the persons' own decisions on a rule (laid over the verdicts by
//! the caller), and DS: this room knows facts, not champs.

#![allow(clippy::unnecessary_wraps, reason = "the functions of all rules have one signature")]

mod acceptance;
mod attached;
mod axe2;
mod axe3;
mod axe3_v1;
mod axe3_v1_ads;
mod axe3_v2;
pub mod cases;
mod credits;
mod envelope;
mod expenses;
mod free_text;
mod grant;
mod grounds;
pub(crate) mod guide;
mod inquiry;
mod neighbour;
mod parameters;
mod peers;
mod place;
mod rights;
mod rule;
mod rulebook;
mod surroundings;
#[cfg(test)]
pub(crate) mod testing;
mod wording;

pub use attached::Attached;
pub use axe3_v1::control::awaits_announcement;
pub use credits::Credits;
pub use grounds::{Need, ParameterUse};
pub use neighbour::decided_on;
pub use parameters::{Parameter, ParameterError, ParameterName, Value};
pub use peers::Peers;
pub use place::Place;
pub use rule::{Passage, Rule};
pub use rulebook::{MissingParameter, Rulebook, rule_of, title_of};
pub use surroundings::{Around, Surroundings};
