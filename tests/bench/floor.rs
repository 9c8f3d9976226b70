//! What the least would cost that gives the same to whoever waits: a process that opens the database, reads or writes the rows in
//! question and does nothing else. This program itself, called with [`FLOOR`], so that it is measured as the others are.

use std::io::Write as _;
use std::process::ExitCode;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};

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
}

impl Floor {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::OneDossier, Self::AllDossiers, Self::OneWrite];

    /// Its name among the figures and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::OneDossier => "floor_one_dossier",
            Self::AllDossiers => "floor_all_dossiers",
            Self::OneWrite => "floor_one_write",
        }
    }

    fn run(self) -> rusqlite::Result<()> {
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
        }
    }
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
