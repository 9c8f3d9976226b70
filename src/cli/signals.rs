//! Being asked to stop: by systemd, by the terminal. A service outlives the terminal that it was started from.

use tokio::signal::unix::{Signal, SignalKind, signal};
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

/// SIGHUP, by which the service is asked to read its configuration again. From now on it no longer ends the process, nor does a
/// terminal that closes.
pub struct Hangups(Option<Signal>);

impl Hangups {
    /// Begins to listen.
    #[must_use]
    pub fn listen() -> Self {
        let listened = signal(SignalKind::hangup());
        if let Err(error) = &listened {
            let reason = refusal_in_french(error);
            tracing::warn!(reason, "SIGHUP arrêtera le service : il ne peut pas être reçu");
        }
        Self(listened.ok())
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        match &mut self.0 {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }
}
