//! Being asked to stop: by systemd, by the terminal.

use tokio::signal::unix::{SignalKind, signal};

/// Waits for SIGTERM or SIGINT. Without a way to receive them, waits for ever: the system then stops the process itself.
pub async fn asked_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
