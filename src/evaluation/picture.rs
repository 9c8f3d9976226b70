//! The past: what was known at an instant, read and judged anew. Nothing is written.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::refresh::is_excluded;
use super::{EvaluationError, Evaluator, persons};
use crate::domain::dossier::DossierNumber;
use crate::domain::programme::Programme;
use crate::domain::subject::{Judged, Subject};
use crate::raw;
use crate::rules::Peers;
use crate::store::StoreError;

/// The dossiers as they were known at an instant.
#[derive(Debug, Clone, Default)]
pub struct Picture {
    /// By number.
    pub dossiers: Vec<Judged>,
    /// Those of the same programmes that a person set aside.
    pub excluded: Vec<DossierNumber>,
    /// Those of which nothing as old as the instant is known, with the instant at which they were first read: they stand as they were
    /// then.
    pub known_since: BTreeMap<DossierNumber, Timestamp>,
}

impl Evaluator {
    /// The dossiers of some programmes as they were known at an instant (before the first observation, the earliest
    /// version known stands in), filed by then, judged with today's rules and parameters, and with what people decided and
    /// corrected until today, as far as it holds for what was known then. Ordered by number; those set aside are left out.
    /// Of an erased dossier, what stays.
    ///
    /// # Errors
    /// A failure of the database, or stored content that can no longer be decoded.
    pub fn as_of(&self, at: Timestamp, programmes: &[Programme]) -> Result<Picture, EvaluationError> {
        let standings = self.store.read::<_, StoreError>(|reader| reader.standings())?;
        let mut peers = Peers::default();
        let mut excluded = Vec::new();
        let mut known_since = BTreeMap::new();
        let mut kept: Vec<Subject> = Vec::new();
        let mut dossiers: Vec<Judged> = Vec::new();
        for procedure in &self.procedures {
            let form = self.form(procedure.number)?;
            let context = procedure.context(form.as_ref());
            self.store.read::<_, EvaluationError>(|reader| {
                for entry in reader.snapshot(procedure.number, at)? {
                    let version = reader.version(entry, at)?;
                    let dossier = raw::decode(&version.raw)
                        .map_err(|source| EvaluationError::Content { number: entry.number, source })?;
                    if dossier.deposited_at > at {
                        continue;
                    }
                    let subject = persons::read(&context, &dossier, version.removed, standings.get(&entry.number));
                    if is_excluded(&standings, entry.number) {
                        excluded.extend(programmes.contains(&subject.programme).then_some(subject.number));
                        continue;
                    }
                    peers.add(&subject);
                    if programmes.contains(&subject.programme) {
                        if entry.observed_at > at {
                            known_since.insert(subject.number, entry.observed_at);
                        }
                        kept.push(subject);
                    }
                }
                // What was erased was judged before that: what stays is as it was then.
                for judged in reader.remains(procedure.number, at)? {
                    let subject = &judged.subject;
                    if subject.deposited_at > at {
                        continue;
                    }
                    if is_excluded(&standings, subject.number) {
                        excluded.extend(programmes.contains(&subject.programme).then_some(subject.number));
                        continue;
                    }
                    peers.add(subject);
                    if programmes.contains(&subject.programme) {
                        dossiers.push(judged);
                    }
                }
                Ok(())
            })?;
        }
        dossiers.extend(kept.into_iter().map(|subject| {
            let mut evaluation = self.rulebook.evaluate(&subject, &peers);
            persons::decide(&self.rulebook, standings.get(&subject.number), &subject, &mut evaluation);
            Judged { subject, evaluation }
        }));
        dossiers.sort_by_key(|judged| judged.subject.number);
        Ok(Picture { dossiers, excluded, known_since })
    }
}
