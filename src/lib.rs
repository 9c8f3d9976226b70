//! Connecteur FITN.
pub mod domain;
pub mod files;
pub mod reports;
pub mod territory;
