//! The list as a workbook for people: the list itself, its sums, what changed, and a notice.

mod evolutions;
mod list;
mod notice;
mod totals;

use std::io::{Seek, Write};

use super::{Lines, MonthlyList, edition};
use crate::domain::instant::{french_date, french_instant, paris_date};
use crate::reports::ReportError;
use crate::reports::sources::provisional;
use crate::reports::workbook::{Styles, guarded, sheet, workbook};

/// Writes the workbook; the same list gives the same bytes.
///
/// # Errors
/// [`ReportError::Workbook`], for a list beyond a million rows; what keeps it from being written, or its rows from being read.
pub fn write(list: &MonthlyList, lines: &Lines<'_>, to: impl Write + Seek + Send) -> Result<(), ReportError> {
    let styles = Styles::new();
    let mut workbook = workbook(&title(list), &standing(list), list.drawn_up_at);
    guarded(|| {
        list::add(sheet(&mut workbook)?, list, lines, &styles)?;
        totals::add(sheet(&mut workbook)?, list, &styles)?;
        evolutions::add(sheet(&mut workbook)?, list, lines, &styles)?;
        notice::add(sheet(&mut workbook)?, list, &styles)?;
        Ok(workbook.save_to_writer(to)?)
    })
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
