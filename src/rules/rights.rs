//! What there is to grant from, as the parameters say it: for views that show what is left.

use super::parameters::{Parameter, ParameterName, Value};
use super::rulebook::Rulebook;
use crate::domain::programme::Programme;
use crate::domain::right::Right;

impl Rulebook {
    /// The credits of some programmes, of the territory served, at all times. An amount that is not set, or is none, is no right.
    #[must_use]
    pub fn rights(&self, programmes: &[Programme]) -> Vec<Right> {
        self.parameters()
            .filter_map(|parameter| self.right(parameter))
            .filter(|right| programmes.contains(&right.programme))
            .collect()
    }

    fn right(&self, parameter: &Parameter) -> Option<Right> {
        let Value::Amount(amount) = parameter.value else { return None };
        let served = self.served();
        let region = || (!served.is_empty()).then(|| served.codes().collect());
        let departement = parameter.departement.clone();
        let (programme, within) = match parameter.name {
            ParameterName::DrawingRight => {
                let of_it = departement.clone().filter(|code| !served.excludes(code))?;
                (Programme::Axe3V1, Some(vec![of_it]))
            }
            ParameterName::AdsEnvelope => (Programme::Axe3V1Ads, region()),
            ParameterName::V2Envelope => (Programme::Axe3V2, region()),
            ParameterName::FcApiEnvelope => (Programme::Axe2V4, None),
            _ => return None,
        };
        let (valid_from, valid_to) = (parameter.valid_from, parameter.valid_to);
        Some(Right { programme, departement, within, amount, valid_from, valid_to })
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::money::Cents;

    fn rights(departements: &[&str], own: &str, programmes: &[Programme]) -> Vec<Right> {
        let departements: Vec<String> = departements.iter().map(|code| (*code).to_owned()).collect();
        Rulebook::with_overrides("11", &departements, &[("parametres.toml", own)]).unwrap().rights(programmes)
    }

    #[test]
    fn each_departement_served_has_its_drawing_right() {
        let of = |rights: Vec<Right>| -> Vec<(Option<String>, Cents)> {
            rights.into_iter().map(|right| (right.departement, right.amount)).collect()
        };
        let guide = Cents::euros(297_000);
        // Paris has none.
        let expected = ["77", "78"].map(|code| (Some(code.to_owned()), guide));
        assert_eq!(of(rights(&["75", "77", "78"], "", &[Programme::Axe3V1])), expected);
        assert_eq!(rights(&[], "", &[Programme::Axe3V1]).len(), 7, "those of the région");
        let transfer =
            "[[drawing_right]]\ndepartements = [\"77\"]\nvalue = 300000\nunit = \"EUR\"\nvalid_from = 2021-10-01";
        let moved = rights(&["77"], transfer, &[Programme::Axe3V1]);
        assert_eq!((moved[0].amount, moved[0].valid_to), (guide, Some(date(2021, 9, 30))));
        assert_eq!((moved[1].amount, moved[1].valid_from), (Cents::euros(300_000), Some(date(2021, 10, 1))));
    }

    #[test]
    fn an_envelope_is_shared_by_the_departements_served() {
        let all = rights(&["77", "78"], "[[fc_api_envelope]]\nvalue = 5\nunit = \"EUR\"", &Programme::ALL);
        let shared =
            |programme| all.iter().find(|right| right.programme == programme).map(|right| right.within.clone());
        assert_eq!(shared(Programme::Axe3V2), Some(Some(vec!["77".to_owned(), "78".to_owned()])));
        assert_eq!(shared(Programme::Axe2V4), Some(None));
        assert_eq!(shared(Programme::Axe3V1Ads), None, "the guide does not give it");
    }
}
