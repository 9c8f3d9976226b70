//! The configuration: one TOML file, checked whole before anything starts.
//!
//! Each mistake names the file, the line and the key, and says what to write instead. Only the command line knows this
//! room; it hands plain values on. It does not open the database, call the API or look for the files that it names, and
//! it never holds the token: see [`Token`].

mod error;
mod insertion;
mod mail;
mod password;
mod secret_file;
mod tables;
mod token;
mod values;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use sha2::{Digest, Sha256};

pub use error::ConfigError;
pub use insertion::{InsertionError, with_fields, with_procedure};
pub use mail::{Delivery, MailTls, Outbox, Smtp};
pub use password::{PasswordError, password};
pub use tables::{
    Alerts, Api, Attachments, Backup, Console, Database, Exports, Listen, Procedure, Purge, Rules, Schedule, Served,
    Sync,
};
pub use token::{Origin, Token, TokenError};

use crate::domain::text::hexadecimal;
use crate::territory;
use crate::toml_text::{self, Mistake, Source, UNKNOWN_KEY};

/// The commented configuration of the service, which `fitn init` writes to its place.
pub const TEMPLATE: &str = include_str!("../../deploy/config.toml");

/// Where the service keeps what it makes.
pub const STATE_DIRECTORY: &str = "/var/lib/fitn";

/// The same configuration for somewhere else: what is made lies beside it.
#[must_use]
pub fn template_beside() -> String {
    TEMPLATE.replace(&format!("\"{STATE_DIRECTORY}/"), "\"")
}

/// Names under which people try to put the token in the file.
const TOKEN_NAMES: [&str; 5] = ["token", "api_token", "jeton", "api_key", "secret"];

/// The keys whose values are tables, `[]` marking the elements of a list.
const TABLES: [&str; 16] = [
    "api",
    "sync",
    "database",
    "territory",
    "rules",
    "purge",
    "procedures[]",
    "exports",
    "schedule",
    "attachments",
    "alerts",
    "console",
    "smtp",
    "delivery[]",
    "outbox",
    "backup",
];

/// Keys and tables that will be there one day: they are refused as such, with all that is in them.
const NOT_YET: [&str; 8] = [
    "console.auth",
    "console.public_url",
    "console.proxy_header",
    "console.proxy_secret_file",
    "console.dsfr_dir",
    "letters",
    "publish",
    "schedule.publish",
];

/// The whole configuration. Paths are absolute or relative to the working directory, as the file's own path is.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How to reach DS.
    pub api: Api,
    /// How the synchronisation behaves.
    pub sync: Sync,
    /// Where the database is.
    pub database: Database,
    /// The territory served.
    pub territory: Served,
    /// What the operator changes in the rules.
    pub rules: Rules,
    /// What becomes of dossiers that DS erased.
    pub purge: Purge,
    /// The démarches followed; never empty, each number once.
    pub procedures: Vec<Procedure>,
    /// Where lists and reports go.
    pub exports: Exports,
    /// What becomes of attached files.
    pub attachments: Attachments,
    /// What is due when.
    pub schedule: Schedule,
    /// When something is to be looked at.
    pub alerts: Alerts,
    /// What the service shows over HTTP.
    pub console: Console,
    /// The mail server; none: nothing goes by mail.
    pub smtp: Option<Smtp>,
    /// Who is sent what.
    pub delivery: Vec<Delivery>,
    /// What holds a message for a person before it goes.
    pub outbox: Outbox,
    /// Where backups go, and how many stay.
    pub backup: Backup,
}

impl Config {
    /// Reads and checks a configuration file.
    ///
    /// # Errors
    /// [`ConfigError`]; the first mistake found.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        Self::load_with_text(file).map(|(config, _)| config)
    }

    /// The same, with the text of the file.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_with_text(file: &Path) -> Result<(Self, String), ConfigError> {
        let (config, text) = Self::load_begun(file)?;
        Ok((config.following_some(file)?, text))
    }

    /// The same of a file that may follow no démarche yet: for who adds one.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn load_begun(file: &Path) -> Result<(Self, String), ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| ConfigError::unreadable(file, &error))?;
        Ok((Self::parse_begun(&text, file)?, text))
    }

    /// Checks the text of a configuration file; `file` names it in messages and anchors its relative paths.
    ///
    /// # Errors
    /// [`ConfigError`]; the first mistake found.
    pub fn parse(text: &str, file: &Path) -> Result<Self, ConfigError> {
        Self::parse_begun(text, file)?.following_some(file)
    }

    fn parse_begun(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let source = toml_text::locate(file, text)?;
        if let Some(mistake) = source.not_a_table(file, &TABLES) {
            return Err(mistake.into());
        }
        let mut config: Self = toml_text::read(file, text, &source)
            .map_err(|mistake| not_yet(about_the_password(about_the_token(mistake))))?;
        config.check_requests(file, &source)?;
        config.check_procedures(file, &source)?;
        config.check_territory(file, &source)?;
        config.check_mail(file, &source)?;
        config.anchor(file.parent().unwrap_or(Path::new("")));
        Ok(config)
    }

    /// Names what a configuration says, with the files of parameters that it names: the same text, remarks and order of keys aside, in
    /// over the same database. `text` is what it was read from. SHA-256, in hexadecimal.
    #[must_use]
    pub fn fingerprint(&self, text: &str) -> String {
        let mut said = Sha256::new();
        let mut add = |bytes: &[u8]| {
            said.update((bytes.len() as u64).to_le_bytes());
            said.update(bytes);
        };
        add(text.parse::<toml::Table>().map_or_else(|_| text.to_owned(), |table| table.to_string()).as_bytes());
        // By whatever name it is reached.
        let database = self.database.path.canonicalize().unwrap_or_else(|_| self.database.path.clone());
        add(database.as_os_str().as_encoded_bytes());
        for file in &self.rules.parameters {
            add(&std::fs::read(file).unwrap_or_default());
        }
        hexadecimal(&said.finalize())
    }

    /// Where the contents of attached files are kept: beside the database and named after it, unless the file says
    /// otherwise.
    #[must_use]
    pub fn attachments_directory(&self) -> PathBuf {
        self.attachments.directory.clone().unwrap_or_else(|| {
            let stem = self.database.path.file_stem().unwrap_or_default().to_string_lossy();
            self.database.path.with_file_name(format!("{stem}-pieces"))
        })
    }

    /// Where backups go: beside the database, unless the file says otherwise.
    #[must_use]
    pub fn backup_directory(&self) -> PathBuf {
        self.backup.directory.clone().unwrap_or_else(|| self.database.path.with_file_name("backups"))
    }

    fn check_requests(&self, file: &Path, source: &Source) -> Result<(), ConfigError> {
        let (given, most) = (self.api.requests_per_minute, values::most_requests(&self.api.url));
        if given <= most {
            return Ok(());
        }
        let (message, mend) = (format!("{given} n’est pas admis"), format!("écrivez un nombre de 1 à {most}"));
        Err(source.mistake(file, "api.requests_per_minute", 0, &message, &mend).into())
    }

    fn check_procedures(&self, file: &Path, source: &Source) -> Result<(), ConfigError> {
        let mut seen = BTreeSet::new();
        for (index, procedure) in self.procedures.iter().enumerate() {
            if !seen.insert(procedure.number) {
                let message = format!("la démarche {} est déjà décrite plus haut", procedure.number);
                let mend = "gardez une seule table [[procedures]] par démarche";
                return Err(source.mistake(file, "procedures[].number", index, &message, mend).into());
            }
        }
        Ok(())
    }

    fn following_some(self, file: &Path) -> Result<Self, ConfigError> {
        if self.procedures.is_empty() {
            let mend = "« fitn mapping init --procedure N --programme P --write » y inscrit la démarche N, suivie au titre du programme P";
            return Err(Mistake::of_key(file, "procedures", "aucune démarche à suivre", mend).into());
        }
        Ok(self)
    }

    /// Départements belong to the région; none listed means all of them.
    fn check_territory(&mut self, file: &Path, source: &Source) -> Result<(), ConfigError> {
        let Served { region, departements } = &mut self.territory;
        let of_region: Vec<&str> = territory::departements()
            .filter(|departement| departement.region == *region)
            .map(|departement| departement.code)
            .collect();
        for (index, code) in departements.iter().enumerate() {
            let problem = if !of_region.contains(&code.as_str()) {
                format!("le département « {code} » n’est pas dans la région « {region} »")
            } else if departements.iter().take(index).any(|earlier| earlier == code) {
                format!("le département « {code} » est écrit deux fois")
            } else {
                continue;
            };
            let mend = format!("choisissez parmi {}", of_region.join(", "));
            return Err(source.mistake(file, "territory.departements[]", index, &problem, &mend).into());
        }
        if departements.is_empty() {
            *departements = of_region.into_iter().map(ToOwned::to_owned).collect();
        }
        departements.sort();
        Ok(())
    }

    /// Makes relative paths relative to the directory of the file.
    fn anchor(&mut self, directory: &Path) {
        let api = &mut self.api;
        let paths = [&mut self.database.path, &mut self.exports.directory];
        let parameters = &mut self.rules.parameters;
        let pieces = &mut self.attachments.directory;
        let of_mail = self.smtp.iter_mut().flat_map(|smtp| smtp.password_file.iter_mut().chain(&mut smtp.ca_file));
        let shares = self.delivery.iter_mut().flat_map(|delivery| &mut delivery.directory);
        let copies = &mut self.backup.directory;
        let optional =
            api.token_file.iter_mut().chain(&mut api.ca_file).chain(pieces).chain(copies).chain(of_mail).chain(shares);
        for path in paths.into_iter().chain(optional).chain(parameters) {
            *path = directory.join(&*path);
        }
    }
}

/// A key under which people try to put the token in the file is told where the token goes.
fn about_the_token(mistake: Mistake) -> Mistake {
    let name = mistake.key.as_deref().and_then(|key| key.rsplit('.').next()).unwrap_or_default();
    if mistake.message != UNKNOWN_KEY || !TOKEN_NAMES.contains(&name) {
        return mistake;
    }
    Mistake {
        message: "le jeton ne s’écrit jamais dans ce fichier".to_owned(),
        mend: "retirez-le d’ici et mettez-le dans un fichier à part, lisible de vous seul (chmod 600), que nomme \
               « token_file », ou dans la variable FITN_API_TOKEN, ou dans le justificatif systemd « api-token »"
            .to_owned(),
        ..mistake
    }
}

/// The same of the password of the mail server.
fn about_the_password(mistake: Mistake) -> Mistake {
    let is_password = matches!(mistake.key.as_deref(), Some("smtp.password" | "smtp.pass" | "smtp.mot_de_passe"));
    if mistake.message != UNKNOWN_KEY || !is_password {
        return mistake;
    }
    Mistake {
        message: "le mot de passe ne s’écrit jamais dans ce fichier".to_owned(),
        mend: "retirez-le d’ici et mettez-le dans un fichier à part, lisible de vous seul (chmod 600), que nomme « password_file », \
               ou dans le justificatif systemd « smtp-password »"
            .to_owned(),
        ..mistake
    }
}

/// A key that will be there one day is not misspelt: what to do is not to look for another one.
fn not_yet(mistake: Mistake) -> Mistake {
    let is_to_come = mistake.message == UNKNOWN_KEY && mistake.key.as_deref().is_some_and(|key| NOT_YET.contains(&key));
    if !is_to_come {
        return mistake;
    }
    Mistake {
        message: "cette version ne l’a pas encore".to_owned(),
        mend: "retirez-le de ce fichier ; il y aura sa place dans une version à venir".to_owned(),
        ..mistake
    }
}

#[cfg(test)]
mod tests;
