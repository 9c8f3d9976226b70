//! One dossier asked for by its number: whole, else in parts, else withheld. Before anything is set aside, others that
//! synced well are asked for: when several fail it is the server, and nothing is set aside.

use serde_json::value::RawValue;

use super::page::{Content, Received, is_about_the_page, store_page};
use super::procedure::Session;
use super::{Engine, SyncError};
use crate::api::{ApiError, DossierPart, DossierQuery, ErrorKind, FetchedDossier, Order, Refusal, Target};
use crate::domain::dossier::DossierNumber;
use crate::raw;
use crate::store::{StoreError, SyncLock};

/// How many dossiers must fail in a row before it is the server.
const SEVERAL: usize = 3;

/// How many others are asked for at most before that is believed; one that comes is enough not to.
const WITNESSES: usize = 5;

/// What came of asking for one dossier.
enum LookUp {
    /// It came, whole or in part.
    Came(FetchedDossier),
    /// DS does not show it.
    Hidden,
    /// DS failed to give it.
    Failed(ApiError),
}

impl Engine {
    /// Reads a dossier again and stores it, when DS gives it whole; whether it did. Nothing is removed or set aside: that is
    /// for the next sync to see.
    ///
    /// # Errors
    /// [`SyncError`].
    pub async fn read_again(&self, _held: &SyncLock, number: DossierNumber) -> Result<bool, SyncError> {
        let line = self.store.read::<_, StoreError>(|reader| reader.dossier_line(number))?;
        let Some(procedure) = line.map(|line| line.procedure) else { return Ok(false) };
        let answer = self.until_stopped(self.client.dossier(number)).await.ok_or(SyncError::Cancelled)?;
        let fetched = answer.map_err(|error| SyncError::api(procedure, error))?;
        let received = Received::read_alone(self.observed(fetched.clock)?, number, fetched);
        if !matches!(received.content, Content::Dossier { fault: None, .. }) {
            return Ok(false);
        }
        let gone = self.client.missing().unwrap_or_default();
        self.store.write::<_, StoreError>(|writer| store_page(writer, procedure, &[received], &gone))?;
        Ok(true)
    }
}

impl Session<'_> {
    /// Asks for one dossier by its number; none when DS does not show it.
    pub(super) async fn look_up(&self, number: DossierNumber) -> Result<Option<Received>, SyncError> {
        match self.one(number).await? {
            LookUp::Came(fetched) => return self.came(number, fetched).map(Some),
            LookUp::Hidden => return Ok(None),
            LookUp::Failed(_) => {}
        }
        // That DS shows the démarche, once it answers again, tells its own passing faults from those of the dossier.
        self.is_still_shown().await?;
        let error = match self.one(number).await? {
            LookUp::Came(fetched) => return self.came(number, fetched).map(Some),
            LookUp::Hidden => return Ok(None),
            LookUp::Failed(error) => error,
        };
        let received = self.in_parts(number, &error).await?;
        // At the end: a server that began to fail meanwhile must not be held against the dossier.
        self.server_still_answers(&error, number).await?;
        Ok(Some(received))
    }

    fn came(&self, number: DossierNumber, fetched: FetchedDossier) -> Result<Received, SyncError> {
        Ok(Received::read_alone(self.engine.observed(fetched.clock)?, number, fetched))
    }

    /// Asks for one dossier, once. Access to one dossier of a démarche that is shown is a matter of that dossier.
    async fn one(&self, number: DossierNumber) -> Result<LookUp, SyncError> {
        match self.ask(self.engine.client.dossier(number)).await? {
            Ok(fetched) => Ok(LookUp::Came(fetched)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(LookUp::Hidden),
            Err(error) if is_about_the_dossier(&error) => Ok(LookUp::Failed(error)),
            Err(error) => Err(self.api(error)),
        }
    }

    /// What can be had of a dossier that cannot be had whole; all its parts make it whole after all. A part that DS can no
    /// longer give stays as it was last received, and the reason says so.
    async fn in_parts(&self, number: DossierNumber, error: &ApiError) -> Result<Received, SyncError> {
        let withheld = |reason: String| {
            tracing::warn!(procedure = self.procedure, dossier = number, reason, "dossier mis en quarantaine");
            Ok(Received::withheld(self.engine.last_observed()?, number, reason))
        };
        let Some(core) = self.part(number, DossierPart::Core).await? else { return withheld(error.to_string()) };
        let mut parts = vec![core];
        let mut missing = Vec::new();
        for part in DossierPart::OPTIONAL {
            match self.part(number, part).await {
                Ok(Some(raw)) => parts.push(raw),
                Ok(None) => missing.push(part),
                // A part that DS no longer has is not asked of anybody.
                Err(error) if error.api_kind() == Some(ErrorKind::Outgrown) => {}
                Err(error) => return Err(error),
            }
        }
        let procedure = self.procedure;
        let known = self.engine.store.read::<_, StoreError>(|reader| {
            let here = reader.dossier_line(number)?.is_some_and(|line| line.procedure == procedure);
            if here && !missing.is_empty() { reader.dossier_readable(number) } else { Ok(None) }
        })?;
        let kept = |part: &DossierPart| known.as_deref().and_then(|known| raw::member(known, part.member()?));
        let mut faults = Vec::new();
        for part in &missing {
            let kept = kept(part);
            faults.push(format!(
                "{}{}",
                part.label(),
                if kept.is_some() { " (gardé de la version d’avant)" } else { "" }
            ));
            parts.extend(kept);
        }
        let fault = (!faults.is_empty()).then(|| format!("reçu sans : {} – {error}", faults.join(", ")));
        let whole = raw::assemble(parts.iter().map(|part| part.get())).ok();
        // All of it was there by the date of the last part.
        let at = self.engine.last_observed()?;
        let received = whole.and_then(|raw| Received::read(at, raw, fault));
        received.filter(|received| received.number() == number).map_or_else(|| withheld(error.to_string()), Ok)
    }

    /// A part of a dossier, when it comes without a fault.
    async fn part(&self, number: DossierNumber, part: DossierPart) -> Result<Option<Box<RawValue>>, SyncError> {
        match self.ask(self.engine.client.dossier_part(number, part)).await? {
            Ok(FetchedDossier { raw, errors, .. }) => Ok(errors.is_empty().then_some(raw)),
            Err(error) if is_about_the_dossier(&error) || error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.api(error)),
        }
    }

    /// Asks for others that synced well, else for their neighbours on DS; one that comes is enough.
    async fn server_still_answers(&self, error: &ApiError, failed: DossierNumber) -> Result<(), SyncError> {
        let mut failing = 1;
        for witness in self.witnesses(failed).await? {
            match self.one(witness).await? {
                LookUp::Came(_) => return Ok(()),
                LookUp::Hidden => {}
                LookUp::Failed(_) => failing += 1,
            }
        }
        if failing < SEVERAL {
            return Ok(());
        }
        Err(SyncError::Outage { procedure: self.procedure, failing, source: error.clone() })
    }

    /// Far apart from each other: dossiers that are broken tend to lie together.
    async fn witnesses(&self, failed: DossierNumber) -> Result<Vec<DossierNumber>, SyncError> {
        let procedure = self.procedure;
        let known = self.engine.store.read::<_, StoreError>(|reader| reader.witnesses(procedure, failed, WITNESSES))?;
        if known.len() >= SEVERAL {
            return Ok(known);
        }
        let query = DossierQuery { procedure, order: Order::Deposit, after: None, page_size: 100 };
        let listing = self.ask(self.engine.client.numbers(&query)).await?.map_err(|error| self.api(error))?;
        let listed = listing.nodes.into_iter().flatten().map(|listed| listed.number);
        let others: Vec<DossierNumber> = listed.filter(|number| *number != failed && !known.contains(number)).collect();
        let step = others.len().div_ceil(WITNESSES).max(1);
        Ok(known.into_iter().chain(others.into_iter().rev().step_by(step)).collect())
    }
}

/// Whether an answer to the question for one dossier says something of that dossier alone.
pub(super) fn is_about_the_dossier(error: &ApiError) -> bool {
    is_about_the_page(error.kind()) || matches!(error, ApiError::Refused(Refusal::OutOfScope(Target::Dossier(_))))
}
