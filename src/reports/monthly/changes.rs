//! What became of each dossier since the list kept last.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use super::MonthlyInput;
use super::columns::{COLUMNS, Column};
use super::kept::KeptList;
use super::row::{Evolution, ListRow, Perimeter};
use crate::domain::dossier::DossierNumber;
use crate::domain::subject::Judged;
use crate::reports::{Cell, Sources};

/// A column of a dossier that no longer says the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnChange {
    /// The dossier.
    pub dossier: DossierNumber,
    /// The name of the column.
    pub column: &'static str,
    /// What the last list said.
    pub before: Cell,
    /// What this one says.
    pub after: Cell,
}

/// Marks every row as new, changed or unchanged, and returns the changes in the order of rows and columns. Of an erased
/// dossier only what stays is compared: what the last list said of the rest must not be said again.
pub(super) fn compare(rows: &mut [ListRow], previous: Option<&KeptList>, dossiers: &[Judged]) -> Vec<ColumnChange> {
    let Some(previous) = previous else { return Vec::new() };
    let erased: HashSet<DossierNumber> = erased(dossiers).map(|judged| judged.subject.number).collect();
    // What could not be read is not compared: only that it is so.
    let unreadable = |row: &ListRow| row.perimetre == Perimeter::Illisible;
    let before: HashMap<DossierNumber, &ListRow> =
        previous.rows_still_there().map(|row| (row.numero_dossier, row)).collect();
    let mut all = Vec::new();
    for row in rows {
        let Some(old) = before.get(&row.numero_dossier) else { continue };
        let changes: Vec<ColumnChange> = COLUMNS
            .iter()
            .filter(|column| column.compared && previous.columns.contains(column.name))
            .filter(|column| column.name == "etat" || !(unreadable(row) || unreadable(old)))
            .filter_map(|column| difference(column, old, row))
            .filter(|change| !erased.contains(&change.dossier) || is_figure(&change.after))
            .collect();
        row.evolution = if changes.is_empty() { Evolution::Inchange } else { Evolution::Modifie };
        row.colonnes_modifiees = changes.iter().map(|change| change.column.to_owned()).collect();
        all.extend(changes);
    }
    all
}

fn difference(column: &Column, old: &ListRow, new: &ListRow) -> Option<ColumnChange> {
    let (before, after) = ((column.cell)(old), (column.cell)(new));
    (before != after).then_some(ColumnChange { dossier: new.numero_dossier, column: column.name, before, after })
}

fn erased(dossiers: &[Judged]) -> impl Iterator<Item = &Judged> {
    dossiers.iter().filter(|judged| judged.subject.erased)
}

fn is_figure(cell: &Cell) -> bool {
    matches!(cell, Cell::Integer(_) | Cell::Amount(_) | Cell::Share(_) | Cell::Date(_))
}

/// Adds the rows of the last list that are no longer there, one time, with their last values and the reason; of an erased
/// dossier, the values that stay.
pub(super) fn append_withdrawn(rows: &mut Vec<ListRow>, input: &MonthlyInput<'_>, closed_at: Timestamp) {
    let sources = &input.sources;
    let Sources { dossiers, excluded, .. } = *sources;
    let Some(previous) = input.previous else { return };
    let mut stays: HashMap<DossierNumber, ListRow> =
        erased(dossiers).map(|judged| (judged.subject.number, ListRow::of(judged, sources, closed_at))).collect();
    let present: HashSet<DossierNumber> = rows.iter().map(|row| row.numero_dossier).collect();
    let mut reasons: HashMap<DossierNumber, &str> = dossiers
        .iter()
        .filter_map(|judged| Some((judged.subject.number, judged.subject.removed?.reason.label())))
        .collect();
    reasons.extend(excluded.iter().map(|excluded| (excluded.number, "écarté par un agent")));
    for old in previous.rows_still_there().filter(|row| !present.contains(&row.numero_dossier)) {
        let reason = reasons.get(&old.numero_dossier).map_or(String::new(), |reason| format!(" : {reason}"));
        rows.push(ListRow {
            evolution: Evolution::Retire,
            colonnes_modifiees: Vec::new(),
            montant_compte: None,
            retire_de_ds: None,
            remarques: format!("retiré depuis la dernière liste{reason}"),
            ..stays.remove(&old.numero_dossier).unwrap_or_else(|| old.clone())
        });
    }
}
