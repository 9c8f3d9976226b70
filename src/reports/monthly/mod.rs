//! The monthly Démat.ADS list: "Les services préfectoraux tiendront une liste à jour des demandes et des attributions
//! de subvention. La liste sera transmise chaque fin de mois au programme Démat.ADS" (guide, M1-rég).
//!
//! [`draw_up`] makes the contents out of the dossiers as they were known at the end of the month; [`csv`], [`json`]
//! and [`xlsx`] write them. Nothing here knows how history is kept, nor whether a list was sent: the caller hands the
//! list that was kept last as a [`KeptList`].

mod changes;
mod columns;
mod communes;
pub mod csv;
pub mod json;
mod kept;
mod reasons;
mod row;
mod totals;
mod wire;
pub mod xlsx;

pub use changes::Change;
pub use columns::{COLUMNS, Column};
pub use kept::KeptList;
pub use row::{Evolution, Perimeter, Row};
pub use totals::Total;

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::RuleText;
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::paris_date;
use crate::domain::period::{Month, Period};
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
use crate::domain::verdict::ParameterRead;

/// What a list is made of.
#[derive(Debug, Clone)]
pub struct MonthlyInput<'a> {
    /// The month.
    pub month: Month,
    /// When the list is made; before the month's end, the list is provisional.
    pub drawn_up_at: Timestamp,
    /// 0 for the first list of the month, then the number of the correction.
    pub revision: u32,
    /// The codes of the départements served, Paris included.
    pub served: &'a [String],
    /// The Démat.ADS dossiers as known at the end of the month, removed ones included; those that a person excluded
    /// (test or misfiled dossiers) are left out by the caller.
    pub dossiers: &'a [Judged],
    /// Those left out.
    pub excluded: &'a [DossierNumber],
    /// Those first read after the end of the month, with that instant: they stand as they were then.
    pub known_since: &'a BTreeMap<DossierNumber, Timestamp>,
    /// The list kept last, when there is one.
    pub previous: Option<&'a KeptList>,
    /// The address of the DS site, without a slash at the end.
    pub site: &'a str,
    /// The rules, for the notice.
    pub rules: &'a [RuleText],
    /// The parameters in force, for the notice.
    pub parameters: &'a [ParameterRead],
}

/// The contents of a list, ready to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyList {
    /// The month.
    pub month: Month,
    /// "Arrêté au": the last second of the month in Paris, or the instant of a provisional list.
    pub closed_at: Timestamp,
    /// When it was made.
    pub drawn_up_at: Timestamp,
    /// Made before the month's end: not to be kept.
    pub provisional: bool,
    /// 0 for the first list of the month, then the number of the correction.
    pub revision: u32,
    /// By département then number; a column tells those outside the départements served.
    pub rows: Vec<Row>,
    /// One a département served, then their sum, then what lies outside.
    pub totals: Vec<Total>,
    /// What changed in the dossiers that were in the last list already, column by column.
    pub changes: Vec<Change>,
    /// The month and revision of the list it is compared with; none: there was none.
    pub compared_with: Option<(Month, u32)>,
    /// Dossiers that a person set aside: tests, misfiled ones.
    pub excluded: Vec<DossierNumber>,
    /// For the notice.
    pub rules: Vec<RuleText>,
    /// For the notice.
    pub parameters: Vec<ParameterRead>,
}

/// Draws up the list: every request filed by its closing instant and not removed since, and, one last time, those of
/// the last list that are no longer there.
#[must_use]
pub fn draw_up(input: &MonthlyInput<'_>) -> MonthlyList {
    let provisional = input.drawn_up_at < input.month.ends_before();
    let closed_at = if provisional { input.drawn_up_at } else { input.month.closes_at() };
    let mut rows: Vec<Row> = input
        .dossiers
        .iter()
        .filter(|judged| judged.subject.programme == Programme::Axe3V1Ads && judged.subject.removed.is_none())
        // DS dates to the second, as the closing instant is.
        .filter(|judged| judged.subject.deposited_at <= closed_at)
        .map(|judged| {
            // Of a provisional list, the newest reading is the one it shows.
            let since = input.known_since.get(&judged.subject.number).filter(|_| !provisional);
            Row {
                etat_connu_depuis: since.copied().map(paris_date),
                ..Row::of(judged, input.served, closed_at, input.site)
            }
        })
        .collect();
    let changes = changes::compare(&mut rows, input.previous, input.dossiers);
    changes::append_withdrawn(&mut rows, input, closed_at);
    rows.sort_by(|a, b| (&a.departement, a.numero_dossier).cmp(&(&b.departement, b.numero_dossier)));
    let totals = totals::add_up(&rows, input.served);
    MonthlyList {
        month: input.month,
        closed_at,
        drawn_up_at: input.drawn_up_at,
        provisional,
        revision: input.revision,
        rows,
        totals,
        changes,
        compared_with: input.previous.map(|kept| (kept.month, kept.revision)),
        excluded: input.excluded.to_vec(),
        rules: input.rules.to_vec(),
        parameters: input.parameters.to_vec(),
    }
}

/// The name of the list's files, without the extension: `liste-demat-ads-2021-09`, with `-rev1` for the first
/// correction and `-provisoire` for a list made before the month's end.
#[must_use]
pub fn file_stem(list: &MonthlyList) -> String {
    let revision = if list.revision > 0 { format!("-rev{}", list.revision) } else { String::new() };
    let provisional = if list.provisional { "-provisoire" } else { "" };
    format!("liste-demat-ads-{}{revision}{provisional}", list.month)
}

#[cfg(test)]
mod tests;
