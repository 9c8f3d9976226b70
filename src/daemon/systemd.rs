//! What systemd is told. Without it there is nobody to tell, and that is no failure.

use std::time::Duration;

use sd_notify::NotifyState;

/// How long systemd is asked to wait for the start each time, and how often it is asked again.
const PATIENCE: Duration = Duration::from_mins(2);
const BETWEEN: Duration = Duration::from_secs(20);

fn tell(states: &[NotifyState<'_>]) {
    let _ = sd_notify::notify(states);
}

/// The service does its work, and what `systemctl status` says of it.
pub fn ready(status: &str) {
    tell(&[NotifyState::Ready, NotifyState::Status(status)]);
}

/// What `systemctl status` says.
pub fn status(status: &str) {
    tell(&[NotifyState::Status(status)]);
}

/// The configuration is being read again, until [`ready`].
pub fn reloading() {
    // The instant tells this time from another one: without it systemd would wait in vain.
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// The service ends.
pub fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("s’arrête")]);
}

/// Asks for more time to start, at once, and then as long as it is polled: a new version may have much to bring up to date in a
/// database.
pub fn ask_for_patience() -> impl Future<Output = ()> + Send {
    again_and_again(BETWEEN, || {
        let wanted = u32::try_from(PATIENCE.as_micros()).unwrap_or(u32::MAX);
        tell(&[NotifyState::ExtendTimeoutUsec(wanted), NotifyState::Status("met la base de données à jour")]);
    })
}

/// At once, and then as long as it is polled.
fn again_and_again(between: Duration, ask: impl Fn() + Send) -> impl Future<Output = ()> + Send {
    ask();
    async move {
        loop {
            tokio::time::sleep(between).await;
            ask();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn patience_is_asked_for_at_once_and_again_as_long_as_the_start_takes() {
        let (said, mut heard) = mpsc::unbounded_channel();
        let asking = again_and_again(Duration::from_millis(1), || said.send(()).unwrap());
        assert_eq!(heard.try_recv(), Ok(()), "before anything is waited for");
        let thrice = async {
            for _ in 0..3 {
                heard.recv().await.unwrap();
            }
        };
        tokio::select! {
            () = asking => unreachable!(),
            () = thrice => {}
        }
        assert!(BETWEEN * 2 < PATIENCE);
    }
}
