//! How a decision unfolds: A3V1-17 and A3V2-14.

use jiff::civil::Date;

use crate::domain::dossier::DossierState;
use crate::domain::fact::{Absence, FactName};
use crate::domain::instant::french_date;
use crate::domain::money::Cents;
use crate::rules::inquiry::Inquiry;
use crate::rules::rule::{Finding, Outcome};

/// A decision's days and amounts, as far as they are recorded.
struct Record<'a> {
    committee: Result<Date, &'a Absence>,
    notified: Result<Date, &'a Absence>,
    agreement: Result<Date, &'a Absence>,
    paid_on: Result<Date, &'a Absence>,
    granted: Result<Cents, &'a Absence>,
    engaged: Result<Cents, &'a Absence>,
    paid: Option<Cents>,
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
            paid: inquiry.amount(FactName::PaidAmount).ok().filter(|paid| paid.is_positive()),
        }
    }

    fn is_empty(&self) -> bool {
        self.committee.is_err()
            && self.notified.is_err()
            && self.agreement.is_err()
            && self.paid_on.is_err()
            && self.granted.is_err()
            && self.engaged.is_err()
            && self.paid.is_none()
    }
}

/// Commission, notification, agreement, payment in this order; paid ≤ engaged ≤ granted.
pub(in crate::rules) fn order_of_things(inquiry: &mut Inquiry<'_>) -> Outcome {
    let state = inquiry.state();
    let accepted = *state == DossierState::Accepte;
    let record = Record::read(inquiry);
    if !accepted && record.is_empty() {
        return Ok(Finding::not_applicable("Aucune décision n’est encore enregistrée."));
    }
    let mut breaches = Vec::new();
    let mut doubts = Vec::new();

    match (record.committee, record.notified) {
        (Ok(committee), Ok(notified)) if notified < committee => breaches.push(format!(
            "la notification ({}) précède la commission ({})",
            french_date(notified),
            french_date(committee)
        )),
        (Err(Absence::Blank { .. }), _) if accepted => {
            breaches.push("le dossier est accepté sans date de commission".to_owned());
        }
        // A refusal needs no commission.
        (Err(absence), notified) if accepted || (notified.is_ok() && state.is_live()) => {
            doubts.push(format!("la date de la commission n’est pas connue ({absence})"));
        }
        _ => {}
    }
    match (record.agreement, record.paid_on) {
        (Ok(agreement), Ok(paid_on)) if paid_on < agreement => breaches.push(format!(
            "le paiement ({}) précède la convention ({})",
            french_date(paid_on),
            french_date(agreement)
        )),
        (Ok(agreement), Ok(paid_on)) if paid_on == agreement => doubts.push(format!(
            "la convention et le paiement portent le même jour ({}), qui ne dit pas lequel a précédé",
            french_date(agreement)
        )),
        (Err(absence), paid_on) if paid_on.is_ok() || record.paid.is_some() => {
            doubts.push(format!(
                "un paiement est enregistré, mais la date de la convention n’est pas connue ({absence})"
            ));
        }
        _ => {}
    }
    for (day, date) in [("notification", record.notified), ("paiement", record.paid_on)] {
        if let Err(absence @ Absence::Unreadable { .. }) = date {
            doubts.push(format!("la date de {day} n’est pas connue ({absence})"));
        }
    }
    compare("payé", record.paid, "engagé", record.engaged, &mut breaches, &mut doubts);
    if record.engaged.is_err() && record.granted.is_ok() {
        compare("payé", record.paid, "accordé", record.granted, &mut breaches, &mut doubts);
    }
    compare(
        "engagé",
        record.engaged.ok().filter(|c| c.is_positive()),
        "accordé",
        record.granted,
        &mut breaches,
        &mut doubts,
    );

    Ok(if !breaches.is_empty() {
        breaches.extend(doubts);
        Finding::not_met(format!("À corriger ou à expliquer : {}.", breaches.join(" ; ")))
    } else if !doubts.is_empty() {
        Finding::to_review(format!("À vérifier : {}.", doubts.join(" ; ")))
    } else {
        Finding::met("Les dates et les montants enregistrés se suivent dans l’ordre prévu.")
    })
}

/// One amount may not be above the other; without the other, nobody can tell.
fn compare(
    small_name: &str,
    small: Option<Cents>,
    large_name: &str,
    large: Result<Cents, &Absence>,
    breaches: &mut Vec<String>,
    doubts: &mut Vec<String>,
) {
    match (small, large) {
        (Some(small), Ok(large)) if small > large => {
            breaches.push(format!("le montant {small_name} ({small}) dépasse le montant {large_name} ({large})"));
        }
        (Some(small), Err(absence)) => {
            doubts.push(format!(
                "le montant {small_name} est de {small}, mais le montant {large_name} n’est pas connu ({absence})"
            ));
        }
        _ => {}
    }
}
