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
mod reread;
mod row;
mod summary;
mod totals;
mod wire;
pub mod xlsx;

pub use changes::ColumnChange;
pub use columns::{COLUMNS, Column};
pub use kept::KeptList;
pub use reread::Figures;
pub use row::{Evolution, ListRow, Perimeter};
pub use summary::summary;
pub use totals::Total;

use jiff::Timestamp;

use super::RuleText;
use super::sources::{Count, Sources};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::paris_date;
use crate::domain::period::{Month, Period};
use crate::domain::programme::Programme;
use crate::domain::subject::Judged;
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
    /// The list kept last, when there is one.
    pub previous: Option<&'a KeptList>,
    /// The month and revision of the list kept last, when it can no longer be read.
    pub not_compared: Option<(Month, u32)>,
    /// The rules, for the notice.
    pub rules: &'a [RuleText],
    /// The parameters in force, for the notice.
    pub parameters: &'a [ParameterRead],
}

impl MonthlyInput<'_> {
    /// The same list, as if it were the only one: whenever two are made, they are the same when they say the same.
    #[must_use]
    pub fn alone(&self) -> Self {
        Self { drawn_up_at: self.month.ends_before(), revision: 0, previous: None, not_compared: None, ..self.clone() }
    }
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
    /// By département then number; a column tells those outside the départements served.
    pub rows: Vec<ListRow>,
    /// One a département served, then their sum, then what lies outside.
    pub totals: Vec<Total>,
    /// What changed in the dossiers that were in the last list already, column by column.
    pub changes: Vec<ColumnChange>,
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

    /// The rows of dossiers that DS no longer shows, and that were accepted.
    pub(super) fn removed_grants(&self) -> impl Iterator<Item = &ListRow> {
        self.rows.iter().filter(|row| row.retire_de_ds.is_some() && row.evolution != Evolution::Retire)
    }

    /// The rows of dossiers whose content cannot be read.
    pub(super) fn unreadable(&self) -> impl Iterator<Item = &ListRow> {
        self.rows.iter().filter(|row| row.perimetre == Perimeter::Illisible && row.evolution != Evolution::Retire)
    }
}

/// Draws up the list: every request filed by its closing instant and not removed since, grants removed since, and, one last
/// time, the others of the last list that are no longer there.
#[must_use]
pub fn draw_up(input: &MonthlyInput<'_>) -> MonthlyList {
    let sources = &input.sources;
    let early = input.drawn_up_at < input.month.ends_before();
    let closed_at = if early { input.drawn_up_at } else { input.month.closes_at() };
    let mut provisional = sources.provisional.to_vec();
    if early && provisional.is_empty() {
        provisional.push("la période n’est pas close".to_owned());
    }
    let of_it = |judged: &&Judged| judged.subject.programme == Programme::Axe3V1Ads && judged.subject.is_kept();
    let mut rows: Vec<ListRow> = sources
        .dossiers
        .iter()
        .filter(of_it)
        // DS dates to the second, as the closing instant is.
        .filter(|judged| judged.subject.deposited_at <= closed_at)
        .map(|judged| {
            // Of a list made early, the newest reading is the one it shows.
            let since = sources.known_since.get(&judged.subject.number).filter(|_| !early);
            ListRow { etat_connu_depuis: since.copied().map(paris_date), ..ListRow::of(judged, sources, closed_at) }
        })
        .collect();
    let unreadable = sources.unreadable.iter().filter(|unreadable| unreadable.programme == Programme::Axe3V1Ads);
    rows.extend(unreadable.map(|unreadable| ListRow::unreadable(unreadable, sources)));
    let changes = changes::compare(&mut rows, input.previous, sources.dossiers);
    changes::append_withdrawn(&mut rows, input, closed_at);
    if input.not_compared.is_some() {
        for row in &mut rows {
            row.evolution = Evolution::Inconnue;
        }
    }
    rows.sort_by(|a, b| (&a.departement, a.numero_dossier).cmp(&(&b.departement, b.numero_dossier)));
    let totals = totals::add_up(&rows, sources.served);
    MonthlyList {
        month: input.month,
        closed_at,
        drawn_up_at: input.drawn_up_at,
        region: sources.region,
        served: sources.served.to_vec(),
        provisional,
        behind: sources.behind.to_vec(),
        count: sources.count(Programme::Axe3V1Ads, closed_at),
        revision: input.revision,
        rows,
        totals,
        changes,
        compared_with: input.previous.map(|kept| (kept.month, kept.revision)),
        not_compared: input.not_compared,
        excluded: sources.excluded.iter().map(|excluded| excluded.number).collect(),
        rules: input.rules.to_vec(),
        parameters: input.parameters.to_vec(),
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
