//! `fitn sandbox`: the stand-in for the DS API, alone.

use clap::Args;

use super::args::whole;
use super::{Context, Exit, Failure};

/// The arguments of `fitn sandbox`.
#[derive(Debug, Args)]
pub struct SandboxArgs {
    /// Port d’écoute sur la machine elle-même ; 0 : un port libre
    #[arg(long, value_name = "PORT", value_parser = whole::<u16>, default_value = "0")]
    pub port: u16,
    /// Nombre de dossiers inventés
    #[arg(long, value_name = "NOMBRE", value_parser = whole::<u32>)]
    pub dossiers: Option<u32>,
    /// Graine du tirage : la même graine donne les mêmes dossiers
    #[arg(long, value_name = "GRAINE", value_parser = whole::<u64>)]
    pub seed: Option<u64>,
}

/// Runs the command.
///
/// # Errors
/// The port is taken.
pub async fn run(_args: SandboxArgs, _context: &Context) -> Result<Exit, Failure> {
    // body follows with the sandbox
    Err(Failure::pending())
}
