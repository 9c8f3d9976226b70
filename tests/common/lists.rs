//! Lists read back as their recipients read them.

use std::collections::BTreeMap;
use std::path::Path;

/// The columns that recipients build on, in this order.
pub const FIXED_COLUMNS: &str = "departement;numero_dossier;etat;date_depot;type_demandeur;siret;beneficiaire;code_insee;\
    nombre_communes;codes_communes;depenses_eligibles;montant_calcule;montant_accorde;montant_engage;montant_paye;\
    date_commission;date_notification;avis_regles;motifs;evolution;colonnes_modifiees";

/// A row, by column.
pub type Row = BTreeMap<String, String>;

/// The rows of a CSV list, in order.
pub fn read_csv(path: &Path) -> Vec<Row> {
    let bytes = std::fs::read(path).unwrap();
    let text = std::str::from_utf8(&bytes).unwrap().strip_prefix('\u{feff}').unwrap().to_owned();
    let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

/// The row of a dossier, if it is there.
pub fn row_of(rows: &[Row], dossier: i64) -> Option<&Row> {
    let number = dossier.to_string();
    rows.iter().find(|row| row["numero_dossier"] == number)
}
