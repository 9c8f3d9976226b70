//! `fitn committee`: what a committee decided, as its workbook says once it was filled in.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::paper::{Paper, hang};
use super::{Context, Exit, Failure, workplace};
use crate::desk::{Decisions, ToEnter};
use crate::domain::fact::FactName;
use crate::domain::instant::french_date;
use crate::domain::text::counted;
use crate::reports::committee::answers::Decision;

/// The arguments of `fitn committee`.
#[derive(Debug, Args)]
pub struct CommitteeArgs {
    /// Ce qu’il faut faire
    #[command(subcommand)]
    pub action: CommitteeAction,
}

/// What to do with a committee’s workbook.
#[derive(Debug, Subcommand)]
pub enum CommitteeAction {
    /// Relit un classeur de comité rempli et dit ce qui est à saisir sur DS ; n’écrit rien
    Read(ReadArgs),
}

/// The arguments of `fitn committee read`.
#[derive(Debug, Args)]
pub struct ReadArgs {
    /// Le classeur ODS de « fitn export committee », rempli
    #[arg(value_name = "FICHIER.ods")]
    pub file: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a workbook that cannot be.
pub async fn run(args: CommitteeArgs, context: &Context) -> Result<Exit, Failure> {
    let CommitteeAction::Read(ReadArgs { file }) = args.action;
    let decisions = workplace::shown(&context.config()?, context)?.committee_decisions(&file)?;
    let mut out = Paper::new(context.printer.width());
    tell(&mut out, &decisions);
    context.printer.text(&out.into_text())?;
    Ok(Exit::Done)
}

fn tell(out: &mut Paper, decisions: &Decisions) {
    let Decisions { sitting, to_enter, left } = decisions;
    let decided = counted(to_enter.len(), "dossier décidé", "dossiers décidés");
    hang(out, "", &format!("comité du département {}, {} : {decided}", sitting.departement, sitting.quarter.label()));
    if !to_enter.is_empty() {
        hang(out, "", "à saisir sur DS :");
    }
    for one in to_enter {
        hang(out, "  - ", &entry(one));
        hang(out, "    ", &one.url);
    }
    if !left.is_empty() {
        let numbers = left.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        hang(out, "", &format!("sans décision : {numbers}"));
    }
}

fn entry(one: &ToEnter) -> String {
    let ToEnter { answer, applicant, most, .. } = one;
    let who = applicant.as_deref().unwrap_or("nom inconnu");
    let day = answer.on.map(|day| format!(" ; {} : {}", FactName::CommitteeDate.label(), french_date(day)));
    let what = match answer.decision {
        Decision::Granted(amount) => {
            let beyond = most.filter(|most| amount > *most);
            let beyond = beyond.map(|most| format!(" (au-delà du maximum de la règle, {most})")).unwrap_or_default();
            format!("accepter ; {} : {amount}{beyond}", FactName::GrantedAmount.label())
        }
        Decision::Refused => "refuser".to_owned(),
        Decision::PutOff => "ajourné, rien à décider sur DS".to_owned(),
    };
    format!("dossier {}, {who} : {what}{}", answer.dossier, day.unwrap_or_default())
}
