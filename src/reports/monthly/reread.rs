//! The figures of a list, computed again from the bytes of one of its formats: before it is sent, each must say the same.

use std::collections::BTreeMap;
use std::io::{BufRead, Read, Seek};

use calamine::Data;

use super::columns::COLUMNS;
use super::kept::KeptList;
use super::row::Evolution;
use crate::domain::money::Cents;
use crate::reports::reread::{amount, rows};
use crate::reports::{Cell, WorkbookFormat};

const BOM: &[u8] = "\u{feff}".as_bytes();
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
    pub fn of(format: &str, content: impl BufRead + Seek) -> Option<Self> {
        match format {
            "json" => Self::of_json(content),
            "csv" => Self::of_csv(content),
            "xlsx" => Self::of_workbook(WorkbookFormat::Xlsx, content),
            "ods" => Self::of_workbook(WorkbookFormat::Ods, content),
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
    fn of_json(content: impl Read) -> Option<Self> {
        let mut figures = Self::default();
        let columns = || COLUMNS.iter().filter(|column| AMOUNTS.contains(&column.name));
        let (list, totals) = KeptList::read_with_totals(content, |row| {
            figures.count(Some(row.evolution.code()));
            for column in columns() {
                if let Cell::Amount(amount) = (column.cell)(&row) {
                    figures.add(column.name, amount);
                }
            }
            Ok(())
        })
        .ok()?;
        // A column without an amount adds up to nothing; one that the list does not have is no column of it.
        for column in columns() {
            figures.sums.entry(column.name).or_default();
        }
        figures.sums.retain(|column, _| list.columns.contains(*column));
        let together = totals.iter().find(|line| line.departement.is_none() && line.perimetre == "suivi")?;
        let told = Cents::parse(&together.montant_accorde).ok()?;
        let counted = figures.sums.get("montant_compte");
        counted.is_none_or(|counted| *counted == told).then_some(figures)
    }

    fn of_csv(mut content: impl BufRead) -> Option<Self> {
        if content.fill_buf().ok()?.starts_with(BOM) {
            content.consume(BOM.len());
        }
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(content);
        let headers: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
        let mut figures = Self::with_columns(&headers)?;
        let places: Vec<_> = places(&headers).collect();
        let evolution = headers.iter().position(|header| header == EVOLUTION);
        let mut record = csv::StringRecord::new();
        while reader.read_record(&mut record).ok()? {
            figures.count(evolution.and_then(|at| record.get(at)));
            for (column, at) in &places {
                let text = record.get(*at)?;
                if !text.is_empty() {
                    figures.add(column, Cents::parse_french(text).ok()?);
                }
            }
        }
        Some(figures)
    }

    fn of_workbook(format: WorkbookFormat, content: impl Read + Seek) -> Option<Self> {
        let mut found: Option<Table> = None;
        rows(format, content, &mut |sheet, _, row| {
            match &mut found {
                Some(table) if table.sheet == sheet => table.take(row)?,
                Some(_) => {}
                None => {
                    let headings: Vec<String> = row.iter().map(ToString::to_string).collect();
                    found = Self::with_columns(&headings).map(|figures| Table::new(sheet, &headings, figures));
                }
            }
            Some(())
        })?;
        found.map(|table| table.figures)
    }

    /// No row yet; none where the table is no list.
    fn with_columns(headers: &[String]) -> Option<Self> {
        let is_list = is_header(headers);
        let sums = places(headers).map(|(column, _)| (column, Cents::ZERO)).collect();
        is_list.then_some(Self { sums, ..Self::default() })
    }
}

/// The table of the list in a workbook: what stands before its headings is passed over.
struct Table {
    sheet: String,
    /// The columns of money, and where they are.
    places: Vec<(&'static str, usize)>,
    evolution: Option<usize>,
    figures: Figures,
}

impl Table {
    fn new(sheet: &str, headings: &[String], figures: Figures) -> Self {
        let evolution = headings.iter().position(|heading| heading == EVOLUTION);
        Self { sheet: sheet.to_owned(), places: places(headings).collect(), evolution, figures }
    }

    /// Takes a row in; none where it has something else for an amount.
    fn take(&mut self, row: &[Data]) -> Option<()> {
        let evolution = self.evolution.and_then(|at| row.get(at)).and_then(|cell| match cell {
            Data::String(said) => Some(said.as_str()),
            _ => None,
        });
        self.figures.count(evolution);
        for (column, at) in &self.places {
            match row.get(*at) {
                None | Some(Data::Empty) => {}
                Some(cell) => self.figures.add(column, amount(cell)?),
            }
        }
        Some(())
    }
}

/// Whether a row has the headings of the list.
fn is_header(row: &[String]) -> bool {
    row.iter().any(|heading| heading == NUMBER)
}

/// The columns of money of a table, and where they are.
fn places(headers: &[String]) -> impl Iterator<Item = (&'static str, usize)> {
    AMOUNTS.into_iter().filter_map(|column| Some((column, headers.iter().position(|header| header == column)?)))
}
