//! How `fitn dossier N` looks: one dossier with every verdict explained, what to ask for, the amounts as a computation.
//!
//! Pure: everything shown was read from what is stored. Nothing is judged or computed here but the sums left to pay.

use std::fmt::Write as _;

use super::attachments_view::AttachmentRow;
use super::journal_view::{self, fallen};
use super::layout::pad;
use super::paper::{Paper, Width, hang};
use super::rows_view;
use crate::desk::Page;
use crate::domain::fact::FactName;
use crate::domain::instant::french_instant;
use crate::domain::journal::Standing;
use crate::domain::subject::{Judged, Subject};
use crate::domain::verdict::{Missing, Who};

mod amounts;
mod bare;
mod document;
mod identity;
#[cfg(test)]
mod tests;
mod verdict;

pub use bare::bare;
pub use document::{bare_json, json};

use amounts::{amounts, criteria};
use identity::{identity, illegible, marks};
use verdict::explain;

/// Labels are aligned on this width.
const LABEL: usize = 20;

/// The dossier for people.
#[must_use]
pub fn text(page: &Page, width: Width) -> String {
    let Judged { subject, evaluation } = &page.judged;
    let standing = Standing::of(page.journal.iter().cloned());
    let mut out = Paper::new(width);
    identity(&mut out, subject, &page.line, page.past);
    if let Some(filed) = &page.filed {
        marks(&mut out, filed);
    }
    if let Some(reason) = &page.unreadable {
        illegible(&mut out, reason);
    }
    if let Some(entry) = &page.quarantine {
        let since = french_instant(entry.since);
        field(&mut out, "QUARANTAINE", &format!("depuis le {since} : {}", entry.reason));
        field(
            &mut out,
            "",
            "ce qui suit est ce qui a pu en être lu ; il est redemandé aux synchronisations qui suivent",
        );
    }
    field(&mut out, "statut", &evaluation.status.label().to_uppercase());
    if let Some(entry) = &standing.exclusion {
        field(&mut out, "ÉCARTÉ", &format!("par {}", entry.signature()));
        field(&mut out, "", "hors des listes, rapports et sommes ; pour le reprendre :");
        field(&mut out, "", &format!("fitn include {} --reason \"MOTIF\" --by \"NOM\"", subject.number));
    }
    missing(&mut out, &evaluation.missing, page.line.removed.is_some());
    amounts(&mut out, subject, evaluation, page.credits.as_ref());
    criteria(&mut out, subject);
    if !page.attachments.is_empty() {
        title(&mut out, "Pièces jointes");
        for attachment in AttachmentRow::all(&page.attachments) {
            attachment.show(&mut out);
        }
    }
    title(&mut out, "Avis des règles");
    for verdict in &evaluation.verdicts {
        explain(&mut out, verdict, fallen(&standing, &page.judged, &verdict.rule));
    }
    if !subject.facts.remarks.is_empty() {
        title(&mut out, "Remarques de lecture");
        for remark in &subject.facts.remarks {
            hang(&mut out, "  - ", &format!("{} : {}", remark.fact.label(), remark.message));
        }
    }
    if !subject.facts.corrections.is_empty() {
        title(&mut out, "Corrections d’agents");
        rows_view::corrections(&mut out, subject);
    }
    if !page.rows.is_empty() {
        title(&mut out, "Lignes du formulaire, par l’identifiant que « fitn correct » attend");
        rows_view::rows(&mut out, &page.rows, subject);
    }
    if !page.journal.is_empty() {
        title(&mut out, "Journal des agents");
        journal_view::journal(&mut out, &page.journal, &page.judged);
    }
    out.into_text()
}

/// What people are to do, by whom; what several rules need is said once, with the rules. Whose dossier is gone from DS cannot be asked
/// there any more.
fn missing(out: &mut Paper, missing: &[Missing], removed: bool) {
    for who in Who::ALL.into_iter().filter(|who| !(removed && *who == Who::Demandeur)) {
        let mut told: Vec<(&str, Vec<&str>)> = Vec::new();
        for Missing { what, rule, .. } in missing.iter().filter(|missing| missing.who == who) {
            match told.iter_mut().find(|(said, _)| said == what) {
                Some((_, rules)) => rules.push(rule),
                None => told.push((what, vec![rule])),
            }
        }
        if !told.is_empty() {
            title(out, who.heading());
        }
        for (what, rules) in told {
            hang(out, "  - ", &format!("{what} ({})", rules.join(", ")));
        }
    }
}

fn title(out: &mut Paper, text: &str) {
    let _ = writeln!(out, "\n{text}");
}

fn field(out: &mut Paper, label: &str, value: &str) {
    hang(out, &format!("  {}", pad(label, LABEL)), value);
}

fn has_criteria(subject: &Subject) -> bool {
    FactName::Scores.programmes().contains(&subject.programme)
}
