//! Connecteur FITN.
pub mod domain;
pub mod files;
pub mod schedule;
pub mod store;
pub mod territory;
