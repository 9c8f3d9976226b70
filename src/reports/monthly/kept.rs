//! A list that was kept, read back from its JSON document, row by row.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Read;

use serde::Deserialize;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::json::KIND;
use super::row::ListRow;
use super::strict::Strict;
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
pub(super) struct Head {
    pub said: Map<String, Value>,
    /// The names that it has more than once, or something in it.
    pub repeated: Vec<String>,
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
        each: impl FnMut(ListRow) -> Result<(), ReportError>,
    ) -> Result<(Self, Vec<KeptTotal>), ReportError> {
        let (list, mut head) = Self::read_with_head(document, each)?;
        let totals = head.said.remove("totals").map(serde_json::from_value).transpose();
        Ok((list, totals.map_err(|_| ReportError::KeptList { line: 1, column: 1 })?.unwrap_or_default()))
    }

    /// The same with all that the document says beside its rows, which come as whatever they are asked for.
    pub(super) fn read_with_head<R: DeserializeOwned>(
        document: impl Read,
        mut each: impl FnMut(R) -> Result<(), ReportError>,
    ) -> Result<(Self, Head), ReportError> {
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
        let Head { said, has_rows, .. } = &head;
        let text = |name: &str| said.get(name).and_then(Value::as_str);
        let month = text("month").and_then(|month| month.parse().ok());
        let (Some(KIND), Some(month), true) = (text("kind"), month, *has_rows) else { return Err(foreign()) };
        let revision = said.get("revision").and_then(Value::as_u64).and_then(|number| u32::try_from(number).ok());
        let columns = said.get("colonnes").cloned().map(serde_json::from_value);
        let (Some(revision), Some(Ok(columns))) = (revision, columns) else { return Err(foreign()) };
        Ok((Self { month, revision, columns }, head))
    }
}

/// Takes rows as they are read.
type Each<'a, R> = &'a mut dyn FnMut(R) -> Result<(), ReportError>;

struct Document<'a, R> {
    head: &'a mut Head,
    each: Each<'a, R>,
    refused: &'a mut Option<ReportError>,
}

impl<'de, R: DeserializeOwned> DeserializeSeed<'de> for Document<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, R: DeserializeOwned> Visitor<'de> for Document<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let Self { head, each, refused } = self;
        while let Some(key) = map.next_key::<String>()? {
            if key == "rows" {
                if std::mem::replace(&mut head.has_rows, true) {
                    head.repeated.push(key);
                }
                map.next_value_seed(Rows { each: &mut *each, refused: &mut *refused })?;
            } else {
                let Strict { value, repeated } = map.next_value()?;
                head.repeated.extend(repeated);
                if head.said.insert(key.clone(), value).is_some() {
                    head.repeated.push(key);
                }
            }
        }
        Ok(())
    }
}

struct Rows<'a, R> {
    each: Each<'a, R>,
    refused: &'a mut Option<ReportError>,
}

impl<'de, R: DeserializeOwned> DeserializeSeed<'de> for Rows<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: DeserializeOwned> Visitor<'de> for Rows<'_, R> {
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
