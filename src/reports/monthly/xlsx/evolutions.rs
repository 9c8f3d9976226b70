//! The sheet of what changed since the list kept last: new dossiers, changed columns with both values, withdrawn ones.

use rust_xlsxwriter::Worksheet;

use super::{compared_with, standing, title};
use crate::reports::monthly::{Evolution, Lines, ListRow, MonthlyList};
use crate::reports::workbook::{Styles, Table, Tone, last_column, lines, page, widths};
use crate::reports::{Cell, ReportError};

const HEADINGS: [&str; 8] =
    ["Évolution", "Département", "Dossier", "Bénéficiaire", "État", "Colonne", "Avant", "Maintenant"];
const WIDTHS: [u8; 8] = [12, 13, 12, 46, 16, 24, 34, 34];

/// Fills the sheet.
pub(super) fn add(
    sheet: &mut Worksheet,
    list: &MonthlyList,
    rows: &Lines<'_>,
    styles: &Styles,
) -> Result<(), ReportError> {
    sheet.set_name("Évolutions")?;
    widths(sheet, &WIDTHS)?;
    page(sheet, &format!("{} — {}", title(list), standing(list)));
    let previous = match compared_with(list) {
        Ok(previous) => previous,
        Err(none) => {
            lines(sheet, 0, &[(&styles.title, "Évolutions".to_owned()), (&styles.note, none)])?;
            return Ok(());
        }
    };
    let heading = (&styles.title, format!("Évolutions depuis la liste « {previous} »"));
    let header = lines(sheet, 0, &[heading, (&styles.note, summary(list))])? + 1;
    let mut table = styles.begin(sheet, header, &HEADINGS, &WIDTHS)?;
    fill(&mut table, list, rows)?;
    let after = table.end()?;
    sheet.autofilter(header, 0, after - 1, last_column(HEADINGS.len()))?;
    sheet.set_freeze_panes(header + 1, 0)?;
    sheet.set_repeat_rows(header, header)?;
    Ok(())
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
fn fill(table: &mut Table<'_>, list: &MonthlyList, rows: &Lines<'_>) -> Result<(), ReportError> {
    rows.each_that(list, Evolution::Nouveau, |new| {
        Ok(table.row(Tone::Good, &line(&new.row, [Cell::Empty, Cell::Empty, Cell::Empty]))?)
    })?;
    rows.each_that(list, Evolution::Modifie, |modified| {
        for change in modified.changes() {
            table.row(Tone::Plain, &line(&modified.row, [Cell::text(change.column), change.before, change.after]))?;
        }
        Ok(())
    })?;
    rows.each_that(list, Evolution::Retire, |withdrawn| {
        let row = &withdrawn.row;
        Ok(table.row(Tone::Muted, &line(row, [Cell::Empty, Cell::Empty, Cell::text(row.remarques.as_str())]))?)
    })
}

fn line(row: &ListRow, [column, before, after]: [Cell; 3]) -> Vec<Cell> {
    vec![
        Cell::text(row.evolution.code()),
        Cell::maybe_text(row.departement.as_deref()),
        Cell::Integer(row.numero_dossier),
        Cell::maybe_text(row.beneficiaire.as_deref()),
        Cell::text(row.etat.label()),
        column,
        before,
        after,
    ]
}
