//! The monthly Démat.ADS list: "Les services préfectoraux tiendront une liste à jour des demandes et des attributions
//! de subvention. La liste sera transmise chaque fin de mois au programme Démat.ADS" (guide, M1-rég).
//!
//! [`Draft`] makes the contents out of the dossiers as they were known at the end of the month; [`csv`], [`json`]
//! and [`workbook`] write them. Nothing here knows how history is kept, nor whether a list was sent: the caller hands the
//! list that was kept last as a [`KeptList`].

mod changes;
mod columns;
mod communes;
pub mod csv;
mod draft;
pub mod json;
mod kept;
mod line;
mod reasons;
mod reread;
mod row;
mod strict;
mod summary;
mod tally;
mod totals;
pub mod verify;
mod wire;
pub mod workbook;

pub use changes::ColumnChange;
pub use columns::{COLUMNS, Column};
pub use draft::Draft;
pub use kept::KeptList;
pub use line::{Line, Lines};
pub use reread::Figures;
pub use row::{Evolution, ListRow, Perimeter};
pub use summary::summary;
pub use tally::Tally;
pub use totals::Total;

use jiff::Timestamp;

use super::sources::{Count, Sources};
use super::{GENERATOR, RuleText};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::to_rfc3339;
use crate::domain::period::Month;
use crate::domain::verdict::ParameterRead;
use crate::territory::Region;

/// What a list is made of.
#[derive(Debug, Clone)]
pub struct MonthlyInput<'a> {
    /// The month.
    pub month: Month,
    /// Until when the dossiers are known; before the month's end, the list is provisional.
    pub drawn_up_at: Timestamp,
    /// 0 for the first list of the month, then the number of the correction.
    pub revision: u32,
    /// The Démat.ADS dossiers.
    pub sources: Sources<'a>,
    /// The list kept last, when there is one; its rows are on the shelf.
    pub previous: Option<KeptList>,
    /// The month and revision of the list kept last, when it can no longer be read.
    pub not_compared: Option<(Month, u32)>,
    /// The rules, for the notice.
    pub rules: &'a [RuleText],
    /// The parameters in force, for the notice.
    pub parameters: &'a [ParameterRead],
}

/// The contents of a list, ready to be written, but for its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyList {
    /// The month.
    pub month: Month,
    /// "Arrêté au": the last second of the month in Paris, or the instant of a provisional list.
    pub closed_at: Timestamp,
    /// When it was made.
    pub drawn_up_at: Timestamp,
    /// The région.
    pub region: &'static Region,
    /// The codes of the départements served.
    pub served: Vec<String>,
    /// Why it is provisional, and not to be kept, in French; nothing when it is final.
    pub provisional: Vec<String>,
    /// A sentence for each démarche whose dossiers stand as they were read last.
    pub behind: Vec<String>,
    /// How the dossiers filed add up to the rows.
    pub count: Count,
    /// 0 for the first list of the month, then the number of the correction.
    pub revision: u32,
    /// The rows, counted.
    pub tally: Tally,
    /// One a département served, then their sum, then what lies outside.
    pub totals: Vec<Total>,
    /// The month and revision of the list it is compared with; none: there was none.
    pub compared_with: Option<(Month, u32)>,
    /// The month and revision of the list that it should be compared with, and that can no longer be read: what changed is not
    /// known.
    pub not_compared: Option<(Month, u32)>,
    /// Dossiers that a person set aside: tests, misfiled ones.
    pub excluded: Vec<DossierNumber>,
    /// For the notice.
    pub rules: Vec<RuleText>,
    /// For the notice.
    pub parameters: Vec<ParameterRead>,
}

impl MonthlyList {
    /// Not to be kept.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        !self.provisional.is_empty()
    }

    /// What each row says of the list, so that rows that were copied elsewhere still say where they are from.
    fn edition(&self) -> String {
        let correction = if self.revision > 0 { format!(", correction {}", self.revision) } else { String::new() };
        let provisional = if self.is_provisional() { ", provisoire" } else { "" };
        let closed_at = to_rfc3339(self.closed_at);
        format!("{}{correction}{provisional}, arrêté au {closed_at}, {GENERATOR}", self.month)
    }
}

/// The name of an edition of the list: `août 2021 (correction n° 1)`.
#[must_use]
pub fn edition(month: Month, revision: u32) -> String {
    let correction = if revision > 0 { format!(" (correction n° {revision})") } else { String::new() };
    format!("{}{correction}", month.label())
}

/// The name of the list's files, without the extension: `liste-demat-ads-2021-09`, with `-rev1` for the first
/// correction and `-provisoire` for a list made before the month's end.
#[must_use]
pub fn file_stem(list: &MonthlyList) -> String {
    let revision = if list.revision > 0 { format!("-rev{}", list.revision) } else { String::new() };
    let provisional = if list.is_provisional() { "-provisoire" } else { "" };
    format!("liste-demat-ads-{}{revision}{provisional}", list.month)
}

#[cfg(test)]
mod tests;
