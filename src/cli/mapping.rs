//! `fitn mapping init` and `fitn mapping check`: where the facts are on a live form.

use std::path::Path;

use clap::{Args, Subcommand};

use super::args::{one_of, positive};
use super::paper::{Paper, hang};
use super::{Context, Exit, Failure, rules, workplace};
use crate::api::RetryPolicy;
use crate::config::{Config, InsertionError, Procedure, with_fields, with_procedure};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::instant::paris;
use crate::domain::programme::Programme;
use crate::domain::text::{counted, quoted};
use crate::files::{ReplaceError, replace_keeping_old};
use crate::mapping::{self, Defect, Proposal, Severity};
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
    /// Programme d’une démarche qui n’est pas encore dans la configuration
    #[arg(long, value_name = "PROGRAMME", value_parser = one_of::<Programme, _>(Programme::ALL.map(Programme::code)))]
    pub programme: Option<Programme>,
    /// Écrit la proposition dans la configuration ; l’ancien fichier est gardé à côté
    #[arg(long)]
    pub write: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a form that the API refuses, a mapping that names what the form does not have.
pub async fn run(args: MappingArgs, context: &Context) -> Result<Exit, Failure> {
    match args.action {
        MappingAction::Init(init) => propose(&init, context).await,
        MappingAction::Check => check(&context.config()?, context).await,
    }
}

/// The proposal goes to stdout whole, so that it can be pasted into the configuration, or into the configuration itself.
async fn propose(args: &MappingInitArgs, context: &Context) -> Result<Exit, Failure> {
    let (number, file) = (args.procedure, context.config_file());
    let (config, text) = context.config_begun()?;
    let known = config.procedures.iter().find(|procedure| procedure.number == number);
    let programme = programme_of(args, known, file)?;
    if args.write && known.is_some_and(|procedure| procedure.fields.facts().next().is_some()) {
        return Err(not_inserted(InsertionError::Mapped, number, file));
    }
    let demarche = workplace::client(&config, context)?.demarche(number).await?;
    let proposal = mapping::propose(workplace::form(&demarche)?, programme);
    let whole = format!(
        "# Démarche {number} « {} »\n[[procedures]]\nnumber = {number}\nprogramme = \"{programme}\"\n\n{}",
        demarche.title_line(),
        proposal.fragment
    );
    if !args.write {
        context.printer.text(&whole)?;
        return Ok(Exit::Done);
    }
    let completed = match known {
        Some(_) => with_fields(&text, number, &proposal.fragment),
        None => with_procedure(&text, &whole),
    };
    let completed = completed.map_err(|error| not_inserted(error, number, file))?;
    write(&proposal, number, &text, &completed, context)?;
    Ok(Exit::Done)
}

/// The programme that the démarche is followed for: as the configuration has it, else as it was given.
fn programme_of(args: &MappingInitArgs, known: Option<&Procedure>, file: &Path) -> Result<Programme, Failure> {
    let (number, file) = (args.procedure, file.display());
    match (known.map(|procedure| procedure.programme), args.programme) {
        (Some(own), Some(other)) if own != other => Err(Failure::usage(format_args!(
            "la démarche {number} est suivie au titre de {own} dans {file}, non de {other}"
        ))
        .hint("retirez --programme, ou corrigez « programme » dans ce fichier")),
        (Some(programme), _) | (None, Some(programme)) => Ok(programme),
        (None, None) => Err(Failure::usage(format_args!("la démarche {number} n’est pas dans {file}"))
            .hint(format_args!("ajoutez --programme, pour l’y inscrire au titre de {}", Programme::codes()))),
    }
}

/// Puts a configuration that was completed in the place of what was `text`; says where, and what is left to do.
fn write(
    proposal: &Proposal,
    number: ProcedureNumber,
    text: &str,
    completed: &str,
    context: &Context,
) -> Result<(), Failure> {
    let file = context.config_file();
    let stamp = context.clock.now().to_zoned(paris()).strftime("%Y-%m-%dT%Hh%Mm%S").to_string();
    let old = replace_keeping_old(file, text.as_bytes(), completed.as_bytes(), &stamp).map_err(|error| {
        let hint = match error {
            ReplaceError::Changed => "relancez la commande",
            ReplaceError::Io(_) => {
                "lancez-la avec le compte à qui est ce fichier, ou collez-y ce qu’elle donne sans --write"
            }
        };
        Failure::failed(format_args!("{} n’a pas été complété : {error}", file.display())).hint(hint)
    })?;
    let counts = [
        counted(proposal.sure.len(), "fait associé", "faits associés"),
        counted(proposal.doubtful.len(), "à vérifier", "à vérifier"),
        counted(proposal.missing.len(), "sans champ", "sans champ"),
    ];
    let mut out = Paper::new(context.printer.width());
    hang(&mut out, "", &format!("{} : {}", file.display(), counts.join(", ")));
    hang(&mut out, "", &format!("L’ancien fichier est gardé : {}", old.display()));
    hang(
        &mut out,
        "",
        &format!(
            "Relisez [procedures.fields] de la démarche {number} : chaque association est une supposition ; ce qui est à \
             vérifier y est en commentaire, avec le motif. Ensuite : fitn mapping check"
        ),
    );
    context.printer.text(&out.into_text())
}

fn not_inserted(error: InsertionError, number: ProcedureNumber, file: &Path) -> Failure {
    let hint = match error {
        InsertionError::Mapped => {
            "la commande, sans --write, montre la proposition : reportez-en ce qui manque ; ou retirez d’abord ce qui est \
             sous [procedures.fields] de cette démarche"
        }
        InsertionError::NoTable | InsertionError::Layout => {
            "collez dans le fichier ce que la commande donne sans --write"
        }
    };
    Failure::usage(format_args!("la démarche {number}, dans {}, {error} : rien n’a été écrit", file.display()))
        .hint(hint)
}

async fn check(config: &Config, context: &Context) -> Result<Exit, Failure> {
    // Somebody waits for the answer, and every démarche would be waited for.
    let client = workplace::client(config, context)?.with_policy(RetryPolicy::once());
    let rules: Vec<&'static Rule> = rules::builtin()?.rules().collect();
    let mut out = Paper::new(context.printer.width());
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
        let defects = mapping::check(&procedure.fields, form, procedure.programme);
        fits &= defects.iter().all(|defect| defect.severity != Severity::Error);
        hang(&mut out, "", &format!("Démarche {} {}", procedure.number, quoted(&demarche.title_line())));
        if procedure.fields.mapped_facts(procedure.programme) == 0 {
            fits = false;
            hang(&mut out, "  ✗ ", mapping::NOTHING_MAPPED);
            hang(&mut out, "    → ", &mapping::mend_of_nothing_mapped(procedure.number));
        } else if defects.is_empty() {
            hang(&mut out, "  ✓ ", "la correspondance convient au formulaire");
        }
        for defect in &defects {
            show(&mut out, defect);
        }
        if procedure.fields.mapped_facts(procedure.programme) > 0 {
            show_unmapped(&mut out, procedure, &rules);
        }
    }
    context.printer.text(&out.into_text())?;
    match failure {
        Some(failure) => Err(failure),
        None => Ok(if fits { Exit::Done } else { Exit::Usage }),
    }
}

fn show(out: &mut Paper, defect: &Defect) {
    let mark = match defect.severity {
        Severity::Error => "✗",
        Severity::Warning => "!",
    };
    hang(out, &format!("  {mark} "), &format!("{} : {}", defect.fact, defect.message));
    hang(out, "    → ", &defect.mend);
}

/// One line a fact that some rule of the programme reads and that no champ gives; those that no rule reads are only named.
fn show_unmapped(out: &mut Paper, procedure: &Procedure, rules: &[&'static Rule]) {
    let mut unread = Vec::new();
    let mut lines = Vec::new();
    for fact in mapping::unmapped(&procedure.fields, procedure.programme) {
        let readers = rules.iter().filter(|rule| rule.programmes.contains(&procedure.programme));
        let readers: Vec<&str> =
            readers.filter(|rule| rule.facts().any(|read| read == fact)).map(|rule| rule.id).collect();
        if readers.is_empty() {
            unread.push(fact.code());
        } else {
            lines.push(format!("{fact} ({}) : {}", fact.label(), readers.join(", ")));
        }
    }
    if !lines.is_empty() {
        let said = "faits sans champ, avec les règles qui les lisent et peuvent rester à vérifier :";
        hang(out, "  ! ", said);
        for line in &lines {
            hang(out, "    ", line);
        }
        hang(
            out,
            "    → ",
            "associez-les dans [procedures.fields], s’ils sont sur le formulaire (« fitn mapping init »)",
        );
    }
    if !unread.is_empty() {
        let plus = if lines.is_empty() { "" } else { " non plus" };
        hang(out, "  · ", &format!("sans champ{plus}, mais aucune règle ne les lit : {}", unread.join(", ")));
    }
}
