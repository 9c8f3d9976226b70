//! Champs and annotations, a row each, as `view_champs` shows them. What the form says of them is kept once, and so is the row of a
//! repetition that several stand in.

use std::collections::HashMap;

use rusqlite::params;

use super::once::Once;
use super::{StoreError, Writer};
use crate::domain::champ::ChampRow;
use crate::domain::dossier::DossierNumber;

const DESCRIPTOR: Once = Once {
    mark: 'd',
    find: "SELECT id FROM descriptors WHERE descriptor_id = ?1 AND kind = ?2 AND label = ?3 AND type = ?4 AND stem = ?5",
    add: "INSERT INTO descriptors (descriptor_id, kind, label, type, stem) VALUES (?1, ?2, ?3, ?4, ?5)",
};

/// What is told of a champ, but for its value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Champ<'a> {
    pub kind: &'a str,
    pub id: &'a str,
    pub descriptor_id: &'a str,
    pub label: &'a str,
    pub type_name: &'a str,
    pub row_id: Option<&'a str>,
}

impl<'a> Champ<'a> {
    fn of(row: &'a ChampRow) -> Self {
        Self {
            kind: row.kind.code(),
            id: &row.champ_id,
            descriptor_id: &row.descriptor_id,
            label: &row.label,
            type_name: &row.type_name,
            row_id: row.row_id.as_deref(),
        }
    }

    /// How its id begins, as those of its descriptor do, and how it ends, as those of its row do. DS writes in base64 the number of
    /// the descriptor, and for a champ of a row a bar and the row's own id.
    fn parts(&self) -> (&'a str, &'a str) {
        let (id, of) = (self.id, self.descriptor_id.trim_end_matches('='));
        if id == self.descriptor_id {
            return (id, "");
        }
        let bytes = of.len() * 3 / 4;
        let (whole, with_the_bar) = (bytes / 3 * 4, (bytes + 1).div_ceil(3) * 4);
        match (of.get(..whole), id.split_at_checked(with_the_bar)) {
            (Some(common), Some(parts)) if id.starts_with(common) => parts,
            _ => ("", id),
        }
    }
}

/// The champs of a dossier as they are put, one after the other.
pub(super) struct Champs<'a> {
    writer: &'a Writer<'a>,
    number: DossierNumber,
    rows: HashMap<(Option<String>, String), i64>,
}

impl Champs<'_> {
    /// The descriptor of a champ, and its row, if it needs one; both are there then.
    pub fn place(&mut self, champ: Champ<'_>) -> Result<(i64, Option<i64>), StoreError> {
        let (stem, tail) = champ.parts();
        let descriptor = [champ.descriptor_id, champ.kind, champ.label, champ.type_name, stem];
        let descriptor = self.writer.once(&DESCRIPTOR, descriptor)?;
        if champ.row_id.is_none() && tail.is_empty() {
            return Ok((descriptor, None));
        }
        let key = (champ.row_id.map(str::to_owned), tail.to_owned());
        if let Some(row) = self.rows.get(&key) {
            return Ok((descriptor, Some(*row)));
        }
        let row = i64::try_from(self.rows.len()).unwrap_or(i64::MAX);
        self.writer
            .transaction
            .prepare_cached("INSERT INTO champ_rows (dossier, row, row_id, tail) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![self.number, row, champ.row_id, tail])?;
        self.rows.insert(key, row);
        Ok((descriptor, Some(row)))
    }
}

impl Writer<'_> {
    /// The champs of a dossier that has none.
    pub(super) fn champs(&self, number: DossierNumber) -> Champs<'_> {
        Champs { writer: self, number, rows: HashMap::new() }
    }

    /// Champs come and go with the applicant's answers: the set is replaced, never merged (API facts, 4.5).
    pub(super) fn champs_replace(&self, number: DossierNumber, rows: &[ChampRow]) -> Result<(), StoreError> {
        self.champs_remove(number)?;
        let mut champs = self.champs(number);
        let mut insert = self
            .transaction
            .prepare_cached("INSERT INTO champs (id, descriptor, row, value) VALUES (?1, ?2, ?3, ?4)")?;
        for (place, row) in (0_i64..).zip(rows) {
            let (descriptor, within) = champs.place(Champ::of(row))?;
            insert.execute(params![super::codec::place(number, place)?, descriptor, within, row.value])?;
        }
        Ok(())
    }

    pub(super) fn champs_remove(&self, number: DossierNumber) -> Result<(), StoreError> {
        for statement in [
            "DELETE FROM champs WHERE id >= ?1 << 20 AND id < (?1 + 1) << 20",
            "DELETE FROM champ_rows WHERE dossier = ?1",
        ] {
            self.transaction.prepare_cached(statement)?.execute([number])?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;

    use super::super::tests::{PROCEDURE, at, dossier, read, store, upsert, write};
    use super::super::{DossierRecord, Store};
    use super::*;
    use crate::domain::champ::ChampKind;
    use crate::domain::dossier::DossierState;

    fn champ(champ_id: &str, descriptor_id: &str, row_id: Option<&str>, value: Option<&str>) -> ChampRow {
        ChampRow {
            kind: ChampKind::Champ,
            champ_id: champ_id.to_owned(),
            descriptor_id: descriptor_id.to_owned(),
            label: format!("libellé de {descriptor_id}"),
            type_name: "TextChamp".to_owned(),
            row_id: row_id.map(str::to_owned),
            value: value.map(str::to_owned),
        }
    }

    fn put(store: &Store, number: DossierNumber, champs: &[ChampRow]) {
        let dossier = dossier(number, DossierState::EnInstruction);
        let hash = [u8::try_from(champs.len() % 256).unwrap(); 32];
        let record = DossierRecord { procedure: PROCEDURE, dossier: &dossier, champs, raw: "{}", content_hash: hash };
        write(store, |writer| {
            writer.dossier_upsert(&record, at("2021-09-03T00:00:00Z"))?;
            writer.champs_replace(number, champs)
        });
    }

    fn shown(store: &Store, number: DossierNumber) -> Vec<ChampRow> {
        read(store, |reader| {
            let mut statement = reader.connection.prepare_cached(
                "SELECT champ_id, descriptor_id, label, type, row_id, value FROM view_champs WHERE dossier = ?1",
            )?;
            let rows = statement.query_map([number], |row| {
                Ok(ChampRow {
                    kind: ChampKind::Champ,
                    champ_id: row.get(0)?,
                    descriptor_id: row.get(1)?,
                    label: row.get(2)?,
                    type_name: row.get(3)?,
                    row_id: row.get(4)?,
                    value: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
        })
    }

    fn count(store: &Store, table: &str) -> i64 {
        read(store, |reader| {
            Ok(reader.connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?)
        })
    }

    #[test]
    fn the_ids_of_rows_are_kept_once_whatever_the_length_of_numbers() {
        let (_directory, store) = store();
        let mut champs = Vec::new();
        for (row, ulid) in ["01HQ3VMZ9T6B2JX8K4N5P7R0SW", "01HQ3VN0A7C3KY9M5P6Q8S1TXD"].into_iter().enumerate() {
            let row_id = BASE64_STANDARD.encode(format!("Row-{ulid}"));
            for number in [7, 42, 123, 1234, 12345, 123_456, 1_234_567, 41_001_007] {
                let of = BASE64_STANDARD.encode(format!("Champ-{number}"));
                let id = BASE64_STANDARD.encode(format!("Champ-{number}|{ulid}"));
                champs.push(champ(&id, &of, Some(&row_id), Some(&format!("{number} {row}"))));
            }
        }
        put(&store, 7, &champs);
        assert_eq!(shown(&store, 7), champs);
        assert_eq!(count(&store, "descriptors"), 8);
        // A row, for each of the three ways in which base64 falls.
        assert_eq!(count(&store, "champ_rows"), 6);
    }

    #[test]
    fn another_set_takes_the_place_of_the_one_before_and_touches_no_other_dossier() {
        let (_directory, store) = store();
        for number in [6, 7, 8] {
            upsert(&store, &dossier(number, DossierState::Accepte), 1, "2021-09-03T00:00:00Z");
        }
        let others = [shown(&store, 6), shown(&store, 8)];
        put(
            &store,
            7,
            &[champ("a", "a", None, None), champ("b|1", "b", Some("1"), Some("x")), champ("c", "c", None, Some(""))],
        );
        put(&store, 7, &[champ("c", "c", None, Some("y")), champ("b|2", "b", Some("2"), None)]);
        assert_eq!(shown(&store, 7), [champ("c", "c", None, Some("y")), champ("b|2", "b", Some("2"), None)]);
        assert_eq!([shown(&store, 6), shown(&store, 8)], others);
        assert_eq!(count(&store, "champ_rows"), 1);
    }

    #[test]
    fn a_number_beyond_all_that_ds_gives_is_refused() {
        let (_directory, store) = store();
        let refused =
            store.write::<(), StoreError>(|writer| writer.champs_replace(1 << 43, &[champ("a", "a", None, None)]));
        assert!(matches!(refused, Err(StoreError::Unreadable { .. })), "{refused:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn whatever_ids_are_they_are_shown_as_they_came(ids in prop::collection::vec(
            ("[A-Za-z0-9=é|]{0,12}", "[A-Za-z0-9=é|]{0,30}", prop::option::of("[a-c]{0,2}"), prop::option::of(".{0,9}")), 0..12,
        )) {
            let (_directory, store) = store();
            store.hurry();
            let champs: Vec<ChampRow> = ids.iter().enumerate().map(|(place, (of, id, row, value))| {
                let id = match place % 3 { 0 => of.clone(), 1 => format!("{of}{id}"), _ => id.clone() };
                champ(&id, of, row.as_deref(), value.as_deref())
            }).collect();
            put(&store, 7, &champs);
            prop_assert_eq!(shown(&store, 7), champs);
        }
    }
}
