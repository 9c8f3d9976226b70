//! What is left of the credits that a pending dossier would draw on: computed when it is shown, in no verdict, since it changes with
//! every grant.

use jiff::civil::Date;

use super::envelope::Pot;
use super::parameters::{ParameterName, Parameters, Value};
use super::peers::Peers;
use super::place::Place;
use super::rulebook::Served;
use crate::domain::money::Cents;
use crate::domain::neighbour::Consumed;
use crate::domain::programme::Programme;
use crate::domain::subject::Subject;

/// Credits of a programme, and what was granted out of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credits {
    /// What they are, in French, with the article: `le droit de tirage du département 77`.
    pub named: String,
    /// The département that has them; none: the région, or the whole country.
    pub departement: Option<String>,
    /// What there is in all.
    pub total: Cents,
    /// What is surely taken from them: the amounts granted that are known.
    pub granted: Cents,
    /// What may be taken from them: grants whose place is not settled.
    pub unsettled: Cents,
    /// How many grants, surely or perhaps taken from them, have no known amount.
    pub without_amount: usize,
}

impl Credits {
    /// What is left once the known grants are taken; negative when more was granted than there is.
    #[must_use]
    pub fn left(&self) -> Cents {
        self.total - self.granted
    }

    pub(super) fn of(
        subject: &Subject,
        peers: &Peers,
        parameters: &Parameters,
        served: &Served,
        on: Date,
    ) -> Option<Self> {
        let place = Place::of(subject);
        let is_elsewhere = served.excludes_place(&place);
        let total = |name, departement: Option<&str>| match parameters.on(name, departement, on)?.value {
            Value::Amount(total) => Some(total),
            _ => None,
        };
        let (named, departement, total) = match subject.programme {
            Programme::Axe3V1 => {
                let departement = place.departement.filter(|_| !is_elsewhere)?;
                let total = total(ParameterName::DrawingRight, Some(&departement))?;
                (format!("le droit de tirage du département {departement}"), Some(departement), total)
            }
            Programme::Axe3V1Ads if !is_elsewhere => {
                ("l’enveloppe régionale Démat.ADS".to_owned(), None, total(ParameterName::AdsEnvelope, None)?)
            }
            Programme::Axe3V2 if !is_elsewhere => {
                ("l’enveloppe régionale du volet 2".to_owned(), None, total(ParameterName::V2Envelope, None)?)
            }
            Programme::Axe2V4 => {
                ("l’enveloppe du volet 4".to_owned(), None, total(ParameterName::FcApiEnvelope, None)?)
            }
            _ => return None,
        };
        let pot = Pot::of(subject, served)?;
        let (sure, perhaps) = peers.consumed(subject.programme, |other| pot.holds(other));
        let Consumed { total: granted, without_amount, .. } = sure;
        let without_amount = without_amount + perhaps.without_amount;
        Some(Self { named, departement, total, granted, unsettled: perhaps.total, without_amount })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::dossier::{DossierState, RemovalReason};
    use crate::domain::fact::{FactName, FactValue};
    use crate::rules::testing::{Change, centre, codes, lab_project, peers, project, removed, rulebook, subject};

    fn granted(number: i64, departements: &[&str], amount: Option<&str>) -> Subject {
        let mut subject = project(number);
        subject.state = DossierState::Accepte;
        let codes = departements.iter().map(|code| (*code).to_owned()).collect();
        subject.put(FactName::ProjectDepartement, FactValue::Departements(codes));
        if let Some(amount) = amount {
            subject.grant(amount);
        }
        subject
    }

    #[test]
    fn a_pending_dossier_sees_what_is_left_on_the_day_with_the_doubts() {
        let mut gone = granted(5, &["77"], Some("3000"));
        gone.removed = removed(RemovalReason::Deleted);
        let others = [
            granted(2, &["77"], Some("7000")),
            granted(3, &["78"], Some("50000")),
            granted(4, &["77", "78"], Some("1000")),
            gone,
            granted(6, &["77"], None),
        ];
        let peers = peers(&others);
        let transfer =
            "[[drawing_right]]\ndepartements = [\"77\"]\nvalue = 300000\nunit = \"EUR\"\nvalid_from = 2021-10-01";
        let credits = rulebook(transfer).credits(&project(1), &peers, date(2021, 9, 30)).unwrap();
        let expected = Credits {
            named: "le droit de tirage du département 77".to_owned(),
            departement: Some("77".to_owned()),
            total: Cents::euros(297_000),
            granted: Cents::euros(10_000),
            unsettled: Cents::euros(1_000),
            without_amount: 1,
        };
        assert_eq!(credits, expected);
        assert_eq!(credits.left(), Cents::euros(287_000));
        let later = rulebook(transfer).credits(&project(1), &peers, date(2021, 10, 1)).unwrap();
        assert_eq!(later.left(), Cents::euros(290_000));
    }

    #[test]
    fn a_grant_that_lies_in_part_in_the_region_is_not_settled() {
        let laureate = |number: i64, departements: &[&str], amount: &str| {
            let codes = departements.iter().map(|code| (*code).to_owned()).collect();
            let mut lab = lab_project(number);
            lab.state = DossierState::Accepte;
            lab.put(FactName::ProjectDepartement, FactValue::Departements(codes));
            lab.grant(amount);
            lab
        };
        let others = [laureate(2, &["75"], "7000"), laureate(3, &["60", "77"], "500"), laureate(4, &["60"], "30")];
        let credits = rulebook("").credits(&lab_project(1), &peers(&others), date(2021, 9, 30)).unwrap();
        assert_eq!((credits.granted, credits.unsettled), (Cents::euros(7_000), Cents::euros(500)));
    }

    #[test]
    fn credits_that_are_not_known_are_not_shown() {
        let nobody = peers([]);
        let on = date(2021, 9, 30);
        let left = |parameters: &str, subject: &Subject| {
            rulebook(parameters).credits(subject, &nobody, on).map(|credits| credits.left())
        };
        assert_eq!(left("", &lab_project(1)), Some(Cents::euros(200_000)));
        let ads = centre(1, &codes(2));
        assert_eq!(left("", &ads), None);
        assert_eq!(left("[[ads_envelope]]\nvalue = 5\nunit = \"EUR\"", &ads), Some(Cents::euros(5)));
        let continuous = subject(1, Programme::Axe2V4);
        assert_eq!(left("", &continuous), None);
        assert_eq!(left("[[fc_api_envelope]]\nvalue = 5\nunit = \"EUR\"", &continuous), Some(Cents::euros(5)));
        assert_eq!(left("", &subject(1, Programme::Axe2V1)), None);
        for nowhere in [&["75"][..], &["60"], &["77", "78"]] {
            let mut elsewhere = granted(1, nowhere, None);
            elsewhere.state = DossierState::EnInstruction;
            assert_eq!(left("", &elsewhere), None, "{nowhere:?}");
        }
    }
}
