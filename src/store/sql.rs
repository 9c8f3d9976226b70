//! Statements, prepared once a connection. Each failure of SQLite's names the statement in which it came: its text alone, never
//! the values that were bound to it.

use rusqlite::{CachedStatement, Connection, Error, MappedRows, Params, Result, Row};

/// How many prepared statements a connection keeps: more than there are.
const KEPT_STATEMENTS: usize = 256;

/// Makes a connection keep every statement that it prepares.
pub(super) fn keep_statements(connection: &Connection) {
    connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
}

/// Runs statements on a connection. The methods are those of [`Connection`].
#[derive(Clone, Copy)]
pub(super) struct Sql<'a>(pub(super) &'a Connection);

impl<'a> Sql<'a> {
    pub(super) fn prepare_cached(self, sql: &str) -> Result<Statement<'a>> {
        let statement = self.0.prepare_cached(sql).map_err(|error| naming(error, sql))?;
        Ok(Statement { statement, sql: sql.into() })
    }

    pub(super) fn execute(self, sql: &str, values: impl Params) -> Result<usize> {
        self.prepare_cached(sql)?.execute(values)
    }

    pub(super) fn query_row<T>(
        self,
        sql: &str,
        values: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.prepare_cached(sql)?.query_row(values, read)
    }

    pub(super) fn last_insert_rowid(self) -> i64 {
        self.0.last_insert_rowid()
    }
}

/// A prepared statement.
pub(super) struct Statement<'a> {
    statement: CachedStatement<'a>,
    sql: Box<str>,
}

impl Statement<'_> {
    pub(super) fn execute(&mut self, values: impl Params) -> Result<usize> {
        self.statement.execute(values).map_err(|error| naming(error, &self.sql))
    }

    pub(super) fn query_row<T>(&mut self, values: impl Params, read: impl FnOnce(&Row<'_>) -> Result<T>) -> Result<T> {
        self.statement.query_row(values, read).map_err(|error| naming(error, &self.sql))
    }

    pub(super) fn query(&mut self, values: impl Params) -> Result<Rows<'_>> {
        let rows = self.statement.query(values).map_err(|error| naming(error, &self.sql))?;
        Ok(Rows { rows, sql: &self.sql })
    }

    pub(super) fn query_map<T, F: FnMut(&Row<'_>) -> Result<T>>(
        &mut self,
        values: impl Params,
        read: F,
    ) -> Result<Mapped<'_, F>> {
        let rows = self.statement.query_map(values, read).map_err(|error| naming(error, &self.sql))?;
        Ok(Mapped { rows, sql: &self.sql })
    }
}

/// The rows of a query, one after the other.
pub(super) struct Rows<'a> {
    rows: rusqlite::Rows<'a>,
    sql: &'a str,
}

impl<'a> Rows<'a> {
    pub(super) fn next(&mut self) -> Result<Option<&Row<'a>>> {
        self.rows.next().map_err(|error| naming(error, self.sql))
    }
}

/// What was made of each row of a query.
pub(super) struct Mapped<'a, F> {
    rows: MappedRows<'a, F>,
    sql: &'a str,
}

impl<T, F: FnMut(&Row<'_>) -> Result<T>> Iterator for Mapped<'_, F> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        self.rows.next().map(|row| row.map_err(|error| naming(error, self.sql)))
    }
}

/// A failure of SQLite's with its statement, in the shape that `rusqlite` gives to those of the preparation.
pub(super) fn naming(error: Error, sql: &str) -> Error {
    match error {
        Error::SqliteFailure(error, message) => {
            let msg = message.unwrap_or_else(|| error.to_string());
            Error::SqlInputError { error, msg, sql: sql.to_owned(), offset: -1 }
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PROCEDURE, at, dossier, read, store, upsert, write};
    use super::super::{RunOutcome, StoreError};
    use crate::domain::dossier::DossierState;

    #[test]
    fn a_failure_names_its_statement_and_no_value() {
        let (_directory, store) = store();
        let refused = store.write::<(), StoreError>(|writer| {
            let sql = "INSERT INTO dossiers (number, procedure, state, removed_at)
                       VALUES (?1, ?2, ?3, ?4)";
            writer.transaction.execute(sql, rusqlite::params![7, PROCEDURE, "Zébuline", "Quatrevingt"])?;
            Ok(())
        });
        let told = refused.unwrap_err().to_string();
        assert!(told.contains("CHECK constraint failed"), "{told}");
        assert!(
            told.ends_with(" (INSERT INTO dossiers (number, procedure, state, removed_at) VALUES (?1, ?2, ?3, ?4))"),
            "{told}"
        );
        assert!(!told.contains("Zébuline") && !told.contains("Quatrevingt"), "{told}");
    }

    #[test]
    fn what_cannot_be_prepared_is_told_in_the_same_way() {
        let (_directory, store) = store();
        let refused = store
            .read::<(), StoreError>(|reader| Ok(reader.connection.query_row("SELECT x FROM runs", [], |_| Ok(()))?));
        let told = refused.unwrap_err().to_string();
        assert!(told.ends_with("no such column: x (SELECT … FROM runs)"), "{told}");
    }

    /// A damaged page: found out while rows are read, where no call names a statement.
    #[test]
    fn a_damaged_table_is_named() {
        let (_directory, store) = store();
        upsert(&store, &dossier(7, DossierState::Accepte), 1, "2021-09-03T00:00:00Z");
        let run = write(&store, |writer| writer.run_begin("manual", at("2021-09-03T00:00:00Z")));
        write(&store, |writer| writer.run_finish(run, RunOutcome::Done, None, at("2021-09-03T00:00:00Z")));
        let damage = "UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'dossiers_by_procedure')
                      WHERE name = 'runs'";
        write(&store, |writer| {
            writer.transaction.0.pragma_update(None, "writable_schema", true)?;
            writer.transaction.execute(damage, [])?;
            Ok(())
        });
        let path = store.path().to_owned();
        drop(store);
        let store = super::super::Store::open_to_read(&path).unwrap();
        let error = store.read::<_, StoreError>(|reader| reader.runs(1)).unwrap_err();
        assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
        assert!(error.to_string().contains("abîmée (SELECT … FROM runs ORDER BY id DESC LIMIT ?1)"), "{error}");
        assert!(read(&store, |reader| reader.dossier_line(7)).is_some(), "the rest can be read");
    }
}
