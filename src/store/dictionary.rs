//! Contents of a démarche are compressed by what they have in common: a dictionary of its first ones, kept beside them, from which zstd
//! copies what repeats. It holds what forms and rules say, and nothing of a dossier (see [`Outline`]), so an erasure has nothing to look
//! for in it. Each frame names its own, so that others may follow, when the form changes for one; a frame that names none needs none.
//! Each has a checksum: what a disk damaged is told as such, and is never another text.

mod outline;

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};
use zstd::zstd_safe::{CCtx, CDict, CParameter, DCtx, DDict, ResetDirective, compress_bound, get_frame_content_size};

use super::codec::{compress, decompress, decompress_text};
use super::{Reader, StoreError, Writer};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use outline::Outline;

/// By how many texts a dictionary is made.
const EXAMPLES: u32 = 4;
/// The longest dictionary, in bytes.
const LONGEST: usize = 64 << 10;
/// What a frame made with a dictionary begins with, before the id: no frame of zstd's does.
const MARK: u8 = 0xD1;
/// How many bytes of an id are written.
const ID: usize = 6;
/// The longest text that is read, in bytes: a length beyond that is damage.
const LONGEST_TEXT: u64 = 1 << 30;

/// What is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    /// A dossier as received.
    Content,
    /// What the mapping read of it.
    Facts,
    /// What its verdicts rest on.
    Trace,
}

impl Packing {
    const fn code(self) -> &'static str {
        match self {
            Self::Content => "content",
            Self::Facts => "facts",
            Self::Trace => "trace",
        }
    }

    /// zstd's level: what saves most for what it costs.
    const fn level(self) -> i32 {
        match self {
            Self::Content => 3,
            Self::Facts => 4,
            Self::Trace => 5,
        }
    }

    /// The frames of a démarche, those of the newest dossiers first.
    const fn frames(self) -> &'static str {
        match self {
            Self::Content => {
                "SELECT v.raw FROM dossiers d JOIN dossier_versions v ON v.id = d.version
                 WHERE d.procedure = ?1 ORDER BY d.number DESC LIMIT ?2"
            }
            Self::Facts => {
                "SELECT s.subject FROM dossiers d JOIN subjects s ON s.dossier = d.number
                 WHERE d.procedure = ?1 ORDER BY d.number DESC LIMIT ?2"
            }
            Self::Trace => {
                "SELECT e.trace FROM dossiers d JOIN evaluations e ON e.dossier = d.number
                 WHERE d.procedure = ?1 ORDER BY d.number DESC LIMIT ?2"
            }
        }
    }
}

/// A dictionary, made ready when it is first needed.
struct Dictionary {
    id: i64,
    content: Vec<u8>,
    level: i32,
    to_compress: OnceLock<Option<CDict<'static>>>,
    to_read: OnceLock<Option<DDict<'static>>>,
}

/// Those that were used. An id comes from the content: whatever is rolled back, or written by another process, it names the same.
#[derive(Default)]
pub(super) struct Dictionaries(Mutex<HashMap<i64, Arc<Dictionary>>>);

thread_local! {
    static TO_COMPRESS: RefCell<CCtx<'static>> = RefCell::new(CCtx::create());
    static TO_READ: RefCell<DCtx<'static>> = RefCell::new(DCtx::create());
}

impl fmt::Debug for Dictionaries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Dictionaries")
    }
}

impl Dictionary {
    fn new(of: Packing, id: i64, content: Vec<u8>) -> Self {
        Self { id, content, level: of.level(), to_compress: OnceLock::new(), to_read: OnceLock::new() }
    }

    fn compress(&self, text: &str) -> Option<Vec<u8>> {
        let dictionary = self.to_compress.get_or_init(|| CDict::try_create(&self.content, self.level)).as_ref()?;
        let mut frame: Vec<u8> = Vec::with_capacity(compress_bound(text.len()));
        TO_COMPRESS.with_borrow_mut(|context| {
            context.set_parameter(CParameter::ChecksumFlag(true)).ok()?;
            context.ref_cdict(dictionary).ok()?;
            let compressed = context.compress2(&mut frame, text.as_bytes());
            // Nothing of the dictionary is held beyond this.
            context.reset(ResetDirective::SessionAndParameters).ok()?;
            compressed.ok()
        })?;
        let mut packed = Vec::with_capacity(1 + ID + frame.len());
        packed.push(MARK);
        packed.extend_from_slice(&self.id.to_be_bytes()[size_of::<i64>() - ID..]);
        packed.extend_from_slice(&frame);
        Some(packed)
    }

    fn decompress(&self, frame: &[u8]) -> Option<Vec<u8>> {
        let dictionary = self.to_read.get_or_init(|| DDict::try_create(&self.content)).as_ref()?;
        let length = get_frame_content_size(frame).ok().flatten().filter(|length| *length <= LONGEST_TEXT)?;
        let mut text = Vec::new();
        text.try_reserve_exact(usize::try_from(length).ok()?).ok()?;
        TO_READ.with_borrow_mut(|context| context.decompress_using_ddict(&mut text, frame, dictionary)).ok()?;
        Some(text)
    }
}

/// The id that a frame names, and what follows; none where it names none.
fn parts(packed: &[u8]) -> Option<(i64, &[u8])> {
    let (id, frame) = packed.strip_prefix(&[MARK])?.split_at_checked(ID)?;
    Some((id.iter().fold(0, |id, byte| id << 8 | i64::from(*byte)), frame))
}

fn id_of(of: Packing, procedure: ProcedureNumber, content: &[u8]) -> i64 {
    let digest = Sha256::new().chain_update(format!("{} {procedure} ", of.code())).chain_update(content).finalize();
    digest.iter().take(ID).fold(0, |id, byte| id << 8 | i64::from(*byte))
}

impl Reader<'_> {
    /// A text that was compressed, by a dictionary or without.
    ///
    /// # Errors
    /// [`StoreError::Unreadable`] when it or its dictionary is damaged, or a failure of the database.
    pub fn unpack(&self, packed: &[u8]) -> Result<String, StoreError> {
        let Some((id, frame)) = parts(packed) else { return decompress_text(packed) };
        let text = self.dictionary(id)?.decompress(frame);
        let text = text.ok_or_else(|| StoreError::unreadable("contenu compressé", &"ses octets sont abîmés"))?;
        String::from_utf8(text)
            .map_err(|_| StoreError::unreadable("texte compressé", &"ses octets ne sont pas de l’UTF-8"))
    }

    fn dictionary(&self, id: i64) -> Result<Arc<Dictionary>, StoreError> {
        let mut known = self.dictionaries.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(dictionary) = known.get(&id) {
            return Ok(Arc::clone(dictionary));
        }
        let found: Option<(String, i64, Vec<u8>)> = self
            .connection
            .prepare_cached("SELECT of, procedure, content FROM dictionaries WHERE id = ?1")?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .optional()?;
        let dictionary = found.and_then(|(of, procedure, content)| {
            let of = [Packing::Content, Packing::Facts, Packing::Trace].into_iter().find(|known| known.code() == of)?;
            let content = decompress(&content).ok()?;
            (id_of(of, procedure, &content) == id).then(|| Arc::new(Dictionary::new(of, id, content)))
        });
        let dictionary = dictionary.ok_or_else(|| {
            StoreError::unreadable("contenu compressé", &"le dictionnaire qu’il lui faut manque, ou est abîmé")
        })?;
        known.insert(id, Arc::clone(&dictionary));
        Ok(dictionary)
    }
}

impl Writer<'_> {
    /// Compresses a text of a dossier by the dictionary of its démarche, which is made once there are texts to make it from.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn pack(&self, of: Packing, dossier: DossierNumber, text: &str) -> Result<Vec<u8>, StoreError> {
        let known: Option<(ProcedureNumber, Option<i64>)> = self
            .transaction
            .prepare_cached(
                "SELECT d.procedure, k.id FROM dossiers d
                 LEFT JOIN dictionaries k ON k.procedure = d.procedure AND k.of = ?2 AND k.current = 1 WHERE d.number = ?1",
            )?
            .query_row(params![dossier, of.code()], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((procedure, current)) = known else { return compress(text.as_bytes()) };
        let dictionary = match current.map(|id| self.reader().dictionary(id)) {
            // Damaged: one that is made from the same texts takes its place.
            None | Some(Err(StoreError::Unreadable { .. })) => self.dictionary_make(of, procedure, text)?,
            Some(dictionary) => Some(dictionary?),
        };
        match dictionary.and_then(|dictionary| dictionary.compress(text)) {
            Some(packed) => Ok(packed),
            None => compress(text.as_bytes()),
        }
    }

    /// Makes the dictionary of a démarche from a text and those of other dossiers; none as long as they are too few.
    fn dictionary_make(
        &self,
        of: Packing,
        procedure: ProcedureNumber,
        text: &str,
    ) -> Result<Option<Arc<Dictionary>>, StoreError> {
        let mut statement = self.transaction.prepare_cached(of.frames())?;
        let mut rows = statement.query(params![procedure, EXAMPLES])?;
        let mut outlines: Vec<Outline> = Outline::of(text).into_iter().collect();
        while let Some(row) = rows.next()? {
            let packed: Vec<u8> = row.get(0)?;
            outlines.extend(self.reader().unpack(&packed).ok().and_then(|text| Outline::of(&text)));
        }
        if outlines.len() < EXAMPLES as usize {
            return Ok(None);
        }
        let Some(outline) = outlines.into_iter().reduce(Outline::and) else { return Ok(None) };
        let mut content = String::new();
        outline.write(&mut content);
        let mut content = content.into_bytes();
        content.truncate(LONGEST);
        let id = id_of(of, procedure, &content);
        self.dictionaries_retire(procedure, of)?;
        self.transaction
            .prepare_cached(
                "INSERT INTO dictionaries (id, procedure, of, current, content) VALUES (?1, ?2, ?3, 1, ?4)
                 ON CONFLICT (id) DO UPDATE SET current = 1, content = excluded.content",
            )?
            .execute(params![id, procedure, of.code(), compress(&content)?])?;
        self.reader().dictionary(id).map(Some)
    }

    fn dictionaries_retire(&self, procedure: ProcedureNumber, of: Packing) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached("UPDATE dictionaries SET current = 0 WHERE procedure = ?1 AND of = ?2 AND current = 1")?
            .execute(params![procedure, of.code()])?;
        Ok(())
    }

    /// What follows of a démarche is compressed by dictionaries that are made from it, when its form, compressed, is another one.
    ///
    /// # Errors
    /// A failure of the database.
    pub(super) fn dictionaries_outdate(
        &self,
        procedure: ProcedureNumber,
        form: Option<&[u8]>,
    ) -> Result<(), StoreError> {
        self.transaction
            .prepare_cached(
                "UPDATE dictionaries SET current = 0 WHERE procedure = ?1 AND current = 1
                 AND EXISTS (SELECT 1 FROM procedures WHERE number = ?1 AND form IS NOT NULL AND form <> ?2)",
            )?
            .execute(params![procedure, form])?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PROCEDURE, at, dossier, read, store, write};
    use super::super::{DossierRecord, SnapshotEntry, Store};
    use super::*;
    use crate::domain::dossier::DossierState;

    fn raw(number: i64, label: &str) -> String {
        let champ = |id: usize| {
            format!(
                r#"{{"__typename":"TextChamp","id":"c{id}","champDescriptorId":"c{id}","label":"{label} {id}","stringValue":"Zébuline {number}"}}"#
            )
        };
        let champs: Vec<String> = (0..20).map(champ).collect();
        format!(r#"{{"number":{number},"champs":[{}]}}"#, champs.join(","))
    }

    fn put(store: &Store, number: i64, label: &str) {
        let (dossier, raw) = (dossier(number, DossierState::EnInstruction), raw(number, label));
        let content_hash = std::array::from_fn(|_| u8::try_from(number % 256).unwrap());
        let record = DossierRecord { procedure: PROCEDURE, dossier: &dossier, champs: &[], raw: &raw, content_hash };
        write(store, |writer| writer.dossier_upsert(&record, at("2021-09-03T00:00:00Z")));
    }

    /// The dictionary that the frame of each dossier names.
    fn named(store: &Store) -> Vec<Option<i64>> {
        read(store, |reader| {
            let mut statement = reader.connection.prepare_cached("SELECT raw FROM dossier_versions ORDER BY id")?;
            let rows = statement.query_map([], |row| Ok(parts(&row.get::<_, Vec<u8>>(0)?).map(|(id, _)| id)))?;
            Ok(rows.collect::<rusqlite::Result<Vec<_>>>()?)
        })
    }

    fn change(store: &Store, sql: &str) {
        write(store, |writer| Ok(writer.transaction.execute(sql, [])?));
    }

    #[test]
    fn the_first_dossiers_make_the_dictionary_of_those_that_follow_and_another_form_makes_another_one() {
        let (_directory, store) = store();
        for number in 1..=6 {
            put(&store, number, "Objet");
        }
        let first = named(&store)[4];
        assert!(first.is_some());
        assert_eq!(named(&store), [None, None, None, first, first, first]);
        let length = |number: i64| {
            read(&store, |reader| {
                let sql = "SELECT length(raw) FROM dossier_versions WHERE id = ?1";
                Ok(reader.connection.query_row(sql, [number], |row| row.get::<_, i64>(0))?)
            })
        };
        assert!(length(6) < length(1), "{} {}", length(6), length(1));

        write(&store, |writer| {
            writer.transaction.execute("UPDATE procedures SET form = x'01'", [])?;
            writer.dictionaries_outdate(PROCEDURE, Some(&[1]))
        });
        put(&store, 7, "Objet");
        assert_eq!(named(&store)[6], first, "the same form");
        write(&store, |writer| writer.dictionaries_outdate(PROCEDURE, Some(&[2])));
        put(&store, 8, "Sujet");
        let second = named(&store)[7];
        assert!(second.is_some() && second != first);
        for number in 1..=8 {
            let label = if number == 8 { "Sujet" } else { "Objet" };
            assert_eq!(read(&store, |reader| reader.dossier_raw(number)), Some(raw(number, label)), "old ones too");
        }
    }

    #[test]
    fn nothing_of_a_dossier_is_in_a_dictionary() {
        let (_directory, store) = store();
        for number in 1..=6 {
            put(&store, number, "Objet");
        }
        let content: Vec<u8> = read(&store, |reader| {
            Ok(reader.connection.query_row("SELECT content FROM dictionaries", [], |row| row.get(0))?)
        });
        let content = decompress_text(&content).unwrap();
        assert!(content.contains("Objet 19") && !content.contains("Zébuline"), "{content}");
    }

    #[test]
    fn a_damaged_dictionary_is_told_as_damage_and_what_follows_does_without() {
        let (_directory, store) = store();
        for number in 1..=6 {
            put(&store, number, "Objet");
        }
        let good: Vec<u8> = read(&store, |reader| {
            Ok(reader.connection.query_row("SELECT content FROM dictionaries", [], |row| row.get(0))?)
        });
        let wrong = compress(&decompress(&good).unwrap().to_ascii_uppercase()).unwrap();
        write(&store, |writer| Ok(writer.transaction.execute("UPDATE dictionaries SET content = ?1", [&wrong])?));
        let path = store.path().to_owned();
        drop(store);
        let store = Store::open(&path).unwrap();
        let readable = |number| read(&store, |reader| reader.dossier_readable(number)).is_some();
        assert!(readable(1) && !readable(5), "what was compressed by it cannot be read");
        put(&store, 7, "Objet");
        assert!(readable(7));
        assert_eq!(read(&store, |reader| reader.dossier_raw(7)), Some(raw(7, "Objet")));
        change(&store, "DELETE FROM dictionaries");
        drop(store);
        let store = Store::open(&path).unwrap();
        let entry = SnapshotEntry { number: 5, version: 5, observed_at: at("2021-09-03T00:00:00Z") };
        let missing = store.read(|reader| reader.version(entry)).unwrap_err();
        assert!(matches!(missing, StoreError::Unreadable { .. }), "{missing:?}");
        assert!(missing.to_string().contains("dictionnaire"), "{missing}");
    }

    #[test]
    fn a_bit_that_turned_over_never_gives_another_text() {
        let (_directory, store) = store();
        for number in 1..=6 {
            put(&store, number, "Objet");
        }
        for number in [1, 6] {
            let frame: Vec<u8> = read(&store, |reader| {
                let sql = "SELECT raw FROM dossier_versions WHERE id = ?1";
                Ok(reader.connection.query_row(sql, [number], |row| row.get(0))?)
            });
            for bit in 0..8 * frame.len() {
                let mut damaged = frame.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                let text = store.read::<_, StoreError>(|reader| reader.unpack(&damaged));
                assert!(text.is_err() || text.is_ok_and(|text| text == raw(number, "Objet")), "{number}, bit {bit}");
            }
        }
    }

    #[test]
    fn a_frame_that_was_cut_or_claims_too_much_is_damage() {
        let (_directory, store) = store();
        for number in 1..=6 {
            put(&store, number, "Objet");
        }
        let frame: Vec<u8> = read(&store, |reader| {
            Ok(reader.connection.query_row("SELECT raw FROM dossier_versions WHERE id = 6", [], |row| row.get(0))?)
        });
        let unpack = |frame: &[u8]| store.read(|reader| reader.unpack(frame));
        assert!(unpack(&frame).is_ok());
        for damaged in [&frame[..frame.len() - 1], &frame[..12], &frame[..5], &[MARK], &[]] {
            assert!(matches!(unpack(damaged), Err(StoreError::Unreadable { .. })), "{damaged:?}");
        }
    }
}
