//! Dossiers that DS put in its bin or erased. The bin is read in full and compared, because a restored dossier leaves it
//! without a trace (API facts, 3.7); tombstones are read with an overlap, because they are back-dated (3.6).

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::SyncError;
use super::page::{PageReader, is_about_the_page};
use super::procedure::Session;
use crate::api::{ApiError, Cursor, Page, Removal};
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
use crate::store::{RemovalNotice, StoreError};

/// The lists of removals are light: the server's largest page, unless it fails.
const PAGE_SIZE: u32 = 100;

/// What the lists of removals say.
#[derive(Debug, Default)]
struct Gone {
    /// The dossiers listed.
    numbers: BTreeSet<DossierNumber>,
    /// Records that the server could not give: nothing can be said of a dossier that is not listed.
    unreadable: u32,
}

/// Reads and applies the removals; tombstones since the watermark less an overlap, or all of them.
pub(super) async fn read(
    session: &mut Session<'_>,
    everything: bool,
    watermark: Option<Timestamp>,
) -> Result<(), SyncError> {
    let before = session
        .engine
        .store
        .read::<_, StoreError>(|reader| reader.dossiers_removed(session.procedure, RemovalReason::Pending))?;
    let since = watermark
        .filter(|_| !everything)
        .and_then(|watermark| watermark.saturating_sub(session.engine.options.tombstone_overlap).ok());
    let mut gone = Gone::default();
    read_list(session, RemovalReason::Deleted, since, &mut gone).await?;
    read_list(session, RemovalReason::Pending, None, &mut gone).await?;
    if gone.unreadable > 0 {
        tracing::warn!(procedure = session.procedure, unreadable = gone.unreadable, "suppressions illisibles sur DS");
    }
    for number in before.into_iter().filter(|number| !gone.numbers.contains(number)) {
        if gone.unreadable > 0 {
            // It may be one of the unreadable ones: only what DS shows again is believed.
            session.fetch_by_number(number).await?;
        } else {
            left_the_bin(session, number).await?;
        }
    }
    Ok(())
}

async fn read_list(
    session: &mut Session<'_>,
    reason: RemovalReason,
    since: Option<Timestamp>,
    gone: &mut Gone,
) -> Result<(), SyncError> {
    let mut after: Option<Cursor> = None;
    let mut pages = PageReader::new(PAGE_SIZE);
    loop {
        let (client, procedure, size) = (&session.engine.client, session.procedure, pages.size());
        let page = match reason {
            RemovalReason::Pending => session.ask(client.pending_removals(procedure, after.as_ref(), size)).await?,
            _ => session.ask(client.deleted(procedure, since, after.as_ref(), size)).await?,
        };
        let page = match page {
            // One record at a time, one that the server cannot give is passed over.
            Ok(page) if page.is_whole() || (size == 1 && page.is_sound()) => page,
            Ok(_) if size > 1 => {
                pages.shrink();
                continue;
            }
            Ok(_) => return Err(session.api(ApiError::InvalidNull { path: "demarche (suppressions)".to_owned() })),
            Err(error) if size > 1 && is_about_the_page(error.kind()) => {
                pages.shrink();
                continue;
            }
            Err(error) => return Err(session.api(error)),
        };
        pages.whole();
        let (end_cursor, has_next) = (page.end_cursor.clone(), page.has_next);
        apply(session, reason, page, gone)?;
        if !has_next {
            return Ok(());
        }
        if end_cursor.is_none() || end_cursor == after {
            return Err(SyncError::Stuck { procedure: session.procedure });
        }
        after = end_cursor;
    }
}

fn apply(
    session: &mut Session<'_>,
    reason: RemovalReason,
    page: Page<Removal>,
    gone: &mut Gone,
) -> Result<(), SyncError> {
    let now = session.engine.clock.now();
    let procedure = session.procedure;
    gone.unreadable += page.nodes.iter().map(|node| u32::from(node.is_none())).sum::<u32>();
    let removals: Vec<Removal> = page.nodes.into_iter().flatten().collect();
    gone.numbers.extend(removals.iter().map(|removal| removal.number));
    let applied = session.engine.store.write::<_, StoreError>(|writer| {
        let mut applied = 0;
        for removal in removals {
            let notice = RemovalNotice {
                number: removal.number,
                procedure,
                state: DossierState::from(removal.state),
                reason,
                at: removal.at,
            };
            applied += u64::from(writer.dossier_remove(&notice, now)?);
            writer.quarantine_release(notice.number)?;
        }
        Ok(applied)
    })?;
    session.removed += applied;
    Ok(())
}

/// A dossier that left the bin without a tombstone: restored, or gone for good without a trace.
async fn left_the_bin(session: &mut Session<'_>, number: DossierNumber) -> Result<(), SyncError> {
    ask_or_mark_absent(session, number).await
}

/// Asks for a dossier and stores it; one that DS does not find is marked absent, provided that DS still shows the démarche:
/// a démarche that was discarded meanwhile takes all its dossiers out of sight, and they are not gone (API facts, 3.9).
pub(super) async fn ask_or_mark_absent(session: &mut Session<'_>, number: DossierNumber) -> Result<(), SyncError> {
    if !session.fetch_by_number(number).await? {
        session.is_still_shown().await?;
        mark_absent(session, number)?;
    }
    Ok(())
}

/// Marks a dossier as hidden or expired, unless it is known why DS no longer shows it: a direct look-up has just not found
/// it. There is nothing left to set aside.
fn mark_absent(session: &mut Session<'_>, number: DossierNumber) -> Result<(), SyncError> {
    let now = session.engine.clock.now();
    let marked = session.engine.store.write::<_, StoreError>(|writer| {
        writer.quarantine_release(number)?;
        let line = writer.reader().dossier_line(number)?;
        let Some(line) = line.filter(|line| line.removed != Some(RemovalReason::Deleted)) else { return Ok(false) };
        let notice = RemovalNotice {
            number,
            procedure: line.procedure,
            state: line.state,
            reason: RemovalReason::Absent,
            at: now,
        };
        writer.dossier_remove(&notice, now)
    })?;
    session.removed += u64::from(marked);
    Ok(())
}
