//! The past: what was known at an instant, read and judged anew. Nothing is written.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::{EvaluationError, Evaluator, persons};
use crate::domain::aside::{Excluded, Unreadable};
use crate::domain::champ::ChampKind;
use crate::domain::dossier::{Dossier, DossierNumber, DossierSection, DossierState};
use crate::domain::fact::{Absence, FactName};
use crate::domain::journal::Standing;
use crate::domain::neighbour::Neighbour;
use crate::domain::programme::Programme;
use crate::domain::subject::{Judged, Subject};
use crate::raw;
use crate::rules::Peers;
use crate::store::{Reader, SnapshotEntry, StoreError};

/// The dossiers as they were known at an instant.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// By number.
    pub dossiers: Vec<Judged>,
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

impl Evaluator {
    /// The dossiers of some programmes as they were known at an instant, from a snapshot of their own: see
    /// [`Evaluator::picture`].
    ///
    /// # Errors
    /// A failure of the database.
    pub fn as_of(&self, at: Timestamp, programmes: &[Programme]) -> Result<Picture, EvaluationError> {
        self.store.read(|reader| self.picture(reader, at, programmes))
    }

    /// The dossiers of some programmes as they were known at an instant (before the first observation, the earliest
    /// version known stands in), filed by then, judged with today's rules and parameters, and with what people decided and
    /// corrected until today, as far as it holds for what was known then. Ordered by number; those set aside are left out.
    /// Of an erased dossier, what stays. All of it comes from one snapshot of the database.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn picture(
        &self,
        reader: &Reader<'_>,
        at: Timestamp,
        programmes: &[Programme],
    ) -> Result<Picture, EvaluationError> {
        self.picture_with(reader, at, programmes, &reader.standings()?)
    }

    /// The same, with what people did that `standings` add up to.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn picture_with(
        &self,
        reader: &Reader<'_>,
        at: Timestamp,
        programmes: &[Programme],
        standings: &BTreeMap<DossierNumber, Standing>,
    ) -> Result<Picture, EvaluationError> {
        let mut picture = Picture::default();
        let mut peers = Peers::default();
        let mut kept: Vec<Subject> = Vec::new();
        for procedure in &self.procedures {
            let programme = procedure.programme;
            let wanted = programmes.contains(&programme);
            let form = reader.procedure(procedure.number)?.and_then(|record| record.form);
            let context = procedure.context(form.as_ref());
            for entry in reader.snapshot(procedure.number, at)? {
                let number = entry.number;
                let read = content(reader, entry)?;
                let deposited_at = match &read {
                    Some(dossier) => Some(dossier.deposited_at),
                    None => reader.dossier_line(number)?.and_then(|line| line.deposited_at),
                };
                if deposited_at.is_some_and(|deposited_at| deposited_at > at) {
                    continue;
                }
                if persons::is_excluded(standings, number) {
                    picture.excluded.extend(wanted.then_some(Excluded { number, programme }));
                    continue;
                }
                let removal = reader.removal(number, at)?;
                let Some(dossier) = read else {
                    let procedure = procedure.number;
                    let unreadable = Unreadable { number, procedure, programme, deposited_at, removed: removal };
                    // Of a removed one, only what was granted matters.
                    if wanted && (removal.is_none() || was_accepted(reader, number)?) {
                        picture.unreadable.push(unreadable);
                    }
                    continue;
                };
                let (dossier, known_since) = completed(reader, entry, dossier)?;
                let subject = persons::read(&context, &dossier, removal, standings.get(&number));
                peers.add(&Neighbour::of(&subject, true));
                if wanted {
                    if subject.is_kept() && is_withheld(&dossier, &subject) {
                        picture.withheld.push(number);
                    }
                    if known_since > at {
                        picture.known_since.insert(number, known_since);
                    }
                    kept.push(subject);
                }
            }
            // What was erased was judged before that: what stays is as it was then.
            for (number, remains) in reader.remains(procedure.number, at)? {
                let Some(mut judged) = remains else {
                    let deposited_at = reader.dossier_line(number)?.and_then(|line| line.deposited_at);
                    let is_filed = deposited_at.is_none_or(|deposited_at| deposited_at <= at);
                    if wanted && is_filed && !persons::is_excluded(standings, number) && was_accepted(reader, number)? {
                        let procedure = procedure.number;
                        let removed = reader.removal(number, at)?;
                        picture.unreadable.push(Unreadable { number, procedure, programme, deposited_at, removed });
                    }
                    continue;
                };
                if judged.subject.deposited_at > at {
                    continue;
                }
                if persons::is_excluded(standings, number) {
                    picture.excluded.extend(wanted.then_some(Excluded { number, programme }));
                    continue;
                }
                judged.subject.removed = reader.removal(number, at)?;
                peers.add(&Neighbour::of(&judged.subject, true));
                if wanted {
                    picture.dossiers.push(judged);
                }
            }
        }
        picture.dossiers.extend(kept.into_iter().map(|subject| {
            let mut evaluation = self.rulebook.evaluate(&subject, &peers);
            persons::decide(&self.rulebook, standings.get(&subject.number), &subject, &mut evaluation);
            Judged { subject, evaluation }
        }));
        picture.dossiers.sort_by_key(|judged| judged.subject.number);
        picture.excluded.sort_by_key(|excluded| excluded.number);
        picture.unreadable.sort_by_key(|unreadable| unreadable.number);
        picture.withheld.sort_unstable();
        Ok(picture)
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

/// Whether DS gave a dossier without its champs, or without its annotations, and a fact was to be read from there.
fn is_withheld(dossier: &Dossier, subject: &Subject) -> bool {
    let is_not_given = |fact: &FactName| matches!(subject.facts.get(*fact), Err(absence) if matches!(absence, Absence::NotGiven { .. }));
    lacks_champs(dossier) && FactName::ALL.iter().any(is_not_given)
}

/// Whether a dossier was last known as accepted.
fn was_accepted(reader: &Reader<'_>, number: DossierNumber) -> Result<bool, StoreError> {
    Ok(reader.dossier_line(number)?.is_some_and(|line| line.state == DossierState::Accepte))
}
