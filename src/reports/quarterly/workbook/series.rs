//! The sheet behind the charts over time: what was granted, engaged and paid quarter by quarter, and the sums until then.

use super::{head, layout};
use crate::domain::money::Cents;
use crate::reports::quarterly::credits::share;
use crate::reports::quarterly::{QuarterlyReport, Section, Sums};
use crate::reports::sheets::{Area, Formula, Line, Tone, Value, Workbook};
use crate::reports::{Cell, ReportError};

const HEADINGS: [&str; 9] = [
    "Trimestre",
    "Accordé dans le trimestre",
    "Engagé dans le trimestre",
    "Payé dans le trimestre",
    "Accordé, cumul",
    "Engagé, cumul",
    "Payé, cumul",
    "Droit de tirage ou enveloppe",
    "Part accordée",
];
const WIDTHS: [u8; 9] = [22, 17, 17, 17, 17, 17, 17, 17, 11];

/// Fills the sheet.
pub(super) fn add(workbook: &mut Workbook<'_>, report: &QuarterlyReport) -> Result<(), ReportError> {
    workbook.sheet(&layout(report, "Évolution", WIDTHS.to_vec()))?;
    head(workbook, report, "Montants par trimestre, et leur cumul")?;
    for section in &report.sections {
        workbook.line(Line::Section, section.title)?;
        workbook.headings(&HEADINGS)?;
        add_section(workbook, section)?;
        workbook.blank()?;
    }
    workbook.line(Line::Note, crate::reports::quarterly::document::SERIES_METHOD)
}

fn add_section(workbook: &mut Workbook<'_>, section: &Section) -> Result<(), ReportError> {
    let series = &section.series;
    let first = workbook.next_row();
    let mut row = |tone: Tone, name: &str, (within, until): (Sums, Sums), right: Option<Cents>| {
        let at = workbook.next_row();
        let sum = |column: u16, amount: Cents| {
            Value::computed(Formula::Sum(vec![Area::new(column, first, at)]), Cell::Amount(amount))
        };
        let share = right.and_then(|right| share(until.granted, right)).map_or(Value::from(Cell::Empty), |share| {
            let of = |column| Box::new(Formula::Of(Area::cell(column, at)));
            Value::computed(Formula::Over(of(4), of(7)), Cell::Share(share))
        });
        let values = vec![
            Cell::text(name).into(),
            Cell::Amount(within.granted).into(),
            Cell::Amount(within.engaged).into(),
            Cell::Amount(within.paid).into(),
            sum(1, until.granted),
            sum(2, until.engaged),
            sum(3, until.paid),
            Cell::from(right).into(),
            share,
        ];
        workbook.row(tone, values).map(|_| ())
    };
    if let Some(step) = series.steps.first()
        && series.before != Sums::default()
    {
        row(Tone::Muted, &format!("avant le {}", step.quarter.label()), (series.before, series.before), None)?;
    }
    for step in &series.steps {
        row(Tone::Plain, &step.quarter.label(), (step.within, step.until), step.right)?;
    }
    if series.undated != Sums::default() {
        let sums = (series.undated, series.dated() + series.undated);
        row(Tone::Muted, "sans date connue", sums, section.total.right)?;
    }
    Ok(())
}
