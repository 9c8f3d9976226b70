//! What is refused before it is read: no dossier of a person is like that, and reading it could stop the program.

use super::dossier::DecodeError;
use crate::domain::extent::Extent;

/// How deep a dossier may be. The queries ask for fewer than ten levels.
const DEEPEST: usize = 64;
/// How many values a dossier may hold; one with five hundred rows of ten champs has fewer than fifty thousand.
const MOST_VALUES: usize = 200_000;
/// How long a dossier may be, bytes.
const LONGEST: usize = 8 * 1024 * 1024;

/// Refuses a dossier that is too deep or too large.
pub(super) fn check(json: &str) -> Result<(), DecodeError> {
    let Extent { depth, values } = Extent::of(json.as_bytes());
    if depth > DEEPEST {
        return Err(DecodeError::TooDeep);
    }
    if values > MOST_VALUES || json.len() > LONGEST {
        return Err(DecodeError::TooLarge);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

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
