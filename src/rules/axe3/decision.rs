//! How a decision unfolds: A3V1-17 and A3V2-14.

use jiff::civil::Date;

use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::domain::verdict::Who;
use crate::rules::inquiry::Inquiry;
use crate::rules::rule::{Ask, Finding, Outcome};

/// A decision's days and amounts, as far as they are recorded.
struct Record<'a> {
    committee: Result<Date, &'a Absence>,
    notified: Result<Date, &'a Absence>,
    agreement: Result<Date, &'a Absence>,
    paid_on: Result<Date, &'a Absence>,
    granted: Result<Cents, &'a Absence>,
    engaged: Result<Cents, &'a Absence>,
    paid: Result<Cents, &'a Absence>,
}

impl<'a> Record<'a> {
    fn read(inquiry: &mut Inquiry<'a>) -> Self {
        Self {
            committee: inquiry.date(FactName::CommitteeDate),
            notified: inquiry.date(FactName::NotifiedOn),
            agreement: inquiry.date(FactName::AgreementOn),
            paid_on: inquiry.date(FactName::PaidOn),
            granted: inquiry.amount(FactName::GrantedAmount),
            engaged: inquiry.amount(FactName::EngagedAmount),
            paid: inquiry.amount(FactName::PaidAmount),
        }
    }

    /// Nothing is recorded, as far as can be read. An amount granted counts once it is known: alone, it follows nothing.
    fn is_empty(&self) -> bool {
        let days = self.days().into_iter().all(|(_, _, day)| is_nothing(day));
        days && self.granted.is_err() && is_nothing(self.engaged) && self.paid().is_none() && !hides(self.paid)
    }

    /// What is paid: zero is nothing.
    fn paid(&self) -> Option<Cents> {
        self.paid.ok().filter(|paid| paid.is_positive())
    }

    fn is_paid(&self) -> bool {
        self.paid_on.is_ok() || self.paid().is_some()
    }

    /// The days, with what they are called and how they are read.
    fn days(&self) -> [(FactName, &'static str, Result<Date, &'a Absence>); 4] {
        [
            (FactName::CommitteeDate, "la commission", self.committee),
            (FactName::NotifiedOn, "la notification", self.notified),
            (FactName::AgreementOn, "la convention", self.agreement),
            (FactName::PaidOn, "le paiement", self.paid_on),
        ]
    }
}

/// There may be an answer, which is not known here.
fn hides<T>(read: Result<T, &Absence>) -> bool {
    read.err().is_some_and(Absence::hides_an_answer)
}

/// There is no answer.
fn is_nothing<T>(read: Result<T, &Absence>) -> bool {
    read.err().is_some_and(|absence| !absence.hides_an_answer())
}

/// What is found, pair by pair.
#[derive(Default)]
struct Found {
    breaches: Vec<String>,
    doubts: Vec<String>,
    asks: Vec<Ask>,
}

impl Found {
    fn lacks(&mut self, name: FactName, absence: &Absence) {
        self.asks.extend(Ask::of(name, absence));
    }

    /// A day that is wrong or doubtful is the préfecture's to correct.
    fn ask_to_correct(&mut self, name: FactName) {
        let what = format!("À corriger ou à expliquer : {}.", name.label());
        self.asks.push(Ask { who: Who::Prefecture, fact: Some(name), what });
    }

    /// One amount may not be above the other; without the other, nobody can tell.
    fn compare(&mut self, small: (FactName, &str, Option<Cents>), large: (FactName, &str, Result<Cents, &Absence>)) {
        let (small_fact, small_name, small) = small;
        let (large_fact, large_name, large) = large;
        match (small, large) {
            (Some(small), Ok(large)) if small > large => {
                self.breaches
                    .push(format!("le montant {small_name} ({small}) dépasse le montant {large_name} ({large})"));
                self.ask_to_correct(small_fact);
            }
            (Some(small), Err(absence)) => {
                self.doubts.push(format!(
                    "le montant {small_name} est de {small}, mais le montant {large_name} n’est pas connu ({absence})"
                ));
                self.lacks(large_fact, absence);
            }
            _ => {}
        }
    }
}

/// Commission, notification, agreement, payment in this order, each pair by itself; paid ≤ engaged ≤ granted. Nothing is paid on a
/// dossier that was not kept.
pub(in crate::rules) fn order_of_things(inquiry: &mut Inquiry<'_>) -> Outcome {
    let state = inquiry.state();
    let accepted = *state == DossierState::Accepte;
    let record = Record::read(inquiry);
    if !accepted && record.is_empty() {
        return Ok(Finding::not_applicable("Aucune décision n’est encore enregistrée."));
    }
    let mut found = Found::default();
    if !state.is_live() && record.is_paid() {
        found.breaches.push(format!("un paiement est enregistré, alors que le dossier est « {} »", state.label()));
        found.ask_to_correct(if record.paid_on.is_ok() { FactName::PaidOn } else { FactName::PaidAmount });
    }
    commission(&mut found, state, &record);
    agreement(&mut found, &record);
    order(&mut found, inquiry.deposited_on(), &record);

    let engaged = record.engaged.ok().filter(|cents| cents.is_positive());
    let (granted, paid) =
        ((FactName::GrantedAmount, "accordé", record.granted), (FactName::PaidAmount, "payé", record.paid()));
    found.compare(paid, (FactName::EngagedAmount, "engagé", record.engaged));
    if record.engaged.is_err() && record.granted.is_ok() {
        found.compare(paid, granted);
    }
    found.compare((FactName::EngagedAmount, "engagé", engaged), granted);
    unknown_amounts(&mut found, &record);

    let Found { mut breaches, doubts, asks } = found;
    Ok(if !breaches.is_empty() {
        breaches.extend(doubts);
        Finding::not_met(format!("À corriger ou à expliquer : {}.", breaches.join(" ; ")))
    } else if !doubts.is_empty() {
        Finding::to_review(format!("À vérifier : {}.", doubts.join(" ; ")))
    } else {
        Finding::met("Les dates et les montants enregistrés se suivent dans l’ordre prévu.")
    }
    .with(asks))
}

/// The commission decides before anybody is notified. A refusal needs none.
fn commission(found: &mut Found, state: &DossierState, record: &Record<'_>) {
    let accepted = *state == DossierState::Accepte;
    match (record.committee, record.notified) {
        (Ok(committee), Ok(notified)) if notified < committee => {
            found.breaches.push(format!(
                "la notification ({}) précède la commission ({})",
                french_date(notified),
                french_date(committee)
            ));
            found.ask_to_correct(FactName::NotifiedOn);
        }
        (Err(absence @ Absence::Blank { .. }), _) if accepted => {
            found.breaches.push("le dossier est accepté sans date de commission".to_owned());
            found.lacks(FactName::CommitteeDate, absence);
        }
        (Err(absence), notified) if accepted || absence.hides_an_answer() || (notified.is_ok() && state.is_live()) => {
            found.doubts.push(format!("la date de la commission n’est pas connue ({absence})"));
            found.lacks(FactName::CommitteeDate, absence);
        }
        _ => {}
    }
}

/// What was engaged or paid, and cannot be read: nothing can be said of it. Said once, here or by a comparison.
fn unknown_amounts(found: &mut Found, record: &Record<'_>) {
    for (name, amount) in [(FactName::EngagedAmount, record.engaged), (FactName::PaidAmount, record.paid)] {
        if let Err(absence) = amount
            && absence.hides_an_answer()
            && found.asks.iter().all(|ask| ask.fact != Some(name))
        {
            found.doubts.push(format!("le {} n’est pas connu ({absence})", name.label()));
            found.lacks(name, absence);
        }
    }
}

/// The agreement comes before the payment.
fn agreement(found: &mut Found, record: &Record<'_>) {
    match (record.agreement, record.paid_on) {
        (Ok(agreement), Ok(paid_on)) if paid_on < agreement => {
            found.breaches.push(format!(
                "le paiement ({}) précède la convention ({})",
                french_date(paid_on),
                french_date(agreement)
            ));
            found.ask_to_correct(FactName::PaidOn);
        }
        (Ok(agreement), Ok(paid_on)) if paid_on == agreement => {
            found.doubts.push(format!(
                "la convention et le paiement portent le même jour ({}), qui ne dit pas lequel a précédé",
                french_date(agreement)
            ));
            found.ask_to_correct(FactName::PaidOn);
        }
        (Err(absence), _) if record.is_paid() => {
            found.doubts.push(format!(
                "un paiement est enregistré, mais la date de la convention n’est pas connue ({absence})"
            ));
            found.lacks(FactName::AgreementOn, absence);
        }
        _ => {}
    }
}

/// What else is out of order, of which the guide does not speak: nothing before the deposit, neither agreement nor payment before the
/// commission, no payment before the notification.
fn order(found: &mut Found, deposited: Date, record: &Record<'_>) {
    for (name, called, day) in record.days() {
        match day {
            Ok(day) if day < deposited => {
                found.doubts.push(format!(
                    "{called} ({}) précède le dépôt du dossier ({})",
                    french_date(day),
                    french_date(deposited)
                ));
                found.ask_to_correct(name);
            }
            Err(absence) if absence.hides_an_answer() && name != FactName::CommitteeDate => {
                found.doubts.push(format!("la date n’est pas connue pour {called} ({absence})"));
                found.lacks(name, absence);
            }
            _ => {}
        }
    }
    let [committee, notified, agreement, paid_on] = record.days();
    for (first, second) in [(committee, agreement), (committee, paid_on), (notified, paid_on)] {
        let ((_, first, earlier), (name, second, later)) = (first, second);
        if let (Ok(earlier), Ok(later)) = (earlier, later)
            && later < earlier
        {
            found.doubts.push(format!("{second} ({}) précède {first} ({})", french_date(later), french_date(earlier)));
            found.ask_to_correct(name);
        }
    }
}
