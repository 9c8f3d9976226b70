//! The second half of an evaluation: the verdicts of the dossiers that are marked, made again where what they are made from differs.

use jiff::Timestamp;

use super::alerts::{alert_about_sum, settle_alerts};
use super::around::around;
use super::basis::Basis;
use super::refresh::Refreshed;
use super::{EvaluationError, Evaluator, Reading, legible, persons};
use crate::domain::dossier::DossierNumber;
use crate::domain::journal::Standing;
use crate::domain::subject::Subject;
use crate::domain::verdict::VerdictValue;
use crate::rules::{Peers, Rulebook, Surroundings};
use crate::store::{StoreError, Writer};

/// Dossiers judged per transaction: a person who does something meanwhile waits for one page at most.
const PAGE: usize = 200;

impl Evaluator {
    /// Makes the verdicts of all the dossiers that are marked; of each of them `anyway`, else where they may differ. Not to the end when
    /// the configuration is no longer this one.
    pub(super) fn judge_marked(
        &self,
        readings: &[Reading<'_>],
        anyway: bool,
        now: Timestamp,
        refreshed: &mut Refreshed,
    ) -> Result<bool, EvaluationError> {
        let marked = self.store.read::<_, StoreError>(|reader| reader.dirty_verdicts())?;
        self.judge_pages(readings, &marked, anyway, now, refreshed)
    }

    /// The same for some dossiers.
    pub(super) fn judge_pages(
        &self,
        readings: &[Reading<'_>],
        numbers: &[DossierNumber],
        anyway: bool,
        now: Timestamp,
        refreshed: &mut Refreshed,
    ) -> Result<bool, EvaluationError> {
        for page in numbers.chunks(PAGE) {
            let judged = self.write_as(readings, |writer| self.judge(writer, readings, page, anyway, now))?;
            let Some(judged) = judged else { return Ok(false) };
            *refreshed += judged;
        }
        Ok(true)
    }

    /// The same for a page, in the transaction of the caller; those of them that are marked.
    pub(super) fn judge(
        &self,
        writer: &Writer<'_>,
        readings: &[Reading<'_>],
        numbers: &[DossierNumber],
        anyway: bool,
        now: Timestamp,
    ) -> Result<Refreshed, EvaluationError> {
        let mut refreshed = Refreshed::default();
        let mut subjects: Vec<(Subject, String)> = Vec::with_capacity(numbers.len());
        for &number in numbers {
            // Somebody else may have judged it meanwhile.
            if !writer.dirty_take(number)? {
                continue;
            }
            refreshed.looked_at += 1;
            let mut subject = legible(writer.reader().subject(number))?;
            if subject.is_err() {
                self.read_facts(writer, readings, &[number], false, now)?;
                subject = legible(writer.reader().subject(number))?;
            }
            // Of one that is still damaged, an alert tells; it keeps the verdicts it had.
            subjects.extend(subject.unwrap_or_default());
        }
        let peers = around(&writer.reader(), &self.rulebook, subjects.iter().map(|(subject, _)| subject), false)?;
        let surroundings = Surroundings::new(&peers, &self.rulebook);
        for (subject, reading) in &subjects {
            self.judge_one(writer, (subject, reading), (&peers, &surroundings), anyway, now, &mut refreshed)?;
        }
        Ok(refreshed)
    }

    fn judge_one(
        &self,
        writer: &Writer<'_>,
        (subject, reading): (&Subject, &str),
        (peers, surroundings): (&Peers, &Surroundings<'_>),
        anyway: bool,
        now: Timestamp,
        refreshed: &mut Refreshed,
    ) -> Result<(), EvaluationError> {
        let number = subject.number;
        let followed = self.follows(subject.procedure);
        let counted = self.rulebook.counted(subject).filter(|_| followed);
        let known = writer.reader().judgement(number)?;
        if !followed {
            // Followed again, it is judged and told again.
            settle_alerts(writer, number, now)?;
            writer.evaluation_distrust(number)?;
        } else if subject.erased {
            // Its verdicts stay as they were.
            self.alert_about(writer, subject, &[], now)?;
        } else {
            let standing = Standing::of(writer.reader().journal(number)?);
            let basis = Basis::of(&self.rulebook, subject, reading, &surroundings.of(subject), &standing);
            let stored = known.as_ref().filter(|known| known.status.is_some() && !anyway).map(|known| &known.basis);
            let is_known = stored.is_some_and(|stored| basis.is(stored));
            let is_excluded = standing.exclusion.is_some();
            // A decision on a sum may fall with it.
            let only_sums = standing.decisions.is_empty() && stored.is_some_and(|stored| basis.differs_in_sums(stored));
            if !(is_known || only_sums && self.sum_up(writer, subject, (peers, is_excluded), &basis, now, refreshed)?) {
                let mut evaluation = self.rulebook.evaluate(subject, peers);
                let fallen = persons::decide(&self.rulebook, Some(&standing), subject, &mut evaluation);
                let fingerprint = self.rulebook.fingerprint();
                let before = writer.evaluation_put(number, &evaluation, fingerprint, &basis.to_string(), now)?;
                refreshed.judged += 1;
                refreshed.changed += u64::from(!before.as_ref().is_some_and(|before| before.says_as(&evaluation)));
                refreshed.moved += u64::from(before.as_ref().is_some_and(|before| before.is_moved(&evaluation)));
                refreshed.verdicts_changed +=
                    before.map_or(evaluation.verdicts.len() as u64, |before| before.rules_that_differ(&evaluation));
                self.alert_about(writer, subject, &fallen, now)?;
            }
        }
        if known.map_or(followed, |known| known.counted != counted) {
            writer.counted_put(number, counted)?;
        }
        Ok(())
    }

    /// Makes again what follows from sums alone, of a dossier whose verdicts rest on all else as it is and about which no person decided;
    /// whether that could be done.
    fn sum_up(
        &self,
        writer: &Writer<'_>,
        subject: &Subject,
        (peers, is_excluded): (&Peers, bool),
        basis: &Basis,
        now: Timestamp,
        refreshed: &mut Refreshed,
    ) -> Result<bool, EvaluationError> {
        let (number, Some(rule)) = (subject.number, Rulebook::summed_up_by(subject)) else { return Ok(false) };
        let Some(before) = legible(writer.reader().said(number, rule))?.ok().flatten() else { return Ok(false) };
        let mut missing = before.missing.clone();
        let Some(verdict) = self.rulebook.sum_up(subject, peers, &mut missing) else { return Ok(false) };
        let is_moved = before.verdict != verdict.verdict;
        let is_said_anew = is_moved || before.explanation != verdict.explanation;
        let to_do = (before.missing != missing).then_some(missing);
        refreshed.judged += 1;
        refreshed.changed += u64::from(is_said_anew || to_do.is_some());
        refreshed.moved += u64::from(is_moved);
        refreshed.verdicts_changed += u64::from(is_said_anew);
        writer.verdict_put(number, &before, &verdict, to_do.as_deref(), &basis.to_string(), now)?;
        if [before.verdict, verdict.verdict].contains(&VerdictValue::NotMet) {
            let is_told = verdict.verdict == VerdictValue::NotMet && subject.is_kept() && !is_excluded;
            alert_about_sum(writer, number, &verdict, is_told, now)?;
        }
        Ok(true)
    }
}
