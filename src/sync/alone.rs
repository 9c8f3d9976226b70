//! One dossier asked for by its number: whole, else in parts, else withheld. Before anything is set aside, others that
//! synced well are asked for: when they fail too it is the server, and nothing is set aside.

use serde_json::value::RawValue;

use super::page::{Received, is_about_the_page, store_page};
use super::procedure::Session;
use super::{Engine, SyncError};
use crate::api::{ApiError, DossierPart, DossierQuery, ErrorKind, FetchedDossier, Order};
use crate::domain::dossier::DossierNumber;
use crate::raw;
use crate::store::{StoreError, SyncLock};

/// How many other dossiers must fail too before it is the server.
const WITNESSES: usize = 3;

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
        let received = Received::read_alone(number, answer.map_err(|error| SyncError::api(procedure, error))?);
        if !matches!(received, Received::Dossier { fault: None, .. }) {
            return Ok(false);
        }
        let now = self.clock.now();
        self.store.write::<_, StoreError>(|writer| store_page(writer, procedure, &[received], now))?;
        Ok(true)
    }
}

impl Session<'_> {
    /// Asks for one dossier by its number; none when DS does not show it.
    pub(super) async fn look_up(&self, number: DossierNumber) -> Result<Option<Received>, SyncError> {
        match self.ask(self.engine.client.dossier(number)).await? {
            Ok(fetched) => Ok(Some(Received::read_alone(number, fetched))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if is_about_the_page(error.kind()) => {
                self.server_still_answers(&error, number).await?;
                Ok(Some(self.in_parts(number, &error).await?))
            }
            Err(error) => Err(self.api(error)),
        }
    }

    /// What can be had of a dossier that cannot be had whole; all its parts make it whole after all. A part that DS can no
    /// longer give stays as it was last received, and the reason says so.
    async fn in_parts(&self, number: DossierNumber, error: &ApiError) -> Result<Received, SyncError> {
        let withheld = |reason: String| {
            tracing::warn!(procedure = self.procedure, dossier = number, reason, "dossier mis en quarantaine");
            Received::Withheld { number, reason }
        };
        let Some(core) = self.part(number, DossierPart::Core).await? else { return Ok(withheld(error.to_string())) };
        let mut parts = vec![core];
        let mut missing = Vec::new();
        for part in DossierPart::OPTIONAL {
            match self.part(number, part).await? {
                Some(raw) => parts.push(raw),
                None => missing.push(part),
            }
        }
        let procedure = self.procedure;
        let known = self.engine.store.read::<_, StoreError>(|reader| {
            let here = reader.dossier_line(number)?.is_some_and(|line| line.procedure == procedure);
            if here && !missing.is_empty() { reader.dossier_raw(number) } else { Ok(None) }
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
        let received = whole.and_then(|raw| Received::read(raw, fault));
        Ok(received.unwrap_or_else(|| withheld(error.to_string())))
    }

    /// A part of a dossier, when it comes without a fault.
    async fn part(&self, number: DossierNumber, part: DossierPart) -> Result<Option<Box<RawValue>>, SyncError> {
        match self.ask(self.engine.client.dossier_part(number, part)).await? {
            Ok(FetchedDossier { raw, errors }) => Ok(errors.is_empty().then_some(raw)),
            Err(error) if is_about_the_page(error.kind()) || error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.api(error)),
        }
    }

    /// Asks for others that were received before, else for their neighbours on DS; one that comes is enough.
    async fn server_still_answers(&self, error: &ApiError, failed: DossierNumber) -> Result<(), SyncError> {
        let mut fails_too = false;
        for witness in self.witnesses(failed).await? {
            match self.ask(self.engine.client.dossier(witness)).await? {
                Ok(_) => return Ok(()),
                Err(again) if is_about_the_page(again.kind()) => fails_too = true,
                Err(again) if again.kind() == ErrorKind::NotFound => {}
                Err(again) => return Err(self.api(again)),
            }
        }
        if fails_too { Err(self.api(error.clone())) } else { Ok(()) }
    }

    async fn witnesses(&self, failed: DossierNumber) -> Result<Vec<DossierNumber>, SyncError> {
        let procedure = self.procedure;
        let mut witnesses =
            self.engine.store.read::<_, StoreError>(|reader| reader.witnesses(procedure, failed, WITNESSES))?;
        if witnesses.len() < WITNESSES {
            let query = DossierQuery { procedure, order: Order::Deposit, after: None, page_size: 10 };
            let listing = self.ask(self.engine.client.numbers(&query)).await?.map_err(|error| self.api(error))?;
            for listed in listing.nodes.into_iter().flatten() {
                if listed.number != failed && !witnesses.contains(&listed.number) && witnesses.len() < WITNESSES {
                    witnesses.push(listed.number);
                }
            }
        }
        Ok(witnesses)
    }
}
