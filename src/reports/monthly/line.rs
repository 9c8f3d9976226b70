//! The rows of a list, put away until the writers ask for them.

use serde::{Deserialize, Serialize};

use super::MonthlyList;
use super::changes::{ColumnChange, changes_of};
use super::row::{Evolution, ListRow};
use crate::domain::dossier::DossierNumber;
use crate::reports::ReportError;
use crate::reports::amounts::Amounts;
use crate::reports::shelf::{Pile, Shelf};

/// The rows of a list, and the ones that they are compared with.
const LINES: &str = "lines";
/// The rows of the list kept last.
const PREVIOUS: &str = "previous";
/// What stays of erased dossiers that are no longer shown.
const STAYS: &str = "stays";

/// A row, and what the list kept last said of its dossier where that is another thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// As it is shown.
    pub row: ListRow,
    pub(super) before: Option<ListRow>,
}

impl Line {
    /// The columns that no longer say the same, in their order.
    #[must_use]
    pub fn changes(&self) -> Vec<ColumnChange> {
        self.before.as_ref().map(|before| changes_of(before, &self.row)).unwrap_or_default()
    }
}

/// A row as it is put away: what the document has of it, and what that leaves out.
#[derive(Serialize, Deserialize)]
struct Stored {
    row: ListRow,
    communes_en_double: Vec<String>,
    counted: Option<Amounts>,
    decided_since: bool,
}

impl Stored {
    fn of(row: &ListRow) -> Self {
        let communes_en_double = row.communes_en_double.clone();
        Self { counted: row.counted, decided_since: row.decided_since, communes_en_double, row: row.clone() }
    }

    fn row(self) -> ListRow {
        let Self { row, communes_en_double, counted, decided_since } = self;
        ListRow { communes_en_double, counted, decided_since, ..row }
    }
}

/// The rows of a list that is drawn up, in the order of the list.
pub struct Lines<'a> {
    rows: Pile<'a, (Stored, Option<Stored>)>,
    previous: Pile<'a, Stored>,
    stays: Pile<'a, Stored>,
    /// What each row says of the list that it belongs to; empty as long as the list is drawn up.
    edition: String,
}

impl<'a> Lines<'a> {
    /// Those that are on a shelf.
    #[must_use]
    pub fn new(shelf: &'a dyn Shelf) -> Self {
        Self {
            rows: Pile::new(shelf, LINES),
            previous: Pile::new(shelf, PREVIOUS),
            stays: Pile::new(shelf, STAYS),
            edition: String::new(),
        }
    }

    /// The same, as rows of a list.
    #[must_use]
    pub(super) fn of(self, list: &MonthlyList) -> Self {
        Self { edition: list.edition(), ..self }
    }

    /// Calls `each` with every line.
    ///
    /// # Errors
    /// What keeps a line from being read, or what `each` returns.
    pub fn each(&self, mut each: impl FnMut(&Line) -> Result<(), ReportError>) -> Result<(), ReportError> {
        self.rows.each(|(row, before)| {
            let row = ListRow { edition: self.edition.clone(), ..row.row() };
            each(&Line { row, before: before.map(Stored::row) })
        })
    }

    /// The same of those that became something since the list kept last.
    pub(super) fn each_that(
        &self,
        list: &MonthlyList,
        evolution: Evolution,
        mut each: impl FnMut(&Line) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        if list.tally.of(evolution) == 0 {
            return Ok(());
        }
        self.each(|line| if line.row.evolution == evolution { each(line) } else { Ok(()) })
    }

    pub(super) fn put(&self, line: &Line) -> Result<(), ReportError> {
        let row = &line.row;
        // Those of no département come first.
        let key = row.departement.as_ref().map_or(String::new(), |code| format!("={code}"));
        self.rows.put(&key, row.numero_dossier, &(Stored::of(row), line.before.as_ref().map(Stored::of)))
    }

    pub(super) fn has(&self, number: DossierNumber) -> Result<bool, ReportError> {
        Ok(self.rows.find(number)?.is_some())
    }

    /// Takes in a row of the list kept last.
    ///
    /// # Errors
    /// What keeps it from being put away.
    pub fn put_previous(&self, row: &ListRow) -> Result<(), ReportError> {
        // What was withdrawn already is withdrawn no more.
        if row.evolution == Evolution::Retire {
            return Ok(());
        }
        self.previous.put("", row.numero_dossier, &Stored::of(row))
    }

    pub(super) fn previous(&self, number: DossierNumber) -> Result<Option<ListRow>, ReportError> {
        Ok(self.previous.find(number)?.map(Stored::row))
    }

    pub(super) fn each_previous(
        &self,
        mut each: impl FnMut(ListRow) -> Result<(), ReportError>,
    ) -> Result<(), ReportError> {
        self.previous.each(|stored| each(stored.row()))
    }

    pub(super) fn put_stays(&self, row: &ListRow) -> Result<(), ReportError> {
        self.stays.put("", row.numero_dossier, &Stored::of(row))
    }

    pub(super) fn stays(&self, number: DossierNumber) -> Result<Option<ListRow>, ReportError> {
        Ok(self.stays.find(number)?.map(Stored::row))
    }
}
