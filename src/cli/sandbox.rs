//! `fitn sandbox`: the stand-in for the DS API, alone.

use std::time::Duration;

use clap::Args;

use super::args::whole;
use super::signals;
use super::{Context, Exit, Failure};
use crate::domain::clock::Clock;
use crate::files::refusal_in_french;
use crate::sandbox::{self, BadFault, BadPart, Options, PlannedFault, Running, SchemaPart, churn};

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
    /// Panne à jouer : 502@3 (à la 3e requête), timeout@2-4, reset@every:7 ; l’option peut être répétée
    #[arg(long = "fault", value_name = "PANNE@REQUÊTE", value_parser = fault)]
    pub faults: Vec<PlannedFault>,
    /// Partie du schéma à retirer, comme DS le fait sans prévenir : TYPE, TYPE.CHAMP, TYPE.CHAMP(ARGUMENT) ou ENUM.VALEUR ;
    /// l’option peut être répétée
    #[arg(long = "without", value_name = "PARTIE", value_parser = part)]
    pub without: Vec<SchemaPart>,
    /// Changements par minute sur les dossiers, comme sur DS : modifiés, déposés, cachés, restaurés, supprimés…
    #[arg(long, value_name = "NOMBRE", value_parser = whole::<u32>)]
    pub churn: Option<u32>,
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
        let reason = refusal_in_french(&error);
        Failure::failed(format_args!("le bac à sable ne peut pas écouter sur le port {} : {reason}", options.port))
            .hint("choisissez un autre port, ou 0 pour un port libre")
    })?;
    running.plan_faults(args.faults);
    running.without(&args.without).map_err(|error| Failure::usage(&error))?;
    // Whoever reads the first line may stop it at once.
    let stop = signals::asked_to_stop();
    context.printer.text(&sandbox::banner(&running).to_string())?;
    tokio::select! {
        () = stop => {}
        () = churn(&running, args.churn.unwrap_or(0), options.seed) => {}
    }
    running.shutdown().await.map_err(|error| {
        Failure::failed(format_args!("le bac à sable s’est mal arrêté : {}", refusal_in_french(&error)))
    })?;
    Ok(Exit::Done)
}

/// Changes the dossiers so many times a minute, for ever; what happened goes to the log.
async fn churn(running: &Running, per_minute: u32, seed: u64) {
    let Some(every) = Duration::from_mins(1).checked_div(per_minute) else { return std::future::pending().await };
    let (clock, mut rng) = (Clock::system(), fastrand::Rng::with_seed(seed));
    loop {
        tokio::time::sleep(every).await;
        let happened = churn::disturb(&mut running.write(), &mut rng, clock.now());
        if let Some((event, number)) = happened {
            tracing::info!(dossier = number, "{event}");
        }
    }
}
