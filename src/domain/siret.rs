//! SIRET and SIREN: who an applicant is.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The fourteen digits of an establishment. The check digit is not verified: DS already did, and La Poste breaks it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Siret(String);

/// A text that is not made of fourteen digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("un SIRET a quatorze chiffres")]
pub struct SiretError;

impl Siret {
    /// Reads fourteen digits, spaces between them allowed.
    ///
    /// # Errors
    /// [`SiretError`] when there are not exactly fourteen digits.
    pub fn parse(text: &str) -> Result<Self, SiretError> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(digits))
        } else {
            Err(SiretError)
        }
    }

    /// The nine digits of the legal entity.
    #[must_use]
    pub fn siren(&self) -> &str {
        &self.0[..9]
    }

    /// The fourteen digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Siret {
    type Error = SiretError;
    fn try_from(text: String) -> Result<Self, SiretError> {
        Self::parse(&text)
    }
}

impl From<Siret> for String {
    fn from(siret: Siret) -> Self {
        siret.0
    }
}

impl fmt::Display for Siret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_fourteen_digits_and_nothing_else() {
        assert_eq!(Siret::parse("217 500 016 00019").map(|s| s.siren().to_owned()), Ok("217500016".to_owned()));
        assert_eq!(Siret::parse("2175000160001"), Err(SiretError));
        assert_eq!(Siret::parse("2175000160001A"), Err(SiretError));
    }
}
