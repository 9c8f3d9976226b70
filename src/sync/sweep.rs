//! The absence sweep: a cheap listing of numbers, after which what is stored as shown but neither listed nor found by a
//! direct look-up is marked absent (API facts, 3.5: hidden by expiry, or erased without a tombstone).

use std::collections::BTreeSet;

use super::SyncError;
use super::page::{PageReader, is_about_the_page};
use super::procedure::Session;
use super::removal::ask_or_mark_absent;
use super::trail::Trail;
use crate::api::{ApiError, Cursor, DossierQuery, Order};
use crate::domain::dossier::DossierNumber;
use crate::store::StoreError;

/// A page of numbers is light: the server's largest, unless it fails.
const PAGE_SIZE: u32 = 100;

pub(super) async fn absences(session: &mut Session<'_>) -> Result<(), SyncError> {
    let listed = listed_numbers(session).await?;
    let procedure = session.procedure;
    let shown = session.engine.store.read::<_, StoreError>(|reader| reader.dossiers_shown(procedure))?;
    for number in shown.into_iter().filter(|number| !listed.contains(number)) {
        ask_or_mark_absent(session, number).await?;
    }
    Ok(())
}

async fn listed_numbers(session: &Session<'_>) -> Result<BTreeSet<DossierNumber>, SyncError> {
    let mut numbers = BTreeSet::new();
    let mut after: Option<Cursor> = None;
    let mut pages = PageReader::new(PAGE_SIZE);
    let mut trail = Trail::default();
    loop {
        let page_size = pages.size();
        let query =
            DossierQuery { procedure: session.procedure, order: Order::Deposit, after: after.clone(), page_size };
        let page = match session.ask(session.engine.client.numbers(&query)).await? {
            Ok(page) if page.is_whole() => page,
            Ok(_) if page_size > 1 => {
                pages.shrink();
                continue;
            }
            // A record without even its number: the look-up of what is not listed decides.
            Ok(page) if page.is_sound() => page,
            Ok(_) => return Err(session.api(ApiError::InvalidNull { path: "demarche.dossiers".to_owned() })),
            Err(error) if page_size > 1 && is_about_the_page(error.kind()) => {
                pages.shrink();
                continue;
            }
            Err(error) => return Err(session.api(error)),
        };
        pages.whole();
        numbers.extend(page.nodes.into_iter().flatten().map(|listed| listed.number));
        if !page.has_next {
            return Ok(numbers);
        }
        trail.go_on(session.procedure, page.end_cursor.as_ref())?;
        after = page.end_cursor;
    }
}
