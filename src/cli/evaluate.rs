//! `fitn evaluate`: runs the rules again over what is stored, or says what that would change.

use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;

use super::json_rows::{indented, print_row};
use super::layout::{count, listed};
use super::served::{Service, Told, Wanted, unexpected};
use super::sync::evaluation_document;
use super::{Context, Exit, Failure, Printer, difference_view, workplace};
use crate::config::Config;
use crate::domain::text::{counted, grouped};
use crate::domain::verdict::Status;
use crate::evaluation::{Differences, Refreshed};
use crate::files::refusal_in_french;

/// The arguments of `fitn evaluate`.
#[derive(Debug, Args)]
pub struct EvaluateArgs {
    /// Dit quels dossiers changeraient d’avis ou de montant, sans rien enregistrer
    #[arg(long)]
    pub diff: bool,
    /// Avec --diff : paramètres à essayer à la place de ceux de la configuration ; à répéter
    #[arg(long, value_name = "FICHIER", requires = "diff")]
    pub parameters: Vec<PathBuf>,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration or parameter file, or a database that cannot be used.
pub async fn run(args: EvaluateArgs, context: &Context) -> Result<Exit, Failure> {
    let (mut config, configured) = context.config_with_text()?;
    if args.diff {
        if !args.parameters.is_empty() {
            config.rules.parameters = readable(args.parameters)?;
        }
        return compare(&config, args.json, context);
    }
    let refreshed = match Service::of(&config, &configured).await {
        Some(service) => {
            workplace::warn_of_unset_parameters(&config, &workplace::rulebook(&config)?);
            match service.ask(Wanted::Evaluate, context).await? {
                Told::Evaluated(refreshed) => refreshed,
                _ => return Err(unexpected()),
            }
        }
        None => workplace::stored(&config, context)?.evaluate(true)?,
    };
    if args.json {
        context.printer.json(&evaluation_document(&refreshed))?;
    } else {
        context.printer.text(&text(&refreshed))?;
    }
    Ok(Exit::Done)
}

/// The files of the option, each of which can be read: the configuration is not at fault where one cannot.
fn readable(files: Vec<PathBuf>) -> Result<Vec<PathBuf>, Failure> {
    for file in &files {
        std::fs::read(file).map_err(|error| {
            let message =
                format!("le fichier de paramètres {} est illisible : {}", file.display(), refusal_in_french(&error));
            Failure::usage(message).hint("corrigez le chemin donné à « --parameters », ou les droits du fichier")
        })?;
    }
    Ok(files)
}

fn text(refreshed: &Refreshed) -> String {
    let judged = count(refreshed.judged, "dossier examiné", "dossiers examinés");
    let verdicts = count(refreshed.verdicts_changed, "avis nouveau ou modifié", "avis nouveaux ou modifiés");
    let mut out = format!("{judged}, {verdicts}\n");
    let mut line = |number: u64, one: &str, several: &str| {
        let _ = writeln!(out, "  {:>6} {}", grouped(number), if number < 2 { one } else { several });
    };
    for status in Status::ALL {
        let (one, several) = plural(status);
        line(refreshed.tally.statuses.get(&status).copied().unwrap_or_default(), one, several);
    }
    // Why those above are fewer, or more, than were examined.
    if refreshed.tally.excluded > 0 {
        line(refreshed.tally.excluded, "écarté par un agent, non compté", "écartés par un agent, non comptés");
    }
    if refreshed.tally.erased > 0 {
        line(refreshed.tally.erased, "effacé, compté avec son dernier avis", "effacés, comptés avec leur dernier avis");
    }
    if refreshed.tally.unreadable > 0 {
        line(
            refreshed.tally.unreadable,
            "au contenu illisible (voyez « fitn status »)",
            "au contenu illisible (voyez « fitn status »)",
        );
    }
    out
}

/// A status as it is said of one dossier, and of several.
pub(super) fn plural(status: Status) -> (&'static str, &'static str) {
    let several = match status {
        Status::Eligible => "éligibles",
        Status::NonEligible => "non éligibles",
        Status::AVerifier => "à vérifier",
    };
    (status.label(), several)
}

fn compare(config: &Config, json: bool, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::shown(config, context)?;
    workplace::warn_of_unset_parameters(config, desk.evaluator.rulebook());
    let differences = desk.evaluator.differences()?;
    if json {
        return document(&differences, &context.printer);
    }
    let would = count(differences.changed, "dossier changerait", "dossiers changeraient");
    let compared = count(differences.compared, "dossier comparé", "dossiers comparés");
    context.printer.text(&format!("{would} sur {compared} ; rien n’a été enregistré."))?;
    let width = context.printer.width();
    if differences.changed > 0 {
        context.printer.text(&format!("En tout :\n{}", difference_view::totals(&differences.totals, width)))?;
    }
    differences.each(|difference| context.printer.text(&difference_view::text(&difference, width)))?;
    if let [_, ..] = differences.unreadable.as_slice() {
        context.printer.note(&format!(
            "attention : {} (contenu enregistré illisible) : {} ; « fitn sync --full » relit de DS",
            counted(differences.unreadable.len(), "dossier n’est pas comparé", "dossiers ne sont pas comparés"),
            listed(&differences.unreadable)
        ));
    }
    Ok(outcome(&differences))
}

fn outcome(differences: &Differences) -> Exit {
    if differences.unreadable.is_empty() { Exit::Done } else { Exit::LeftToSee }
}

/// One JSON document, written dossier by dossier.
fn document(differences: &Differences, printer: &Printer) -> Result<Exit, Failure> {
    let Differences { compared, changed, totals, unreadable, .. } = differences;
    let (totals, unreadable) = (indented(totals, "  ")?, indented(unreadable, "  ")?);
    printer.verbatim(&format!(
        "{{\n  \"changed\": {changed},\n  \"compared\": {compared},\n  \"unreadable\": {unreadable},\n  \"totals\": {totals},\n  \"dossiers\": ["
    ))?;
    let mut is_first = true;
    differences.each(|difference| print_row(&difference, std::mem::take(&mut is_first), printer))?;
    printer.verbatim(if *changed > 0 { "\n  ]\n}\n" } else { "]\n}\n" })?;
    Ok(outcome(differences))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::Tally;

    #[test]
    fn what_was_evaluated_adds_up() {
        let refreshed = Refreshed {
            judged: 4,
            verdicts_changed: 1,
            tally: Tally { excluded: 2, statuses: [(Status::Eligible, 2)].into(), ..Tally::default() },
            ..Refreshed::default()
        };
        insta::assert_snapshot!(text(&refreshed), @"
        4 dossiers examinés, 1 avis nouveau ou modifié
               2 éligibles
               0 non éligible
               0 à vérifier
               2 écartés par un agent, non comptés
        ");
    }
}
