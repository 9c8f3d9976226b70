//! How long requests wait for a decision: from the deposit to the decision on DS, in days of Paris. Never by agent: DS is not asked who decides.

use std::collections::BTreeMap;

use super::Window;
use crate::domain::dossier::DossierState;
use crate::domain::instant::paris_date;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;
use crate::reports::waiting::is_decided_since;

/// The processing times of a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Durations {
    /// The programme.
    pub programme: Programme,
    /// Accepted and refused.
    pub decided: Waits,
    /// Closed without action: no decision on the request itself.
    pub dropped: Waits,
    /// Closed by the end of the period, without a usable day of it: DS gives none, or one before the deposit.
    pub unmeasured: usize,
}

/// Waits of one kind.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Waits {
    /// Since the beginning.
    pub ever: Spread,
    /// Decided within the quarter.
    pub in_quarter: Spread,
}

/// How many waits took so many days.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Spread(BTreeMap<u32, usize>);

impl Spread {
    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.values().sum()
    }

    /// The days within which a percentage of them, 1 to 100, were decided (nearest rank); none without any.
    #[must_use]
    pub fn percentile(&self, percent: usize) -> Option<u32> {
        let rank = (self.count() * percent).div_ceil(100).max(1);
        let mut passed = 0;
        let mut reaches = |count: usize| {
            passed += count;
            passed >= rank
        };
        self.0.iter().find(|(_, count)| reaches(**count)).map(|(days, _)| *days)
    }

    fn add(&mut self, days: u32) {
        *self.0.entry(days).or_default() += 1;
    }
}

impl Durations {
    pub(super) fn new(programme: Programme) -> Self {
        Self { programme, decided: Waits::default(), dropped: Waits::default(), unmeasured: 0 }
    }

    /// Takes a dossier of the programme in, where it is closed by the end of the window.
    pub(super) fn add(&mut self, subject: &Subject, window: Window) {
        let waits = match subject.state {
            DossierState::Accepte | DossierState::Refuse => &mut self.decided,
            DossierState::SansSuite => &mut self.dropped,
            _ => return,
        };
        if is_decided_since(subject, window.closes_at) {
            return;
        }
        let days = subject.treated_at.and_then(|treated| {
            u32::try_from((paris_date(treated) - paris_date(subject.deposited_at)).get_days()).ok()
        });
        let Some(days) = days else {
            self.unmeasured += 1;
            return;
        };
        waits.ever.add(days);
        if subject.treated_at.is_some_and(|treated| window.holds(treated)) {
            waits.in_quarter.add(days);
        }
    }
}
