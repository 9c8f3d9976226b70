//! Sums of what was granted, in order of decision, against what there is.

use super::inquiry::Inquiry;
use super::place::Place;
use super::rule::Finding;
use super::wording::counted;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;

/// Whether the grants up to an accepted dossier, itself included, stay within an amount. `counts` tells whether a grant that lies
/// somewhere is taken from it, none when it cannot be told; `named` is the amount's name, with its article.
pub(super) fn within(
    inquiry: &mut Inquiry<'_>,
    limit: Cents,
    named: &str,
    counts: impl Fn(&Place) -> Option<bool>,
) -> Finding {
    inquiry.decided_on();
    let own = inquiry.amount(FactName::GrantedAmount);
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

/// Whether a grant is taken from the credits of a département, by where it lies; none when it cannot be told.
pub(super) fn of_departement(departement: &str) -> impl Fn(&Place) -> Option<bool> {
    move |other| match &other.departement {
        Some(known) => Some(known == departement),
        // Of several départements, or of none that is known: it may be this one.
        None if other.touches.is_empty() || other.touches.contains(departement) => None,
        None => Some(false),
    }
}
