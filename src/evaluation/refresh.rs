//! The present: facts and verdicts of the current content, written only where they changed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{EvaluationError, Evaluator, MappedProcedure, reading_fingerprint};
use crate::domain::dossier::DossierNumber;
use crate::domain::form::Form;
use crate::domain::subject::Subject;
use crate::domain::text::hexadecimal;
use crate::domain::verdict::{Evaluation, Status};
use crate::mapping::{self, Context};
use crate::raw::{self, DecodeError};
use crate::rules::Peers;
use crate::store::{StaleSubject, StoreError};

/// Dossiers written per transaction: large enough to be quick, small enough to let others write in between.
const BATCH: usize = 500;

/// The mark that says what the stored verdicts were made from.
const MARK: &str = "evaluated";

/// What an evaluation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Dossiers judged; 0 when nothing had changed.
    pub judged: u64,
    /// Dossiers whose facts were read again.
    pub read_again: u64,
    /// Dossiers whose verdicts changed.
    pub changed: u64,
    /// How many dossiers have each status.
    pub statuses: BTreeMap<Status, u64>,
}

impl Evaluator {
    /// Brings facts and verdicts up to date. When neither content, mappings, forms nor rules changed, nothing is done
    /// unless `anyway`.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn refresh(&self, now: Timestamp, anyway: bool) -> Result<Refreshed, EvaluationError> {
        self.store.write::<_, StoreError>(|writer| {
            self.procedures
                .iter()
                .try_for_each(|procedure| writer.procedure_declare(procedure.number, procedure.programme))
        })?;
        let forms: Vec<Option<Form>> =
            self.procedures.iter().map(|procedure| self.form(procedure.number)).collect::<Result<_, _>>()?;
        let basis = self.basis(&forms)?;
        if !anyway && self.store.read::<_, StoreError>(|reader| reader.mark(MARK))?.as_deref() == Some(basis.as_str()) {
            return Ok(Refreshed::default());
        }
        let mut refreshed = Refreshed::default();
        let mut unreadable = Vec::new();
        for (procedure, form) in self.procedures.iter().zip(&forms) {
            refreshed.read_again += self.read_facts(procedure, form.as_ref(), &mut unreadable)?;
        }
        let mut peers = Peers::default();
        self.store.read::<_, StoreError>(|reader| {
            reader.subjects(|subject| {
                if self.follows(subject.procedure) {
                    peers.add(&subject);
                }
                Ok(())
            })
        })?;
        self.judge_all(&peers, &mut refreshed)?;
        self.raise_alerts(&forms, &unreadable, now)?;
        self.store.write::<_, StoreError>(|writer| writer.mark_put(MARK, &basis))?;
        Ok(refreshed)
    }

    /// Everything that the verdicts depend on, in one text.
    fn basis(&self, forms: &[Option<Form>]) -> Result<String, StoreError> {
        let generation = self.store.read::<_, StoreError>(|reader| reader.content_generation())?;
        let readings: Vec<String> = self
            .procedures
            .iter()
            .zip(forms)
            .map(|(procedure, form)| format!("{}={}", procedure.number, reading_fingerprint(procedure, form.as_ref())))
            .collect();
        Ok(format!("{generation} {} {}", self.rulebook.fingerprint(), readings.join(" ")))
    }

    /// Reads the facts of the dossiers of a démarche whose content or reading changed. Content that this version cannot
    /// decode keeps the facts it had, and is told.
    fn read_facts(
        &self,
        procedure: &MappedProcedure,
        form: Option<&Form>,
        unreadable: &mut Vec<(DossierNumber, DecodeError)>,
    ) -> Result<u64, EvaluationError> {
        let reading = reading_fingerprint(procedure, form);
        let context =
            Context { procedure: procedure.number, programme: procedure.programme, mapping: &procedure.mapping, form };
        let fingerprint = |stale: &StaleSubject| format!("{}:{reading}", hexadecimal(&stale.content_hash));
        let mut stale = self.store.read::<_, StoreError>(|reader| reader.subject_fingerprints(procedure.number))?;
        stale.retain(|entry| entry.fingerprint.as_deref() != Some(fingerprint(entry).as_str()));
        for batch in stale.chunks(BATCH) {
            self.store.write::<_, EvaluationError>(|writer| {
                for entry in batch {
                    let Some(text) = writer.reader().dossier_raw(entry.number)? else { continue };
                    match raw::decode(&text) {
                        Ok(dossier) => {
                            writer.subject_put(&mapping::subject(&context, &dossier, None), &fingerprint(entry))?;
                        }
                        Err(error) => unreadable.push((entry.number, error)),
                    }
                }
                Ok(())
            })?;
        }
        Ok(stale.len() as u64)
    }

    fn judge_all(&self, peers: &Peers, refreshed: &mut Refreshed) -> Result<(), EvaluationError> {
        let mut batch: Vec<(Subject, Evaluation)> = Vec::with_capacity(BATCH);
        self.store.read::<_, EvaluationError>(|reader| {
            reader.subjects(|subject| {
                if !self.follows(subject.procedure) {
                    return Ok(());
                }
                let evaluation = self.rulebook.evaluate(&subject, peers);
                refreshed.judged += 1;
                *refreshed.statuses.entry(evaluation.status).or_default() += 1;
                batch.push((subject, evaluation));
                if batch.len() == BATCH { self.put(&mut batch, refreshed) } else { Ok(()) }
            })
        })?;
        self.put(&mut batch, refreshed)
    }

    fn put(&self, batch: &mut Vec<(Subject, Evaluation)>, refreshed: &mut Refreshed) -> Result<(), EvaluationError> {
        let fingerprint = self.rulebook.fingerprint();
        refreshed.changed += self.store.write::<_, EvaluationError>(|writer| {
            let mut changed = 0;
            for (subject, evaluation) in batch.iter() {
                changed += u64::from(writer.evaluation_put(subject.number, evaluation, fingerprint)?);
            }
            Ok(changed)
        })?;
        batch.clear();
        Ok(())
    }
}
