//! Where the drawing rights stood on a day that the guide names, and what each département could give or needs.
//!
//! "Une réallocation des moyens entre les départements pourra être envisagée à l'issue d'un premier bilan de la consommation des crédits
//! effectué le 1er septembre 2021" (guide, M1-rég). The figures are here; the proposal is people's.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::credits::{Purse, Section, share};
use crate::domain::money::Cents;
use crate::domain::subject::Judged;
use crate::domain::verdict::Status;
use crate::reports::waiting::{waited, wanted};
use crate::rules::Place;

/// What was granted by a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// The day.
    pub on: Date,
    /// By département, in order of code, then their sum.
    pub lines: Vec<ReviewLine>,
    /// Grants without a day, which cannot be told from before or after: in no figure.
    pub undated: usize,
}

/// What was granted by a day on one drawing right, or on all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewLine {
    /// The département; none for the sum.
    pub departement: Option<String>,
    /// As people read it.
    pub label: String,
    /// The right on that day.
    pub right: Option<Cents>,
    /// Granted by the day.
    pub granted: Cents,
}

impl ReviewLine {
    /// What was left.
    #[must_use]
    pub fn left(&self) -> Option<Cents> {
        self.right.map(|right| right - self.granted)
    }

    /// The share of the right that was granted.
    #[must_use]
    pub fn share(&self) -> Option<Decimal> {
        share(self.granted, self.right?)
    }
}

/// Where the rights of a section stood on a day.
pub(super) fn review(section: &Section, purse: &Purse, on: Date) -> Review {
    let by_then = |departement: &dyn Fn(Option<&str>) -> bool| -> Cents {
        let counted = section.grants.iter().filter(|grant| grant.counts_since.is_some_and(|day| day <= on));
        counted.filter(|grant| departement(grant.departement.as_deref())).filter_map(|grant| grant.granted).sum()
    };
    let mut lines: Vec<ReviewLine> = section
        .lines
        .iter()
        .map(|credit| ReviewLine {
            departement: credit.departement.clone(),
            label: credit.label.clone(),
            right: purse.right_on(credit.departement.as_deref(), on),
            granted: by_then(&|departement| departement == credit.departement.as_deref()),
        })
        .collect();
    let granted = lines.iter().map(|line| line.granted).sum();
    lines.push(ReviewLine {
        departement: None,
        label: "Ensemble".to_owned(),
        right: purse.right_on(None, on),
        granted,
    });
    Review { on, lines, undated: section.grants.iter().filter(|grant| grant.counts_since.is_none()).count() }
}

/// What is left of a drawing right once the requests that wait for a decision are met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Margin {
    /// The département.
    pub departement: Option<String>,
    /// As people read it.
    pub label: String,
    /// Left of the right.
    pub left: Cents,
    /// Requests that wait at the end of the report, not known to be ineligible.
    pub pending: usize,
    /// What they may get: what was entered as granted, else what is asked for, within the maximum.
    pub wanted: Cents,
    /// Those of which no amount is known: above them, what is wanted is a lower bound.
    pub without_amount: usize,
}

impl Margin {
    /// By how much the requests that wait go beyond what is left; nothing where none does.
    #[must_use]
    pub fn beyond(&self) -> Cents {
        (self.wanted - self.left.max(Cents::ZERO)).max(Cents::ZERO)
    }

    /// By how much more is granted than the right; nothing where it is not.
    #[must_use]
    pub fn overrun(&self) -> Cents {
        (-self.left).max(Cents::ZERO)
    }

    /// Positive: could be given to others; negative: is needed.
    #[must_use]
    pub fn margin(&self) -> Cents {
        self.left - self.wanted
    }
}

/// The requests that wait in one place.
#[derive(Debug, Clone, Copy, Default)]
struct Waiting {
    pending: usize,
    wanted: Cents,
    without_amount: usize,
}

/// The requests of a programme that wait, by the département that they count in.
#[derive(Debug, Default)]
pub(super) struct Queue(BTreeMap<Option<String>, Waiting>);

impl Queue {
    /// Takes a dossier of the programme in, where it waits at an instant.
    pub fn add(&mut self, judged: &Judged, closes_at: Timestamp) {
        if !waited(&judged.subject, closes_at) || judged.evaluation.status == Status::NonEligible {
            return;
        }
        let waiting = self.0.entry(Place::of(&judged.subject).departement).or_default();
        waiting.pending += 1;
        match wanted(judged) {
            Some(amount) => waiting.wanted += amount,
            None => waiting.without_amount += 1,
        }
    }
}

/// The margins of the départements of a section that have a right.
pub(super) fn margins(section: &Section, queue: &Queue) -> Vec<Margin> {
    let of = |credit: &super::Credit| {
        let Waiting { pending, wanted, without_amount } = queue.0.get(&credit.departement).copied().unwrap_or_default();
        Some(Margin {
            departement: credit.departement.clone(),
            label: credit.label.clone(),
            left: credit.left()?,
            pending,
            wanted,
            without_amount,
        })
    };
    section.lines.iter().filter_map(of).collect()
}
