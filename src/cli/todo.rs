//! `fitn todo`: what people are to do, by whom.

use std::fmt::Write as _;

use clap::Args;
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

use super::args::departement;
use super::json_rows::JsonRows;
use super::paper::{Paper, Width, hang, hang_hint};
use super::{Context, Exit, Failure, workplace};
use crate::desk::{ToDo, ToDoList};
use crate::domain::instant::to_rfc3339;
use crate::domain::text::counted;
use crate::domain::verdict::{Who, in_a_sentence};

/// The arguments of `fitn todo`.
#[derive(Debug, Args)]
pub struct TodoArgs {
    /// Seulement les dossiers d’un département, par son code
    #[arg(long, value_name = "DÉPARTEMENT", value_parser = departement)]
    pub departement: Option<String>,
    /// Donne la liste en JSON
    #[arg(long)]
    pub json: bool,
}

/// How many dossiers to which the same is to be done are shown to people.
const SHOWN: usize = 20;

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: TodoArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::shown(&context.config()?, context)?;
    let ToDoList { all, unplaced } = desk.todo(args.departement.as_deref())?;
    if args.json {
        let mut rows = JsonRows::default();
        for todo in &all {
            rows.push(&row(todo));
        }
        rows.print(&context.printer)?;
    } else {
        let width = context.printer.width();
        context.printer.text(&text(&all, width))?;
        if unplaced > 0 {
            let count = counted(unplaced, "ligne", "lignes");
            let mut note = Paper::new(width);
            let said = format!("Et {count} de dossiers dont le département n’est pas connu : « fitn todo » les donne.");
            hang(&mut note, "", &said);
            context.printer.text(&note.into_text())?;
        }
    }
    Ok(Exit::Done)
}

fn row(todo: &ToDo) -> Value {
    json!({
        "who": todo.who,
        "what": todo.what,
        "dossiers": [todo.dossier],
        "rule": (!todo.rules.is_empty()).then(|| todo.rules.join(", ")),
        "since": to_rfc3339(todo.since),
        "hint": todo.hint,
        "url": todo.url,
    })
}

/// Under each heading what is to be done, the most frequent first, with the dossiers.
fn text(all: &[ToDo], width: Width) -> String {
    if all.is_empty() {
        return "Rien à faire.\n".to_owned();
    }
    let mut out = Paper::new(width);
    for who in Who::ALL {
        let mut alike: Vec<Vec<&ToDo>> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for todo in all.iter().filter(|todo| todo.who == who) {
            let place = *places.entry((&todo.what, &todo.rules)).or_insert(alike.len());
            match alike.get_mut(place) {
                Some(others) => others.push(todo),
                None => alike.push(vec![todo]),
            }
        }
        if alike.is_empty() {
            continue;
        }
        alike.sort_by_key(|todos| std::cmp::Reverse(todos.len()));
        if !out.is_empty() {
            out.push('\n');
        }
        let number = alike.iter().map(Vec::len).sum();
        let _ = writeln!(out, "{} ({})", who.heading(), counted(number, "ligne", "lignes"));
        for todos in &alike {
            group(&mut out, todos);
        }
    }
    out.into_text()
}

/// What is to be done to some dossiers, how, and which they are.
fn group(out: &mut Paper, todos: &[&ToDo]) {
    let Some(first) = todos.first() else { return };
    let rules = if first.rules.is_empty() { String::new() } else { format!(" ({})", first.rules.join(", ")) };
    out.push('\n');
    hang(out, "  ", &format!("{}{rules}", in_a_sentence(&first.what)));
    // A command is that of one dossier.
    let hint = match todos {
        [_] => first.hint.clone(),
        _ => first.hint.replace(&format!(" {} ", first.dossier), " NUMÉRO "),
    };
    hang_hint(out, &hint);
    for todo in todos.iter().take(SHOWN) {
        let name = todo.applicant.as_deref().map_or_else(String::new, |name| format!(" {}", out.width().name(name)));
        let place = todo.departement.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
        let line = format!("    - {}{name}{place}", todo.dossier);
        // Links are whole, to be copied: beside the name where there is room, else below.
        if line.width() + 2 + todo.url.width() <= out.width().columns() {
            let _ = writeln!(out, "{line}  {}", todo.url);
        } else {
            hang(out, "    - ", line.trim_start_matches("    - "));
            let _ = writeln!(out, "      {}", todo.url);
        }
    }
    if let Some(more) = todos.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        let more = counted(more, "autre", "autres");
        hang(out, "    … ", &format!("et {more} (« fitn todo --json » les donne tous)"));
    }
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;

    fn todo(who: Who, dossier: i64, what: &str, rules: &[&str], hint: &str) -> ToDo {
        ToDo {
            who,
            what: what.to_owned(),
            dossier,
            applicant: Some("Communauté d’agglomération Paris-Vallée de la Marne, service mutualisé".to_owned()),
            departement: Some("77".to_owned()),
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
            since: "2021-09-03T10:33:00Z".parse().unwrap(),
            hint: hint.to_owned(),
            url: format!("https://demarche.numerique.gouv.fr/procedures/61234/dossiers/{dossier}"),
        }
    }

    fn some() -> Vec<ToDo> {
        let ask = "demandez-le par la messagerie du dossier, sur DS";
        let decide =
            "vérifiez, puis :\nfitn decide 12345678 --rule ADS-05 --verdict AVIS --reason \"MOTIF\" --by \"NOM\"";
        let doubt = "À trancher : nature « autre », admise ou non (ligne de dépense 3).";
        let mut all = vec![
            todo(Who::Demandeur, 12_345_678, "À compléter : SIRET du demandeur.", &["ADS-09", "ADS-11"], ask),
            todo(Who::Instructeur, 12_345_678, doubt, &["ADS-05"], decide),
            ToDo {
                applicant: None,
                departement: None,
                ..todo(Who::Relecture, 7, "En quarantaine : l’API a échoué (HTTP 500)", &[], "lisez-le sur DS")
            },
        ];
        all.extend((1..=22).map(|dossier| todo(Who::Demandeur, dossier, "À compléter : factures.", &["ADS-03"], ask)));
        all
    }

    #[test]
    fn what_is_to_be_done_is_grouped_by_who_the_most_frequent_first() {
        let text = text(&some(), Width::PIPED);
        let mut prose = text.lines().filter(|line| !line.contains("https://") && !line.contains("fitn decide"));
        assert!(prose.all(|line| line.width() <= 80), "{text}");
        insta::assert_snapshot!(text);
        assert_eq!(super::text(&[], Width::PIPED), "Rien à faire.\n");
    }

    #[test]
    fn a_row_names_its_dossier_and_its_rules() {
        let row = row(&some()[0]);
        assert_eq!(
            row,
            json!({
                "who": "demandeur",
                "what": "À compléter : SIRET du demandeur.",
                "dossiers": [12_345_678],
                "rule": "ADS-09, ADS-11",
                "since": "2021-09-03T10:33:00Z",
                "hint": "demandez-le par la messagerie du dossier, sur DS",
                "url": "https://demarche.numerique.gouv.fr/procedures/61234/dossiers/12345678",
            })
        );
    }
}
