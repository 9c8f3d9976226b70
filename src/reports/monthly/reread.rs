//! The figures of a list, computed again from the bytes of one of its formats: before it is sent, each must say the same.

use std::collections::BTreeMap;
use std::io::Cursor;

use calamine::{Data, DataType, Reader, Xlsx};
use serde::Deserialize;

use super::columns::COLUMNS;
use super::kept::KeptList;
use super::row::Evolution;
use crate::domain::money::Cents;
use crate::reports::Cell;
use crate::reports::reread::amount;

/// The column that each row has.
const NUMBER: &str = "numero_dossier";
/// The column that says how a row changed.
const EVOLUTION: &str = "evolution";
/// The columns of money.
const AMOUNTS: [&str; 6] =
    ["depenses_eligibles", "montant_calcule", "montant_accorde", "montant_engage", "montant_paye", "montant_compte"];

/// How many rows a list has, and what the columns of money add up to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Figures {
    /// Rows, without those that only say that a dossier left the list.
    pub rows: usize,
    /// Those that do.
    pub left: usize,
    /// By column; those that the list does not have are left out.
    pub sums: BTreeMap<&'static str, Cents>,
    /// The largest amount of all.
    pub largest: Cents,
}

impl Figures {
    /// Computed from the bytes of a format; none where they cannot be read, or the format has no rows.
    #[must_use]
    pub fn of(format: &str, content: &[u8]) -> Option<Self> {
        match format {
            "json" => Self::of_json(content),
            "csv" => Self::of_csv(content),
            "xlsx" => Self::of_xlsx(content),
            _ => None,
        }
    }

    fn count(&mut self, evolution: Option<&str>) {
        if evolution == Some(Evolution::Retire.code()) { self.left += 1 } else { self.rows += 1 }
    }

    fn add(&mut self, column: &'static str, amount: Cents) {
        *self.sums.entry(column).or_default() += amount;
        self.largest = self.largest.max(amount);
    }

    /// None too where the totals of the document are not those of its rows.
    fn of_json(content: &[u8]) -> Option<Self> {
        #[derive(Deserialize)]
        struct Document {
            totals: Vec<Line>,
        }
        #[derive(Deserialize)]
        struct Line {
            departement: Option<String>,
            perimetre: String,
            montant_accorde: String,
        }
        let list = KeptList::from_json(content).ok()?;
        let mut figures = Self::default();
        list.rows.iter().for_each(|row| figures.count(Some(row.evolution.code())));
        let columns = COLUMNS.iter().filter(|column| list.columns.contains(column.name));
        for column in columns.filter(|column| AMOUNTS.contains(&column.name)) {
            figures.sums.insert(column.name, Cents::ZERO);
            for row in &list.rows {
                if let Cell::Amount(amount) = (column.cell)(row) {
                    figures.add(column.name, amount);
                }
            }
        }
        let document: Document = serde_json::from_slice(content).ok()?;
        let together = document.totals.iter().find(|line| line.departement.is_none() && line.perimetre == "suivi")?;
        let told = Cents::parse(&together.montant_accorde).ok()?;
        let counted = figures.sums.get("montant_compte");
        counted.is_none_or(|counted| *counted == told).then_some(figures)
    }

    fn of_csv(content: &[u8]) -> Option<Self> {
        let content = content.strip_prefix("\u{feff}".as_bytes()).unwrap_or(content);
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(content);
        let headers: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
        let mut figures = Self::with_columns(&headers)?;
        let evolution = headers.iter().position(|header| header == EVOLUTION);
        for record in reader.records() {
            let record = record.ok()?;
            figures.count(evolution.and_then(|at| record.get(at)));
            for (column, at) in places(&headers) {
                let text = record.get(at)?;
                if !text.is_empty() {
                    figures.add(column, Cents::parse_french(text).ok()?);
                }
            }
        }
        Some(figures)
    }

    fn of_xlsx(content: &[u8]) -> Option<Self> {
        let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(content)).ok()?;
        for (_, range) in workbook.worksheets() {
            let mut rows = range.rows();
            let is_header = |row: &&[Data]| row.iter().any(|cell| matches!(cell, Data::String(text) if text == NUMBER));
            let Some(header) = rows.by_ref().find(is_header) else { continue };
            let headers: Vec<String> = header.iter().map(ToString::to_string).collect();
            let mut figures = Self::with_columns(&headers)?;
            let evolution = headers.iter().position(|header| header == EVOLUTION);
            for row in rows {
                figures.count(evolution.and_then(|at| row.get(at)?.get_string()));
                for (column, at) in places(&headers) {
                    match row.get(at)? {
                        Data::Empty => {}
                        cell => figures.add(column, amount(cell)?),
                    }
                }
            }
            return Some(figures);
        }
        None
    }

    /// No row yet; none where the table is no list.
    fn with_columns(headers: &[String]) -> Option<Self> {
        let is_list = headers.iter().any(|header| header == NUMBER);
        let sums = places(headers).map(|(column, _)| (column, Cents::ZERO)).collect();
        is_list.then_some(Self { sums, ..Self::default() })
    }
}

/// The columns of money of a table, and where they are.
fn places(headers: &[String]) -> impl Iterator<Item = (&'static str, usize)> {
    AMOUNTS.into_iter().filter_map(|column| Some((column, headers.iter().position(|header| header == column)?)))
}
