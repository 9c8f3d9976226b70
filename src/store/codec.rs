//! How values of the trade are written to columns and read back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::domain::instant::to_rfc3339;
use crate::domain::money::Cents;

/// Good compression at a speed that a page of dossiers does not notice.
pub(super) const ZSTD_LEVEL: i32 = 6;

pub(super) fn compress(content: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::encode_all(content, ZSTD_LEVEL)
        .map_err(|_| StoreError::unreadable("contenu à compresser", &"il ne peut pas être compressé"))
}

// What libraries say is English, and may quote what is stored: it is told in French, without a word of the content.

pub(super) fn decompress(frame: &[u8]) -> Result<Vec<u8>, StoreError> {
    zstd::decode_all(frame).map_err(|_| StoreError::unreadable("contenu compressé", &"ses octets sont abîmés"))
}

pub(super) fn decompress_text(frame: &[u8]) -> Result<String, StoreError> {
    String::from_utf8(decompress(frame)?)
        .map_err(|_| StoreError::unreadable("texte compressé", &"ses octets ne sont pas de l’UTF-8"))
}

pub(super) fn instant(at: Timestamp) -> String {
    to_rfc3339(at)
}

pub(super) fn read_instant(text: &str) -> Result<Timestamp, StoreError> {
    text.parse().map_err(|_| StoreError::unreadable("instant", &"ce n’est ni une date ni une heure"))
}

pub(super) fn read_optional_instant(text: Option<String>) -> Result<Option<Timestamp>, StoreError> {
    text.map(|text| read_instant(&text)).transpose()
}

/// An amount as its column has it.
pub(super) fn cents(amount: Option<Cents>) -> Result<Option<i64>, StoreError> {
    let number = |amount: Cents| i64::try_from(amount.0).map_err(|_| StoreError::unreadable("montant", &amount));
    amount.map(number).transpose()
}

pub(super) fn json<T: Serialize + ?Sized>(value: &T) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|_| StoreError::unreadable("JSON", &"la valeur ne s’écrit pas en JSON"))
}

pub(super) fn read_json<'a, T: Deserialize<'a>>(what: &'static str, text: &'a str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| {
        let place = format!("JSON inattendu à la ligne {}, colonne {}", error.line(), error.column());
        StoreError::unreadable(what, &place)
    })
}
