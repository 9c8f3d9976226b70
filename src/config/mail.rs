//! How messages leave, and who is sent what.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use rust_decimal::Decimal;
use serde::Deserialize;

use super::{Config, ConfigError, values};
use crate::domain::mailbox::Mailbox;
use crate::domain::message::MessageKind;
use crate::toml_text::{Mistake, Source};

/// The mail server.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Smtp {
    /// Its name.
    #[serde(deserialize_with = "values::host_name")]
    pub host: String,
    /// Its port; none written means that of the kind of protection: see [`Smtp::port`].
    #[serde(default, deserialize_with = "values::port")]
    pub port: Option<u16>,
    /// How the connection is protected.
    #[serde(default, deserialize_with = "values::tls")]
    pub tls: MailTls,
    /// The name of the account; none: the server asks for none.
    #[serde(default)]
    pub user: Option<String>,
    /// The file that holds the password.
    #[serde(default)]
    pub password_file: Option<PathBuf>,
    /// Who sends.
    #[serde(deserialize_with = "values::mailbox")]
    pub from: Mailbox,
    /// Who gets the answers, when it is somebody else.
    #[serde(default, deserialize_with = "values::maybe_mailbox")]
    pub reply_to: Option<Mailbox>,
    /// Certificates to trust besides those of the system, PEM.
    #[serde(default)]
    pub ca_file: Option<PathBuf>,
    /// The largest message, in bytes.
    #[serde(default = "largest_message", deserialize_with = "values::bytes")]
    pub max_message_bytes: u64,
    /// A rehearsal: everything goes there.
    #[serde(default, deserialize_with = "values::maybe_mailbox")]
    pub redirect_to: Option<Mailbox>,
}

/// What most servers take.
const fn largest_message() -> u64 {
    15_000_000
}

impl Smtp {
    /// The port written, else that of the kind of protection.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(match self.tls {
            MailTls::StartTls => 587,
            MailTls::Wrapped => 465,
            MailTls::None => 25,
        })
    }
}

/// How the connection to the mail server is protected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MailTls {
    /// `starttls`.
    #[default]
    StartTls,
    /// `tls`.
    Wrapped,
    /// `none`: to this machine only.
    None,
}

/// Who is sent what.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Delivery {
    /// What is sent.
    #[serde(deserialize_with = "values::message_kind")]
    pub what: MessageKind,
    /// One message per address.
    #[serde(default, deserialize_with = "values::mailboxes")]
    pub to: Vec<Mailbox>,
    /// Instead of `to`: files written there.
    #[serde(default)]
    pub directory: Option<PathBuf>,
    /// Those of the document; none written means the usual ones.
    #[serde(default)]
    pub formats: Vec<String>,
    /// Only what is about the dossiers of this département.
    #[serde(default)]
    pub departement: Option<String>,
    /// A person lets each message go.
    #[serde(default)]
    pub hold: bool,
}

/// What holds a message for a person before it goes.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Outbox {
    /// So much fewer rows than last time, as a share.
    #[serde(deserialize_with = "values::share")]
    pub fewer_rows_share: Decimal,
    /// An amount so many times the largest of last time.
    #[serde(deserialize_with = "values::factor")]
    pub amount_factor: Decimal,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { fewer_rows_share: Decimal::new(3, 1), amount_factor: Decimal::TEN }
    }
}

impl Delivery {
    /// A key that what is sent has no use for: which, why not, and the mend.
    fn misplaced(&self, served: &[String]) -> Option<(&'static str, String, String)> {
        let what = self.what;
        let unserved = self.departement.as_ref().filter(|code| !served.contains(code)).map(|code| {
            let message = format!("le département « {code} » n’est pas de ceux qui sont suivis");
            ("delivery[].departement", message, format!("choisissez parmi {}", served.join(", ")))
        });
        if what == MessageKind::Committee {
            return unserved;
        }
        if what.is_document() {
            let is_about_one = self.departement.is_some();
            return is_about_one.then(|| {
                let message = format!("« {what} » est un document de toute la région");
                ("delivery[].departement", message, "retirez « departement »".to_owned())
            });
        }
        let by_mail = || (format!("« {what} » part par courriel, sans fichier"), "retirez cette clé".to_owned());
        if self.directory.is_some() {
            let mend = "écrivez to = [\"ADRESSE\"] à la place".to_owned();
            return Some(("delivery[].directory", by_mail().0, mend));
        }
        if !self.formats.is_empty() {
            let (message, mend) = by_mail();
            return Some(("delivery[].formats", message, mend));
        }
        if self.hold && what == MessageKind::Alerts {
            let message = "une alerte n’attend personne".to_owned();
            return Some(("delivery[].hold", message, "retirez « hold »".to_owned()));
        }
        unserved
    }
}

impl Config {
    /// A connection without protection goes no further than this machine; each delivery says where it goes, once.
    pub(super) fn check_mail(&self, file: &Path, source: &Source) -> Result<(), ConfigError> {
        if let Some(smtp) = &self.smtp
            && smtp.tls == MailTls::None
            && !values::is_this_machine(&smtp.host)
        {
            let message = "le mot de passe et les messages circuleraient en clair";
            let mend = "écrivez \"starttls\" ou \"tls\" (\"none\" ne vaut que pour la machine elle-même)";
            return Err(source.mistake(file, "smtp.tls", 0, message, mend).into());
        }
        let (mut seen, mut formats_before) = (BTreeSet::new(), 0);
        for (index, delivery) in self.delivery.iter().enumerate() {
            let mistake = |key: &str, message: &str, mend: &str| -> ConfigError {
                let found = source.mistake(file, key, index, message, mend);
                // A key that not every delivery has is told by the delivery.
                Mistake { line: found.line.or(source.mistake(file, "delivery[]", index, message, mend).line), ..found }
                    .into()
            };
            match (&delivery.directory, delivery.to.is_empty()) {
                (None, true) => {
                    return Err(mistake(
                        "delivery[]",
                        "elle ne va nulle part",
                        "ajoutez to = [\"ADRESSE\"] ou directory = \"RÉPERTOIRE\"",
                    ));
                }
                (Some(_), false) => {
                    let mend = "gardez l’un des deux, et faites une autre table [[delivery]] pour l’autre";
                    return Err(mistake("delivery[]", "« to » et « directory » y sont ensemble", mend));
                }
                (None, false) if self.smtp.is_none() => {
                    return Err(mistake(
                        "delivery[]",
                        "il n’y a pas de serveur de courriel",
                        "ajoutez la section [smtp]",
                    ));
                }
                _ => {}
            }
            if let Some((key, message, mend)) = delivery.misplaced(&self.territory.departements) {
                return Err(mistake(key, &message, &mend));
            }
            let known = delivery.what.formats();
            for (at, format) in delivery.formats.iter().enumerate() {
                if !known.contains(&format.as_str()) {
                    let message = format!("« {format} » n’est pas un format de ce document");
                    let mend = format!("choisissez parmi {}", known.join(", "));
                    return Err(source
                        .mistake(file, "delivery[].formats[]", formats_before + at, &message, &mend)
                        .into());
                }
            }
            formats_before += delivery.formats.len();
            if delivery.directory.as_ref().is_some_and(|path| path.as_os_str().is_empty()) {
                return Err(mistake(
                    "delivery[].directory",
                    "le nom est vide",
                    "nommez le répertoire où écrire les fichiers",
                ));
            }
            let places = delivery.to.iter().map(Mailbox::key);
            // « partage », « ./partage/ »: one and the same.
            let plain = |path: &PathBuf| {
                path.components().filter(|part| *part != Component::CurDir).collect::<PathBuf>().display().to_string()
            };
            let places = places.chain(delivery.directory.iter().map(plain));
            for place in places {
                if !seen.insert((delivery.what, delivery.departement.clone(), place.clone())) {
                    let message = format!("« {place} » reçoit déjà cet envoi");
                    return Err(mistake(
                        "delivery[]",
                        &message,
                        "gardez une seule fois chaque adresse et chaque répertoire par envoi",
                    ));
                }
            }
        }
        Ok(())
    }
}
