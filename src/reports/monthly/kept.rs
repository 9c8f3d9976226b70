//! A list that was kept, read back from its JSON document, row by row.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::json::KIND;
use super::row::ListRow;
use crate::domain::period::Month;
use crate::reports::ReportError;

/// A list kept earlier, to compare with; its rows come by themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptList {
    /// Its month.
    pub month: Month,
    /// 0 for the first list of the month, then the number of the correction.
    pub revision: u32,
    /// The columns that it had: a column added to the program since then is not compared.
    pub columns: BTreeSet<String>,
}

/// What the document has, but for its rows.
#[derive(Default)]
struct Head {
    kind: Option<String>,
    month: Option<String>,
    revision: Option<u32>,
    columns: Option<BTreeSet<String>>,
    totals: Vec<KeptTotal>,
    has_rows: bool,
}

/// A line of the sums, as far as it is read back.
#[derive(Debug, Deserialize)]
pub(super) struct KeptTotal {
    pub departement: Option<String>,
    #[serde(default)]
    pub perimetre: String,
    #[serde(default)]
    pub montant_accorde: String,
}

impl KeptList {
    /// Reads the document that [`super::json::write`] made, and calls `each` with its rows, as they were sent, withdrawn ones
    /// included.
    ///
    /// # Errors
    /// [`ReportError::KeptList`] when it is not such a document: some of its rows may have been told by then. What `each` returns.
    pub fn read(
        document: impl Read,
        each: impl FnMut(ListRow) -> Result<(), ReportError>,
    ) -> Result<Self, ReportError> {
        Self::read_with_totals(document, each).map(|(list, _)| list)
    }

    pub(super) fn read_with_totals(
        document: impl Read,
        mut each: impl FnMut(ListRow) -> Result<(), ReportError>,
    ) -> Result<(Self, Vec<KeptTotal>), ReportError> {
        let (mut head, mut refused) = (Head::default(), None);
        let mut deserializer = serde_json::Deserializer::from_reader(document);
        let read = Document { head: &mut head, each: &mut each, refused: &mut refused }
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end());
        if let Some(refused) = refused {
            return Err(refused);
        }
        read.map_err(|error| ReportError::KeptList { line: error.line(), column: error.column() })?;
        let foreign = || ReportError::KeptList { line: 1, column: 1 };
        let Head { kind, month, revision, columns, totals, has_rows } = head;
        let month = month.and_then(|month| month.parse().ok());
        let (Some(KIND), Some(month), true) = (kind.as_deref(), month, has_rows) else { return Err(foreign()) };
        let (Some(revision), Some(columns)) = (revision, columns) else { return Err(foreign()) };
        Ok((Self { month, revision, columns }, totals))
    }
}

/// Takes rows as they are read.
type Each<'a> = &'a mut dyn FnMut(ListRow) -> Result<(), ReportError>;

struct Document<'a> {
    head: &'a mut Head,
    each: Each<'a>,
    refused: &'a mut Option<ReportError>,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { head, each, refused } = self;
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "kind" => head.kind = Some(map.next_value()?),
                "month" => head.month = Some(map.next_value()?),
                "revision" => head.revision = Some(map.next_value()?),
                "colonnes" => head.columns = Some(map.next_value()?),
                "totals" => head.totals = map.next_value()?,
                "rows" => {
                    head.has_rows = true;
                    map.next_value_seed(Rows { each: &mut *each, refused: &mut *refused })?;
                }
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

struct Rows<'a> {
    each: Each<'a>,
    refused: &'a mut Option<ReportError>,
}

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<(), A::Error> {
        while let Some(row) = rows.next_element()? {
            if let Err(error) = (self.each)(row) {
                *self.refused = Some(error);
                return Err(A::Error::custom("refused"));
            }
        }
        Ok(())
    }
}
