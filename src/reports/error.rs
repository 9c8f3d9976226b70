//! What can go wrong when a list or a report is written or a kept list is read back.

use std::io;

use rust_xlsxwriter::XlsxError;

use crate::files::ScratchError;

/// A list or report that could not be made. No variant quotes the contents: they hold personal data.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The workbook was refused by its writer (too many rows, for instance). Trying again changes nothing.
    #[error("le classeur ne peut pas être écrit : {0}")]
    Workbook(XlsxError),
    /// The document cannot be set as PDF after its standards. Trying again changes nothing; who develops the program must look.
    #[error(
        "le PDF ne peut pas être composé : le document est à demander dans un autre format, et l’anomalie à signaler"
    )]
    Pdf,
    /// This program was built without PDF.
    #[error("ce programme a été construit sans le format PDF (« pdf ») : il faut un programme construit avec lui")]
    WithoutPdf,
    /// There is no room for what is written.
    #[error(transparent)]
    Scratch(#[from] ScratchError),
    /// What was put away for later cannot be, or is not found again.
    #[error("{0}")]
    Shelf(String),
    /// A kept list is not what this program writes. The operator looks at the file and restores it from a backup.
    #[error(
        "la liste conservée est illisible (ligne {line}, colonne {column}) : restaurez-la depuis une sauvegarde, ou établissez la liste sans comparaison"
    )]
    KeptList {
        /// Line, from 1; 0 when unknown.
        line: usize,
        /// Column, from 1; 0 when unknown.
        column: usize,
    },
}

impl From<XlsxError> for ReportError {
    fn from(error: XlsxError) -> Self {
        match error {
            XlsxError::IoError(source) | XlsxError::TempFileError(_, source) => Self::from(source),
            other => Self::Workbook(other),
        }
    }
}

impl From<io::Error> for ReportError {
    fn from(source: io::Error) -> Self {
        Self::Scratch(source.into())
    }
}

impl From<csv::Error> for ReportError {
    fn from(error: csv::Error) -> Self {
        match error.into_kind() {
            csv::ErrorKind::Io(source) => Self::from(source),
            _ => Self::from(io::Error::from(io::ErrorKind::InvalidInput)),
        }
    }
}

impl From<serde_json::Error> for ReportError {
    fn from(error: serde_json::Error) -> Self {
        Self::from(io::Error::from(error))
    }
}
