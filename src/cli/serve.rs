//! `fitn serve`: the daemon. Put together here; what it does is the business of its room.

use std::path::Path;
use std::sync::Arc;

use clap::Args;

use super::served::Serving;
use super::{Context, Exit, Failure, signals, workplace};
use crate::config::{Config, Listen};
use crate::console::{Console, Sources};
use crate::daemon::{Control, Daemon, Heartbeat, Means, Pulse, Reload, Sending, ServiceLock, Syncs, Work, systemd};
use crate::desk::{Access, Desk, StoreError};
use crate::files::refusal_in_french;

/// The arguments of `fitn serve`.
#[derive(Debug, Args)]
pub struct ServeArgs {}

/// Runs the command until it is told to stop.
///
/// # Errors
/// A wrong configuration, another service on the database, a database that cannot be used at the start. What goes wrong later is
/// logged, recorded and tried again: the service goes on.
pub async fn run(_args: ServeArgs, context: &Context) -> Result<Exit, Failure> {
    // Before anything else: from the first moment, who stops the service lets it end in order.
    let (stop, hangups) = (signals::stop(), signals::Hangups::listen());
    let context = Arc::new(context.of_service());
    let (config, text) = context.config_with_text()?;
    // What cannot be used now is said now; it is looked for again before each sync.
    workplace::client(&config, &context)?;
    let database = config.database.path.clone();
    let _lock = ServiceLock::take(&database, context.clock.now()).map_err(not_mounted_yet)?;
    let means = workplace::means(config.clone(), &text, opened(&config, &context)?, &context)?;
    let (plans, store) = (means.plans.clone(), Arc::clone(&means.desk.store));
    let reload = Reload::begin(means)?;
    let (present, pulse, syncs) = (reload.present(), Pulse::default(), Arc::new(Syncs::default()));
    let work = Work {
        present: present.clone(),
        syncs: Arc::clone(&syncs),
        stop: stop.clone(),
        pulse: pulse.clone(),
        sending: Sending::default(),
    };
    let heartbeat = Heartbeat::start()
        .await
        .map_err(|error| Failure::failed(format_args!("le planificateur ne démarre pas : {error}")))?;
    let daemon = Daemon::new(plans, store, context.clock.clone(), work, stop.clone())?
        .felt_by(pulse.clone())
        .planned_by(present.clone());
    let console = match &config.console.listen {
        Some(listen) => Some(listening(listen).await?),
        None => None,
    };
    if let Some(console) = console {
        let sources = Sources { present: present.clone(), pulse: pulse.clone() };
        tokio::spawn(console.run(sources, stop.clone()));
    }
    let serving = Arc::new(Serving { present, syncs, stop: stop.clone(), pulse: pulse.clone() });
    let attending = control(&database).map(|control| tokio::spawn(serving.run(control)));
    tokio::spawn(pulse.reassure_systemd(stop));
    let reloading = tokio::spawn(read_again(hangups, reload, config, context));
    systemd::ready("attend la prochaine tâche");
    tracing::info!(database = %database.display(), "le service est prêt");
    daemon.run(heartbeat).await;
    systemd::stopping();
    tracing::info!("le service s’arrête à la demande");
    reloading.abort();
    if let Some(attending) = attending {
        // What people asked for ends first.
        let _ = attending.await;
    }
    Ok(Exit::Done)
}

/// The desk over the database, which may have to be brought up to date first: systemd is asked to wait.
fn opened(config: &Config, context: &Context) -> Result<Desk, Failure> {
    let patience = tokio::spawn(systemd::ask_for_patience());
    let desk = tokio::task::block_in_place(|| workplace::desk(config, Access::Create, context));
    patience.abort();
    desk
}

/// The place where health and figures are shown.
async fn listening(listen: &Listen) -> Result<Console, Failure> {
    let (opened, place) = match listen {
        Listen::Address(address) => (Console::at(*address).await, address.to_string()),
        Listen::Socket(path) => (Console::on(path), path.display().to_string()),
    };
    let shown = opened.and_then(|console| Ok((console.place()?, console)));
    let (place, console) = shown.map_err(|error| {
        let reason = refusal_in_french(&error);
        Failure::usage(format_args!("le service ne peut pas écouter sur {place} : {reason}"))
            .hint("corrigez « listen » dans la section [console], ou arrêtez ce qui occupe cette place")
    })?;
    tracing::info!("l’état et les mesures du service se lisent sur {place} (/healthz, /metrics)");
    Ok(console)
}

/// Where commands ask the service. Without it they do their work themselves, as when there is no service.
fn control(database: &Path) -> Option<Control> {
    Control::bind(database)
        .inspect_err(|error| {
            let reason = refusal_in_french(error);
            tracing::warn!(
                reason,
                "les commandes ne pourront rien demander au service : son point d’accès ne s’ouvre pas"
            );
        })
        .ok()
}

/// Reads the configuration again at each SIGHUP.
async fn read_again(mut hangups: signals::Hangups, reload: Reload, started_with: Config, context: Arc<Context>) {
    loop {
        hangups.next().await;
        reload.again(|before| changed(before, &started_with, &context).map_err(workplace::setback));
    }
}

/// The means of the configuration as it is now, over the database that is open.
fn changed(before: &Means, started_with: &Config, context: &Arc<Context>) -> Result<Means, Failure> {
    let (config, text) = context.config_with_text()?;
    if config.database.path != started_with.database.path {
        return Err(Failure::usage(
            "la base de données (database.path) ne se change pas pendant que le service tourne",
        )
        .hint("pour la changer, « systemctl restart fitn » ; sinon, remettez celle d’avant"));
    }
    if config.console.listen != started_with.console.listen {
        return Err(Failure::usage(
            "l’adresse de la console (console.listen) ne se change pas pendant que le service tourne",
        )
        .hint("pour la changer, « systemctl restart fitn » ; sinon, remettez celle d’avant"));
    }
    workplace::client(&config, context)?;
    let desk = workplace::desk_again(&config, &before.desk, context)?;
    workplace::means(config, &text, desk, context)
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
            let engine = workplace::reach(&config, &context, &desk).map_err(|setback| setback.message)?;
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
