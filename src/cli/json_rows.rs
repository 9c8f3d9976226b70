//! A list as a JSON document, made row by row: each is dropped once it is written.

use serde::Serialize;

use super::{Failure, Printer};
use crate::domain::text::escaped_json;

/// A list that is being written.
#[derive(Default)]
pub(super) struct JsonRows {
    text: String,
    /// Why a row could not be written.
    failed: Option<Failure>,
}

impl JsonRows {
    /// Adds a row.
    pub fn push(&mut self, row: &impl Serialize) {
        self.text.push_str(if self.text.is_empty() { "[\n  " } else { ",\n  " });
        match indented(row, "  ") {
            Ok(row) => self.text.push_str(&row),
            Err(error) => self.failed = Some(error),
        }
    }

    /// Prints the document.
    ///
    /// # Errors
    /// What stdout refuses; a row that could not be written.
    pub fn print(mut self, printer: &Printer) -> Result<(), Failure> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        self.text.push_str(if self.text.is_empty() { "[]\n" } else { "\n]\n" });
        printer.verbatim(&self.text)
    }
}

fn unwritten(error: &serde_json::Error) -> Failure {
    Failure::failed(format_args!("le résultat ne s’écrit pas en JSON : {error}"))
}

/// A value within a document, its lines after the first one indented.
pub(super) fn indented(value: &impl Serialize, indent: &str) -> Result<String, Failure> {
    // No text of JSON holds a line break.
    let text = serde_json::to_string_pretty(value).map_err(|error| unwritten(&error))?;
    Ok(escaped_json(&text).replace('\n', &format!("\n{indent}")))
}

/// Prints a row of a list within an object, which was begun.
///
/// # Errors
/// What stdout refuses; a row that could not be written.
pub(super) fn print_row(row: &impl Serialize, is_first: bool, printer: &Printer) -> Result<(), Failure> {
    let text = indented(row, "    ")?;
    printer.verbatim(&format!("{}\n    {text}", if is_first { "" } else { "," }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_make_the_same_document_as_all_of_them_at_once() {
        for number in 0..3 {
            let all: Vec<_> = (0..number).map(|n| serde_json::json!({ "n": n, "text": "a\nb", "list": [1] })).collect();
            let mut rows = JsonRows::default();
            for row in &all {
                rows.push(row);
            }
            let (sent, received) = crate::cli::printer::tests::pair();
            rows.print(&sent).unwrap();
            assert_eq!(received.text(), format!("{}\n", serde_json::to_string_pretty(&all).unwrap()));
        }
    }
}
