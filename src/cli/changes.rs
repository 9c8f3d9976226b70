//! `fitn changes`: what is new.

use std::collections::HashMap;
use std::fmt::Write as _;

use clap::Args;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::args::{day, departement};
use super::json_rows::JsonRows;
use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, workplace};
use crate::desk::Change;
use crate::domain::dossier::{DossierNumber, DossierState, RemovalReason};
use crate::domain::instant::{french_date, paris_date, start_of_paris_day, to_rfc3339};
use crate::domain::money::Cents;
use crate::domain::text::{QUOTED, shortened};
use crate::domain::verdict::{Status, VerdictValue};

/// The arguments of `fitn changes`.
#[derive(Debug, Args)]
pub struct ChangesArgs {
    /// Depuis le début de ce jour, à l’heure de Paris : 2021-09-01
    #[arg(long, value_name = "JOUR", value_parser = day)]
    pub since: Date,
    /// Seulement les dossiers d’un département, par son code
    #[arg(long, value_name = "DÉPARTEMENT", value_parser = departement)]
    pub departement: Option<String>,
    /// Donne les changements en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: ChangesArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::shown(&context.config()?, context)?;
    let since = start_of_paris_day(args.since);
    if args.json {
        let mut rows = JsonRows::default();
        desk.changes(since, args.departement.as_deref(), |change| rows.push(&row(&change)))?;
        rows.print(&context.printer)?;
    } else {
        let mut news = News::new(context.printer.width());
        desk.changes(since, args.departement.as_deref(), |change| news.push(&change))?;
        context.printer.text(&news.text(args.since))?;
    }
    Ok(Exit::Done)
}

fn row(change: &Change) -> Value {
    json!({
        "seq": change.seq,
        "at": to_rfc3339(change.at),
        "dossier": change.dossier,
        "what": change.what,
        "before": change.before,
        "after": change.after,
    })
}

/// What is new, day by day, and dossier by dossier within a day, in the order in which each was first noticed.
struct News {
    out: Paper,
    day: Option<Date>,
    /// The texts about the dossiers of the day.
    dossiers: Vec<Paper>,
    /// Where each has its text.
    places: HashMap<DossierNumber, usize>,
    changes: u64,
}

impl News {
    fn new(width: Width) -> Self {
        Self { out: Paper::new(width), day: None, dossiers: Vec::new(), places: HashMap::new(), changes: 0 }
    }

    fn push(&mut self, change: &Change) {
        let day = paris_date(change.at);
        if self.day != Some(day) {
            self.end_day();
            self.day = Some(day);
        }
        let place = *self.places.entry(change.dossier).or_insert_with(|| {
            let name =
                change.applicant.as_deref().map_or_else(String::new, |name| format!(" {}", shortened(name, QUOTED)));
            let code = change.departement.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
            let mut head = Paper::new(self.out.width());
            hang(&mut head, "  ", &format!("{}{name}{code}", change.dossier));
            self.dossiers.push(head);
            self.dossiers.len() - 1
        });
        if let Some(text) = self.dossiers.get_mut(place) {
            hang(text, "    - ", &told(change));
        }
        self.changes += 1;
    }

    fn end_day(&mut self) {
        if let Some(day) = self.day {
            if !self.out.is_empty() {
                self.out.push('\n');
            }
            let _ = writeln!(self.out, "{}", french_date(day));
        }
        for text in self.dossiers.drain(..) {
            self.out.push_str(&text.into_text());
        }
        self.places.clear();
    }

    fn text(mut self, since: Date) -> String {
        self.end_day();
        if self.changes == 0 {
            return format!("Rien de nouveau depuis le {}.\n", french_date(since));
        }
        format!("{}\n{}\n", self.out.into_text(), count(self.changes, "changement", "changements"))
    }
}

/// A change in words.
fn told(change: &Change) -> String {
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
            format!("règle {rule} : {}", passage(before, after, "aucun avis", verdict_label))
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

/// `ADS-03=met`.
fn verdict_label(said: &str) -> String {
    let code = said.split_once('=').map_or(said, |(_, code)| code);
    code.parse::<VerdictValue>().map_or_else(|code| code, |verdict| verdict.label().to_owned())
}

/// `decide ADS-03`.
fn act_label(said: &str) -> String {
    let (kind, about) = said.split_once(' ').unwrap_or((said, ""));
    match kind {
        "decide" => format!("décision sur la règle {about}"),
        "withdraw_decision" => format!("décision retirée sur la règle {about}"),
        "correct" => format!("correction de {about}"),
        "withdraw_correction" => format!("correction retirée de {about}"),
        "exclude" => "dossier écarté".to_owned(),
        "include" => "dossier repris".to_owned(),
        _ => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn change(seq: i64, at: &str, dossier: i64, what: &str, before: Option<&str>, after: Option<&str>) -> Change {
        Change {
            seq,
            at: at.parse().unwrap(),
            dossier,
            what: what.to_owned(),
            before: before.map(str::to_owned),
            after: after.map(str::to_owned),
            applicant: (dossier == 12_345_678)
                .then(|| "Commune de Melun, service de l’urbanisme et du droit des sols".to_owned()),
            departement: (dossier == 12_345_678).then(|| "77".to_owned()),
        }
    }

    #[test]
    fn what_is_new_is_told_day_by_day_and_dossier_by_dossier() {
        let (one, two) = (12_345_678, 7);
        let rows = [
            change(1, "2021-09-01T10:00:00Z", one, "filed", None, Some("en_construction")),
            change(2, "2021-09-01T10:00:00Z", two, "removed", None, Some("deleted")),
            change(3, "2021-09-01T11:00:00Z", one, "verdict", Some("ADS-03=to_review"), Some("ADS-03=met")),
            change(4, "2021-09-01T11:00:00Z", one, "status", Some("a_verifier"), Some("eligible")),
            // The next day in Paris.
            change(5, "2021-09-01T22:30:00Z", one, "state", Some("en_instruction"), Some("accepte")),
            change(6, "2021-09-01T22:30:00Z", one, "amount", None, Some("granted_cents=700000")),
            change(7, "2021-09-01T22:30:00Z", two, "returned", Some("deleted"), None),
            change(8, "2021-09-01T22:30:00Z", one, "act", None, Some("decide ADS-03")),
        ];
        let mut news = News::new(Width::PIPED);
        for row in &rows {
            news.push(row);
        }
        let since = jiff::civil::date(2021, 9, 1);
        let text = news.text(since);
        assert!(text.lines().all(|line| line.width() <= 80), "{text}");
        insta::assert_snapshot!(text);
        assert_eq!(News::new(Width::PIPED).text(since), "Rien de nouveau depuis le 01/09/2021.\n");
    }
}
