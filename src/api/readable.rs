//! Parts of an answer that cost themselves alone: one that cannot be read is like one that DS did not give.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;

/// A part; none when it is null or cannot be read.
pub(super) fn readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(input: D) -> Result<Option<T>, D::Error> {
    Ok(Option::<Box<RawValue>>::deserialize(input)?.and_then(|part| read(&part)))
}

/// A list of parts, each in its place; none when it is null.
pub(super) fn each_readable<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    input: D,
) -> Result<Option<Vec<Option<T>>>, D::Error> {
    let parts = Option::<Vec<&'de RawValue>>::deserialize(input)?;
    Ok(parts.map(|parts| parts.into_iter().map(read).collect()))
}

fn read<T: DeserializeOwned>(part: &RawValue) -> Option<T> {
    serde_json::from_str::<Option<T>>(part.get()).ok().flatten()
}
