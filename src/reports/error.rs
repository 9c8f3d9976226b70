//! What can go wrong when a list or a report is written or a kept list is read back.

use rust_xlsxwriter::XlsxError;

/// A list or report that could not be made. No variant quotes the contents: they hold personal data.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The workbook was refused by its writer (too many rows, for instance). Trying again changes nothing.
    #[error("le classeur ne peut pas être écrit : {0}")]
    Workbook(#[from] XlsxError),
    /// The CSV could not be put together.
    #[error("le fichier CSV ne peut pas être écrit : {0}")]
    Csv(String),
    /// The JSON document could not be put together.
    #[error("le document JSON ne peut pas être écrit (ligne {line}, colonne {column})")]
    JsonWrite {
        /// Line, from 1; 0 when unknown.
        line: usize,
        /// Column, from 1; 0 when unknown.
        column: usize,
    },
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
