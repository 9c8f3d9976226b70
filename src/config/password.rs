//! The password of the mail server: the systemd credential `smtp-password`, else the file that `password_file` names. It is never in
//! the configuration, a log or an error.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::secret_file::{self, CREDENTIALS_DIRECTORY, Fault, LONGEST};
use crate::files::refusal_in_french;

/// The name of the systemd credential.
pub const CREDENTIAL: &str = "smtp-password";

/// Why there is no password to use. Messages are French, and name the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// It is nowhere.
    #[error("aucun mot de passe n’est donné pour le serveur de courriel")]
    Absent,
    /// Its file cannot be read.
    #[error("le mot de passe du courriel, {} : {reason}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why, in French.
        reason: String,
    },
    /// Everybody can read it.
    #[error("le mot de passe du courriel, {} : lisible par tous, il est refusé (chmod o-rwx)", .0.display())]
    Exposed(PathBuf),
    /// There is not one password on one line in it.
    #[error("le mot de passe du courriel, {} : il y faut le mot de passe seul, sur une ligne", .0.display())]
    Malformed(PathBuf),
}

/// Finds the password. `environment` gives the value of a variable.
///
/// # Errors
/// [`PasswordError`], about the first place that has something.
pub fn password(
    password_file: Option<&Path>,
    environment: impl Fn(&str) -> Option<OsString>,
) -> Result<SecretString, PasswordError> {
    let credentials = environment(CREDENTIALS_DIRECTORY).map(PathBuf::from);
    let credential = credentials
        .as_ref()
        .map(|directory| directory.join(CREDENTIAL))
        .filter(|path| !matches!(path.try_exists(), Ok(false)));
    let path = credential.as_deref().or(password_file).ok_or(PasswordError::Absent)?;
    let exempt = credentials.is_some_and(|directory| path.starts_with(directory));
    let text = secret_file::read(path, exempt).map_err(|fault| match fault {
        Fault::Exposed => PasswordError::Exposed(path.to_owned()),
        Fault::Utf16 => PasswordError::Malformed(path.to_owned()),
        Fault::Unreadable(error) => {
            PasswordError::Unreadable { file: path.to_owned(), reason: refusal_in_french(&error) }
        }
    })?;
    // A password may begin or end with a space.
    let password = text.trim_end_matches(['\r', '\n']);
    if password.is_empty() || password.len() > LONGEST || password.contains(char::is_control) {
        return Err(PasswordError::Malformed(path.to_owned()));
    }
    Ok(SecretString::from(password))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;
    use crate::files::write_atomically;

    fn file(directory: &Path, content: &str, mode: u32) -> PathBuf {
        let path = directory.join(CREDENTIAL);
        write_atomically(&path, content.as_bytes()).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        path
    }

    #[test]
    fn the_credential_comes_before_the_file_and_neither_may_be_open_to_all() {
        let (credentials, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = file(other.path(), " le mot de passe \n", 0o640);
        let nothing = |_: &str| None;
        assert_eq!(password(Some(&path), nothing).unwrap().expose_secret(), " le mot de passe ");
        let directory = credentials.path().as_os_str().to_owned();
        let systemd = |name: &str| (name == CREDENTIALS_DIRECTORY).then(|| directory.clone());
        assert_eq!(password(Some(&path), systemd).unwrap().expose_secret(), " le mot de passe ");
        file(credentials.path(), "autre", 0o644);
        assert_eq!(password(Some(&path), systemd).unwrap().expose_secret(), "autre");
        let path = file(other.path(), "secret", 0o644);
        assert_eq!(password(Some(&path), nothing).unwrap_err(), PasswordError::Exposed(path));
        assert_eq!(password(None, nothing).unwrap_err(), PasswordError::Absent);
    }

    #[test]
    fn what_is_not_one_password_on_one_line_is_refused_and_never_shown() {
        let directory = tempfile::tempdir().unwrap();
        for content in ["", "\n", "un\ndeux\n", "tabu\tlation"] {
            let path = file(directory.path(), content, 0o600);
            assert_eq!(password(Some(&path), |_| None).unwrap_err(), PasswordError::Malformed(path));
        }
        let gone = directory.path().join("absent");
        let told = password(Some(&gone), |_| None).unwrap_err().to_string();
        assert!(told.ends_with("il n’existe pas"), "{told}");
    }
}
