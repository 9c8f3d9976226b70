//! The present: facts and verdicts of the current content, made again only for the dossiers whose verdicts may differ: their
//! content, its reading, the corrections and decisions, the rules, or what the others are to them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::persons::{self, Dropped};
use super::{EvaluationError, Evaluator, MappedProcedure, content, reading_fingerprint};
use crate::domain::dossier::DossierNumber;
use crate::domain::form::Form;
use crate::domain::journal::{Standing, Target};
use crate::domain::money::Cents;
use crate::domain::subject::Subject;
use crate::domain::text::hexadecimal;
use crate::domain::verdict::{Evaluation, Status};
use crate::rules::{Peers, Surroundings};
use crate::store::{DamagedSubject, StaleSubject, StoreError};

/// Dossiers written per transaction: large enough to be quick, small enough to let others write in between.
const BATCH: usize = 500;

/// The mark that says what the stored verdicts were made from.
const MARK: &str = "evaluated";

/// What an evaluation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refreshed {
    /// Dossiers judged: those for which something had changed.
    pub judged: u64,
    /// Dossiers whose facts were read again.
    pub read_again: u64,
    /// Dossiers whose verdicts, status, amounts or gaps changed, those judged for the first time included.
    pub changed: u64,
    /// Rules that say something else of a dossier than before, or something for the first time.
    pub verdicts_changed: u64,
    /// Dossiers that a person set aside.
    pub excluded: u64,
    /// Dossiers erased here, whose verdicts stay as they were.
    pub erased: u64,
    /// Dossiers whose stored content or facts cannot be read: they keep the facts and verdicts that were there before, if any.
    pub unreadable: u64,
    /// How many dossiers have each status, those set aside left out; empty when nothing at all had changed.
    pub statuses: BTreeMap<Status, u64>,
}

/// One evaluation after another.
impl std::ops::AddAssign for Refreshed {
    fn add_assign(&mut self, later: Self) {
        self.judged += later.judged;
        self.read_again += later.read_again;
        self.unreadable = self.unreadable.max(later.unreadable);
        self.changed += later.changed;
        self.verdicts_changed += later.verdicts_changed;
        if !later.statuses.is_empty() {
            (self.statuses, self.excluded, self.erased) = (later.statuses, later.excluded, later.erased);
        }
    }
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
        let standings = self.store.read::<_, StoreError>(|reader| reader.standings())?;
        let mut refreshed = Refreshed::default();
        let mut unreadable = BTreeMap::new();
        refreshed.read_again = self.read_all_facts(&forms, anyway, &standings, &mut unreadable)?;
        let mut survey = self.survey(&standings)?;
        if !survey.damaged.is_empty() {
            // They are read again from the content that they come from, where it is still there.
            self.store.write::<_, StoreError>(|writer| {
                survey.damaged.iter().try_for_each(|damaged| writer.subject_distrust(damaged.number))
            })?;
            refreshed.read_again += self.read_all_facts(&forms, false, &standings, &mut unreadable)?;
            survey = self.survey(&standings)?;
        }
        let Survey { peers, mut dropped, damaged } = survey;
        for DamagedSubject { number, reason } in damaged {
            unreadable.entry(number).or_insert(reason);
        }
        refreshed.unreadable = unreadable.len() as u64;
        self.judge(&Surroundings::new(&peers), &peers, &standings, anyway, &mut refreshed, &mut dropped)?;
        self.raise_alerts(&forms, &unreadable, &standings, dropped, now)?;
        self.store.write::<_, StoreError>(|writer| writer.mark_put(MARK, &basis))?;
        Ok(refreshed)
    }

    /// What the dossiers are to each other, and which of them can no longer be read.
    fn survey(&self, standings: &Standings) -> Result<Survey, StoreError> {
        let mut survey = Survey { peers: Peers::default(), dropped: Vec::new(), damaged: Vec::new() };
        self.store.read::<_, StoreError>(|reader| {
            reader.subjects(|subject| {
                let subject = match subject {
                    Ok(subject) => subject,
                    Err(damaged) => {
                        survey.damaged.push(damaged);
                        return Ok(());
                    }
                };
                if !self.follows(subject.procedure) || is_excluded(standings, subject.number) {
                    return Ok(());
                }
                survey.peers.add(&subject);
                let lost = subject.facts.corrections.iter().filter(|lost| lost.dropped && subject.is_kept());
                survey.dropped.extend(lost.map(|lost| Lost::Correction(subject.number, lost.target.clone())));
                Ok(())
            })
        })?;
        Ok(survey)
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

    /// Reads the facts of the dossiers of every démarche: see [`Evaluator::read_facts`].
    fn read_all_facts(
        &self,
        forms: &[Option<Form>],
        anyway: bool,
        standings: &Standings,
        unreadable: &mut Unreadable,
    ) -> Result<u64, EvaluationError> {
        let mut read = 0;
        for (procedure, form) in self.procedures.iter().zip(forms) {
            read += self.read_facts(&Reading { procedure, form: form.as_ref(), anyway }, standings, unreadable)?;
        }
        Ok(read)
    }

    /// Reads the facts of the dossiers of a démarche whose content or reading changed; how many. Content that this version cannot
    /// decode keeps the facts it had, and is told, at every evaluation until it can be read. When all is to be done again, the contents
    /// that did not change are only tried: one damaged since it was read is told before a document is made from it.
    fn read_facts(
        &self,
        reading: &Reading<'_>,
        standings: &Standings,
        unreadable: &mut Unreadable,
    ) -> Result<u64, EvaluationError> {
        let Reading { procedure, form, anyway } = *reading;
        let read_with = reading_fingerprint(procedure, form);
        let context = procedure.context(form);
        let fingerprint = |entry: &StaleSubject| {
            let corrections = standings.get(&entry.number).map(Standing::corrections_key).unwrap_or_default();
            format!("{}:{read_with}:{corrections}", hexadecimal(&entry.content_hash))
        };
        let all = self.store.read::<_, StoreError>(|reader| reader.subject_fingerprints(procedure.number))?;
        let is_stale = |entry: &StaleSubject| entry.fingerprint.as_deref() != Some(fingerprint(entry).as_str());
        let (stale, unchanged): (Vec<_>, Vec<_>) = all.into_iter().partition(is_stale);
        let mut read = 0;
        for batch in stale.chunks(BATCH) {
            self.store.write::<_, EvaluationError>(|writer| {
                for entry in batch {
                    match content(&writer.reader(), entry.number)? {
                        Some(Ok(dossier)) => {
                            let subject = persons::read(&context, &dossier, None, standings.get(&entry.number));
                            writer.subject_put(&subject, &fingerprint(entry))?;
                            read += 1;
                        }
                        Some(Err(reason)) => {
                            unreadable.insert(entry.number, reason);
                        }
                        None => {}
                    }
                }
                Ok(())
            })?;
        }
        for batch in unchanged.chunks(BATCH).filter(|_| anyway) {
            // A dossier may take megabytes: nothing but the reasons leaves the loop.
            let damaged = self.store.read::<_, StoreError>(|reader| {
                let mut damaged = Vec::new();
                for entry in batch {
                    if let Some(Err(reason)) = content(reader, entry.number)? {
                        damaged.push((entry.number, reason));
                    }
                }
                Ok(damaged)
            })?;
            for (number, reason) in damaged {
                self.store.write::<_, StoreError>(|writer| writer.subject_distrust(number))?;
                unreadable.insert(number, reason);
            }
        }
        Ok(read)
    }

    /// Judges the dossiers whose verdicts were made from something else than what there is now; all of them when `anyway`.
    fn judge(
        &self,
        surroundings: &Surroundings<'_>,
        peers: &Peers,
        standings: &Standings,
        anyway: bool,
        refreshed: &mut Refreshed,
        dropped: &mut Vec<Lost>,
    ) -> Result<(), EvaluationError> {
        let stored = self.store.read::<_, StoreError>(|reader| reader.judgements())?;
        let mut counted: Vec<(DossierNumber, Option<Cents>)> = Vec::new();
        let mut batch: Vec<Verdicts> = Vec::with_capacity(BATCH);
        self.store.read::<_, EvaluationError>(|reader| {
            reader.subjects(|subject| {
                // The survey told those that are damaged: they keep the verdicts they had.
                let Ok(subject) = subject else { return Ok(()) };
                let follows = self.follows(subject.procedure);
                let counts = self.rulebook.counted(&subject).filter(|_| follows);
                if stored.get(&subject.number).and_then(|judgement| judgement.counted) != counts {
                    counted.push((subject.number, counts));
                }
                if !follows {
                    return Ok(());
                }
                let standing = standings.get(&subject.number);
                if is_excluded(standings, subject.number) {
                    refreshed.excluded += 1;
                } else if subject.erased {
                    refreshed.erased += 1;
                }
                let known = stored.get(&subject.number);
                if subject.erased {
                    let status = known.and_then(|judgement| judgement.status);
                    if let Some(status) = status.filter(|_| !is_excluded(standings, subject.number)) {
                        *refreshed.statuses.entry(status).or_default() += 1;
                    }
                    return Ok(());
                }
                let reading = known.map_or("", |judgement| judgement.reading.as_str());
                let basis = self.basis_of(&subject, reading, &surroundings.of(&subject), standing);
                // A decision may have been dropped, which is told anew each time: they are few.
                let decided = standing.is_some_and(|standing| !standing.decisions.is_empty());
                let same = known.filter(|judgement| judgement.basis == basis && !anyway && !decided);
                let status = if let Some(status) = same.and_then(|judgement| judgement.status) {
                    status
                } else {
                    let mut evaluation = self.rulebook.evaluate(&subject, peers);
                    let lost = persons::decide(&self.rulebook, standing, &subject, &mut evaluation);
                    if subject.is_kept() && !is_excluded(standings, subject.number) {
                        dropped.extend(lost.into_iter().map(|lost| Lost::Decision(subject.number, lost)));
                    }
                    refreshed.judged += 1;
                    let status = evaluation.status;
                    batch.push(Verdicts { number: subject.number, evaluation, basis });
                    status
                };
                if !is_excluded(standings, subject.number) {
                    *refreshed.statuses.entry(status).or_default() += 1;
                }
                if batch.len() == BATCH { self.put(&mut batch, refreshed) } else { Ok(()) }
            })
        })?;
        self.put(&mut batch, refreshed)?;
        for batch in counted.chunks(BATCH) {
            self.store.write::<_, StoreError>(|writer| {
                batch.iter().try_for_each(|(number, counts)| writer.counted_put(*number, *counts))
            })?;
        }
        Ok(())
    }

    /// Names all that the verdicts of a dossier are made from.
    fn basis_of(&self, subject: &Subject, reading: &str, others: &str, standing: Option<&Standing>) -> String {
        let decisions = standing.map(Standing::decisions_key).unwrap_or_default();
        let parts = [
            self.rulebook.fingerprint(),
            reading,
            others,
            &decisions,
            &format!("{:?}", subject.removed.map(|removal| removal.reason)),
        ];
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part);
            digest.update([0]);
        }
        hexadecimal(&digest.finalize())
    }

    fn put(&self, batch: &mut Vec<Verdicts>, refreshed: &mut Refreshed) -> Result<(), EvaluationError> {
        let fingerprint = self.rulebook.fingerprint();
        let (changed, verdicts_changed) = self.store.write::<_, EvaluationError>(|writer| {
            let (mut changed, mut verdicts_changed) = (0, 0);
            for Verdicts { number, evaluation, basis } in batch.iter() {
                let before = writer.evaluation_put(*number, evaluation, fingerprint, basis)?;
                changed += u64::from(!before.as_ref().is_some_and(|before| before.says_as(evaluation)));
                verdicts_changed +=
                    before.map_or(evaluation.verdicts.len() as u64, |before| before.rules_that_differ(evaluation));
            }
            Ok((changed, verdicts_changed))
        })?;
        refreshed.changed += changed;
        refreshed.verdicts_changed += verdicts_changed;
        batch.clear();
        Ok(())
    }
}

/// How the dossiers of a démarche are read.
struct Reading<'a> {
    procedure: &'a MappedProcedure,
    form: Option<&'a Form>,
    /// Whether those that did not change are tried too.
    anyway: bool,
}

/// Why what is stored of dossiers cannot be read, in French.
type Unreadable = BTreeMap<DossierNumber, String>;

/// All dossiers, seen together.
struct Survey {
    peers: Peers,
    /// Corrections that no longer count.
    dropped: Vec<Lost>,
    /// Dossiers whose facts cannot be read, followed or not.
    damaged: Vec<DamagedSubject>,
}

/// What the journal adds up to.
pub(super) type Standings = BTreeMap<DossierNumber, Standing>;

/// Whether a person set a dossier aside.
pub(super) fn is_excluded(standings: &Standings, number: DossierNumber) -> bool {
    standings.get(&number).is_some_and(|standing| standing.exclusion.is_some())
}

/// What a person did that no longer counts.
pub(super) enum Lost {
    Decision(DossierNumber, Dropped),
    Correction(DossierNumber, Target),
}

/// What was judged and is to be written.
struct Verdicts {
    number: DossierNumber,
    evaluation: Evaluation,
    basis: String,
}
