//! Why a sync stops.

use std::time::Duration;

use crate::api::{ApiError, ErrorKind, Target};
use crate::domain::dossier::ProcedureNumber;
use crate::store::StoreError;

/// A failure of a sync. What was stored before it stays; the next sync goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The API.
    #[error("{}", of_procedure(*procedure, source))]
    Api {
        /// The démarche that was being read.
        procedure: ProcedureNumber,
        /// What the API said.
        source: ApiError,
    },
    /// It is the server that fails, not one dossier.
    #[error(
        "démarche {procedure} : DS échoue sur {failing} dossiers à la suite, éloignés les uns des autres : c’est DS qui est en \
         panne, aucun n’est mis en quarantaine ({source})"
    )]
    Outage {
        /// The démarche that was being read.
        procedure: ProcedureNumber,
        /// How many dossiers failed in a row.
        failing: usize,
        /// What the API said.
        source: ApiError,
    },
    /// The server keeps giving the same page, or a page without an end.
    #[error("démarche {procedure} : l’API ne fait plus avancer la lecture (curseur répété ou absent)")]
    Stuck {
        /// The démarche that was being read.
        procedure: ProcedureNumber,
    },
    /// The run lasted as long as it may.
    #[error("synchronisation arrêtée après {} s, la durée maximale d’une exécution ; la prochaine reprendra là", limit.as_secs())]
    OutOfTime {
        /// How long it may last.
        limit: Duration,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Asked to stop.
    #[error("synchronisation interrompue à la demande ; elle reprendra là où elle s’est arrêtée")]
    Cancelled,
    /// A worker thread died.
    #[error("une tâche interne s’est arrêtée : {0}")]
    Worker(String),
}

/// The démarche once, where the API's answer names it already.
fn of_procedure(procedure: ProcedureNumber, source: &ApiError) -> String {
    if *source == ApiError::NotFound(Target::Procedure(procedure)) {
        source.to_string()
    } else {
        format!("démarche {procedure} : {source}")
    }
}

impl SyncError {
    pub(super) fn api(procedure: ProcedureNumber, source: ApiError) -> Self {
        Self::Api { procedure, source }
    }

    /// The kind of the API's answer, when it is one.
    #[must_use]
    pub fn api_kind(&self) -> Option<ErrorKind> {
        match self {
            Self::Api { source, .. } | Self::Outage { source, .. } => Some(source.kind()),
            _ => None,
        }
    }

    /// What the operator can do, in French.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Api { source, .. } => source.hint(),
            Self::Outage { .. } => "réessayez plus tard ; l’état de DS : https://status.demarche.numerique.gouv.fr",
            Self::Stuck { .. } => "réessayez plus tard ; si cela se répète, signalez-le au support de DS",
            Self::OutOfTime { .. } => {
                "relancez ; si cela se répète, augmentez sync.max_run_s, ou cherchez pourquoi DS répond lentement"
            }
            Self::Store(error) => error.hint(),
            Self::Cancelled => "relancez « fitn sync » quand vous voudrez",
            Self::Worker(_) => "relancez ; si cela se répète, signalez-le avec le journal",
        }
    }

    /// Whether a proxy refused the name or the password.
    #[must_use]
    pub fn is_refused_by_the_proxy(&self) -> bool {
        self.api_kind() == Some(ErrorKind::ProxyAuth)
    }

    /// Whether DS does not know the démarche.
    #[must_use]
    pub fn is_unknown_procedure(&self) -> bool {
        matches!(self, Self::Api { source: ApiError::NotFound(Target::Procedure(_)), .. })
    }

    /// Whether it says something of one démarche only: the API fails on it, or refuses it.
    #[must_use]
    pub fn is_of_one_procedure(&self) -> bool {
        matches!(self, Self::Api { .. } | Self::Outage { .. } | Self::Stuck { .. }) && !self.concerns_every_procedure()
    }

    /// Whether trying the next démarche makes no sense.
    pub(super) fn concerns_every_procedure(&self) -> bool {
        use crate::api::Refusal;
        match self {
            Self::Api { source: ApiError::Refused(refusal), .. } => !matches!(refusal, Refusal::OutOfScope(_)),
            Self::Api { source, .. } => {
                use ErrorKind::{Blocked, Gateway, ProxyAuth, RateLimited, Redirected, Temporary};
                matches!(source.kind(), Gateway | Temporary | RateLimited | Redirected | ProxyAuth | Blocked)
            }
            Self::Outage { .. } | Self::Stuck { .. } => false,
            Self::OutOfTime { .. } | Self::Store(_) | Self::Cancelled | Self::Worker(_) => true,
        }
    }
}
