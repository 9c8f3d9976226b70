//! The first half of an evaluation: the facts of what changed are read again, and what a dossier is to the others follows. Those that
//! read it are marked, so that no verdict is made before the facts that it rests on.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::alerts::{CONTENT, about_content};
use super::refresh::Refreshed;
use super::{EvaluationError, Evaluator, Reading, content, legible, persons};
use crate::domain::dossier::DossierNumber;
use crate::domain::journal::Standing;
use crate::domain::neighbour::{Grant, Neighbour, Rank, Share};
use crate::domain::place::Place;
use crate::domain::programme::Programme;
use crate::domain::siret::Siret;
use crate::domain::subject::Subject;
use crate::domain::text::hexadecimal;
use crate::rules::Rulebook;
use crate::store::{StoreError, Writer};

/// Dossiers read per transaction: enough to be quick, few enough to let others write in between.
const PAGE: usize = 500;

impl Evaluator {
    /// Reads the facts of all the dossiers that are marked; not to the end when the configuration is no longer this one. `anyway`: the
    /// contents that did not change are tried too, so that one damaged since it was read is told.
    pub(super) fn read_marked(
        &self,
        readings: &[Reading<'_>],
        anyway: bool,
        now: Timestamp,
        refreshed: &mut Refreshed,
    ) -> Result<bool, EvaluationError> {
        if self.store.read::<_, StoreError>(|reader| reader.dirty_unread(1))?.is_empty() {
            return Ok(true);
        }
        loop {
            let page = self.write_as(readings, |writer| {
                let page = writer.reader().dirty_unread(PAGE)?;
                let (of_page, _) = self.read_facts(writer, readings, &page, anyway, now)?;
                Ok((page.len(), of_page))
            })?;
            let Some((page, of_page)) = page else { return Ok(false) };
            refreshed.read_again += of_page;
            refreshed.looked_at += page as u64;
            if page < PAGE {
                return Ok(true);
            }
        }
    }

    /// Reads the facts of some dossiers, and marks those to which they are something else than before; how many were read again, and which
    /// others were marked.
    pub(super) fn read_facts(
        &self,
        writer: &Writer<'_>,
        readings: &[Reading<'_>],
        numbers: &[DossierNumber],
        anyway: bool,
        now: Timestamp,
    ) -> Result<(u64, Vec<DossierNumber>), EvaluationError> {
        let mut read = 0;
        let mut moved = Moved::default();
        for &number in numbers {
            let before = legible(writer.reader().neighbour(number))?.unwrap_or_default();
            let facts = facts_of(writer, readings, number, anyway, now)?;
            read += u64::from(facts.read_again);
            let after = facts.subject.map(|subject| Neighbour::of(&subject, facts.seen));
            if before != after {
                match &after {
                    Some(after) => writer.neighbour_put(after)?,
                    None => writer.neighbour_remove(number)?,
                }
                moved.note(before.as_ref(), after.as_ref());
            }
            writer.dirty_read(number)?;
        }
        Ok((read, moved.mark(writer, &self.rulebook)?))
    }
}

/// The facts of a dossier as they should be: read again where the content, its reading or the corrections changed, or where they are
/// damaged. Content that this version cannot decode keeps the facts it had, and is told until it can be read.
fn facts_of(
    writer: &Writer<'_>,
    readings: &[Reading<'_>],
    number: DossierNumber,
    anyway: bool,
    now: Timestamp,
) -> Result<Facts, EvaluationError> {
    let reader = writer.reader();
    let Some(source) = reader.subject_source(number)? else { return Ok(Facts::default()) };
    let standing = Standing::of(reader.journal(number)?);
    let reading = readings.iter().find(|reading| reading.procedure.number == source.procedure);
    let seen = reading.is_some() && standing.exclusion.is_none();
    let (stored, damage) = match legible(reader.subject(number))? {
        Ok(stored) => (stored.map(|(subject, _)| subject), None),
        Err(damage) => (None, Some(damage)),
    };
    let unread = |reason: &str| writer.alerts_about(number, &[CONTENT], &[about_content(number, reason)], now);
    let (Some(reading), Some(hash)) = (reading, &source.content_hash) else {
        match &damage {
            Some(damage) => unread(damage)?,
            None if reading.is_none() => writer.alerts_about(number, &[CONTENT], &[], now)?,
            None => {}
        }
        return Ok(Facts { subject: stored, seen, read_again: false });
    };
    let fingerprint = fingerprint(hash, reading, &standing);
    let is_stale = source.fingerprint.as_ref() != Some(&fingerprint) || damage.is_some();
    if !is_stale && !anyway {
        return Ok(Facts { subject: stored, seen, read_again: false });
    }
    let dossier = match content(&reader, number)? {
        Some(Ok(dossier)) => dossier,
        Some(Err(reason)) => {
            writer.subject_distrust(number)?;
            unread(&reason)?;
            return Ok(Facts { subject: stored, seen, read_again: false });
        }
        None => {
            if let Some(damage) = &damage {
                unread(damage)?;
            }
            return Ok(Facts { subject: stored, seen, read_again: false });
        }
    };
    writer.alerts_about(number, &[CONTENT], &[], now)?;
    if !is_stale {
        return Ok(Facts { subject: stored, seen, read_again: false });
    }
    let mut subject = persons::read(&reading.context(), &dossier, None, Some(&standing));
    writer.subject_put(&subject, &fingerprint, now)?;
    subject.removed = reader.removed(number)?;
    Ok(Facts { subject: Some(subject), seen, read_again: true })
}

/// What the facts of a dossier are to be read from: they are read again when it says something else.
pub(super) fn fingerprint(content_hash: &[u8], reading: &Reading<'_>, standing: &Standing) -> String {
    format!("{}:{}:{}", hexadecimal(content_hash), reading.fingerprint, standing.corrections_key())
}

/// The facts of a dossier.
#[derive(Default)]
struct Facts {
    /// What is read of it; none when nothing can be.
    subject: Option<Subject>,
    /// Its démarche is followed, and nobody set it aside.
    seen: bool,
    read_again: bool,
}

/// Of what the others read, what is no longer as it was.
#[derive(Default)]
struct Moved {
    sirens: BTreeSet<String>,
    communes: BTreeSet<String>,
    /// Of which programme, at which place a grant moved, and from which rank on.
    grants: BTreeMap<(Programme, Place), Rank>,
}

impl Moved {
    fn note(&mut self, before: Option<&Neighbour>, after: Option<&Neighbour>) {
        let both = || [before, after].into_iter().flatten();
        // A dossier that does not count is no neighbour to any other. Its own verdicts are made again anyway: its facts changed.
        let kin = |one: &Neighbour| one.counts.then(|| (one.programme, one.siret.clone(), one.service.clone()));
        if before.and_then(kin) != after.and_then(kin) {
            self.sirens
                .extend(both().filter_map(|one| one.siret.as_ref()).map(|siret: &Siret| siret.siren().to_owned()));
        }
        let claim = |one: Option<&Neighbour>, commune: &str| {
            let counting = one.filter(|one| one.counts);
            counting.and_then(|one| one.communes.get(commune).copied()).unwrap_or_default()
        };
        for commune in both().flat_map(|one| one.communes.keys()) {
            if claim(before, commune) != claim(after, commune) {
                self.communes.insert(commune.clone());
            }
        }
        let grant = |one: &Neighbour| Some((one.programme, one.grant.clone().filter(|_| one.counts)?));
        if before.and_then(grant) != after.and_then(grant) {
            for (programme, Grant { rank, place, .. }) in both().filter_map(grant) {
                let from = self.grants.entry((programme, place)).or_insert(rank);
                *from = (*from).min(rank);
            }
        }
    }

    /// Marks those that read it; gives those that were not marked.
    fn mark(self, writer: &Writer<'_>, rulebook: &Rulebook) -> Result<Vec<DossierNumber>, EvaluationError> {
        let mut marked = Vec::new();
        for siren in &self.sirens {
            marked.extend(writer.dirty_siblings(siren)?);
        }
        for commune in &self.communes {
            marked.extend(writer.dirty_claimants(commune)?);
        }
        let mut sums: BTreeMap<Share, Rank> = BTreeMap::new();
        for ((programme, place), rank) in &self.grants {
            for share in rulebook.summed_with(*programme, place) {
                let from = sums.entry(share).or_insert(*rank);
                *from = (*from).min(*rank);
            }
        }
        for (share, rank) in sums {
            marked.extend(writer.dirty_later_grants(&share, rank)?);
        }
        Ok(marked)
    }
}
