//! The list as stories: what is in it, in which order, and what each writer makes of it.

mod formats;
mod properties;
mod rows;
mod standing;
mod totals;
mod verify;

use std::io::Cursor;

use calamine::{Data, DataType, Range, Reader, Xlsx};
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::domain::aside::Excluded;
use crate::domain::dossier::{DossierState, RemovalReason};
use crate::domain::fact::{CommuneRef, FactName, FactValue};
use crate::domain::instant::second_before;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::verdict::RuleKind::{Blocking, Control, Priority, Review};
use crate::domain::verdict::Status;
use crate::domain::verdict::VerdictValue::{Met, NotMet, ToReview};
use crate::reports::sample::{Known, Sample, at, dossier, unreadable};
use crate::reports::{Board, Cell, ReportError, WorkbookFormat};

/// A list with its rows.
struct WholeList {
    list: MonthlyList,
    board: Board,
    rows: Vec<ListRow>,
    changes: Vec<ColumnChange>,
}

impl std::ops::Deref for WholeList {
    type Target = MonthlyList;

    fn deref(&self) -> &MonthlyList {
        &self.list
    }
}

impl std::ops::DerefMut for WholeList {
    fn deref_mut(&mut self) -> &mut MonthlyList {
        &mut self.list
    }
}

impl WholeList {
    fn content(&self) -> (&MonthlyList, &[ListRow], &[ColumnChange]) {
        (&self.list, &self.rows, &self.changes)
    }
}

/// A list that was kept, with its rows.
struct KeptList {
    list: super::KeptList,
    rows: Vec<ListRow>,
}

impl KeptList {
    fn from_json(document: &[u8]) -> Result<Self, ReportError> {
        let mut rows = Vec::new();
        let list = super::KeptList::read(document, |row| {
            rows.push(row);
            Ok(())
        })?;
        Ok(Self { list, rows })
    }
}

/// Each format as bytes.
mod csv {
    use super::*;

    pub fn write(list: &WholeList) -> Result<Vec<u8>, ReportError> {
        let mut bytes = Vec::new();
        crate::reports::monthly::csv::write(&Lines::new(&list.board).of(list), &mut bytes)?;
        Ok(bytes)
    }
}

mod json {
    use super::*;

    pub fn write(list: &WholeList) -> Result<Vec<u8>, ReportError> {
        let mut bytes = Vec::new();
        crate::reports::monthly::json::write(list, &Lines::new(&list.board).of(list), &mut bytes)?;
        Ok(bytes)
    }

    pub fn write_alone(list: &WholeList) -> Result<Vec<u8>, ReportError> {
        let mut bytes = Vec::new();
        crate::reports::monthly::json::write_alone(list, &Lines::new(&list.board).of(list), &mut bytes)?;
        Ok(bytes)
    }
}

fn workbook_of(format: WorkbookFormat, list: &WholeList) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    workbook::write(format, list, &Lines::new(&list.board).of(list), Cursor::new(&mut bytes))?;
    Ok(bytes)
}

mod xlsx {
    use super::*;

    pub fn write(list: &WholeList) -> Result<Vec<u8>, ReportError> {
        workbook_of(WorkbookFormat::Xlsx, list)
    }
}

mod ods {
    use super::*;

    pub fn write(list: &WholeList) -> Result<Vec<u8>, ReportError> {
        workbook_of(WorkbookFormat::Ods, list)
    }
}

/// What a list of September is drawn up from.
#[derive(Clone, Copy)]
struct Input<'a> {
    known: &'a Known,
    drawn_up_at: &'a str,
    revision: u32,
    previous: Option<&'a KeptList>,
}

fn input<'a>(known: &'a Known, drawn_up_at: &'a str, previous: Option<&'a KeptList>) -> Input<'a> {
    Input { known, drawn_up_at, revision: 0, previous }
}

fn draw_up(input: Input<'_>) -> WholeList {
    let board = Board::default();
    let from = MonthlyInput {
        month: "2021-09".parse().unwrap(),
        drawn_up_at: at(input.drawn_up_at),
        revision: input.revision,
        sources: input.known.sources(),
        previous: input.previous.map(|previous| previous.list.clone()),
        not_compared: None,
        rules: &[],
        parameters: &[],
    };
    let (mut rows, mut changes) = (Vec::new(), Vec::new());
    let list = {
        let before = Lines::new(&board);
        for row in input.previous.iter().flat_map(|previous| &previous.rows) {
            before.put_previous(row).unwrap();
        }
        let mut draft = Draft::new(&from, &board);
        for judged in &input.known.dossiers {
            draft.add(judged).unwrap();
        }
        let (list, lines) = draft.finish().unwrap();
        let mut take = |line: &Line| {
            rows.push(line.row.clone());
            changes.extend(line.changes());
            Ok(())
        };
        lines.each(&mut take).unwrap();
        list
    };
    WholeList { list, board, rows, changes }
}

fn list_at(drawn_up_at: &str, dossiers: Vec<Sample>, previous: Option<&KeptList>) -> WholeList {
    list_of(&Known::of(dossiers), drawn_up_at, previous)
}

fn list_of(known: &Known, drawn_up_at: &str, previous: Option<&KeptList>) -> WholeList {
    let list = draw_up(input(known, drawn_up_at, previous));
    let bare = draw_up(input(&known.bare(), drawn_up_at, previous));
    assert_eq!(bare.content(), list.content(), "nothing more of a dossier is shown");
    let reversed = Known { dossiers: known.dossiers.iter().rev().cloned().collect(), ..known.clone() };
    let reversed = draw_up(input(&reversed, drawn_up_at, previous));
    assert_eq!(reversed.content(), list.content(), "in whatever order they come");
    list
}

fn list(dossiers: Vec<Sample>) -> WholeList {
    list_at("2021-10-01T04:00:00Z", dossiers, None)
}

fn kept(dossiers: Vec<Sample>) -> KeptList {
    let mut earlier = list(dossiers);
    earlier.month = earlier.month.previous();
    KeptList::from_json(&json::write(&earlier).unwrap()).unwrap()
}

fn numbers(list: &WholeList) -> Vec<i64> {
    list.rows.iter().map(|row| row.numero_dossier).collect()
}

fn sheet(bytes: &[u8], name: &str) -> Range<Data> {
    let mut workbook: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes.to_vec())).unwrap();
    workbook.worksheet_range(name).unwrap()
}

fn column(name: &str) -> usize {
    COLUMNS.iter().position(|column| column.name == name).unwrap()
}

/// A dossier whose amounts and days all differ.
fn distinct(number: i64) -> Sample {
    dossier(number)
        .accepted(100_300, date(2021, 9, 10))
        .amount(FactName::EngagedAmount, 100_400)
        .amount(FactName::PaidAmount, 100_500)
        .date(FactName::NotifiedOn, date(2021, 9, 21))
        .communes(&["93001", "93005"])
        .with(|judged| {
            judged.evaluation.eligible_expenses = Some(Cents(100_100));
            judged.evaluation.computed = Some(Cents(100_200));
        })
}

fn text(list: &WholeList, name: &str) -> String {
    let sheet = sheet(&xlsx::write(list).unwrap(), name);
    sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
}
