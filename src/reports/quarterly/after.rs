//! After the grant: what is still to be asked for, evaluated and made known ([Tab], [M1], [M2]). Démat.ADS is left out, as in the guide's
//! table of steps.

use super::Window;
use super::grant::Grant;
use crate::domain::programme::Programme;

/// The laureates of themes 1 to 3 and of volet 2, and what is still to be done about each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Laureate {
    /// The grant.
    pub grant: Grant,
    /// The project has ended, and no *bilan d’activité* came in.
    pub report_due: bool,
    /// The project has ended, and was not evaluated.
    pub evaluation_due: bool,
    /// Granted within the quarter: to be made known.
    pub to_publish: bool,
}

/// By programme, then as in its section.
pub(super) fn laureates<'a>(grants: impl Iterator<Item = &'a Grant>, window: Window) -> Vec<Laureate> {
    grants
        .filter(|grant| matches!(grant.programme, Programme::Axe3V1 | Programme::Axe3V2))
        .map(|grant| {
            let ended = grant.days.end.is_some_and(|day| day <= window.last_day());
            Laureate {
                report_due: ended && grant.days.report.is_none(),
                evaluation_due: ended && grant.days.evaluated.is_none(),
                to_publish: grant.in_quarter,
                grant: grant.clone(),
            }
        })
        .collect()
}
