//! The last sheet: what the report rests on, how it counts, what the préfecture says of the quarter.

use super::layout;
use crate::domain::instant::french_instant;
use crate::reports::quarterly::QuarterlyReport;
use crate::reports::quarterly::document::{METHOD, expected};
use crate::reports::sheets::{Layout, Line, Workbook};
use crate::reports::{GENERATOR, ReportError};

/// Its name.
pub(in crate::reports::quarterly) const NOTICE_SHEET: &str = "Notice";

/// Fills the sheet.
pub(super) fn add(workbook: &mut Workbook<'_>, report: &QuarterlyReport) -> Result<(), ReportError> {
    workbook.sheet(&Layout { is_table: false, ..layout(report, NOTICE_SHEET, vec![120]) })?;
    super::head(workbook, report, &report.title())?;
    let region = format!("Région {}.", report.region.name);
    let made = format!("Établi le {} par {GENERATOR}.", french_instant(report.drawn_up_at));
    let counted = "Seuls comptent les dossiers acceptés à la date d’arrêté (commission et décision sur DS comprises), pour les montants qui sont saisis ; les lignes \
         grises ne sont comprises dans aucune somme."
        .to_owned();
    let keys = "Feuille « Crédits » : les montants d’un département sont la somme des dossiers de « Dossiers comptés » dont la colonne « Crédits » nomme ce \
         département, « dont ce trimestre » de ceux dont la colonne « Trimestre » nomme le trimestre ; l’ensemble est la somme des lignes."
        .to_owned();
    let centre = report
        .region
        .guide
        .map(|guide| format!("Centre financier (Chorus) des droits de tirage : {}.", guide.financial_centre));
    let milestone = report.milestone.as_ref().map(expected);
    let notes = [region, made, counted, keys, METHOD.to_owned()].into_iter().chain(centre).chain(milestone);
    for note in notes.chain(report.behind.iter().cloned()) {
        workbook.line(Line::Note, &note)?;
    }
    if let Some(commentary) = &report.commentary {
        workbook.blank()?;
        workbook.line(Line::Section, "Commentaire de la préfecture")?;
        for paragraph in commentary.text().split("\n\n") {
            workbook.line(Line::Note, &paragraph.replace('\n', " "))?;
        }
    }
    Ok(())
}
