//! Values of the trade, without I/O: what every other room talks about.

pub(crate) mod aside;
pub mod attachment;
pub mod backup;
pub mod champ;
pub mod clock;
pub mod dossier;
pub(crate) mod erasure;
pub mod fact;
mod fold;
pub mod form;
pub mod instant;
pub mod journal;
pub mod mailbox;
pub mod message;
pub mod money;
pub mod neighbour;
pub mod period;
pub(crate) mod place;
pub mod programme;
pub(crate) mod right;
pub mod room;
pub mod siret;
pub mod sought;
pub mod subject;
pub mod text;
pub mod verdict;
