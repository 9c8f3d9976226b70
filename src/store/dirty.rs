//! What evaluation has yet to look at. Whoever changes something marks it in the same transaction, so nothing is passed over.

use rusqlite::{Params, params};

use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::neighbour::{Rank, Share};

/// Why a dossier is to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Its content, or whether DS shows it.
    Content,
    /// What a person did.
    Act,
    /// It was erased.
    Erasure,
    /// The mapping, the form, the rules, the tables or the démarches followed.
    Configuration,
    /// What another dossier is to it.
    Neighbour,
}

impl Why {
    const fn code(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Act => "act",
            Self::Erasure => "erasure",
            Self::Configuration => "configuration",
            Self::Neighbour => "neighbour",
        }
    }
}

impl Writer<'_> {
    /// Marks a dossier: its facts are to be read, then its verdicts made.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_mark(&self, number: DossierNumber, why: Why) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "INSERT INTO dirty (dossier, why, unread) SELECT number, ?2, 1 FROM dossiers WHERE number = ?1
                 ON CONFLICT (dossier) DO UPDATE SET why = excluded.why, unread = 1",
            )?
            .execute(params![number, why.code()])?;
        Ok(())
    }

    /// The same for every dossier of a démarche, or of all.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_mark_all(&self, procedure: Option<ProcedureNumber>) -> Result<(), StoreError> {
        self.transaction.execute(
            "INSERT INTO dirty (dossier, why, unread) SELECT number, ?2, 1 FROM dossiers WHERE ?1 IS NULL OR procedure = ?1
             ON CONFLICT (dossier) DO UPDATE SET why = excluded.why, unread = 1",
            params![procedure, Why::Configuration.code()],
        )?;
        Ok(())
    }

    /// Notes that the facts of a dossier are as they should be: its verdicts are to be made.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_read(&self, number: DossierNumber) -> Result<(), StoreError> {
        self.transaction.prepare_cached("UPDATE dirty SET unread = 0 WHERE dossier = ?1")?.execute([number])?;
        Ok(())
    }

    /// Takes a dossier whose facts are read from the queue; whether it was there.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_take(&self, number: DossierNumber) -> Result<bool, StoreError> {
        let taken = self
            .transaction
            .prepare_cached("DELETE FROM dirty WHERE dossier = ?1 AND unread = 0")?
            .execute([number])?;
        Ok(taken > 0)
    }

    /// Marks the dossiers of a legal entity: their verdicts are to be made. Gives those that were not marked.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_siblings(&self, siren: &str) -> Result<Vec<DossierNumber>, StoreError> {
        self.dirty_neighbours("SELECT dossier, ?1, 0 FROM neighbours WHERE siren = ?2", params![NEIGHBOUR, siren])
    }

    /// Marks the dossiers that ask about a commune: see [`Writer::dirty_siblings`].
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_claimants(&self, commune: &str) -> Result<Vec<DossierNumber>, StoreError> {
        let sql = "SELECT dossier, ?1, 0 FROM neighbour_communes WHERE commune = ?2";
        self.dirty_neighbours(sql, params![NEIGHBOUR, commune])
    }

    /// Marks the grants of a share from a rank on: see [`Writer::dirty_siblings`].
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_later_grants(&self, share: &Share, rank: Rank) -> Result<Vec<DossierNumber>, StoreError> {
        let sql = match share {
            Share::Whole(_) => {
                "SELECT dossier, ?1, 0 FROM grants WHERE programme = ?2 AND (decided_on, dossier) >= (?4, ?5)"
            }
            _ => {
                "SELECT dossier, ?1, 0 FROM grants
                 WHERE programme = ?2 AND place ->> 'departement' IS ?3 AND (decided_on, dossier) >= (?4, ?5)"
            }
        };
        let (programme, departement) = (share.programme().code(), share.departement());
        let on = rank.on.to_string();
        self.dirty_neighbours(sql, params![NEIGHBOUR, programme, departement, on, rank.number])
    }

    fn dirty_neighbours(
        &self,
        select: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<DossierNumber>, StoreError> {
        let sql = format!(
            "INSERT INTO dirty (dossier, why, unread) {select} ON CONFLICT (dossier) DO NOTHING RETURNING dossier"
        );
        let mut statement = self.transaction.prepare_cached(&sql)?;
        let rows = statement.query_map(values, |row| row.get(0))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }
}

const NEIGHBOUR: &str = Why::Neighbour.code();

impl Reader<'_> {
    /// The dossiers whose facts are to be read, by number, so many at most.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_unread(&self, limit: usize) -> Result<Vec<DossierNumber>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.numbers("SELECT dossier FROM dirty WHERE unread = 1 ORDER BY dossier LIMIT ?1", [limit])
    }

    /// The dossiers around one whose facts are to be read: itself, those of its legal entity, those that speak of its communes;
    /// itself first, so many at most.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_around(&self, number: DossierNumber, limit: usize) -> Result<Vec<DossierNumber>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.numbers(
            "SELECT dossier FROM dirty WHERE unread = 1 AND (dossier = ?1
                 OR dossier IN (SELECT o.dossier FROM neighbours n JOIN neighbours o ON o.siren = n.siren WHERE n.dossier = ?1)
                 OR dossier IN (SELECT o.dossier FROM neighbour_communes c JOIN neighbour_communes o ON o.commune = c.commune
                                WHERE c.dossier = ?1))
             ORDER BY dossier <> ?1, dossier LIMIT ?2",
            [number, limit],
        )
    }

    /// The dossiers whose verdicts are to be made; grants in the order of decision.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn dirty_verdicts(&self) -> Result<Vec<DossierNumber>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT d.dossier FROM dirty d LEFT JOIN grants g ON g.dossier = d.dossier WHERE d.unread = 0
             ORDER BY g.programme, g.decided_on, d.dossier",
        )?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }

    fn numbers(&self, sql: &str, values: impl Params) -> Result<Vec<DossierNumber>, StoreError> {
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map(values, |row| row.get(0))?;
        rows.map(|row| row.map_err(StoreError::from)).collect()
    }
}
