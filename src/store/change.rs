//! What is new about dossiers: a row for each thing that changed, written in the transaction that changes it.

use jiff::Timestamp;
use rusqlite::params;

use super::codec::instant;
use super::{StoreError, Writer};
use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;

/// What changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    /// It was received for the first time; after: its state.
    Filed,
    /// Its state.
    State,
    /// An amount, as `granted_cents=700000`.
    Amount,
    /// What the verdicts add up to.
    Status,
    /// What a rule says, as `ADS-03=met`.
    Verdict,
    /// DS no longer shows it; after: why.
    Removed,
    /// DS shows it again.
    Returned,
    /// What a person did, as `decide ADS-03`; nobody's name, no reason.
    Act,
}

impl What {
    const fn code(self) -> &'static str {
        match self {
            Self::Filed => "filed",
            Self::State => "state",
            Self::Amount => "amount",
            Self::Status => "status",
            Self::Verdict => "verdict",
            Self::Removed => "removed",
            Self::Returned => "returned",
            Self::Act => "act",
        }
    }
}

impl Writer<'_> {
    /// Adds a change, when there is one.
    pub(super) fn change_add(
        &self,
        dossier: DossierNumber,
        what: What,
        (before, after): (Option<&str>, Option<&str>),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        if before == after {
            return Ok(());
        }
        self.transaction
            .prepare_cached("INSERT INTO changes (at, dossier, what, before, after) VALUES (?1, ?2, ?3, ?4, ?5)")?
            .execute(params![instant(now), dossier, what.code(), before, after])?;
        Ok(())
    }

    /// Adds the change of an amount, which has the name of its column.
    pub(super) fn change_of_amount(
        &self,
        dossier: DossierNumber,
        column: &str,
        (before, after): (Option<Cents>, Option<Cents>),
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let shown = |amount: Option<Cents>| amount.map(|amount| format!("{column}={}", amount.0));
        self.change_add(dossier, What::Amount, (shown(before).as_deref(), shown(after).as_deref()), now)
    }
}
