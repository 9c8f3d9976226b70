//! The sheet that people read: a line a dossier, by département with its subtotal; what is out of the totals last, and why.

use std::collections::BTreeMap;

use super::shown::{COMPUTED, COUNTED, EXPENSES, NUMBER, SHOWN, cells, is_in_totals};
use super::{head, layout};
use crate::domain::money::Cents;
use crate::domain::text::counted;
use crate::reports::monthly::{Evolution, Lines, ListRow, MonthlyList, Perimeter, Total};
use crate::reports::sheets::{Area, Formula, Layout, Line, Tone, Value, Workbook, roomy};
use crate::reports::{Cell, ReportError};

pub(super) const NAME: &str = "Liste";

/// The rows of each département, by code: the first and the last.
pub(super) type Groups = BTreeMap<String, (u32, u32)>;

/// Fills the sheet.
pub(super) fn add(workbook: &mut Workbook<'_>, list: &MonthlyList, lines: &Lines<'_>) -> Result<Groups, ReportError> {
    let headings = SHOWN.each_ref().map(|column| column.heading);
    let widths = roomy(&SHOWN.each_ref().map(|column| column.width), &headings);
    workbook.sheet(&Layout { frozen_columns: 3, ..layout(list, NAME, &widths) })?;
    head(workbook, list)?;
    workbook.line(Line::Note, "Seul le montant compté entre dans les totaux : celui d’un dossier accepté à la date d’arrêté, dans un département suivi. En bleu : ce qui a changé depuis la liste précédente. Les codes et le détail sont dans « Toutes les colonnes », les règles dans la « Notice ».")?;
    workbook.blank()?;
    workbook.headings(&headings)?;
    let mut counting = Counting { workbook, list, open: None, groups: Groups::new(), subtotals: Vec::new() };
    lines.each(|line| if is_in_totals(&line.row) { counting.add(&line.row) } else { Ok(()) })?;
    let groups = counting.finish()?;
    for apart in Apart::ALL {
        apart.add(workbook, list, lines)?;
    }
    Ok(groups)
}

/// What rows add up to.
#[derive(Clone, Copy, Default)]
struct Sums {
    rows: usize,
    expenses: Cents,
    computed: Cents,
    counted: Cents,
}

impl Sums {
    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.expenses += other.expenses;
        self.computed += other.computed;
        self.counted += other.counted;
    }

    fn of(row: &ListRow) -> Self {
        Self {
            rows: 1,
            expenses: row.depenses_eligibles.unwrap_or_default(),
            computed: row.montant_calcule.unwrap_or_default(),
            counted: row.montant_compte.unwrap_or_default(),
        }
    }

    /// A row that says so, each sum by its formula.
    fn cells(self, name: String, formula: impl Fn(u16) -> Formula) -> Vec<Value> {
        let amount = |column, amount| Value::computed(formula(column), Cell::Amount(amount));
        let mut cells: Vec<Value> = SHOWN.iter().map(|_| Cell::Empty.into()).collect();
        let sums = [
            (EXPENSES, amount(EXPENSES, self.expenses)),
            (COMPUTED, amount(COMPUTED, self.computed)),
            (COUNTED, amount(COUNTED, self.counted)),
            (NUMBER, Value::computed(formula(NUMBER), Cell::count(self.rows))),
            (0, Cell::text(name).into()),
            // The number stands against the edge of its cell.
            (2, Cell::text(if self.rows < 2 { "\u{a0}demande" } else { "\u{a0}demandes" }).into()),
        ];
        for (column, value) in sums {
            cells[usize::from(column)] = value;
        }
        cells
    }
}

/// The rows that the totals speak of, as they come.
struct Counting<'a, 'w> {
    workbook: &'a mut Workbook<'w>,
    list: &'a MonthlyList,
    /// The département whose rows are being written: code, first row, sums.
    open: Option<(String, u32, Sums)>,
    groups: Groups,
    /// The rows of subtotals, and what they say.
    subtotals: Vec<(u32, Sums)>,
}

impl Counting<'_, '_> {
    fn add(&mut self, row: &ListRow) -> Result<(), ReportError> {
        let code = row.departement.clone().unwrap_or_default();
        if self.open.as_ref().is_none_or(|(open, ..)| *open != code) {
            self.close()?;
            let total = self.list.totals.iter().find(|total| total.departement.as_ref() == Some(&code));
            let heading = total.map_or_else(|| code.clone(), |total| departement_heading(&code, total));
            self.workbook.row(Tone::Group, group(heading))?;
            self.open = Some((code, self.workbook.next_row(), Sums::default()));
        }
        self.workbook.row(Tone::Plain, cells(row))?;
        if let Some((.., sums)) = &mut self.open {
            sums.add(Sums::of(row));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), ReportError> {
        let Some((code, first, sums)) = self.open.take() else { return Ok(()) };
        let last = self.workbook.next_row().saturating_sub(1);
        let formula = |column| match column {
            NUMBER => Formula::Filled(Area::new(NUMBER, first, last)),
            column => Formula::Sum(vec![Area::new(column, first, last)]),
        };
        let at = self.workbook.row(Tone::Strong, sums.cells(format!("Sous-total {code}"), formula))?;
        self.groups.insert(code, (first, last));
        self.subtotals.push((at, sums));
        Ok(())
    }

    /// Adds the sum of all, once there is something to sum.
    fn finish(mut self) -> Result<Groups, ReportError> {
        self.close()?;
        let mut together = Sums::default();
        self.subtotals.iter().for_each(|(_, sums)| together.add(*sums));
        if !self.subtotals.is_empty() {
            let rows = || self.subtotals.iter().map(|(at, _)| *at);
            let formula = |column| Formula::Sum(rows().map(|at| Area::cell(column, at)).collect());
            self.workbook.blank()?;
            self.workbook.row(Tone::Strong, together.cells("Ensemble".to_owned(), formula))?;
        }
        Ok(self.groups)
    }
}

/// `Seine-Saint-Denis (93) : 12 demandes, dont 4 acceptées`.
fn departement_heading(code: &str, total: &Total) -> String {
    format!("{} ({code})\u{a0}: {}", total.libelle.replace('\'', "’"), total.told())
}

/// A row that names those that follow.
fn group(heading: String) -> Vec<Cell> {
    std::iter::once(Cell::text(heading)).chain(SHOWN.iter().skip(1).map(|_| Cell::Empty)).collect()
}

/// Why rows are out of the totals.
#[derive(Clone, Copy)]
enum Apart {
    Lies(Perimeter),
    Left,
}

impl Apart {
    const ALL: [Self; 4] = [
        Self::Lies(Perimeter::HorsPerimetre),
        Self::Lies(Perimeter::Inconnu),
        Self::Lies(Perimeter::Illisible),
        Self::Left,
    ];

    fn is_of(self, row: &ListRow) -> bool {
        match self {
            Self::Lies(perimetre) => row.perimetre == perimetre && row.evolution != Evolution::Retire,
            Self::Left => row.evolution == Evolution::Retire,
        }
    }

    fn rows(self, list: &MonthlyList) -> usize {
        match self {
            Self::Lies(perimetre) => {
                list.totals.iter().filter(|total| total.perimetre == perimetre).map(|total| total.demandes).sum()
            }
            Self::Left => list.tally.of(Evolution::Retire),
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Lies(Perimeter::HorsPerimetre) => "demandeur hors des départements suivis (ADS-10)",
            Self::Lies(Perimeter::Illisible) => "contenu enregistré illisible",
            Self::Lies(Perimeter::Suivi | Perimeter::Inconnu) => "département du demandeur inconnu (ADS-10)",
            Self::Left => "retiré depuis la liste précédente, montré une dernière fois",
        }
    }

    fn add(self, workbook: &mut Workbook<'_>, list: &MonthlyList, lines: &Lines<'_>) -> Result<(), ReportError> {
        let rows = self.rows(list);
        if rows == 0 {
            return Ok(());
        }
        let heading = format!("Hors des totaux\u{a0}: {} — {}", self.reason(), counted(rows, "dossier", "dossiers"));
        workbook.blank()?;
        workbook.row(Tone::Group, group(heading))?;
        lines.each(|line| {
            if self.is_of(&line.row) {
                workbook.row(Tone::Muted, cells(&line.row))?;
            }
            Ok(())
        })
    }
}
