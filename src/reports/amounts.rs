//! What an accepted dossier adds to the sums of a period. Only what is decided and paid by its end counts: a dossier that was first
//! read later may show more.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::instant::{french_date, paris_date};
use crate::domain::money::Cents;
use crate::domain::subject::Subject;

/// The amounts of a grant that count at the end of a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Amounts {
    pub granted: Option<Cents>,
    pub engaged: Option<Cents>,
    pub paid: Option<Cents>,
}

impl Amounts {
    /// Of a dossier accepted and decided by an instant; none when it is no grant yet. `remarks` gets what is left out, and why.
    pub fn of(subject: &Subject, closes_at: Timestamp, remarks: &mut Vec<String>) -> Option<Self> {
        let facts = &subject.facts;
        if subject.state != DossierState::Accepte {
            let amounts = [FactName::GrantedAmount, FactName::EngagedAmount, FactName::PaidAmount];
            let recorded = amounts.into_iter().filter(|name| facts.amount(*name).is_some());
            remarks.extend(recorded.map(|name| format!("{} sur un dossier non accepté, hors sommes", name.label())));
            return None;
        }
        let last_day = paris_date(closes_at);
        if is_decided_later(subject, closes_at) {
            let day = counts_since(subject);
            let day = day.map_or(String::new(), |day| format!(" du {}", french_date(day)));
            remarks.push(format!("décision{day}, après la date d’arrêté : hors sommes"));
            return None;
        }
        let granted = subject.granted();
        match (granted, facts.amount(FactName::GrantedAmount)) {
            (None, None) => remarks.push("attribution sans montant".to_owned()),
            (None, Some(_)) => remarks.push("montant accordé négatif, à corriger, hors sommes".to_owned()),
            _ => {}
        }
        let mut by_then = |amount: FactName, dated: FactName, what: &str| {
            let amount = facts.amount(amount)?;
            let later = facts.date(dated).filter(|day| *day > last_day);
            let Some(day) = later else { return Some(amount) };
            remarks.push(format!("{what} du {}, après la date d’arrêté : hors sommes", french_date(day)));
            None
        };
        Some(Self {
            granted,
            engaged: by_then(FactName::EngagedAmount, FactName::AgreementOn, "engagement (convention)"),
            paid: by_then(FactName::PaidAmount, FactName::PaidOn, "paiement"),
        })
    }
}

/// The day from which a grant counts: the later of the committee and of the decision on DS, so that what one period had not yet is of the
/// next; none where neither is known.
pub(super) fn counts_since(subject: &Subject) -> Option<Date> {
    subject.facts.date(FactName::CommitteeDate).max(subject.treated_at.map(paris_date))
}

/// Whether an accepted dossier was decided after an instant, by its own dates.
pub(super) fn is_decided_later(subject: &Subject, closes_at: Timestamp) -> bool {
    subject.treated_at.is_some_and(|at| at > closes_at)
        || subject.facts.date(FactName::CommitteeDate).is_some_and(|day| day > paris_date(closes_at))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::reports::sample::{Sample, at, dossier};

    /// Granted, engaged, paid, in cents.
    fn amounts(sample: Sample) -> (Option<[Option<i128>; 3]>, Vec<String>) {
        let mut remarks = Vec::new();
        let amounts = Amounts::of(&sample.build().subject, at("2021-09-30T21:59:59Z"), &mut remarks);
        let cents = |amount: Option<Cents>| amount.map(|amount| amount.0);
        (amounts.map(|a| [a.granted, a.engaged, a.paid].map(cents)), remarks)
    }

    fn paid(sample: Sample) -> Sample {
        sample.amount(FactName::EngagedAmount, 200).amount(FactName::PaidAmount, 100)
    }

    #[test]
    fn what_its_own_date_puts_after_the_end_is_left_out_and_said() {
        let granted = || paid(dossier(1).accepted(300, date(2021, 9, 30)));
        assert_eq!(amounts(granted()), (Some([Some(300), Some(200), Some(100)]), vec![]));
        let last_day = granted().date(FactName::PaidOn, date(2021, 9, 30));
        assert_eq!(
            amounts(last_day),
            (Some([Some(300), Some(200), Some(100)]), vec![]),
            "the last day is of the period"
        );
        let later = granted().date(FactName::PaidOn, date(2021, 10, 1));
        let said = vec!["paiement du 01/10/2021, après la date d’arrêté : hors sommes".to_owned()];
        assert_eq!(amounts(later), (Some([Some(300), Some(200), None]), said));
        let agreed = granted().date(FactName::AgreementOn, date(2021, 10, 2));
        let said = vec!["engagement (convention) du 02/10/2021, après la date d’arrêté : hors sommes".to_owned()];
        assert_eq!(amounts(agreed), (Some([Some(300), None, Some(100)]), said));
        let decided = vec!["décision du 01/10/2021, après la date d’arrêté : hors sommes".to_owned()];
        assert_eq!(amounts(paid(dossier(1).accepted(300, date(2021, 10, 1)))), (None, decided.clone()));
        let on_ds = granted().with(|judged| judged.subject.treated_at = Some(at("2021-09-30T22:00:00Z")));
        assert_eq!(amounts(on_ds), (None, decided));
    }

    #[test]
    fn a_grant_without_amount_keeps_what_was_engaged_and_paid() {
        let without = paid(dossier(1).state(DossierState::Accepte));
        assert_eq!(amounts(without), (Some([None, Some(200), Some(100)]), vec!["attribution sans montant".to_owned()]));
        let negative = dossier(1).accepted(-300, date(2021, 9, 30));
        assert_eq!(amounts(negative).0, Some([None, None, None]));
        assert_eq!(amounts(paid(dossier(1))).0, None);
    }
}
