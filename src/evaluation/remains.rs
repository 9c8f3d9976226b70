//! What stays of dossiers that are about to be erased: each of their versions, read and judged one last time, then reduced.

use jiff::Timestamp;

use super::around::around;
use super::{EvaluationError, Evaluator, legible, persons};
use crate::domain::dossier::DossierState;
use crate::domain::erasure::Keep;
use crate::domain::journal::Standing;
use crate::domain::programme::Programme;
use crate::domain::subject::{Judged, Subject};
use crate::mapping::FoldedForm;
use crate::raw;
use crate::rules::Place;
use crate::store::{ErasableDossier, Reader, Remains};

impl Evaluator {
    /// What stays of a dossier, version by version, the same ones told once. The facts are read with today's mapping and
    /// corrections, as for any list of the past. Where that can no longer be done, the facts read last stand in.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn remains(
        &self,
        reader: &Reader<'_>,
        dossier: &ErasableDossier,
        keep: &Keep,
    ) -> Result<Vec<Remains>, EvaluationError> {
        let versions = self.versions(reader, dossier)?;
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

    /// Each version of a dossier, read and judged, the first one first.
    fn versions(
        &self,
        reader: &Reader<'_>,
        dossier: &ErasableDossier,
    ) -> Result<Vec<(Timestamp, Judged)>, EvaluationError> {
        let number = dossier.number;
        let followed = self.procedures.iter().find(|followed| followed.number == dossier.procedure);
        let standing = Standing::of(reader.journal(number)?);
        let form = reader.procedure_form(dossier.procedure)?.map(FoldedForm::from);
        let history = reader.dossier_history(number)?;
        let read = history.iter().filter_map(|(observed_at, text)| {
            let dossier = raw::decode(text).ok()?;
            Some((*observed_at, persons::read(&followed?.context(form.as_ref()), &dossier, None, Some(&standing))))
        });
        let subjects: Vec<(Timestamp, Subject)> = read.collect();
        if subjects.is_empty() {
            let first = history.first().map(|(observed_at, _)| *observed_at);
            let stored = legible(reader.judged(number))?.unwrap_or_default();
            return Ok(first.zip(stored).into_iter().collect());
        }
        let peers = around(reader, &self.rulebook, subjects.iter().map(|(_, subject)| subject), true)?;
        let judged = subjects.into_iter().map(|(observed_at, subject)| {
            let mut evaluation = self.rulebook.evaluate(&subject, &peers);
            persons::decide(&self.rulebook, Some(&standing), &subject, &mut evaluation);
            (observed_at, Judged { subject, evaluation })
        });
        Ok(judged.collect::<Vec<_>>())
    }
}

/// The département that stays is the one in which the dossier counts (A3V1-15): once the SIRET and an answer that could not be
/// read are gone, the address must not decide. Démat.ADS goes by the applicant anyway.
fn settle_departement(subject: &mut Subject) {
    if subject.programme != Programme::Axe3V1Ads {
        subject.applicant.departement = Place::of(subject).departement;
    }
}
