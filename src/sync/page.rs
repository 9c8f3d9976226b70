//! Pages of dossiers: asked for, shrunk when they are too much, taken apart down to the one dossier that spoils them,
//! decoded one by one, and stored.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::value::RawValue;

use super::procedure::Session;
use super::{SyncError, drift};
use crate::api::{ApiError, Cursor, DossierQuery, ErrorKind, FetchedDossier, GraphqlError, Order, Page};
use crate::domain::attachment::{are_all_known, attachments};
use crate::domain::dossier::{Dossier, DossierNumber, ProcedureNumber};
use crate::domain::text::counted;
use crate::raw::{self, Arrived};
use crate::store::{DossierRecord, QuarantineEntry, RunCounters, StoreError, Upsert, Writer};

/// How many parts that the server could not give of a dossier are named.
const FAULTS_NAMED: usize = 5;

/// Whole pages in a row after which a page that had to shrink grows again.
const WHOLE_PAGES_BEFORE_GROWTH: u32 = 4;

/// The size of the next page: halved when the server cannot give it, grown back slowly.
#[derive(Debug)]
pub(super) struct PageReader {
    size: u32,
    largest: u32,
    whole_in_a_row: u32,
}

impl PageReader {
    pub fn new(largest: u32) -> Self {
        Self { size: largest.max(1), largest: largest.max(1), whole_in_a_row: 0 }
    }

    /// The same, beginning with the size that worked last.
    pub fn starting_at(self, size: Option<u32>) -> Self {
        Self { size: size.map_or(self.size, |size| size.clamp(1, self.largest)), ..self }
    }

    pub fn size(&self) -> u32 {
        self.size
    }

    pub fn shrink(&mut self) {
        self.size = (self.size / 2).max(1);
        self.whole_in_a_row = 0;
    }

    pub fn whole(&mut self) {
        self.whole_in_a_row += 1;
        if self.whole_in_a_row >= WHOLE_PAGES_BEFORE_GROWTH && self.size < self.largest {
            self.size = (self.size * 2).min(self.largest);
            self.whole_in_a_row = 0;
        }
    }
}

/// A page, decoded.
pub(super) struct Dossiers {
    pub received: Vec<Received>,
    pub end_cursor: Option<Cursor>,
    pub has_next: bool,
}

/// A dossier as it arrived, and when: DS's date of the very answer that brought it, or the best estimate.
pub(super) struct Received {
    pub at: Timestamp,
    pub content: Content,
}

/// What arrived of a dossier.
pub(super) enum Content {
    /// Decoded; `fault` says what the server could not give of it.
    Dossier {
        /// The decoded dossier.
        dossier: Box<Dossier>,
        /// As received.
        raw: Box<RawValue>,
        /// Names its content.
        content_hash: [u8; 32],
        /// What is missing.
        fault: Option<String>,
    },
    /// Nothing of it can be read but its number.
    Withheld {
        /// Its number.
        number: DossierNumber,
        /// Why.
        reason: String,
    },
}

impl Received {
    pub fn updated_at(&self) -> Option<Timestamp> {
        match &self.content {
            Content::Dossier { dossier, .. } => Some(dossier.updated_at),
            Content::Withheld { .. } => None,
        }
    }

    pub fn number(&self) -> DossierNumber {
        match &self.content {
            Content::Dossier { dossier, .. } => dossier.number,
            Content::Withheld { number, .. } => *number,
        }
    }

    /// Decodes what came for a dossier; one that cannot be taken whole is withheld, none when not even its number can be read.
    pub fn read(at: Timestamp, raw: Box<RawValue>, fault: Option<String>) -> Option<Self> {
        Self::read_of(at, None, raw, fault)
    }

    /// The same for a dossier in a list of a démarche: one that DS says is of another démarche is not taken for one of this.
    pub fn read_of(
        at: Timestamp,
        listed_in: Option<ProcedureNumber>,
        raw: Box<RawValue>,
        fault: Option<String>,
    ) -> Option<Self> {
        let content = match raw::arrived(raw.get()) {
            Ok(Arrived { dossier, procedure: Some(other), .. }) if listed_in.is_some_and(|listed| listed != other) => {
                Content::Withheld { number: dossier.number, reason: format!("DS le donne pour la démarche {other}") }
            }
            Ok(Arrived { dossier, content_hash, .. }) => {
                Content::Dossier { dossier: Box::new(dossier), raw, content_hash, fault }
            }
            Err(error) => Content::Withheld { number: raw::number(raw.get())?, reason: error.to_string() },
        };
        Some(Self { at, content })
    }

    /// The same for a dossier that was asked for by its number: another one is not taken for it.
    pub fn read_alone(at: Timestamp, number: DossierNumber, fetched: FetchedDossier) -> Self {
        let fault = fault(fetched.errors.iter());
        match Self::read(at, fetched.raw, fault) {
            Some(received) if received.number() == number => received,
            Some(other) => {
                Self::withheld(at, number, format!("DS a donné le dossier {} à la place de celui-ci", other.number()))
            }
            None => Self::withheld(at, number, "reçu sans ses données essentielles".to_owned()),
        }
    }

    pub fn withheld(at: Timestamp, number: DossierNumber, reason: String) -> Self {
        Self { at, content: Content::Withheld { number, reason } }
    }
}

/// What a fault of the server in one answer says of the size of the question.
pub(super) fn is_about_the_page(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::Timeout | ErrorKind::Gateway | ErrorKind::ServerFault | ErrorKind::InvalidNull)
}

impl Session<'_> {
    /// The page after a cursor, whole: asked for in ever smaller sizes, at last one dossier at a time.
    pub async fn fetch(&mut self, order: Order, after: Option<Cursor>) -> Result<Dossiers, SyncError> {
        loop {
            let size = self.pages.size();
            let query = DossierQuery { procedure: self.procedure, order, after: after.clone(), page_size: size };
            match self.ask(self.engine.client.dossiers(&query)).await? {
                Ok(page) if page.is_whole() => {
                    if let Some(dossiers) = decode_page(self.engine.observed(page.clock)?, self.procedure, page) {
                        self.pages.whole();
                        return self.spoilt_ones_alone(dossiers).await;
                    }
                }
                Ok(_) => {}
                Err(error) if is_about_the_page(error.kind()) => {
                    tracing::info!(procedure = self.procedure, page_size = size, error = %error, "page réduite");
                }
                Err(error) => return Err(self.api(error)),
            }
            if size == 1 {
                return self.fetch_alone(query).await;
            }
            self.pages.shrink();
        }
    }

    /// Asks alone for those that came in part: what the server could not give in a page, it may give by itself.
    async fn spoilt_ones_alone(&self, page: Dossiers) -> Result<Dossiers, SyncError> {
        let mut received = Vec::with_capacity(page.received.len());
        for one in page.received {
            match &one.content {
                Content::Dossier { fault: None, .. } => received.push(one),
                _ => received.extend(self.look_up(one.number()).await?),
            }
        }
        Ok(Dossiers { received, ..page })
    }

    /// The one dossier that spoils a page: its number and cursor come from a listing of numbers alone, then it is asked
    /// for by its number; what cannot be had at all is withheld, and the reading goes on.
    async fn fetch_alone(&mut self, query: DossierQuery) -> Result<Dossiers, SyncError> {
        let listing = self.ask(self.engine.client.numbers(&query)).await?.map_err(|error| self.api(error))?;
        let whole = listing.is_whole();
        let received = match listing.nodes.into_iter().next() {
            None if whole => Vec::new(),
            Some(Some(listed)) if whole => self.look_up(listed.number).await?.into_iter().collect(),
            _ => return Err(self.api(ApiError::InvalidNull { path: "demarche.dossiers.nodes".to_owned() })),
        };
        Ok(Dossiers { received, end_cursor: listing.end_cursor, has_next: listing.has_next })
    }

    /// Asks for one dossier by its number and stores it; whether DS shows it.
    pub async fn fetch_by_number(&mut self, number: DossierNumber) -> Result<bool, SyncError> {
        let received = self.look_up(number).await?;
        self.keep(received.as_slice())?;
        Ok(received.is_some())
    }

    /// Stores dossiers that were asked for by their numbers.
    pub fn keep(&mut self, received: &[Received]) -> Result<(), SyncError> {
        let (procedure, run, gone) = (self.procedure, self.run, self.gone());
        self.counters += self.engine.store.write::<_, StoreError>(|writer| {
            let counters = RunCounters { pages: 0, ..store_page(writer, procedure, received, &gone)? };
            writer.run_count(run, counters)?;
            Ok(counters)
        })?;
        Ok(())
    }
}

/// Decodes each dossier on its own; none when one has not even a number.
fn decode_page(at: Timestamp, procedure: ProcedureNumber, page: Page<Box<RawValue>>) -> Option<Dossiers> {
    let errors = page.errors_by_record();
    let of = |index| errors.get(&index).and_then(|errors| fault(errors.iter().copied()));
    let faults: Vec<Option<String>> = (0..page.nodes.len()).map(of).collect();
    let dossiers = page
        .nodes
        .into_iter()
        .zip(faults)
        .map(|(node, fault)| Received::read_of(at, Some(procedure), node?, fault))
        .collect::<Option<Vec<Received>>>()?;
    Some(Dossiers { received: dossiers, end_cursor: page.end_cursor, has_next: page.has_next })
}

/// What the server says that it could not give of a dossier: the first parts by their path, and how many more.
fn fault<'a>(errors: impl Iterator<Item = &'a GraphqlError>) -> Option<String> {
    let paths: BTreeSet<String> = errors.map(GraphqlError::dotted_path).collect();
    let more = match paths.len().saturating_sub(FAULTS_NAMED) {
        0 => String::new(),
        more => format!(" et {}", counted(more, "autre", "autres")),
    };
    let named: Vec<&str> = paths.iter().map(String::as_str).take(FAULTS_NAMED).collect();
    (!named.is_empty()).then(|| format!("reçu en partie : {}{more}", named.join(", ")))
}

/// Stores the dossiers of a page and counts what they did. `gone` is what DS no longer has: they may have come without.
pub(super) fn store_page(
    writer: &Writer<'_>,
    procedure: ProcedureNumber,
    dossiers: &[Received],
    gone: &[String],
) -> Result<RunCounters, StoreError> {
    let mut counters = RunCounters { pages: 1, seen: dossiers.len() as u64, ..RunCounters::default() };
    if !gone.is_empty() && !dossiers.is_empty() {
        drift::remember(writer, procedure, gone)?;
    }
    for received in dossiers {
        let fuller = if gone.is_empty() { None } else { drift::fuller(writer, received)? };
        let Received { at, content } = fuller.as_ref().unwrap_or(received);
        let (number, reason) = match content {
            Content::Withheld { number, reason } => (*number, Some(reason)),
            Content::Dossier { dossier, raw, content_hash, fault } => {
                let (champs, content_hash) = (raw::champ_rows(dossier), *content_hash);
                let record = DossierRecord { procedure, dossier, champs: &champs, raw: raw.get(), content_hash };
                if writer.dossier_upsert(&record, *at)? != Upsert::Unchanged {
                    counters.changed += 1;
                    // What DS does not show of them for now is not gone: the list stays as it was.
                    if are_all_known(dossier) {
                        writer.attachments_of_current(dossier.number, &attachments(dossier))?;
                    }
                }
                (dossier.number, fault.as_ref())
            }
        };
        if let Some(reason) = reason {
            counters.quarantined += 1;
            let entry =
                QuarantineEntry { dossier: number, procedure, since: *at, tried_at: *at, reason: reason.clone() };
            writer.quarantine_put(&entry)?;
        } else {
            writer.quarantine_release(number)?;
        }
    }
    Ok(counters)
}

/// Puts right the stored contents that can no longer be read, where the same content came again. It costs a look at each
/// dossier, so that it is for who reads everything.
pub(super) fn repair(writer: &Writer<'_>, dossiers: &[Received]) -> Result<(), StoreError> {
    for received in dossiers {
        let Content::Dossier { dossier, raw, content_hash, .. } = &received.content else { continue };
        let number = dossier.number;
        let known = writer.reader().dossier_readable(number)?;
        let is_legible = |known: &str| known == raw.get() || raw::decode(known).is_ok();
        if !known.is_some_and(|known| is_legible(&known)) && writer.dossier_repair(number, raw.get(), content_hash)? {
            tracing::info!(dossier = number, "contenu enregistré illisible : remplacé par le même, relu de DS");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{PageReader, Received, fault};
    use crate::api::{FetchedDossier, GraphqlError, PathStep};

    #[test]
    fn a_heap_of_faults_is_told_in_a_line() {
        let error = |part: usize| GraphqlError {
            code: None,
            message: None,
            path: vec![PathStep::Field("champs".to_owned()), PathStep::Index(part)],
            subject: None,
            incident: None,
        };
        let told = |parts: &[usize]| fault(parts.iter().map(|part| error(*part)).collect::<Vec<_>>().iter());
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[3, 1, 3]).as_deref(), Some("reçu en partie : champs.1, champs.3"));
        let many = told(&(0..1_000).collect::<Vec<_>>()).unwrap();
        assert!(many.ends_with(" et 995 autres") && many.len() < 150, "{many}");
    }

    #[test]
    fn another_dossier_is_not_taken_for_the_one_asked_for() {
        let json = r#"{"number": 7, "state": "accepte", "dateDepot": "2021-09-01T10:00:00+02:00",
            "dateDerniereModification": "2021-09-03T12:33:00+02:00"}"#;
        let answered = |asked: i64| {
            let raw = serde_json::value::RawValue::from_string(json.to_owned()).unwrap();
            let fetched = FetchedDossier { raw, errors: Vec::new(), clock: None };
            Received::read_alone(jiff::Timestamp::UNIX_EPOCH, asked, fetched)
        };
        let is_withheld = |asked| matches!(answered(asked).content, super::Content::Withheld { .. });
        assert!(!is_withheld(7));
        assert!(is_withheld(8) && answered(8).number() == 8);
    }

    #[test]
    fn a_list_has_dossiers_of_its_own_demarche_and_with_a_number_that_can_be_one() {
        let read = |number: i64, procedure: &str| {
            let json = format!(
                r#"{{"number": {number}, {procedure} "state": "accepte", "dateDepot": "2021-09-01T10:00:00+02:00",
                "dateDerniereModification": "2021-09-03T12:33:00+02:00"}}"#
            );
            let raw = serde_json::value::RawValue::from_string(json).unwrap();
            Received::read_of(jiff::Timestamp::UNIX_EPOCH, Some(41), raw, None)
        };
        let withheld = |received: Received| matches!(received.content, super::Content::Withheld { .. });
        assert!(!withheld(read(7, "").unwrap()) && !withheld(read(7, r#""demarche": {"number": 41},"#).unwrap()));
        let other = read(7, r#""demarche": {"number": 42},"#).unwrap();
        assert!(other.number() == 7 && withheld(other));
        for number in [0, -7, i64::MIN, i64::MAX, 1 << 31] {
            assert!(read(number, "").is_none(), "{number}");
        }
    }

    #[test]
    fn a_page_halves_down_to_one_and_grows_back_slowly() {
        let mut pages = PageReader::new(100);
        for expected in [50, 25, 12, 6, 3, 1, 1] {
            pages.shrink();
            assert_eq!(pages.size(), expected);
        }
        for _ in 0..3 {
            pages.whole();
        }
        assert_eq!(pages.size(), 1);
        pages.whole();
        assert_eq!(pages.size(), 2);
        for _ in 0..100 {
            pages.whole();
        }
        assert_eq!(pages.size(), 100);
    }
}
