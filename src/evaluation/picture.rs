//! The past: what was known at an instant, read and judged anew. Nothing is written.

use jiff::Timestamp;

use super::{EvaluationError, Evaluator};
use crate::domain::programme::Programme;
use crate::domain::subject::{Judged, Subject};
use crate::mapping::{self, Context};
use crate::raw;
use crate::rules::Peers;

impl Evaluator {
    /// The dossiers of some programmes as they were known at an instant (before the first observation, the earliest
    /// version known stands in), filed by then, judged with today's rules and parameters. Ordered by number.
    ///
    /// # Errors
    /// A failure of the database, or stored content that can no longer be decoded.
    pub fn as_of(&self, at: Timestamp, programmes: &[Programme]) -> Result<Vec<Judged>, EvaluationError> {
        let mut peers = Peers::default();
        let mut kept: Vec<Subject> = Vec::new();
        for procedure in &self.procedures {
            let form = self.form(procedure.number)?;
            let context = Context {
                procedure: procedure.number,
                programme: procedure.programme,
                mapping: &procedure.mapping,
                form: form.as_ref(),
            };
            self.store.read::<_, EvaluationError>(|reader| {
                for entry in reader.snapshot(procedure.number, at)? {
                    let version = reader.version(entry, at)?;
                    let dossier = raw::decode(&version.raw)
                        .map_err(|source| EvaluationError::Content { number: entry.number, source })?;
                    if dossier.deposited_at > at {
                        continue;
                    }
                    let subject = mapping::subject(&context, &dossier, version.removed);
                    peers.add(&subject);
                    if programmes.contains(&subject.programme) {
                        kept.push(subject);
                    }
                }
                Ok(())
            })?;
        }
        kept.sort_by_key(|subject| subject.number);
        Ok(kept
            .into_iter()
            .map(|subject| {
                let evaluation = self.rulebook.evaluate(&subject, &peers);
                Judged { subject, evaluation }
            })
            .collect())
    }
}
