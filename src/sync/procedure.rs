//! One démarche, from its form to its removals.

use jiff::Timestamp;

use super::page::PageReader;
use super::walk::walk;
use super::{Engine, Followed, ProcedureSummary, Progress, SyncError, removal, sweep};
use crate::domain::dossier::ProcedureNumber;
use crate::store::{Cursor, ProcedureRecord, RunCounters, StoreError, Walk};

/// What the steps of one démarche's sync share.
pub(super) struct Session<'a> {
    pub engine: &'a Engine,
    pub run: i64,
    pub procedure: ProcedureNumber,
    pub counters: RunCounters,
    pub removed: u64,
    pub pages: PageReader,
}

pub(super) async fn sync(engine: &Engine, run: i64, followed: Followed, full: bool) -> ProcedureSummary {
    let mut session = Session {
        engine,
        run,
        procedure: followed.number,
        counters: RunCounters::default(),
        removed: 0,
        pages: PageReader::new(engine.options.page_size),
    };
    let mut title = None;
    let outcome = session.sync(full, &mut title).await;
    if let Err(error) = &outcome {
        tracing::warn!(procedure = followed.number, error = %error, "démarche interrompue");
    }
    ProcedureSummary {
        number: followed.number,
        title,
        counters: session.counters,
        removed: session.removed,
        error: outcome.err(),
    }
}

impl Session<'_> {
    async fn sync(&mut self, full: bool, title: &mut Option<String>) -> Result<(), SyncError> {
        let record = self.describe(title).await?;
        if let Some(size) = record.page_size {
            self.pages.start_at(size);
        }
        if full || record.full_read_at.is_none() {
            self.read_everything().await?;
        } else {
            self.read_changes(record.watermark).await?;
        }
        removal::read(self, full || record.synced_at.is_none(), record.watermark).await?;
        if full {
            sweep::absences(self).await?;
        }
        let (procedure, now, size) = (self.procedure, self.engine.clock.now(), self.pages.size());
        self.engine.store.write::<_, StoreError>(|writer| {
            if record.page_size != Some(size) {
                writer.procedure_page_size(procedure, size)?;
            }
            writer.procedure_synced(procedure, now)
        })?;
        Ok(())
    }

    /// Asks for the démarche and its form, and keeps them when they changed.
    async fn describe(&self, title: &mut Option<String>) -> Result<ProcedureRecord, SyncError> {
        let demarche =
            self.engine.ask(self.engine.client.demarche(self.procedure)).await?.map_err(|error| self.api(error))?;
        let missing = || StoreError::Unreadable { what: "démarche", detail: self.procedure.to_string() };
        let record = self.record()?.ok_or_else(missing)?;
        if record.form.as_ref() != Some(&demarche.form)
            || record.title != demarche.title
            || record.state != demarche.state
        {
            self.engine.store.write::<_, StoreError>(|writer| {
                writer.procedure_describe(self.procedure, &demarche.title, &demarche.state, &demarche.form)
            })?;
        }
        let known = self.engine.store.read::<_, StoreError>(|reader| reader.dossier_count(self.procedure))?;
        self.engine.tell(Progress::Procedure { number: self.procedure, title: demarche.title.clone(), known });
        *title = Some(demarche.title);
        Ok(record)
    }

    fn record(&self) -> Result<Option<ProcedureRecord>, StoreError> {
        self.engine.store.read(|reader| reader.procedure(self.procedure))
    }

    /// Everything in order of deposit, then what changed meanwhile. An interrupted reading goes on where it stopped, with
    /// the watermark it began with.
    async fn read_everything(&mut self) -> Result<(), SyncError> {
        let kept = self.engine.store.read::<_, StoreError>(|reader| reader.cursor_deposit(self.procedure))?;
        let (watermark, after) = match kept {
            Some(Cursor { watermark, cursor, .. }) => (watermark, Some(cursor)),
            None => (self.newest_update().await?, None),
        };
        walk(self, Walk::Deposit, watermark, after).await?;
        if watermark.is_some() { self.read_changes(watermark).await } else { Ok(()) }
    }

    /// What changed since a watermark, in order of update, starting an overlap before it. An interrupted reading is
    /// finished first, under the very query its cursor came from.
    async fn read_changes(&mut self, watermark: Option<Timestamp>) -> Result<(), SyncError> {
        let kept = self.engine.store.read::<_, StoreError>(|reader| reader.cursor_update(self.procedure))?;
        if let Some(Cursor { walk: kept_walk, watermark, cursor }) = kept {
            return walk(self, kept_walk, watermark, Some(cursor)).await;
        }
        let newest = self.newest_update().await?;
        let Some(from) = watermark.into_iter().chain(newest).min() else { return Ok(()) };
        let since = from.saturating_sub(self.engine.options.overlap).unwrap_or(Timestamp::MIN);
        walk(self, Walk::Update { since }, newest, None).await
    }

    /// Asked of the server before the first page of a walk: nothing younger can be claimed as read.
    async fn newest_update(&self) -> Result<Option<Timestamp>, SyncError> {
        self.engine.ask(self.engine.client.newest_update(self.procedure)).await?.map_err(|error| self.api(error))
    }

    pub fn api(&self, error: crate::api::ApiError) -> SyncError {
        SyncError::api(self.procedure, error)
    }
}
