//! Whether a dossier says something else than before, whatever the order in which it says it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::dossier::DecodeError;

/// Members that differ at each call though nothing changed: signed addresses, and the files made on the fly
/// (API facts, 5.8, 5.9).
const VOLATILE: [&str; 3] = ["url", "pdf", "geojson"];

/// SHA-256 of the canonical form of a JSON text: keys sorted, no spaces, texts unescaped and escaped anew, numbers by
/// their digits, without what changes at each call.
///
/// # Errors
/// [`DecodeError::Json`] when it is not JSON.
pub fn content_hash(json: &str) -> Result<[u8; 32], DecodeError> {
    let mut canonical = String::with_capacity(json.len());
    write(json, &mut canonical)?;
    Ok(Sha256::digest(canonical.as_bytes()).into())
}

fn write(json: &str, out: &mut String) -> Result<(), serde_json::Error> {
    let json = json.trim();
    match json.as_bytes().first() {
        Some(b'{') => {
            let members: BTreeMap<Cow<'_, str>, &RawValue> = serde_json::from_str(json)?;
            let members = members.iter().filter(|(key, _)| !VOLATILE.contains(&key.as_ref()));
            write_sequence(('{', '}'), members, out, |(key, value), out| {
                out.push_str(&serde_json::to_string(key)?);
                out.push(':');
                write(value.get(), out)
            })
        }
        Some(b'[') => {
            let elements: Vec<&RawValue> = serde_json::from_str(json)?;
            write_sequence(('[', ']'), elements.iter(), out, |value, out| write(value.get(), out))
        }
        Some(b'"') => {
            let text = String::deserialize(&mut serde_json::Deserializer::from_str(json))?;
            out.push_str(&serde_json::to_string(&text)?);
            Ok(())
        }
        _ => {
            out.push_str(serde_json::from_str::<&RawValue>(json)?.get());
            Ok(())
        }
    }
}

fn write_sequence<T>(
    (open, close): (char, char),
    items: impl Iterator<Item = T>,
    out: &mut String,
    mut write_item: impl FnMut(T, &mut String) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    out.push(open);
    for (place, item) in items.enumerate() {
        if place > 0 {
            out.push(',');
        }
        write_item(item, out)?;
    }
    out.push(close);
    Ok(())
}
