//! The files of one dossier with their signed addresses. An address opens its file to whoever holds it: it is a secret, it
//! shows in no log and no error, and nothing keeps it.

use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Deserializer};

use crate::domain::attachment::{Anchor, Attachment};
use crate::domain::champ::{AttachedFile, ChampKind};

/// An address that opens one file for an hour (API facts, 5.9).
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub struct SignedUrl(SecretText);

#[derive(Debug, Clone)]
struct SecretText(SecretString);

impl<'de> Deserialize<'de> for SecretText {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input).map(|text| Self(SecretString::from(text)))
    }
}

impl SignedUrl {
    /// For the request itself, and nothing else.
    pub(super) fn expose(&self) -> &str {
        self.0.0.expose_secret()
    }
}

/// A file as DS has it at this moment, and where it is.
#[derive(Debug, Clone)]
pub struct FileLink {
    /// The file.
    pub attachment: Attachment,
    /// Its address.
    pub url: SignedUrl,
}

/// A dossier, as far as its files go. Lists that the server withholds are empty.
#[derive(Debug, Deserialize)]
pub struct RawLinks {
    champs: Option<Vec<Option<Holder>>>,
    annotations: Option<Vec<Option<Holder>>>,
}

#[derive(Debug, Deserialize)]
struct Holder {
    #[serde(default)]
    id: String,
    #[serde(default)]
    label: String,
    files: Option<Vec<Option<RawFile>>>,
    rows: Option<Vec<Option<RawRow>>>,
}

#[derive(Debug, Deserialize)]
struct RawRow {
    #[serde(default)]
    id: String,
    champs: Option<Vec<Option<Holder>>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawFile {
    filename: Option<String>,
    #[serde(default)]
    content_type: String,
    byte_size_big_int: Option<String>,
    checksum: Option<String>,
    created_at: Option<Timestamp>,
    #[serde(default)]
    virus_scan_result: String,
    url: SignedUrl,
}

impl RawLinks {
    /// In the order of the form.
    pub fn into_links(self) -> Vec<FileLink> {
        let mut links = Vec::new();
        for (kind, holders) in [(ChampKind::Champ, self.champs), (ChampKind::Annotation, self.annotations)] {
            for holder in holders.into_iter().flatten().flatten() {
                for row in holder.rows.into_iter().flatten().flatten() {
                    for within in row.champs.into_iter().flatten().flatten() {
                        let anchor = Anchor { kind, champ_id: within.id, row_id: Some(row.id.clone()) };
                        links.extend(of_holder(&anchor, &within.label, within.files));
                    }
                }
                let anchor = Anchor { kind, champ_id: holder.id, row_id: None };
                links.extend(of_holder(&anchor, &holder.label, holder.files));
            }
        }
        links
    }
}

/// A file that cannot be told from another, because DS no longer says enough of it, is left out.
fn of_holder(anchor: &Anchor, label: &str, files: Option<Vec<Option<RawFile>>>) -> Vec<FileLink> {
    let files = files.into_iter().flatten().flatten();
    files
        .filter_map(|file| {
            let attachment = Attachment {
                anchor: anchor.clone(),
                label: label.to_owned(),
                file: AttachedFile {
                    byte_size: file.byte_size_big_int?.parse().ok()?,
                    filename: file.filename?,
                    content_type: file.content_type,
                    checksum: file.checksum?,
                    created_at: file.created_at?,
                    virus_scan: file.virus_scan_result,
                },
            };
            Some(FileLink { attachment, url: file.url })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOSSIER: &str = r#"{"champs": [
        {"__typename": "TextChamp", "id": "t", "label": "Titre"},
        {"__typename": "PieceJustificativeChamp", "id": "p", "label": "Factures", "files": [
            {"filename": "f.pdf", "contentType": "application/pdf", "byteSizeBigInt": "12", "checksum": "x==",
             "createdAt": "2021-09-03T12:33:00+02:00", "virusScanResult": "safe", "url": "https://o.example/f?signature=s3cret"}]},
        {"__typename": "RepetitionChamp", "id": "r", "label": "Lots", "rows": [{"id": "R1", "champs": [
            {"__typename": "PieceJustificativeChamp", "id": "q|R1", "label": "Devis", "files": [
                {"filename": "d.pdf", "byteSizeBigInt": "7", "checksum": "y==", "createdAt": "2021-09-03T12:33:00+02:00",
                 "url": "https://o.example/d"}]}]}]},
        null
    ], "annotations": null}"#;

    #[test]
    fn files_come_with_their_place_and_addresses_show_nowhere() {
        let links = serde_json::from_str::<RawLinks>(DOSSIER).unwrap().into_links();
        let shown: Vec<_> = links
            .iter()
            .map(|link| (link.attachment.file.filename.as_str(), link.attachment.anchor.row_id.as_deref()))
            .collect();
        assert_eq!(shown, [("f.pdf", None), ("d.pdf", Some("R1"))]);
        assert_eq!(links[0].url.expose(), "https://o.example/f?signature=s3cret");
        assert!(!format!("{links:?}").contains("o.example"));
    }
}
