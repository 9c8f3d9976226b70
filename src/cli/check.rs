//! `fitn check`: one line for each thing that the program needs, with the mend of what is wrong.

use std::fmt::Display;
use std::io;
use std::path::Path;

use clap::Args;
use jiff::ToSpan;
use rustix::fs::Access;

use super::layout::{count, pad};
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, check_backups, check_schema, unset_parameters, workplace};
use crate::api::{Client, RetryPolicy};
use crate::attachments::Survey;
use crate::config::{Config, Procedure};
use crate::daemon::TOKEN_NOTICE;
use crate::delivery::Trouble;
use crate::desk::{AttachmentCounts, CLOCK_HINT, Found, UNDATED_HINT, difference, look, refuse_unwritable};
use crate::domain::clock::ServerClock;
use crate::domain::fact::FactName;
use crate::domain::instant::{french_date, paris_date};
use crate::domain::text::{counted, grouped, quoted};
use crate::files::{directory_of, free_space, refusal_in_french};
use crate::mapping::{self, Severity};

const NEW_TOKEN: &str = "créez un nouveau jeton dans le profil DS, puis changez « token_expires »";
const MEBIBYTE: u64 = 1024 * 1024;
/// Seconds of difference that slow answers explain.
const SLIGHT: u64 = 2;

/// The arguments of `fitn check`.
#[derive(Debug, Args)]
pub struct CheckArgs {}

/// What was found about one thing.
#[derive(Debug)]
pub struct Point {
    /// What was looked at.
    pub subject: String,
    /// What there is to say of it.
    pub outcome: Result<String, Failure>,
}

impl Point {
    /// Words what was found.
    pub fn new<T>(subject: impl Display, outcome: Result<T, Failure>, say: impl FnOnce(&T) -> String) -> Self {
        Self { subject: subject.to_string(), outcome: outcome.map(|found| say(&found)) }
    }
}

/// Runs the command.
///
/// # Errors
/// What stdout refuses; what is found wrong is a result, and gives the exit code of the first of it.
pub async fn run(_args: CheckArgs, context: &Context) -> Result<Exit, Failure> {
    let mut points = Vec::new();
    let config = context.config();
    points.push(Point::new("configuration", config.clone(), |config| {
        let procedures = counted(config.procedures.len(), "démarche", "démarches");
        format!("{}, {procedures}", context.config_file().display())
    }));
    if let Ok(config) = config {
        points.push(parameters(&config));
        let token = context.token(&config);
        let has_token = token.is_ok();
        points.push(Point::new("jeton", token, |token| format!("lu dans {}", token.origin)));
        let (after_token, mut heard) = (points.len(), None);
        match workplace::client(&config, context) {
            Ok(client) => {
                let mut about = Vec::new();
                for procedure in &config.procedures {
                    about.extend(about_procedure(procedure, &client).await);
                }
                // An API that cannot be asked has a line for each démarche.
                let report = client.with_policy(RetryPolicy::once()).schema_report().await.map_err(Failure::from);
                if report.is_ok() || about.is_empty() {
                    let outcome = report.and_then(|report| check_schema::verdict(&report));
                    points.push(Point::new("schéma de DS", outcome, String::clone));
                }
                points.append(&mut about);
                points.extend(clock(&client));
                heard = client.heard_clock();
            }
            // A token that cannot be had has its line already.
            Err(_) if !has_token => {}
            Err(failure) => points.push(Point::new("connexion", Err::<(), _>(failure), |()| String::new())),
        }
        points.splice(after_token..after_token, validity(&config, heard, context));
        points.push(database(&config));
        points.push(disk(&config));
        points.push(exports(&config));
        points.push(check_backups::point(&config, context));
        points.push(attachments(&config, context));
        points.extend(mail(&config));
        points.extend(config.delivery.iter().filter_map(|delivery| delivery.directory.as_deref()).map(share));
    }
    context.printer.text(&report(&points, context.printer.width()))?;
    Ok(exit(&points))
}

/// The API does not tell when a token ends; the configuration may. What day it is, DS says when it answers.
fn validity(config: &Config, heard: Option<ServerClock>, context: &Context) -> Option<Point> {
    let last_day = config.api.token_expires?;
    let today = paris_date(heard.map_or_else(|| context.clock.now(), |clock| clock.date));
    let outcome = if last_day < today {
        Err(Failure::refused(format_args!("expiré depuis le {}", french_date(last_day))).hint(NEW_TOKEN))
    } else {
        Ok(last_day)
    };
    Some(Point::new("validité du jeton", outcome, |day| {
        let soon = *day < today.saturating_add(TOKEN_NOTICE.days());
        format!("jusqu’au {}{}", french_date(*day), if soon { " : à renouveler bientôt" } else { "" })
    }))
}

/// This machine's clock beside that of DS, once DS has answered.
fn clock(client: &Client) -> Option<Point> {
    let outcome = match client.heard_clock() {
        Some(clock) if clock.is_off() => {
            Err(Failure::failed(format_args!("cette machine {}", difference(clock))).hint(CLOCK_HINT))
        }
        Some(clock) => Ok(clock.offset().as_secs().unsigned_abs()),
        None if client.undated_answers() > 0 => {
            Err(Failure::failed("les réponses de DS n’ont pas de date utilisable").hint(UNDATED_HINT))
        }
        None => return None,
    };
    Some(Point::new("horloge", outcome, |seconds| match seconds {
        0..=SLIGHT => "à l’heure de DS".to_owned(),
        seconds => format!("à l’heure de DS, à {seconds} s près"),
    }))
}

/// The state of a démarche, as people read it; one that DS made up since, as it is.
fn state_in_french(state: &str) -> &str {
    match state {
        "publiee" => "publiée",
        "depubliee" => "dépubliée",
        state => state,
    }
}

/// What grants are summed by: without a place on the form, sums are nothing.
const AMOUNTS: [FactName; 3] = [FactName::GrantedAmount, FactName::EngagedAmount, FactName::PaidAmount];

async fn about_procedure(procedure: &Procedure, client: &Client) -> Vec<Point> {
    let number = procedure.number;
    let client = client.with_policy(RetryPolicy::once());
    let demarche = client.demarche(number).await.map_err(Failure::from);
    let mut points = vec![Point::new(format_args!("démarche {number}"), demarche.clone(), |demarche| {
        format!(
            "{}, {}",
            quoted(&demarche.title_line()),
            demarche.state.as_deref().map_or("état inconnu", state_in_french)
        )
    })];
    if let Ok(demarche) = demarche {
        let subject = format!("correspondance {number}");
        let form = match workplace::form(&demarche) {
            Ok(form) => form,
            Err(failure) => {
                points.push(Point::new(subject, Err::<(), _>(failure), |()| String::new()));
                return points;
            }
        };
        let defects: Vec<_> = mapping::check(&procedure.fields, form, procedure.programme)
            .into_iter()
            .filter(|defect| defect.severity == Severity::Error)
            .collect();
        let outcome = match (defects.as_slice(), procedure.fields.mapped_facts(procedure.programme)) {
            ([], 0) => Err(Failure::usage(mapping::NOTHING_MAPPED).hint(mapping::mend_of_nothing_mapped(number))),
            ([], mapped) => Ok(mapped),
            ([first, ..], _) => Err(Failure::usage(&first.message).hint(format_args!(
                "{} ; « fitn mapping check » dit tout ({} à corriger)",
                first.mend,
                defects.len()
            ))),
        };
        let missing: Vec<FactName> = mapping::unmapped(&procedure.fields, procedure.programme).collect();
        points.push(Point::new(subject, outcome, |facts| {
            let mapped = counted(*facts, "fait associé", "faits associés");
            let amounts = AMOUNTS.into_iter().filter(|fact| missing.contains(fact)).map(FactName::code);
            let amounts: Vec<&str> = amounts.collect();
            match (missing.len(), amounts.as_slice()) {
                (0, _) => format!("{mapped} à des champs du formulaire"),
                (_, []) => format!("{mapped} à des champs du formulaire, {} sans champ", missing.len()),
                (_, amounts) => format!(
                    "{mapped} à des champs du formulaire, {} sans champ ; sans {}, ces montants ne seront pas lus : « fitn mapping check »",
                    missing.len(),
                    amounts.join(", ")
                ),
            }
        }));
    }
    points
}

/// The operator's own values, or that there are none.
fn parameters(config: &Config) -> Point {
    let files = &config.rules.parameters;
    let outcome = workplace::rulebook(config).and_then(|rulebook| {
        let missing = unset_parameters::told(config, &rulebook);
        missing.map_or(Ok(()), Err)
    });
    Point::new("paramètres", outcome, |()| match files.as_slice() {
        [] => "ceux du guide, aucun fichier de la préfecture".to_owned(),
        files => {
            let names: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
            format!("ceux du guide, modifiés par {}", names.join(", "))
        }
    })
}

fn database(config: &Config) -> Point {
    let path = &config.database.path;
    let outcome = refuse_unwritable(path).and_then(|()| look(path)).map_err(Failure::from);
    Point::new("base de données", outcome, |found| {
        let said = match found {
            Found::Current => "à jour",
            Found::Nothing => "sera créée à la première synchronisation",
            Found::Older => "d’une version plus ancienne, sera mise à jour à la première synchronisation",
        };
        format!("{} : {said}", path.display())
    })
}

fn disk(config: &Config) -> Point {
    let directory = directory_of(&config.database.path);
    let outcome = free_space(directory)
        .map(|free| free.map(|free| free / MEBIBYTE))
        .map_err(|error| {
            Failure::usage(format_args!("{} : {}", directory.display(), refusal_in_french(&error)))
                .hint("créez ce répertoire, ou corrigez la clé « path » de la section [database]")
        })
        .and_then(|free| match free {
            Some(free) if free < config.alerts.disk_free_min / MEBIBYTE => {
                Err(Failure::failed(format_args!("il ne reste que {free} Mio dans {}", directory.display()))
                    .hint("libérez de la place (« disk_free_min_mb », section [alerts], dit combien il en faut)"))
            }
            free => Ok(free),
        });
    Point::new("disque", outcome, |free| {
        free.map_or_else(|| "sa place libre n’est pas dite".to_owned(), |free| format!("{} Mio libres", grouped(free)))
    })
}

/// Whether lists and reports can be written, long before the first is due.
fn exports(config: &Config) -> Point {
    let directory = &config.exports.directory;
    let outcome = writable(directory).map_err(|error| {
        Failure::usage(format_args!("{} : {}", directory.display(), refusal_in_french(&error)))
            .hint("donnez au compte qui lance fitn le droit d’y écrire, ou corrigez [exports] directory")
    });
    Point::new("exports", outcome, |()| directory.display().to_string())
}

/// Whether mail would leave: connected, encrypted, signed in, and nothing sent.
fn mail(config: &Config) -> Option<Point> {
    let smtp = config.smtp.as_ref()?;
    let server = workplace::mail_server(smtp);
    let outcome = tokio::task::block_in_place(|| server.check());
    let outcome = outcome.map_err(|trouble| match trouble {
        Trouble::NoPassword(_) | Trouble::Certificates { .. } | Trouble::NoSuchHost(_) => {
            Failure::usage(&trouble).hint(trouble.hint())
        }
        _ => Failure::failed(&trouble).hint(trouble.hint()),
    });
    Some(Point::new("courriel", outcome, |_| {
        let rehearsal =
            smtp.redirect_to.as_ref().map(|tester| format!(" ; répétition : tout part à {}", tester.address()));
        let deliveries = match config.delivery.len() {
            0 => ", mais rien n’est à envoyer ([[delivery]])".to_owned(),
            number => format!(", {}", counted(number, "livraison", "livraisons")),
        };
        format!("{} accepte la connexion{deliveries}{}", server.server(), rehearsal.unwrap_or_default())
    }))
}

/// Whether the files of a delivery can be written where they go: the directory is not made, it may be a share that is not mounted.
fn share(directory: &Path) -> Point {
    let outcome = directory.metadata().and_then(|_| writable(directory));
    let outcome = outcome.map_err(|error| {
        Failure::usage(format_args!("{} : {}", directory.display(), refusal_in_french(&error)))
            .hint("montez ce partage ou créez ce répertoire, et donnez au compte qui lance fitn le droit d’y écrire")
    });
    Point::new("livraison", outcome, |()| directory.display().to_string())
}

/// How much of what is kept of attached files is read again, in bytes; the next look reads what follows.
const SURVEYED: u64 = 256 * 1024 * 1024;

/// Whether contents can be written, and whether those that were are still as they were. Those that are not are asked of DS
/// again at the next sync.
fn attachments(config: &Config, context: &Context) -> Point {
    let outcome = look_at_attachments(config, context);
    Point::new("pièces jointes", outcome, |(counts, survey)| {
        if !config.attachments.download && survey.known == 0 {
            return count(counts.total(), "recensée, non téléchargée", "recensées, non téléchargées");
        }
        let contents = count(survey.known, "contenu gardé", "contenus gardés");
        let read = count(survey.read, "relu", "relus");
        let left = match counts.pending + counts.failed {
            0 => String::new(),
            left => format!(", {}", count(left, "pièce à télécharger", "pièces à télécharger")),
        };
        format!("{} : {contents}, {read} sans altération{left}", config.attachments_directory().display())
    })
}

fn look_at_attachments(config: &Config, context: &Context) -> Result<(AttachmentCounts, Survey), Failure> {
    let directory = config.attachments_directory();
    if config.attachments.download {
        writable(&directory).map_err(|error| {
            Failure::usage(format_args!("{} : {}", directory.display(), refusal_in_french(&error)))
                .hint("donnez au compte qui lance fitn le droit d’y écrire, ou corrigez [attachments] directory")
        })?;
    }
    // A database that is not there, or that only a command brings up to date, has nothing to say.
    if matches!(look(&config.database.path), Ok(Found::Nothing | Found::Older)) {
        return Ok(Default::default());
    }
    let desk = workplace::stored_or_shown(config, context)?;
    let counts = desk.attachment_counts()?;
    let survey = desk.attachments.survey(SURVEYED)?;
    if survey.missing + survey.altered > 0 {
        let missing = count(survey.missing, "contenu manquant", "contenus manquants");
        let altered = count(survey.altered, "contenu altéré", "contenus altérés");
        return Err(Failure::failed(format_args!("{missing} et {altered} dans {}", directory.display())).hint(
            if survey.unnoted {
                "libérez de la place sur le disque de la base, puis relancez « fitn check » : rien n’a pu être noté"
            } else if config.attachments.download {
                "la prochaine synchronisation les redemandera à DS ; vérifiez le disque"
            } else {
                "mettez [attachments] download = true pour les redemander à DS ; vérifiez le disque"
            },
        ));
    }
    Ok((counts, survey))
}

/// Whether this account may write in a directory, or make it where it is not there yet. Nothing is made: another account may
/// run the service.
pub(super) fn writable(directory: &Path) -> io::Result<()> {
    let found = existing(directory);
    if !found.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    Ok(rustix::fs::access(found, Access::WRITE_OK | Access::EXEC_OK)?)
}

/// The directory itself, or the first of those above it that is there.
pub(super) fn existing(directory: &Path) -> &Path {
    let found = directory.ancestors().find(|path| path.as_os_str().is_empty() || path.exists());
    found.filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// One line for each point, ✓ or ✗, and the mend under it.
fn report(points: &[Point], width: Width) -> String {
    let widest = points.iter().map(|point| point.subject.chars().count()).max().unwrap_or(0);
    let mut out = Paper::new(width);
    for point in points {
        let subject = pad(&point.subject, widest);
        match &point.outcome {
            Ok(said) => hang(&mut out, &format!("✓ {subject}  "), said),
            Err(failure) => {
                hang(&mut out, &format!("✗ {subject}  "), &failure.message);
                if let Some(hint) = &failure.hint {
                    hang(&mut out, &format!("  {}  → ", pad("", widest)), hint);
                }
            }
        }
    }
    out.into_text()
}

fn exit(points: &[Point]) -> Exit {
    points.iter().find_map(|point| point.outcome.as_ref().err()).map_or(Exit::Done, |failure| failure.exit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_point_has_its_line_and_its_mend() {
        let points = [
            Point::new("configuration", Ok(2), |number| format!("{number} démarches")),
            Point::new("jeton", Err::<(), _>(Failure::refused("refusé").hint("changez-le")), |()| String::new()),
            Point::new("disque", Err::<(), _>(Failure::failed("plein")), |()| String::new()),
        ];
        assert_eq!(
            report(&points, Width::PIPED),
            "✓ configuration  2 démarches\n✗ jeton          refusé\n                 → changez-le\n✗ disque         plein\n"
        );
        assert_eq!(exit(&points), Exit::Refused);
        assert_eq!(exit(&points[..1]), Exit::Done);
    }
}
