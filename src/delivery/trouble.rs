//! What keeps messages from leaving, in French, without a secret and without an address.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use rustls::CertificateError;

use crate::domain::text::{QUOTED, printable_line, shortened};
use crate::files::refusal_in_french;

/// Why no message can be made, or why the mail server cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// No message can be made of a letter.
    #[error("le message ne peut pas être composé")]
    Letter,
    /// An address that the library for mail does not take.
    #[error("« {0} » n’est pas une adresse de courriel")]
    Address(String),
    /// The name of the server is not known.
    #[error("le serveur de courriel {0} est introuvable (nom inconnu)")]
    NoSuchHost(String),
    /// No connection, or none that can be trusted.
    #[error("{server} : {reason}")]
    Connection {
        /// Host and port.
        server: String,
        /// Why, in French.
        reason: String,
    },
    /// The server does not offer what the configuration asks for.
    #[error("{server} : le serveur n’offre pas STARTTLS")]
    NoStartTls {
        /// Host and port.
        server: String,
    },
    /// It answered before it was asked, or something else.
    #[error("{server} : le serveur répond à autre chose que ce qui lui est demandé ; quelqu’un s’interpose peut-être")]
    Unasked {
        /// Host and port.
        server: String,
    },
    /// It left something unanswered.
    #[error("{server} : le serveur ne répond pas dans le délai")]
    Silent {
        /// Host and port.
        server: String,
    },
    /// Name and password were refused.
    #[error("{server} : le serveur refuse le nom ou le mot de passe{reply}")]
    Password {
        /// Host and port.
        server: String,
        /// What it answered.
        reply: String,
    },
    /// There is no password to use.
    #[error("{0}")]
    NoPassword(String),
    /// The file of certificates.
    #[error("les certificats de {} sont illisibles : {reason}", path.display())]
    Certificates {
        /// The file.
        path: PathBuf,
        /// Why, in French.
        reason: String,
    },
}

impl Trouble {
    /// What to do, in French.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Letter => "signalez-le avec le genre et la période du document",
            Self::Address(_) => "corrigez cette adresse dans la configuration",
            Self::NoSuchHost(_) => "vérifiez « host » de la section [smtp], et que cette machine sait trouver ce nom",
            Self::Connection { .. } => {
                "vérifiez « host », « port », « tls » et « ca_file » de la section [smtp] ; « fitn check » essaie la connexion"
            }
            Self::NoStartTls { .. } => {
                "essayez [smtp] tls = \"tls\" avec le port 465, ou voyez avec l’hébergeur du serveur"
            }
            Self::Unasked { .. } => {
                "rien n’a été envoyé ; signalez-le à l’hébergeur du serveur, et essayez [smtp] tls = \"tls\" avec le port 465"
            }
            Self::Silent { .. } => {
                "les messages repartiront d’eux-mêmes ; si cela dure, voyez avec l’hébergeur du serveur"
            }
            Self::Password { .. } => {
                "vérifiez « user » de la section [smtp], et le mot de passe dans son fichier ; « fitn check » l’essaie"
            }
            Self::NoPassword(_) => {
                "mettez le mot de passe seul dans un fichier (chmod 600) que nomme « password_file » de la section [smtp], ou \
                 donnez-le par le justificatif systemd « smtp-password »"
            }
            Self::Certificates { .. } => "« ca_file » de la section [smtp] nomme un fichier PEM : corrigez-le",
        }
    }
}

/// Whether the server said nothing for as long as it may.
pub(super) fn is_silence(error: &lettre::transport::smtp::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |cause: &&(dyn Error + 'static)| (*cause).source());
    let kind = causes.find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind);
    matches!(kind, Some(io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut))
}

/// What the library for mail reports when the server gave no answer, in French.
pub(super) fn told(error: &lettre::transport::smtp::Error) -> String {
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(failure) = cause.downcast_ref::<io::Error>() {
            // What TLS refuses comes as a failure of the connection.
            let tls = failure.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
            return tls.map_or_else(|| interrupted(failure), told_by_tls);
        }
        if let Some(failure) = cause.downcast_ref::<rustls::Error>() {
            return told_by_tls(failure);
        }
        source = cause.source();
    }
    if error.is_response() {
        "la réponse du serveur est incomplète ou n’est pas du courriel (SMTP)"
    } else {
        "la connexion a échoué"
    }
    .to_owned()
}

fn interrupted(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => "aucune réponse dans le délai".to_owned(),
        io::ErrorKind::UnexpectedEof => "connexion coupée".to_owned(),
        // A text that is not UTF-8.
        io::ErrorKind::InvalidData => "la réponse du serveur n’est pas lisible (elle n’est pas en UTF-8)".to_owned(),
        _ => refusal_in_french(error),
    }
}

fn told_by_tls(error: &rustls::Error) -> String {
    let rustls::Error::InvalidCertificate(fault) = error else {
        return "la connexion chiffrée n’a pas pu être établie : est-ce le bon port pour ce « tls » ?".to_owned();
    };
    match fault {
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "le certificat du serveur est celui d’un autre nom"
        }
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "le certificat du serveur a expiré",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "le certificat du serveur ne vaut pas encore : l’horloge de cette machine est-elle juste ?"
        }
        CertificateError::UnknownIssuer => {
            "le certificat du serveur vient d’une autorité inconnue ici (celle de l’État se donne par « ca_file »)"
        }
        CertificateError::Revoked => "le certificat du serveur est révoqué",
        _ => "le certificat du serveur n’est pas valable",
    }
    .to_owned()
}

/// What a server answered, in one line that steers no screen.
pub(super) fn reply_line(code: impl std::fmt::Display, text: &str) -> String {
    shortened(&printable_line(&format!("{code} {text}")), QUOTED)
}
