//! What people were told of alerts: one row a cause, until the day after its end.

use jiff::Timestamp;
use rusqlite::params;

use super::codec::{instant, json, read_instant};
use super::outbox::names;
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::DossierNumber;

/// What was told of a cause last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Names the cause.
    pub cause: String,
    /// What was said of it last, in French.
    pub message: String,
    /// When it was first noticed.
    pub since: Timestamp,
    /// When something was said of it last.
    pub told_at: Timestamp,
    /// How many messages there were before on that day.
    pub revision: u32,
    /// False once its end was told.
    pub lasts: bool,
}

impl Writer<'_> {
    /// Writes down what was told of a cause, to those of a département or of all.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn told_put(&self, departement: Option<&str>, told: &Told) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO told (departement, cause, message, since, told_at, revision, lasts) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
                 ON CONFLICT (departement, cause) DO UPDATE SET message = excluded.message, since = excluded.since,
                     told_at = excluded.told_at, revision = excluded.revision, lasts = excluded.lasts",
            )?
            .execute(params![
                departement.unwrap_or_default(),
                told.cause,
                told.message,
                instant(told.since),
                instant(told.told_at),
                told.revision,
                told.lasts
            ])?;
        Ok(())
    }

    /// Forgets what was told of a cause.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn told_forget(&self, departement: Option<&str>, cause: &str) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("DELETE FROM told WHERE departement = ?1 AND cause = ?2")?
            .execute([departement.unwrap_or_default(), cause])?;
        Ok(())
    }

    /// Forgets what was told of causes about a dossier, and of those that name it: nothing more is said of them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn told_forget_about(&self, number: DossierNumber) -> Result<(), StoreError> {
        let mut statement = self.transaction.prepare_cached("SELECT departement, cause, message FROM told")?;
        let mut rows = statement.query([])?;
        let mut about: Vec<(String, String)> = Vec::new();
        while let Some(row) = rows.next()? {
            if names(&row.get::<_, String>(2)?, number) {
                about.push((row.get(0)?, row.get(1)?));
            }
        }
        about.iter().try_for_each(|(departement, cause)| self.told_forget(Some(departement), cause))
    }

    /// Forgets what was told to those whom nothing is told any more.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn told_keep_to(&self, departements: &[Option<&str>]) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("DELETE FROM told WHERE departement NOT IN (SELECT value FROM json_each(?1))")?
            .execute([stored(departements)?])?;
        Ok(())
    }
}

/// As they are stored, in JSON.
fn stored(departements: &[Option<&str>]) -> Result<String, StoreError> {
    json(&departements.iter().map(|code| code.unwrap_or_default()).collect::<Vec<_>>())
}

impl Reader<'_> {
    /// Whether nothing is known of what was told to others than these.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn told_is_kept_to(&self, departements: &[Option<&str>]) -> Result<bool, StoreError> {
        let others =
            "SELECT NOT EXISTS (SELECT 1 FROM told WHERE departement NOT IN (SELECT value FROM json_each(?1)))";
        Ok(self.connection.prepare_cached(others)?.query_row([stored(departements)?], |row| row.get(0))?)
    }

    /// What those of a département, or of all, were told, by cause.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn told(&self, departement: Option<&str>) -> Result<Vec<Told>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT cause, message, since, told_at, revision, lasts FROM told WHERE departement = ?1 ORDER BY cause",
        )?;
        let mut rows = statement.query([departement.unwrap_or_default()])?;
        let mut told = Vec::new();
        while let Some(row) = rows.next()? {
            told.push(Told {
                cause: row.get(0)?,
                message: row.get(1)?,
                since: read_instant(&row.get::<_, String>(2)?)?,
                told_at: read_instant(&row.get::<_, String>(3)?)?,
                revision: row.get(4)?,
                lasts: row.get(5)?,
            });
        }
        Ok(told)
    }
}
