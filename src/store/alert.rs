//! Alerts: what an operator should look at, one row a cause, gone when the cause is.

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::codec::{instant, read_instant};
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::DossierNumber;

/// Something that an operator should look at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// Names the cause: the same cause raises the same key.
    pub key: String,
    /// The dossier that it is about; none: it is about something else.
    pub dossier: Option<DossierNumber>,
    /// When it was first noticed.
    pub raised_at: Timestamp,
    /// What happened, in French.
    pub message: String,
    /// What to do, in French.
    pub hint: String,
}

/// The same as it is stored, for who reads many and keeps few.
pub struct AlertRow<'a> {
    /// Names the cause.
    pub key: &'a str,
    /// The dossier.
    pub dossier: Option<DossierNumber>,
    /// When it was first noticed: texts are in the order of their instants.
    pub raised_at: &'a str,
    row: &'a Row<'a>,
}

impl AlertRow<'_> {
    /// When it was first noticed.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it is damaged.
    pub fn instant(&self) -> Result<Timestamp, StoreError> {
        read_instant(self.raised_at)
    }

    /// What happened.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it is damaged.
    pub fn message(&self) -> Result<&str, StoreError> {
        text(self.row, 3)
    }

    /// What to do.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it is damaged.
    pub fn hint(&self) -> Result<&str, StoreError> {
        text(self.row, 4)
    }
}

fn text<'a>(row: &'a Row<'_>, column: usize) -> Result<&'a str, StoreError> {
    let damaged = |_| StoreError::unreadable("alerte", &"ses octets ne sont pas de l’UTF-8");
    row.get_ref(column)?.as_str().map_err(damaged)
}

/// An alert to be raised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAlert {
    /// Names the cause.
    pub key: String,
    /// What happened, in French.
    pub message: String,
    /// What to do, in French.
    pub hint: String,
}

/// The key begins with ?1: a range of the index of keys, of which most are about dossiers. The last character comes after all others.
const BEGINS: &str = "key >= ?1 AND key < ?1 || char(1114111)";

impl Writer<'_> {
    /// Raises an alert, or refreshes its text; the date of the first notice stays.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn alert_raise(&self, key: &str, message: &str, hint: &str, now: Timestamp) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO alerts (key, raised_at, message, hint) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (key) DO UPDATE SET message = excluded.message, hint = excluded.hint
                 WHERE message <> excluded.message OR hint <> excluded.hint",
            )?
            .execute(params![key, instant(now), message, hint])?;
        Ok(())
    }

    /// Puts the alerts of some kinds about a dossier in the place of those that there were: a kind is what a key begins with. The dates
    /// of those that stay, stay.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn alerts_about(
        &self,
        dossier: DossierNumber,
        kinds: &[&str],
        alerts: &[NewAlert],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let open: Vec<String> = self
            .transaction
            .prepare_cached("SELECT key FROM alerts WHERE dossier = ?1")?
            .query_map([dossier], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        let is_of_kind = |key: &&String| kinds.iter().any(|kind| key.starts_with(kind));
        for key in open.iter().filter(is_of_kind).filter(|key| alerts.iter().all(|alert| alert.key != **key)) {
            self.alert_settle(key)?;
        }
        alerts.iter().try_for_each(|alert| self.alert_raise_about(dossier, alert, now))
    }

    /// Raises an alert about a dossier, or refreshes its text; the date of the first notice stays.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn alert_raise_about(
        &self,
        dossier: DossierNumber,
        alert: &NewAlert,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let NewAlert { key, message, hint } = alert;
        self.transaction
            .prepare_cached(
                "INSERT INTO alerts (key, raised_at, message, hint, dossier) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (key) DO UPDATE SET message = excluded.message, hint = excluded.hint, dossier = excluded.dossier
                 WHERE message <> excluded.message OR hint <> excluded.hint OR dossier IS NULL",
            )?
            .execute(params![key, instant(now), message, hint, dossier])?;
        Ok(())
    }

    /// Takes an alert back, if it is open.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn alert_settle(&self, key: &str) -> Result<(), StoreError> {
        self.transaction.prepare_cached("DELETE FROM alerts WHERE key = ?1")?.execute([key])?;
        Ok(())
    }

    /// Takes back every alert whose key begins with `prefix` and that is not about a dossier, but for those in `still`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn alerts_settle(&self, prefix: &str, still: &[String]) -> Result<(), StoreError> {
        let open: Vec<String> = self
            .transaction
            .prepare_cached(&format!("SELECT key FROM alerts WHERE {BEGINS} AND dossier IS NULL"))?
            .query_map([prefix], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for key in open.iter().filter(|key| !still.contains(key)) {
            self.alert_settle(key)?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// How many dossiers have an alert whose key begins with a prefix.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn alerted(&self, prefix: &str) -> Result<u64, StoreError> {
        let sql = format!("SELECT count(*) FROM alerts WHERE {BEGINS} AND dossier IS NOT NULL");
        let count: i64 = self.connection.query_row(&sql, [prefix], |row| row.get(0))?;
        Ok(count.cast_unsigned())
    }

    /// Whether an alert is open.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn alert_is_raised(&self, key: &str) -> Result<bool, StoreError> {
        let sql = "SELECT EXISTS (SELECT 1 FROM alerts WHERE key = ?1)";
        Ok(self.connection.prepare_cached(sql)?.query_row([key], |row| row.get(0))?)
    }

    /// Calls `each` with the open alerts, in no order: all, or those about the dossiers of a département.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn alert_rows(
        &self,
        departement: Option<&str>,
        mut each: impl FnMut(&AlertRow<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut all;
        let mut some;
        let mut rows = match departement {
            None => {
                all = self.connection.prepare_cached("SELECT key, dossier, raised_at, message, hint FROM alerts")?;
                all.query([])?
            }
            Some(code) => {
                some = self.connection.prepare_cached(
                    "SELECT a.key, a.dossier, a.raised_at, a.message, a.hint
                     FROM alerts a JOIN subjects s ON s.dossier = a.dossier WHERE s.departement = ?1",
                )?;
                some.query([code])?
            }
        };
        while let Some(row) = rows.next()? {
            each(&AlertRow { key: text(row, 0)?, dossier: row.get(1)?, raised_at: text(row, 2)?, row })?;
        }
        Ok(())
    }

    /// The open alerts, oldest first; those about dossiers come last: what keeps DS from being read may explain them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn alerts(&self) -> Result<Vec<Alert>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT key, dossier, raised_at, message, hint FROM alerts ORDER BY key LIKE 'evaluation:%', raised_at, key",
        )?;
        let mut rows = statement.query([])?;
        let mut alerts = Vec::new();
        while let Some(row) = rows.next()? {
            alerts.push(Alert {
                key: row.get(0)?,
                dossier: row.get(1)?,
                raised_at: read_instant(&row.get::<_, String>(2)?)?,
                message: row.get(3)?,
                hint: row.get(4)?,
            });
        }
        Ok(alerts)
    }
}
