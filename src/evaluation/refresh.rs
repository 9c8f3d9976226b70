//! The present: facts and verdicts of the current content, made again only for the dossiers that something marked: their content, a
//! person, the configuration, or another dossier that they read.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::alerts::{CONTENT, alert_about_mappings};
use super::{EvaluationError, Evaluator, MappedProcedure, Reading};
use crate::domain::dossier::{DossierNumber, ProcedureNumber};
use crate::domain::text::hexadecimal;
use crate::domain::verdict::Status;
use crate::store::{Reader, StoreError, Writer};

/// What the names of the marks begin with that say how the dossiers of a démarche were read last.
const READING: &str = "reading:";
/// The mark that says by which rules verdicts were made last.
const RULEBOOK: &str = "rulebook";

/// The mark that says under which configuration verdicts were made last, and by which release.
const CONFIGURATION: &str = "configuration";

/// How often an evaluation begins again when another process changes the configuration or a form meanwhile.
const ATTEMPTS: u32 = 3;
/// How many dossiers around one are read in the transaction of an act.
const AROUND: usize = 200;

fn mark_of(procedure: ProcedureNumber) -> String {
    format!("{READING}{procedure}")
}

/// What an evaluation did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refreshed {
    /// Dossiers that something had marked.
    pub looked_at: u64,
    /// Dossiers judged: those for which something had changed.
    pub judged: u64,
    /// Dossiers whose facts were read again.
    pub read_again: u64,
    /// Dossiers whose verdicts, status, amounts or gaps changed, those judged for the first time included.
    pub changed: u64,
    /// Of those, the ones judged before whose status, or the verdict of some rule, is another one.
    pub moved: u64,
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
        self.moved += later.moved;
        self.verdicts_changed += later.verdicts_changed;
        if later.judged > 0 {
            self.tally = later.tally;
        }
    }
}

/// How the dossiers of the démarches followed stand.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
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
        let mut refreshed = Refreshed::default();
        for attempt in 0..ATTEMPTS {
            let (readings, _) = self.adopt(anyway && attempt == 0, now)?;
            let is_done = self.read_marked(&readings, anyway, now, &mut refreshed)?
                && self.judge_marked(&readings, anyway, now, &mut refreshed)?;
            if is_done {
                break;
            }
            tracing::warn!(
                "un autre processus a changé les règles, la correspondance ou le formulaire : l’évaluation reprend"
            );
        }
        self.alert_about_procedures(now)?;
        if refreshed.judged > 0 {
            refreshed.tally = self.tally()?;
        }
        Ok(refreshed)
    }

    /// How the dossiers of each démarche are read.
    pub(super) fn readings<'a>(&'a self, reader: &Reader<'_>) -> Result<Vec<Reading<'a>>, StoreError> {
        let read =
            |procedure: &'a MappedProcedure| Ok(Reading::new(procedure, reader.procedure_form(procedure.number)?));
        self.procedures.iter().map(read).collect()
    }

    /// Marks what a new configuration or form concerns, or everything `anyway`; gives how dossiers are read from now on, and whether
    /// there was anything to mark.
    fn adopt(&self, anyway: bool, now: Timestamp) -> Result<(Vec<Reading<'_>>, bool), EvaluationError> {
        let (readings, is_current) = self.store.read::<_, StoreError>(|reader| {
            let readings = self.readings(reader)?;
            let is_current = self.is_current(reader, &readings)?;
            Ok((readings, is_current))
        })?;
        if is_current && !anyway {
            return Ok((readings, false));
        }
        let readings = self.store.write::<_, EvaluationError>(|writer| {
            let readings = self.readings(&writer.reader())?;
            self.mark_reconfigured(writer, &readings, anyway, now)?;
            Ok(readings)
        })?;
        Ok((readings, true))
    }

    /// Whether what is stored was read and judged, or is marked to be, by these rules and in these ways: another process may have others,
    /// and what is marked for one way must not be taken for done by another.
    fn is_current(&self, reader: &Reader<'_>, readings: &[Reading<'_>]) -> Result<bool, StoreError> {
        let known = reader.marks(READING)?;
        let is_read =
            |reading: &Reading<'_>| known.get(&mark_of(reading.procedure.number)) == Some(&reading.fingerprint);
        Ok(known.len() == readings.len()
            && readings.iter().all(is_read)
            && reader.mark(RULEBOOK)?.as_deref() == Some(self.rulebook.fingerprint()))
    }

    /// Writes a page, in a transaction of its own, as long as what is stored is read and judged in these ways; else writes nothing.
    pub(super) fn write_as<T>(
        &self,
        readings: &[Reading<'_>],
        page: impl FnOnce(&Writer<'_>) -> Result<T, EvaluationError>,
    ) -> Result<Option<T>, EvaluationError> {
        self.store.write(
            |writer| {
                if self.is_current(&writer.reader(), readings)? { page(writer).map(Some) } else { Ok(None) }
            },
        )
    }

    /// Marks what a new mapping, form, rule, parameter or table concerns, and the dossiers of a démarche that is followed from now on, or
    /// no longer is.
    fn mark_reconfigured(
        &self,
        writer: &Writer<'_>,
        readings: &[Reading<'_>],
        anyway: bool,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        writer.mark_put(CONFIGURATION, &self.configuration())?;
        for procedure in &self.procedures {
            writer.procedure_declare(procedure.number, procedure.programme)?;
        }
        let known = writer.reader().marks(READING)?;
        if anyway || writer.reader().mark(RULEBOOK)?.as_deref() != Some(self.rulebook.fingerprint()) {
            writer.dirty_mark_all(None)?;
            writer.mark_put(RULEBOOK, self.rulebook.fingerprint())?;
        }
        for Reading { procedure, fingerprint, .. } in readings {
            let mark = mark_of(procedure.number);
            if known.get(&mark) != Some(fingerprint) {
                writer.dirty_mark_all(Some(procedure.number))?;
                writer.mark_put(&mark, fingerprint)?;
            }
        }
        for mark in known.keys() {
            let number = mark.strip_prefix(READING).and_then(|number| number.parse().ok());
            if let Some(number) = number.filter(|number| !self.follows(*number)) {
                writer.dirty_mark_all(Some(number))?;
                writer.mark_remove(mark)?;
            }
        }
        alert_about_mappings(writer, readings, now)
    }

    /// Brings a dossier up to date in a transaction that a person's act is written in: its facts and those of the dossiers around it, and
    /// its own verdicts. Gives the others to whom it is something else now, which [`Evaluator::follow`] judges; none when a new
    /// form or release concerns them all, so that [`Evaluator::refresh`] has to.
    ///
    /// # Errors
    /// [`EvaluationError::OtherConfiguration`]; a failure of the database.
    pub fn settle(
        &self,
        writer: &Writer<'_>,
        number: DossierNumber,
        now: Timestamp,
    ) -> Result<Option<Vec<DossierNumber>>, EvaluationError> {
        let readings = self.readings(&writer.reader())?;
        let is_current = self.is_current(&writer.reader(), &readings)?;
        if !is_current {
            self.refuse_other_configuration(&writer.reader())?;
            self.mark_reconfigured(writer, &readings, false, now)?;
        }
        // Those that are left out are marked, and mark this one again.
        let around = writer.reader().dirty_around(number, AROUND)?;
        let (_, marked) = self.read_facts(writer, &readings, &around, false, now)?;
        self.judge(writer, &readings, &[number], false, now)?;
        Ok(is_current.then(|| marked.into_iter().filter(|marked| *marked != number).collect()))
    }

    /// Refuses a configuration that no sync and no evaluation took up: one dossier would be judged by other rules than the rest, a
    /// document would show what nobody saw. What another release does differently is no other configuration.
    ///
    /// # Errors
    /// [`EvaluationError::OtherConfiguration`]; a failure of the database.
    pub fn refuse_other_configuration(&self, reader: &Reader<'_>) -> Result<(), EvaluationError> {
        let Some(known) = reader.mark(CONFIGURATION)? else { return Ok(()) };
        let release = |mark: &str| mark.split_once(' ').map(|(release, _)| release.to_owned());
        let ours = self.configuration();
        if known != ours && release(&known) == release(&ours) {
            return Err(EvaluationError::OtherConfiguration);
        }
        Ok(())
    }

    /// Names the rules, their parameters, the démarches and their mappings, after the release that names them so.
    fn configuration(&self) -> String {
        let mut digest = Sha256::new();
        digest.update(self.rulebook.fingerprint());
        for MappedProcedure { number, programme, mapping } in &self.procedures {
            digest.update(format!("\n{number} {} {}", programme.code(), mapping.fingerprint()));
        }
        format!("{} {}", env!("CARGO_PKG_VERSION"), hexadecimal(&digest.finalize()))
    }

    /// Judges the dossiers that an act moved; how many have another status, or another verdict on some rule.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn follow(&self, numbers: &[DossierNumber], now: Timestamp) -> Result<u64, EvaluationError> {
        let readings = self.store.read::<_, StoreError>(|reader| self.readings(reader))?;
        let mut refreshed = Refreshed::default();
        self.judge_pages(&readings, numbers, false, now, &mut refreshed)?;
        self.alert_about_procedures(now)?;
        Ok(refreshed.moved)
    }

    fn tally(&self) -> Result<Tally, StoreError> {
        let followed: Vec<ProcedureNumber> = self.procedures.iter().map(|procedure| procedure.number).collect();
        self.store.read(|reader| {
            let (erased, excluded) = reader.aside(&followed)?;
            Ok(Tally { statuses: reader.statuses(&followed)?, excluded, erased, unreadable: reader.alerted(CONTENT)? })
        })
    }
}
