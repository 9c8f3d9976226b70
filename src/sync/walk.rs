//! One walk through the dossiers of a démarche, page after page, to the end.

use std::sync::Arc;

use jiff::Timestamp;

use super::page::{Dossiers, repair, store_page};
use super::procedure::Session;
use super::trail::Trail;
use super::{Progress, SyncError};
use crate::api::{Cursor as ApiCursor, ErrorKind, Order};
use crate::store::{Cursor, StoreError, Walk};

/// On a busy démarche touched dossiers keep moving to the end of an increment: once everything up to the watermark is
/// read, this many more dossiers are read, the rest next time.
const DOSSIERS_BEYOND_WATERMARK: usize = 5_000;

/// One walk: its query, and what it began with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The query.
    pub walk: Walk,
    /// The date of the newest dossier on DS when it began; none when there was no dossier.
    pub watermark: Option<Timestamp>,
    /// When it began.
    pub began_at: Timestamp,
}

/// Walks to the end and records that. `after` resumes an interrupted walk; when that cursor leads nowhere (the server
/// refuses it, or takes it for one past the end, API facts 3.2) the walk begins again.
pub(super) async fn walk(session: &mut Session<'_>, reading: Reading, after: Option<String>) -> Result<(), SyncError> {
    session.newest = None;
    let resumed = after.and_then(ApiCursor::new);
    let first = match session.fetch(reading.order(), resumed.clone()).await {
        Err(error) if resumed.is_some() && error.api_kind() == Some(ErrorKind::BadCursor) => None,
        Ok(page) if resumed.is_some() && page.received.is_empty() && !page.has_next => None,
        outcome => Some(outcome?),
    };
    let procedure = session.procedure;
    if let Some(page) = first {
        pages(session, reading, resumed, page).await?;
    } else {
        session.engine.store.write::<_, StoreError>(|writer| writer.walk_remove(procedure, reading.walk))?;
        let page = session.fetch(reading.order(), None).await?;
        pages(session, reading, None, page).await?;
    }
    let read_at = if session.is_dated() { Some(session.engine.last_observed()?) } else { None };
    session
        .engine
        .store
        .write::<_, StoreError>(|writer| writer.walk_finish(procedure, reading.walk, reading.watermark, read_at))?;
    Ok(())
}

impl Reading {
    fn order(&self) -> Order {
        match self.walk {
            Walk::Deposit => Order::Deposit,
            Walk::Update { since } => Order::UpdatedSince(since),
        }
    }

    /// How many dossiers of a page changed after the walk began.
    fn beyond(&self, page: &Dossiers) -> usize {
        match (self.walk, self.watermark) {
            (Walk::Update { .. }, Some(watermark)) => {
                page.received.iter().filter(|received| received.updated_at() > Some(watermark)).count()
            }
            _ => 0,
        }
    }
}

async fn pages(
    session: &mut Session<'_>,
    reading: Reading,
    mut after: Option<ApiCursor>,
    mut page: Dossiers,
) -> Result<(), SyncError> {
    let Reading { walk, watermark, began_at } = reading;
    let mut beyond = 0;
    let mut trail = Trail::after(after.as_ref());
    loop {
        if page.has_next {
            trail.go_on(session.procedure, page.end_cursor.as_ref())?;
        }
        beyond += reading.beyond(&page);
        let goes_on = page.has_next && beyond <= DOSSIERS_BEYOND_WATERMARK;
        after = page.end_cursor.clone();
        let kept = |cursor: &ApiCursor| {
            let cursor = cursor.as_str().to_owned();
            Cursor { walk, watermark, began_at, cursor, out_of_time: false }
        };
        let cursor = after.as_ref().map(kept);
        let stored = store(session, page, cursor);
        if !goes_on {
            stored.await?.add_to(session);
            return Ok(());
        }
        // The page is stored on its own thread while the next one is asked for; neither is dropped half-way.
        let (stored, next) = tokio::join!(stored, session.fetch(reading.order(), after.clone()));
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
    let (store, run, procedure) = (Arc::clone(&session.engine.store), session.run, session.procedure);
    let (gone, everything) = (session.gone(), session.everything);
    let work = tokio::task::spawn_blocking(move || {
        store.write::<_, StoreError>(|writer| {
            if everything {
                repair(writer, &page.received)?;
            }
            let counters = store_page(writer, procedure, &page.received, &gone)?;
            if let Some(cursor) = &cursor {
                writer.cursor_keep(procedure, cursor)?;
            }
            writer.run_count(run, counters)?;
            Ok(Counted(counters))
        })
    });
    async move { Ok(work.await.map_err(|error| SyncError::Worker(error.to_string()))??) }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::super::page::Received;
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn page(updated_at: &[&str]) -> Dossiers {
        let received = updated_at.iter().zip(1..).map(|(instant, number)| {
            let text = format!(
                r#"{{"number":{number},"state":"en_instruction","dateDepot":"2021-09-01T10:00:00Z",
                    "dateDerniereModification":"{instant}"}}"#
            );
            Received::read(at(instant), RawValue::from_string(text).unwrap(), None).unwrap()
        });
        Dossiers { received: received.collect(), end_cursor: None, has_next: true }
    }

    /// Many may change in the same second: all that the watermark promises is read.
    #[test]
    fn only_what_changed_after_the_walk_began_may_be_left_to_the_next() {
        let watermark = Some(at("2021-09-03T12:00:00Z"));
        let page = page(&["2021-09-03T11:59:59Z", "2021-09-03T12:00:00Z", "2021-09-03T12:00:01Z"]);
        let beyond = |walk, watermark| Reading { walk, watermark, began_at: at("2021-09-03T13:00:00Z") }.beyond(&page);
        let update = Walk::Update { since: at("2021-09-01T00:00:00Z") };
        assert_eq!(beyond(update, watermark), 1);
        assert_eq!((beyond(update, None), beyond(Walk::Deposit, watermark)), (0, 0));
    }
}
