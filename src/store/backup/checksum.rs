//! The SHA-256 of a copy, beside it, as `sha256sum` writes it and `sha256sum -c` reads it: SQLite cannot tell that a value was altered.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::files::{open_plain, write_privately};

/// What follows the name of a copy in that of the file.
const SUFFIX: &str = ".sha256";
/// Hexadecimal digits of a SHA-256.
const DIGITS: usize = 64;
/// No such file is longer.
const LONGEST: u64 = 1 << 20;

/// Where the SHA-256 of a copy is.
#[must_use]
pub fn checksum_beside(copy: &Path) -> PathBuf {
    let mut name = copy.to_owned().into_os_string();
    name.push(SUFFIX);
    PathBuf::from(name)
}

/// Writes it, for a copy that need not have its name yet.
pub(super) fn write(copy: &Path, sha256: &str) -> io::Result<()> {
    let name = copy.file_name().unwrap_or_default().to_string_lossy();
    write_privately(&checksum_beside(copy), format!("{sha256}  {name}\n").as_bytes())
}

/// What it says; none where it is not there.
///
/// # Errors
/// What the system refuses; [`io::ErrorKind::InvalidData`] for something else.
pub(in crate::store) fn read(copy: &Path) -> io::Result<Option<String>> {
    let file: File = match open_plain(&checksum_beside(copy)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?,
    };
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text)?;
    let name = copy.file_name().unwrap_or_default().to_string_lossy();
    let lines: Vec<(&str, &str)> = text.lines().filter_map(line).collect();
    let own = lines.iter().find(|(_, of)| *of == name);
    // One that was renamed together with its copy.
    let only = lines.first().filter(|_| lines.len() == 1);
    let (sha256, _) = own.or(only).ok_or(io::ErrorKind::InvalidData)?;
    Ok(Some(sha256.to_ascii_lowercase()))
}

/// A SHA-256 and the name of a file.
fn line(line: &str) -> Option<(&str, &str)> {
    let (sha256, rest) = line.split_at_checked(DIGITS)?;
    let name = rest.trim_start_matches([' ', '*']);
    sha256.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some((sha256, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sha256sum_writes_is_read_and_nothing_else() {
        let directory = tempfile::tempdir().unwrap();
        let copy = directory.path().join("fitn.sqlite");
        assert_eq!(read(&copy).unwrap(), None);
        let (one, other) = ("1".repeat(DIGITS), "a".repeat(DIGITS));
        write(&copy, &one).unwrap();
        assert_eq!(read(&copy).unwrap(), Some(one.clone()));
        let put = |text: String| write_privately(&checksum_beside(&copy), text.as_bytes()).unwrap();
        for (text, found) in [
            (format!("{other}  autre.sqlite\n{one} *fitn.sqlite\n"), &one),
            (format!("{}  autre.sqlite\n", other.to_uppercase()), &other),
            (format!("{one}\n"), &one),
        ] {
            put(text);
            assert_eq!(read(&copy).unwrap().as_ref(), Some(found));
        }
        for text in ["", "bonjour", &one[1..], &format!("{one}  a\n{other}  b\n"), &format!("{}  x", "é".repeat(40))] {
            put(text.to_owned());
            assert!(read(&copy).is_err(), "{text}");
        }
    }
}
