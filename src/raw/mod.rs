//! The JSON of one dossier, as the queries of this project ask for it, read into [`crate::domain::dossier::Dossier`].
//!
//! Pure and offline: it reads what was just received and what was stored years ago alike. Tolerant: a type, a state or a
//! value that it does not know is kept as such with the reason, and never costs the dossier. It interprets nothing: what
//! a champ means is for `mapping` to say. Numbers are read from their digits, never through floating point. A text that is too deep or
//! too large for a dossier is refused before it is read: there is no recursion without a bound, and the work grows with the text.

mod assemble;
mod bounds;
mod champ;
mod cover;
mod dossier;
mod hash;
mod object;
mod rows;
mod texts;
mod tree;

pub use assemble::{assemble, member};
pub use cover::covers;
pub use dossier::{Arrived, DecodeError, arrived, decode, number};
pub use hash::content_hash;
pub use rows::champ_rows;
pub use texts::{Place, texts};
