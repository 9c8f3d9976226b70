//! A list that was kept, read back from its JSON document.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::json::KIND;
use super::row::{Evolution, ListRow};
use crate::domain::period::Month;
use crate::reports::ReportError;

/// The rows of a list kept earlier, to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptList {
    /// Its month.
    pub month: Month,
    /// 0 for the first list of the month, then the number of the correction.
    pub revision: u32,
    /// The columns that it had: a column added to the program since then is not compared.
    pub columns: BTreeSet<String>,
    /// As they were sent, withdrawn ones included.
    pub rows: Vec<ListRow>,
}

#[derive(Deserialize)]
struct Document {
    kind: String,
    month: String,
    revision: u32,
    colonnes: BTreeSet<String>,
    rows: Vec<ListRow>,
}

impl KeptList {
    /// Reads the document that [`super::json::write`] made.
    ///
    /// # Errors
    /// [`ReportError::KeptList`] when it is not such a document.
    pub fn from_json(document: &[u8]) -> Result<Self, ReportError> {
        let document: Document = serde_json::from_slice(document)
            .map_err(|error| ReportError::KeptList { line: error.line(), column: error.column() })?;
        let foreign = ReportError::KeptList { line: 1, column: 1 };
        if document.kind != KIND {
            return Err(foreign);
        }
        let Ok(month) = document.month.parse() else { return Err(foreign) };
        Ok(Self { month, revision: document.revision, columns: document.colonnes, rows: document.rows })
    }

    /// The rows that were not withdrawn already.
    pub(super) fn rows_still_there(&self) -> impl Iterator<Item = &ListRow> {
        self.rows.iter().filter(|row| row.evolution != Evolution::Retire)
    }
}
