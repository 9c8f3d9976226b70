//! `fitn demo`: the whole program at work on invented dossiers, with nothing to set up.
//!
//! The stand-in for DS serves on loopback, a configuration is written for it, and from there on everything is what a
//! préfecture's server does: sync, rules, lists, report.

use std::fmt::Write as _;
use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use clap::Args;

use super::layout::{Column, count, table};
use super::paper::{Paper, hang};
use super::{Context, Exit, Failure, sync, workplace};
use crate::api::TokenSource;
use crate::config::Config;
use crate::desk::{Access, Desk, DossierFilter, Exported, ProgrammeTally, Service, refuse_unwritable};
use crate::domain::dossier::ProcedureNumber;
use crate::domain::period::{Month, Quarter};
use crate::domain::programme::Programme;
use crate::files::{make_directory, refusal_in_french, write_atomically, write_privately};
use crate::sandbox::{self, Options, Running};
use crate::sync::{Request, Scope};

/// The arguments of `fitn demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// Répertoire où écrire la base, la liste et le rapport
    #[arg(long, value_name = "RÉPERTOIRE", default_value = "fitn-demo")]
    pub dir: PathBuf,
}

/// The first line of the configuration that a demonstration writes; it tells its directory from any other.
const MARK: &str = "# Configuration d’une démonstration de fitn : elle sera remplacée à la prochaine.";

/// The database that a demonstration makes in its directory.
const DATABASE: &str = "fitn.sqlite";
/// What may follow its name in those of the files beside it.
const BESIDE: [&str; 7] = ["", "-journal", "-wal", "-shm", ".lock", ".serve.lock", ".requests"];
/// Where its lists and reports go.
const EXPORTS: &str = "exports";

/// The last month in which requests could be filed, after one before it so that there is something to compare.
const MONTHS: [&str; 2] = ["2021-09", "2021-10"];
const QUARTER: &str = "2021-Q4";

/// Runs the command.
///
/// # Errors
/// What the sandbox, the sync or the file system refuses.
pub async fn run(args: DemoArgs, context: &Context) -> Result<Exit, Failure> {
    let config_file = args.dir.join("config.toml");
    clear(&args.dir, &config_file)?;
    let options = Options::default();
    let running = sandbox::start(sandbox::generate(&options), options.port).await.map_err(|error| {
        Failure::failed(format_args!("le bac à sable ne démarre pas : {}", refusal_in_french(&error)))
    })?;
    let outcome = demonstrate(&args.dir, &config_file, &running, context).await;
    let stopped = running.shutdown().await;
    context.printer.text(&outcome?)?;
    stopped.map_err(|error| {
        Failure::failed(format_args!("le bac à sable s’est mal arrêté : {}", refusal_in_french(&error)))
    })?;
    Ok(Exit::Done)
}

async fn demonstrate(dir: &Path, config_file: &Path, running: &Running, context: &Context) -> Result<String, Failure> {
    write(config_file, &configuration(running))?;
    let token_file = dir.join("token");
    write_privately(&token_file, format!("{}\n", running.token).as_bytes())
        .map_err(|error| refused(&token_file, &error))?;
    let config = Config::load(config_file)?;
    let client = workplace::client_with(&config, running.token.clone().into(), TokenSource::File, context)?;
    let desk = workplace::desk(&config, Access::Create, context)?;
    let engine = workplace::engine(&config, client, &desk);
    let request = Request { procedures: workplace::followed(&config, &[]), scope: Scope::Everything, trigger: "demo" };
    let synced = sync::watched(&desk, engine, &request, context).await?;
    if let Some(error) = synced.summary.error() {
        return Err(Failure::from(error));
    }
    let mut lists = Vec::new();
    for month in MONTHS {
        let month: Month = month.parse().map_err(|error| Failure::failed(&error))?;
        lists.push(desk.monthly_list(month, false, None)?);
    }
    let quarter: Quarter = QUARTER.parse().map_err(|error| Failure::failed(&error))?;
    let report = desk.quarterly_report(quarter, false, None)?;
    let mut out = Paper::new(context.printer.width());
    out.push_str("Démonstration sur des dossiers inventés, sans réseau\n\n");
    for procedure in &synced.summary.procedures {
        let title = procedure.title.as_deref().unwrap_or("titre inconnu");
        let said = format!("{title} : {}", dossiers(&desk, procedure.number)?);
        hang(&mut out, &format!("démarche {}  ", procedure.number), &said);
    }
    sync::evaluated(&mut out, &synced.refreshed);
    out.push('\n');
    programmes(&mut out, &desk)?;
    files(&mut out, dir, config_file, &lists, &report);
    Ok(out.into_text())
}

/// Makes room for a new demonstration, in an empty directory or in that of an earlier one. Of that one, the database is removed;
/// its other files are replaced in their turn, and whatever else is there stays. No link is followed.
fn clear(dir: &Path, config_file: &Path) -> Result<(), Failure> {
    if dir.is_dir() {
        refuse_unwritable(&dir.join(DATABASE))?;
    }
    if is_a_demonstration(config_file) {
        if is_link(&dir.join(EXPORTS)) || is_link(&dir.join(DATABASE)) {
            return Err(something_else(dir));
        }
        if let Service::Alive(_) = Service::of(&dir.join(DATABASE)) {
            return Err(Failure::try_later(format_args!("un service tourne sur la base de {}", dir.display()))
                .hint("arrêtez-le, ou choisissez un autre répertoire avec « --dir »"));
        }
        for suffix in BESIDE {
            let path = dir.join(format!("{DATABASE}{suffix}"));
            match fs::remove_file(&path) {
                Err(error) if error.kind() != ErrorKind::NotFound => return Err(refused(&path, &error)),
                _ => {}
            }
        }
    } else if dir.symlink_metadata().is_ok()
        && fs::read_dir(dir).map_err(|error| refused(dir, &error))?.next().is_some()
    {
        return Err(something_else(dir));
    }
    make_directory(dir).map_err(|error| refused(dir, &error))
}

/// Whether a demonstration wrote this configuration, and nobody made it lead to a real DS since.
fn is_a_demonstration(config_file: &Path) -> bool {
    let is_file = config_file.symlink_metadata().is_ok_and(|found| found.is_file());
    let text = if is_file { fs::read_to_string(config_file).unwrap_or_default() } else { String::new() };
    text.starts_with(MARK) && text.lines().any(|line| line.starts_with("url = \"http://127.0.0.1:"))
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.is_symlink())
}

fn something_else(dir: &Path) -> Failure {
    Failure::usage(format_args!(
        "le répertoire {} contient autre chose qu’une démonstration : rien n’a été touché",
        dir.display()
    ))
    .hint("choisissez-en un autre avec « --dir »")
}

fn configuration(running: &Running) -> String {
    let mut text = format!(
        "{MARK}\n# Son API s’est éteinte avec elle ; la base se consulte toujours (« fitn dossiers », « fitn export »…).\n\n\
         [api]\nurl = \"{}\"\ntoken_file = \"token\"\n",
        running.url
    );
    for procedure in sandbox::procedures() {
        let _ = write!(
            text,
            "\n[[procedures]] # {}\nnumber = {}\nprogramme = \"{}\"\n{}\n",
            procedure.title,
            procedure.number,
            procedure.programme,
            procedure.fields_toml.trim_end()
        );
    }
    text
}

/// How many dossiers of a démarche were read, each once: a sync may read the same one twice.
fn dossiers(desk: &Desk, procedure: ProcedureNumber) -> Result<String, Failure> {
    let (mut all, mut removed) = (0, 0);
    let of_it = DossierFilter { procedure: Some(procedure), ..DossierFilter::default() };
    desk.dossiers(&of_it, |line| {
        all += 1;
        removed += u64::from(line.removed.is_some());
    })?;
    let removed = match removed {
        0 => String::new(),
        number => format!(", dont {}", count(number, "retiré de DS", "retirés de DS")),
    };
    Ok(count(all, "dossier", "dossiers") + &removed)
}

/// One line a programme, then the Démat.ADS dossier that has most to tell.
fn programmes(out: &mut Paper, desk: &Desk) -> Result<(), Failure> {
    let row = |tally: &ProgrammeTally| {
        let [eligible, non_eligible, to_review] = tally.statuses.map(|number| number.to_string());
        [
            tally.programme.code().to_owned(),
            tally.statuses.iter().sum::<u64>().to_string(),
            eligible,
            non_eligible,
            to_review,
            tally.computed.to_string(),
            tally.counted.to_string(),
        ]
    };
    let rows: Vec<[String; 7]> = desk.tallies()?.iter().map(row).collect();
    let columns = [
        ("programme", Column::Left),
        ("dossiers", Column::Right),
        ("éligibles", Column::Right),
        ("non élig.", Column::Right),
        ("à vérifier", Column::Right),
        ("calculé", Column::Right),
        ("accordé", Column::Right),
    ];
    out.push_str(&table(columns, &rows, out.width()));
    if let Some((number, rules)) = desk.most_doubtful(Programme::Axe3V1Ads)? {
        out.push('\n');
        hang(out, "Un exemple : ", &format!("le dossier {number} laisse à vérifier {}", rules.join(", ")));
    }
    out.push('\n');
    Ok(())
}

fn files(out: &mut Paper, dir: &Path, config_file: &Path, lists: &[Exported], report: &Exported) {
    let written: Vec<&PathBuf> = lists
        .iter()
        .chain(std::iter::once(report))
        .flat_map(|exported| exported.files.iter().map(|(path, _)| path))
        .collect();
    let total = count(written.len() as u64, "fichier", "fichiers");
    hang(out, "", &format!("{total} dans {} :", dir.display()));
    for path in written {
        let shown = path.strip_prefix(dir).unwrap_or(path);
        let _ = writeln!(out, "  {}", shown.display());
    }
    let config = config_file.display();
    out.push('\n');
    hang(
        out,
        "",
        "Le serveur de la démonstration s’est arrêté avec elle : « fitn sync » et « fitn check » ne le trouveront plus. Ce qui a été lu se consulte toujours :",
    );
    let _ = write!(
        out,
        "  fitn --config {config} dossiers\n  fitn --config {config} dossier NUMÉRO\n  \
         fitn --config {config} status\n"
    );
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    write_atomically(path, text.as_bytes()).map_err(|error| refused(path, &error))
}

fn refused(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format_args!("{} : {}", path.display(), refusal_in_french(error)))
        .hint("choisissez un autre répertoire avec « --dir »")
}
