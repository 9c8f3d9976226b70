//! The past: what was known at an instant, read and judged anew. Nothing is written.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::around::around;
use super::persons::Standings;
use super::{EvaluationError, Evaluator, Reading, facts, legible, persons};
use crate::domain::aside::{Excluded, Unreadable};
use crate::domain::champ::ChampKind;
use crate::domain::dossier::{Dossier, DossierNumber, DossierSection, DossierState};
use crate::domain::fact::{Absence, FactName};
use crate::domain::journal::Standing;
use crate::domain::neighbour::{Neighbour, Rank};
use crate::domain::programme::Programme;
use crate::domain::subject::{Judged, Subject};
use crate::raw;
use crate::store::{Reader, Scratch, SnapshotEntry, StoreError};

/// How many dossiers are held at once while they are judged.
const PAGE: usize = 100;

/// What there is to say, beside its rows, of the dossiers as they were known at an instant.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// Those of the same programmes that a person set aside, by number.
    pub excluded: Vec<Excluded>,
    /// Those of the same programmes whose stored content can no longer be read, by number: among no other.
    pub unreadable: Vec<Unreadable>,
    /// Those that DS gave without a section that facts are read from, by number.
    pub withheld: Vec<DossierNumber>,
    /// Those of which nothing as old as the instant is known, or not all, with the instant at which they were first read whole: they
    /// stand as they were then, as far as it was not known before.
    pub known_since: BTreeMap<DossierNumber, Timestamp>,
}

/// Whose rows are asked for: how the others were known matters only to them.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// The dossiers of some programmes.
    Programmes(&'a [Programme]),
    /// One dossier.
    Dossier(DossierNumber),
}

impl Wanted<'_> {
    fn has(self, programme: Programme, number: DossierNumber) -> bool {
        match self {
            Self::Programmes(programmes) => programmes.contains(&programme),
            Self::Dossier(one) => one == number,
        }
    }
}

impl Evaluator {
    /// The rows of [`Evaluator::picture`] together, by number, from a snapshot of their own.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn as_of(&self, at: Timestamp, programmes: &[Programme]) -> Result<(Vec<Judged>, Picture), EvaluationError> {
        let mut dossiers = Vec::new();
        let wanted = Wanted::Programmes(programmes);
        let picture = self.store.read(|reader| {
            self.picture(reader, at, wanted, &reader.standings()?, |judged| {
                dossiers.push(judged);
                Ok(())
            })
        })?;
        dossiers.sort_by_key(|judged| judged.subject.number);
        Ok((dossiers, picture))
    }

    /// [`Evaluator::past`] in one go: calls `each` with the dossiers that are wanted.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn picture(
        &self,
        reader: &Reader<'_>,
        at: Timestamp,
        wanted: Wanted<'_>,
        standings: &Standings,
        each: impl FnMut(Judged) -> Result<(), EvaluationError>,
    ) -> Result<Picture, EvaluationError> {
        let past = self.past(reader, at, wanted, standings)?;
        past.each(each)?;
        Ok(past.picture)
    }

    /// Goes through the dossiers as they were known at an instant (before the first observation, the earliest version known stands
    /// in), filed by then. Those set aside are left out. `standings` add up what people decided and corrected.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn past<'a>(
        &'a self,
        reader: &'a Reader<'a>,
        at: Timestamp,
        wanted: Wanted<'a>,
        standings: &'a Standings,
    ) -> Result<Past<'a>, EvaluationError> {
        let snapshot = Snapshot { reader, at, wanted, standings };
        let mut survey =
            Survey { others: Scratch::new()?, rows: Vec::new(), erased: BTreeSet::new(), picture: Picture::default() };
        let readings = self.readings(reader)?;
        for reading in &readings {
            snapshot.survey(reading, &mut survey)?;
        }
        let Survey { others, rows, erased, mut picture } = survey;
        picture.excluded.sort_by_key(|excluded| excluded.number);
        picture.unreadable.sort_by_key(|unreadable| unreadable.number);
        picture.withheld.sort_unstable();
        Ok(Past { evaluator: self, snapshot, readings, others, rows, erased, picture })
    }
}

/// The dossiers as they were known at an instant, gone through once: what each is to the others is known before the first is judged.
/// It lies in a scratch database; nothing of all dossiers is held but which version of which there is.
pub struct Past<'a> {
    evaluator: &'a Evaluator,
    snapshot: Snapshot<'a>,
    readings: Vec<Reading<'a>>,
    others: Scratch,
    /// As in [`Survey`].
    rows: Vec<Vec<(Option<Rank>, SnapshotEntry)>>,
    erased: BTreeSet<DossierNumber>,
    /// What there is to say of them beside their rows.
    pub picture: Picture,
}

impl Past<'_> {
    /// Calls `each` with the dossiers that are wanted, judged with today's rules and parameters, and with what people decided and
    /// corrected as far as it holds for what was known then. Of an erased dossier, what stays. In no order that means something.
    ///
    /// # Errors
    /// A failure of the database, or what `each` returns.
    pub fn each<E: From<EvaluationError>>(&self, mut each: impl FnMut(Judged) -> Result<(), E>) -> Result<(), E> {
        for (reading, rows) in self.readings.iter().zip(&self.rows) {
            for page in rows.chunks(PAGE) {
                self.judge(reading, page)?.into_iter().try_for_each(&mut each)?;
            }
            self.each_erased(reading, &mut each)?;
        }
        Ok(())
    }

    fn judge(
        &self,
        reading: &Reading<'_>,
        page: &[(Option<Rank>, SnapshotEntry)],
    ) -> Result<Vec<Judged>, EvaluationError> {
        let Self { evaluator, snapshot, others, .. } = self;
        let mut subjects = Vec::with_capacity(page.len());
        for (_, entry) in page {
            let stored = snapshot.stored(reading, *entry)?;
            let read = || Ok(snapshot.read(reading, *entry)?.map(|(subject, _, _)| subject));
            subjects.extend(stored.map_or_else(read, |subject| Ok::<_, EvaluationError>(Some(subject)))?);
        }
        let peers = around(&others.reader(), &evaluator.rulebook, &subjects, false)?;
        let judged = subjects.into_iter().map(|subject| {
            let mut evaluation = evaluator.rulebook.evaluate(&subject, &peers);
            let standing = snapshot.standings.get(&subject.number);
            persons::decide(&evaluator.rulebook, standing, &subject, &mut evaluation);
            Judged { subject, evaluation }
        });
        Ok(judged.collect())
    }

    /// What was erased was judged before that: what stays is as it was then.
    fn each_erased<E: From<EvaluationError>>(
        &self,
        reading: &Reading<'_>,
        each: &mut impl FnMut(Judged) -> Result<(), E>,
    ) -> Result<(), E> {
        let Snapshot { reader, at, .. } = self.snapshot;
        let mut refused = None;
        let read = reader.remains::<EvaluationError>(reading.procedure.number, at, |number, remains| {
            let Some(mut judged) = remains.filter(|_| refused.is_none() && self.erased.contains(&number)) else {
                return Ok(());
            };
            judged.subject.removed = reader.removal(number, at)?;
            refused = each(judged).err();
            Ok(())
        });
        refused.map_or(Ok(()), Err)?;
        Ok(read?)
    }
}

/// What is found by going through the dossiers for the first time.
struct Survey {
    /// What each is to the others.
    others: Scratch,
    /// The wanted ones that can be read, by démarche, in the order of the readings; in each the grants first, in the order of
    /// decision, so that those judged together sum up the same grants before theirs.
    rows: Vec<Vec<(Option<Rank>, SnapshotEntry)>>,
    /// The wanted ones that were erased.
    erased: BTreeSet<DossierNumber>,
    picture: Picture,
}

/// An instant, and who asks for it.
#[derive(Clone, Copy)]
struct Snapshot<'a> {
    reader: &'a Reader<'a>,
    at: Timestamp,
    wanted: Wanted<'a>,
    standings: &'a Standings,
}

impl Snapshot<'_> {
    /// Goes through the dossiers of a démarche.
    fn survey(&self, reading: &Reading<'_>, survey: &mut Survey) -> Result<(), EvaluationError> {
        let (procedure, programme) = (reading.procedure.number, reading.procedure.programme);
        let others = &survey.others.writer();
        let mut rows = Vec::new();
        for entry in self.reader.snapshot(procedure, self.at)? {
            let number = entry.number;
            let wanted = self.wanted.has(programme, number);
            let read = self.read(reading, entry)?;
            let deposited_at = match &read {
                Some((subject, _, _)) => Some(subject.deposited_at),
                None => self.reader.dossier_line(number)?.and_then(|line| line.deposited_at),
            };
            if !self.is_there(programme, number, deposited_at, &mut survey.picture) {
                continue;
            }
            let Some((subject, known_since, lacks)) = read else {
                // What it is to the others is known all the same, as long as its facts are.
                if let Some(neighbour) = self.neighbour(reading, entry)?.filter(|neighbour| neighbour.counts) {
                    others.neighbour_put(&neighbour)?;
                }
                let removed = self.reader.removal(number, self.at)?;
                // Of a removed one, only what was granted matters.
                if wanted && (removed.is_none() || was_accepted(self.reader, number)?) {
                    let unreadable = Unreadable { number, procedure, programme, deposited_at, removed };
                    survey.picture.unreadable.push(unreadable);
                }
                continue;
            };
            let neighbour = Neighbour::of(&subject, true);
            if neighbour.counts {
                others.neighbour_put(&neighbour)?;
            }
            if wanted {
                if lacks && subject.is_kept() && is_withheld(&subject) {
                    survey.picture.withheld.push(number);
                }
                if known_since > self.at {
                    survey.picture.known_since.insert(number, known_since);
                }
                rows.push((neighbour.grant.map(|grant| grant.rank), entry));
            }
        }
        rows.sort_unstable_by_key(|(rank, entry)| (rank.is_none(), *rank, entry.number));
        survey.rows.push(rows);
        self.reader.remains(procedure, self.at, |number, remains| {
            let wanted = self.wanted.has(programme, number);
            let deposited_at = match &remains {
                Some(judged) => Some(judged.subject.deposited_at),
                None => self.reader.dossier_line(number)?.and_then(|line| line.deposited_at),
            };
            if !self.is_there(programme, number, deposited_at, &mut survey.picture) {
                return Ok(());
            }
            let removed = self.reader.removal(number, self.at)?;
            match remains {
                Some(mut judged) => {
                    judged.subject.removed = removed;
                    others.neighbour_put(&Neighbour::of(&judged.subject, true))?;
                    survey.erased.extend(wanted.then_some(number));
                }
                None if wanted && was_accepted(self.reader, number)? => {
                    let unreadable = Unreadable { number, procedure, programme, deposited_at, removed };
                    survey.picture.unreadable.push(unreadable);
                }
                None => {}
            }
            Ok(())
        })
    }

    /// Whether a dossier was filed by then, and nobody set it aside, which is told.
    fn is_there(
        &self,
        programme: Programme,
        number: DossierNumber,
        deposited_at: Option<Timestamp>,
        picture: &mut Picture,
    ) -> bool {
        if deposited_at.is_some_and(|deposited_at| deposited_at > self.at) {
            return false;
        }
        let is_excluded = persons::is_excluded(self.standings, number);
        if is_excluded && self.wanted.has(programme, number) {
            picture.excluded.push(Excluded { number, programme });
        }
        !is_excluded
    }

    /// A dossier as one of its versions has it, where the facts that are stored were read from that very version and in this way:
    /// they are what it gives when it is read again.
    fn stored(&self, reading: &Reading<'_>, entry: SnapshotEntry) -> Result<Option<Subject>, StoreError> {
        let Self { reader, at, standings, .. } = self;
        if !reader.version_is_current(entry)? {
            return Ok(None);
        }
        let Some(source) = reader.subject_source(entry.number)? else { return Ok(None) };
        let none = Standing::default();
        let standing = standings.get(&entry.number).unwrap_or(&none);
        let wanted = source.content_hash.map(|hash| facts::fingerprint(&hash, reading, standing));
        if wanted.is_none() || wanted != source.fingerprint {
            return Ok(None);
        }
        let Some((mut subject, _)) = legible(reader.subject(entry.number))?.unwrap_or_default() else {
            return Ok(None);
        };
        subject.removed = reader.removal(entry.number, *at)?;
        Ok(Some(subject))
    }

    /// What a dossier that cannot be read is to the others: as its stored facts have it, else as it is now, when this is its version now.
    fn neighbour(&self, reading: &Reading<'_>, entry: SnapshotEntry) -> Result<Option<Neighbour>, StoreError> {
        if let Some(subject) = self.stored(reading, entry)? {
            return Ok(Some(Neighbour::of(&subject, true)));
        }
        if !self.reader.version_is_current(entry)? {
            return Ok(None);
        }
        Ok(legible(self.reader.neighbour(entry.number))?.unwrap_or_default())
    }

    /// A dossier as one of its versions has it, since when it is known so, and whether DS gave it without champs or annotations; none
    /// when it cannot be read.
    fn read(
        &self,
        reading: &Reading<'_>,
        entry: SnapshotEntry,
    ) -> Result<Option<(Subject, Timestamp, bool)>, EvaluationError> {
        let Some(dossier) = content(self.reader, entry)? else { return Ok(None) };
        let (dossier, known_since) = completed(self.reader, entry, dossier)?;
        let removal = self.reader.removal(entry.number, self.at)?;
        let subject = persons::read(&reading.context(), &dossier, removal, self.standings.get(&entry.number));
        Ok(Some((subject, known_since, lacks_champs(&dossier))))
    }
}

/// The content of a version; none when it is damaged, or when this version of the program cannot decode it.
fn content(reader: &Reader<'_>, entry: SnapshotEntry) -> Result<Option<Dossier>, StoreError> {
    match reader.version(entry) {
        Ok(text) => Ok(raw::decode(&text).ok()),
        Err(StoreError::Unreadable { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// A dossier with the champs and annotations that DS did not give with it, as the next version that has them gives them; and since
/// when all that is there is known.
fn completed(
    reader: &Reader<'_>,
    entry: SnapshotEntry,
    mut dossier: Dossier,
) -> Result<(Dossier, Timestamp), StoreError> {
    let mut known_since = entry.observed_at;
    if !lacks_champs(&dossier) {
        return Ok((dossier, known_since));
    }
    for later in reader.versions_after(entry)? {
        let Some(content) = content(reader, later)? else { continue };
        for (kind, mine, given) in [
            (ChampKind::Champ, &mut dossier.champs, content.champs),
            (ChampKind::Annotation, &mut dossier.annotations, content.annotations),
        ] {
            let section = DossierSection::Champs(kind);
            if dossier.not_given.contains(&section) && !content.not_given.contains(&section) {
                *mine = given;
                dossier.not_given.retain(|lacking| *lacking != section);
                known_since = later.observed_at;
            }
        }
        if !lacks_champs(&dossier) {
            break;
        }
    }
    Ok((dossier, known_since))
}

/// Whether DS gave a dossier without its champs, or without its annotations.
fn lacks_champs(dossier: &Dossier) -> bool {
    dossier.not_given.iter().any(|section| matches!(section, DossierSection::Champs(_)))
}

/// Whether a fact was to be read from a section that DS did not give.
fn is_withheld(subject: &Subject) -> bool {
    let is_not_given = |fact: &FactName| matches!(subject.facts.get(*fact), Err(absence) if matches!(absence, Absence::NotGiven { .. }));
    FactName::ALL.iter().any(is_not_given)
}

/// Whether a dossier was last known as accepted.
fn was_accepted(reader: &Reader<'_>, number: DossierNumber) -> Result<bool, StoreError> {
    Ok(reader.dossier_line(number)?.is_some_and(|line| line.state == DossierState::Accepte))
}
