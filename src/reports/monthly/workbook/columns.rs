//! The sheet with the columns and codes of the CSV: for who works with them.

use super::layout;
use crate::domain::verdict::Status;
use crate::reports::monthly::columns::{COLUMNS, Column};
use crate::reports::monthly::{Evolution, Lines, ListRow, MonthlyList, Perimeter};
use crate::reports::sheets::{Layout, Tone, Value, Workbook};
use crate::reports::{Cell, ReportError};

pub(super) const NAME: &str = "Toutes les colonnes";

/// Fills the sheet.
pub(super) fn add(workbook: &mut Workbook<'_>, list: &MonthlyList, lines: &Lines<'_>) -> Result<(), ReportError> {
    let widths = COLUMNS.each_ref().map(|column| column.width);
    workbook.sheet(&Layout { frozen_columns: 2, pages_wide: 4, is_filtered: true, ..layout(list, NAME, &widths) })?;
    workbook.headings(&COLUMNS.each_ref().map(|column| column.name))?;
    lines.each(|line| {
        let row = &line.row;
        workbook.row(Tone::Plain, COLUMNS.iter().map(|column| value(row, column)))?;
        Ok(())
    })
}

fn value(row: &ListRow, column: &Column) -> Value {
    let cell = match (column.cell)(row) {
        // As in the CSV: the links are in the sheet that people read.
        Cell::Link(address) => Cell::Text(address),
        cell => cell,
    };
    Value::from(cell).toned(tone(row, column))
}

fn tone(row: &ListRow, column: &Column) -> Tone {
    if row.evolution == Evolution::Retire || row.perimetre != Perimeter::Suivi {
        return Tone::Muted;
    }
    match column.name {
        "avis_regles" => match row.avis_regles {
            Status::Eligible => Tone::Good,
            Status::AVerifier => Tone::Warning,
            Status::NonEligible => Tone::Bad,
        },
        "montant_accorde" | "remarques" if row.is_grant_without_amount() => Tone::Warning,
        name if row.colonnes_modifiees.iter().any(|changed| changed == name) => Tone::Strong,
        _ => Tone::Plain,
    }
}
