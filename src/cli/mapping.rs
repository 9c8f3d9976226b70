//! `fitn mapping init` and `fitn mapping check`: where the facts are on a live form.

use clap::{Args, Subcommand};

use super::args::positive;
use super::layout::hang;
use super::{Context, Exit, Failure, workplace};
use crate::config::Config;
use crate::domain::dossier::ProcedureNumber;
use crate::mapping::{self, Finding, Severity};

/// The arguments of `fitn mapping`.
#[derive(Debug, Args)]
pub struct MappingArgs {
    /// Ce qu’il faut faire
    #[command(subcommand)]
    pub action: MappingAction,
}

/// What to do with a mapping.
#[derive(Debug, Subcommand)]
pub enum MappingAction {
    /// Propose une correspondance d’après le formulaire réel
    Init(MappingInitArgs),
    /// Dit ce qui, dans la configuration, ne correspond plus au formulaire
    Check,
}

/// The arguments of `fitn mapping init`.
#[derive(Debug, Args)]
pub struct MappingInitArgs {
    /// Numéro de la démarche
    #[arg(long, value_name = "N", value_parser = positive)]
    pub procedure: ProcedureNumber,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a form that the API refuses, a mapping that names what the form does not have.
pub async fn run(args: MappingArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    match args.action {
        MappingAction::Init(init) => propose(&init, &config, context).await,
        MappingAction::Check => check(&config, context).await,
    }
}

/// The proposal goes to stdout whole, so that it can be pasted into the configuration.
async fn propose(args: &MappingInitArgs, config: &Config, context: &Context) -> Result<Exit, Failure> {
    let number = args.procedure;
    let Some(procedure) = config.procedures.iter().find(|procedure| procedure.number == number) else {
        return Err(Failure::usage(format_args!(
            "la démarche {number} n’est pas dans {}",
            context.config_file().display()
        ))
        .hint("ajoutez d’abord une table [[procedures]] avec son numéro et son programme"));
    };
    let demarche = workplace::client(config, context)?.demarche(number).await?;
    let head = format!(
        "# Démarche {number} « {} »\n[[procedures]]\nnumber = {number}\nprogramme = \"{}\"\n",
        demarche.title.replace(char::is_control, " "),
        procedure.programme
    );
    context.printer.text(&format!("{head}\n{}", mapping::propose(&demarche.form, procedure.programme)))?;
    Ok(Exit::Done)
}

async fn check(config: &Config, context: &Context) -> Result<Exit, Failure> {
    let client = workplace::client(config, context)?;
    let mut out = String::new();
    let mut fits = true;
    let mut failure = None;
    for procedure in &config.procedures {
        let demarche = match client.demarche(procedure.number).await {
            Ok(demarche) => demarche,
            Err(error) => {
                // What is known of the others is said all the same.
                hang(&mut out, "", &format!("Démarche {}", procedure.number));
                hang(&mut out, "  ✗ ", &format!("le formulaire n’a pas pu être lu : {error}"));
                failure.get_or_insert(error);
                continue;
            }
        };
        let findings = mapping::check(&procedure.fields, &demarche.form, procedure.programme);
        fits &= findings.iter().all(|finding| finding.severity != Severity::Error);
        hang(&mut out, "", &format!("Démarche {} « {} »", procedure.number, demarche.title));
        if findings.is_empty() {
            hang(&mut out, "  ✓ ", "la correspondance convient au formulaire");
        }
        for finding in &findings {
            show(&mut out, finding);
        }
    }
    context.printer.text(&out)?;
    match failure {
        Some(error) => Err(error.into()),
        None => Ok(if fits { Exit::Done } else { Exit::Usage }),
    }
}

fn show(out: &mut String, finding: &Finding) {
    let mark = match finding.severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
    };
    hang(out, &format!("  {mark} "), &format!("{} : {}", finding.fact, finding.message));
    hang(out, "    → ", &finding.mend);
}
