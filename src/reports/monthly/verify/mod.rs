//! A file that somebody has, beside the lists that were kept: which one it is nearest to, and what it says otherwise.
//!
//! What is compared is what cells say, not how: a spreadsheet that saves a list again writes days and amounts its own way, and a CSV
//! that it saved may have another separator, other letters, and codes without their zeros. Of a workbook all sheets are compared, those
//! that people read too, and what stands around their cells or is hidden; not how cells look.

mod document;
mod encoding;
mod said;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{BufRead, Read, Seek, SeekFrom};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::columns::{COLUMNS, Column};
use super::kept::KeptList;
use crate::domain::dossier::DossierNumber;
use crate::domain::period::Month;
use crate::reports::reread::{Around, Formulas, Links, around, format_of, formulas, links, rows};
use crate::reports::shelf::{Pile, Shelf};
use crate::reports::{Cell, ReportError, WorkbookFormat};
use said::Said;

/// So many differences are told; the others are counted.
const MOST_TOLD: usize = 1_000;
/// What a dossier that is missing, or is one too many, weighs beside a cell.
const A_ROW: usize = COLUMNS.len();

/// What is larger is not read: a text without separators, or a JSON of no end of rows, fills memory. A list of a hundred thousand dossiers
/// has 170 MB as JSON, half as much in any other format; one of three times as many is read.
pub const LARGEST: u64 = 500_000_000;

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
    /// How many of those have next to nothing in common with what is kept under their number.
    pub strange: usize,
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
    /// Which list its rows say that they are of: the first that says so.
    edition: Option<String>,
    /// The sheet of the columns, where it has sheets.
    table_sheet: Option<String>,
    /// Where its links lead.
    links: Links,
    formulas: Formulas,
    around: Around,
    rows: Pile<'a, Vec<(String, Said)>>,
    other: Pile<'a, Other>,
}

/// A row of a sheet that is not the one of the columns.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Other {
    at: u32,
    cells: Vec<Option<Said>>,
    /// Column and address.
    links: Vec<(u32, String)>,
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
            edition: None,
            table_sheet: None,
            links: Links::default(),
            formulas: Formulas::default(),
            around: Around::default(),
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

    /// Whether it says of itself that it is not final.
    #[must_use]
    pub fn is_provisional(&self) -> bool {
        let by_head = self.head.as_ref().and_then(|head| head.get("provisoire")).and_then(Value::as_bool);
        by_head.unwrap_or(false)
            || self.edition.as_ref().is_some_and(|edition| edition.split(", ").any(|part| part == "provisoire"))
    }

    /// The month that its rows say that they are of.
    #[must_use]
    pub fn month(&self) -> Option<Month> {
        self.edition.as_ref()?.split(", ").next()?.trim().parse().ok()
    }

    /// Whether it is no copy of that list at all: most of its dossiers are unknown there, or strange.
    #[must_use]
    pub fn is_from_elsewhere(&self, differences: &Differences) -> bool {
        differences.common * 2 < self.numbers.len() || differences.strange * 2 > differences.common
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
            let before = differences.weight;
            for column in &shared {
                let kept = (column.cell)(&row);
                let said = found.iter().find(|(name, _)| name == column.name).map(|(_, said)| said);
                if !said::is(said, &kept, self.is_narrow) {
                    differences.add(1, || of_column(number, column, &kept, said));
                }
            }
            // Of what is empty on both sides, everything agrees.
            let said = shared.iter().filter(|column| (column.cell)(&row) != Cell::Empty).count();
            differences.strange += usize::from((differences.weight - before) * 2 > said.max(4));
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
    pub fn differences_of_sheets(&self, format: WorkbookFormat, mut kept: impl Read + Seek) -> Option<Differences> {
        let mut differences = Differences::default();
        let kept_links = links(format, &mut kept)?;
        kept.seek(SeekFrom::Start(0)).ok()?;
        let kept_formulas = formulas(format, &mut kept)?;
        let kept_around = around(format, &mut kept)?;
        kept.seek(SeekFrom::Start(0)).ok()?;
        let mut left = self.cells.clone();
        let (mut kept_sheets, mut kept_places): (Vec<String>, HashSet<i64>) = Default::default();
        let mut table_sheet: Option<String> = None;
        let mut told_links = HashSet::new();
        // Rows known by what their first cell says, which the file has not: it may say something else there.
        let mut renamed: BTreeMap<(usize, u32), Other> = BTreeMap::new();
        rows(format, kept, &mut |sheet, at, row| {
            if kept_sheets.last().is_none_or(|last| last != sheet) {
                kept_sheets.push(sheet.to_owned());
            }
            if table_sheet.as_deref() == Some(sheet) || (table_sheet.is_none() && table::is_headings(row)) {
                table_sheet = Some(sheet.to_owned());
                return Some(());
            }
            let Some(index) = self.sheets.iter().position(|name| name == sheet) else { return Some(()) };
            let kept = Other { at, cells: said::of_row(row), links: kept_links.of_row(sheet, at) };
            let place = Place { index, at }.of(sheet, &kept.cells, &mut kept_places);
            left.remove(&place);
            match self.other.find(place).ok()? {
                Some(found) => told_links.extend(compare_rows(sheet, &kept, &found, &mut differences)),
                None => match number_of(sheet, &kept.cells) {
                    Some(number) => differences.add(1, || {
                        whole(number, &format!("sa ligne de la feuille « {sheet} » manque, ou est autre part"))
                    }),
                    None => {
                        renamed.insert((index, at), kept);
                    }
                },
            }
            Some(())
        })?;
        for place in sorted(&left) {
            let sheet = self.sheets.get(Place::index_of(place))?;
            if kept_sheets.contains(sheet) {
                let found = self.other.find(place).ok()??;
                let kept = renamed.remove(&(Place::index_of(place), found.at)).unwrap_or_default();
                told_links.extend(compare_rows(sheet, &kept, &found, &mut differences));
            }
        }
        for ((index, at), kept) in renamed {
            compare_rows(self.sheets.get(index)?, &kept, &Other { at, ..Other::default() }, &mut differences);
        }
        // Drawings, and cells that are empty.
        for link in self.links.addresses.difference(&kept_links.addresses).filter(|link| !told_links.contains(*link)) {
            let what = format!("lien vers « {} », qui n’est pas dans le classeur conservé", said::short(link));
            differences.add(1, || of_link("liens".to_owned(), None, link, what));
        }
        if let (Some(here), Some(kept)) = (&self.table_sheet, &table_sheet)
            && here != kept
        {
            differences
                .add(1, || in_general(here, &format!("la feuille s’appelle « {kept} » dans le classeur conservé")));
        }
        let is_here = |name: &String| self.sheets.contains(name) || table_sheet.as_ref() == Some(name);
        for missing in kept_sheets.iter().filter(|name| !is_here(name)) {
            differences.add(1, || in_general(missing, "la feuille manque dans le fichier"));
        }
        for added in self.sheets.iter().filter(|name| !kept_sheets.contains(name)) {
            differences.add(1, || in_general(added, "la feuille n’est pas dans le classeur conservé"));
        }
        let is_here = |place: &str| kept_sheets.iter().any(|name| place.starts_with(&format!("feuille « {name} »")));
        for (place, what) in self.around.beyond(&kept_around) {
            // A sheet that was added is told already.
            if is_here(place) || !place.starts_with("feuille « ") {
                differences.add(1, || {
                    let (place, found) = (Some(place.to_owned()), Some(what.to_owned()));
                    let message = format!("{} : {what}", place.as_deref().unwrap_or_default());
                    Difference { dossier: None, place, kept: None, found, message }
                });
            }
        }
        // What another program would compute, once the cells are the same: formulas move with the rows. One that is gone misleads nobody:
        // what it gave stays.
        let others = self.formulas.other_than(&kept_formulas);
        for (sheet, (at, column), formula, instead) in others.take(if differences.are_none() { usize::MAX } else { 0 })
        {
            differences.add(1, || {
                let place = in_cell(sheet, at, usize::try_from(column).unwrap_or(usize::MAX));
                let kept =
                    instead.map_or_else(|| "d’aucune".to_owned(), |kept| format!("de « {} »", said::short(kept)));
                let message = format!("{place} : la formule « {} » au lieu {kept}", said::short(formula));
                of_link(place, instead, formula, message)
            });
        }
        Some(differences)
    }
}

/// The sheet that people read: its rows are known by what they are about, wherever they stand.
const READ: &str = "Liste";

/// Where a row stands.
struct Place {
    index: usize,
    at: u32,
}

impl Place {
    const BY_NUMBER: u32 = 1 << 30;
    const BY_NAME: u32 = 1 << 29;

    /// What a row is found under: its dossier, or what its first cell says; where that was met before, its place.
    fn of(&self, sheet: &str, row: &[Option<Said>], met: &mut HashSet<i64>) -> i64 {
        let by_content = || {
            let number = number_of(sheet, row).and_then(|number| u32::try_from(number).ok());
            let name = || row.first()?.as_ref().map(|said| hash(&said.to_string()));
            let whole = |kind, low| (self.place(kind), low);
            let (kind, low) = match number {
                Some(number) => whole(Self::BY_NUMBER, number),
                None if sheet == READ => whole(Self::BY_NAME, name()?),
                None => return None,
            };
            Some(kind | i64::from(low))
        };
        by_content().filter(|place| met.insert(*place)).unwrap_or_else(|| self.place(0) | i64::from(self.at))
    }

    fn place(&self, kind: u32) -> i64 {
        i64::from(kind | u32::try_from(self.index).unwrap_or(0).min(Self::BY_NAME - 1)) << 32
    }

    fn index_of(place: i64) -> usize {
        usize::try_from((place >> 32) & i64::from(Self::BY_NAME - 1)).unwrap_or(usize::MAX)
    }
}

/// FNV-1a.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811C_9DC5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The dossier that a row of the sheet that people read is about.
fn number_of(sheet: &str, row: &[Option<Said>]) -> Option<DossierNumber> {
    let said = row.get(1).filter(|_| sheet == READ)?.as_ref()?;
    match said {
        Said::Text(text) => text.trim().parse().ok().filter(|number| *number > 0),
        // A spreadsheet took it for a number; sums count their rows there.
        Said::Number(number) => i64::try_from(*number).ok().filter(|number| *number > 99_999),
        Said::Day(_) => None,
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

/// Tells what two rows say otherwise, and returns where the links lead that were told: those that the kept row has not in their cell.
/// A link that is gone misleads nobody: spreadsheets leave some out.
fn compare_rows(sheet: &str, kept: &Other, found: &Other, differences: &mut Differences) -> Vec<String> {
    for column in 0..kept.cells.len().max(found.cells.len()) {
        let of = |row: &[Option<Said>]| row.get(column).cloned().flatten();
        let (kept, was) = (of(&kept.cells), of(&found.cells));
        let (kept, was) = (kept.as_ref(), was.as_ref());
        if said::are_same(kept, was) {
            continue;
        }
        differences.add(1, || {
            let place = in_cell(sheet, found.at, column);
            let [found, kept] = said::together(was, kept);
            let message = format!("{place} : {}", said::instead(found.as_deref(), kept.as_deref()));
            Difference { dossier: None, place: Some(place), kept, found, message }
        });
    }
    let mut told = Vec::new();
    for link in found.links.iter().filter(|link| !kept.links.contains(link)) {
        let (column, address) = link;
        let kept = kept.links.iter().find(|(other, _)| other == column).map(|(_, address)| address.as_str());
        differences.add(1, || {
            let place = in_cell(sheet, found.at, usize::try_from(*column).unwrap_or(usize::MAX));
            let instead =
                kept.map_or_else(|| "d’aucun lien".to_owned(), |kept| format!("de « {} »", said::short(kept)));
            let message = format!("{place} : le lien mène à « {} » au lieu {instead}", said::short(address));
            of_link(place, kept, address, message)
        });
        told.push(address.clone());
    }
    told
}

fn in_cell(sheet: &str, at: u32, column: usize) -> String {
    let name = crate::reports::sheets::column_name(u16::try_from(column).unwrap_or(u16::MAX));
    format!("feuille « {sheet} », cellule {name}{}", u64::from(at) + 1)
}

fn of_link(place: String, kept: Option<&str>, found: &str, message: String) -> Difference {
    let kept = kept.map(str::to_owned);
    Difference { dossier: None, place: Some(place), kept, found: Some(found.to_owned()), message }
}

fn whole(number: DossierNumber, what: &str) -> Difference {
    let message = format!("dossier {number} : {what}");
    Difference { dossier: Some(number), place: None, kept: None, found: None, message }
}

fn in_general(place: &str, what: &str) -> Difference {
    let message = format!("« {place} » : {what}");
    Difference { dossier: None, place: Some(place.to_owned()), kept: None, found: None, message }
}

fn of_column(number: DossierNumber, column: &Column, kept: &Cell, found: Option<&Said>) -> Difference {
    let found = found.map(|found| said::as_the_other(found, kept));
    let kept = Some(kept.to_string()).filter(|kept| !kept.is_empty());
    let instead = said::instead(found.as_deref(), kept.as_deref());
    Difference {
        dossier: Some(number),
        place: Some(column.name.to_owned()),
        message: format!("dossier {number}, {} : {instead}", column.label),
        kept,
        found,
    }
}
