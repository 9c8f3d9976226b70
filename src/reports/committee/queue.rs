//! Who waits for the same credits: dossiers are instructed « dès leur dépôt jusqu’à épuisement des crédits » (M1-dép), so those that were
//! filed before take theirs first.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;
use crate::domain::subject::Judged;
use crate::domain::verdict::Status;
use crate::reports::waiting::wanted;

/// Dossiers that wait for the same credits, and what was granted out of them.
#[derive(Debug, Default)]
pub(super) struct Queue {
    granted: Cents,
    waiting: BTreeMap<(Timestamp, DossierNumber), Option<Cents>>,
}

impl Queue {
    /// A grant out of these credits; without an amount it takes nothing that is known.
    pub fn granted(&mut self, amount: Option<Cents>) {
        self.granted += amount.unwrap_or_default();
    }

    /// All that was granted.
    pub fn all_granted(&self) -> Cents {
        self.granted
    }

    /// A pending dossier; one that a rule keeps from being granted takes nothing, and is told nothing.
    pub fn add(&mut self, judged: &Judged) {
        if judged.evaluation.status != Status::NonEligible {
            let subject = &judged.subject;
            self.waiting.insert((subject.deposited_at, subject.number), wanted(judged));
        }
    }

    /// What is left before each and after each; one of which no amount is known takes nothing.
    pub fn left(&self, mut left: Cents) -> BTreeMap<DossierNumber, (Cents, Cents)> {
        let mut told = BTreeMap::new();
        for ((_, number), wanted) in &self.waiting {
            let after = left - wanted.unwrap_or_default();
            told.insert(*number, (left, after));
            left = after;
        }
        told
    }
}
