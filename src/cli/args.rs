//! The commands and the options that all of them share. Doc comments are the help texts.

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand, ValueEnum};
use jiff::civil::Date;

use super::{
    Context, Exit, Failure, about, changes, check, committee, completions, correct, decide, demo, dossier, dossiers,
    evaluate, exclude, export, init, man, mapping, outbox, purge, quarantine, rules, sandbox, serve, status, sync,
    todo, verify,
};
use crate::territory;

/// Suit les demandes de subvention déposées sur demarches-simplifiees.fr
#[derive(Debug, Parser)]
#[command(
    name = "fitn",
    version,
    disable_help_flag = true,
    disable_version_flag = true,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// Options de toutes les commandes
    #[command(flatten)]
    pub global: Global,
    /// Ce qu’il faut faire
    #[command(subcommand)]
    pub command: Command,
    /// Affiche la version
    #[arg(short = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// The variable that may say where the configuration is.
const CONFIG_VARIABLE: &str = "FITN_CONFIG";
/// Where the configuration is unless somebody says otherwise.
pub(super) const DEFAULT_CONFIG: &str = "/etc/fitn/config.toml";

/// The options of every command.
#[derive(Debug, Args)]
pub struct Global {
    /// Where the configuration is
    #[arg(
        help = format!("Fichier de configuration ; passe avant la variable {CONFIG_VARIABLE} [défaut : {DEFAULT_CONFIG}]"),
        long,
        global = true,
        value_name = "FICHIER"
    )]
    config: Option<PathBuf>,
    /// Journal plus détaillé ; à répéter (-vv, -vvv)
    #[arg(short = 'v', long = "verbose", global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// Forme du journal, écrit sur la sortie d’erreur
    #[arg(long, global = true, value_name = "FORME", value_enum, default_value_t = LogFormat::Text)]
    pub log_format: LogFormat,
    /// N’affiche pas de barre de progression
    #[arg(long, global = true)]
    pub no_progress: bool,
    /// Affiche l’aide
    #[arg(short = 'h', long, global = true, action = ArgAction::Help)]
    help: Option<bool>,
}

impl Global {
    /// The file that the configuration is in: by the option, else by the variable, else where it always is.
    ///
    /// # Errors
    /// A variable without value: it was meant to say something.
    pub fn config_file(&self) -> Result<PathBuf, Failure> {
        match (&self.config, std::env::var_os(CONFIG_VARIABLE)) {
            (Some(file), _) => Ok(file.clone()),
            (None, None) => Ok(PathBuf::from(DEFAULT_CONFIG)),
            (None, Some(file)) if !file.is_empty() => Ok(PathBuf::from(file)),
            (None, Some(_)) => Err(Failure::usage(format_args!("la variable {CONFIG_VARIABLE} est vide")).hint(
                format_args!(
                    "donnez-lui le chemin du fichier de configuration, ou retirez-la (« unset {CONFIG_VARIABLE} ») : le chemin est \
                     alors {DEFAULT_CONFIG}"
                ),
            )),
        }
    }
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs, one JSON object a line.
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Montre le programme à l’œuvre sur des données inventées, sans réseau
    Demo(demo::DemoArgs),
    /// Lance un faux serveur demarches-simplifiees.fr, pour essayer
    Sandbox(sandbox::SandboxArgs),
    /// Écrit une configuration commentée, pour commencer
    Init(init::InitArgs),
    /// Fait correspondre les champs d’un formulaire et les faits des règles
    Mapping(mapping::MappingArgs),
    /// Vérifie l’installation point par point
    Check(check::CheckArgs),
    /// Lit les dossiers sur demarches-simplifiees.fr, puis applique les règles
    Sync(sync::SyncArgs),
    /// Applique de nouveau les règles aux dossiers enregistrés
    Evaluate(evaluate::EvaluateArgs),
    /// Liste les dossiers
    Dossiers(dossiers::DossiersArgs),
    /// Montre un dossier et explique chaque avis
    Dossier(dossier::DossierArgs),
    /// Dit ce que chacun a à faire, dossier par dossier
    Todo(todo::TodoArgs),
    /// Dit ce qui est nouveau depuis un jour
    Changes(changes::ChangesArgs),
    /// Donne toutes les règles, leurs paramètres et leurs citations, pour les relire
    Rules(rules::RulesArgs),
    /// Inscrit la décision d’un agent sur une règle
    Decide(decide::DecideArgs),
    /// Inscrit la correction d’un fait par un agent
    Correct(correct::CorrectArgs),
    /// Écarte un dossier d’essai ou mal déposé des listes et des sommes
    Exclude(exclude::ExcludeArgs),
    /// Reprend un dossier écarté
    Include(exclude::ExcludeArgs),
    /// Produit la liste mensuelle, le rapport trimestriel ou le dossier d’un comité
    Export(export::ExportArgs),
    /// Dit si une liste ou un rapport est bien ce qui a été conservé ici, et sinon ce qui diffère
    Verify(verify::VerifyArgs),
    /// Relit ce qu’un comité départemental a décidé
    Committee(committee::CommitteeArgs),
    /// Montre et mène les envois : à envoyer, retenus, envoyés
    Outbox(outbox::OutboxArgs),
    /// Lance le service : synchronisations, listes et rapports, à leurs heures
    Serve(serve::ServeArgs),
    /// Dit si le service est en marche, si les données sont à jour, ce qui vient
    Status(status::StatusArgs),
    /// Montre les dossiers mis à l’écart, et pourquoi
    Quarantine(quarantine::QuarantineArgs),
    /// Dit ce qui est détenu sur un SIRET, une personne, et où, pour répondre à une demande d’accès
    About(about::AboutArgs),
    /// Efface ici ce que DS a effacé, passé le délai
    Purge(purge::PurgeArgs),
    /// Donne à un interpréteur de commandes de quoi compléter les commandes de fitn
    Completions(completions::CompletionsArgs),
    /// Écrit les pages de manuel
    Man(man::ManArgs),
}

impl Command {
    /// Whether the command stays: its log then says what it does.
    #[must_use]
    pub fn is_daemon(&self) -> bool {
        matches!(self, Self::Serve(_))
    }

    /// Runs the command.
    ///
    /// # Errors
    /// The [`Failure`] that ended it.
    pub async fn run(self, context: &Context) -> Result<Exit, Failure> {
        match self {
            Self::Demo(args) => demo::run(args, context).await,
            Self::Sandbox(args) => sandbox::run(args, context).await,
            Self::Init(args) => init::run(args, context).await,
            Self::Mapping(args) => mapping::run(args, context).await,
            Self::Check(args) => check::run(args, context).await,
            Self::Sync(args) => sync::run(args, context).await,
            Self::Evaluate(args) => evaluate::run(args, context).await,
            Self::Dossiers(args) => dossiers::run(args, context).await,
            Self::Dossier(args) => dossier::run(args, context).await,
            Self::Todo(args) => todo::run(args, context).await,
            Self::Changes(args) => changes::run(args, context).await,
            Self::Rules(args) => rules::run(args, context).await,
            Self::Verify(args) => verify::run(args, context).await,
            Self::Decide(args) => decide::run(args, context).await,
            Self::Correct(args) => correct::run(args, context).await,
            Self::Exclude(args) => exclude::run(args, true, context).await,
            Self::Include(args) => exclude::run(args, false, context).await,
            Self::Export(args) => export::run(args, context).await,
            Self::Committee(args) => committee::run(args, context).await,
            Self::Outbox(args) => outbox::run(args, context).await,
            Self::Serve(args) => serve::run(args, context).await,
            Self::Status(args) => status::run(args, context).await,
            Self::Quarantine(args) => quarantine::run(args, context).await,
            Self::About(args) => about::run(args, context).await,
            Self::Purge(args) => purge::run(args, context).await,
            Self::Completions(args) => completions::run(args, context).await,
            Self::Man(args) => man::run(args, context).await,
        }
    }
}

/// The codes of a list that cannot be anything else.
pub(super) fn one_of<T, E>(codes: impl Into<PossibleValuesParser>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = E> + Clone + Send + Sync + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + 'static,
{
    codes.into().try_map(|code| code.parse::<T>())
}

/// A number above zero: a dossier, a démarche.
pub(super) fn positive(text: &str) -> Result<i64, String> {
    text.parse().ok().filter(|number| *number > 0).ok_or_else(|| "il faut un nombre entier positif".to_owned())
}

/// The code of a département, overseas included: `77`, `2A`, `974`.
pub(super) fn departement(text: &str) -> Result<String, String> {
    let code = text.to_uppercase();
    territory::departement(&code).map(|_| code).ok_or_else(|| "ce n’est le code d’aucun département".to_owned())
}

/// A calendar day, in one way only: with hours, or without hyphens, something else may have been meant.
pub(super) fn day(text: &str) -> Result<Date, String> {
    let is_written_so = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    let day = if is_written_so { text.parse().ok() } else { None };
    day.ok_or_else(|| "écrivez un jour qui existe, sans heure, comme 2021-09-30".to_owned())
}

/// A number from zero up to the type's largest.
pub(super) fn whole<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "il faut un nombre entier, qui ne soit pas trop grand".to_owned())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::day;

    #[test]
    fn a_day_is_written_in_one_way() {
        assert_eq!(day("2021-09-30"), Ok(date(2021, 9, 30)));
        for wrong in [
            "2021-10-20T12:00",
            "2021-10-20 12:00",
            "2021-10-20T12:00:00Z",
            "2021-10-20Z",
            "20211020",
            "2021-293",
            "2021-W42-3",
            "+002021-10-20",
            "-000001-10-20",
            "20/10/2021",
            "2021-02-30",
            "99999-12-31",
            "",
        ] {
            assert!(day(wrong).is_err(), "{wrong}");
        }
    }
}
