//! `fitn serve`: the daemon. Put together here; what it does is the business of its room.

use std::sync::Arc;

use clap::Args;
use sd_notify::NotifyState;

use super::{Context, Exit, Failure, signals, workplace};
use crate::config::Config;
use crate::daemon::{Daemon, Heartbeat, Pulse, ServiceLock, Setback, Work};
use crate::desk::{Access, Desk, StoreError};
use crate::sync::Engine;

/// The arguments of `fitn serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {}

/// Runs the command until it is told to stop.
///
/// # Errors
/// A wrong configuration, another service on the database, a database that cannot be used at the start. What goes wrong later is
/// logged, recorded and tried again: the service goes on.
pub async fn run(_args: ServeArgs, context: &Context) -> Result<Exit, Failure> {
    // First of all: whoever reads who holds the lock may stop it at once.
    let stop = signals::stop();
    signals::survive_hangups();
    let config = context.config()?;
    let plans = workplace::plans(&config)?;
    // What cannot be used now is said now; it is looked for again before each sync.
    workplace::client(&config, context)?;
    let _lock = ServiceLock::take(&config.database.path, context.clock.now()).map_err(not_mounted_yet)?;
    let desk = workplace::desk(&config, Access::Create, context)?;
    let pulse = Pulse::default();
    let store = Arc::clone(&desk.store);
    let work = Work {
        desk,
        reach: |desk: &Desk| reach(&config, context, desk),
        followed: workplace::followed(&config, &[]),
        stop: stop.clone(),
        pulse: pulse.clone(),
    };
    let heartbeat = Heartbeat::start()
        .await
        .map_err(|error| Failure::failed(format_args!("le planificateur ne démarre pas : {error}")))?;
    let daemon = Daemon::new(plans, store, context.clock.clone(), work, stop.clone())?.felt_by(pulse.clone());
    tokio::spawn(pulse.reassure_systemd(stop));
    tell_systemd(NotifyState::Ready);
    tracing::info!(database = %config.database.path.display(), "le service est prêt");
    daemon.run(heartbeat).await;
    tell_systemd(NotifyState::Stopping);
    tracing::info!("le service s’arrête à la demande");
    Ok(Exit::Done)
}

/// A disk that is mounted late is no mistake of the configuration: whoever watches over the service starts it again.
fn not_mounted_yet(error: StoreError) -> Failure {
    let is_late = error.may_be_a_late_mount();
    let failure = Failure::from(error);
    if !is_late {
        return failure;
    }
    let hint = failure.hint.unwrap_or_default();
    Failure::try_later(failure.message).hint(format_args!(
        "montez le disque qui la porte : systemd relance le service jusque-là ; s’il n’y en a pas, {hint}"
    ))
}

/// The token is read again each time: its file may have been renewed.
fn reach(config: &Config, context: &Context, desk: &Desk) -> Result<Engine, Setback> {
    let setback =
        |failure: Failure| Setback::for_a_person(&failure.message, failure.hint.as_deref().unwrap_or_default());
    let client = workplace::client(config, context).map_err(setback)?;
    Ok(workplace::engine(config, client, desk))
}

fn tell_systemd(state: NotifyState<'_>) {
    // Without systemd there is nobody to tell.
    let _ = sd_notify::notify(&[state]);
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;
    use std::path::Path;

    use super::*;
    use crate::api::ErrorKind;
    use crate::cli::Printer;
    use crate::domain::clock::Clock;
    use crate::files::write_atomically;
    use crate::sandbox;

    fn write(path: &Path, text: &str) {
        write_atomically(path, text.as_bytes()).unwrap();
        std::fs::set_permissions(path, PermissionsExt::from_mode(0o600)).unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_token_that_is_renewed_in_its_file_counts_at_once() {
        let world = sandbox::generate(&sandbox::Options { dossiers: 4, ..sandbox::Options::default() });
        let running = sandbox::start(world, 0).await.unwrap();
        let served = &sandbox::procedures()[0];
        let directory = tempfile::tempdir().unwrap();
        let (config_file, token) = (directory.path().join("config.toml"), directory.path().join("token"));
        let text = format!(
            "[api]\nurl = \"{}\"\ntoken_file = \"token\"\n[[procedures]]\nnumber = {}\nprogramme = \"{}\"\n",
            running.url, served.number, served.programme
        );
        write(&config_file, &text);
        let context = Context::new(Printer::standard(false, false), Clock::system(), config_file);
        let config = context.config().unwrap();
        let desk = workplace::desk(&config, Access::Create, &context).unwrap();
        let asked = async || {
            let engine = reach(&config, &context, &desk).map_err(|setback| setback.message)?;
            let answer = engine.client().demarche(served.number).await;
            answer.map(|_| ()).map_err(|error| format!("{:?}", error.kind()))
        };

        assert!(asked().await.unwrap_err().contains("il n’existe pas"), "it is looked for each time");
        write(&token, "cmV2b2tlZA==\n");
        assert_eq!(asked().await, Err(format!("{:?}", ErrorKind::Refused)));
        write(&token, &format!("{}\n", running.token));
        assert_eq!(asked().await, Ok(()));
        running.shutdown().await.unwrap();
    }
}
