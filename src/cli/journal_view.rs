//! How the journal of a dossier looks: what people decided, corrected and set aside, and what of it still counts.

use serde::Serialize;

use super::paper::{Paper, hang};
use super::rows_view::code_label;
use crate::domain::instant::{french_instant, to_rfc3339};
use crate::domain::journal::{Act, Entry, Standing, Target};
use crate::domain::subject::Judged;
use crate::domain::text::quoted;
use crate::domain::verdict::VerdictValue;

/// An entry with the columns of `view_journal`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the columns are documented with the view")]
pub struct JournalRow<'a> {
    pub id: i64,
    pub dossier: i64,
    pub at: String,
    pub person: &'a str,
    pub reason: &'a str,
    pub kind: &'static str,
    pub rule: Option<&'a str>,
    pub verdict: Option<VerdictValue>,
    pub fact: Option<&'static str>,
    pub column: Option<&'a str>,
    pub row_id: Option<&'a str>,
    pub value: Option<&'a str>,
}

impl<'a> JournalRow<'a> {
    /// The row of an entry.
    #[must_use]
    pub fn of(entry: &'a Entry) -> Self {
        let act = &entry.act;
        let (rule, verdict) = match act {
            Act::Decide { rule, verdict, .. } => (Some(rule.as_str()), Some(*verdict)),
            Act::WithdrawDecision { rule } => (Some(rule.as_str()), None),
            _ => (None, None),
        };
        let (target, value) = match act {
            Act::Correct { target, value, .. } => (Some(target), Some(value.as_str())),
            Act::WithdrawCorrection { target } => (Some(target), None),
            _ => (None, None),
        };
        Self {
            id: entry.id,
            dossier: entry.dossier,
            at: to_rfc3339(entry.at),
            person: &entry.by,
            reason: &entry.reason,
            kind: act.kind(),
            rule,
            verdict,
            fact: target.map(|target| target.fact.code()),
            column: target.and_then(|target| target.column.as_deref()),
            row_id: target.and_then(|target| target.row.as_deref()),
            value,
        }
    }
}

/// What a person did about a dossier, in words.
pub(super) fn act(act: &Act, judged: &Judged) -> String {
    let said = |rule: &str, value: VerdictValue| {
        let verdict = judged.evaluation.verdicts.iter().find(|verdict| verdict.rule == rule);
        verdict.map_or(value.label(), |verdict| value.label_of(verdict.kind))
    };
    match act {
        Act::Decide { rule, verdict, computed, .. } if verdict == computed => {
            format!("{rule} décidée « {} », comme calculé", said(rule, *verdict))
        }
        Act::Decide { rule, verdict, computed, .. } => {
            format!("{rule} décidée « {} » ; calculée « {} »", said(rule, *verdict), said(rule, *computed))
        }
        Act::WithdrawDecision { rule } => format!("décision sur {rule} retirée"),
        Act::Correct { target, value, .. } => {
            let value = if target.column.is_some() { code_label(value) } else { value };
            format!("{} corrigé en {}{}", named(target), quoted(value), row(target))
        }
        Act::WithdrawCorrection { target } => format!("correction de {} retirée{}", named(target), row(target)),
        Act::Exclude => "dossier écarté".to_owned(),
        Act::Include => "dossier repris".to_owned(),
    }
}

fn named(target: &Target) -> String {
    Target { row: None, ..target.clone() }.to_string()
}

fn row(target: &Target) -> String {
    target.row.as_ref().map(|row| format!(", ligne {row}")).unwrap_or_default()
}

/// The journal, the first entry first.
pub(super) fn journal(out: &mut Paper, entries: &[Entry], judged: &Judged) {
    let standing = Standing::of(entries.iter().cloned());
    for entry in entries {
        hang(out, "  - ", &format!("{}, {} : {}", french_instant(entry.at), entry.by, act(&entry.act, judged)));
        hang(out, "    motif : ", &entry.reason);
        if let Some(fate) = fate(entry, &standing, judged) {
            hang(out, "    ", fate);
        }
    }
}

/// Why an entry no longer counts; none when it does, or when it only took something back.
fn fate(entry: &Entry, standing: &Standing, judged: &Judged) -> Option<&'static str> {
    let last = |current: Option<&Entry>| current.is_some_and(|current| current.id == entry.id);
    let (last, holds) = match &entry.act {
        Act::Decide { rule, .. } => (last(standing.decisions.get(rule)), judged.evaluation.is_decided(rule)),
        Act::Correct { target, .. } => {
            let mut corrections = judged.subject.facts.corrections.iter();
            let found = corrections.find(|correction| correction.target == *target);
            (last(standing.corrections.get(target)), found.is_some_and(|correction| !correction.dropped))
        }
        Act::Exclude => (last(standing.exclusion.as_ref()), true),
        _ => return None,
    };
    match (last, holds) {
        (true, true) => None,
        (true, false) => Some("ne compte plus : ce sur quoi elle reposait a changé"),
        (false, _) => Some("remplacée ou retirée depuis"),
    }
}

/// The decision on a rule that no longer counts, when there is one.
pub(super) fn fallen<'a>(standing: &'a Standing, judged: &Judged, rule: &str) -> Option<&'a Entry> {
    standing.decisions.get(rule).filter(|_| !judged.evaluation.is_decided(rule))
}
