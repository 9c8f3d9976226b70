//! Connecteur FITN.
pub mod domain;
pub mod files;
pub mod rules;
pub mod territory;
