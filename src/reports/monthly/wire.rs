//! How lists of words and amounts are spelled in the JSON document.

/// Words separated by spaces, as one text.
pub(super) mod words {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(words: &[String], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&words.join(" "))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
        Ok(String::deserialize(deserializer)?.split_whitespace().map(str::to_owned).collect())
    }
}

/// An amount as a decimal string, or null.
pub(super) mod euros {
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::domain::money::Cents;

    #[allow(clippy::ref_option, reason = "the signature that serde calls")]
    pub fn serialize<S: Serializer>(amount: &Option<Cents>, serializer: S) -> Result<S::Ok, S::Error> {
        amount.map(Cents::to_decimal_string).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Cents>, D::Error> {
        Option::<String>::deserialize(deserializer)?
            .map(|text| text.parse().ok().and_then(|euros| Cents::exact(euros).ok()))
            .map(|amount| amount.ok_or_else(|| D::Error::custom("montant illisible")))
            .transpose()
    }
}
