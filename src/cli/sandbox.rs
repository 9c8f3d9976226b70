//! `fitn sandbox`: the stand-in for the DS API, alone.

use clap::Args;

use super::args::whole;
use super::signals;
use super::{Context, Exit, Failure};
use crate::sandbox::{self, BadFault, BadPart, Options, PlannedFault, SchemaPart};

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
    /// Panne à répéter : panne@requête, panne@première-dernière ou panne@every:N ; à répéter
    #[arg(long = "fault", value_name = "PANNE", value_parser = fault)]
    pub faults: Vec<PlannedFault>,
    /// Partie du schéma à retirer, pour répéter ce que ferait DS : TYPE, TYPE.CHAMP, TYPE.CHAMP(ARGUMENT) ou ENUM.VALEUR ; à répéter
    #[arg(long = "without", value_name = "PARTIE", value_parser = part)]
    pub without: Vec<SchemaPart>,
}

fn part(text: &str) -> Result<SchemaPart, BadPart> {
    text.parse()
}

fn fault(text: &str) -> Result<PlannedFault, BadFault> {
    text.parse()
}

/// Runs the command until it is told to stop.
///
/// # Errors
/// The port is taken.
pub async fn run(args: SandboxArgs, context: &Context) -> Result<Exit, Failure> {
    let defaults = Options::default();
    let options = Options {
        port: args.port,
        dossiers: args.dossiers.map_or(defaults.dossiers, |number| number as usize),
        seed: args.seed.unwrap_or(defaults.seed),
    };
    let running = sandbox::start(sandbox::generate(&options), options.port).await.map_err(|error| {
        Failure::failed(format_args!("le bac à sable ne peut pas écouter sur le port {} : {error}", options.port))
            .hint("choisissez un autre port, ou 0 pour un port libre")
    })?;
    running.plan_faults(args.faults);
    running.without(&args.without).map_err(|error| Failure::usage(&error))?;
    context.printer.text(&sandbox::banner(&running).to_string())?;
    signals::asked_to_stop().await;
    running
        .shutdown()
        .await
        .map_err(|error| Failure::failed(format_args!("le bac à sable s’est mal arrêté : {error}")))?;
    Ok(Exit::Done)
}
