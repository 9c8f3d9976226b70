//! The sheet of what changed since the list kept last: new dossiers, changed columns with both values, withdrawn ones.

use std::collections::HashMap;

use rust_xlsxwriter::{Worksheet, XlsxError};

use super::{compared_with, standing, title};
use crate::domain::dossier::DossierNumber;
use crate::reports::Cell;
use crate::reports::monthly::{ColumnChange, Evolution, ListRow, MonthlyList};
use crate::reports::workbook::{Styles, Tone, last_column, lines, page, widths};

const HEADINGS: [&str; 8] =
    ["Évolution", "Département", "Dossier", "Bénéficiaire", "État", "Colonne", "Avant", "Maintenant"];
const WIDTHS: [u8; 8] = [12, 13, 12, 46, 16, 24, 34, 34];

/// Fills the sheet.
pub(super) fn add(sheet: &mut Worksheet, list: &MonthlyList, styles: &Styles) -> Result<(), XlsxError> {
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
    let rows = rows(list);
    let after = styles.table(sheet, header, (&HEADINGS, &WIDTHS), &rows)?;
    sheet.autofilter(header, 0, after - 1, last_column(HEADINGS.len()))?;
    sheet.set_freeze_panes(header + 1, 0)?;
    sheet.set_repeat_rows(header, header)?;
    Ok(())
}

fn summary(list: &MonthlyList) -> String {
    let count = |evolution| list.rows.iter().filter(|row| row.evolution == evolution).count();
    format!(
        "Nouveaux : {} ; modifiés : {} ; retirés : {} ; inchangés : {}.",
        count(Evolution::Nouveau),
        count(Evolution::Modifie),
        count(Evolution::Retire),
        count(Evolution::Inchange)
    )
}

fn rows(list: &MonthlyList) -> Vec<(Tone, Vec<Cell>)> {
    let mut changes: HashMap<DossierNumber, Vec<&ColumnChange>> = HashMap::new();
    for change in &list.changes {
        changes.entry(change.dossier).or_default().push(change);
    }
    let of = |evolution| list.rows.iter().filter(move |row| row.evolution == evolution);
    let new = of(Evolution::Nouveau).map(|row| (Tone::Good, line(row, [Cell::Empty, Cell::Empty, Cell::Empty])));
    let modified = of(Evolution::Modifie).flat_map(|row| {
        changes.get(&row.numero_dossier).into_iter().flatten().map(move |change| {
            (Tone::Plain, line(row, [Cell::text(change.column), change.before.clone(), change.after.clone()]))
        })
    });
    let withdrawn = of(Evolution::Retire)
        .map(|row| (Tone::Muted, line(row, [Cell::Empty, Cell::Empty, Cell::text(row.remarques.as_str())])));
    new.chain(modified).chain(withdrawn).collect()
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
