//! An address of electronic mail, with the name that stands before it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// The longest local part and the longest domain, in bytes (RFC 5321, 4.5.3.1).
const LONGEST_LOCAL: usize = 64;
const LONGEST_DOMAIN: usize = 255;
/// The longest label of a domain, in bytes.
const LONGEST_LABEL: usize = 63;

/// A mailbox: `FITN <fitn@example.gouv.fr>`, or its address alone. ASCII: what is beyond, most servers refuse.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mailbox {
    /// The name that people see.
    pub name: Option<String>,
    local: String,
    domain: String,
}

/// A text that is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("ce n’est pas une adresse de courriel")]
pub struct NotAMailbox;

impl Mailbox {
    /// `fitn@example.gouv.fr`.
    #[must_use]
    pub fn address(&self) -> String {
        format!("{}@{}", self.local, self.domain)
    }

    /// What stands before the `@`.
    #[must_use]
    pub fn local(&self) -> &str {
        &self.local
    }

    /// What stands after it.
    #[must_use]
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The address in small letters: two that differ by them alone are the same mailbox everywhere.
    #[must_use]
    pub fn key(&self) -> String {
        self.address().to_lowercase()
    }
}

impl fmt::Display for Mailbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{name} <{}>", self.address()),
            None => f.write_str(&self.address()),
        }
    }
}

impl FromStr for Mailbox {
    type Err = NotAMailbox;
    fn from_str(text: &str) -> Result<Self, NotAMailbox> {
        let text = text.trim();
        let (name, address) = match text.strip_suffix('>') {
            Some(rest) => rest.rsplit_once('<').map(|(name, address)| (name.trim(), address)).ok_or(NotAMailbox)?,
            None => ("", text),
        };
        let (local, domain) = address.rsplit_once('@').ok_or(NotAMailbox)?;
        let name = name.trim_matches('"').trim();
        if !is_local(local) || !is_domain(domain) || name.contains(|c: char| c.is_control() || "<>\"".contains(c)) {
            return Err(NotAMailbox);
        }
        let name = (!name.is_empty()).then(|| name.to_owned());
        Ok(Self { name, local: local.to_owned(), domain: domain.to_owned() })
    }
}

/// Letters, digits and signs in runs between single dots.
fn is_local(text: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    text.len() <= LONGEST_LOCAL && text.split('.').all(is_atom)
}

fn is_domain(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.len() <= LONGEST_LABEL
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= LONGEST_DOMAIN && text.split('.').all(is_label)
}

impl Serialize for Mailbox {
    fn serialize<S: Serializer>(&self, output: S) -> Result<S::Ok, S::Error> {
        output.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Mailbox {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        String::deserialize(input)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mailbox_has_an_address_and_perhaps_a_name() {
        let mailbox: Mailbox = " FITN Île-de-France <Fitn.ADS@Example.gouv.fr> ".parse().unwrap();
        assert_eq!(mailbox.name.as_deref(), Some("FITN Île-de-France"));
        assert_eq!(mailbox.address(), "Fitn.ADS@Example.gouv.fr");
        assert_eq!(mailbox.key(), "fitn.ads@example.gouv.fr");
        assert_eq!(mailbox.to_string().parse(), Ok(mailbox));
        let bare: Mailbox = "root@localhost".parse().unwrap();
        assert_eq!((bare.name.as_deref(), bare.to_string().as_str()), (None, "root@localhost"));
        let quoted: Mailbox = "\"Préfecture, FITN\" <a@b.fr>".parse().unwrap();
        assert_eq!(quoted.name.as_deref(), Some("Préfecture, FITN"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "fitn",
            "@b.fr",
            "a@",
            "a b@c.fr",
            "a@b..fr",
            "a@-b.fr",
            "a.@b.fr",
            "é@b.fr",
            "a@é.fr",
            "a@b.fr, c@d.fr",
            "a@b.fr>",
            "x\r\nBcc: y <a@b.fr>",
            "<a@b.fr> suite",
        ] {
            assert_eq!(text.parse::<Mailbox>(), Err(NotAMailbox), "{text:?}");
        }
        assert!(format!("{}@b.fr", "x".repeat(65)).parse::<Mailbox>().is_err());
    }
}
