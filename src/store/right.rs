//! What there is to grant from, beside the grants that take from it.

use rusqlite::params;

use super::codec::{cents, instant, json, read_json};
use super::{Reader, StoreError, Writer};
use crate::domain::instant::{paris_date, start_of_paris_day};
use crate::domain::money::Cents;
use crate::domain::right::Right;

/// What there is to grant from, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credit {
    /// The programme.
    pub purse: String,
    /// The département whose drawing right it is; none: the région's.
    pub departement: Option<String>,
    /// What there is.
    pub right: Cents,
    /// What was granted of it.
    pub granted: Cents,
    /// What was engaged of it.
    pub engaged: Cents,
    /// What was paid of it.
    pub paid: Cents,
}

impl Writer<'_> {
    /// Puts the rights that hold from now on in the place of those that there were.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn rights_put(&self, rights: &[Right]) -> Result<(), StoreError> {
        self.transaction.prepare_cached("DELETE FROM rights")?.execute([])?;
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO rights (programme, departement, within, cents, from_at, to_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?;
        for right in rights {
            let after = right.valid_to.and_then(|day| day.tomorrow().ok());
            insert.execute(params![
                right.programme.code(),
                right.departement,
                right.within.as_ref().map(json).transpose()?,
                cents(Some(right.amount))?,
                right.valid_from.map(|day| instant(start_of_paris_day(day))),
                after.map(|day| instant(start_of_paris_day(day))),
            ])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// The rights of today with what became of them, by programme and département.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn credits(&self) -> Result<Vec<Credit>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT purse, departement, right_cents, granted_cents, engaged_cents, paid_cents FROM view_credits
             ORDER BY purse, departement",
        )?;
        let mut rows = statement.query([])?;
        let mut credits = Vec::new();
        while let Some(row) = rows.next()? {
            let cents = |column| -> Result<Cents, StoreError> {
                Ok(Cents::from(row.get::<_, Option<i64>>(column)?.unwrap_or_default()))
            };
            credits.push(Credit {
                purse: row.get(0)?,
                departement: row.get(1)?,
                right: cents(2)?,
                granted: cents(3)?,
                engaged: cents(4)?,
                paid: cents(5)?,
            });
        }
        Ok(credits)
    }

    /// The rights that were put last, in their order.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn rights(&self) -> Result<Vec<Right>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT programme, departement, within, cents, from_at, to_at FROM rights ORDER BY id")?;
        let mut rows = statement.query([])?;
        let mut rights = Vec::new();
        while let Some(row) = rows.next()? {
            let programme: String = row.get(0)?;
            let within: Option<String> = row.get(2)?;
            let day = |column| -> Result<_, StoreError> {
                Ok(super::codec::read_optional_instant(row.get(column)?)?.map(paris_date))
            };
            rights.push(Right {
                programme: programme.parse().map_err(|error| StoreError::unreadable("programme", &error))?,
                departement: row.get(1)?,
                within: within.map(|within| read_json("territoire d’un droit", &within)).transpose()?,
                amount: Cents::from(row.get::<_, i64>(3)?),
                valid_from: day(4)?,
                valid_to: day(5)?.and_then(|after| after.yesterday().ok()),
            });
        }
        Ok(rights)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::programme::Programme;
    use crate::store::tests::store;

    #[test]
    fn rights_are_read_back_as_they_were_put() {
        let (_directory, store) = store();
        let rights = vec![
            Right {
                programme: Programme::Axe3V1,
                departement: Some("77".to_owned()),
                within: Some(vec!["77".to_owned()]),
                amount: Cents::euros(297_000),
                valid_from: Some(date(2021, 1, 26)),
                valid_to: Some(date(2021, 3, 27)),
            },
            Right {
                programme: Programme::Axe2V4,
                departement: None,
                within: None,
                amount: Cents::euros(5),
                valid_from: None,
                valid_to: None,
            },
        ];
        for _ in 0..2 {
            store.write::<_, StoreError>(|writer| writer.rights_put(&rights)).unwrap();
            assert_eq!(store.read::<_, StoreError>(|reader| reader.rights()).unwrap(), rights);
        }
    }
}
