//! Sums of what was granted, in order of decision, against what there is.

use super::grant::ASK_AMOUNT;
use super::inquiry::Inquiry;
use super::place::Place;
use super::rule::Finding;
use super::wording::counted;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;

/// Whether the grants up to an accepted dossier, itself included, stay within an amount. `counts` tells whether a grant that lies
/// somewhere is taken from it; `named` is the amount's name, with its article.
pub(super) fn within(inquiry: &mut Inquiry<'_>, limit: Cents, named: &str, counts: impl Fn(&Place) -> bool) -> Finding {
    inquiry.decided_on();
    let own = inquiry.amount(FactName::GrantedAmount);
    let consumed = inquiry.peers().consumed_up_to(inquiry.dossier(), counts);
    let sum = format!(
        "Dans l’ordre des décisions, {} jusqu’à ce dossier compris, pour un total de {}",
        counted(consumed.dossiers, "attribution", "attributions"),
        consumed.total
    );
    let without = counted(consumed.without_amount, "attribution sans montant", "attributions sans montant");
    if consumed.total > limit {
        let reserve = if consumed.without_amount > 0 { format!(" au moins ({without})") } else { String::new() };
        Finding::not_met(format!(
            "{sum} : {named} ({limit}) ne suffit pas, il manque {}{reserve}.",
            consumed.total - limit
        ))
    } else if consumed.without_amount > 0 {
        let finding = Finding::to_review(format!(
            "{sum} au moins, car il y a {without} : impossible de dire si {named} ({limit}) suffit."
        ));
        if own.is_err() { finding.asking(FactName::GrantedAmount, ASK_AMOUNT) } else { finding }
    } else {
        Finding::met(format!("{sum} : {named} ({limit}) suffit."))
    }
}
