//! Sums of what was granted, in order of decision, against what there is.

use super::inquiry::Inquiry;
use super::place::Place;
use super::rule::Finding;
use super::rulebook::Served;
use super::wording::counted;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;

/// The credits that the grant of a dossier is taken from: of its département, of the région, of the whole country.
pub(super) enum Pot<'a> {
    Departement(String),
    Region(&'a Served),
    Country,
}

impl<'a> Pot<'a> {
    /// Of a dossier; none when it is taken from none that is known, or nobody can tell from which.
    pub fn of(subject: &Subject, served: &'a Served) -> Option<Self> {
        match subject.programme {
            Programme::Axe3V1 => Place::of(subject).departement.map(Self::Departement),
            Programme::Axe3V1Ads | Programme::Axe3V2 => Some(Self::Region(served)),
            Programme::Axe2V4 => Some(Self::Country),
            _ => None,
        }
    }

    /// Whether another grant, which lies somewhere, is taken from it too; none when it cannot be told.
    pub fn holds(&self, other: &Place) -> Option<bool> {
        match self {
            Self::Departement(departement) => match &other.departement {
                Some(known) => Some(known == departement),
                // Of several départements, or of none that is known: it may be this one.
                None if other.touches.is_empty() || other.touches.contains(departement) => None,
                None => Some(false),
            },
            Self::Region(served) => served.holds_place(other),
            Self::Country => Some(true),
        }
    }
}

/// Whether the grants up to an accepted dossier, itself included, stay within an amount. `named` is the amount's name, with its article.
pub(super) fn within(inquiry: &mut Inquiry<'_>, limit: Cents, named: &str) -> Finding {
    inquiry.decided_on();
    let own = inquiry.amount(FactName::GrantedAmount);
    let pot = Pot::of(inquiry.dossier(), inquiry.served);
    let counts = |place: &Place| pot.as_ref().and_then(|pot| pot.holds(place));
    let (consumed, perhaps) = inquiry.peers().consumed_up_to(inquiry.dossier(), counts);
    let sum = format!(
        "Dans l’ordre des décisions, {} jusqu’à ce dossier compris, pour un total de {}",
        counted(consumed.dossiers, "attribution", "attributions"),
        consumed.total
    );
    let unsettled = (perhaps.dossiers > 0).then(|| {
        format!(
            "{} dont le lieu n’est pas tranché, pour {}",
            counted(perhaps.dossiers, "attribution", "attributions"),
            perhaps.total
        )
    });
    let without_amount = consumed.without_amount + perhaps.without_amount;
    let without =
        (without_amount > 0).then(|| counted(without_amount, "attribution sans montant", "attributions sans montant"));
    let reserves: Vec<&str> = without.iter().chain(&unsettled).map(String::as_str).collect();
    if consumed.total > limit {
        let reserve = if reserves.is_empty() { String::new() } else { format!(" au moins ({})", reserves.join(" ; ")) };
        Finding::not_met(format!(
            "{sum} : {named} ({limit}) ne suffit pas, il manque {}{reserve}.",
            consumed.total - limit
        ))
    } else if without_amount > 0 || consumed.total + perhaps.total > limit {
        let finding = Finding::to_review(format!(
            "{sum} au moins, car il y a {} : impossible de dire si {named} ({limit}) suffit.",
            reserves.join(" et ")
        ));
        match own {
            Err(absence) => finding.lacking(FactName::GrantedAmount, absence),
            Ok(_) => finding,
        }
    } else {
        let counting = unsettled.map(|unsettled| format!(", même en comptant {unsettled}")).unwrap_or_default();
        Finding::met(format!("{sum} : {named} ({limit}) suffit{counting}."))
    }
}

/// What ends the control of credits of the région for an accepted dossier: it lies elsewhere, or nobody can tell; none when it is taken
/// from them. `named` is their name, with its article.
pub(super) fn outside_region(inquiry: &mut Inquiry<'_>, named: &str) -> Option<Finding> {
    let place = inquiry.place();
    match inquiry.served.holds_place(&place) {
        Some(true) => None,
        Some(false) => {
            Some(Finding::not_applicable("Le dossier relève d’une autre préfecture : il n’entre pas dans l’enveloppe."))
        }
        None => Some(Finding::to_review(format!(
            "Le lieu du dossier n’est pas connu, ou n’est qu’en partie dans la région : impossible de dire s’il consomme {named}."
        ))),
    }
}
