//! TOML that people write: read whole, with the line and the key of each mistake, told in French.
//!
//! Used for the configuration, for parameter files and for case files alike. Values are never repeated: one of them may be a
//! secret in the wrong place.

mod french;
mod mistake;
mod signs;
mod source;

use std::path::Path;

use serde::de::DeserializeOwned;

pub use mistake::Mistake;
pub use signs::signs;
pub use source::Source;

/// What is said of a key that nothing reads.
pub const UNKNOWN_KEY: &str = "cette clé n’existe pas";

/// How deep tables and lists may lie within each other on a line, or in a header; people need fewer than ten levels. What is read from
/// the text is no deeper than twice that, so that no recursion over it is without a bound.
const DEEPEST: usize = 64;

/// Finds every key of a text; `file` names it in messages.
///
/// # Errors
/// The text is not TOML, or too deep.
pub fn locate(file: &Path, text: &str) -> Result<Source, Mistake> {
    let (depth, place) = signs::deepest(text);
    if depth > DEEPEST {
        return Err(Mistake {
            file: file.to_owned(),
            line: Some(source::Lines::of(text).at(place)),
            key: None,
            message: "des tables ou des listes sont imbriquées bien trop profondément".to_owned(),
            mend: "écrivez [table] puis ses clés, une par ligne".to_owned(),
        });
    }
    Source::read(text).map_err(|error| french::syntax(file, text, &error))
}

/// Reads what a text says.
///
/// # Errors
/// It is not what is expected: an unknown or missing key, a value of another kind, or one that a check refuses (what is wrong
/// on a first line, what to write on a second).
pub fn read<T: DeserializeOwned>(file: &Path, text: &str, source: &Source) -> Result<T, Mistake> {
    toml::from_str(text).map_err(|error| french::value(file, source, &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deeper_than_people_write_is_refused_before_it_is_read() {
        let keys = vec!["a"; 70].join(".");
        let tables = format!("b = 1\na = {}1{}\n", format!("{{{keys} = ").repeat(70), "}".repeat(70));
        let header = format!("[{keys}]\n");
        for text in [tables, header, format!("a = {}", "[".repeat(5_000)), format!("{keys} = 1")] {
            let mistake = locate(Path::new("x.toml"), &text).unwrap_err();
            assert!(mistake.message.contains("profondément"), "{mistake}");
        }
        let fine = vec!["a"; 60].join(".");
        assert!(locate(Path::new("x.toml"), &format!("[{fine}]\n{fine} = 1\n")).is_ok());
    }
}
