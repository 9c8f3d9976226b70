//! How the difference between two evaluations of a dossier looks.

use std::fmt::Write as _;

use super::layout::{count, pad};
use super::paper::{Paper, Width, hang};
use crate::domain::money::Cents;
use crate::domain::text::grouped;
use crate::domain::verdict::Status;
use crate::domain::verdict::VerdictChange;
use crate::domain::verdict::VerdictValue;
use crate::evaluation::{Difference, Figures, Moved, Totals};

/// Labels are aligned on this width.
const LABEL: usize = 20;

/// A dossier that an evaluation would change.
pub(super) fn text(difference: &Difference, width: Width) -> String {
    let Difference { number, accepted, before, after, verdicts: changes } = difference;
    let mut out = Paper::new(width);
    let _ = writeln!(out, "Dossier {number}{}", if *accepted { ", déjà accepté" } else { "" });
    figures(&mut out, before.as_ref(), after, false);
    verdicts(&mut out, changes);
    out.into_text()
}

/// What the dossiers that would change come to.
pub(super) fn totals(totals: &Totals, width: Width) -> String {
    let Totals { accepted, statuses, eligible_expenses, computed } = totals;
    let mut out = Paper::new(width);
    let mut line = |label: &str, said: &str| hang(&mut out, &format!("  {}", pad(label, LABEL)), said);
    line("déjà acceptés", &grouped(*accepted));
    for ((before, after), dossiers) in statuses {
        let before = before.map_or("(jamais évalué)", Status::label);
        line("statut", &format!("{before} → {} : {}", after.label(), count(*dossiers, "dossier", "dossiers")));
    }
    for (label, moved) in [("dépenses éligibles", eligible_expenses), ("montant calculé", computed)] {
        let Moved { before, after, unknown } = moved;
        let sum = if before == after { after.to_string() } else { format!("{before} → {after}") };
        let without = count(*unknown, "dossier où il est inconnu", "dossiers où il est inconnu");
        line(label, &if *unknown > 0 { format!("{sum}, sans {without}") } else { sum });
    }
    out.into_text()
}

/// Status and amounts, before and after; those that stay are told only when `all` are.
pub(super) fn figures(out: &mut Paper, before: Option<&Figures>, after: &Figures, all: bool) {
    let mut line = |label: &str, was: Option<String>, is: String| {
        let same = was.as_ref() == Some(&is);
        let said = match was {
            _ if same => is,
            Some(was) => format!("{was} → {is}"),
            None => format!("(jamais évalué) → {is}"),
        };
        if all || !same {
            hang(out, &format!("  {}", pad(label, LABEL)), &said);
        }
    };
    line("statut", before.map(|was| was.status.label().to_owned()), after.status.label().to_owned());
    line("dépenses éligibles", before.map(|was| euros(was.eligible_expenses)), euros(after.eligible_expenses));
    line("montant calculé", before.map(|was| euros(was.computed)), euros(after.computed));
}

/// An amount before and after.
pub(super) fn amount(out: &mut Paper, label: &str, before: Option<Cents>, after: Option<Cents>) {
    let said = if before == after { euros(after) } else { format!("{} → {}", euros(before), euros(after)) };
    hang(out, &format!("  {}", pad(label, LABEL)), &said);
}

fn euros(cents: Option<Cents>) -> String {
    cents.map_or_else(|| "inconnu".to_owned(), |cents| cents.to_string())
}

/// The rules that say something else.
pub(super) fn verdicts(out: &mut Paper, changes: &[VerdictChange]) {
    for VerdictChange { rule, kind, before, after } in changes {
        let said = |verdict: Option<VerdictValue>| verdict.map_or("(aucun avis)", |verdict| verdict.label_of(*kind));
        hang(out, &format!("  {}", pad(rule, LABEL)), &format!("{} → {}", said(*before), said(*after)));
    }
}
