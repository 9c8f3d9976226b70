//! `fitn init`: a commented configuration to start from. It never overwrites one.

use std::path::{Path, PathBuf};

use clap::Args;

use super::args::DEFAULT_CONFIG;
use super::{Context, Exit, Failure};
use crate::config;
use crate::files::{refusal_in_french, write_atomically, write_for_group};

/// The arguments of `fitn init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where else than where the other commands look for it
    #[arg(
        help = format!(
            "Répertoire où écrire config.toml, la base et les exports étant à côté [défaut : {DEFAULT_CONFIG}, la base et les \
             exports étant dans {}]",
            config::STATE_DIRECTORY
        ),
        long,
        value_name = "RÉPERTOIRE"
    )]
    pub dir: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// The file exists, or the file system refuses it.
pub async fn run(args: InitArgs, context: &Context) -> Result<Exit, Failure> {
    let file = args.dir.map_or_else(|| context.config_file().to_owned(), |directory| directory.join("config.toml"));
    if file.symlink_metadata().is_ok() {
        return Err(Failure::failed(format_args!("{} existe déjà : rien n’a été écrit", file.display()))
            .hint("choisissez un autre répertoire par --dir, ou déplacez ce fichier"));
    }
    let is_of_system = file == Path::new(DEFAULT_CONFIG);
    let written = if is_of_system {
        write_for_group(&file, config::TEMPLATE.as_bytes())
    } else {
        write_atomically(&file, config::template_beside().as_bytes())
    };
    written.map_err(|error| {
        Failure::failed(format_args!("{} ne peut pas être écrit : {}", file.display(), refusal_in_french(&error)))
            .hint("choisissez par --dir un répertoire où vous pouvez écrire")
    })?;
    context.printer.text(&next_steps(&file, is_of_system))?;
    Ok(Exit::Done)
}

/// What is left to do, as commands of who does it.
fn next_steps(file: &Path, is_of_system: bool) -> String {
    let token = file.with_file_name("token");
    let (token, file) = (token.display(), file.display());
    let (as_root, as_service, rights, config) = if is_of_system {
        ("sudo ", "sudo -u fitn ", "0640 -g fitn", String::new())
    } else {
        ("", "", "0600", format!(" --config {file}"))
    };
    format!(
        "Configuration écrite : {file}\n\
         Ensuite :\n\
         1. le jeton de l’API (le coller, Entrée, Ctrl-D) :\n   \
            {as_root}install -m {rights} /dev/stdin {token}\n\
         2. chaque démarche, avec son numéro et son programme :\n   \
            {as_root}fitn mapping init --procedure N --programme P --write{config}\n\
         3. relire {file}, puis :\n   \
            {as_service}fitn check{config}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_to_do_is_told_as_commands_of_who_does_it() {
        let of_system = next_steps(Path::new(DEFAULT_CONFIG), true);
        for command in [
            "sudo install -m 0640 -g fitn /dev/stdin /etc/fitn/token",
            "sudo fitn mapping init --procedure N --programme P --write\n",
            "sudo -u fitn fitn check",
        ] {
            assert!(of_system.contains(command), "{of_system}");
        }
        let elsewhere = next_steps(Path::new("conf/config.toml"), false);
        assert!(elsewhere.contains("install -m 0600 /dev/stdin conf/token"), "{elsewhere}");
        assert!(elsewhere.ends_with("fitn check --config conf/config.toml"), "{elsewhere}");
        assert!(!elsewhere.contains("sudo"), "{elsewhere}");
    }
}
