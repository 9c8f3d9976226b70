//! The list as one JSON document: for programs, and to be read back by [`super::KeptList`].

use std::cell::RefCell;
use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{Error as _, SerializeSeq as _, Serializer};

use super::MonthlyList;
use super::columns::COLUMNS;
use super::line::Lines;
use super::row::{Evolution, ListRow};
use super::totals::Total;
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::to_rfc3339;
use crate::domain::period::{Month, Period as _};
use crate::domain::text::escaped_json;
use crate::files::Hasher;
use crate::reports::ReportError;

/// What the document says it is.
pub const KIND: &str = "liste-demat-ads";

#[derive(Serialize)]
struct Document<'a> {
    kind: &'static str,
    month: String,
    arrete_au: String,
    etabli_le: String,
    provisoire: bool,
    raisons: &'a [String],
    demarches_en_retard: &'a [String],
    revision: u32,
    comparee_a: Option<Compared>,
    /// The list that it should be compared with, and that can no longer be read. Left out where there is none, as it was before
    /// lists could say so: what a kept list says is compared by its JSON.
    #[serde(skip_serializing_if = "Option::is_none")]
    non_comparee_a: Option<Compared>,
    colonnes: Vec<&'static str>,
    region: &'static str,
    dossiers_deposes: usize,
    retires_non_acceptes: usize,
    ecartes: &'a [DossierNumber],
    illisibles: Vec<DossierNumber>,
    rows: &'a Rows<'a>,
    totals: &'a [Total],
}

#[derive(Serialize)]
struct Compared {
    month: String,
    revision: u32,
}

impl Compared {
    fn of((month, revision): (Month, u32)) -> Self {
        Self { month: month.to_string(), revision }
    }
}

/// Writes the document: amounts as decimal strings or null, days as `YYYY-MM-DD`, instants in UTC.
///
/// # Errors
/// What keeps it from being written, or its rows from being read.
pub fn write(list: &MonthlyList, lines: &Lines<'_>, to: impl Write) -> Result<(), ReportError> {
    let rows = Rows { lines, is_alone: false, refused: RefCell::default() };
    write_document(&Document::of(list, &rows), to)
}

/// The hexadecimal SHA-256 of the document of a final list, as if it were the only one: whenever two are made, they are the same when
/// they say the same.
///
/// # Errors
/// What keeps its rows from being read.
pub fn says(list: &MonthlyList, lines: &Lines<'_>) -> Result<String, ReportError> {
    let mut digest = Hasher::default();
    write_alone(list, lines, &mut digest)?;
    Ok(digest.hexadecimal())
}

/// The document whose digest names what a list says.
pub(super) fn write_alone(list: &MonthlyList, lines: &Lines<'_>, to: impl Write) -> Result<(), ReportError> {
    let rows = Rows { lines, is_alone: true, refused: RefCell::default() };
    let document = Document {
        etabli_le: to_rfc3339(list.month.ends_before()),
        revision: 0,
        comparee_a: None,
        non_comparee_a: None,
        ..Document::of(list, &rows)
    };
    write_document(&document, to)
}

fn write_document(document: &Document<'_>, to: impl Write) -> Result<(), ReportError> {
    let mut to = Escaped(to);
    let written = serde_json::to_writer_pretty(&mut to, document);
    if let Some(refused) = document.rows.refused.take() {
        return Err(refused);
    }
    written?;
    Ok(to.write_all(b"\n")?)
}

impl<'a> Document<'a> {
    fn of(list: &'a MonthlyList, rows: &'a Rows<'a>) -> Self {
        Self {
            kind: KIND,
            month: list.month.to_string(),
            arrete_au: to_rfc3339(list.closed_at),
            etabli_le: to_rfc3339(list.drawn_up_at),
            provisoire: list.is_provisional(),
            raisons: &list.provisional,
            demarches_en_retard: &list.behind,
            revision: list.revision,
            comparee_a: list.compared_with.map(Compared::of),
            non_comparee_a: list.not_compared.map(Compared::of),
            colonnes: COLUMNS.iter().map(|column| column.name).collect(),
            region: list.region.name,
            dossiers_deposes: list.count.filed(),
            retires_non_acceptes: list.count.removed,
            ecartes: &list.excluded,
            illisibles: list.tally.unreadable().collect(),
            rows,
            totals: &list.totals,
        }
    }
}

/// The rows of a document, which come one by one.
struct Rows<'a> {
    lines: &'a Lines<'a>,
    /// As if there were no other list.
    is_alone: bool,
    /// What kept a row from being read.
    refused: RefCell<Option<ReportError>>,
}

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut rows = serializer.serialize_seq(None)?;
        let mut unwritten = None;
        let read = self.lines.each(|line| {
            let written = match (self.is_alone, line.row.evolution) {
                (true, Evolution::Retire) => return Ok(()),
                (true, _) => rows.serialize_element(&ListRow {
                    evolution: Evolution::Nouveau,
                    colonnes_modifiees: Vec::new(),
                    edition: String::new(),
                    ..line.row.clone()
                }),
                (false, _) => rows.serialize_element(&line.row),
            };
            written.map_err(|error| {
                unwritten = Some(error);
                ReportError::Shelf(String::new())
            })
        });
        match (unwritten, read) {
            (Some(error), _) => Err(error),
            (None, Err(refused)) => {
                let told = S::Error::custom(&refused);
                self.refused.replace(Some(refused));
                Err(told)
            }
            (None, Ok(())) => rows.end(),
        }
    }
}

/// Writes a JSON text so that nothing in it steers a terminal or turns the direction of writing.
struct Escaped<W>(W);

impl<W: Write> Write for Escaped<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // Whole characters come: the serializer cuts texts at ASCII signs only.
        match std::str::from_utf8(bytes) {
            Ok(text) if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) => self.0.write_all(bytes)?,
            Ok(text) => self.0.write_all(escaped_json(text).as_bytes())?,
            Err(_) => return Err(io::ErrorKind::InvalidData.into()),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}
