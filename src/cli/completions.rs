//! `fitn completions`: what a shell needs to complete the commands.

use clap::Args;
use clap_complete::{Shell, generate};

use super::{Context, Exit, Failure, french};

/// The arguments of `fitn completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// L’interpréteur de commandes
    #[arg(value_name = "INTERPRÉTEUR", value_enum)]
    pub shell: Shell,
}

/// Runs the command.
///
/// # Errors
/// What stdout refuses.
pub async fn run(args: CompletionsArgs, context: &Context) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    generate(args.shell, &mut french::command(), "fitn", &mut script);
    context.printer.verbatim(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
