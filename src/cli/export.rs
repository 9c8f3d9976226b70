//! `fitn export`: the monthly list and the quarterly report.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Context, Exit, Failure, workplace};
use crate::domain::dossier::DossierNumber;
use crate::domain::period::{Month, PeriodError, Quarter};
use crate::operations::Exported;

/// The arguments of `fitn export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Ce qu’il faut produire
    #[command(subcommand)]
    pub what: Export,
}

/// What can be exported.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// La liste Démat.ADS d’un mois
    Monthly(MonthlyArgs),
    /// Le rapport d’un trimestre
    Quarterly(QuarterlyArgs),
}

/// The arguments of `fitn export monthly`.
#[derive(Debug, Args)]
pub struct MonthlyArgs {
    /// Le mois, comme 2021-09
    #[arg(long, value_name = "MOIS", value_parser = month)]
    pub month: Month,
    /// Répertoire où écrire ; à défaut, celui de la configuration
    #[arg(long, value_name = "RÉPERTOIRE")]
    pub out: Option<PathBuf>,
    /// Ajoute une correction numérotée à côté de la liste déjà gardée
    #[arg(long)]
    pub revise: bool,
}

/// The arguments of `fitn export quarterly`.
#[derive(Debug, Args)]
pub struct QuarterlyArgs {
    /// Le trimestre, comme 2021-Q3
    #[arg(long, value_name = "TRIMESTRE", value_parser = quarter)]
    pub quarter: Quarter,
    /// Répertoire où écrire ; à défaut, celui de la configuration
    #[arg(long, value_name = "RÉPERTOIRE")]
    pub out: Option<PathBuf>,
    /// Ajoute une correction numérotée à côté du rapport déjà gardé
    #[arg(long)]
    pub revise: bool,
}

// The parser already repeats the value: only the example of the domain's message is new.
fn month(text: &str) -> Result<Month, String> {
    text.parse().map_err(|_: PeriodError| "écrivez un mois comme 2021-09".to_owned())
}

fn quarter(text: &str) -> Result<Quarter, String> {
    text.parse().map_err(|_: PeriodError| "écrivez un trimestre comme 2021-Q3".to_owned())
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a directory that cannot be written.
pub async fn run(args: ExportArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let operations = workplace::stored(&config, context)?;
    let exported = match &args.what {
        Export::Monthly(monthly) => operations.monthly_list(monthly.month, monthly.revise, monthly.out.as_deref())?,
        Export::Quarterly(quarterly) => {
            operations.quarterly_report(quarterly.quarter, quarterly.revise, quarterly.out.as_deref())?
        }
    };
    let paths: Vec<String> = exported.files.iter().map(|(path, _)| path.display().to_string()).collect();
    context.printer.text(&paths.join("\n"))?;
    context.printer.note(&standing(&exported));
    for behind in &exported.behind {
        context.printer.note(&format!("attention : {behind}"));
    }
    if !exported.in_quarantine.is_empty() {
        context.printer.note(&format!(
            "attention : DS n’a pas pu donner en entier les dossiers {} ; ils peuvent manquer ou être incomplets",
            listed(&exported.in_quarantine)
        ));
    }
    if !exported.unreadable.is_empty() {
        context.printer.note(&format!(
            "attention : le contenu enregistré des dossiers {} est illisible ; ils ne comptent dans aucune somme",
            listed(&exported.unreadable)
        ));
    }
    let is_whole = exported.in_quarantine.is_empty() && exported.unreadable.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::InQuarantine })
}

fn listed(numbers: &[DossierNumber]) -> String {
    numbers.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

/// What there is to know of the files.
fn standing(exported: &Exported) -> String {
    if exported.is_provisional() {
        let reasons: Vec<String> = exported.provisional.iter().map(ToString::to_string).collect();
        format!("document provisoire, non conservé : {}", reasons.join(" ; "))
    } else if exported.nothing_to_correct {
        "rien ne diffère de ce qui est conservé : aucune correction, les mêmes fichiers, à l’octet près".to_owned()
    } else if exported.from_archive {
        "document déjà arrêté : les mêmes fichiers, à l’octet près (une correction se demande par --revise)".to_owned()
    } else if exported.revision > 0 {
        format!("correction n° {}, conservée à côté des précédentes", exported.revision)
    } else {
        "document arrêté et conservé".to_owned()
    }
}
