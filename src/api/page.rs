//! A page of a list, with what the server says went wrong in it.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::graphql_error::GraphqlError;
use crate::domain::clock::ServerClock;
use crate::domain::dossier::{DossierNumber, is_number};

/// Where a page ended. Opaque, never empty (an empty one would silently begin the walk again), and untyped: one that
/// comes from one list gives plausible nonsense in another (API facts, 3.2), so it is kept with the list it belongs to.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cursor(String);

/// The longest cursor that is taken, bytes: it is kept and sent back. Those of DS have fewer than a hundred.
const LONGEST_CURSOR: usize = 1_000;

impl Cursor {
    /// Takes a cursor as received, unless it is empty or longer than any.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Option<Self> {
        Some(text.into()).filter(|text| (1..=LONGEST_CURSOR).contains(&text.len())).map(Self)
    }

    /// As received.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Cursor {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::new(text).ok_or("un curseur n’est jamais vide, ni si long")
    }
}

impl From<Cursor> for String {
    fn from(cursor: Cursor) -> Self {
        cursor.0
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// One page. A `None` among the nodes is a record that the server could not give, without its number (API facts, 2.5).
#[derive(Debug)]
pub struct Page<T> {
    /// The records, in the order of the list.
    pub nodes: Vec<Option<T>>,
    /// Where the page ended; `None` when it is empty: keep the cursor of before.
    pub end_cursor: Option<Cursor>,
    /// Whether more follows.
    pub has_next: bool,
    /// What the server reported beside the data.
    pub errors: Vec<GraphqlError>,
    /// DS's clock when it answered; none when the answer had no usable date.
    pub clock: Option<ServerClock>,
}

impl<T> Page<T> {
    /// Whether the cursor may advance past this page: every record is there, and no error touches the list itself.
    /// An error inside a record that came nevertheless belongs to that record ([`Page::errors_by_record`]).
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.nodes.iter().all(Option::is_some) && self.is_sound()
    }

    /// Whether no error touches the list itself: its end can be trusted, though records may be missing.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.errors.iter().all(|error| error.node_index().is_some())
    }

    /// The errors inside records, by the place of the record in the page.
    #[must_use]
    pub fn errors_by_record(&self) -> BTreeMap<usize, Vec<&GraphqlError>> {
        let mut by_record: BTreeMap<usize, Vec<&GraphqlError>> = BTreeMap::new();
        for error in &self.errors {
            if let Some(index) = error.node_index() {
                by_record.entry(index).or_default().push(error);
            }
        }
        by_record
    }
}

fn dossier_number<'de, D: Deserializer<'de>>(input: D) -> Result<DossierNumber, D::Error> {
    let number = DossierNumber::deserialize(input)?;
    if is_number(number) { Ok(number) } else { Err(D::Error::custom("not the number of a dossier")) }
}

/// A line of the listing of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Listed {
    /// The dossier's number.
    #[serde(deserialize_with = "dossier_number")]
    pub number: DossierNumber,
    /// `dateDerniereModification`, whole seconds.
    #[serde(rename = "dateDerniereModification")]
    pub updated_at: Timestamp,
}

/// A dossier in the bin of DS, or erased from it. Its id there is not unique: the number is (API facts, 3.8).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Removal {
    /// The dossier's number.
    #[serde(deserialize_with = "dossier_number")]
    pub number: DossierNumber,
    /// The state it was in, as received; none when DS no longer gives it.
    pub state: Option<String>,
    /// When. May lie days behind the moment the removal was listed (API facts, 3.6). None when DS no longer gives it.
    #[serde(rename = "dateSupression")]
    pub at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(nodes: Vec<Option<i64>>, errors: &str) -> Page<i64> {
        let errors: Vec<serde_json::Value> = serde_json::from_str(errors).unwrap();
        let errors = errors.iter().map(GraphqlError::from_json).collect();
        Page { nodes, end_cursor: Cursor::new("abc"), has_next: true, errors, clock: None }
    }

    #[test]
    fn the_cursor_advances_only_when_every_record_came_and_the_list_is_sound() {
        assert!(page(vec![Some(1), Some(2)], "[]").is_whole());
        assert!(page(vec![], "[]").is_whole());
        assert!(!page(vec![Some(1), None], "[]").is_whole());
        assert!(!page(vec![Some(1)], r#"[{"message":"x","path":["demarche","dossiers","pageInfo"]}]"#).is_whole());
        assert!(!page(vec![Some(1)], r#"[{"message":"x","path":["demarche","dossiers","nodes"]}]"#).is_whole());
        assert!(!page(vec![Some(1)], r#"[{"message":"x"}]"#).is_whole());
    }

    #[test]
    fn an_error_inside_a_record_that_came_belongs_to_that_record() {
        let page = page(
            vec![Some(1), Some(2)],
            r#"[{"message":"x","path":["demarche","dossiers","nodes",1,"champs",4,"address"]}]"#,
        );
        assert!(page.is_whole());
        let by_record = page.errors_by_record();
        assert!(!by_record.contains_key(&0) && by_record[&1].len() == 1);
    }

    #[test]
    fn a_cursor_is_never_empty_nor_a_page_long() {
        assert_eq!(Cursor::new(""), None);
        assert!(Cursor::new("x".repeat(LONGEST_CURSOR)).is_some());
        assert_eq!(Cursor::new("x".repeat(LONGEST_CURSOR + 1)), None);
        assert!(serde_json::from_str::<Cursor>("\"\"").is_err());
    }
}
