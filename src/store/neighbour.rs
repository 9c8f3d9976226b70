//! What dossiers are to each other: who applies, for which communes, what was granted in which order.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use rusqlite::{OptionalExtension, Row, params};

use super::codec::{cents, json, read_json};
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::DossierNumber;
use crate::domain::money::Cents;
use crate::domain::neighbour::{Claim, Consumed, Grant, Neighbour, Rank, Share};
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;

impl Writer<'_> {
    /// Puts what a dossier is to the others, in the place of what it was.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn neighbour_put(&self, neighbour: &Neighbour) -> Result<(), StoreError> {
        let Neighbour { number, programme, counts, siret, service, communes, grant } = neighbour;
        self.neighbour_remove(*number)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO neighbours (dossier, programme, counts, siren, siret, service) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![
                number,
                programme.code(),
                counts,
                siret.as_ref().map(Siret::siren),
                siret.as_ref().map(Siret::as_str),
                service
            ])?;
        let mut insert = self.transaction.prepare_cached(
            "INSERT INTO neighbour_communes (commune, dossier, attached, autonomous) VALUES (?1, ?2, ?3, ?4)",
        )?;
        for (commune, claim) in communes {
            insert.execute(params![commune, number, claim.attached, claim.autonomous])?;
        }
        if let Some(Grant { rank, place, amount }) = grant {
            self.transaction
                .prepare_cached(
                    "INSERT INTO grants (programme, decided_on, dossier, counts, cents, place) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    programme.code(),
                    rank.on.to_string(),
                    number,
                    counts,
                    cents(*amount)?,
                    json(place)?
                ])?;
        }
        Ok(())
    }

    /// Takes a dossier away from the others: nothing is read of it any more.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn neighbour_remove(&self, number: DossierNumber) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM grants WHERE dossier = ?1",
            "DELETE FROM neighbour_communes WHERE dossier = ?1",
            "DELETE FROM neighbours WHERE dossier = ?1",
        ] {
            self.transaction.prepare_cached(statement)?.execute([number])?;
        }
        Ok(())
    }
}

impl Reader<'_> {
    /// What a dossier is to the others; none when its facts were never read.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn neighbour(&self, number: DossierNumber) -> Result<Option<Neighbour>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT programme, counts, siret, service FROM neighbours WHERE dossier = ?1")?;
        let mut rows = statement.query([number])?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let grant = self
            .connection
            .prepare_cached("SELECT decided_on, dossier, cents, place FROM grants WHERE dossier = ?1")?
            .query_row([number], |row| Ok(read_grant(row)))
            .optional()?
            .transpose()?;
        let mut communes = BTreeMap::new();
        let mut claims = self
            .connection
            .prepare_cached("SELECT commune, attached, autonomous FROM neighbour_communes WHERE dossier = ?1")?;
        let mut claims = claims.query([number])?;
        while let Some(row) = claims.next()? {
            communes.insert(row.get(0)?, Claim { attached: row.get(1)?, autonomous: row.get(2)? });
        }
        Ok(Some(Neighbour {
            number,
            programme: read_programme(&row.get::<_, String>(0)?)?,
            counts: row.get(1)?,
            siret: row.get::<_, Option<String>>(2)?.map(|siret| read_siret(&siret)).transpose()?,
            service: row.get(3)?,
            communes,
            grant,
        }))
    }

    /// Calls `each` with every dossier of a legal entity that counts: its number, programme, establishment and service.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn neighbours_of_siren(
        &self,
        siren: &str,
        mut each: impl FnMut(DossierNumber, Programme, &Siret, Option<&str>),
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT dossier, programme, siret, service FROM neighbours WHERE siren = ?1 AND counts = 1",
        )?;
        let mut rows = statement.query([siren])?;
        while let Some(row) = rows.next()? {
            let programme = read_programme(&row.get::<_, String>(1)?)?;
            let establishment = read_siret(&row.get::<_, String>(2)?)?;
            let service: Option<String> = row.get(3)?;
            each(row.get(0)?, programme, &establishment, service.as_deref());
        }
        Ok(())
    }

    /// Calls `each` with what every dossier that counts says of a commune.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn neighbours_of_commune(
        &self,
        commune: &str,
        mut each: impl FnMut(DossierNumber, Claim),
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT c.dossier, c.attached, c.autonomous FROM neighbour_communes c JOIN neighbours n ON n.dossier = c.dossier
             WHERE c.commune = ?1 AND n.counts = 1",
        )?;
        let mut rows = statement.query([commune])?;
        while let Some(row) = rows.next()? {
            each(row.get(0)?, Claim { attached: row.get(1)?, autonomous: row.get(2)? });
        }
        Ok(())
    }

    /// What was granted before a rank, of a share, by place.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn granted_before(&self, share: &Share, rank: Rank) -> Result<Vec<(Place, Consumed)>, StoreError> {
        let sql = match share {
            Share::Whole(_) => {
                "SELECT place, cents FROM grants
                 WHERE programme = ?1 AND (decided_on, dossier) < (?3, ?4) AND counts = 1"
            }
            _ => {
                "SELECT place, cents FROM grants
                 WHERE programme = ?1 AND place ->> 'departement' IS ?2 AND (decided_on, dossier) < (?3, ?4) AND counts = 1"
            }
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let (programme, departement) = (share.programme().code(), share.departement());
        let mut rows = statement.query(params![programme, departement, rank.on.to_string(), rank.number])?;
        let mut consumed: HashMap<Box<str>, Consumed> = HashMap::new();
        while let Some(row) = rows.next()? {
            let place = row.get_ref(0)?.as_str().map_err(|_| unreadable())?;
            let amount = row.get::<_, Option<i64>>(1)?.map(Cents::from);
            match consumed.get_mut(place) {
                Some(known) => known.add(amount),
                None => consumed.entry(place.into()).or_default().add(amount),
            }
        }
        consumed.into_iter().map(|(place, consumed)| Ok((read_json(PLACE, &place)?, consumed))).collect()
    }

    /// The grants of a share that count, from a rank up to another one, in order of decision.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn grants_between(&self, share: &Share, from: Rank, to: Rank) -> Result<Vec<Grant>, StoreError> {
        let sql = match share {
            Share::Whole(_) => {
                "SELECT decided_on, dossier, cents, place FROM grants
                 WHERE programme = ?1 AND (decided_on, dossier) >= (?3, ?4) AND (decided_on, dossier) <= (?5, ?6)
                   AND counts = 1
                 ORDER BY decided_on, dossier"
            }
            _ => {
                "SELECT decided_on, dossier, cents, place FROM grants
                 WHERE programme = ?1 AND place ->> 'departement' IS ?2
                   AND (decided_on, dossier) >= (?3, ?4) AND (decided_on, dossier) <= (?5, ?6) AND counts = 1
                 ORDER BY decided_on, dossier"
            }
        };
        let mut statement = self.connection.prepare_cached(sql)?;
        let (programme, departement) = (share.programme().code(), share.departement());
        let bounds = params![programme, departement, from.on.to_string(), from.number, to.on.to_string(), to.number];
        let mut rows = statement.query(bounds)?;
        let mut grants = Vec::new();
        while let Some(row) = rows.next()? {
            grants.push(read_grant(row)?);
        }
        Ok(grants)
    }
}

const PLACE: &str = "lieu d’une attribution";

fn unreadable() -> StoreError {
    StoreError::unreadable(PLACE, &"ses octets ne sont pas de l’UTF-8")
}

/// `decided_on, dossier, cents, place`.
fn read_grant(row: &Row<'_>) -> Result<Grant, StoreError> {
    let on: String = row.get(0)?;
    let on: Date =
        on.parse().map_err(|_| StoreError::unreadable("date d’une attribution", &"ce n’est pas une date"))?;
    Ok(Grant {
        rank: Rank { on, number: row.get(1)? },
        amount: row.get::<_, Option<i64>>(2)?.map(Cents::from),
        place: read_json(PLACE, row.get_ref(3)?.as_str().map_err(|_| unreadable())?)?,
    })
}

fn read_programme(code: &str) -> Result<Programme, StoreError> {
    code.parse().map_err(|error| StoreError::unreadable("programme", &error))
}

fn read_siret(text: &str) -> Result<Siret, StoreError> {
    Siret::parse(text).map_err(|_| StoreError::unreadable("SIRET", &"ce n’est pas un SIRET"))
}
