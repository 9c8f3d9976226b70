//! `fitn changes`: what is new.

use std::collections::HashMap;
use std::fmt::Write as _;

use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use super::args::{day, departement};
use super::json_rows::JsonRows;
use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, workplace};
use crate::desk::{Change, step, told};
use crate::domain::dossier::DossierNumber;
use crate::domain::instant::{french_date, paris_date, start_of_paris_day, to_rfc3339};

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
/// A wrong configuration, a database that cannot be used, a day to come.
pub async fn run(args: ChangesArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::shown(&context.config()?, context)?;
    desk.refuse_day_to_come(args.since)?;
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

/// When and at which step something became new, and what it is.
type Told = ((Timestamp, u8), String);

/// What is new, day by day, and dossier by dossier within a day, in the order in which each was first noticed.
struct News {
    out: Paper,
    day: Option<Date>,
    /// Of each dossier of the day: who it is, and what is new about it, with when and at which step.
    dossiers: Vec<(String, Vec<Told>)>,
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
        let width = self.out.width();
        let place = *self.places.entry(change.dossier).or_insert_with(|| {
            let name = change.applicant.as_deref().map_or_else(String::new, |name| format!(" {}", width.name(name)));
            let code = change.departement.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
            self.dossiers.push((format!("{}{name}{code}", change.dossier), Vec::new()));
            self.dossiers.len() - 1
        });
        if let Some((_, news)) = self.dossiers.get_mut(place) {
            news.push(((change.at, step(change)), told(change)));
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
        for (dossier, mut news) in self.dossiers.drain(..) {
            // What is recorded of one instant is not always in the order in which one thing made the other.
            news.sort_by_key(|(order, _)| *order);
            match news.as_slice() {
                // As most are: a dossier that was filed, or decided.
                [(_, one)] => hang(&mut self.out, "  ", &format!("{dossier} — {one}")),
                several => {
                    hang(&mut self.out, "  ", &dossier);
                    for (_, one) in several {
                        hang(&mut self.out, "    - ", one);
                    }
                }
            }
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
            // As it was recorded once, the sum before what it adds up.
            change(3, "2021-09-01T11:00:00Z", one, "status", Some("a_verifier"), Some("eligible")),
            change(4, "2021-09-01T11:00:00Z", one, "verdict", Some("ADS-03=to_review"), Some("ADS-03=met")),
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
