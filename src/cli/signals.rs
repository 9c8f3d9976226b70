//! Being asked to stop: by systemd, by the terminal. A service outlives the terminal that it was started from.

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::files::refusal_in_french;

/// From now on SIGTERM and SIGINT no longer end the process: they end the wait for what is given. Without a way to receive them it
/// lasts for ever: the system then stops the process itself.
pub fn asked_to_stop() -> impl Future<Output = ()> + Send + use<> {
    // Here, and not at the first poll: one that comes in between would kill.
    let signals =
        signal(SignalKind::terminate()).and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
    async move {
        let Ok((mut terminate, mut interrupt)) = signals else { return std::future::pending().await };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
}

/// A token that is cancelled once the process is asked to stop, from now on.
#[must_use]
pub fn stop() -> CancellationToken {
    let stop = CancellationToken::new();
    let (asked, signal) = (stop.clone(), asked_to_stop());
    tokio::spawn(async move {
        signal.await;
        asked.cancel();
    });
    stop
}

/// From now on, SIGHUP no longer ends the process: it means neither that the terminal took the service with it, nor yet that the
/// configuration is to be read again. It is logged.
pub fn survive_hangups() {
    let mut hangups = match signal(SignalKind::hangup()) {
        Ok(hangups) => hangups,
        Err(error) => {
            let reason = refusal_in_french(&error);
            tracing::warn!(reason, "SIGHUP arrêtera le service : il ne peut pas être reçu");
            return;
        }
    };
    tokio::spawn(async move {
        while hangups.recv().await.is_some() {
            tracing::warn!(
                "SIGHUP reçu, sans effet : la configuration n’est lue qu’au démarrage (« systemctl restart fitn »)"
            );
        }
    });
}
