//! What the least would cost that gives the same to whoever waits: a process that opens the database, reads or writes the rows in
//! question and does nothing else. This program itself, called with [`FLOOR`], so that it is measured as the others are.

use std::io::Write as _;
use std::process::ExitCode;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

use super::cells;

/// The argument before the name of a floor.
pub const FLOOR: &str = "--floor";

/// The least that operations can be held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Floor {
    /// One dossier and its verdicts read and written out.
    OneDossier,
    /// All rows of the view of dossiers read and written out.
    AllDossiers,
    /// One row written durably.
    OneWrite,
    /// The same pages asked for by `curl`, and thrown away.
    Pages,
    /// All rows inserted into an empty database of the same schema.
    Rows,
    /// The cells of a list written into a workbook, from memory.
    List,
    /// The cells of a report.
    Report,
}

impl Floor {
    /// All of them.
    const ALL: [Self; 7] =
        [Self::OneDossier, Self::AllDossiers, Self::OneWrite, Self::Pages, Self::Rows, Self::List, Self::Report];

    /// Its name among the figures and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneDossier => "floor_one_dossier",
            Self::AllDossiers => "floor_all_dossiers",
            Self::OneWrite => "floor_one_write",
            Self::Pages => "floor_pages",
            Self::Rows => "floor_rows",
            Self::List => "floor_list",
            Self::Report => "floor_report",
        }
    }

    fn run(self) -> rusqlite::Result<()> {
        if matches!(self, Self::List | Self::Report) {
            return cells::write(self.name()).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()));
        }
        #[allow(clippy::disallowed_methods, reason = "the floor is what is done without the program")]
        let connection = Connection::open_with_flags(
            "fitn.sqlite",
            OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )?;
        match self {
            Self::OneDossier => {
                write_out(
                    &connection,
                    "SELECT * FROM view_dossiers WHERE number = (SELECT max(number) FROM dossiers)",
                )?;
                write_out(&connection, "SELECT * FROM view_verdicts WHERE dossier = (SELECT max(number) FROM dossiers)")
            }
            Self::AllDossiers => write_out(&connection, "SELECT * FROM view_dossiers"),
            Self::OneWrite => {
                connection.pragma_update(None, "synchronous", "FULL")?;
                connection.execute_batch(
                    "BEGIN IMMEDIATE; INSERT INTO marks (name, value) VALUES ('floor', '') ON CONFLICT (name) DO UPDATE SET value = '';
                     DELETE FROM marks WHERE name = 'floor'; COMMIT",
                )
            }
            Self::Rows => insert_all(&connection),
            // That is for another program.
            Self::Pages | Self::List | Self::Report => Ok(()),
        }
    }
}

/// Each table made again in another file with its indexes, and its rows inserted.
fn insert_all(connection: &Connection) -> rusqlite::Result<()> {
    let path = "floor.sqlite";
    let _ = std::fs::remove_file(path);
    let known = "SELECT type, name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL AND name NOT LIKE 'sqlite_%'
                 ORDER BY type = 'index'";
    let mut statement = connection.prepare(known)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let made: Vec<(String, String, String)> = rows.collect::<rusqlite::Result<_>>()?;
    #[allow(clippy::disallowed_methods, reason = "the floor is what is done without the program")]
    let other = Connection::open(path)?;
    other.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA journal_mode = WAL; BEGIN")?;
    made.iter().try_for_each(|(_, _, sql)| other.execute_batch(sql))?;
    other.execute_batch("COMMIT; ATTACH 'fitn.sqlite' AS full; BEGIN IMMEDIATE")?;
    for (_, name, _) in made.iter().filter(|(kind, ..)| kind == "table") {
        other.execute_batch(&format!("INSERT INTO main.\"{name}\" SELECT * FROM full.\"{name}\""))?;
    }
    other.execute_batch("COMMIT")
}

fn write_out(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        for column in 0..columns {
            let written = match row.get_ref(column)? {
                ValueRef::Null => out.write_all(b"-\t"),
                ValueRef::Integer(number) => write!(out, "{number}\t"),
                ValueRef::Real(number) => write!(out, "{number}\t"),
                ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
                    out.write_all(bytes).and_then(|()| out.write_all(b"\t"))
                }
            };
            written.map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
        }
    }
    Ok(())
}

/// Does the least, by its name.
pub fn run(name: &str) -> ExitCode {
    let known = Floor::ALL.into_iter().find(|floor| floor.name() == name);
    match known.map(Floor::run) {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!("✗ {name} : {error}");
            ExitCode::FAILURE
        }
        None => ExitCode::FAILURE,
    }
}
