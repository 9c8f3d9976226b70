//! The JSON document of a list: its rows, and what it says beside them.

use std::collections::BTreeSet;
use std::io::Read;

use serde_json::{Map, Value};

use super::{Difference, Differences, said};
use crate::reports::ReportError;
use crate::reports::monthly::kept::KeptList;
use crate::reports::monthly::row::ListRow;
use crate::reports::monthly::strict::Strict;

/// A kept list, row by row, and what it says beside them.
pub(super) fn read(
    document: impl Read,
    each: impl FnMut(ListRow) -> Result<(), ReportError>,
) -> Result<(KeptList, Value), ReportError> {
    let (list, head) = KeptList::read_with_head(document, each)?;
    Ok((list, Value::Object(head.said)))
}

/// A document that somebody has.
pub(super) struct Had {
    pub list: KeptList,
    /// What it says beside its rows.
    pub head: Value,
    /// The names that it has more than once, but in its rows.
    pub repeated: Vec<String>,
    /// What its rows have that is no column of the list.
    pub foreign: BTreeSet<String>,
}

/// The same of a document that somebody has: its rows come with the names that they have more than once.
pub(super) fn read_all(
    document: impl Read,
    mut each: impl FnMut(ListRow, Vec<String>) -> Result<(), ReportError>,
) -> Result<Had, ReportError> {
    let mut names = BTreeSet::new();
    let (list, head) = KeptList::read_with_head(document, |Strict { value, repeated }| {
        for name in value.as_object().into_iter().flat_map(Map::keys) {
            if !names.contains(name) {
                names.insert(name.clone());
            }
        }
        let row = serde_json::from_value(value).map_err(|_| ReportError::KeptList { line: 0, column: 0 })?;
        each(row, repeated)
    })?;
    let foreign = names.into_iter().filter(|name| !list.columns.contains(name)).collect();
    Ok(Had { list, head: Value::Object(head.said), repeated: head.repeated, foreign })
}

/// Tells what two documents say otherwise beside their rows.
pub(super) fn compare(kept: &Value, found: &Value, differences: &mut Differences) {
    let none = Map::new();
    let (kept, found) = (kept.as_object().unwrap_or(&none), found.as_object().unwrap_or(&none));
    let mut names: Vec<&String> = kept.keys().chain(found.keys()).collect();
    names.sort();
    names.dedup();
    for name in names {
        let (kept, found) = (kept.get(name), found.get(name));
        if kept == found {
            continue;
        }
        differences.add(1, || {
            let text = |value: Option<&Value>| value.map(ToString::to_string);
            let (kept, found) = (text(kept), text(found));
            let message = format!("« {name} » : {}", said::instead(found.as_deref(), kept.as_deref()));
            Difference { dossier: None, place: Some(name.clone()), kept, found, message }
        });
    }
}
