//! Dossiers that DS put in its bin or erased. The bin is read in full and compared, because a restored dossier leaves it
//! without a trace (API facts, 3.7); tombstones are read with an overlap, because they are back-dated (3.6).

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::SyncError;
use super::page::{PageReader, is_about_the_page};
use super::procedure::{Removals, Session};
use super::trail::Trail;
use crate::api::{ApiError, Cursor, ErrorKind, Page, Removal};
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
use crate::store::{RemovalNotice, StoreError};

/// The lists of removals are light: the server's largest page, unless it fails.
const PAGE_SIZE: u32 = 100;

/// Why the lists of removals are known in part only.
const UNREADABLE: &str = "des enregistrements y sont illisibles";

/// What the lists of removals say.
#[derive(Debug, Default)]
struct Gone {
    /// The dossiers listed.
    numbers: BTreeSet<DossierNumber>,
    /// Records that the server could not give: nothing can be said of a dossier that is not listed.
    unreadable: u32,
}

/// Reads and applies the removals; tombstones since a watermark less an overlap, or all of them.
pub(super) async fn read(session: &mut Session<'_>, since: Option<Timestamp>) -> Result<(), SyncError> {
    let procedure = session.procedure;
    let (before, watermark) = session.engine.store.read::<_, StoreError>(|reader| {
        let watermark = reader.procedure(procedure)?.and_then(|record| record.watermark);
        Ok((reader.dossiers_removed(procedure, RemovalReason::Pending)?, watermark))
    })?;
    // A dossier may be dated in the future on DS; nothing was removed there.
    let now = session.engine.last_observed()?;
    let (since, watermark) = (since.map(|since| since.min(now)), watermark.map(|watermark| watermark.min(now)));
    let overlap = session.engine.options.tombstone_overlap;
    let since = since.and_then(|since| since.saturating_sub(overlap).ok());
    session.tombstones_since = since;
    let mut gone = Gone::default();
    let together = session.ask(session.engine.client.removals(procedure, since, PAGE_SIZE)).await?;
    let (first_deleted, first_pending) = session.unless_apart(together)?.unzip();
    // What leaves the bin while tombstones are read is among them: the bin is read after the last of them.
    let first_pending = first_pending.filter(|_| first_deleted.as_ref().is_some_and(|page: &Page<_>| !page.has_next));
    let deleted = read_list(session, RemovalReason::Deleted, since, first_deleted, &mut gone).await;
    let deleted = end_of(session, deleted).await?;
    if let (End::Reached, 0, Some(watermark)) = (&deleted, gone.unreadable, watermark) {
        session.engine.store.write::<_, StoreError>(|writer| writer.tombstones_read(procedure, watermark))?;
    }
    let pending = read_list(session, RemovalReason::Pending, None, first_pending, &mut gone).await;
    let pending = end_of(session, pending).await?;
    let all_pending = pending == End::Reached;
    session.removals = match (deleted, pending) {
        (End::Cut(reason), _) | (_, End::Cut(reason)) => Removals::Partly(reason),
        (End::Reached, End::Reached) if gone.unreadable == 0 => Removals::Known,
        (End::Reached, End::Reached) => {
            tracing::warn!(procedure, unreadable = gone.unreadable, "suppressions illisibles sur DS");
            Removals::Partly(UNREADABLE.to_owned())
        }
        _ => Removals::Partly("DS ne la donne plus".to_owned()),
    };
    if !all_pending {
        return Ok(());
    }
    for number in before.into_iter().filter(|number| !gone.numbers.contains(number)) {
        left_the_bin(session, number).await?;
    }
    Ok(())
}

/// How far a list could be read.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// To its end.
    Reached,
    /// DS no longer has it.
    NotThere,
    /// To a record that fails as a whole, and nothing leads past it. With the reason.
    Cut(String),
}

/// How far a list was read. One that cannot be read to its end is passed over: what it would have said is not known, and nothing
/// is concluded from that; provided that it is the list that fails and not the server.
async fn end_of(session: &Session<'_>, read: Result<(), SyncError>) -> Result<End, SyncError> {
    let procedure = session.procedure;
    match read {
        Ok(()) => Ok(End::Reached),
        Err(error) if error.api_kind() == Some(ErrorKind::Outgrown) => {
            tracing::warn!(procedure, error = %error, "liste des dossiers retirés non lue");
            Ok(End::NotThere)
        }
        Err(error) if error.api_kind().is_some_and(is_about_the_page) => {
            session.is_still_shown().await?;
            tracing::warn!(procedure, error = %error, "liste des dossiers retirés non lue jusqu’au bout");
            Ok(End::Cut(error.to_string()))
        }
        Err(error) => Err(error),
    }
}

/// Reads a list from its first page, which may have been read already, to its end.
async fn read_list(
    session: &mut Session<'_>,
    reason: RemovalReason,
    since: Option<Timestamp>,
    mut first: Option<Page<Removal>>,
    gone: &mut Gone,
) -> Result<(), SyncError> {
    let mut after: Option<Cursor> = None;
    let mut pages = PageReader::new(PAGE_SIZE);
    let mut trail = Trail::default();
    loop {
        let (client, procedure, size) = (&session.engine.client, session.procedure, pages.size());
        let page = match (first.take(), reason) {
            (Some(first), _) => Ok(first),
            (None, RemovalReason::Pending) => {
                session.ask(client.pending_removals(procedure, after.as_ref(), size)).await?
            }
            (None, _) => session.ask(client.deleted(procedure, since, after.as_ref(), size)).await?,
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
        trail.go_on(session.procedure, end_cursor.as_ref())?;
        after = end_cursor;
    }
}

fn apply(
    session: &mut Session<'_>,
    reason: RemovalReason,
    page: Page<Removal>,
    gone: &mut Gone,
) -> Result<(), SyncError> {
    let now = session.engine.observed(page.clock)?;
    let procedure = session.procedure;
    gone.unreadable += page.nodes.iter().map(|node| u32::from(node.is_none())).sum::<u32>();
    let removals: Vec<Removal> = page.nodes.into_iter().flatten().collect();
    gone.numbers.extend(removals.iter().map(|removal| removal.number));
    let applied = session.engine.store.write::<_, StoreError>(|writer| {
        let mut applied = 0;
        for removal in removals {
            let known = writer.reader().dossier_line(removal.number)?;
            // What another démarche has is not this one's to remove.
            if known.as_ref().is_some_and(|line| line.procedure != procedure) {
                continue;
            }
            let state = removal.state.map(DossierState::from).or(known.map(|line| line.state));
            // Of a dossier never seen, of which DS does not even say the state, there is nothing to keep.
            let Some(state) = state else { continue };
            let at = removal.at.unwrap_or(now);
            let notice = RemovalNotice { number: removal.number, procedure, state, reason, at };
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
    match session.fetch_by_number(number).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            session.is_still_shown().await?;
            // Without the lists of what DS removed, it may lie in the bin: the next sync will tell.
            if session.removals == Removals::NotAsked {
                return Ok(());
            }
            read_older_tombstones(session).await?;
            mark_absent(session, number)
        }
        // A single dossier can no longer be asked for: nothing is known of this one.
        Err(error) if error.api_kind() == Some(ErrorKind::Outgrown) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Reads the tombstones of all time, once a sync: one may be dated back beyond any overlap, to the day on which its owner hid
/// a dossier that was erased long after (API facts, 3.6).
async fn read_older_tombstones(session: &mut Session<'_>) -> Result<(), SyncError> {
    if session.tombstones_since.take().is_none() {
        return Ok(());
    }
    let mut gone = Gone::default();
    let deleted = read_list(session, RemovalReason::Deleted, None, None, &mut gone).await;
    match end_of(session, deleted).await? {
        End::Cut(reason) => session.removals = Removals::Partly(reason),
        End::Reached if gone.unreadable > 0 => session.removals = Removals::Partly(UNREADABLE.to_owned()),
        End::Reached | End::NotThere => {}
    }
    Ok(())
}

/// Marks a dossier as hidden or expired, unless it is known why DS no longer shows it: a direct look-up has just not found
/// it. There is nothing left to set aside.
fn mark_absent(session: &mut Session<'_>, number: DossierNumber) -> Result<(), SyncError> {
    let (now, lists_are_known) = (session.engine.last_observed()?, session.removals == Removals::Known);
    let marked = session.engine.store.write::<_, StoreError>(|writer| {
        writer.quarantine_release(number)?;
        let line = writer.reader().dossier_line(number)?;
        // As long as a part of the lists of removed dossiers is missing, why one is gone stays what it was.
        let explained = |reason| reason == RemovalReason::Deleted || !lists_are_known;
        let Some(line) = line.filter(|line| !line.removed.is_some_and(explained)) else { return Ok(false) };
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
