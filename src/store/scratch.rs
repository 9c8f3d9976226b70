//! A database of its own for the time of one reading: what is found on the way through all dossiers is put there, so that nobody has to
//! hold it. Readers of the real one write nothing, not even temporary tables.
//!
//! It is a temporary file of SQLite's, without a name: whatever happens, nothing is left of it.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{json, read_json};
use super::dictionary::Dictionaries;
use super::{Reader, Sql, StoreError, Writer, connect};
use crate::domain::dossier::DossierNumber;

/// No journal and no waiting for the disk: it is thrown away whatever happens. What dossiers are to each other is as in the real
/// database, so that the same statements read it.
const SCHEMA: &str = "
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -8000;
BEGIN;
CREATE TABLE neighbours (
    dossier INTEGER PRIMARY KEY,
    programme TEXT NOT NULL,
    counts INTEGER NOT NULL,
    siren TEXT,
    siret TEXT,
    service TEXT
) STRICT;
CREATE INDEX neighbours_by_siren ON neighbours (siren, dossier) WHERE siren IS NOT NULL;
CREATE TABLE neighbour_communes (
    commune TEXT NOT NULL,
    dossier INTEGER NOT NULL,
    attached INTEGER NOT NULL,
    autonomous INTEGER NOT NULL,
    PRIMARY KEY (commune, dossier)
) STRICT, WITHOUT ROWID;
CREATE INDEX neighbour_communes_by_dossier ON neighbour_communes (dossier);
CREATE TABLE grants (
    programme TEXT NOT NULL,
    decided_on TEXT NOT NULL,
    dossier INTEGER NOT NULL,
    counts INTEGER NOT NULL,
    cents INTEGER,
    place TEXT NOT NULL,
    PRIMARY KEY (programme, decided_on, dossier)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX grants_by_dossier ON grants (dossier);
CREATE TABLE texts (
    id INTEGER PRIMARY KEY,
    pile TEXT NOT NULL,
    key TEXT NOT NULL,
    number INTEGER NOT NULL,
    text BLOB NOT NULL
) STRICT;
CREATE INDEX texts_in_order ON texts (pile, key, number, id);
CREATE INDEX texts_by_number ON texts (pile, number);
";

/// A database that is gone with this value.
#[derive(Debug)]
pub struct Scratch {
    connection: Connection,
    dictionaries: Dictionaries,
}

impl Scratch {
    /// An empty one.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn new() -> Result<Self, StoreError> {
        let nameless = Path::new("");
        let connection = connect(nameless, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        connection.execute_batch(SCHEMA)?;
        Ok(Self { connection, dictionaries: Dictionaries::default() })
    }

    /// Puts what dossiers are to each other.
    #[must_use]
    pub fn writer(&self) -> Writer<'_> {
        Writer::new(&self.connection, &self.dictionaries)
    }

    /// Reads what dossiers are to each other.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { connection: self.sql(), dictionaries: &self.dictionaries }
    }

    fn sql(&self) -> Sql<'_> {
        Sql(&self.connection)
    }

    /// Puts a text on a pile.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn text_put(&self, pile: &str, key: &str, number: DossierNumber, text: &[u8]) -> Result<(), StoreError> {
        self.sql()
            .prepare_cached("INSERT INTO texts (pile, key, number, text) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![pile, key, number, text])?;
        Ok(())
    }

    /// Puts a value on a pile.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn value_put(
        &self,
        pile: &str,
        key: &str,
        number: DossierNumber,
        value: &impl Serialize,
    ) -> Result<(), StoreError> {
        self.text_put(pile, key, number, json(value)?.as_bytes())
    }

    /// Calls `each` with every value of a pile, in the order of its texts.
    ///
    /// # Errors
    /// A failure of the database, a value of another kind, or what `each` returns.
    pub fn values<T: DeserializeOwned, E: From<StoreError>>(
        &self,
        pile: &str,
        mut each: impl FnMut(T) -> Result<(), E>,
    ) -> Result<(), E> {
        self.texts(pile, |text| {
            let text = str::from_utf8(text).map_err(|error| StoreError::unreadable("valeur de travail", &error))?;
            each(read_json("valeur de travail", text)?)
        })
    }

    /// A text of a pile, by its number.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn text(&self, pile: &str, number: DossierNumber) -> Result<Option<Vec<u8>>, StoreError> {
        let mut statement =
            self.sql().prepare_cached("SELECT text FROM texts WHERE pile = ?1 AND number = ?2 ORDER BY id LIMIT 1")?;
        Ok(statement.query_row(params![pile, number], |row| row.get(0)).optional()?)
    }

    /// Calls `each` with every text of a pile, in the order of the keys, then of the numbers, then as they were put.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn texts<E: From<StoreError>>(
        &self,
        pile: &str,
        mut each: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut statement = self
            .sql()
            .prepare_cached("SELECT text FROM texts WHERE pile = ?1 ORDER BY key, number, id")
            .map_err(StoreError::from)?;
        let mut rows = statement.query([pile]).map_err(StoreError::from)?;
        while let Some(row) = rows.next().map_err(StoreError::from)? {
            let text = row.get_ref(0).map_err(StoreError::from)?;
            each(text.as_blob().map_err(|error| StoreError::unreadable("texte de travail", &error))?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::{read, store};

    #[test]
    fn texts_come_back_in_order_whoever_puts_others_meanwhile() {
        let scratch = Scratch::new().unwrap();
        for (pile, key, number, text) in
            [("a", "2", 1, "d"), ("a", "1", 9, "c"), ("b", "", 1, "x"), ("a", "1", 2, "a"), ("a", "1", 2, "b")]
        {
            scratch.text_put(pile, key, number, text.as_bytes()).unwrap();
        }
        let mut seen = String::new();
        scratch
            .texts::<StoreError>("a", |text| {
                seen.push_str(std::str::from_utf8(text).unwrap());
                scratch.text_put("b", &seen, 2, text)
            })
            .unwrap();
        assert_eq!(seen, "abcd");
        assert_eq!(scratch.text("b", 2).unwrap().as_deref(), Some(&b"a"[..]));
        assert_eq!((scratch.text("a", 2).unwrap().as_deref(), scratch.text("c", 2).unwrap()), (Some(&b"a"[..]), None));
    }

    #[test]
    fn an_index_serves_every_question() {
        let scratch = Scratch::new().unwrap();
        for sql in [
            "SELECT text FROM texts WHERE pile = ?1 AND number = ?2 ORDER BY id LIMIT 1",
            "SELECT text FROM texts WHERE pile = ?1 ORDER BY key, number, id",
        ] {
            let sql = format!("EXPLAIN QUERY PLAN {}", sql.replace("?1", "'a'").replace("?2", "1"));
            let plan: String = scratch.connection.query_row(&sql, [], |row| row.get(3)).unwrap();
            assert!(plan.starts_with("SEARCH texts USING INDEX texts_"), "{plan}");
        }
    }

    /// The columns of the tables that both have, with their types, and their indexes.
    fn shape(connection: &Connection) -> Vec<(String, String)> {
        let sql = "SELECT m.name, c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk
             FROM sqlite_schema m JOIN pragma_table_info(m.name) c
             WHERE m.name IN ('neighbours', 'neighbour_communes', 'grants') ORDER BY 1, c.cid";
        let mut statement = connection.prepare(sql).unwrap();
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap().map(Result::unwrap).collect()
    }

    #[test]
    fn what_dossiers_are_to_each_other_is_as_in_the_real_database() {
        let (_directory, store) = store();
        let real = read(&store, |reader| Ok(shape(reader.connection.0)));
        assert_eq!(shape(&Scratch::new().unwrap().connection), real);
        assert_eq!(real.len(), 16);
    }
}
