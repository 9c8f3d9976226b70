//! The formulas of a workbook: what is read beside its cells, since a program that opens it may compute something else than they say.

use std::collections::BTreeMap;
use std::io::{Read, Seek};

use calamine::{Reader, Xlsx};
use zip::ZipArchive;

use super::ods;
use super::rows::{LARGEST, is_at_most};
use crate::reports::WorkbookFormat;

/// Formulas by sheet, then by row and column, counted from 0.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::reports) struct Formulas(BTreeMap<String, BTreeMap<(u32, u32), String>>);

impl Formulas {
    pub(super) fn place(&mut self, sheet: &str, at: u32, column: u32, formula: &str) {
        if !self.0.contains_key(sheet) {
            self.0.insert(sheet.to_owned(), BTreeMap::new());
        }
        if let Some(cells) = self.0.get_mut(sheet) {
            cells.insert((at, column), plain(formula));
        }
    }

    fn get(&self, sheet: &str, cell: (u32, u32)) -> Option<&str> {
        self.0.get(sheet)?.get(&cell).map(String::as_str)
    }

    /// Those that are not the ones of another workbook in the same cell: sheet, row and column, what it is, and what is there instead.
    pub fn other_than<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a str, (u32, u32), &'a str, Option<&'a str>)> {
        let all = self.0.iter().flat_map(|(sheet, cells)| cells.iter().map(move |cell| (sheet.as_str(), cell)));
        all.map(|(sheet, (cell, formula))| (sheet, *cell, formula.as_str(), other.get(sheet, *cell)))
            .filter(|(.., formula, instead)| Some(*formula) != *instead)
    }
}

/// The formulas; none where they cannot be read.
pub(in crate::reports) fn formulas(format: WorkbookFormat, mut content: impl Read + Seek) -> Option<Formulas> {
    let mut archive = ZipArchive::new(&mut content).ok()?;
    if !is_at_most(LARGEST, &mut archive) {
        return None;
    }
    let mut formulas = Formulas::default();
    match format {
        WorkbookFormat::Ods => ods::formulas(archive, &mut formulas)?,
        WorkbookFormat::Xlsx => {
            drop(archive);
            let mut workbook: Xlsx<_> = Xlsx::new(content).ok()?;
            for sheet in workbook.sheet_names() {
                let mut cells = workbook.worksheet_cells_reader(&sheet).ok()?;
                while let Some(cell) = cells.next_formula().ok()? {
                    let (at, column) = cell.get_position();
                    if !cell.get_value().is_empty() {
                        formulas.place(&sheet, at, column, cell.get_value());
                    }
                }
            }
        }
    }
    Some(formulas)
}

/// A formula without what each format and each program writes its own way: `of:=SUM([.I5:.I10];[$'Liste'.A1])` is `SUM(I5:I10,Liste.A1)`.
fn plain(formula: &str) -> String {
    let formula = formula.strip_prefix("of:").unwrap_or(formula);
    let formula = formula.strip_prefix("oooc:").unwrap_or(formula).trim_start_matches('=');
    let mut plain = String::with_capacity(formula.len());
    let mut is_quoted = false;
    for character in formula.chars() {
        is_quoted ^= character == '"';
        match character {
            _ if is_quoted => plain.push(character),
            '$' | '\'' | '[' | ']' => {}
            _ if character.is_whitespace() => {}
            '!' => plain.push('.'),
            ';' => plain.push(','),
            // A cell of the sheet of the formula.
            '.' if !plain.ends_with(|before: char| before.is_alphanumeric()) => {}
            _ => plain.extend(character.to_uppercase()),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_program_writes_the_same_formula_its_own_way() {
        let ways = [
            "SUMIFS(I5:I10,'Liste'!M5:M10,\"Accepté ; ici\",N5:N10,\"2021-T3\")-1.5",
            "=SUMIFS(I5:I10, $Liste!$M$5:$M$10, \"Accepté ; ici\", N5:N10, \"2021-T3\")-1.5",
            "of:=SUMIFS([.I5:.I10];[$'Liste'.M5:.M10];\"Accepté ; ici\";[.N5:.N10];\"2021-T3\")-1.5",
            "of:=sumifs([.I5:.I10];[$Liste.$M$5:.$M$10];\"Accepté ; ici\";[.N5:.N10];\"2021-T3\")-1.5",
        ];
        for way in ways {
            assert_eq!(plain(way), "SUMIFS(I5:I10,LISTE.M5:M10,\"Accepté ; ici\",N5:N10,\"2021-T3\")-1.5", "{way}");
        }
        assert_ne!(plain("SUM(I5:I10)+1"), plain("SUM(I5:I10)"));
        assert_ne!(plain("SUM(I5:I10)"), plain("SUM(I5:I9)"));
        assert_ne!(plain("COUNTIFS(A1,\"a;b\")"), plain("COUNTIFS(A1,\"a,b\")"));
    }

    #[test]
    fn what_is_not_the_same_in_its_cell_is_another_formula() {
        let of = |cells: &[(u32, &str)]| {
            let mut formulas = Formulas::default();
            for (at, formula) in cells {
                formulas.place("Liste", *at, 2, formula);
            }
            formulas
        };
        let (kept, found) = (of(&[(1, "A1"), (2, "A2"), (4, "A4")]), of(&[(1, "=$A$1"), (2, "A2+1"), (3, "A3")]));
        let other: Vec<_> = found.other_than(&kept).collect();
        assert_eq!(other, [("Liste", (2, 2), "A2+1", Some("A2")), ("Liste", (3, 2), "A3", None)]);
    }
}
