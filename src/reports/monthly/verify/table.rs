//! The rows of a list, read from each kind of file.

use std::io::{BufRead, Read, Seek, SeekFrom};

use calamine::Data;
use csv::{ReaderBuilder, StringRecord};

use super::document::Had;
use super::encoding::decoded;
use super::said::{self, Said};
use super::{Difference, Found, LARGEST, Other, Place, Shape, document, in_cell, in_general, of_link, whole};
use crate::domain::dossier::DossierNumber;
use crate::reports::monthly::columns::COLUMNS;
use crate::reports::reread::{around, formulas, links, rows};
use crate::reports::{Cell, ReportError, WorkbookFormat};

/// The column that each row has.
const NUMBER: &str = "numero_dossier";
/// The column that says which list a row is of.
const EDITION: &str = "edition";
/// The column with the address of a dossier.
const ADDRESS: &str = "lien_ds";

/// Whether a row of a sheet has the headings of the list. Its notice names them too, one a row.
pub(super) fn is_headings(row: &[Data]) -> bool {
    let has = |name: &str| row.iter().any(|cell| matches!(cell, Data::String(text) if text == name));
    has(NUMBER) && has("etat")
}

impl Found<'_> {
    pub(super) fn read_csv(&mut self, content: &mut (impl BufRead + Seek)) -> Result<bool, ReportError> {
        let mut bytes = Vec::new();
        content.by_ref().take(LARGEST + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > LARGEST {
            return Ok(false);
        }
        let (text, is_narrow) = decoded(bytes);
        for separator in [b';', b'\t', b','] {
            let mut reader = ReaderBuilder::new()
                .delimiter(separator)
                .flexible(true)
                .has_headers(false)
                .from_reader(text.as_bytes());
            let mut record = StringRecord::new();
            if !reader.read_record(&mut record).unwrap_or(false) || !record.iter().any(|cell| cell.trim() == NUMBER) {
                continue;
            }
            let headings: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
            self.is_narrow = is_narrow;
            self.take_headings(&headings);
            let mut at = 1;
            while reader.read_record(&mut record).unwrap_or(false) {
                at += 1;
                self.take_row(&headings, record.iter().map(Said::text).collect(), at)?;
            }
            return Ok(reader.is_done());
        }
        Ok(false)
    }

    pub(super) fn read_json(&mut self, content: &mut impl BufRead) -> Result<bool, ReportError> {
        self.shape = Shape::Json;
        let mut at = 0;
        let read = document::read_all(content.take(LARGEST), |row, repeated| {
            at += 1;
            let said = |column: &super::Column| match (column.cell)(&row) {
                Cell::Empty => None,
                Cell::Date(day) => Some((column.name.to_owned(), Said::Day(day))),
                Cell::Amount(amount) => Some((column.name.to_owned(), Said::Number(amount.to_decimal()))),
                cell => Said::text(&cell.to_string()).map(|said| (column.name.to_owned(), said)),
            };
            self.edition.get_or_insert_with(|| row.edition.clone());
            let (number, cells) = (row.numero_dossier, COLUMNS.iter().filter_map(said).collect());
            self.odd
                .extend(repeated.iter().map(|name| whole(number, &format!("« {name} » est deux fois dans sa ligne"))));
            if self.is_first(number) { self.rows.put("", number, &cells) } else { Ok(()) }
        });
        match read {
            Ok(Had { list, head, repeated, foreign }) => {
                self.odd.extend(repeated.iter().map(|name| in_general(name, "ce nom est deux fois dans le fichier")));
                self.columns = list.columns;
                self.foreign = foreign;
                self.head = Some(head);
                Ok(true)
            }
            Err(ReportError::KeptList { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn read_workbook(
        &mut self,
        format: WorkbookFormat,
        mut content: impl Read + Seek,
    ) -> Result<bool, ReportError> {
        self.shape = Shape::Workbook(format);
        let Some(links) = links(format, &mut content) else { return Ok(false) };
        self.links = links;
        content.seek(SeekFrom::Start(0))?;
        let Some(formulas) = formulas(format, &mut content) else { return Ok(false) };
        self.formulas = formulas;
        let Some(around) = around(format, &mut content) else { return Ok(false) };
        self.around = around;
        content.seek(SeekFrom::Start(0))?;
        let mut table: Option<(String, Vec<String>)> = None;
        let mut refused = None;
        let read = rows(format, content, &mut |sheet, at, row| {
            let taken = match &table {
                Some((name, headings)) if name == sheet => {
                    self.take_links_of_table(sheet, at, headings, row);
                    self.take_row(headings, said::of_row(row), u64::from(at) + 1)
                }
                None if is_headings(row) => {
                    let headings: Vec<String> = row.iter().map(|cell| cell.to_string().trim().to_owned()).collect();
                    self.take_headings(&headings);
                    self.table_sheet = Some(sheet.to_owned());
                    table = Some((sheet.to_owned(), headings));
                    Ok(())
                }
                _ => self.take_other(sheet, at, row),
            };
            taken.map_err(|error| refused = Some(error)).ok()
        });
        match (refused, read, table) {
            (Some(error), ..) => Err(error),
            (None, Some(()), Some(_)) => Ok(true),
            _ => Ok(false),
        }
    }

    fn take_headings(&mut self, headings: &[String]) {
        let known = |name: &&String| COLUMNS.iter().any(|column| column.name == name.as_str());
        self.columns = headings.iter().filter(known).cloned().collect();
        for (index, name) in headings.iter().enumerate() {
            if headings[..index].contains(name) && !name.is_empty() {
                self.odd.push(in_general(name, "la colonne est deux fois dans le fichier"));
            }
        }
    }

    fn take_row(&mut self, headings: &[String], cells: Vec<Option<Said>>, at: u64) -> Result<(), ReportError> {
        let mut named: Vec<(String, Said)> = Vec::new();
        for (index, cell) in cells.into_iter().enumerate() {
            let Some(said) = cell else { continue };
            match headings.get(index).filter(|name| !name.is_empty()) {
                Some(name) if self.columns.contains(name) => named.push((name.clone(), said)),
                Some(name) => {
                    self.foreign.insert(name.clone());
                }
                None => self.odd.push(beyond(at, &said)),
            }
        }
        if named.is_empty() {
            return Ok(());
        }
        if let (None, Some((_, said))) = (&self.edition, named.iter().find(|(name, _)| name == EDITION)) {
            self.edition = Some(said.to_string());
        }
        let number = named.iter().find(|(name, _)| name == NUMBER).and_then(|(_, said)| number_of(said));
        let Some(number) = number else {
            let message = format!("ligne {at} : aucun numéro de dossier lisible");
            self.odd.push(Difference { dossier: None, place: None, kept: None, found: None, message });
            return Ok(());
        };
        if self.is_first(number) { self.rows.put("", number, &named) } else { Ok(()) }
    }

    /// Whether a dossier was not met yet.
    fn is_first(&mut self, number: DossierNumber) -> bool {
        let is_first = self.numbers.insert(number);
        if !is_first {
            self.odd.push(whole(number, "est deux fois dans le fichier"));
        }
        is_first
    }

    /// In the sheet of the columns a link may lead where its own text says, or to the dossier of its row.
    fn take_links_of_table(&mut self, sheet: &str, at: u32, headings: &[String], row: &[Data]) {
        let text = |column: usize| row.get(column).map(ToString::to_string).unwrap_or_default();
        let of_row = headings.iter().position(|name| name == ADDRESS).map(text);
        for (column, address) in self.links.of_row(sheet, at) {
            let column = usize::try_from(column).unwrap_or(usize::MAX);
            if text(column).trim() != address && of_row.as_ref() != Some(&address) {
                let place = in_cell(sheet, at, column);
                let message = format!("{place} : un lien mène à « {} »", said::short(&address));
                self.odd.push(of_link(place, None, &address, message));
            }
        }
    }

    fn take_other(&mut self, sheet: &str, at: u32, row: &[Data]) -> Result<(), ReportError> {
        let index = self.sheets.iter().position(|name| name == sheet).unwrap_or_else(|| {
            self.sheets.push(sheet.to_owned());
            self.sheets.len() - 1
        });
        let row = Other { at, cells: said::of_row(row), links: self.links.of_row(sheet, at) };
        let place = Place { index, at }.of(sheet, &row.cells, &mut self.cells);
        self.cells.insert(place);
        self.other.put("", place, &row)
    }
}

fn beyond(at: u64, said: &Said) -> Difference {
    let found = said.to_string();
    let message = format!("ligne {at} : « {} » à droite des colonnes de la liste", said::short(&said.to_string()));
    Difference { dossier: None, place: None, kept: None, found: Some(found), message }
}

fn number_of(said: &Said) -> Option<DossierNumber> {
    match said {
        Said::Number(number) => (number.normalize().scale() == 0).then(|| i64::try_from(*number).ok()).flatten(),
        Said::Text(text) => text.trim().parse().ok(),
        Said::Day(_) => None,
    }
}
