//! `fitn dossier N --json`.

use std::collections::BTreeMap;

use jiff::civil::Date;
use serde::Serialize;

use super::super::attachments_view::AttachmentRow;
use super::super::dossiers_view::DossierRow;
use super::super::journal_view::JournalRow;
use super::has_criteria;
use crate::desk::{Bare, FormRow, Page, QuarantineEntry};
use crate::domain::dossier::Attestation;
use crate::domain::fact::{Correction, FactName, FactValue};
use crate::domain::instant::to_rfc3339;
use crate::domain::money::Cents;
use crate::domain::subject::{Judged, Subject};
use crate::domain::verdict::{Missing, Verdict};
use crate::rules::Credits;

/// The document of `fitn dossier N --json`: the names of `view_dossiers`, the judgement, and those of `view_journal`.
#[derive(Debug, Serialize)]
pub struct DossierDocument<'a> {
    #[serde(flatten)]
    row: DossierRow,
    verdicts: &'a [Verdict],
    missing: &'a [Missing],
    amounts: Amounts,
    credits: Option<CreditsRow<'a>>,
    /// Null for programmes without selection criteria.
    pub(super) criteria: Option<Criteria<'a>>,
    corrections: Vec<CorrectionRow<'a>>,
    rows: &'a [FormRow],
    journal: Vec<JournalRow<'a>>,
    attachments: Vec<AttachmentRow<'a>>,
    /// Null when DS did not say; the same for the attestation.
    labels: Option<&'a [String]>,
    attestation: Option<bool>,
    attested_at: Option<String>,
    quarantine: Option<QuarantineRow<'a>>,
    /// Why what is stored of it cannot be read.
    unreadable: Option<&'a str>,
    /// The day at whose end it was known so; left out for today's state, as what follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<Date>,
    #[serde(skip_serializing_if = "Option::is_none")]
    known_since: Option<String>,
}

/// Why DS could not give it, or not whole.
#[derive(Debug, Serialize)]
struct QuarantineRow<'a> {
    since: String,
    reason: &'a str,
}

impl<'a> QuarantineRow<'a> {
    fn of(entry: &'a QuarantineEntry) -> Self {
        Self { since: to_rfc3339(entry.since), reason: &entry.reason }
    }
}

/// Decimal strings, or null.
#[derive(Debug, Serialize)]
struct Amounts {
    eligible_expenses: Option<String>,
    computed: Option<String>,
    granted: Option<String>,
    engaged: Option<String>,
    paid: Option<String>,
}

/// What is left of the credits that a pending dossier would draw on: decimal strings.
#[derive(Debug, Serialize)]
struct CreditsRow<'a> {
    purse: &'a str,
    departement: Option<&'a str>,
    right: String,
    granted: String,
    unsettled: String,
    without_amount: usize,
    left: String,
}

impl<'a> CreditsRow<'a> {
    fn of(credits: &'a Credits) -> Self {
        Self {
            purse: &credits.named,
            departement: credits.departement.as_deref(),
            right: credits.total.to_decimal_string(),
            granted: credits.granted.to_decimal_string(),
            unsettled: credits.unsettled.to_decimal_string(),
            without_amount: credits.without_amount,
            left: credits.left().to_decimal_string(),
        }
    }
}

/// What the selection criteria rest on: null where the dossier does not say. Marks are a person's, never computed.
#[derive(Debug, Serialize)]
pub(super) struct Criteria<'a> {
    target_users: Option<i64>,
    agents_trained: Option<i64>,
    scores: Option<&'a BTreeMap<String, i64>>,
}

impl<'a> Criteria<'a> {
    fn of(subject: &'a Subject) -> Option<Self> {
        has_criteria(subject).then(|| Self {
            target_users: subject.facts.integer(FactName::TargetUsers),
            agents_trained: subject.facts.integer(FactName::AgentsTrained),
            scores: match subject.facts.value(FactName::Scores) {
                Some(FactValue::Scores(scores)) => Some(scores),
                _ => None,
            },
        })
    }
}

/// A correction, beside what was read.
#[derive(Debug, Serialize)]
struct CorrectionRow<'a> {
    fact: FactName,
    column: Option<&'a str>,
    row_id: Option<&'a str>,
    original: Option<&'a str>,
    value: &'a str,
    corrected_by: &'a str,
    dropped: bool,
}

impl<'a> CorrectionRow<'a> {
    fn of(correction: &'a Correction) -> Self {
        Self {
            fact: correction.target.fact,
            column: correction.target.column.as_deref(),
            row_id: correction.target.row.as_deref(),
            original: correction.original.as_deref(),
            value: &correction.value,
            corrected_by: &correction.by,
            dropped: correction.dropped,
        }
    }
}

/// The dossier for programs.
#[must_use]
pub fn json(page: &Page) -> DossierDocument<'_> {
    let row = DossierRow::of(page.line.clone());
    let decimal = |cents: Option<Cents>| cents.map(Cents::to_decimal_string);
    let amounts = Amounts {
        eligible_expenses: decimal(row.eligible_expenses_cents),
        computed: decimal(row.computed_cents),
        granted: decimal(row.granted_cents),
        engaged: decimal(row.engaged_cents),
        paid: decimal(row.paid_cents),
    };
    let Judged { subject, evaluation } = &page.judged;
    let attestation = page.filed.as_ref().and_then(|filed| filed.attestation.as_ref());
    let attested_at = match attestation {
        Some(Attestation::Made { created_at, .. }) => created_at.map(to_rfc3339),
        _ => None,
    };
    DossierDocument {
        row,
        verdicts: &evaluation.verdicts,
        missing: &evaluation.missing,
        amounts,
        credits: page.credits.as_ref().map(CreditsRow::of),
        criteria: Criteria::of(subject),
        corrections: subject.facts.corrections.iter().map(CorrectionRow::of).collect(),
        rows: &page.rows,
        journal: page.journal.iter().map(JournalRow::of).collect(),
        attachments: AttachmentRow::all(&page.attachments),
        labels: page.filed.as_ref().and_then(|filed| filed.labels.as_deref()),
        attestation: attestation.map(|attestation| *attestation != Attestation::NotMade),
        attested_at,
        quarantine: page.quarantine.as_ref().map(QuarantineRow::of),
        unreadable: page.unreadable.as_deref(),
        at: page.past.map(|past| past.day),
        known_since: page.past.and_then(|past| past.known_since).map(to_rfc3339),
    }
}

/// The same of a dossier of which nothing but its line is known.
#[must_use]
pub fn bare_json(bare: &Bare) -> DossierDocument<'_> {
    DossierDocument {
        row: DossierRow::of(bare.line.clone()),
        verdicts: &[],
        missing: &[],
        amounts: Amounts { eligible_expenses: None, computed: None, granted: None, engaged: None, paid: None },
        credits: None,
        criteria: None,
        corrections: Vec::new(),
        rows: &[],
        journal: Vec::new(),
        attachments: Vec::new(),
        labels: None,
        attestation: None,
        attested_at: None,
        quarantine: bare.quarantine.as_ref().map(QuarantineRow::of),
        unreadable: bare.unreadable.as_deref(),
        at: None,
        known_since: None,
    }
}
