//! The present: facts and verdicts of the current content, made again only for the dossiers that something marked: their content, a
//! person, the configuration, or another dossier that they read.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::alerts::CONTENT;
use super::facts::read_facts;
use super::{EvaluationError, Evaluator, MappedProcedure, Reading, form};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::verdict::Status;
use crate::store::{Reader, StoreError, Writer};

/// What the names of the marks begin with that say how the dossiers of a démarche were read last.
const READING: &str = "reading:";
/// The mark that says by which rules verdicts were made last.
const RULEBOOK: &str = "rulebook";

/// What an evaluation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Dossiers that something had marked.
    pub looked_at: u64,
    /// Dossiers judged: those for which something had changed.
    pub judged: u64,
    /// Dossiers whose facts were read again.
    pub read_again: u64,
    /// Dossiers whose verdicts, status, amounts or gaps changed, those judged for the first time included.
    pub changed: u64,
    /// Rules that say something else of a dossier than before, or something for the first time.
    pub verdicts_changed: u64,
    /// How the dossiers stand since; empty when none was judged.
    pub tally: Tally,
}

/// One evaluation after another.
impl std::ops::AddAssign for Refreshed {
    fn add_assign(&mut self, later: Self) {
        self.looked_at += later.looked_at;
        self.judged += later.judged;
        self.read_again += later.read_again;
        self.changed += later.changed;
        self.verdicts_changed += later.verdicts_changed;
        if later.judged > 0 {
            self.tally = later.tally;
        }
    }
}

/// How the dossiers of the démarches followed stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many have each status, those set aside left out.
    pub statuses: BTreeMap<Status, u64>,
    /// Dossiers that a person set aside.
    pub excluded: u64,
    /// Dossiers erased here, whose verdicts stay as they were.
    pub erased: u64,
    /// Dossiers whose stored content cannot be read: they keep the facts and verdicts that were there before, if any.
    pub unreadable: u64,
}

impl Evaluator {
    /// Brings facts and verdicts up to date: of the dossiers for which something changed, or of all of them `anyway`. The work is done in
    /// pages, each in a transaction of its own: what is interrupted goes on at the next one.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn refresh(&self, now: Timestamp, anyway: bool) -> Result<Refreshed, EvaluationError> {
        let readings = self.store.read::<_, StoreError>(|reader| self.readings(reader))?;
        self.mark_reconfigured(&readings, anyway, now)?;
        let read = self.read_marked(&readings, anyway, now)?;
        let judged = self.judge_marked(&readings, anyway, now)?;
        if read.looked_at + judged.looked_at > 0 {
            self.alert_about_procedures(now)?;
        }
        let mut refreshed = read;
        refreshed += judged;
        if refreshed.judged > 0 {
            refreshed.tally = self.tally()?;
        }
        Ok(refreshed)
    }

    /// How the dossiers of each démarche are read.
    fn readings<'a>(&'a self, reader: &Reader<'_>) -> Result<Vec<Reading<'a>>, StoreError> {
        let read = |procedure: &'a MappedProcedure| Ok(Reading::new(procedure, form(reader, procedure.number)?));
        self.procedures.iter().map(read).collect()
    }

    /// Marks what a new configuration or form concerns; whether there is any.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn adopt(&self, now: Timestamp) -> Result<bool, EvaluationError> {
        let readings = self.store.read::<_, StoreError>(|reader| self.readings(reader))?;
        self.mark_reconfigured(&readings, false, now)
    }

    /// Marks what a new mapping, form, rule, parameter or table concerns, and the dossiers of a démarche that is followed from now on, or
    /// no longer is; whether there was any.
    fn mark_reconfigured(
        &self,
        readings: &[Reading<'_>],
        anyway: bool,
        now: Timestamp,
    ) -> Result<bool, EvaluationError> {
        let (rulebook, known) =
            self.store.read::<_, StoreError>(|reader| Ok((reader.mark(RULEBOOK)?, reader.marks(READING)?)))?;
        let name = |number: ProcedureNumber| format!("{READING}{number}");
        let is_new = rulebook.as_deref() != Some(self.rulebook.fingerprint());
        let other: Vec<&Reading<'_>> = readings
            .iter()
            .filter(|reading| known.get(&name(reading.procedure.number)) != Some(&reading.fingerprint))
            .collect();
        let gone: Vec<ProcedureNumber> = known
            .keys()
            .filter_map(|mark| mark.strip_prefix(READING)?.parse().ok())
            .filter(|number| !self.follows(*number))
            .collect();
        if !anyway && !is_new && other.is_empty() && gone.is_empty() {
            return Ok(false);
        }
        // First, so that what is cut short here is done again.
        self.alert_about_mappings(readings, now)?;
        self.store.write::<_, StoreError>(|writer| {
            for procedure in &self.procedures {
                writer.procedure_declare(procedure.number, procedure.programme)?;
            }
            if anyway || is_new {
                writer.dirty_mark_all(None)?;
                writer.mark_put(RULEBOOK, self.rulebook.fingerprint())?;
            }
            for reading in other {
                writer.dirty_mark_all(Some(reading.procedure.number))?;
                writer.mark_put(&name(reading.procedure.number), &reading.fingerprint)?;
            }
            for number in gone {
                writer.dirty_mark_all(Some(number))?;
                writer.mark_remove(&name(number))?;
            }
            Ok(())
        })?;
        Ok(true)
    }

    /// Brings a dossier up to date in a transaction that a person's act is written in: its facts and those of the dossiers around it, and
    /// its own verdicts. Gives the others to whom it is something else now: [`Evaluator::follow`] judges them.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn settle(
        &self,
        writer: &Writer<'_>,
        number: DossierNumber,
        now: Timestamp,
    ) -> Result<Vec<DossierNumber>, EvaluationError> {
        let readings = self.readings(&writer.reader())?;
        let around = writer.reader().dirty_around(number)?;
        let (_, marked) = read_facts(writer, &readings, &around, false, now)?;
        self.judge(writer, &readings, &[number], false, now)?;
        Ok(marked.into_iter().filter(|marked| *marked != number).collect())
    }

    /// Judges the dossiers that an act moved; how many say something else than before.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn follow(&self, numbers: &[DossierNumber], now: Timestamp) -> Result<u64, EvaluationError> {
        let readings = self.store.read::<_, StoreError>(|reader| self.readings(reader))?;
        let mut changed = 0;
        for page in numbers.chunks(super::verdicts::PAGE) {
            changed += self.store.write(|writer| self.judge(writer, &readings, page, false, now))?.changed;
        }
        self.alert_about_procedures(now)?;
        Ok(changed)
    }

    fn tally(&self) -> Result<Tally, StoreError> {
        let followed: Vec<ProcedureNumber> = self.procedures.iter().map(|procedure| procedure.number).collect();
        self.store.read(|reader| {
            let (erased, excluded) = reader.aside(&followed)?;
            Ok(Tally { statuses: reader.statuses(&followed)?, excluded, erased, unreadable: reader.alerted(CONTENT)? })
        })
    }
}
