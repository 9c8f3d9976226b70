//! In place of the PDF writer, in a program that was built without it.

use super::Document;
use crate::reports::ReportError;

/// No character: nothing is printed.
///
/// # Errors
/// None.
pub fn unprintable(_: &str) -> Result<Vec<char>, ReportError> {
    Ok(Vec::new())
}

/// No bytes.
///
/// # Errors
/// That this program has no PDF.
pub fn write(_: &Document) -> Result<Vec<u8>, ReportError> {
    Err(ReportError::WithoutPdf)
}
