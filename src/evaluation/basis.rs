//! What the verdicts of a dossier are made from, named: they are made again where it is no longer the same.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::domain::journal::Standing;
use crate::domain::subject::Subject;
use crate::domain::text::hexadecimal;
use crate::rules::{Around, Rulebook};

/// What stands between the two names where they are kept.
const BETWEEN: char = ':';

/// Names all that the verdicts of a dossier, and the alerts about it, are made from: the sums that one rule asks for, and all else.
pub(super) struct Basis {
    rest: String,
    sums: String,
}

impl Basis {
    /// Of a dossier; `reading` names what its facts were read from.
    pub fn of(rulebook: &Rulebook, subject: &Subject, reading: &str, around: &Around, standing: &Standing) -> Self {
        let rest = [
            rulebook.fingerprint(),
            reading,
            &around.others,
            &standing.decisions_key(),
            &format!("{:?} {:?}", subject.removed.map(|removal| removal.reason), standing.exclusion.is_some()),
        ];
        Self { rest: digest(&rest), sums: digest(&[&around.sums]) }
    }

    /// Whether it is the one that is stored.
    pub fn is(&self, stored: &str) -> bool {
        stored.split_once(BETWEEN) == Some((&self.rest, &self.sums))
    }

    /// Whether the one that is stored is another one by its sums alone.
    pub fn differs_in_sums(&self, stored: &str) -> bool {
        stored.split_once(BETWEEN).is_some_and(|(rest, sums)| rest == self.rest && sums != self.sums)
    }
}

/// As it is kept.
impl fmt::Display for Basis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{BETWEEN}{}", self.rest, self.sums)
    }
}

fn digest(parts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for part in parts {
        digest.update(part);
        digest.update([0]);
    }
    hexadecimal(&digest.finalize())
}
