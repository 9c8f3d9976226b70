//! The configuration is read again while the service runs. A wrong one changes nothing, and is told until a right one comes.

use std::sync::Arc;

use tokio::sync::watch;

use super::means::{Means, Present};
use super::setback::Setback;
use super::systemd;
use crate::desk::DeskError;
use crate::store::StoreError;

/// The key of the alert about a configuration that was refused.
const ALERT: &str = "configuration";

/// Holds the means of the service, and replaces them.
pub struct Reload {
    present: watch::Sender<Arc<Means>>,
}

impl Reload {
    /// Begins with these means: their configuration is right.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn begin(means: Means) -> Result<Self, StoreError> {
        means.desk.store.write::<_, StoreError>(|writer| writer.alert_settle(ALERT))?;
        Ok(Self { present: watch::Sender::new(Arc::new(means)) })
    }

    /// The means of the moment, for whoever works with them.
    #[must_use]
    pub fn present(&self) -> Present {
        self.present.subscribe()
    }

    /// Reads the configuration again, and then judges by it what is stored.
    pub fn again(&self, read: impl FnOnce(&Means) -> Result<Means, Setback>) {
        systemd::reloading();
        let before = Arc::clone(&self.present.borrow());
        match tokio::task::block_in_place(|| read(&before)) {
            Ok(means) => {
                let means = Arc::new(means);
                self.present.send_replace(Arc::clone(&means));
                tracing::info!("la configuration a été relue");
                systemd::ready("configuration relue");
                settle(&means);
                follow(&means);
            }
            Err(setback) => {
                let Setback { message, hint, .. } = &setback;
                tracing::error!(error = %setback, "la configuration n’a pas été reprise, celle d’avant reste en vigueur");
                systemd::ready("configuration refusée, celle d’avant reste en vigueur");
                raise(&before, message, hint);
            }
        }
    }
}

fn settle(means: &Means) {
    let settled = means.desk.store.write::<_, StoreError>(|writer| writer.alert_settle(ALERT));
    settled.unwrap_or_else(|error| tracing::error!(error = %error, "une alerte n’a pas pu être levée"));
}

fn raise(means: &Means, message: &str, hint: &str) {
    let message = format!("la configuration relue est refusée, celle d’avant reste en vigueur : {message}");
    let hint = format!("{hint} ; puis « systemctl reload fitn »");
    let raised = means.desk.store.write::<_, StoreError>(|writer| {
        let now = writer.reader().corrected(means.desk.clock.now())?;
        writer.alert_raise(ALERT, &message, &hint, now)
    });
    raised.unwrap_or_else(|error| tracing::error!(error = %error, "une alerte n’a pas pu être inscrite"));
}

/// New rules or mappings hold for what is stored too: at once, or as soon as the sync under way has ended.
pub(super) fn follow(means: &Means) {
    match means.desk.evaluate(false) {
        Ok(refreshed) => {
            let (judged, changed) = (refreshed.judged, refreshed.changed);
            tracing::info!(judged, changed, "les dossiers enregistrés suivent la configuration relue");
        }
        Err(DeskError::Store(error @ StoreError::Locked { .. })) => {
            tracing::info!("{error} : les dossiers suivront ensuite la configuration relue");
        }
        Err(error) => {
            tracing::error!(error = %error, "les dossiers ne suivent pas encore la configuration relue");
        }
    }
}
