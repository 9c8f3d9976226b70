//! How `fitn dossier N` looks: one dossier with every verdict explained, what to ask for, the amounts as a computation.
//!
//! Pure: everything shown was read from what is stored. Nothing is judged or computed here but the sums left to pay.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use jiff::civil::Date;
use serde::Serialize;

use super::attachments_view::AttachmentRow;
use super::dossiers_view::DossierRow;
use super::journal_view::{self, JournalRow, fallen};
use super::layout::{hang, pad};
use super::rows_view;
use crate::desk::{Bare, DossierLine, FormRow, Page, Past, QuarantineEntry};
use crate::domain::dossier::{Attestation, Dossier, DossierState, RemovalReason};
use crate::domain::erasure::ERASED;
use crate::domain::fact::{Correction, FactName, FactValue};
use crate::domain::instant::{french_date, french_instant, to_rfc3339};
use crate::domain::journal::{Act, Entry, Standing};
use crate::domain::money::Cents;
use crate::domain::subject::{Judged, Subject};
use crate::domain::text::{counted, grouped};
use crate::domain::verdict::{Evaluation, FactRead, Missing, ParameterRead, RuleKind, Verdict, VerdictValue, Who};
use crate::rules::{Credits, ParameterName};
use crate::territory::VINTAGE;

/// Labels are aligned on this width.
const LABEL: usize = 20;

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
    criteria: Option<Criteria<'a>>,
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
struct Criteria<'a> {
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

fn has_criteria(subject: &Subject) -> bool {
    FactName::Scores.programmes().contains(&subject.programme)
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

/// A dossier of which nothing but its line is known: DS said that it was gone before it was ever received, what was received is
/// erased, or, for the reason given, can no longer be read.
#[must_use]
pub fn bare(bare: &Bare) -> String {
    let (line, unreadable) = (&bare.line, bare.unreadable.as_deref());
    let mut out = String::new();
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
    out
}

/// That what is stored of it cannot be read, why, and the mend.
fn illegible(out: &mut String, reason: &str) {
    field(out, "ILLISIBLE", &format!("ce qui est enregistré de ce dossier ne peut pas être lu ({reason})"));
    field(out, "", "ce qui suit en avait été lu avant, et peut avoir changé depuis");
    field(out, "", "pour le relire de DS : fitn sync --full ; si cela se répète, reprenez une sauvegarde");
}

/// Whether DS still shows it.
fn removal(out: &mut String, line: &DossierLine) {
    let Some(reason) = line.removed else { return };
    let since = line.removed_at.map(|at| format!(" (constaté le {})", french_instant(at))).unwrap_or_default();
    let counts = if line.state == DossierState::Accepte && line.excluded_at.is_none() {
        "accepté, il compte toujours : une attribution ne prend pas fin avec son dossier"
    } else {
        "il ne compte plus dans aucune somme"
    };
    hang(out, "  RETIRÉ : ", &format!("{}{since} ; {counts}", reason.label()));
}

/// Whether its content was erased here, and why.
fn erasure(out: &mut String, line: &DossierLine) {
    let Some(instant) = line.erased_at else { return };
    let why = match line.removed {
        Some(RemovalReason::Deleted) => ", DS l’ayant supprimé",
        Some(RemovalReason::Absent) => ", DS ne le montrant plus",
        Some(RemovalReason::Pending) | None => "",
    };
    let means = "il reste ce que la configuration permet de garder (clé « keep » de [purge])";
    field(out, "EFFACÉ", &format!("le {}{why} ; {means}", french_instant(instant)));
}

/// The dossier for people.
#[must_use]
pub fn text(page: &Page) -> String {
    let Judged { subject, evaluation } = &page.judged;
    let standing = Standing::of(page.journal.iter().cloned());
    let mut out = String::new();
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
    missing(&mut out, &evaluation.missing);
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
    out
}

/// That all of it is of the past.
fn known_then(out: &mut String, past: Past) {
    let day = french_date(past.day);
    field(out, "PASSÉ", &format!("tel que connu à la fin du {day}, avec ce que les agents avaient fait jusque-là"));
    field(out, "", "jugé avec les règles et les paramètres d’aujourd’hui ; sans les pièces jointes");
    if let Some(since) = past.known_since {
        let since = french_instant(since);
        field(out, "", &format!("rien n’en est connu avant le {since} : ce qui l’était alors en tient lieu"));
    }
}

fn title(out: &mut String, text: &str) {
    let _ = writeln!(out, "\n{text}");
}

fn field(out: &mut String, label: &str, value: &str) {
    hang(out, &format!("  {}", pad(label, LABEL)), value);
}

fn identity(out: &mut String, subject: &Subject, line: &DossierLine, past: Option<Past>) {
    let applicant = &subject.applicant;
    let name = subject.shown_applicant().unwrap_or_else(|| "demandeur sans nom".to_owned());
    hang(out, &format!("Dossier {} — ", subject.number), &name);
    if let Some(past) = past {
        known_then(out, past);
    }
    removal(out, line);
    field(out, "programme", subject.programme.label());
    field(out, "démarche", &subject.procedure.to_string());
    field(out, "état", subject.state.label());
    erasure(out, line);
    field(out, "déposé le", &french_instant(subject.deposited_at));
    field(out, "modifié le", &french_instant(subject.updated_at));
    if let Some(instant) = subject.treated_at {
        field(out, "traité le", &french_instant(instant));
    }
    let siret = match &applicant.siret {
        Some(siret) => format!("SIRET {siret}"),
        None if subject.erased => "SIRET effacé".to_owned(),
        None => "sans SIRET".to_owned(),
    };
    field(out, "demandeur", &format!("{}, {siret}", applicant.legal_kind.label()));
    let code = applicant.code_insee.as_ref().map(|code| format!("commune {code}"));
    let departement = applicant.departement.as_ref().map(|code| format!("département {code}"));
    let place: Vec<String> = [code, departement].into_iter().flatten().collect();
    field(out, "lieu", if place.is_empty() { "inconnu".to_owned() } else { place.join(", ") }.as_str());
    if let Some(population) = applicant.population {
        let declared = subject.facts.integer(FactName::Population);
        let declared = declared.map_or_else(String::new, |declared| format!(" ; déclarée : {}", grouped(declared)));
        field(out, "population", &format!("{} habitants ({VINTAGE}){declared}", grouped(population)));
    } else if let Some(declared) = subject.facts.integer(FactName::Population) {
        field(out, "population", &format!("absente des tables ; déclarée : {}", grouped(declared)));
    }
}

/// What instructors and DS put on a dossier: said only where DS says it.
fn marks(out: &mut String, filed: &Dossier) {
    match filed.labels.as_deref() {
        None => {}
        Some([]) => field(out, "étiquettes", "aucune"),
        Some(labels) => field(out, "étiquettes", &labels.join(", ")),
    }
    match &filed.attestation {
        Some(Attestation::Made { created_at: Some(at), .. }) => {
            field(out, "attestation", &format!("délivrée le {}", french_instant(*at)));
        }
        Some(Attestation::Made { created_at: None, .. }) => field(out, "attestation", "délivrée"),
        Some(Attestation::NotMade) if filed.treated_at.is_some() => field(out, "attestation", "aucune"),
        Some(Attestation::NotMade) | None => {}
    }
}

/// What people are to do, by whom; what several rules need is said once, with the rules.
fn missing(out: &mut String, missing: &[Missing]) {
    for who in Who::ALL {
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

/// What is left of the credits that a pending dossier would draw on.
fn credits(out: &mut String, credits: &Credits) {
    let Credits { named, total, granted, unsettled, without_amount, .. } = credits;
    let mut text = format!("{named} : reste {} sur {total} ({granted} accordés)", credits.left());
    if *unsettled != Cents::ZERO {
        let _ = write!(text, " ; {unsettled} accordés sans que le département soit tranché");
    }
    if *without_amount > 0 {
        let without = counted(*without_amount, "attribution sans montant", "attributions sans montant");
        let _ = write!(text, " ; {without} en plus");
    }
    field(out, "crédits restants", &text);
}

/// The amounts, with the rules that computed them and what is left of each.
fn amounts(out: &mut String, subject: &Subject, evaluation: &Evaluation, left: Option<&Credits>) {
    title(out, "Montants");
    amount(out, "dépenses éligibles", evaluation.eligible_expenses);
    for verdict in evaluation.verdicts.iter().filter(|verdict| verdict.kind == RuleKind::Amount) {
        hang(out, &format!("    {}  ", verdict.rule), &verdict.explanation);
    }
    let decided = |name| subject.facts.amount(name);
    let (granted, engaged, paid) =
        (decided(FactName::GrantedAmount), decided(FactName::EngagedAmount), decided(FactName::PaidAmount));
    amount(out, "montant calculé", evaluation.computed);
    amount(out, "montant accordé", granted);
    amount(out, "montant engagé", engaged);
    amount(out, "montant payé", paid);
    difference(out, "accordé − calculé", granted, evaluation.computed);
    difference(out, "accordé − engagé", granted, engaged);
    difference(out, "engagé − payé", engaged, paid);
    if let Some(left) = left {
        credits(out, left);
    }
}

/// What the selection criteria rest on, as far as the dossier says it; nothing is computed from it.
fn criteria(out: &mut String, subject: &Subject) {
    if !has_criteria(subject) {
        return;
    }
    title(out, "Critères de sélection (montrés, jamais calculés)");
    for name in [FactName::TargetUsers, FactName::AgentsTrained, FactName::Scores] {
        let said = match subject.facts.get(name) {
            Ok(fact) => fact.value.to_string(),
            Err(absence) => format!("non renseigné ({absence})"),
        };
        field(out, name.label(), &said);
    }
}

fn amount(out: &mut String, label: &str, cents: Option<Cents>) {
    let value = cents.map_or_else(|| "inconnu".to_owned(), |cents| cents.to_string());
    let _ = writeln!(out, "  {}{value:>16}", pad(label, LABEL));
}

fn difference(out: &mut String, label: &str, from: Option<Cents>, less: Option<Cents>) {
    if let (Some(from), Some(less)) = (from, less) {
        amount(out, label, Some(from - less));
    }
}

fn explain(out: &mut String, verdict: &Verdict, fallen: Option<&Entry>) {
    let decided = if verdict.decided_by.is_some() { ", décidé par un agent" } else { "" };
    let _ = writeln!(
        out,
        "  {} {} : {} ({}){decided}",
        sign(verdict),
        verdict.rule,
        verdict.verdict.label_of(verdict.kind),
        verdict.kind.label()
    );
    if let Some(person) = &verdict.decided_by {
        hang(out, "      décidé par ", person);
    }
    match verdict.computed_verdict {
        Some(computed) => {
            let said = format!("{} — {}", computed.label_of(verdict.kind), verdict.explanation);
            hang(out, "      calculé    ", &said);
        }
        None => hang(out, "      ", &verdict.explanation),
    }
    if let Some((entry, Act::Decide { verdict: decided, .. })) = fallen.map(|entry| (entry, &entry.act)) {
        let said = format!(
            "« {} », décidé par {} ; ne compte plus, ce sur quoi la décision reposait a changé",
            decided.label_of(verdict.kind),
            entry.signature()
        );
        hang(out, "      avant      ", &said);
    }
    for fact in &verdict.facts {
        hang(out, if fact.needed { "      fait       " } else { "      aussi lu   " }, &fact_read(fact));
    }
    for parameter in &verdict.parameters {
        hang(out, "      paramètre  ", &parameter_read(parameter));
    }
    hang(out, "      référence  ", &verdict.citation);
}

/// A priority is never a fault.
fn sign(verdict: &Verdict) -> char {
    match (verdict.verdict, verdict.kind) {
        (VerdictValue::Met, _) => '✓',
        (VerdictValue::NotMet, RuleKind::Priority) | (VerdictValue::NotApplicable, _) => '–',
        (VerdictValue::NotMet, _) => '✗',
        (VerdictValue::ToReview, _) => '?',
    }
}

fn fact_read(fact: &FactRead) -> String {
    match &fact.value {
        Some(value) => format!("{} : {value} — {}", fact.label, fact.origin),
        None => format!("{} : manque — {}", fact.label, fact.origin),
    }
}

/// `date limite de dépôt Démat.ADS (ads_deadline) : 31/10/2021, valeur en vigueur le 01/11/2021, jour du dépôt ; depuis le
/// 26/01/2021 (guide)`.
fn parameter_read(parameter: &ParameterRead) -> String {
    let validity = match (parameter.valid_from.map(french_date), parameter.valid_to.map(french_date)) {
        (None, None) => "sans limite de date".to_owned(),
        (Some(from), None) => format!("depuis le {from}"),
        (None, Some(to)) => format!("jusqu’au {to}"),
        (Some(from), Some(to)) => format!("du {from} au {to}"),
    };
    let selected = parameter.selected_on.map(|day| {
        let which = parameter.selected_by.as_ref().map(|which| format!(", {which}")).unwrap_or_default();
        format!(", valeur en vigueur le {}{which}", french_date(day))
    });
    let ParameterRead { name, value, citation, .. } = parameter;
    let named =
        name.parse().map_or_else(|()| name.clone(), |known: ParameterName| format!("{} ({name})", known.label()));
    format!("{named} : {value}{} ; {validity} ({citation})", selected.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::super::sample::{sample_line, sample_page};
    use super::*;
    use crate::desk::FormCell;
    use crate::domain::champ::ChampKind;
    use crate::domain::dossier::Removal;
    use crate::domain::fact::{Absence, Fact, FactSource};
    use crate::domain::programme::Programme;

    #[test]
    fn every_verdict_is_explained_within_80_columns() {
        let shown = text(&sample_page());
        // Paths are whole, to be copied.
        let mut lines = shown.lines().filter(|line| !line.trim_start().starts_with('/'));
        assert!(lines.all(|line| line.width() <= 80), "{shown}");
        insta::assert_snapshot!(shown);
    }

    fn fact(value: FactValue) -> Fact {
        let source = FactSource { kind: ChampKind::Champ, descriptor_id: String::new(), label: "Un champ".to_owned() };
        Fact { value, source }
    }

    #[test]
    fn what_the_criteria_rest_on_is_shown_where_there_are_criteria() {
        let mut page = sample_page();
        assert!(!text(&page).contains("Critères") && json(&page).criteria.is_none());
        page.judged.subject.programme = Programme::Axe3V1;
        let facts = &mut page.judged.subject.facts;
        facts.set(FactName::TargetUsers, Ok(fact(FactValue::Integer(1_200))));
        facts.set(FactName::AgentsTrained, Err(Absence::Blank { label: "Agents formés".to_owned() }));
        let marks = FactValue::Scores([("equipe".to_owned(), 4), ("portage".to_owned(), 3)].into());
        facts.set(FactName::Scores, Ok(fact(marks)));
        let shown = text(&page);
        let section = shown.split("\n\n").find(|section| section.starts_with("Critères")).unwrap();
        insta::assert_snapshot!(section, @r"
        Critères de sélection (montrés, jamais calculés)
          usagers visés       1200
          agents formés       non renseigné (le champ « Agents formés » est vide ou
                              masqué)
          notes par critère   équipe projet 4, portage 3
        ");
        let document = serde_json::to_value(json(&page)).unwrap();
        let expected = serde_json::json!({
            "target_users": 1200, "agents_trained": null, "scores": { "equipe": 4, "portage": 3 }
        });
        assert_eq!(document["criteria"], expected);
    }

    #[test]
    fn a_page_stays_short_whatever_the_applicant_wrote() {
        let mut page = sample_page();
        let before = text(&page).len();
        let long = "très long ".repeat(100_000);
        page.judged.subject.applicant.name = Some(long.clone());
        page.rows.push(FormRow {
            fact: FactName::Expenses,
            row_id: "1".to_owned(),
            cells: vec![FormCell { label: "Nature".to_owned(), value: long.clone() }],
        });
        for correction in &mut page.judged.subject.facts.corrections {
            correction.original = Some(long.clone());
        }
        let after = text(&page).len();
        assert!(after < before + 3_000, "{before} → {after}");
    }

    #[test]
    fn a_removed_dossier_says_so_first() {
        let mut page = sample_page();
        let at = "2021-12-01T10:00:00Z".parse().unwrap();
        page.judged.subject.removed = Some(Removal { reason: RemovalReason::Absent, at });
        page.line.removed = Some(RemovalReason::Absent);
        page.line.removed_at = Some(at);
        let shown = text(&page);
        let removal = "mutualisé\n  RETIRÉ : masqué ou expiré sur DS (constaté le 01/12/2021 à 11:00)";
        assert!(shown.contains(removal), "{shown}");
        let mut lines = shown.lines().filter(|line| !line.trim_start().starts_with('/'));
        assert!(lines.all(|line| line.width() <= 80), "{shown}");
    }

    #[test]
    fn the_past_says_that_it_is_the_past() {
        let mut page = sample_page();
        let known_since = Some("2021-09-30T08:00:00Z".parse().unwrap());
        page.past = Some(Past { day: jiff::civil::date(2021, 9, 15), known_since });
        let shown = text(&page);
        let from = shown.find("  PASSÉ").unwrap();
        insta::assert_snapshot!(shown[from..].lines().take(4).collect::<Vec<_>>().join("\n"));
        let document = serde_json::to_value(json(&page)).unwrap();
        assert_eq!((&document["at"], &document["known_since"]), (&"2021-09-15".into(), &"2021-09-30T08:00:00Z".into()));
    }

    #[test]
    fn an_attestation_is_missed_once_there_is_a_decision_and_nothing_is_said_of_what_ds_keeps_to_itself() {
        let mut page = sample_page();
        let filed = page.filed.as_mut().unwrap();
        (filed.labels, filed.attestation) = (Some(Vec::new()), Some(Attestation::NotMade));
        assert!(!text(&page).contains("attestation"));
        page.filed.as_mut().unwrap().treated_at = Some("2021-12-01T10:00:00Z".parse().unwrap());
        let shown = text(&page);
        assert!(shown.contains("étiquettes          aucune\n  attestation         aucune\n"), "{shown}");
        let filed = page.filed.as_mut().unwrap();
        (filed.labels, filed.attestation) = (None, None);
        let shown = text(&page);
        assert!(!shown.contains("étiquettes") && !shown.contains("attestation"), "{shown}");
    }

    #[test]
    fn a_dossier_never_received_has_a_short_page() {
        let shown = |line| bare(&Bare { line, quarantine: None, unreadable: None });
        let line = DossierLine {
            removed: Some(RemovalReason::Deleted),
            removed_at: Some("2021-12-01T10:00:00Z".parse().unwrap()),
            deposited_at: None,
            ..sample_line()
        };
        insta::assert_snapshot!(shown(line.clone()), @"
        Dossier 4242 — contenu jamais reçu
          RETIRÉ : supprimé de DS (constaté le 01/12/2021 à 11:00) ; il ne compte plus
                   dans aucune somme
          programme           Axe 3, volet 1, thème 4 : Démat.ADS
          démarche            61234
          état                en instruction
          Rien d’autre n’en est connu ici.
        ");
        let erased = DossierLine { removed: Some(RemovalReason::Absent), erased_at: line.removed_at, ..line };
        let shown = shown(erased);
        assert!(shown.starts_with("Dossier 4242 — effacé\n") && !shown.contains("supprimé"), "{shown}");
    }

    #[test]
    fn the_document_has_the_names_of_the_view() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&json(&sample_page())).unwrap());
    }
}
