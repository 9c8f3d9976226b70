//! One walk through the dossiers of a démarche, page after page, to the end.

use std::sync::Arc;

use jiff::Timestamp;

use super::page::{Dossiers, store_page};
use super::procedure::Session;
use super::{Progress, SyncError};
use crate::api::{Cursor as ApiCursor, ErrorKind, Order};
use crate::store::{Cursor, StoreError, Walk};

/// On a busy démarche touched dossiers keep moving to the end of an increment: once everything up to the watermark is
/// read, this many more pages are read, the rest next time.
const PAGES_BEYOND_WATERMARK: u32 = 20;

/// Walks to the end and records that. `after` resumes an interrupted walk; when the server no longer takes that cursor
/// the walk begins again.
pub(super) async fn walk(
    session: &mut Session<'_>,
    walk: Walk,
    watermark: Option<Timestamp>,
    after: Option<String>,
) -> Result<(), SyncError> {
    let resumed = after.is_some();
    match pages(session, walk, watermark, after).await {
        Err(error) if resumed && error.api_kind() == Some(ErrorKind::BadCursor) => {
            let procedure = session.procedure;
            session.engine.store.write::<_, StoreError>(|writer| writer.walk_forget(procedure, walk))?;
            pages(session, walk, watermark, None).await?;
        }
        outcome => outcome?,
    }
    let (procedure, now) = (session.procedure, session.engine.clock.now());
    session.engine.store.write::<_, StoreError>(|writer| writer.walk_finish(procedure, walk, watermark, now))?;
    Ok(())
}

async fn pages(
    session: &mut Session<'_>,
    walk: Walk,
    watermark: Option<Timestamp>,
    after: Option<String>,
) -> Result<(), SyncError> {
    let order = match walk {
        Walk::Deposit => Order::Deposit,
        Walk::Update { since } => Order::UpdatedSince(since),
    };
    let mut after = after.and_then(ApiCursor::new);
    let mut page = session.fetch(order, after.clone()).await?;
    let mut pages_beyond = 0;
    loop {
        session.engine.stop_if_asked()?;
        if page.has_next && (page.end_cursor.is_none() || page.end_cursor == after) {
            return Err(SyncError::Stuck { procedure: session.procedure });
        }
        if let (Walk::Update { .. }, Some(watermark)) = (walk, watermark)
            && page.received.iter().any(|dossier| dossier.updated_at() > Some(watermark))
        {
            pages_beyond += 1;
        }
        let goes_on = page.has_next && pages_beyond <= PAGES_BEYOND_WATERMARK;
        after = page.end_cursor.clone();
        let cursor = after.as_ref().map(|cursor| Cursor { walk, watermark, cursor: cursor.as_str().to_owned() });
        let stored = store(session, page, cursor);
        if !goes_on {
            stored.await?.add_to(session);
            return Ok(());
        }
        // The page is stored on its own thread while the next one is asked for; neither is dropped half-way.
        let (stored, next) = tokio::join!(stored, session.fetch(order, after.clone()));
        stored?.add_to(session);
        page = next?;
    }
}

/// What storing a page counted.
struct Counted(crate::store::RunCounters);

impl Counted {
    fn add_to(self, session: &mut Session<'_>) {
        session.counters += self.0;
        session.engine.tell(Progress::Stored { seen: session.counters.seen });
    }
}

fn store(
    session: &Session<'_>,
    page: Dossiers,
    cursor: Option<Cursor>,
) -> impl Future<Output = Result<Counted, SyncError>> + use<> {
    let (store, now, run, procedure) =
        (Arc::clone(&session.engine.store), session.engine.clock.now(), session.run, session.procedure);
    let work = tokio::task::spawn_blocking(move || {
        store.write::<_, StoreError>(|writer| {
            let counters = store_page(writer, procedure, &page.received, now)?;
            if let Some(cursor) = &cursor {
                writer.cursor_keep(procedure, cursor)?;
            }
            writer.run_count(run, counters)?;
            Ok(Counted(counters))
        })
    });
    async move { Ok(work.await.map_err(|error| SyncError::Worker(error.to_string()))??) }
}
