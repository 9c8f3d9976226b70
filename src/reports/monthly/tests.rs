//! The list as stories: what is in it, in which order, and what each writer makes of it.

mod formats;
mod properties;
mod rows;
mod standing;
mod totals;

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
use crate::domain::verdict::RuleKind::{Blocking, Control, Priority, Review};
use crate::domain::verdict::Status;
use crate::domain::verdict::VerdictValue::{Met, NotMet, ToReview};
use crate::reports::Cell;
use crate::reports::sample::{Known, Sample, at, dossier, unreadable};

fn list_at(drawn_up_at: &str, dossiers: Vec<Sample>, previous: Option<&KeptList>) -> MonthlyList {
    list_of(&Known::of(dossiers), drawn_up_at, previous)
}

fn list_of(known: &Known, drawn_up_at: &str, previous: Option<&KeptList>) -> MonthlyList {
    let list = draw_up(&input(known, drawn_up_at, previous));
    assert_eq!(draw_up(&input(&known.bare(), drawn_up_at, previous)), list, "nothing more of a dossier is shown");
    list
}

fn input<'a>(known: &'a Known, drawn_up_at: &str, previous: Option<&'a KeptList>) -> MonthlyInput<'a> {
    MonthlyInput {
        month: "2021-09".parse().unwrap(),
        drawn_up_at: at(drawn_up_at),
        revision: 0,
        sources: known.sources(),
        previous,
        not_compared: None,
        rules: &[],
        parameters: &[],
    }
}

fn list(dossiers: Vec<Sample>) -> MonthlyList {
    list_at("2021-10-01T04:00:00Z", dossiers, None)
}

fn kept(dossiers: Vec<Sample>) -> KeptList {
    let mut earlier = list(dossiers);
    earlier.month = earlier.month.previous();
    KeptList::from_json(&json::write(&earlier).unwrap()).unwrap()
}

fn numbers(list: &MonthlyList) -> Vec<i64> {
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

fn text(list: &MonthlyList, name: &str) -> String {
    let sheet = sheet(&xlsx::write(list).unwrap(), name);
    sheet.used_cells().map(|(_, _, cell)| cell.to_string()).collect::<Vec<_>>().join("\n")
}
