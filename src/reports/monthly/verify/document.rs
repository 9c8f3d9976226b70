//! The JSON document of a list: its rows, and what it says beside them.

use std::io::Read;

use serde_json::{Map, Value};

use super::{Difference, Differences, said};
use crate::reports::ReportError;
use crate::reports::monthly::kept::KeptList;
use crate::reports::monthly::row::ListRow;

/// Reads a document, row by row, and what it says beside them.
pub(super) fn read(
    document: impl Read,
    each: impl FnMut(ListRow) -> Result<(), ReportError>,
) -> Result<(KeptList, Value), ReportError> {
    let (list, head) = KeptList::read_with_head(document, each)?;
    Ok((list, Value::Object(head)))
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
            let told = |value: Option<&Value>| {
                value.map_or_else(|| "rien".to_owned(), |value| format!("« {} »", said::short(&value.to_string())))
            };
            let message = format!("« {name} » : {} au lieu de {}", told(found), told(kept));
            Difference { dossier: None, place: Some(name.clone()), kept: text(kept), found: text(found), message }
        });
    }
}
