//! What many rows say alike is a row of its own, found or added by all that it says.

use std::cell::RefCell;
use std::collections::HashMap;

use rusqlite::{OptionalExtension, Params, params, params_from_iter};

use super::{StoreError, Writer};

/// A table of such rows.
pub(super) struct Once {
    /// Tells its rows from those of the other tables.
    pub mark: char,
    /// Gives the id of a row by all its values.
    pub find: &'static str,
    /// Adds a row with these values.
    pub add: &'static str,
}

/// The ids that a transaction has met.
#[derive(Default)]
pub(super) struct Met(RefCell<HashMap<Box<str>, i64>>);

impl Met {
    /// Rows were taken away.
    pub fn forget(&self) {
        self.0.borrow_mut().clear();
    }
}

impl Writer<'_> {
    /// The id of the row with these values.
    pub(super) fn once<const N: usize>(&self, table: &Once, values: [&str; N]) -> Result<i64, StoreError> {
        let mut key = String::with_capacity(128);
        key.push(table.mark);
        for value in values {
            key.push('\0');
            key.push_str(value);
        }
        if let Some(id) = self.met.0.borrow().get(key.as_str()) {
            return Ok(*id);
        }
        self.found_or_added(table, key, params_from_iter(values))
    }

    /// The same of a text that is found by its hash.
    pub(super) fn once_by(&self, table: &Once, text: &str, hash: i64) -> Result<i64, StoreError> {
        let key = format!("{}{text}", table.mark);
        if let Some(id) = self.met.0.borrow().get(key.as_str()) {
            return Ok(*id);
        }
        self.found_or_added(table, key, params![text, hash])
    }

    fn found_or_added(&self, table: &Once, key: String, values: impl Params + Clone) -> Result<i64, StoreError> {
        let known =
            self.transaction.prepare_cached(table.find)?.query_row(values.clone(), |row| row.get(0)).optional()?;
        let id = if let Some(id) = known {
            id
        } else {
            self.transaction.prepare_cached(table.add)?.execute(values)?;
            self.transaction.last_insert_rowid()
        };
        self.met.0.borrow_mut().insert(key.into(), id);
        Ok(id)
    }
}
