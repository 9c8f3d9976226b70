//! Days of a grant that lie after what they must precede. Lists and reports go by the days that are recorded: a slip of the
//! keyboard keeps a grant out of every document that is closed before that day, and no rule of Démat.ADS looks at it.
//!
//! A day that a person enters here is taken for meant: it is held against the day on which it was entered, and against nothing
//! else. So what is right though it looks wrong is settled by entering it once more.

use jiff::civil::Date;

use crate::domain::dossier::DossierState;
use crate::domain::fact::FactName;
use crate::domain::instant::{french_date, paris_date};
use crate::domain::journal::{Standing, Target};
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;

/// A day of a grant that lies after what it must precede.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misdated {
    /// Which.
    pub fact: FactName,
    /// As recorded.
    pub day: Date,
    /// What it must not be later than, in French.
    after: &'static str,
    /// The day of that.
    limit: Date,
}

impl Misdated {
    /// What is odd, and what it does to the sums, in French: continues "accepté, ".
    #[must_use]
    pub fn told(&self) -> String {
        let Self { fact, day, after, limit } = self;
        let left_out = if *fact == FactName::PaidOn { "ce paiement" } else { "ce dossier" };
        format!(
            "{} ({}), postérieure à {after} ({}) ; les listes et les rapports arrêtés avant ce jour ne comptent pas {left_out}",
            fact.label(),
            french_date(*day),
            french_date(*limit)
        )
    }
}

/// Those of an accepted dossier; none of one whose data are erased: nobody could mend them.
#[must_use]
pub fn misdated(subject: &Subject, standing: &Standing) -> Vec<Misdated> {
    if subject.state != DossierState::Accepte || subject.erased {
        return Vec::new();
    }
    let facts = &subject.facts;
    let updated = ("sa dernière modification sur DS", paris_date(subject.updated_at));
    let accepted = subject.treated_at.map_or(updated, |at| ("l’acceptation sur DS", paris_date(at)));
    // Rules of the others look at the notification (A3V1-17, A3V2-14).
    let has_rule = matches!(subject.programme, Programme::Axe3V1 | Programme::Axe3V2);
    let notified = facts.date(FactName::NotifiedOn).filter(|_| !has_rule).map(|day| ("la notification", day));
    let is_paid = facts.amount(FactName::PaidAmount).is_some_and(|paid| paid.is_positive());
    let of = |fact: FactName, limits: Vec<(&'static str, Date)>| {
        let day = facts.date(fact)?;
        let limits =
            entered_on(subject, fact, standing).map_or(limits, |on| vec![("la correction qui l’a saisie", on)]);
        let (after, limit) = limits.into_iter().find(|(_, limit)| day > *limit)?;
        Some(Misdated { fact, day, after, limit })
    };
    let committee = of(FactName::CommitteeDate, std::iter::once(accepted).chain(notified).collect());
    let paid = if is_paid { of(FactName::PaidOn, vec![updated]) } else { None };
    committee.into_iter().chain(paid).collect()
}

/// The day on which a person entered a fact here, as long as that counts.
fn entered_on(subject: &Subject, fact: FactName, standing: &Standing) -> Option<Date> {
    subject.facts.corrections_of(fact).next()?;
    let entry = standing.corrections.get(&Target { fact, column: None, row: None })?;
    Some(paris_date(entry.at))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::fact::{Correction, FactValue};
    use crate::domain::journal::{Act, Entry, Patch};
    use crate::domain::money::Cents;
    use crate::rules::testing::{self, at};

    fn put(subject: &mut Subject, name: FactName, value: FactValue) {
        subject.facts.set(name, Ok(testing::fact(name, value)));
    }

    /// Accepted on DS on 20 September 2021, after its last modification.
    fn accepted(programme: Programme, dates: &[(FactName, Date)]) -> Subject {
        let mut subject = testing::subject(7, programme);
        subject.state = DossierState::Accepte;
        subject.treated_at = Some(at("2021-09-20T22:30:00+02:00"));
        subject.updated_at = at("2021-09-25T10:00:00+02:00");
        put(&mut subject, FactName::PaidAmount, FactValue::Amount(Cents::euros(10)));
        for (fact, day) in dates {
            put(&mut subject, *fact, FactValue::Date(*day));
        }
        subject
    }

    fn found(subject: &Subject, standing: &Standing) -> Vec<(FactName, &'static str)> {
        misdated(subject, standing).into_iter().map(|one| (one.fact, one.after)).collect()
    }

    fn of(programme: Programme, dates: &[(FactName, Date)]) -> Vec<(FactName, &'static str)> {
        found(&accepted(programme, dates), &Standing::default())
    }

    #[test]
    fn a_commission_after_what_follows_it_is_told() {
        use FactName::{CommitteeDate, NotifiedOn};
        let (ads, v1) = (Programme::Axe3V1Ads, Programme::Axe3V1);
        let on_ds = vec![(CommitteeDate, "l’acceptation sur DS")];
        assert_eq!(of(ads, &[(CommitteeDate, date(2021, 9, 20))]), []);
        assert_eq!(of(ads, &[(CommitteeDate, date(2021, 9, 21))]), on_ds);
        assert_eq!(of(v1, &[(CommitteeDate, date(2030, 7, 12))]), on_ds);
        let notified = [(CommitteeDate, date(2021, 9, 15)), (NotifiedOn, date(2021, 9, 14))];
        assert_eq!(of(ads, &notified), [(CommitteeDate, "la notification")]);
        assert_eq!(of(v1, &notified), [], "a rule says it");
        let mut undated = accepted(ads, &[(CommitteeDate, date(2021, 9, 26))]);
        undated.treated_at = None;
        assert_eq!(found(&undated, &Standing::default()), [(CommitteeDate, "sa dernière modification sur DS")]);
        let mut pending = accepted(ads, &[(CommitteeDate, date(2030, 7, 12))]);
        pending.state = DossierState::EnInstruction;
        assert_eq!(found(&pending, &Standing::default()), []);
    }

    #[test]
    fn a_payment_after_it_was_entered_is_told() {
        let paid = |day| accepted(Programme::Axe3V1Ads, &[(FactName::PaidOn, day)]);
        let told = vec![(FactName::PaidOn, "sa dernière modification sur DS")];
        assert_eq!(found(&paid(date(2021, 9, 25)), &Standing::default()), []);
        assert_eq!(found(&paid(date(2021, 9, 26)), &Standing::default()), told);
        let mut nothing = paid(date(2021, 9, 26));
        put(&mut nothing, FactName::PaidAmount, FactValue::Amount(Cents::ZERO));
        assert_eq!(found(&nothing, &Standing::default()), [], "nothing is left out of a sum");
    }

    #[test]
    fn a_day_that_a_person_entered_here_may_not_be_later_than_that() {
        let entered = |day: Date| {
            let mut subject = accepted(Programme::Axe3V1Ads, &[(FactName::CommitteeDate, day)]);
            let target = Target { fact: FactName::CommitteeDate, column: None, row: None };
            subject.facts.corrections.push(Correction {
                target: target.clone(),
                original: None,
                value: day.to_string(),
                by: String::new(),
                dropped: false,
            });
            let act = Act::Correct {
                target,
                value: day.to_string(),
                patch: Patch::Fact(FactValue::Date(day)),
                champ: String::new(),
            };
            let at = at("2021-11-05T10:00:00Z");
            let entry = Entry { id: 1, dossier: subject.number, at, by: String::new(), reason: String::new(), act };
            (subject, Standing::of([entry]))
        };
        let (subject, standing) = entered(date(2021, 11, 5));
        assert_eq!(found(&subject, &standing), [], "meant");
        let (subject, standing) = entered(date(2030, 7, 12));
        assert_eq!(found(&subject, &standing), [(FactName::CommitteeDate, "la correction qui l’a saisie")]);
        let told = misdated(&subject, &standing)[0].told();
        assert_eq!(
            told,
            "date de la commission (12/07/2030), postérieure à la correction qui l’a saisie (05/11/2021) ; les listes et les \
             rapports arrêtés avant ce jour ne comptent pas ce dossier"
        );
    }
}
