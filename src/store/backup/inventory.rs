//! What a database holds, in short: what is to be the same in its copy.

use rusqlite::Connection;

/// The statements that made a database, and how many rows each of its tables has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::store) struct Inventory {
    version: i64,
    made: Vec<Made>,
    rows: Vec<(String, i64)>,
}

/// A table, an index, a view or a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Made {
    kind: String,
    name: String,
    table: String,
    statement: Option<String>,
}

impl Inventory {
    pub fn read(connection: &Connection) -> rusqlite::Result<Self> {
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        let mut statement =
            connection.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name")?;
        let rows = statement.query_map([], |row| {
            Ok(Made { kind: row.get(0)?, name: row.get(1)?, table: row.get(2)?, statement: row.get(3)? })
        })?;
        let made = rows.collect::<rusqlite::Result<Vec<Made>>>()?;
        let count = |Made { name, .. }: &Made| {
            let sql = format!("SELECT count(*) FROM \"{}\"", name.replace('"', "\"\""));
            Ok((name.clone(), connection.query_row(&sql, [], |row| row.get(0))?))
        };
        let rows = made.iter().filter(|one| one.kind == "table").map(count).collect::<rusqlite::Result<_>>()?;
        Ok(Self { version, made, rows })
    }

    /// Where a copy differs, in French; none where it does not.
    pub fn difference(&self, copy: &Self) -> Option<String> {
        if self.version != copy.version {
            return Some(format!("schéma {} au lieu de {}", copy.version, self.version));
        }
        if self.made != copy.made {
            return Some("ses tables, ses index ou ses vues ne sont pas ceux de la base".to_owned());
        }
        let mut rows = self.rows.iter().zip(&copy.rows);
        rows.find(|(here, there)| here != there)
            .map(|((table, here), (_, there))| format!("table « {table} » : {there} lignes au lieu de {here}"))
    }

    /// Whether all the tables of another one are there, made as they are there.
    pub fn has_tables(&self, expected: &Self) -> bool {
        let tables = expected.made.iter().filter(|made| made.kind == "table" && !made.name.starts_with("sqlite_"));
        tables.into_iter().all(|table| self.made.contains(table))
    }
}

/// What is wrong with the pages or the references of a database, in French; none when nothing is.
pub(in crate::store) fn fault(connection: &Connection) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(1)")?;
    let said: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    if said != ["ok"] {
        return Ok(Some("le contrôle d’intégrité de SQLite échoue".to_owned()));
    }
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    let Some(row) = rows.next()? else { return Ok(None) };
    let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
    Ok(Some(format!("une ligne de la table « {table} » renvoie à une ligne qui n’est pas dans « {parent} »")))
}
