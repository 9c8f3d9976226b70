//! The list as a workbook for people, in either format: the list itself, its sums, what changed, all its columns, and a notice.

mod columns;
mod evolutions;
mod list;
mod notice;
mod shown;
mod totals;

use std::io::{Seek, Write};

use super::{Lines, MonthlyList, edition};
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::reports::sheets::{self, Layout, Line, Paper, Properties, Workbook};
use crate::reports::sources::provisional;
use crate::reports::{ReportError, WorkbookFormat};

/// Writes the workbook; the same list gives the same bytes.
///
/// # Errors
/// [`ReportError::Workbook`], for a list beyond a million rows; what keeps it from being written, or its rows from being read.
pub fn write(
    format: WorkbookFormat,
    list: &MonthlyList,
    lines: &Lines<'_>,
    to: impl Write + Seek + Send,
) -> Result<(), ReportError> {
    let properties = Properties { title: title(list), subject: standing(list), made_at: list.drawn_up_at };
    sheets::write(format, to, &properties, |workbook| {
        let groups = list::add(workbook, list, lines)?;
        totals::add(workbook, list, &groups)?;
        evolutions::add(workbook, list, lines)?;
        columns::add(workbook, list, lines)?;
        notice::add(workbook, list)
    })
}

/// A sheet that is printed as all of them are.
fn layout(list: &MonthlyList, name: &'static str, widths: &[u8]) -> Layout {
    Layout {
        name,
        widths: widths.to_vec(),
        page_title: format!("{} — {}", title(list), standing(list)),
        paper: Paper::A3,
        is_table: true,
        frozen_columns: 0,
        pages_wide: 1,
        is_filtered: false,
        is_alarming: list.is_provisional(),
    }
}

/// What the list is, at the top of a sheet.
fn head(workbook: &mut Workbook<'_>, list: &MonthlyList) -> Result<(), ReportError> {
    workbook.line(Line::Title, &title(list))?;
    workbook.line(if list.is_provisional() { Line::Alert } else { Line::Section }, &standing(list))
}

/// `Démat.ADS : demandes et attributions de subvention, septembre 2021`.
fn title(list: &MonthlyList) -> String {
    format!("Démat.ADS : demandes et attributions de subvention, {}", list.month.label())
}

/// What the list stands for: closed on which day, provisional or final, which correction.
fn standing(list: &MonthlyList) -> String {
    let revision = if list.revision > 0 { format!(", correction n° {}", list.revision) } else { String::new() };
    if list.is_provisional() {
        format!("{}{revision}. État au {}", provisional(&list.provisional), french_instant(list.closed_at))
    } else {
        format!("Arrêté au {}{revision}", french_date(paris_date(list.closed_at)))
    }
}

/// The name of the list that this one is compared with; else why there is none, in a sentence.
fn compared_with(list: &MonthlyList) -> Result<String, String> {
    match (list.compared_with, list.not_compared) {
        (Some((month, revision)), _) => Ok(edition(month, revision)),
        (None, Some((month, revision))) => Err(format!(
            "La liste précédente, « {} », ne peut plus être relue : les évolutions depuis elle ne sont pas connues (colonne evolution vide), et les dossiers qu’elle montrait et qui n’y sont plus ne sont pas nommés.",
            edition(month, revision)
        )),
        (None, None) => {
            Err("Aucune liste antérieure n’est conservée : toutes les demandes sont notées « nouveau ».".to_owned())
        }
    }
}
