//! The tables of the configuration file, with what holds where nothing is said.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use secrecy::SecretString;
use serde::Deserialize;

use super::values;
use crate::domain::dossier::ProcedureNumber;
use crate::domain::erasure::Keep;
use crate::domain::instant::paris;
use crate::domain::programme::Programme;
use crate::mapping::ProcedureMapping;

/// How to reach DS.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Api {
    /// The GraphQL end point: https, or http on the loopback only.
    #[serde(deserialize_with = "values::endpoint")]
    pub url: String,
    /// The file that holds the token.
    pub token_file: Option<PathBuf>,
    /// The largest page asked for, 1 to 100.
    #[serde(deserialize_with = "values::page_size")]
    pub page_size: u32,
    /// How long one request may take.
    #[serde(rename = "timeout_s", deserialize_with = "values::seconds")]
    pub timeout: Duration,
    /// How long all the tries of one request may take together.
    #[serde(rename = "max_retry_s", deserialize_with = "values::seconds")]
    pub max_retry: Duration,
    /// The most requests a minute, those of every process on the database together: 1 to 400, or to a million of a
    /// server on the loopback.
    #[serde(deserialize_with = "values::requests_per_minute")]
    pub requests_per_minute: u32,
    /// The proxy to go through; a secret because its address may hold a password.
    #[serde(deserialize_with = "values::proxy")]
    pub proxy: Option<SecretString>,
    /// Certificates to trust besides those of the system, PEM.
    pub ca_file: Option<PathBuf>,
    /// The last day on which the token works; the API does not tell.
    #[serde(deserialize_with = "values::day")]
    pub token_expires: Option<Date>,
}

impl Default for Api {
    fn default() -> Self {
        Self {
            url: "https://demarche.numerique.gouv.fr/api/v2/graphql".to_owned(),
            token_file: None,
            page_size: 100,
            timeout: Duration::from_mins(1),
            max_retry: Duration::from_mins(5),
            requests_per_minute: 380,
            proxy: None,
            ca_file: None,
            token_expires: None,
        }
    }
}

/// How the synchronisation behaves.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Sync {
    /// How far behind the newest dossier known an increment starts.
    #[serde(rename = "overlap_s", deserialize_with = "values::seconds")]
    pub overlap: Duration,
    /// How long a synchronisation may last; the next one goes on.
    #[serde(rename = "max_run_s", deserialize_with = "values::seconds")]
    pub max_run: Duration,
}

impl Default for Sync {
    fn default() -> Self {
        Self { overlap: Duration::from_mins(10), max_run: Duration::from_hours(4) }
    }
}

/// Where the database is.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Database {
    /// The `SQLite` file.
    #[serde(deserialize_with = "values::path")]
    pub path: PathBuf,
}

impl Default for Database {
    fn default() -> Self {
        Self { path: PathBuf::from("fitn.sqlite") }
    }
}

/// The territory served.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Served {
    /// INSEE code of the région.
    #[serde(deserialize_with = "values::region")]
    pub region: String,
    /// Codes of its départements, in order; none listed means all of them.
    #[serde(deserialize_with = "values::departements")]
    pub departements: Vec<String>,
}

impl Default for Served {
    fn default() -> Self {
        Self { region: "11".to_owned(), departements: Vec::new() }
    }
}

/// What the operator changes in the rules.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Files of parameters laid over those built in.
    pub parameters: Vec<PathBuf>,
}

/// What becomes of dossiers that DS erased.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Purge {
    /// How long they are kept whole here, counted from when they are known to be gone for good.
    #[serde(rename = "erase_after_days", deserialize_with = "values::days")]
    pub erase_after: SignedDuration,
    /// What stays of them.
    #[serde(deserialize_with = "values::keep")]
    pub keep: Keep,
}

impl Default for Purge {
    fn default() -> Self {
        Self { erase_after: SignedDuration::from_hours(30 * 24), keep: Keep::default() }
    }
}

/// A démarche to follow.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Procedure {
    /// Its number on DS.
    #[serde(deserialize_with = "values::procedure_number")]
    pub number: ProcedureNumber,
    /// The programme of its dossiers.
    #[serde(deserialize_with = "values::programme")]
    pub programme: Programme,
    /// Where the facts are on its form.
    #[serde(default)]
    pub fields: ProcedureMapping,
}

/// Where lists and reports go.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Exports {
    /// The directory, created when needed.
    #[serde(deserialize_with = "values::path")]
    pub directory: PathBuf,
}

impl Default for Exports {
    fn default() -> Self {
        Self { directory: PathBuf::from("exports") }
    }
}

/// What becomes of attached files. They are always listed.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Attachments {
    /// Whether their contents are downloaded.
    pub download: bool,
    /// Where the contents are kept, for this database alone; none named means beside it: see
    /// [`Config::attachments_directory`].
    #[serde(deserialize_with = "values::some_path")]
    pub directory: Option<PathBuf>,
    /// The largest file that is downloaded, in bytes.
    #[serde(deserialize_with = "values::bytes")]
    pub max_bytes: u64,
    /// How long the downloads after a synchronisation may last; the next one goes on.
    #[serde(rename = "max_run_s", deserialize_with = "values::seconds")]
    pub max_run: Duration,
    /// The hosts of the internal network that files may come from, as they are written in an address.
    #[serde(deserialize_with = "values::hosts")]
    pub internal_hosts: BTreeSet<String>,
}

impl Default for Attachments {
    fn default() -> Self {
        Self {
            download: false,
            directory: None,
            max_bytes: 200 * 1024 * 1024,
            max_run: Duration::from_mins(10),
            internal_hosts: BTreeSet::new(),
        }
    }
}

/// What is due when: cron expressions of six fields, seconds first, that were checked.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Schedule {
    /// The time zone of the expressions.
    #[serde(deserialize_with = "values::timezone")]
    pub timezone: TimeZone,
    /// Incremental syncs.
    #[serde(deserialize_with = "values::cron")]
    pub sync: String,
    /// Full syncs.
    #[serde(deserialize_with = "values::cron")]
    pub full_sync: String,
    /// The list of the month just ended.
    #[serde(deserialize_with = "values::cron")]
    pub monthly_list: String,
    /// The report of the quarter just ended.
    #[serde(deserialize_with = "values::cron")]
    pub quarterly_report: String,
    /// The same, no draft any more.
    #[serde(deserialize_with = "values::cron")]
    pub quarterly_final: String,
    /// The packs of the committees about the quarter just ended, one a département.
    #[serde(deserialize_with = "values::cron")]
    pub committee: String,
    /// The sending of what the outbox has.
    #[serde(deserialize_with = "values::cron")]
    pub deliveries: String,
    /// The mail of what is new.
    #[serde(deserialize_with = "values::cron")]
    pub digest: String,
    /// The backup.
    #[serde(deserialize_with = "values::cron")]
    pub backup: String,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            timezone: paris(),
            sync: "0 */15 6-21 * * *".to_owned(),
            full_sync: "0 30 4 * * Sun".to_owned(),
            monthly_list: "0 0 6 1 * *".to_owned(),
            quarterly_report: "0 0 8 5 1,4,7,10 *".to_owned(),
            quarterly_final: "0 0 8 20 1,4,7,10 *".to_owned(),
            committee: "0 0 8 5 1,4,7,10 *".to_owned(),
            deliveries: "0 */5 * * * *".to_owned(),
            digest: "0 0 7 * * Mon".to_owned(),
            backup: "0 30 2 * * *".to_owned(),
        }
    }
}

/// Where backups go, and how many stay.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Backup {
    /// The directory, created when needed; none named means beside the database: see [`Config::backup_directory`].
    #[serde(deserialize_with = "values::some_path")]
    pub directory: Option<PathBuf>,
    /// So many of the latest days that have a copy keep their last one.
    #[serde(deserialize_with = "values::kept_days")]
    pub keep_daily: usize,
    /// So many of the latest months that have a copy keep their last one.
    #[serde(deserialize_with = "values::kept_months")]
    pub keep_monthly: usize,
}

impl Default for Backup {
    fn default() -> Self {
        Self { directory: None, keep_daily: 7, keep_monthly: 12 }
    }
}

/// When something is to be looked at.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Alerts {
    /// How long after a due sync that did not succeed the data are stale.
    #[serde(rename = "stale_after_h", deserialize_with = "values::hours")]
    pub stale_after: SignedDuration,
    /// How much of a disk stays free, in bytes: `check` says when it does not, and downloads end before.
    #[serde(rename = "disk_free_min_mb", deserialize_with = "values::mebibytes")]
    pub disk_free_min: u64,
    /// So much of what there is to grant from, as a share, is too much.
    #[serde(deserialize_with = "values::share")]
    pub envelope_share: Decimal,
}

impl Default for Alerts {
    fn default() -> Self {
        Self {
            stale_after: SignedDuration::from_hours(6),
            disk_free_min: 500 << 20,
            envelope_share: Decimal::new(9, 1),
        }
    }
}

/// What the service shows over HTTP: nothing unless it is told where.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Console {
    /// Where it listens.
    #[serde(deserialize_with = "values::listen")]
    pub listen: Option<Listen>,
}

/// Where the service listens: on this machine alone, as long as nobody has to say who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Listen {
    /// An address of the loopback.
    Address(SocketAddr),
    /// A Unix socket, by its absolute path.
    Socket(PathBuf),
}
