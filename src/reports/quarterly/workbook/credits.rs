//! The sheet of credits: a table a section, each sum a formula over the lines above it or over the dossiers that it sums.

use super::dossiers::{self, Column, WITHOUT_AMOUNT};
use super::{AMOUNTS, head, layout};
use crate::domain::period::Quarter;
use crate::domain::programme::Programme;
use crate::reports::quarterly::{Credit, Outlook, QuarterlyReport, Section};
use crate::reports::sheets::{Area, Formula, Line, Tone, Value, Workbook};
use crate::reports::{Cell, ReportError};

/// Its name.
pub(in crate::reports::quarterly) const CREDITS_SHEET: &str = "Crédits";

const HEADINGS: [&str; 15] = [
    "Code",
    "Département",
    "Droit de tirage ou enveloppe",
    "Demandes",
    "Attributions",
    "Attributions sans montant",
    AMOUNTS[0],
    "dont ce trimestre",
    "Trimestre précédent",
    "Tendance",
    AMOUNTS[1],
    AMOUNTS[2],
    "Reste",
    "Part accordée",
    "Épuisé à ce rythme le",
];
const WIDTHS: [u8; 15] = [8, 26, 17, 10, 12, 13, 17, 17, 17, 11, 17, 17, 17, 11, 15];

const RIGHT: u16 = 2;
const GRANTS: u16 = 4;
const WITHOUT: u16 = 5;
const GRANTED: u16 = 6;
const IN_QUARTER: u16 = 7;
const IN_PREVIOUS_QUARTER: u16 = 8;
const ENGAGED: u16 = 10;
const PAID: u16 = 11;
const LEFT: u16 = 12;
const SHARE: u16 = 13;
/// The columns whose sum is that of the lines.
const SUMMED: [u16; 8] = [3, GRANTS, WITHOUT, GRANTED, IN_QUARTER, IN_PREVIOUS_QUARTER, ENGAGED, PAID];

/// Fills the sheet.
pub(super) fn add(workbook: &mut Workbook<'_>, report: &QuarterlyReport) -> Result<(), ReportError> {
    workbook.sheet(&layout(report, CREDITS_SHEET, WIDTHS.to_vec()))?;
    head(workbook, report, &report.title())?;
    let grants = dossiers::count(report);
    for section in &report.sections {
        workbook.line(Line::Section, section.title)?;
        workbook.headings(&HEADINGS)?;
        let first = workbook.next_row();
        for credit in &section.lines {
            let row = workbook.next_row();
            let key = credit.departement.as_deref().unwrap_or(&credit.label);
            let key = dossiers::key(section.programme, key);
            workbook
                .row(Tone::Plain, cells(credit, |column| over_grants(column, row, &key, grants, report, credit)))?;
        }
        let row = workbook.next_row();
        let lines = |column| (row > first).then(|| Formula::Sum(vec![Area::new(column, first, row - 1)]));
        let total = |column| if SUMMED.contains(&column) { lines(column) } else { own(column, row, &section.total) };
        let rights_are_known = section.lines.iter().all(|credit| credit.right.is_some());
        let total = |column| if column == RIGHT && rights_are_known { lines(column) } else { total(column) };
        workbook.row(Tone::Strong, cells(&section.total, total))?;
        for credit in &section.apart {
            let row = workbook.next_row();
            workbook.row(Tone::Muted, cells(credit, |column| own(column, row, credit)))?;
        }
        notes(workbook, section, report)?;
        workbook.blank()?;
    }
    Ok(())
}

/// What computes a cell out of others of its row.
fn own(column: u16, row: u32, credit: &Credit) -> Option<Formula> {
    credit.right?;
    let of = |column| Formula::Of(Area::cell(column, row));
    match column {
        LEFT => Some(Formula::Less(Box::new(of(RIGHT)), vec![of(GRANTED)])),
        SHARE if credit.share().is_some() => Some(Formula::Over(Box::new(of(GRANTED)), Box::new(of(RIGHT)))),
        _ => None,
    }
}

/// What computes a cell of a line out of the grants that count in it.
fn over_grants(
    column: u16,
    row: u32,
    key: &str,
    grants: usize,
    report: &QuarterlyReport,
    credit: &Credit,
) -> Option<Formula> {
    let area = |column| dossiers::area(column, grants);
    let of_line = (area(Column::Key)?, key.to_owned());
    let sum = |amounts| Some(Formula::SumWhere(area(amounts)?, vec![of_line.clone()]));
    let granted_in = |quarter: Quarter| {
        let in_quarter = (area(Column::Quarter)?, quarter.french_code());
        Some(Formula::SumWhere(area(Column::Granted)?, vec![of_line.clone(), in_quarter]))
    };
    match column {
        GRANTS => {
            let without = Formula::Of(Area::cell(WITHOUT, row));
            Some(Formula::Less(Box::new(Formula::CountWhere(vec![of_line])), vec![without]))
        }
        WITHOUT => Some(Formula::CountWhere(vec![of_line, (area(Column::Granted)?, WITHOUT_AMOUNT.to_owned())])),
        GRANTED => sum(Column::Granted),
        IN_QUARTER => granted_in(report.quarter),
        IN_PREVIOUS_QUARTER => granted_in(report.quarter.previous()),
        ENGAGED => sum(Column::Engaged),
        PAID => sum(Column::Paid),
        _ => own(column, row, credit),
    }
}

fn cells(credit: &Credit, formula: impl Fn(u16) -> Option<Formula>) -> Vec<Value> {
    let outlook = match credit.outlook {
        Outlook::On(day) => Cell::Date(day),
        Outlook::Exhausted(_) | Outlook::Far => Cell::text(credit.outlook.to_string()),
        Outlook::Unknown => Cell::Empty,
    };
    let cells = [
        Cell::maybe_text(credit.departement.as_deref()),
        Cell::text(credit.label.replace('\'', "’")),
        credit.right.into(),
        Cell::count(credit.requests),
        Cell::count(credit.grants),
        Cell::count(credit.without_amount),
        Cell::Amount(credit.granted),
        Cell::Amount(credit.granted_in_quarter),
        Cell::Amount(credit.granted_in_previous_quarter),
        credit.trend.map_or(Cell::Empty, |trend| Cell::text(trend.label())),
        Cell::Amount(credit.engaged),
        Cell::Amount(credit.paid),
        credit.left().into(),
        credit.share().map_or(Cell::Empty, Cell::Share),
        outlook,
    ];
    (0..).zip(cells).map(|(column, cell)| Value { formula: formula(column), ..cell.into() }).collect()
}

fn notes(workbook: &mut Workbook<'_>, section: &Section, report: &QuarterlyReport) -> Result<(), ReportError> {
    if !section.apart.is_empty() {
        let said = "Les lignes sous l’ensemble n’y sont pas comprises.";
        workbook.line(Line::Note, said)?;
    }
    match report.drawing_note {
        Some(note) if section.programme == Programme::Axe3V1 => workbook.line(
            Line::Note,
            &format!(
                "Le guide donne {} en tout ; la somme des droits de tirage fait {} : l’écart de {} n’est attribué à aucun département.",
                note.total,
                note.rights,
                note.difference()
            ),
        ),
        _ => Ok(()),
    }
}
