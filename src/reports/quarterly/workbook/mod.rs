//! The data behind every figure and chart of the report, as a workbook: every dossier, and sums that are formulas over them.

mod credits;
mod dossiers;
mod filed;
mod follow_up;
mod notice;
mod series;

use std::io::{Seek, Write};

pub(super) use credits::CREDITS_SHEET;
pub(super) use dossiers::{ATTENTION_SHEET, FEEDBACK_SHEET, GRANTS_SHEET, IN_THE_SUMS, SUPPORT_SHEET};
pub(super) use follow_up::{CONTROLS_SHEET, PROGRESS_SHEET};
pub(super) use notice::NOTICE_SHEET;

use super::QuarterlyReport;
use crate::domain::programme::Programme;
use crate::reports::sheets::{self, Layout, Line, Paper, Properties, Tone, Value, Workbook};
use crate::reports::{Cell, ReportError, WorkbookFormat};

/// What is read again before the report is sent.
pub(super) const AMOUNTS: [&str; 3] = ["Accordé", "Engagé", "Payé"];

/// Writes the workbook; the same report gives the same bytes.
///
/// # Errors
/// [`ReportError::Workbook`], for a report beyond a million rows; what keeps it from being written.
pub fn write(
    format: WorkbookFormat,
    report: &QuarterlyReport,
    to: impl Write + Seek + Send,
) -> Result<(), ReportError> {
    let properties = Properties { title: report.title(), subject: report.standing(), made_at: report.drawn_up_at };
    sheets::write(format, to, &properties, |workbook| {
        credits::add(workbook, report)?;
        series::add(workbook, report)?;
        for sheet in sheets_of(report) {
            add(workbook, report, sheet)?;
        }
        notice::add(workbook, report)
    })
}

fn sheets_of(report: &QuarterlyReport) -> Vec<Sheet<'_>> {
    let mut sheets = vec![
        dossiers::grants(report),
        filed::activity(report),
        filed::themes(report),
        filed::durations(report),
        filed::reckonings(report),
        follow_up::decisions(report),
        follow_up::causes(report),
        dossiers::attention(report),
        follow_up::margins(report),
        follow_up::progress(report),
    ];
    sheets.extend(report.review.iter().map(follow_up::first_review));
    sheets.extend([dossiers::support(report), dossiers::feedback(report)]);
    sheets
}

/// Made one by one, while the sheet is written; each with the number of its row.
type Rows<'a> = Box<dyn Iterator<Item = (Tone, Vec<Value>)> + 'a>;

/// A sheet that is one table.
struct Sheet<'a> {
    name: &'static str,
    title: &'static str,
    headings: Vec<&'a str>,
    widths: Vec<u8>,
    rows: Rows<'a>,
}

/// The first row of a sheet that is one table, counted from 0: under its title, its standing, an empty row and its headings.
const FIRST: u32 = 4;

fn add(workbook: &mut Workbook<'_>, report: &QuarterlyReport, sheet: Sheet<'_>) -> Result<(), ReportError> {
    let Sheet { name, title, headings, widths, rows } = sheet;
    let widths = sheets::roomy(&widths, &headings);
    let columns: u32 = widths.iter().map(|width| u32::from(*width)).sum();
    // What is wider is readable on two pages side by side, each with the columns that name a dossier.
    let (pages_wide, frozen_columns) = if columns > 300 { (2, 3) } else { (1, 0) };
    workbook.sheet(&Layout { is_filtered: true, pages_wide, frozen_columns, ..layout(report, name, widths) })?;
    head(workbook, report, title)?;
    workbook.headings(&headings)?;
    for (tone, values) in rows {
        workbook.row(tone, values)?;
    }
    Ok(())
}

/// A sheet that is printed as all of them are.
fn layout(report: &QuarterlyReport, name: &'static str, widths: Vec<u8>) -> Layout {
    let columns: u32 = widths.iter().map(|width| u32::from(*width)).sum();
    Layout {
        name,
        page_title: format!("{} — {}", report.title(), report.standing()),
        // Columns beyond that are not readable on the smaller one.
        paper: if columns > 150 { Paper::A3 } else { Paper::A4 },
        widths,
        is_table: true,
        frozen_columns: 0,
        pages_wide: 1,
        is_filtered: false,
        is_alarming: report.is_provisional(),
    }
}

/// What a sheet is about and how the report stands, with an empty row below.
fn head(workbook: &mut Workbook<'_>, report: &QuarterlyReport, title: &str) -> Result<(), ReportError> {
    workbook.line(Line::Title, title)?;
    workbook.line(if report.is_provisional() { Line::Alert } else { Line::Section }, &report.standing())?;
    workbook.blank()
}

/// Cells without a formula.
fn values(cells: impl IntoIterator<Item = Cell>) -> Vec<Value> {
    cells.into_iter().map(Into::into).collect()
}

/// The columns that every row about a dossier begins with.
fn line<const N: usize>(programme: Programme, number: i64, beneficiary: Option<&str>, rest: [Cell; N]) -> Vec<Value> {
    let head = [Cell::text(programme.short_label()), Cell::text(number.to_string()), Cell::maybe_text(beneficiary)];
    values(head.into_iter().chain(rest))
}
