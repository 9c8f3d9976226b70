//! The absence sweep: a cheap listing of numbers, after which what is stored as shown but neither listed nor found by a
//! direct look-up is marked absent (API facts, 3.5: hidden by expiry, or erased without a tombstone).

use std::collections::BTreeSet;

use super::SyncError;
use super::page::Listing;
use super::procedure::Session;
use super::removal::ask_or_mark_absent;
use crate::api::{DossierQuery, Order};
use crate::domain::dossier::DossierNumber;
use crate::store::StoreError;

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
    let mut listing = Listing::of("demarche.dossiers");
    loop {
        let (after, page_size) = listing.next();
        let query =
            DossierQuery { procedure: session.procedure, order: Order::Deposit, after: after.cloned(), page_size };
        let answer = session.ask(session.engine.client.numbers(&query)).await?;
        // A record without even its number: the look-up of what is not listed decides.
        let Some(page) = listing.take(session, answer)? else { continue };
        numbers.extend(page.nodes.into_iter().flatten().map(|listed| listed.number));
        if !listing.goes_on(session)? {
            return Ok(numbers);
        }
    }
}
