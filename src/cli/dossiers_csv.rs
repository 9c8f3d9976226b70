//! `fitn dossiers --csv`: the columns of the monthly list where it has them, in its words.

use super::Failure;
use super::dossiers_view::DossierRow;
use crate::domain::instant::paris_date;
use crate::domain::text::printable_line;
use crate::reports::{Cell, CsvTable, ReportError};

/// A column: its name, and what it holds.
type Column = (&'static str, fn(&DossierRow) -> Cell);

const COLUMNS: [Column; 20] = [
    ("departement", |row| Cell::maybe_text(row.departement.as_deref())),
    ("numero_dossier", |row| Cell::Integer(row.number)),
    ("demarche", |row| Cell::Integer(row.procedure)),
    ("programme", |row| Cell::text(row.programme.code())),
    ("etat", |row| Cell::text(row.state.code())),
    ("date_depot", |row| row.deposited_at.map(paris_date).into()),
    ("date_modification", |row| row.updated_at.map(paris_date).into()),
    ("siret", |row| Cell::maybe_text(row.siret.as_deref())),
    ("beneficiaire", |row| Cell::maybe_text(row.applicant.as_deref().map(printable_line).as_deref())),
    ("code_insee", |row| Cell::maybe_text(row.code_insee.as_deref())),
    ("population", |row| row.population.into()),
    ("avis_regles", |row| Cell::maybe_text(row.status.map(|status| status.code()))),
    ("depenses_eligibles", |row| row.eligible_expenses_cents.into()),
    ("montant_calcule", |row| row.computed_cents.into()),
    ("montant_accorde", |row| row.granted_cents.into()),
    ("montant_engage", |row| row.engaged_cents.into()),
    ("montant_paye", |row| row.paid_cents.into()),
    ("montant_compte", |row| row.counted_cents.into()),
    ("retire_de_ds", |row| row.removed_at.map(paris_date).into()),
    ("ecarte_le", |row| row.excluded_at.map(paris_date).into()),
];

/// The table, row by row.
pub(super) struct Csv {
    table: CsvTable<Vec<u8>>,
    failed: Option<ReportError>,
}

impl Csv {
    /// With its headings.
    ///
    /// # Errors
    /// What the writer of tables refuses.
    pub fn new() -> Result<Self, Failure> {
        let table = CsvTable::new(Vec::new(), COLUMNS.iter().map(|(name, _)| *name)).map_err(refused)?;
        Ok(Self { table, failed: None })
    }

    /// Adds a dossier.
    pub fn push(&mut self, row: &DossierRow) {
        let written = self.table.row(COLUMNS.iter().map(|(_, cell)| cell(row)));
        self.failed = self.failed.take().or(written.err());
    }

    /// The whole text.
    ///
    /// # Errors
    /// What the writer of tables refused.
    pub fn finish(self) -> Result<String, Failure> {
        if let Some(error) = self.failed {
            return Err(refused(error));
        }
        let bytes = self.table.finish().map_err(refused)?;
        String::from_utf8(bytes).map_err(|error| Failure::failed(format_args!("table illisible : {error}")))
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn refused(error: ReportError) -> Failure {
    Failure::failed(&error)
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample_line;
    use super::*;

    #[test]
    fn the_table_has_the_words_of_the_list() {
        let mut csv = Csv::new().unwrap();
        let mut line = sample_line();
        line.applicant = line.applicant.map(|name| name.replacen(' ', "\n", 1));
        csv.push(&DossierRow::of(line));
        let text = csv.finish().unwrap();
        let lines: Vec<&str> = text.trim_start_matches('\u{feff}').split("\r\n").collect();
        assert!(text.starts_with('\u{feff}') && lines.len() == 3 && lines[2].is_empty(), "{text}");
        insta::assert_snapshot!(lines.join("\n"));
    }
}
