//! Connecteur FITN.
pub mod domain;
pub mod files;
pub mod sandbox;
pub mod territory;
