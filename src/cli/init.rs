//! `fitn init`: a commented configuration to start from. It never overwrites one.

use std::path::PathBuf;

use clap::Args;

use super::{Context, Exit, Failure};
use crate::config::TEMPLATE;
use crate::files::{refusal_in_french, write_atomically};

/// The arguments of `fitn init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Répertoire où écrire config.toml
    #[arg(long, value_name = "RÉPERTOIRE", default_value = ".")]
    pub dir: PathBuf,
}

/// Runs the command.
///
/// # Errors
/// The file exists, or the file system refuses it.
pub async fn run(args: InitArgs, context: &Context) -> Result<Exit, Failure> {
    let file = args.dir.join("config.toml");
    if file.symlink_metadata().is_ok() {
        return Err(Failure::failed(format_args!("{} existe déjà : rien n’a été écrit", file.display()))
            .hint("choisissez un autre répertoire par --dir, ou déplacez ce fichier"));
    }
    write_atomically(&file, TEMPLATE.as_bytes()).map_err(|error| {
        Failure::failed(format_args!("{} ne peut pas être écrit : {}", file.display(), refusal_in_french(&error)))
            .hint("choisissez par --dir un répertoire où vous pouvez écrire")
    })?;
    context.printer.text(&format!(
        "Configuration écrite : {file}\n\
         Ensuite :\n\
         1. mettez le jeton de l’API dans le fichier « token » à côté d’elle (chmod 600) ;\n\
         2. donnez dans [[procedures]] le numéro et le programme de chaque démarche ;\n\
         3. fitn mapping init --procedure N --write --config {file}\n\
         4. fitn check --config {file}",
        file = file.display()
    ))?;
    Ok(Exit::Done)
}
