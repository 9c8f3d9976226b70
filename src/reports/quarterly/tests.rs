//! The report as stories: which dossiers its figures sum, and what the writers make of them.

mod activity;
mod credits;
mod durations;
mod formats;
mod front;
mod paper;
mod plain;
mod properties;
mod series;
mod standing;

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};
use jiff::civil::date;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::domain::aside::Excluded;
use crate::domain::dossier::{DossierState, RemovalReason};
use crate::domain::fact::FactValue;
use crate::domain::programme::Programme::{self, Axe3V1, Axe3V1Ads, Axe3V2};
use crate::domain::siret::Siret;
use crate::domain::subject::{Judged, LegalKind};
use crate::domain::verdict::RuleKind::{Control, Review};
use crate::domain::verdict::Status;
use crate::domain::verdict::VerdictValue::{Met, NotMet, ToReview};
use crate::reports::WorkbookFormat;
use crate::reports::sample::{Known, Sample, at, dossier, drawing_rights, unreadable};

fn report_at(drawn_up_at: &str, dossiers: Vec<Sample>) -> QuarterlyReport {
    report_of(&Known::of(dossiers), drawn_up_at, &drawing_rights())
}

fn report_of(known: &Known, drawn_up_at: &str, drawing_rights: &BTreeMap<String, Option<Cents>>) -> QuarterlyReport {
    let report = report_from(known, drawn_up_at, drawing_rights);
    assert_eq!(report_from(&known.bare(), drawn_up_at, drawing_rights), report, "nothing more of a dossier is shown");
    let reversed = Known { dossiers: known.dossiers.iter().rev().cloned().collect(), ..known.clone() };
    assert_eq!(report_from(&reversed, drawn_up_at, drawing_rights), report, "in whatever order they come");
    report
}

fn report_from(known: &Known, drawn_up_at: &str, drawing_rights: &BTreeMap<String, Option<Cents>>) -> QuarterlyReport {
    report_on("2021-Q3".parse().unwrap(), known, at(drawn_up_at), drawing_rights)
}

fn report_on(
    quarter: Quarter,
    known: &Known,
    drawn_up_at: Timestamp,
    drawing_rights: &BTreeMap<String, Option<Cents>>,
) -> QuarterlyReport {
    let input = QuarterlyInput {
        quarter,
        drawn_up_at,
        revision: 0,
        is_draft: false,
        sources: known.sources(),
        drawing_rights,
        rights_then: &[],
        v1_total: Some(Cents::euros(2_079_208)),
        ads_envelope: None,
        v2_envelope: Some(Cents::euros(200_000)),
        credit_review: Some(date(2021, 9, 1)),
        credits_expected_by: Some(date(2021, 9, 30)),
        rules: &[],
        commentary: None,
    };
    draw_up(&input, &known.dossiers)
}

fn draw_up(input: &QuarterlyInput<'_>, dossiers: &[Judged]) -> QuarterlyReport {
    let mut draft = Draft::new(input);
    for judged in dossiers {
        draft.add(judged);
    }
    draft.finish()
}

fn report(dossiers: Vec<Sample>) -> QuarterlyReport {
    report_at("2021-10-05T06:00:00Z", dossiers)
}

/// All that the document says; spaces are plain ones.
fn said(report: &QuarterlyReport) -> String {
    plain::text(&document(report))
}

/// A workbook as bytes.
mod xlsx {
    use super::*;
    use crate::reports::ReportError;

    pub fn write(report: &QuarterlyReport) -> Result<Vec<u8>, ReportError> {
        written(report, WorkbookFormat::Xlsx)
    }

    pub fn written(report: &QuarterlyReport, format: WorkbookFormat) -> Result<Vec<u8>, ReportError> {
        let mut bytes = Vec::new();
        workbook::write(format, report, Cursor::new(&mut bytes))?;
        Ok(bytes)
    }
}

fn project(number: i64) -> Sample {
    dossier(number).programme(Axe3V1)
}

fn places(sample: Sample, codes: &[&str]) -> Sample {
    let codes = codes.iter().map(|code| (*code).to_owned()).collect();
    sample.fact(FactName::ProjectDepartement, FactValue::Departements(codes))
}

fn line<'a>(report: &'a QuarterlyReport, code: &str) -> &'a Credit {
    report.sections[0].lines.iter().find(|credit| credit.departement.as_deref() == Some(code)).unwrap()
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    workbook.worksheet_range(name).unwrap()
}
