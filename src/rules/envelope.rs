//! Sums of what was granted, in order of decision, against what there is.

use super::inquiry::Inquiry;
use super::place::Place;
use super::rule::Finding;
use super::rulebook::Served;
use super::wording::counted;
use crate::domain::fact::FactName;
use crate::domain::money::Cents;
use crate::domain::neighbour::Share;
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

    /// The shares of the grants of a programme that are taken from it, surely or perhaps.
    pub fn shares(self, programme: Programme) -> Vec<Share> {
        match self {
            Self::Departement(departement) => {
                vec![Share::Departement(programme, departement), Share::Unsettled(programme)]
            }
            Self::Region(_) | Self::Country => vec![Share::Whole(programme)],
        }
    }
}

/// The shares of the grants of a programme that may be taken from the same credits as one that lies at a place.
pub(super) fn summed_with(programme: Programme, place: &Place, served: &Served) -> Vec<Share> {
    let of = |departement: &String| Share::Departement(programme, departement.clone());
    match programme {
        Programme::Axe3V1 => match &place.departement {
            Some(departement) => vec![of(departement)],
            None if place.touches.is_empty() => vec![Share::Whole(programme)],
            None => place.touches.iter().map(of).collect(),
        },
        Programme::Axe3V1Ads | Programme::Axe3V2 if served.excludes_place(place) => Vec::new(),
        Programme::Axe3V1Ads | Programme::Axe3V2 | Programme::Axe2V4 => vec![Share::Whole(programme)],
        _ => Vec::new(),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::dossier::DossierState;
    use crate::domain::fact::FactValue;
    use crate::rules::testing::{Change, centre, lab_project, project, rulebook, subject};

    /// A grant within some départements of two régions, or nobody knows where.
    fn any_grant(number: i64) -> impl Strategy<Value = Subject> {
        let codes = prop::collection::vec(prop::sample::select(vec!["75", "77", "60"]), 0..3);
        (0..4_usize, codes).prop_map(move |(kind, codes)| {
            let mut grant = match kind {
                0 => project(number),
                1 => lab_project(number),
                2 => centre(number, &[]),
                _ => subject(number, Programme::Axe2V4),
            };
            grant.state = DossierState::Accepte;
            grant.applicant.departement = codes.first().map(|code| (*code).to_owned());
            if kind < 2 {
                let codes = codes.into_iter().map(str::to_owned).collect();
                grant.put(FactName::ProjectDepartement, FactValue::Departements(codes));
            }
            grant
        })
    }

    fn is_in(share: &Share, grant: &Subject) -> bool {
        let of_one = Place::of(grant).departement;
        share.programme() == grant.programme
            && match share {
                Share::Whole(_) => true,
                Share::Departement(_, departement) => of_one.as_ref() == Some(departement),
                Share::Unsettled(_) => of_one.is_none(),
            }
    }

    proptest! {
        #[test]
        fn a_sum_knows_all_that_it_may_count_and_who_is_in_it_finds_it(own in any_grant(1), other in any_grant(2)) {
            let set = |name: &str| format!("[[{name}]]\nvalue = 9000\nunit = \"EUR\"\n");
            let rulebook = rulebook(&(set("ads_envelope") + &set("fc_api_envelope")));
            let Some(pot) = Pot::of(&own, rulebook.served()) else { return Ok(()) };
            let place = Place::of(&other);
            if own.programme == other.programme && pot.holds(&place) != Some(false) {
                prop_assert!(rulebook.summed_for(&own).iter().any(|share| is_in(share, &other)));
                let readers = rulebook.summed_with(other.programme, &place);
                prop_assert!(readers.iter().any(|share| is_in(share, &own)), "{readers:?}");
            }
        }
    }

    #[test]
    fn where_there_is_no_limit_nobody_sums() {
        let (grant, nothing) = (centre(1, &[]), [] as [Share; 0]);
        assert_eq!(rulebook("").summed_for(&grant), nothing);
        assert_eq!(rulebook("").summed_with(grant.programme, &Place::of(&grant)), nothing);
    }
}
