//! What stays of dossiers that are about to be erased: each of their versions, read and judged one last time, then reduced.

use super::refresh::is_excluded;
use super::{EvaluationError, Evaluator, MappedProcedure, legible, persons};
use crate::domain::dossier::DossierState;
use crate::domain::erasure::Keep;
use crate::domain::form::Form;
use crate::domain::journal::Standing;
use crate::domain::programme::Programme;
use crate::domain::subject::{Judged, Subject};
use crate::mapping::Context;
use crate::raw;
use crate::rules::{Peers, Place};
use crate::store::{ErasableDossier, Remains, StoreError};

impl Evaluator {
    /// The other dossiers as they stand now: what the last judgement of those that are erased is made among.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn peers(&self) -> Result<Peers, EvaluationError> {
        let mut peers = Peers::default();
        self.store.read::<_, StoreError>(|reader| {
            let standings = reader.standings()?;
            reader.subjects(|subject| {
                // Evaluations tell those that are damaged.
                let Ok(subject) = subject else { return Ok(()) };
                if self.follows(subject.procedure) && !is_excluded(&standings, subject.number) {
                    peers.add(&subject);
                }
                Ok(())
            })
        })?;
        Ok(peers)
    }

    /// What stays of a dossier, version by version, the same ones told once. The facts are read with today's mapping and
    /// corrections, as for any list of the past. Where that can no longer be done, the facts read last stand in.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn remains(
        &self,
        dossier: &ErasableDossier,
        keep: &Keep,
        peers: &Peers,
    ) -> Result<Vec<Remains>, EvaluationError> {
        let number = dossier.number;
        let (history, stored, standing) = self.store.read::<_, StoreError>(|reader| {
            let stored = legible(reader.judged(number))?.unwrap_or_default();
            Ok((reader.dossier_history(number)?, stored, Standing::of(reader.journal(number)?)))
        })?;
        let followed = self.procedures.iter().find(|followed| followed.number == dossier.procedure);
        let form = self.form(dossier.procedure)?;
        let first = history.first().map(|(observed_at, _)| *observed_at);
        let read = history.iter().filter_map(|(observed_at, text)| {
            Some((*observed_at, self.judge_alone(followed?, form.as_ref(), text, &standing, peers)?))
        });
        let mut versions: Vec<_> = read.collect();
        if versions.is_empty() {
            versions.extend(first.zip(stored));
        }
        // Every version of it, so that lists of the past are as they were.
        let granted = versions.last().is_some_and(|(_, judged)| judged.subject.state == DossierState::Accepte);
        let keep = if granted { keep.of_a_grant() } else { keep.clone() };
        let mut remains: Vec<Remains> = Vec::new();
        for (observed_at, mut judged) in versions {
            judged.subject.removed = None;
            settle_departement(&mut judged.subject);
            let judged = keep.reduce(&judged);
            if remains.last().is_none_or(|last| last.judged != judged) {
                remains.push(Remains { observed_at, judged });
            }
        }
        Ok(remains)
    }

    /// A content read and judged; none when this version of the program cannot decode it.
    fn judge_alone(
        &self,
        procedure: &MappedProcedure,
        form: Option<&Form>,
        text: &str,
        standing: &Standing,
        peers: &Peers,
    ) -> Option<Judged> {
        let context =
            Context { procedure: procedure.number, programme: procedure.programme, mapping: &procedure.mapping, form };
        let dossier = raw::decode(text).ok()?;
        let subject = persons::read(&context, &dossier, None, Some(standing));
        let mut evaluation = self.rulebook.evaluate(&subject, peers);
        persons::decide(&self.rulebook, Some(standing), &subject, &mut evaluation);
        Some(Judged { subject, evaluation })
    }
}

/// The département that stays is the one in which the dossier counts (A3V1-15): once the SIRET and an answer that could not be
/// read are gone, the address must not decide. Démat.ADS goes by the applicant anyway.
fn settle_departement(subject: &mut Subject) {
    if subject.programme != Programme::Axe3V1Ads {
        subject.applicant.departement = Place::of(subject).departement;
    }
}
