//! Connecteur FITN.
pub mod cli;
pub mod config;
pub mod domain;
pub mod files;
pub mod territory;
