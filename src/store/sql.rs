//! Statements, prepared once a connection. Each failure of SQLite's names the statement in which it came: its text alone, never
//! the values that were bound to it.

use rusqlite::{CachedStatement, Connection, Error, MappedRows, Params, Result, Row, ffi};

use super::StoreError;

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

    /// What is made of the next row: a value in it that is damaged names the statement too.
    pub(super) fn read<T>(
        &mut self,
        read: impl FnOnce(&Row<'_>) -> std::result::Result<T, StoreError>,
    ) -> std::result::Result<Option<T>, StoreError> {
        let sql = self.sql;
        self.next()?.map(read).transpose().map_err(|error| error.of(sql))
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

/// A failure of SQLite's with its statement, in the shape that `rusqlite` gives to those of the preparation. A value that is not what
/// its column holds is damage.
pub(super) fn naming(error: Error, sql: &str) -> Error {
    let named = |error, msg| Error::SqlInputError { error, msg, sql: sql.to_owned(), offset: -1 };
    match error {
        Error::SqliteFailure(error, message) => named(error, message.unwrap_or_else(|| error.to_string())),
        damage if is_damage(&damage) => named(ffi::Error::new(ffi::SQLITE_CORRUPT), damage.to_string()),
        other => other,
    }
}

/// Whether a value was read that is not what its column holds: its bytes are no text, it is of another kind, or out of range.
pub(super) fn is_damage(error: &Error) -> bool {
    matches!(
        error,
        Error::Utf8Error(..)
            | Error::FromSqlConversionFailure(..)
            | Error::InvalidColumnType(..)
            | Error::IntegralValueOutOfRange(..)
    )
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

    /// Bytes that are no text in a row that is read: whoever reads it, in a loop or by itself.
    #[test]
    fn a_damaged_text_is_told_as_damage_with_its_statement() {
        let (_directory, store) = store();
        upsert(&store, &dossier(7, DossierState::Accepte), 1, "2021-09-03T00:00:00Z");
        let run = write(&store, |writer| writer.run_begin("manual", at("2021-09-03T00:00:00Z")));
        write(&store, |writer| writer.run_finish(run, RunOutcome::Done, None, at("2021-09-03T00:00:00Z")));
        write(&store, |writer| {
            writer.transaction.execute("UPDATE runs SET error = CAST(x'6672e9' AS TEXT)", [])?;
            writer.transaction.execute("UPDATE changes SET what = 'act', after = CAST(x'e9' AS TEXT)", [])?;
            Ok(())
        });
        let told = |read: &dyn Fn(&super::super::Reader<'_>) -> Result<(), StoreError>| {
            let error = store.read::<_, StoreError>(|reader| read(reader)).unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
            error.to_string()
        };
        let runs = told(&|reader| reader.runs(1).map(drop));
        assert!(runs.ends_with("abîmée (SELECT … FROM runs ORDER BY id DESC LIMIT ?1)"), "{runs}");
        let since = at("2000-01-01T00:00:00Z");
        let changes = told(&|reader| reader.changes_since(since, None, |_| Ok::<_, StoreError>(())));
        assert!(changes.contains("abîmée (SELECT … FROM view_changes c LEFT JOIN subjects s"), "{changes}");
        let single = "SELECT after FROM changes";
        let single =
            told(&|reader| Ok(reader.connection.query_row(single, [], |row| row.get::<_, String>(0)).map(drop)?));
        assert!(single.ends_with("abîmée (SELECT … FROM changes)"), "{single}");
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
