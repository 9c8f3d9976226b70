//! The sheet of what changed since the list kept last: new dossiers, changed columns with both values, withdrawn ones.

use super::{compared_with, layout};
use crate::reports::monthly::{COLUMNS, Evolution, Lines, ListRow, MonthlyList};
use crate::reports::sheets::{Layout, Line, Tone, Value, Workbook};
use crate::reports::{Cell, ReportError};

const HEADINGS: [&str; 8] =
    ["Évolution", "Département", "N° de dossier", "Bénéficiaire", "État", "Ce qui change", "Avant", "Maintenant"];
const WIDTHS: [u8; 8] = [12, 13, 13, 46, 16, 26, 40, 40];

/// Fills the sheet.
pub(super) fn add(workbook: &mut Workbook<'_>, list: &MonthlyList, rows: &Lines<'_>) -> Result<(), ReportError> {
    workbook.sheet(&Layout { is_filtered: true, ..layout(list, "Évolutions", &WIDTHS) })?;
    let previous = match compared_with(list) {
        Ok(previous) => previous,
        Err(none) => {
            workbook.line(Line::Title, "Évolutions")?;
            return workbook.line(Line::Note, &none);
        }
    };
    workbook.line(Line::Title, &format!("Évolutions depuis la liste « {previous} »"))?;
    workbook.line(Line::Note, &summary(list))?;
    workbook.blank()?;
    workbook.headings(&HEADINGS)?;
    fill(workbook, list, rows)
}

fn summary(list: &MonthlyList) -> String {
    let count = |evolution| list.tally.of(evolution);
    format!(
        "Nouveaux : {} ; modifiés : {} ; retirés : {} ; inchangés : {}.",
        count(Evolution::Nouveau),
        count(Evolution::Modifie),
        count(Evolution::Retire),
        count(Evolution::Inchange)
    )
}

/// New dossiers, then each change, then those withdrawn.
fn fill(workbook: &mut Workbook<'_>, list: &MonthlyList, rows: &Lines<'_>) -> Result<(), ReportError> {
    rows.each_that(list, Evolution::Nouveau, |new| {
        workbook.row(Tone::Good, line(&new.row, [Cell::Empty, Cell::Empty, Cell::Empty]))?;
        Ok(())
    })?;
    rows.each_that(list, Evolution::Modifie, |modified| {
        for change in modified.changes() {
            let cells = [Cell::text(label(change.column)), change.before, change.after];
            workbook.row(Tone::Plain, line(&modified.row, cells))?;
        }
        Ok(())
    })?;
    rows.each_that(list, Evolution::Retire, |withdrawn| {
        let row = &withdrawn.row;
        workbook.row(Tone::Muted, line(row, [Cell::Empty, Cell::Empty, Cell::text(row.remarques.as_str())]))?;
        Ok(())
    })
}

/// A column as people call it.
fn label(name: &str) -> &str {
    COLUMNS.iter().find(|column| column.name == name).map_or(name, |column| column.label)
}

fn line(row: &ListRow, changed: [Cell; 3]) -> Vec<Value> {
    let mut cells: Vec<Value> = vec![
        Cell::text(row.evolution.label()).into(),
        Cell::maybe_text(row.departement.as_deref()).into(),
        Value::linked(row.numero_dossier.to_string(), &row.lien_ds),
        Cell::maybe_text(row.beneficiaire.as_deref()).into(),
        Cell::text(row.etat.label()).into(),
    ];
    cells.extend(changed.map(Value::from));
    cells
}
