//! `fitn export`: the monthly list and the quarterly report.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Context, Exit, Failure};
use crate::domain::period::{Month, PeriodError, Quarter};

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
pub async fn run(_args: ExportArgs, context: &Context) -> Result<Exit, Failure> {
    let _config = context.config()?;
    // body follows with the store and the reports
    Err(Failure::pending())
}
