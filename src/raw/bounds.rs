//! What is refused before it is read: no dossier of a person is like that, and reading it could stop the program.

use super::dossier::DecodeError;
use crate::domain::champ::{Champ, ChampValue};

/// How deep a dossier may be. The queries ask for fewer than ten levels.
const DEEPEST: usize = 64;
/// How many values a dossier may hold; one with five hundred rows of ten champs has fewer than fifty thousand.
const MOST_VALUES: usize = 200_000;
/// How long a dossier may be, bytes: two hundred times what one has.
const LONGEST: usize = 4 * 1024 * 1024;
/// How many champs a dossier may have, those of its rows, the rows themselves and the attached files included. Every one of them
/// takes much more memory than its JSON may: five hundred rows of ten champs are fewer than six thousand.
const MOST_CHAMPS: usize = 10_000;

/// What was met so far of a dossier that is being read.
#[derive(Debug, Default)]
pub(super) struct Bounds {
    depth: usize,
    values: usize,
}

impl Bounds {
    /// Of a text that is about to be read.
    ///
    /// # Errors
    /// [`DecodeError::TooLarge`].
    pub fn of(json: &str) -> Result<Self, DecodeError> {
        if json.len() > LONGEST { Err(DecodeError::TooLarge) } else { Ok(Self::default()) }
    }

    /// An object or a list begins.
    ///
    /// # Errors
    /// [`DecodeError::TooDeep`].
    pub fn open(&mut self) -> Result<(), DecodeError> {
        self.depth += 1;
        if self.depth > DEEPEST { Err(DecodeError::TooDeep) } else { Ok(()) }
    }

    /// It ends.
    pub fn close(&mut self) {
        self.depth -= 1;
    }

    /// A member or an element.
    ///
    /// # Errors
    /// [`DecodeError::TooLarge`].
    pub fn count(&mut self) -> Result<(), DecodeError> {
        self.values += 1;
        if self.values > MOST_VALUES { Err(DecodeError::TooLarge) } else { Ok(()) }
    }
}

/// Refuses a dossier with too many champs, rows or files.
pub(super) fn check_champs<'a>(champs: impl IntoIterator<Item = &'a Champ>) -> Result<(), DecodeError> {
    let count: usize = champs.into_iter().map(weight).sum();
    if count > MOST_CHAMPS { Err(DecodeError::TooLarge) } else { Ok(()) }
}

/// A champ with what it holds. A champ of a row holds no rows (`champ_rows` reads no deeper).
fn weight(champ: &Champ) -> usize {
    1 + match &champ.value {
        ChampValue::Files(files) => files.len(),
        ChampValue::Rows(rows) => rows.iter().map(|row| 1 + row.champs.iter().map(weight).sum::<usize>()).sum(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::raw::decode;
    use crate::raw::tree::Tree;

    fn check(json: &str) -> Result<(), DecodeError> {
        Tree::of(json).map(drop)
    }

    fn with_champs(champs: &str) -> Result<usize, DecodeError> {
        let dates =
            r#""dateDepot": "2021-09-01T10:00:00+02:00", "dateDerniereModification": "2021-09-03T12:33:00+02:00""#;
        let json = format!(r#"{{"number": 7, "state": "accepte", {dates}, "champs": [{champs}]}}"#);
        decode(&json).map(|dossier| dossier.champs.len())
    }

    #[test]
    fn champs_rows_and_files_have_a_limit_together() {
        let list = |element: &str, count: usize| vec![element; count].join(",");
        assert_eq!(with_champs(&list("0", MOST_CHAMPS)), Ok(MOST_CHAMPS));
        assert_eq!(with_champs(&list("0", MOST_CHAMPS + 1)), Err(DecodeError::TooLarge));
        let rows = |rows: usize, champs: usize| {
            let row = json!({"id": "r", "champs": vec![0; champs]}).to_string();
            with_champs(&format!(r#"{{"__typename": "RepetitionChamp", "rows": [{}]}}"#, list(&row, rows)))
        };
        // The repetition itself, 99 rows, and the champs of each.
        assert_eq!(rows(99, 100), Ok(1));
        assert_eq!(rows(99, 101), Err(DecodeError::TooLarge));
        let file = json!({
            "filename": "f", "byteSizeBigInt": "1", "checksum": "c", "createdAt": "2021-09-01T10:00:00+02:00"
        });
        let files = |count| {
            with_champs(&format!(
                r#"{{"__typename": "PieceJustificativeChamp", "files": [{}]}}"#,
                list(&file.to_string(), count)
            ))
        };
        assert_eq!(files(MOST_CHAMPS - 1), Ok(1));
        assert_eq!(files(MOST_CHAMPS), Err(DecodeError::TooLarge));
    }

    #[test]
    fn the_limits_are_where_they_are_said_to_be() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert_eq!(check(&nested(DEEPEST)), Ok(()));
        assert_eq!(check(&nested(DEEPEST + 1)), Err(DecodeError::TooDeep));
        assert_eq!(check(&nested(20_000)), Err(DecodeError::TooDeep));
        let list = |values: usize| format!("[0{}]", ",0".repeat(values - 1));
        assert_eq!(check(&list(MOST_VALUES)), Ok(()));
        assert_eq!(check(&list(MOST_VALUES + 1)), Err(DecodeError::TooLarge));
        let text = |length: usize| format!("\"{}\"", "x".repeat(length - 2));
        assert_eq!(check(&text(LONGEST)), Ok(()));
        assert_eq!(check(&text(LONGEST + 1)), Err(DecodeError::TooLarge));
    }
}
