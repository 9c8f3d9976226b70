//! The sheet with one row a dossier, the same columns as the CSV.

use rust_xlsxwriter::{Color, RowNum, Worksheet};

use super::{standing, title};
use crate::domain::verdict::Status;
use crate::reports::ReportError;
use crate::reports::monthly::columns::{COLUMNS, Column};
use crate::reports::monthly::{Evolution, Lines, ListRow, MonthlyList, Perimeter};
use crate::reports::workbook::{Styles, Tone, last_column, numbers_may_be_text, page, widths};

const A3: u8 = 8;

/// Fills the sheet.
pub(super) fn add(
    sheet: &mut Worksheet,
    list: &MonthlyList,
    lines: &Lines<'_>,
    styles: &Styles,
) -> Result<(), ReportError> {
    sheet.set_name(if list.is_provisional() { "Liste provisoire" } else { "Liste" })?;
    let all_widths = COLUMNS.each_ref().map(|column| column.width);
    widths(sheet, &all_widths)?;
    sheet.set_row_height(0, 24)?;
    for (at, column) in (0..).zip(&COLUMNS) {
        sheet.write_string_with_format(0, at, column.name, &styles.header)?;
    }
    let mut at: RowNum = 0;
    lines.each(|line| {
        at += 1;
        let cells = COLUMNS.each_ref().map(|column| (column.cell)(&line.row));
        for ((column_at, column), cell) in (0..).zip(&COLUMNS).zip(&cells) {
            styles.put(sheet, (at, column_at), cell, tone(&line.row, column))?;
        }
        Ok(Styles::fit_height(sheet, at, &cells, &all_widths)?)
    })?;
    numbers_may_be_text(sheet, (0, 0), (at, last_column(COLUMNS.len())))?;
    sheet.autofilter(0, 0, at, last_column(COLUMNS.len()))?;
    sheet.set_freeze_panes(1, 2)?;
    if list.is_provisional() {
        sheet.set_tab_color(Color::RGB(0x00D6_4D00));
    }
    page(sheet, &format!("{} — {}", title(list), standing(list)));
    // Two pages side by side: on one, twenty-one columns would be too small to read.
    sheet.set_paper_size(A3).set_print_fit_to_pages(2, 0).set_page_order(false);
    sheet.set_repeat_rows(0, 0)?.set_repeat_columns(0, 1)?.set_print_area(0, 0, at, last_column(Column::FIXED))?;
    Ok(())
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
