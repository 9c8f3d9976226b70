//! Single stories that take minutes: in one program, so that they are told side by side.

#[path = "../common/mod.rs"]
mod common;

mod kills;
mod model;
mod soak;
mod streams;
