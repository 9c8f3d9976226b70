//! What is new about dossiers.

use jiff::Timestamp;

use super::Desk;
use crate::domain::dossier::{DossierState, RemovalReason};
use crate::domain::money::Cents;
use crate::domain::verdict::{RuleKind, Status, VerdictValue};
use crate::rules::{rule_of, title_of};
use crate::store::{Change, StoreError};

impl Desk {
    /// Calls `each` with what changed since an instant, by date; of the dossiers of a département, or of all.
    ///
    /// # Errors
    /// A failure of the database.
    pub fn changes(
        &self,
        since: Timestamp,
        departement: Option<&str>,
        mut each: impl FnMut(Change),
    ) -> Result<(), StoreError> {
        self.store.read(|reader| {
            reader.changes_since(since, departement, |change| {
                each(change);
                Ok(())
            })
        })
    }
}

/// A change in words, in French.
#[must_use]
pub fn told(change: &Change) -> String {
    let (before, after) = (change.before.as_deref(), change.after.as_deref());
    match change.what.as_str() {
        "filed" => match after {
            Some(state) => format!("nouveau, {}", state_label(state)),
            None => "nouveau".to_owned(),
        },
        "state" => format!("état : {}", passage(before, after, "inconnu", state_label)),
        "status" => format!("statut : {}", passage(before, after, "non évalué", status_label)),
        "amount" => {
            let column = before.or(after).and_then(|said| said.split_once('=')).map_or("", |(column, _)| column);
            format!("{} : {}", amount_label(column), passage(before, after, "inconnu", amount))
        }
        "verdict" => {
            let rule = before.or(after).and_then(|said| said.split_once('=')).map_or("", |(rule, _)| rule);
            let kind = rule_of(rule).map(|rule| rule.kind);
            format!(
                "règle {} : {}",
                titled(rule),
                passage(before, after, "aucun avis", |said| verdict_label(said, kind))
            )
        }
        "removed" => {
            let reason = after.and_then(RemovalReason::from_code);
            reason.map_or_else(|| "retiré de DS".to_owned(), |reason| format!("retiré : {}", reason.label()))
        }
        "returned" => "de nouveau montré par DS".to_owned(),
        "act" => format!("acte d’un agent : {}", after.map_or_else(String::new, act_label)),
        other => format!("{other} : {} → {}", before.unwrap_or("–"), after.unwrap_or("–")),
    }
}

/// `à vérifier → éligible`.
fn passage(before: Option<&str>, after: Option<&str>, unknown: &str, label: impl Fn(&str) -> String) -> String {
    let said = |value: Option<&str>| value.map_or_else(|| unknown.to_owned(), &label);
    format!("{} → {}", said(before), said(after))
}

fn state_label(code: &str) -> String {
    DossierState::from(code.to_owned()).label().to_owned()
}

fn status_label(code: &str) -> String {
    code.parse::<Status>().map_or_else(|code| code, |status| status.label().to_owned())
}

fn amount_label(column: &str) -> &str {
    match column {
        "granted_cents" => "montant accordé",
        "engaged_cents" => "montant engagé",
        "paid_cents" => "montant payé",
        "computed_cents" => "montant calculé",
        "eligible_expenses_cents" => "dépenses éligibles",
        other => other,
    }
}

/// `granted_cents=700000`.
fn amount(said: &str) -> String {
    let cents = said.split_once('=').and_then(|(_, cents)| cents.parse::<i64>().ok());
    cents.map_or_else(|| said.to_owned(), |cents| Cents::from(cents).to_string())
}

/// `ADS-03=met`, in the words of the kind of rule.
fn verdict_label(said: &str, kind: Option<RuleKind>) -> String {
    let code = said.split_once('=').map_or(said, |(_, code)| code);
    let label = |verdict: VerdictValue| kind.map_or_else(|| verdict.label(), |kind| verdict.label_of(kind));
    code.parse::<VerdictValue>().map_or_else(|code| code, |verdict| label(verdict).to_owned())
}

/// `ADS-03 (Dépenses éligibles)`: nobody knows the codes by heart.
fn titled(rule: &str) -> String {
    title_of(rule).map_or_else(|| rule.to_owned(), |title| format!("{rule} ({title})"))
}

/// How changes of one instant follow from each other: from what came in and what people did, the verdicts, then what they add up to.
#[must_use]
pub fn step(change: &Change) -> u8 {
    let is_computed = |said: &Option<String>| {
        said.as_ref()
            .is_some_and(|said| said.starts_with("computed_cents") || said.starts_with("eligible_expenses_cents"))
    };
    match change.what.as_str() {
        "verdict" => 1,
        "amount" if is_computed(&change.before) || is_computed(&change.after) => 2,
        "status" => 3,
        _ => 0,
    }
}

/// `decide ADS-03`.
fn act_label(said: &str) -> String {
    let (kind, about) = said.split_once(' ').unwrap_or((said, ""));
    match kind {
        "decide" => format!("décision sur la règle {}", titled(about)),
        "withdraw_decision" => format!("décision retirée sur la règle {}", titled(about)),
        "correct" => format!("correction de {about}"),
        "withdraw_correction" => format!("correction retirée de {about}"),
        "exclude" => "dossier écarté".to_owned(),
        "include" => "dossier repris".to_owned(),
        _ => said.to_owned(),
    }
}
