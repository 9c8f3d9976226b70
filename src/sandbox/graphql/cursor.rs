//! The cursors of the API: a place in an order, without saying which (API facts, 3.2).

use base64::Engine;
use base64::alphabet::URL_SAFE as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::failure::Failure;
use crate::sandbox::world::SortKey;

/// URL-safe, written without padding, read with or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &ALPHABET,
    GeneralPurposeConfig::new().with_encode_padding(false).with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Writes a cursor: `YYYY-MM-DDTHH:MM:SS.nnnnnnnnnZ;<number>`, in base64.
#[must_use]
pub fn encode((instant, number): SortKey) -> String {
    BASE64.encode(format!("{};{number}", instant.strftime("%Y-%m-%dT%H:%M:%S.%9fZ")))
}

/// Reads a cursor; `None` is a text without an instant in it, which the database compares with nothing.
///
/// # Errors
/// [`Failure::InvalidCursor`] for what is not base64.
pub fn decode(cursor: &str) -> Result<Option<SortKey>, Failure> {
    let invalid = || Failure::InvalidCursor(cursor.to_owned());
    let bytes = BASE64.decode(cursor.replace('+', "-").replace('/', "_")).map_err(|_| invalid())?;
    let text = String::from_utf8_lossy(&bytes);
    let (instant, number) = text.split_once(';').unwrap_or((&text, ""));
    let number: String = number.chars().take_while(char::is_ascii_digit).collect();
    Ok(instant.parse().ok().map(|instant| (instant, number.parse().unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_api_facts_is_met() {
        let rank = ("2026-01-15T14:52:35.123456Z".parse().unwrap(), 4242);
        assert_eq!(encode(rank), "MjAyNi0wMS0xNVQxNDo1MjozNS4xMjM0NTYwMDBaOzQyNDI");
        assert_eq!(decode(&encode(rank)), Ok(Some(rank)));
        assert_eq!(decode("MjAyNi0wMS0xNVQxNDo1MjozNS4xMjM0NTYwMDBaOzQyNDI="), Ok(Some(rank)));
    }

    #[test]
    fn garbage_in_base64_is_no_instant_and_the_rest_is_an_error() {
        assert_eq!(decode("Z2FyYmFnZQ"), Ok(None));
        assert_eq!(decode("pas du base64 !"), Err(Failure::InvalidCursor("pas du base64 !".to_owned())));
    }
}
