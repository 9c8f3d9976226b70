//! A dossier put together from parts that were asked for one by one.

use std::collections::BTreeMap;

use serde_json::value::{RawValue, to_raw_value};

use super::dossier::DecodeError;

/// One object with the members of all; what each holds stays as it was received.
///
/// # Errors
/// [`DecodeError::Json`] when a part is no object.
pub fn assemble<'a>(parts: impl IntoIterator<Item = &'a str>) -> Result<Box<RawValue>, DecodeError> {
    let mut members: BTreeMap<String, &RawValue> = BTreeMap::new();
    for part in parts {
        let part: BTreeMap<String, &RawValue> = serde_json::from_str(part)?;
        members.extend(part);
    }
    Ok(to_raw_value(&members)?)
}

/// One member of an object, as an object of its own; none when it is not there.
#[must_use]
pub fn member(json: &str, name: &str) -> Option<Box<RawValue>> {
    let mut members: BTreeMap<String, &RawValue> = serde_json::from_str(json).ok()?;
    members.retain(|key, _| key == name);
    if members.is_empty() { None } else { to_raw_value(&members).ok() }
}

#[cfg(test)]
mod tests {
    use super::{assemble, member};

    #[test]
    fn the_members_of_the_parts_stay_as_received() {
        let whole = assemble([r#"{"number":1,"a":1.10}"#, r#"{"champs":[{"b":0.1000}]}"#]).unwrap();
        assert_eq!(whole.get(), r#"{"a":1.10,"champs":[{"b":0.1000}],"number":1}"#);
        assert!(assemble(["[]"]).is_err());
    }

    #[test]
    fn a_member_can_be_taken_out_as_it_is() {
        assert_eq!(member(r#"{"number":1,"a":{"b":1.10}}"#, "a").unwrap().get(), r#"{"a":{"b":1.10}}"#);
        assert!(member("{}", "a").is_none() && member("[]", "a").is_none());
    }
}
