//! How values of the trade are written to columns and read back.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::to_rfc3339;
use crate::domain::money::Cents;
use crate::domain::text::hexadecimal;

/// Good compression at a speed that a page of dossiers does not notice.
pub(super) const ZSTD_LEVEL: i32 = 6;

pub(super) fn compress(content: &[u8]) -> Result<Vec<u8>, StoreError> {
    let compressed = zstd::bulk::Compressor::new(ZSTD_LEVEL).and_then(|mut compressor| {
        // What a disk damaged must not be taken for another text.
        compressor.include_checksum(true)?;
        compressor.compress(content)
    });
    compressed.map_err(|_| StoreError::unreadable("contenu à compresser", &"il ne peut pas être compressé"))
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

/// How many places there are for what is of one dossier, in the tables whose ids are made of its number and a place in it.
const PLACES: i64 = 1 << 20;

/// The id of a place in a dossier: SQL finds all of a dossier's from `number << 20` on.
pub(super) fn place(number: DossierNumber, place: i64) -> Result<i64, StoreError> {
    let id = number.checked_mul(PLACES).filter(|_| (0..PLACES).contains(&place)).map(|first| first + place);
    id.ok_or_else(|| {
        StoreError::unreadable("dossier", &"son numéro ou le nombre de ses champs dépasse tout ce que DS donne")
    })
}

/// Hashes that are written in hexadecimal with colons between them, and maybe one at the end, as they are kept: their bytes. Any other text is kept as it is.
pub(super) fn hashes(text: &str) -> Vec<u8> {
    let whole =
        |part: &str| part.len() == 2 * HASH && part.bytes().all(|c| c.is_ascii_digit() || (b'a'..=b'f').contains(&c));
    let (mark, parts) = text.strip_suffix(':').map_or((HASHES, text), |parts| (HASHES_AND_COLON, parts));
    if !parts.split(':').all(whole) {
        return text.into();
    }
    let digit = |c: u8| if c.is_ascii_digit() { c - b'0' } else { c - b'a' + 10 };
    let bytes =
        parts.split(':').flat_map(|part| part.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])));
    std::iter::once(mark).chain(bytes).collect()
}

/// The text again.
pub(super) fn read_hashes(kept: &[u8]) -> Result<String, StoreError> {
    match kept.split_first() {
        Some((mark @ &(HASHES | HASHES_AND_COLON), hashes)) => {
            let parts: Vec<String> = hashes.chunks(HASH).map(hexadecimal).collect();
            Ok(parts.join(":") + if *mark == HASHES { "" } else { ":" })
        }
        _ => String::from_utf8(kept.into())
            .map_err(|_| StoreError::unreadable("empreinte", &"ses octets ne sont pas de l’UTF-8")),
    }
}

/// How many bytes a hash has.
const HASH: usize = 32;
/// What hashes begin with where they are kept, without a colon at the end and with one: no text does.
const HASHES: u8 = 1;
const HASHES_AND_COLON: u8 = 2;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_take_half_the_room_and_are_read_back_as_any_text_is() {
        let hash = "00ff7ce26475f2fb22d169e17a44b41b1e3b435c5485ea0f4256ddd9667bc1a4";
        for (text, kept) in [(hash.to_owned(), 33), (format!("{hash}:{hash}"), 65), (format!("{hash}:{hash}:"), 65)] {
            assert_eq!(hashes(&text).len(), kept);
            assert_eq!(read_hashes(&hashes(&text)).unwrap(), text);
        }
        for text in ["", ":", "::", "lecture", &hash.to_uppercase(), &hash[1..]] {
            assert_eq!(hashes(text), text.as_bytes());
            assert_eq!(read_hashes(text.as_bytes()).unwrap(), text);
        }
    }
}
