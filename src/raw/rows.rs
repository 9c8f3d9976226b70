//! Champs laid out flat, one row each, for people who query the database (`view_champs`).

use serde_json::json;

use crate::domain::champ::{Champ, ChampKind, ChampRow, ChampValue};
use crate::domain::dossier::Dossier;
use crate::domain::instant::to_rfc3339;

/// The champs then the annotations of a dossier; a repetition is a row without value, followed by its own champs.
#[must_use]
pub fn champ_rows(dossier: &Dossier) -> Vec<ChampRow> {
    let mut rows = Vec::new();
    for (kind, champs) in [(ChampKind::Champ, &dossier.champs), (ChampKind::Annotation, &dossier.annotations)] {
        let flat = champs.iter().flat_map(with_rows);
        rows.extend(flat.map(|(row_id, champ)| row(kind, row_id, champ)));
    }
    rows
}

/// A champ, then those of its rows with the id of the row. DS has no repetition within a repetition.
fn with_rows(champ: &Champ) -> impl Iterator<Item = (Option<&str>, &Champ)> {
    let rows = match &champ.value {
        ChampValue::Rows(rows) => rows.as_slice(),
        _ => &[],
    };
    let within = rows.iter().flat_map(|row| row.champs.iter().map(|champ| (Some(row.id.as_str()), champ)));
    std::iter::once((None, champ)).chain(within)
}

fn row(kind: ChampKind, row_id: Option<&str>, champ: &Champ) -> ChampRow {
    ChampRow {
        kind,
        champ_id: champ.id.clone(),
        descriptor_id: champ.descriptor_id.clone(),
        label: champ.label.clone(),
        type_name: champ.type_name.clone(),
        row_id: row_id.map(str::to_owned),
        value: text(champ),
    }
}

/// The value as text: days and instants in ISO 8601 (instants in UTC), numbers with a point, lists and files as JSON,
/// places by their official code, an unreadable value by the text that DS shows.
fn text(champ: &Champ) -> Option<String> {
    match &champ.value {
        value if value.is_blank() => None,
        ChampValue::Blank | ChampValue::Ornament | ChampValue::Rows(_) => None,
        ChampValue::Text(text) | ChampValue::Choice(text) => Some(text.clone()),
        ChampValue::Checkbox(answer) | ChampValue::YesNo(answer) => Some(answer.to_string()),
        ChampValue::Integer(number) => Some(number.to_string()),
        ChampValue::Decimal(number) => Some(number.to_string()),
        ChampValue::Date(date) => Some(date.to_string()),
        ChampValue::Datetime(instant) => Some(to_rfc3339(*instant)),
        ChampValue::Choices(choices) => Some(json!(choices).to_string()),
        ChampValue::LinkedChoice { primary, secondary } => Some(json!([primary, secondary]).to_string()),
        ChampValue::Commune(commune) => Some(commune.code.clone()),
        ChampValue::Coded { code, .. } => Some(code.clone()),
        ChampValue::Address(address) => Some(address.label.clone()),
        ChampValue::Siret { siret, .. } => Some(siret.clone()),
        ChampValue::Files(files) => {
            let files = files
                .iter()
                .map(|file| json!({"filename": file.filename, "size": file.byte_size, "checksum": file.checksum}));
            Some(json!(files.collect::<Vec<_>>()).to_string())
        }
        ChampValue::Other { .. } => champ.display.clone().filter(|text| !text.trim().is_empty()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::raw::decode;

    const DOSSIER: &str = r#"{
        "number": 7, "state": "accepte", "dateDepot": "2021-09-01T10:00:00+02:00", "dateDerniereModification": "2021-09-03T12:33:00+02:00",
        "champs": [
            {"__typename": "HeaderSectionChamp", "id": "h", "champDescriptorId": "h", "label": "Titre", "stringValue": null, "level": 1},
            {"__typename": "RepetitionChamp", "id": "r", "champDescriptorId": "r", "label": "Dépenses", "stringValue": "", "rows": [
                {"id": "Row-1", "champs": [{"__typename": "DecimalNumberChamp", "id": "d|1", "champDescriptorId": "d", "label": "Montant", "stringValue": "1 234,5", "decimalNumber": 1234.5}]},
                {"id": "Row-2", "champs": [{"__typename": "DateChamp", "id": "t|2", "champDescriptorId": "t", "label": "Date", "stringValue": "3 mai 2021", "date": "2021-05-03"}]}
            ]},
            {"__typename": "MultipleDropDownListChamp", "id": "m", "champDescriptorId": "m", "label": "Choix", "stringValue": "a, b", "values": ["a", "b"]},
            {"__typename": "PieceJustificativeChamp", "id": "p", "champDescriptorId": "p", "label": "Factures", "stringValue": null, "files": [
                {"filename": "f.pdf", "contentType": "application/pdf", "byteSizeBigInt": "12", "checksum": "x==", "createdAt": "2021-09-01T10:00:00+02:00", "virusScanResult": "safe"}]}
        ],
        "annotations": [{"__typename": "MysteryChamp", "id": "y", "champDescriptorId": "y", "label": "Nouveau", "stringValue": "tel quel"}]
    }"#;

    #[test]
    fn a_repetition_is_a_row_without_value_followed_by_its_champs() {
        let rows = champ_rows(&decode(DOSSIER).unwrap());
        let shown: Vec<_> = rows
            .iter()
            .map(|row| (row.kind.code(), row.champ_id.as_str(), row.row_id.as_deref(), row.value.as_deref()))
            .collect();
        assert_eq!(
            shown,
            [
                ("champ", "h", None, None),
                ("champ", "r", None, None),
                ("champ", "d|1", Some("Row-1"), Some("1234.5")),
                ("champ", "t|2", Some("Row-2"), Some("2021-05-03")),
                ("champ", "m", None, Some(r#"["a","b"]"#)),
                ("champ", "p", None, Some(r#"[{"checksum":"x==","filename":"f.pdf","size":12}]"#)),
                ("annotation", "y", None, Some("tel quel")),
            ]
        );
    }
}
