//! The list as one JSON document: for programs, and to be read back by [`super::KeptList`].

use serde::Serialize;

use super::MonthlyList;
use super::columns::COLUMNS;
use super::row::ListRow;
use super::totals::Total;
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::to_rfc3339;
use crate::domain::period::Month;
use crate::domain::text::escaped_json;
use crate::reports::ReportError;

/// What the document says it is.
pub const KIND: &str = "liste-demat-ads";

#[derive(Serialize)]
struct Document<'a> {
    kind: &'static str,
    month: String,
    arrete_au: String,
    etabli_le: String,
    provisoire: bool,
    raisons: &'a [String],
    demarches_en_retard: &'a [String],
    revision: u32,
    comparee_a: Option<Compared>,
    /// The list that it should be compared with, and that can no longer be read. Left out where there is none, as it was before
    /// lists could say so: what a kept list says is compared by its JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    non_comparee_a: Option<Compared>,
    colonnes: Vec<&'static str>,
    region: &'static str,
    dossiers_deposes: usize,
    retires_non_acceptes: usize,
    ecartes: &'a [DossierNumber],
    illisibles: Vec<DossierNumber>,
    rows: &'a [ListRow],
    totals: &'a [Total],
}

#[derive(Serialize)]
struct Compared {
    month: String,
    revision: u32,
}

impl Compared {
    fn of((month, revision): (Month, u32)) -> Self {
        Self { month: month.to_string(), revision }
    }
}

/// The document: amounts as decimal strings or null, days as `YYYY-MM-DD`, instants in UTC.
///
/// # Errors
/// [`ReportError::JsonWrite`], which no list met so far.
pub fn write(list: &MonthlyList) -> Result<Vec<u8>, ReportError> {
    let document = Document {
        kind: KIND,
        month: list.month.to_string(),
        arrete_au: to_rfc3339(list.closed_at),
        etabli_le: to_rfc3339(list.drawn_up_at),
        provisoire: list.is_provisional(),
        raisons: &list.provisional,
        demarches_en_retard: &list.behind,
        revision: list.revision,
        comparee_a: list.compared_with.map(Compared::of),
        non_comparee_a: list.not_compared.map(Compared::of),
        colonnes: COLUMNS.iter().map(|column| column.name).collect(),
        region: list.region.name,
        dossiers_deposes: list.count.filed(),
        retires_non_acceptes: list.count.removed,
        ecartes: &list.excluded,
        illisibles: list.unreadable().map(|row| row.numero_dossier).collect(),
        rows: &list.rows,
        totals: &list.totals,
    };
    let text = serde_json::to_string_pretty(&document)
        .map_err(|error| ReportError::JsonWrite { line: error.line(), column: error.column() })?;
    Ok((escaped_json(&text) + "\n").into_bytes())
}
