//! Connecteur FITN.
pub mod api;
pub mod domain;
pub mod files;
pub mod raw;
pub mod territory;
