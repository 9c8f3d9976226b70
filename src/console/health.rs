//! Whether the service lives and what it knows is fresh.

use super::Sources;
use crate::daemon::Means;
use crate::desk::StoreError;

/// What is said when nothing can be said.
pub const FAULT: &str = "erreur interne : voyez le journal du service";

/// Why it is not well, in French, without a personal datum; nothing when it is.
pub fn reasons(sources: &Sources) -> Vec<String> {
    let means = sources.present.borrow().clone();
    let mut reasons = of_data(&means).unwrap_or_else(|error| {
        tracing::error!(error = %error, "l’état du service n’a pas pu être lu");
        vec!["la base de données ne peut pas être lue".to_owned()]
    });
    if !sources.pulse.is_alive() {
        reasons.push("la tâche en cours n’avance plus".to_owned());
    }
    reasons
}

fn of_data(means: &Means) -> Result<Vec<String>, StoreError> {
    let overview = means.desk.overview()?;
    let mut reasons = Vec::new();
    if overview.hold.is_some() {
        reasons.push("le service attend que quelqu’un intervienne : « fitn status » dit pourquoi".to_owned());
    }
    let stale = means.watch.stale(&overview.followed, &means.plans, overview.now);
    reasons.extend(stale.into_iter().map(|cause| cause.message));
    Ok(reasons)
}
