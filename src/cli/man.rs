//! `fitn man`: one manual page a command, for packages.

use std::path::{Path, PathBuf};

use clap::{Args, Command};

use super::{Context, Exit, Failure, french, man_page};
use crate::domain::text::counted;
use crate::files::{refusal_in_french, write_for_everybody};

/// The arguments of `fitn man`.
#[derive(Debug, Args)]
pub struct ManArgs {
    /// Répertoire où les écrire (fitn.1, fitn-sync.1…) : il est créé s’il le faut
    #[arg(long, value_name = "RÉPERTOIRE")]
    pub out: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// What the file system refuses.
pub async fn run(args: ManArgs, context: &Context) -> Result<Exit, Failure> {
    let mut root = french::command();
    root.build();
    let written = write(&root, &args.out)?;
    context.printer.text(&format!(
        "{} dans {}",
        counted(written, "page de manuel écrite", "pages de manuel écrites"),
        args.out.display()
    ))?;
    Ok(Exit::Done)
}

/// Writes the page of a command and those of the commands below it; gives how many.
fn write(command: &Command, directory: &Path) -> Result<usize, Failure> {
    let (name, page) = man_page::of(command);
    let file = directory.join(name);
    write_for_everybody(&file, page.as_bytes()).map_err(|error| {
        Failure::failed(format_args!("{} ne peut pas être écrit : {}", file.display(), refusal_in_french(&error)))
            .hint("choisissez par --out un répertoire où vous pouvez écrire")
    })?;
    command.get_subcommands().try_fold(1, |pages, below| Ok(pages + write(below, directory)?))
}
