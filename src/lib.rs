//! Connecteur FITN.
pub mod domain;
pub mod files;
pub mod mapping;
pub mod territory;
