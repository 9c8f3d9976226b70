//! Accounts of this machine: who owns a file, and who runs this program.

use std::fmt;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Where the names of accounts are.
const NAMES: &str = "/etc/passwd";

/// An account, by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account(u32);

impl Account {
    /// The account that runs this program.
    #[must_use]
    pub fn own() -> Self {
        Self(rustix::process::geteuid().as_raw())
    }

    /// The account of a number.
    #[must_use]
    pub fn of(number: u32) -> Self {
        Self(number)
    }

    /// The account that owns a file or directory, links followed; none when it is not there or cannot be looked at.
    #[must_use]
    pub fn owner_of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().map(|found| Self(found.uid()))
    }

    /// Whether permissions do not bind it.
    #[must_use]
    pub fn is_root(self) -> bool {
        self.0 == 0
    }
}

/// Its name, or its number where it has none here.
impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let accounts = fs::read_to_string(NAMES).unwrap_or_default();
        match name_of(self.0, &accounts) {
            Some(name) => write!(f, "« {name} »"),
            None => write!(f, "n° {}", self.0),
        }
    }
}

fn name_of(number: u32, accounts: &str) -> Option<&str> {
    accounts.lines().find_map(|line| {
        let mut parts = line.split(':');
        let (name, _, own) = (parts.next()?, parts.next()?, parts.next()?);
        (own.parse() == Ok(number)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_told_by_its_name_or_its_number() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\nbroken\nfitn:x:996:996::/var/lib/fitn:/usr/sbin/nologin\n";
        assert_eq!(name_of(996, accounts), Some("fitn"));
        assert_eq!(name_of(997, accounts), None);
        assert_eq!(Account(4_000_000_000).to_string(), "n° 4000000000");
    }

    #[test]
    fn what_is_made_here_is_one_s_own() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(Account::owner_of(directory.path()), Some(Account::own()));
        assert_eq!(Account::owner_of(&directory.path().join("nothing")), None);
    }
}
