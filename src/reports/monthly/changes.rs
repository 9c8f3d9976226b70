//! What became of each dossier since the list kept last.

use std::collections::BTreeSet;

use super::columns::{COLUMNS, Column};
use super::row::{ListRow, Perimeter};
use crate::domain::dossier::DossierNumber;
use crate::reports::Cell;

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

/// The columns in which a row differs from that of the last list, which had some `columns`. Of an erased dossier only what stays is
/// compared: what the last list said of the rest must not be said again.
pub(super) fn differing(old: &ListRow, new: &ListRow, columns: &BTreeSet<String>, is_erased: bool) -> Vec<String> {
    // What could not be read is not compared: only that it is so.
    let unreadable = |row: &ListRow| row.perimetre == Perimeter::Illisible;
    COLUMNS
        .iter()
        .filter(|column| column.compared && columns.contains(column.name))
        .filter(|column| column.name == "etat" || !(unreadable(new) || unreadable(old)))
        .filter_map(|column| difference(column, old, new))
        .filter(|change| !is_erased || is_figure(&change.after))
        .map(|change| change.column.to_owned())
        .collect()
}

/// What the columns of a row that are known to differ say, and said.
pub(super) fn changes_of(old: &ListRow, new: &ListRow) -> Vec<ColumnChange> {
    let is_changed = |column: &&Column| new.colonnes_modifiees.iter().any(|name| name == column.name);
    COLUMNS.iter().filter(is_changed).filter_map(|column| difference(column, old, new)).collect()
}

fn difference(column: &Column, old: &ListRow, new: &ListRow) -> Option<ColumnChange> {
    let (before, after) = ((column.cell)(old), (column.cell)(new));
    (before != after).then_some(ColumnChange { dossier: new.numero_dossier, column: column.name, before, after })
}

fn is_figure(cell: &Cell) -> bool {
    matches!(cell, Cell::Integer(_) | Cell::Amount(_) | Cell::Share(_) | Cell::Date(_))
}
