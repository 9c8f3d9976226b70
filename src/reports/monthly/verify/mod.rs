//! A file that somebody has, beside the lists that were kept: which one it is nearest to, and what it says otherwise.
//!
//! What is compared is what cells say, not how: a spreadsheet that saves a list again writes days and amounts its own way, and a CSV
//! that it saved may have another separator, other letters, and codes without their zeros. Of a workbook all sheets are compared, those
//! that people read too.

mod document;
mod encoding;
mod said;
mod table;

use std::collections::{BTreeSet, HashSet};
use std::io::{BufRead, Read, Seek, SeekFrom};

use serde_json::Value;

use super::columns::{COLUMNS, Column};
use super::kept::KeptList;
use crate::domain::dossier::DossierNumber;
use crate::reports::reread::{format_of, rows};
use crate::reports::shelf::{Pile, Shelf};
use crate::reports::{ReportError, WorkbookFormat};
use said::{Said, told};

/// So many differences are told; the others are counted.
const MOST_TOLD: usize = 1_000;
/// What a dossier that is missing, or is one too many, weighs beside a cell.
const A_ROW: usize = COLUMNS.len();

/// The rows of the file, by dossier.
const FOUND: &str = "found";
/// The rows of its other sheets, by sheet and row.
const SHEETS: &str = "sheets";

/// Something that a file says otherwise than a kept list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The dossier, when it is about one.
    pub dossier: Option<DossierNumber>,
    /// The column of the list, or the sheet and cell.
    pub place: Option<String>,
    /// What the kept list says; nothing where it says nothing.
    pub kept: Option<String>,
    /// What the file says.
    pub found: Option<String>,
    /// All of it in French.
    pub message: String,
}

/// What a file says otherwise than a kept list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Differences {
    /// Those that are told.
    pub told: Vec<Difference>,
    /// How many more there are.
    pub more: usize,
    /// How much they weigh, to find the list that is nearest.
    pub weight: usize,
    /// How many of its dossiers are in the kept list.
    pub common: usize,
}

impl Differences {
    fn add(&mut self, weight: usize, difference: impl FnOnce() -> Difference) {
        self.weight += weight;
        if self.told.len() < MOST_TOLD { self.told.push(difference()) } else { self.more += 1 }
    }

    /// No kept workbook can be read that the other sheets of one could be compared with.
    #[must_use]
    pub fn of_sheets_without_counterpart() -> Self {
        let mut differences = Self::default();
        let what = "aucun classeur conservé ne peut être relu pour comparer les autres feuilles";
        differences.add(1, || in_general("feuilles", what));
        differences
    }

    /// Whether there is none.
    #[must_use]
    pub fn are_none(&self) -> bool {
        self.weight == 0
    }

    /// Both of them.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        let room = MOST_TOLD.saturating_sub(self.told.len());
        self.more += other.more + other.told.len().saturating_sub(room);
        self.told.extend(other.told.into_iter().take(room));
        self.weight += other.weight;
        self
    }
}

/// What a file is made as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Csv,
    Json,
    Workbook(WorkbookFormat),
}

/// A file with the rows of a list.
pub struct Found<'a> {
    shape: Shape,
    /// Its columns that the list knows.
    columns: BTreeSet<String>,
    /// Those that it does not, where they say something.
    foreign: BTreeSet<String>,
    numbers: HashSet<DossierNumber>,
    /// What is wrong with it by itself: dossiers listed twice, rows without a number.
    odd: Vec<Difference>,
    /// Its other sheets, in their order, and their rows that say something.
    sheets: Vec<String>,
    cells: HashSet<DossierNumber>,
    /// What its document says beside its rows.
    head: Option<Value>,
    /// Whether its letters are those of Windows alone.
    is_narrow: bool,
    rows: Pile<'a, Vec<(String, Said)>>,
    other: Pile<'a, Vec<Option<Said>>>,
}

impl<'a> Found<'a> {
    /// Reads a file; none when it is no list that can be read. Its rows are put on a shelf of their own.
    ///
    /// # Errors
    /// What keeps the rows from being put away.
    pub fn read(content: &mut (impl BufRead + Seek), shelf: &'a dyn Shelf) -> Result<Option<Self>, ReportError> {
        let mut begins = Vec::new();
        content.by_ref().take(64).read_to_end(&mut begins)?;
        content.seek(SeekFrom::Start(0))?;
        let mut found = Self {
            shape: Shape::Csv,
            columns: BTreeSet::new(),
            foreign: BTreeSet::new(),
            numbers: HashSet::new(),
            odd: Vec::new(),
            sheets: Vec::new(),
            cells: HashSet::new(),
            head: None,
            is_narrow: false,
            rows: Pile::new(shelf, FOUND),
            other: Pile::new(shelf, SHEETS),
        };
        let first = begins.iter().find(|byte| !byte.is_ascii_whitespace() && !b"\xEF\xBB\xBF".contains(byte));
        let is_list = if begins.starts_with(b"PK") {
            match format_of(&mut *content) {
                Some(format) => found.read_workbook(format, content)?,
                None => false,
            }
        } else if first == Some(&b'{') {
            found.read_json(content)?
        } else {
            found.read_csv(content)?
        };
        Ok(is_list.then_some(found))
    }

    /// Whether it has other sheets than that of the columns, to be compared with those of a kept workbook.
    #[must_use]
    pub fn workbook(&self) -> Option<WorkbookFormat> {
        match self.shape {
            Shape::Workbook(format) => Some(format),
            Shape::Csv | Shape::Json => None,
        }
    }

    /// Compares its rows with those of a kept list, given as its JSON document. Gives up beyond a weight.
    ///
    /// # Errors
    /// [`ReportError::KeptList`] when the kept list cannot be read; what keeps the rows from being read.
    pub fn differences(&self, kept: impl Read, most: usize) -> Result<Option<Differences>, ReportError> {
        let mut differences = Differences::default();
        let mut left = self.numbers.clone();
        let shared: Vec<&Column> = COLUMNS.iter().filter(|column| self.columns.contains(column.name)).collect();
        let mut has_enough = false;
        let (list, head) = document::read(kept, |row| {
            let number = row.numero_dossier;
            left.remove(&number);
            let Some(found) = self.rows.find(number)? else {
                differences.add(A_ROW, || whole(number, "est dans la liste conservée, et n’est pas dans le fichier"));
                return Ok(());
            };
            differences.common += 1;
            for column in &shared {
                let kept = (column.cell)(&row);
                let said = found.iter().find(|(name, _)| name == column.name).map(|(_, said)| said);
                if !said::is(said, &kept, self.is_narrow) {
                    differences.add(1, || of_column(number, column, &kept.to_string(), said));
                }
            }
            has_enough |= differences.weight > most;
            if has_enough { Err(ReportError::Shelf(String::new())) } else { Ok(()) }
        })
        .map_or_else(
            |error| if has_enough_of(&error) { Ok((None, None)) } else { Err(error) },
            |(list, head)| Ok((Some(list), Some(head))),
        )?;
        let (Some(list), Some(head)) = (list, head) else { return Ok(None) };
        for number in sorted(&left) {
            differences.add(A_ROW, || whole(number, "est dans le fichier, et n’est pas dans la liste conservée"));
        }
        self.add_columns(&list, &mut differences);
        for odd in &self.odd {
            differences.add(1, || odd.clone());
        }
        if let Some(found) = &self.head {
            document::compare(&head, found, &mut differences);
        }
        Ok((differences.weight <= most).then_some(differences))
    }

    fn add_columns(&self, list: &KeptList, differences: &mut Differences) {
        for column in COLUMNS.iter().filter(|column| list.columns.contains(column.name)) {
            if !self.columns.contains(column.name) {
                differences.add(1, || in_general(column.name, "la colonne manque dans le fichier"));
            }
        }
        let added = COLUMNS.iter().map(|column| column.name).filter(|name| !list.columns.contains(*name));
        let added = added.filter(|name| self.columns.contains(*name)).chain(self.foreign.iter().map(String::as_str));
        for name in added {
            differences.add(1, || in_general(name, "la colonne n’est pas dans la liste conservée"));
        }
    }

    /// Compares its other sheets with those of a kept workbook; none when that cannot be read.
    #[must_use]
    pub fn differences_of_sheets(&self, format: WorkbookFormat, kept: impl Read + Seek) -> Option<Differences> {
        let mut differences = Differences::default();
        let mut left = self.cells.clone();
        let mut kept_sheets: Vec<String> = Vec::new();
        let mut table_sheet: Option<String> = None;
        rows(format, kept, &mut |sheet, at, row| {
            if kept_sheets.last().is_none_or(|last| last != sheet) {
                kept_sheets.push(sheet.to_owned());
            }
            if table_sheet.as_deref() == Some(sheet) || (table_sheet.is_none() && table::is_headings(row)) {
                table_sheet = Some(sheet.to_owned());
                return Some(());
            }
            let Some(index) = self.sheets.iter().position(|name| name == sheet) else { return Some(()) };
            let place = place_of(index, at);
            left.remove(&place);
            let found = self.other.find(place).ok()?.unwrap_or_default();
            compare_rows(sheet, at, &said::of_row(row), &found, &mut differences);
            Some(())
        })?;
        for place in sorted(&left) {
            let (index, at) = (place >> 32, u32::try_from(place & 0xFFFF_FFFF).ok()?);
            let sheet = self.sheets.get(usize::try_from(index).ok()?)?;
            if kept_sheets.contains(sheet) {
                compare_rows(sheet, at, &[], &self.other.find(place).ok()??, &mut differences);
            }
        }
        let is_here = |name: &String| self.sheets.contains(name) || table_sheet.as_ref() == Some(name);
        for missing in kept_sheets.iter().filter(|name| !is_here(name)) {
            differences.add(1, || in_general(missing, "la feuille manque dans le fichier"));
        }
        for added in self.sheets.iter().filter(|name| !kept_sheets.contains(name)) {
            differences.add(1, || in_general(added, "la feuille n’est pas dans le classeur conservé"));
        }
        Some(differences)
    }
}

fn has_enough_of(error: &ReportError) -> bool {
    matches!(error, ReportError::Shelf(message) if message.is_empty())
}

fn sorted(numbers: &HashSet<DossierNumber>) -> Vec<DossierNumber> {
    let mut sorted: Vec<DossierNumber> = numbers.iter().copied().collect();
    sorted.sort_unstable();
    sorted
}

/// Where the row of a sheet is put away.
fn place_of(sheet: usize, row: u32) -> DossierNumber {
    i64::try_from(sheet).unwrap_or(i64::from(u16::MAX)) << 32 | i64::from(row)
}

fn compare_rows(sheet: &str, at: u32, kept: &[Option<Said>], found: &[Option<Said>], differences: &mut Differences) {
    for column in 0..kept.len().max(found.len()) {
        let (kept, found) = (kept.get(column).and_then(Option::as_ref), found.get(column).and_then(Option::as_ref));
        if said::are_same(kept, found) {
            continue;
        }
        differences.add(1, || {
            let name = crate::reports::sheets::column_name(u16::try_from(column).unwrap_or(u16::MAX));
            let place = format!("feuille « {sheet} », cellule {name}{}", u64::from(at) + 1);
            let message = format!("{place} : {} au lieu de {}", told(found), told(kept));
            Difference { dossier: None, place: Some(place), kept: text(kept), found: text(found), message }
        });
    }
}

fn text(said: Option<&Said>) -> Option<String> {
    said.map(ToString::to_string)
}

fn whole(number: DossierNumber, what: &str) -> Difference {
    let message = format!("dossier {number} : {what}");
    Difference { dossier: Some(number), place: None, kept: None, found: None, message }
}

fn in_general(place: &str, what: &str) -> Difference {
    let message = format!("« {place} » : {what}");
    Difference { dossier: None, place: Some(place.to_owned()), kept: None, found: None, message }
}

fn of_column(number: DossierNumber, column: &Column, kept: &str, found: Option<&Said>) -> Difference {
    let said = if kept.is_empty() { "rien".to_owned() } else { format!("« {} »", said::short(kept)) };
    Difference {
        dossier: Some(number),
        place: Some(column.name.to_owned()),
        kept: (!kept.is_empty()).then(|| kept.to_owned()),
        found: text(found),
        message: format!("dossier {number}, {} : {} au lieu de {said}", column.label, told(found)),
    }
}
