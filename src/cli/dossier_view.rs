//! How `fitn dossier N` looks: who asks, where it stands, what is to be done and by whom, the amounts, what the rules say. Short, the rules
//! that are simply met have a line each; in full, every verdict has its facts, its parameters and the passage of the guide.
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
use crate::domain::text::counted;
use crate::domain::verdict::{Missing, Who, in_a_sentence};
use crate::evaluation::misdated;

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
use verdict::{by_urgency, explain, in_a_line, is_simply_met};

/// Labels are aligned on this width.
const LABEL: usize = 20;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// What an officer needs first.
    Short,
    /// All that there is.
    Full,
}

/// The dossier for people.
#[must_use]
pub fn text(page: &Page, detail: Detail, width: Width) -> String {
    let is_full = detail == Detail::Full;
    let Judged { subject, evaluation } = &page.judged;
    let standing = Standing::of(page.journal.iter().cloned());
    let mut out = Paper::new(width);
    identity(&mut out, page);
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
    if standing.exclusion.is_none() {
        for found in misdated(subject, &standing) {
            field(&mut out, "DATE À VÉRIFIER", &format!("accepté, {}", found.told()));
        }
    }
    missing(&mut out, &evaluation.missing, page.line.removed.is_some());
    amounts(&mut out, subject, evaluation, page.credits.as_ref(), detail);
    criteria(&mut out, subject);
    if is_full && !page.attachments.is_empty() {
        title(&mut out, "Pièces jointes");
        for attachment in AttachmentRow::all(&page.attachments) {
            attachment.show(&mut out);
        }
    }
    title(&mut out, "Avis des règles");
    for verdict in by_urgency(&evaluation.verdicts) {
        let fallen = fallen(&standing, &page.judged, &verdict.rule);
        if is_full || !is_simply_met(verdict) || fallen.is_some() {
            explain(&mut out, verdict, fallen, detail);
        } else {
            in_a_line(&mut out, verdict);
        }
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
    if is_full && !page.rows.is_empty() {
        title(&mut out, "Lignes du formulaire, par l’identifiant que « fitn correct » attend");
        rows_view::rows(&mut out, &page.rows, subject);
    }
    if !page.journal.is_empty() {
        title(&mut out, "Journal des agents");
        journal_view::journal(&mut out, &page.journal, &page.judged);
    }
    if !is_full {
        more(&mut out, page);
    }
    out.into_text()
}

/// What the short page leaves out, and how to see it.
fn more(out: &mut Paper, page: &Page) {
    let mut left_out = vec!["faits lus, paramètres, interprétations et passages du guide".to_owned()];
    if !page.attachments.is_empty() {
        left_out.push(counted(page.attachments.len(), "pièce jointe", "pièces jointes"));
    }
    if !page.rows.is_empty() {
        left_out.push(counted(page.rows.len(), "ligne du formulaire", "lignes du formulaire"));
    }
    let at = page.past.map(|past| format!(" --at {}", past.day)).unwrap_or_default();
    out.push('\n');
    hang(out, "", &format!("Tout voir (aussi : {}) :", left_out.join(", ")));
    let _ = writeln!(out, "  fitn dossier {} --full{at}", page.judged.subject.number);
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
            hang(out, "  - ", &format!("{} ({})", in_a_sentence(what), rules.join(", ")));
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
