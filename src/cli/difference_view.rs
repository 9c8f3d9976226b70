//! How the difference between two evaluations of a dossier looks.

use std::fmt::Write as _;

use super::layout::pad;
use super::paper::{Paper, Width, hang};
use crate::domain::money::Cents;
use crate::domain::verdict::VerdictChange;
use crate::domain::verdict::VerdictValue;
use crate::evaluation::{Difference, Figures};

/// Labels are aligned on this width.
const LABEL: usize = 20;

/// A dossier that an evaluation would change.
pub(super) fn text(difference: &Difference, width: Width) -> String {
    let Difference { number, before, after, verdicts: changes } = difference;
    let mut out = Paper::new(width);
    let _ = writeln!(out, "Dossier {number}");
    figures(&mut out, before.as_ref(), after, false);
    verdicts(&mut out, changes);
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
