//! The API token: where it is looked for, and what makes a place refused.
//!
//! What is closest to the process wins: the variable `FITN_API_TOKEN`, then the systemd credential `api-token`, then the
//! file that `token_file` names. One configuration thus serves both the daemon, whose unit hands it the credential, and
//! the command line. The token is never in the configuration, a log or an error.

use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::secret_file::{self, CREDENTIALS_DIRECTORY, Fault, LONGEST};
use crate::files::refusal_in_french;

/// The variable that may hold the token.
pub const VARIABLE: &str = "FITN_API_TOKEN";
/// The name of the systemd credential.
pub const CREDENTIAL: &str = "api-token";

/// The token and where it was found.
#[derive(Debug, Clone)]
pub struct Token {
    /// The token itself.
    pub secret: SecretString,
    /// Where it was found.
    pub origin: Origin,
}

/// Where a token was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// In `FITN_API_TOKEN`.
    Variable,
    /// In the systemd credential.
    Credential(PathBuf),
    /// In the file of the configuration.
    File(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variable => write!(f, "la variable {VARIABLE}"),
            Self::Credential(path) => write!(f, "le justificatif systemd {}", path.display()),
            Self::File(path) => write!(f, "le fichier {}", path.display()),
        }
    }
}

/// Why there is no token to use.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// It is nowhere.
    #[error("aucun jeton d’accès à l’API n’est donné")]
    Absent,
    /// Its file cannot be read.
    #[error("{origin} est illisible : {reason}")]
    Unreadable {
        /// Where it should be.
        origin: Origin,
        /// Why, in French.
        reason: String,
    },
    /// `token_file` seems to hold the token itself, which is therefore not repeated.
    #[error("« token_file » contient un jeton au lieu du chemin d’un fichier")]
    NotAPath,
    /// Everybody can read it.
    #[error("{0} est lisible par tous : le jeton est refusé")]
    Exposed(Origin),
    /// There is nothing in it.
    #[error("{0} est vide")]
    Empty(Origin),
    /// It is written two bytes a character, as some editors do.
    #[error("{0} est en UTF-16")]
    Utf16(Origin),
    /// There is more in it than one token.
    #[error("{0} contient autre chose qu’un seul jeton sur une seule ligne")]
    Malformed(Origin),
}

impl TokenError {
    /// What to do about it.
    #[must_use]
    pub fn mend(&self) -> String {
        match self {
            Self::Absent | Self::NotAPath => "mettez le jeton seul dans un fichier (chmod 600) et donnez le chemin de ce \
                                              fichier : [api] token_file = \"token\" ; ou donnez le jeton par la variable \
                                              FITN_API_TOKEN"
                .to_owned(),
            Self::Unreadable { .. } => "vérifiez son chemin et ses droits".to_owned(),
            Self::Exposed(Origin::File(path) | Origin::Credential(path)) => format!("chmod o-rwx {}", path.display()),
            Self::Utf16(_) => "enregistrez-le en UTF-8, ou en texte simple (ASCII), avec le jeton seul sur une ligne".to_owned(),
            Self::Exposed(Origin::Variable) | Self::Empty(_) | Self::Malformed(_) => {
                "mettez-y le jeton seul, tel que DS l’a donné, sur une ligne".to_owned()
            }
        }
    }
}

impl Token {
    /// Finds the token: see the top of this module. `environment` gives the value of a variable.
    ///
    /// # Errors
    /// [`TokenError`], about the first place that has something.
    pub fn resolve(
        token_file: Option<&Path>,
        environment: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, TokenError> {
        if let Some(value) = environment(VARIABLE) {
            let text = value.into_string().map_err(|_| TokenError::Malformed(Origin::Variable))?;
            return Self::parse(&text, Origin::Variable);
        }
        let credentials = environment(CREDENTIALS_DIRECTORY).map(PathBuf::from);
        if let Some(path) = credentials
            .as_ref()
            .map(|directory| directory.join(CREDENTIAL))
            .filter(|path| !matches!(path.try_exists(), Ok(false)))
        {
            return Self::read(Origin::Credential(path.clone()), &path, true);
        }
        let path = token_file.ok_or(TokenError::Absent)?;
        let exempt = credentials.is_some_and(|directory| path.starts_with(directory));
        Self::read(Origin::File(path.to_owned()), path, exempt)
    }

    /// `exempt`: systemd guards the directory of credentials itself.
    fn read(origin: Origin, path: &Path, exempt: bool) -> Result<Self, TokenError> {
        match secret_file::read(path, exempt) {
            Ok(text) => Self::parse(&text, origin),
            Err(Fault::Exposed) => Err(TokenError::Exposed(origin)),
            Err(Fault::Utf16) => Err(TokenError::Utf16(origin)),
            Err(Fault::Unreadable(error)) => Err(unreadable(&origin, path, &error)),
        }
    }

    fn parse(text: &str, origin: Origin) -> Result<Self, TokenError> {
        let token = text.trim();
        if token.is_empty() {
            return Err(TokenError::Empty(origin));
        }
        // Whatever else would not fit an HTTP header.
        if token.len() > LONGEST || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(TokenError::Malformed(origin));
        }
        Ok(Self { secret: SecretString::from(token), origin })
    }
}

fn unreadable(origin: &Origin, path: &Path, error: &io::Error) -> TokenError {
    if matches!(origin, Origin::File(_)) && looks_like_a_token(path) {
        return TokenError::NotAPath;
    }
    TokenError::Unreadable { origin: origin.clone(), reason: refusal_in_french(error) }
}

/// A long run of base64 without any extension: nobody names a file so.
fn looks_like_a_token(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.len() >= 40 && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=+".contains(&byte))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use secrecy::ExposeSecret;

    use super::*;

    fn file(content: &str, mode: u32) -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("api-token");
        crate::files::write_atomically(&path, content.as_bytes()).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
        (directory, path)
    }

    fn nothing(_: &str) -> Option<OsString> {
        None
    }

    fn only(name: &'static str, value: impl Into<OsString>) -> impl Fn(&str) -> Option<OsString> {
        let value = value.into();
        move |asked| (asked == name).then(|| value.clone())
    }

    #[test]
    fn a_file_closed_to_others_is_read_without_its_last_line_break() {
        for mode in [0o600, 0o640, 0o400] {
            let (_directory, path) = file("abc123==\n", mode);
            let token = Token::resolve(Some(&path), nothing).unwrap();
            assert_eq!(token.secret.expose_secret(), "abc123==");
            assert_eq!(token.origin, Origin::File(path));
        }
    }

    fn bytes(content: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let (directory, path) = file("", 0o600);
        std::fs::File::create(&path).and_then(|mut file| std::io::Write::write_all(&mut file, content)).unwrap();
        (directory, path)
    }

    #[test]
    fn the_marks_of_editors_are_no_part_of_the_token() {
        let (_directory, path) = bytes(b"\xef\xbb\xbfabc123==\r\n");
        assert_eq!(Token::resolve(Some(&path), nothing).unwrap().secret.expose_secret(), "abc123==");
        let longest = [b"\xef\xbb\xbf".as_slice(), &[b'a'; LONGEST], b"\r\n"].concat();
        let (_directory, path) = bytes(&longest);
        assert_eq!(Token::resolve(Some(&path), nothing).unwrap().secret.expose_secret().len(), LONGEST);
        for utf16 in [b"\xff\xfea\0b\0".as_slice(), b"\xfe\xff\0a\0b", b"a\0b\0"] {
            let (_directory, path) = bytes(utf16);
            let error = Token::resolve(Some(&path), nothing).unwrap_err();
            assert_eq!(error, TokenError::Utf16(Origin::File(path)));
            assert!(error.mend().starts_with("enregistrez-le en UTF-8"));
        }
        let (_directory, path) = bytes(b"abc\xe9");
        let error = Token::resolve(Some(&path), nothing).unwrap_err();
        assert!(error.to_string().ends_with("est illisible : il n’est pas en UTF-8"), "{error}");
    }

    #[test]
    fn a_file_that_others_can_read_is_refused_except_in_the_credentials_directory() {
        let (directory, path) = file("abc", 0o644);
        let error = Token::resolve(Some(&path), nothing).unwrap_err();
        assert_eq!(error, TokenError::Exposed(Origin::File(path.clone())));
        assert_eq!(error.mend(), format!("chmod o-rwx {}", path.display()));
        let in_credentials = only("CREDENTIALS_DIRECTORY", directory.path());
        let token = Token::resolve(None, &in_credentials).unwrap();
        assert_eq!(token.origin, Origin::Credential(path.clone()));
        let other = directory.path().join("other");
        std::fs::rename(&path, &other).unwrap();
        assert_eq!(Token::resolve(Some(&other), in_credentials).unwrap().origin, Origin::File(other));
    }

    #[test]
    fn the_variable_wins_over_the_credential_and_the_credential_over_the_file() {
        let (directory, _) = file("from-credential", 0o400);
        let (_other, path) = file("from-file", 0o600);
        let credentials = directory.path().as_os_str().to_owned();
        let both = |name: &str| match name {
            "FITN_API_TOKEN" => Some(OsString::from("from-variable")),
            "CREDENTIALS_DIRECTORY" => Some(credentials.clone()),
            _ => None,
        };
        let found = |token: Token| token.secret.expose_secret().to_owned();
        assert_eq!(found(Token::resolve(Some(&path), both).unwrap()), "from-variable");
        let credential = only("CREDENTIALS_DIRECTORY", credentials.clone());
        assert_eq!(found(Token::resolve(Some(&path), credential).unwrap()), "from-credential");
        let empty = tempfile::tempdir().unwrap();
        let elsewhere = only("CREDENTIALS_DIRECTORY", empty.path());
        assert_eq!(found(Token::resolve(Some(&path), elsewhere).unwrap()), "from-file");
    }

    #[test]
    fn what_is_not_one_token_on_one_line_is_refused() {
        for content in ["", " \n\n"] {
            let (_directory, path) = file(content, 0o600);
            assert_eq!(Token::resolve(Some(&path), nothing).unwrap_err(), TokenError::Empty(Origin::File(path)));
        }
        for content in ["one\ntwo\n", "two words", "é", &"x".repeat(5000)] {
            let (_directory, path) = file(content, 0o600);
            assert_eq!(Token::resolve(Some(&path), nothing).unwrap_err(), TokenError::Malformed(Origin::File(path)));
        }
        let error = Token::resolve(None, only("FITN_API_TOKEN", "")).unwrap_err();
        assert_eq!(error.to_string(), "la variable FITN_API_TOKEN est vide");
    }

    #[test]
    fn a_token_that_is_nowhere_or_unreadable_is_said_so() {
        assert_eq!(Token::resolve(None, nothing).unwrap_err(), TokenError::Absent);
        let error = Token::resolve(Some(Path::new("/nowhere/token")), nothing).unwrap_err();
        assert_eq!(error.to_string(), "le fichier /nowhere/token est illisible : il n’existe pas");
        // A directory is most often open to everybody: that is not what is wrong with it.
        let (directory, _) = file("abc", 0o600);
        std::fs::set_permissions(directory.path(), PermissionsExt::from_mode(0o755)).unwrap();
        let error = Token::resolve(Some(directory.path()), nothing).unwrap_err();
        assert!(error.to_string().ends_with("est illisible : c’est un répertoire"), "{error}");
    }

    #[test]
    fn the_token_shows_nowhere() {
        let secret = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4";
        let (_directory, path) = file(secret, 0o600);
        assert!(!format!("{:?}", Token::resolve(Some(&path), nothing).unwrap()).contains(secret));
        let misplaced = Token::resolve(Some(&Path::new("/etc/fitn").join(secret)), nothing).unwrap_err();
        assert_eq!(misplaced, TokenError::NotAPath);
        assert!(!format!("{misplaced} {misplaced:?} {}", misplaced.mend()).contains(secret));
    }
}
