//! The short page of a dossier of which nothing but its line is known.

use super::super::paper::{Paper, Width, hang};
use super::amounts::amount;
use super::field;
use super::identity::{erasure, illegible, removal};
use crate::desk::Bare;
use crate::domain::erasure::ERASED;
use crate::domain::instant::french_instant;

/// A dossier of which nothing but its line is known: DS said that it was gone before it was ever received, what was received is
/// erased, or, for the reason given, can no longer be read.
#[must_use]
pub fn bare(bare: &Bare, width: Width) -> String {
    let (line, unreadable) = (&bare.line, bare.unreadable.as_deref());
    let mut out = Paper::new(width);
    let name = match (unreadable, &line.applicant) {
        _ if line.erased_at.is_some() => ERASED,
        (None, _) => "contenu jamais reçu",
        (Some(_), Some(applicant)) => applicant,
        (Some(_), None) => "demandeur inconnu",
    };
    hang(&mut out, &format!("Dossier {} — ", line.number), name);
    removal(&mut out, line);
    if let Some(reason) = unreadable {
        illegible(&mut out, reason);
    }
    field(&mut out, "programme", line.programme.label());
    field(&mut out, "démarche", &line.procedure.to_string());
    field(&mut out, "état", line.state.label());
    erasure(&mut out, line);
    let dates = [("déposé le", line.deposited_at), ("modifié le", line.updated_at)];
    let places = [("SIRET", &line.siret), ("commune", &line.code_insee), ("département", &line.departement)];
    if unreadable.is_some() {
        for (label, instant) in dates.iter().filter_map(|(label, instant)| Some((label, (*instant)?))) {
            field(&mut out, label, &french_instant(instant));
        }
        for (label, value) in places.iter().filter_map(|(label, value)| Some((label, value.as_deref()?))) {
            field(&mut out, label, value);
        }
        if let Some(status) = line.status {
            field(&mut out, "statut", &status.label().to_uppercase());
        }
        let amounts = [
            ("dépenses éligibles", line.eligible_expenses),
            ("montant calculé", line.computed),
            ("montant accordé", line.granted),
            ("montant engagé", line.engaged),
            ("montant payé", line.paid),
        ];
        for (label, cents) in amounts.iter().filter(|(_, cents)| cents.is_some()) {
            amount(&mut out, label, *cents);
        }
    }
    out.push_str("  Rien d’autre n’en est connu ici.\n");
    out.into_text()
}
