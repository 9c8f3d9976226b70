//! `fitn export`: the monthly list, the quarterly report and the pack of a committee, and taking one back.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::args::departement;
use super::layout::listed;
use super::paper::{Paper, hang};
use super::served::{Service, Told, Wanted, unexpected};
use super::{Context, Exit, Failure, workplace};
use crate::desk::{Desk, Document, Exported, KeptFile, Manner, Provisional, Signed, Withdrawn, told_not_compared};
use crate::domain::period::{Month, Period, PeriodError, Quarter, Sitting, french_code};
use crate::files::refusal_in_french;
use crate::reports::quarterly::Commentary;

/// The arguments of `fitn export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// Ce qu’il faut produire
    #[command(subcommand)]
    pub what: Export,
}

/// What can be exported.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// La liste Démat.ADS d’un mois
    Monthly(MonthlyArgs),
    /// Le rapport d’un trimestre
    Quarterly(QuarterlyArgs),
    /// Le dossier du comité trimestriel d’un département
    Committee(PackArgs),
    /// Reprend un document arrêté par erreur et jamais envoyé
    Withdraw(WithdrawArgs),
}

/// The arguments of `fitn export monthly`.
#[derive(Debug, Args)]
pub struct MonthlyArgs {
    /// Le mois, comme 2021-09
    #[arg(long, value_name = "MOIS", value_parser = month)]
    pub month: Month,
    /// Répertoire où écrire ; à défaut, celui de la configuration
    #[arg(long, value_name = "RÉPERTOIRE")]
    pub out: Option<PathBuf>,
    /// Ajoute une correction numérotée à côté de la liste déjà gardée
    #[arg(long)]
    pub revise: bool,
}

/// The arguments of `fitn export quarterly`.
#[derive(Debug, Args)]
pub struct QuarterlyArgs {
    /// Le trimestre, comme 2021-Q3
    #[arg(long, value_name = "TRIMESTRE", value_parser = quarter)]
    pub quarter: Quarter,
    /// Répertoire où écrire ; à défaut, celui de la configuration
    #[arg(long, value_name = "RÉPERTOIRE")]
    pub out: Option<PathBuf>,
    /// Ajoute une correction numérotée à côté du rapport déjà gardé
    #[arg(long)]
    pub revise: bool,
    /// Commentaire de la préfecture : texte UTF-8, Markdown simple, gardé avec le rapport (vide : retiré)
    #[arg(long, value_name = "FICHIER.md")]
    pub comment: Option<PathBuf>,
    /// Arrête le rapport dès que son trimestre est fini, sans attendre le jour prévu
    #[arg(long = "final", conflicts_with = "revise")]
    pub last: bool,
}

/// The arguments of `fitn export committee`.
#[derive(Debug, Args)]
#[command(override_usage = "fitn export committee [OPTIONS] --departement <DÉPARTEMENT>\n  --quarter <TRIMESTRE>")]
pub struct PackArgs {
    /// Le code du département, comme 77
    #[arg(long, value_name = "DÉPARTEMENT", value_parser = departement)]
    pub departement: String,
    /// Le trimestre, comme 2021-Q3
    #[arg(long, value_name = "TRIMESTRE", value_parser = quarter)]
    pub quarter: Quarter,
    /// Répertoire où écrire ; à défaut, celui de la configuration
    #[arg(long, value_name = "RÉPERTOIRE")]
    pub out: Option<PathBuf>,
    /// Ajoute une correction numérotée à côté du dossier déjà gardé
    #[arg(long)]
    pub revise: bool,
}

/// The arguments of `fitn export withdraw`.
#[derive(Debug, Args)]
#[command(
    override_usage = "fitn export withdraw --kind GENRE --period PÉRIODE --never-sent\n  --reason MOTIF --by NOM"
)]
pub struct WithdrawArgs {
    /// Le document : monthly-list (liste Démat.ADS), quarterly-report (rapport trimestriel) ou committee (dossier de comité)
    #[arg(long, value_name = "GENRE", value_parser = kind)]
    pub kind: Kind,
    /// Sa période, comme 2021-09, 2021-Q3 ou, d’un comité, 77-2021-Q3
    #[arg(long, value_name = "PÉRIODE")]
    pub period: String,
    /// Affirme que personne ne l’a reçu
    #[arg(long)]
    pub never_sent: bool,
    /// Pourquoi : gardé avec l’empreinte SHA-256 de chaque fichier
    #[arg(long, value_name = "MOTIF")]
    pub reason: String,
    /// Qui : le nom de la personne, gardé de même
    #[arg(long, value_name = "NOM")]
    pub by: String,
}

/// A kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The monthly list.
    MonthlyList,
    /// The quarterly report.
    QuarterlyReport,
    /// The pack of a committee.
    Committee,
}

fn kind(text: &str) -> Result<Kind, String> {
    match text {
        "monthly-list" => Ok(Kind::MonthlyList),
        "quarterly-report" => Ok(Kind::QuarterlyReport),
        "committee" => Ok(Kind::Committee),
        _ => Err("choisissez parmi monthly-list, quarterly-report, committee".to_owned()),
    }
}

/// "Officiellement lancé le 26 janvier 2021" (guide, introduction): a document on an earlier period is a slip of the keyboard, and would be kept.
const OPENED: i16 = 2021;

// The parser already repeats the value: only the example of the domain's message is new.
fn month(text: &str) -> Result<Month, String> {
    let month = text.parse().map_err(|_: PeriodError| "écrivez un mois comme 2021-09".to_owned())?;
    since_the_opening(month)
}

fn quarter(text: &str) -> Result<Quarter, String> {
    let quarter = text.parse().map_err(|_: PeriodError| "écrivez un trimestre comme 2021-Q3".to_owned())?;
    since_the_opening(quarter)
}

fn since_the_opening<P: Period>(period: P) -> Result<P, String> {
    if period.first_day().year() < OPENED {
        return Err(format!("le fonds n’est ouvert que depuis {OPENED}"));
    }
    Ok(period)
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a directory that cannot be written, a document that cannot be taken
/// back.
pub async fn run(args: ExportArgs, context: &Context) -> Result<Exit, Failure> {
    let (document, manner, out) = match args.what {
        Export::Monthly(MonthlyArgs { month, out, revise }) => {
            (Document::MonthlyList(month), Manner { revise, ..Manner::default() }, out)
        }
        Export::Quarterly(QuarterlyArgs { quarter, out, revise, comment, last }) => {
            let commentary = comment.as_deref().map(commentary).transpose()?;
            if let Some(commentary) = &commentary {
                warn_of_unprintable(commentary, context);
                warn_of_altered(commentary, context);
            }
            (Document::QuarterlyReport(quarter), Manner { revise, last, commentary }, out)
        }
        Export::Committee(PackArgs { departement, quarter, out, revise }) => {
            (Document::Committee(Sitting { departement, quarter }), Manner { revise, ..Manner::default() }, out)
        }
        Export::Withdraw(withdraw) => {
            return take_back(&withdraw, &workplace::stored(&context.config()?, context)?, context);
        }
    };
    let (config, text) = context.config_with_text()?;
    let directory = out.unwrap_or_else(|| config.exports.directory.clone());
    let drawn = match Service::of(&config, &text).await {
        Some(service) => {
            workplace::warn_of_unset_parameters(&config, &workplace::rulebook(&config)?);
            // What is kept says where the files are, wherever the service was started.
            let directory = std::path::absolute(&directory).unwrap_or_else(|_| directory.clone());
            match service.ask(Wanted::Document { document, manner, directory }, context).await? {
                Told::Drawn(drawn) => *drawn,
                _ => return Err(unexpected()),
            }
        }
        None => workplace::stored(&config, context)?.draw(document, &manner, &directory)?,
    };
    show(&drawn.write(&directory)?, context)
}

/// Files larger than this, in bytes, are no commentary.
const LARGEST: u64 = 1 << 20;

/// Reads a commentary: by who asks, whose file it is, whoever makes the report.
fn commentary(file: &Path) -> Result<Commentary, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut bytes));
    read.map_err(|error| {
        let reason = refusal_in_french(&error);
        Failure::usage(format_args!("{} : ce commentaire ne peut pas être lu : {reason}", file.display()))
            .hint("corrigez le chemin donné à « --comment », ou les droits du fichier")
    })?;
    if bytes.len() as u64 > LARGEST {
        let said = format_args!("{} : plus de 1 Mo, ce n’est pas un commentaire", file.display());
        return Err(Failure::usage(said).hint("donnez un fichier de texte (.md ou .txt), enregistré en UTF-8"));
    }
    Commentary::read(&bytes)
        .map_err(|error| Failure::usage(format_args!("{} : {error}", file.display())).hint(error.hint()))
}

/// Says what of a commentary looks otherwise in the report.
fn warn_of_altered(commentary: &Commentary, context: &Context) {
    let altered = commentary.altered();
    if !altered.is_empty() {
        context.printer.note(&format!("attention : commentaire du rapport : {}", altered.join(" ; ")));
    }
}

/// Says which characters of a commentary the PDF shows as a small square.
fn warn_of_unprintable(commentary: &Commentary, context: &Context) {
    let missing: Vec<String> = commentary.unprintable().iter().map(ToString::to_string).collect();
    if !missing.is_empty() {
        context.printer.note(&format!(
            "attention : le PDF n’a pas de signe pour ces caractères du commentaire, et montre « □ » à leur place : {}",
            missing.join(" ")
        ));
    }
}

/// Prints where the files are, and what there is to know of them.
fn show(exported: &Exported, context: &Context) -> Result<Exit, Failure> {
    let paths: Vec<String> = exported.files.iter().map(|(path, _)| path.display().to_string()).collect();
    let told = context.printer.text(&paths.join("\n"));
    told.map_err(|failure| failure.all_the_same("le document est écrit", "ses fichiers sont à leur place"))?;
    context.printer.note(&standing(exported));
    for hint in exported.provisional.iter().filter_map(Provisional::hint) {
        context.printer.note(&hint);
    }
    if let Some(early) = &exported.early {
        context.printer.note(&format!("attention : {early}"));
        context.printer.note(&early.hint());
    }
    for behind in &exported.behind {
        context.printer.note(&format!("attention : {behind}"));
    }
    if let Some(previous) = &exported.not_compared {
        context.printer.note(&format!("attention : {}", told_not_compared(previous)));
    }
    if !exported.in_quarantine.is_empty() {
        let (which, may) = match exported.in_quarantine.as_slice() {
            [_] => ("le dossier", "il peut manquer ou être incomplet"),
            _ => ("les dossiers", "ils peuvent manquer ou être incomplets"),
        };
        context.printer.note(&format!(
            "attention : DS n’a pas pu donner en entier {which} {} ; {may}",
            listed(&exported.in_quarantine)
        ));
    }
    if !exported.unreadable.is_empty() {
        let (of, count) = match exported.unreadable.as_slice() {
            [_] => ("du dossier", "il ne compte"),
            _ => ("des dossiers", "ils ne comptent"),
        };
        context.printer.note(&format!(
            "attention : le contenu enregistré {of} {} est illisible ; {count} dans aucune somme",
            listed(&exported.unreadable)
        ));
    }
    let is_whole = exported.in_quarantine.is_empty() && exported.unreadable.is_empty();
    Ok(if is_whole { Exit::Done } else { Exit::LeftToSee })
}

fn take_back(args: &WithdrawArgs, desk: &Desk, context: &Context) -> Result<Exit, Failure> {
    let WithdrawArgs { kind, period, never_sent, reason, by } = args;
    let unfit = |error: PeriodError| Failure::usage(error).hint("corrigez --period");
    let document = match kind {
        Kind::MonthlyList => Document::MonthlyList(period.parse().map_err(unfit)?),
        Kind::QuarterlyReport => Document::QuarterlyReport(period.parse().map_err(unfit)?),
        Kind::Committee => Document::Committee(period.parse().map_err(unfit)?),
    };
    let Withdrawn { label, period, revision, files, stands } =
        desk.withdraw(&document, *never_sent, Signed { by, reason })?;
    let correction = if revision > 0 { format!(", correction n° {revision}") } else { String::new() };
    let mut out = Paper::new(context.printer.width());
    hang(&mut out, "", &format!("document repris : {label}, {}{correction}", french_code(&period)));
    for KeptFile { format, path, sha256 } in &files {
        hang(&mut out, &format!("  {format:<4}  "), &format!("{path}, SHA-256 {sha256}"));
    }
    let told = context.printer.text(&out.into_text());
    told.map_err(|failure| {
        failure.all_the_same(
            format_args!("le document {} est repris", french_code(&period)),
            "« fitn export » le refait, comme correction",
        )
    })?;
    context.printer.note(&match stands {
        None => "redemandé, il sera fait de nouveau, comme correction ; les fichiers ci-dessus sont restés en place : retirez-les"
            .to_owned(),
        Some(0) => "le document d’avant cette correction vaut de nouveau ; ses fichiers se redemandent".to_owned(),
        Some(stands) => format!("la correction n° {stands} vaut de nouveau ; ses fichiers se redemandent"),
    });
    Ok(Exit::Done)
}

/// What there is to know of the files.
fn standing(exported: &Exported) -> String {
    if exported.is_provisional() {
        let reasons: Vec<String> = exported.provisional.iter().map(ToString::to_string).collect();
        format!("document provisoire, non conservé : {}", reasons.join(" ; "))
    } else if exported.nothing_to_correct {
        "rien ne diffère de ce qui est conservé : aucune correction, les mêmes fichiers, à l’octet près".to_owned()
    } else if exported.from_archive {
        "document déjà arrêté : les mêmes fichiers, à l’octet près (une correction se demande par --revise)".to_owned()
    } else if exported.revision > 0 {
        format!("correction n° {}, conservée à côté des précédentes", exported.revision)
    } else {
        "document arrêté et conservé".to_owned()
    }
}
