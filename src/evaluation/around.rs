//! What is around dossiers, from the rows that are kept of the others: as much of it as judging them asks for, no more.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use super::{EvaluationError, Evaluator};
use crate::domain::dossier::DossierState;
use crate::domain::neighbour::{Neighbour, Rank, Share};
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;
use crate::rules::{Credits, Peers, Rulebook};
use crate::store::{Reader, StoreError};

/// The others, for judging some dossiers: those of their SIREN, those that speak of their communes, the grants
/// that their sums may be made of. `every`
/// grant before theirs is known by itself, also those before all of theirs: for dossiers as they once were, whose own grant may stand
/// among them.
pub(super) fn around<'a>(
    reader: &Reader<'_>,
    rulebook: &Rulebook,
    subjects: impl IntoIterator<Item = &'a Subject>,
    every: bool,
) -> Result<Peers, StoreError> {
    let mut peers = Peers::default();
    let mut sirens: BTreeSet<&str> = BTreeSet::new();
    let mut communes: BTreeSet<String> = BTreeSet::new();
    let mut ranks: BTreeMap<Share, (Rank, Rank)> = BTreeMap::new();
    for subject in subjects {
        sirens.extend(subject.applicant.siret.as_ref().map(Siret::siren));
        communes.extend(Neighbour::of(subject, true).communes.into_keys());
        if subject.state == DossierState::Accepte {
            let rank = Rank::of(subject);
            for share in rulebook.summed_for(subject) {
                let (from, to) = ranks.entry(share).or_insert((rank, rank));
                (*from, *to) = ((*from).min(rank), (*to).max(rank));
            }
        }
    }
    for siren in sirens {
        reader.neighbours_of_siren(siren, |number, programme, siret, service| {
            peers.add_sibling(number, programme, siret, service);
        })?;
    }
    for commune in communes {
        reader.neighbours_of_commune(&commune, |number, claim| peers.add_claim(number, &commune, claim))?;
    }
    for (share, (from, to)) in ranks {
        let from = if every { Rank::FIRST } else { from };
        for (place, consumed) in reader.granted_before(&share, from)? {
            peers.add_granted_before(share.programme(), place, consumed);
        }
        for grant in reader.grants_between(&share, from, to)? {
            peers.add_grant(share.programme(), &grant);
        }
    }
    Ok(peers)
}

impl Evaluator {
    /// What is left on a day of the credits that a dossier would draw on; none when it draws on none that is known.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn credits(&self, subject: &Subject, on: Date) -> Result<Option<Credits>, EvaluationError> {
        let mut peers = Peers::default();
        self.store.read::<_, StoreError>(|reader| {
            for share in self.rulebook.summed_for(subject) {
                for (place, consumed) in reader.granted_before(&share, Rank::LAST)? {
                    peers.add_granted_before(share.programme(), place, consumed);
                }
            }
            Ok(())
        })?;
        Ok(self.rulebook.credits(subject, &peers, on))
    }
}
