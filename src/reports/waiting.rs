//! Who waits for a decision at the end of a period, and for how much.
//!
//! A dossier that was first read later may be decided by then: on the last day of the period it waited all the same, and what says how
//! things stood on that day counts it so.

use jiff::Timestamp;
use jiff::civil::Date;

use super::amounts::{counts_since, is_decided_later};
use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::subject::{Judged, Subject};
use crate::domain::verdict::Status;

/// Whether a dossier was decided after an instant: it waited then, whatever its state is now.
pub(super) fn is_decided_since(subject: &Subject, closes_at: Timestamp) -> bool {
    use DossierState::{Accepte, Refuse, SansSuite};
    matches!(subject.state, Accepte | Refuse | SansSuite) && is_decided_later(subject, closes_at)
}

/// The day of that decision.
pub(super) fn decided_since(subject: &Subject, closes_at: Timestamp) -> Option<Date> {
    counts_since(subject).filter(|_| is_decided_since(subject, closes_at))
}

/// Whether a dossier waits for a decision now.
pub(super) fn is_pending(subject: &Subject) -> bool {
    matches!(subject.state, DossierState::EnConstruction | DossierState::EnInstruction)
}

/// Whether a dossier waited for a decision at an instant by which it was filed.
pub(super) fn waited(subject: &Subject, closes_at: Timestamp) -> bool {
    is_pending(subject) || is_decided_since(subject, closes_at)
}

/// What the carrier asks for.
pub(super) fn asked(judged: &Judged) -> Option<Cents> {
    judged.subject.facts.amount(FactName::RequestedAmount).filter(|amount| amount.is_positive())
}

/// What a dossier that waits may get: what was entered as granted, else what is asked for, within the most that its rule gives; nothing
/// where a rule keeps it from being granted.
pub(super) fn wanted(judged: &Judged) -> Option<Cents> {
    let within = |most: Option<Cents>| match (asked(judged), most) {
        (Some(asked), Some(most)) => Some(asked.min(most)),
        (asked, most) => asked.or(most),
    };
    let may_be_granted = judged.evaluation.status != Status::NonEligible;
    judged.subject.granted().or_else(|| within(judged.evaluation.computed).filter(|_| may_be_granted))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::reports::sample::{Sample, at, dossier};

    #[test]
    fn what_is_decided_after_the_end_waited_on_the_last_day() {
        let closes_at = at("2021-09-30T21:59:59Z");
        let on_ds = |state: DossierState, instant: &str| {
            dossier(1).state(state).with(|judged| judged.subject.treated_at = Some(at(instant)))
        };
        let told = |sample: Sample| {
            let subject = sample.build().subject;
            (waited(&subject, closes_at), decided_since(&subject, closes_at))
        };
        assert_eq!(told(dossier(1)), (true, None));
        assert_eq!(told(dossier(1).accepted(100, date(2021, 9, 30))), (false, None));
        assert_eq!(told(dossier(1).accepted(100, date(2021, 10, 1))), (true, Some(date(2021, 10, 1))));
        for state in [DossierState::Accepte, DossierState::Refuse, DossierState::SansSuite] {
            assert_eq!(told(on_ds(state.clone(), "2021-09-30T21:59:59Z")), (false, None), "{state:?}");
            assert_eq!(told(on_ds(state, "2021-09-30T22:00:00Z")), (true, Some(date(2021, 10, 1))));
        }
        // Nobody knows when.
        assert_eq!(told(dossier(1).state(DossierState::Accepte)), (false, None));
        // A committee to come decides nothing yet.
        assert_eq!(told(dossier(1).date(FactName::CommitteeDate, date(2021, 10, 12))), (true, None));
    }
}
