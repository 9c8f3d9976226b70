//! `fitn dossiers`: the list.

use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::args::{departement, one_of};
use super::dossiers_csv::Csv;
use super::dossiers_view::{DossierRow, List};
use super::json_rows::JsonRows;
use super::{Context, Exit, Failure, workplace};
use crate::desk::{DossierFilter, Search};
use crate::domain::dossier::DossierState;
use crate::domain::programme::Programme;
use crate::domain::verdict::Status;

/// The arguments of `fitn dossiers`.
#[derive(Debug, Args)]
pub struct DossiersArgs {
    /// Seulement ceux d’un programme
    #[arg(long, value_name = "PROGRAMME", value_parser = one_of::<Programme, _>(Programme::ALL.map(Programme::code)))]
    pub programme: Option<Programme>,
    /// Seulement ceux de ce statut
    #[arg(long, value_name = "STATUT", value_parser = one_of::<Status, _>(Status::ALL.map(Status::code)))]
    pub status: Option<Status>,
    /// Seulement ceux d’un département, par son code
    #[arg(long, value_name = "DÉPARTEMENT", value_parser = departement)]
    pub departement: Option<String>,
    /// Seulement ceux de cet état sur DS
    #[arg(long, value_name = "ÉTAT", value_parser = PossibleValuesParser::new(STATES).map(DossierState::from))]
    pub state: Option<DossierState>,
    /// Seulement ceux où tout cela se trouve : un numéro, un SIRET, ou des mots du demandeur et du titre du projet, sans égard à
    /// la casse, aux accents et aux apostrophes
    #[arg(long, value_name = "TEXTE")]
    pub search: Option<Search>,
    /// Donne la liste en CSV, pour un tableur
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Donne la liste en JSON
    #[arg(long)]
    pub json: bool,
}

const STATES: [&str; 5] = ["en_construction", "en_instruction", "accepte", "refuse", "sans_suite"];

/// Runs the command.
///
/// # Errors
/// A wrong configuration or a database that cannot be used.
pub async fn run(args: DossiersArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::shown(&context.config()?, context)?;
    let DossiersArgs { programme, status, departement, state, search, csv, json } = args;
    let filter = DossierFilter { programme, status, departement, state, search, ..DossierFilter::default() };
    if json {
        let mut rows = JsonRows::default();
        desk.dossiers(&filter, |line| rows.push(&DossierRow::of(line)))?;
        rows.print(&context.printer)?;
    } else if csv {
        let mut table = Csv::new()?;
        desk.dossiers(&filter, |line| table.push(&DossierRow::of(line)))?;
        context.printer.verbatim(&table.finish()?)?;
    } else {
        let mut list = List::default();
        desk.dossiers(&filter, |line| list.push(&DossierRow::of(line)))?;
        context.printer.painted(&list.text(context.printer.width()), |text| list.painted(text))?;
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_state_can_be_asked_for() {
        assert_eq!(DossierState::KNOWN.each_ref().map(DossierState::code), STATES);
    }
}
