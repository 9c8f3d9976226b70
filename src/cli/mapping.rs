//! `fitn mapping init` and `fitn mapping check`: where the facts are on a live form.

use clap::{Args, Subcommand};

use super::args::positive;
use super::layout::{WIDTH, fit, hang};
use super::{Context, Exit, Failure, rules, workplace};
use crate::api::RetryPolicy;
use crate::config::{Config, Procedure};
use crate::domain::dossier::ProcedureNumber;
use crate::mapping::{self, Finding, Severity};
use crate::rules::Rule;

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
    let form = workplace::form(&demarche)?;
    let head = format!(
        "# Démarche {number} « {} »\n[[procedures]]\nnumber = {number}\nprogramme = \"{}\"\n",
        demarche.title_line(),
        procedure.programme
    );
    context.printer.text(&format!("{head}\n{}", mapping::propose(form, procedure.programme).fragment))?;
    Ok(Exit::Done)
}

async fn check(config: &Config, context: &Context) -> Result<Exit, Failure> {
    // Somebody waits for the answer, and every démarche would be waited for.
    let client = workplace::client(config, context)?.with_policy(RetryPolicy::once());
    let rules: Vec<&'static Rule> = rules::builtin()?.rules().collect();
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
                failure.get_or_insert(Failure::from(error));
                continue;
            }
        };
        let form = match workplace::form(&demarche) {
            Ok(form) => form,
            Err(holed) => {
                hang(&mut out, "", &format!("Démarche {}", procedure.number));
                hang(&mut out, "  ✗ ", &holed.message);
                failure.get_or_insert(holed);
                continue;
            }
        };
        let findings = mapping::check(&procedure.fields, form, procedure.programme);
        fits &= findings.iter().all(|finding| finding.severity != Severity::Error);
        hang(&mut out, "", &format!("Démarche {} « {} »", procedure.number, demarche.title_line()));
        if findings.is_empty() {
            hang(&mut out, "  ✓ ", "la correspondance convient au formulaire");
        }
        for finding in &findings {
            show(&mut out, finding);
        }
        show_unmapped(&mut out, procedure, &rules);
    }
    context.printer.text(&out)?;
    match failure {
        Some(failure) => Err(failure),
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

/// One line a fact that some rule of the programme reads and that no champ gives; those that no rule reads are only named.
fn show_unmapped(out: &mut String, procedure: &Procedure, rules: &[&'static Rule]) {
    let mut unread = Vec::new();
    let mut lines = Vec::new();
    for fact in mapping::unmapped(&procedure.fields, procedure.programme) {
        let readers = rules.iter().filter(|rule| rule.programmes.contains(&procedure.programme));
        let readers: Vec<&str> =
            readers.filter(|rule| rule.facts().any(|read| read == fact)).map(|rule| rule.id).collect();
        if readers.is_empty() {
            unread.push(fact.code());
        } else {
            lines.push(fit(&format!("    {fact} ({}) : {}", fact.label(), readers.join(", ")), WIDTH));
        }
    }
    if !lines.is_empty() {
        let said = "faits sans champ, avec les règles qui les lisent et peuvent rester à vérifier :";
        hang(out, "  ! ", said);
        for line in lines {
            out.push_str(&line);
            out.push('\n');
        }
        hang(
            out,
            "    → ",
            "associez-les dans [procedures.fields], s’ils sont sur le formulaire (« fitn mapping init »)",
        );
    }
    if !unread.is_empty() {
        hang(out, "  · ", &format!("sans champ non plus, mais aucune règle ne les lit : {}", unread.join(", ")));
    }
}
