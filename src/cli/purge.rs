//! `fitn purge`: erases here what DS erased, but for what may be kept.

use clap::Args;
use jiff::SignedDuration;
use serde_json::{Value, json};

use super::layout::{Column, count, table};
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, workplace};
use crate::attachments::{Bulk, Orphans};
use crate::desk::{ErasableDossier, LeftInFile, Purge, Retention};
use crate::domain::instant::{french_instant, to_rfc3339};

/// The arguments of `fitn purge`.
#[derive(Debug, Args)]
pub struct PurgeArgs {
    /// Dit ce qui serait effacé, sans rien effacer
    #[arg(long)]
    pub dry_run: bool,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command.
///
/// # Errors
/// A wrong configuration, a database that cannot be used, a sync that is running.
pub async fn run(args: PurgeArgs, context: &Context) -> Result<Exit, Failure> {
    let config = context.config()?;
    let desk = if args.dry_run { workplace::shown(&config, context)? } else { workplace::stored(&config, context)? };
    let purge = desk.purge(args.dry_run)?;
    if args.json {
        context.printer.json(&document(&purge, &desk.retention, args.dry_run))?;
    } else {
        context.printer.text(&text(&purge, &desk.retention, args.dry_run, context.printer.width()))?;
    }
    Ok(Exit::Done)
}

fn text(purge: &Purge, retention: &Retention, dry_run: bool, width: Width) -> String {
    let mut out = Paper::new(width);
    if dry_run {
        out.push_str("essai : rien n’a été effacé\n");
    }
    let number = purge.due.len() as u64;
    if number == 0 {
        out.push_str("Aucun dossier à effacer.\n");
    } else {
        let (one, several) = if dry_run {
            ("dossier à effacer", "dossiers à effacer")
        } else {
            ("dossier effacé", "dossiers effacés")
        };
        out.push_str(&count(number, one, several));
        out.push_str("\n\n");
        out.push_str(&dossiers(&purge.due, width));
        out.push('\n');
        hang(&mut out, "effacé  ", ERASED);
        hang(&mut out, "gardé   ", &format!("{ALWAYS_KEPT} ; {}", kept(retention)));
    }
    if let Some(since) = purge.contents.due_since {
        let erased = if dry_run {
            ["contenu à effacer", "contenus à effacer"]
        } else {
            ["contenu effacé", "contenus effacés"]
        };
        let since = french_instant(since);
        let line =
            format!("{}, de pièces retirées d’un dossier, la première le {since}", bulk(purge.contents.due, erased));
        hang(&mut out, "pièces  ", &line);
    }
    let delay = count(days(retention.erase_after), "jour", "jours");
    let mut waits = |what: &str, next_due| {
        let line = format!("{what} : délai de {delay}, jusqu’au {} au plus tôt", french_instant(next_due));
        hang(&mut out, "attente ", &line);
    };
    if let Some(next_due) = purge.next_due {
        let (one, several) = if purge.due.is_empty() {
            ("dossier supprimé de DS", "dossiers supprimés de DS")
        } else {
            ("autre dossier supprimé de DS", "autres dossiers supprimés de DS")
        };
        waits(&count(purge.waiting, one, several), next_due);
    }
    if let Some(next_due) = purge.contents.next_due {
        waits(&bulk(purge.contents.waiting, ["contenu de pièce retirée", "contenus de pièces retirées"]), next_due);
    }
    if let Some(left) = purge.left_in_file {
        hang(&mut out, "reste   ", left_in_file(left));
    }
    if purge.left_on_disk {
        hang(&mut out, "reste   ", LEFT_ON_DISK);
    }
    out.into_text()
}

const ERASED: &str = "toutes les versions reçues, champs et annotations, pièces jointes, demandeur, explications des avis, \
                      décisions et corrections des agents, alertes, textes des courriels qui le nomment";
const ALWAYS_KEPT: &str = "numéro, démarche, programme, état, dates de DS, retrait, avis sans explication";
const LEFT_ON_DISK: &str = "des pièces jointes à effacer sont encore sur le disque ; « fitn purge » ou la prochaine \
                            synchronisation complète les effacera, « fitn status » dit ce qui l’empêche";

fn left_in_file(left: LeftInFile) -> &'static str {
    match left {
        LeftInFile::Stopped => {
            "des octets effacés sont encore dans le fichier de la base, faute d’avoir achevé un effacement ; « fitn purge » ou la \
             prochaine synchronisation complète l’achèvera"
        }
        LeftInFile::Read => {
            "des octets effacés sont encore à côté du fichier de la base, qu’un autre programme lit ; « fitn purge » ou la prochaine \
             synchronisation complète les ôtera"
        }
        LeftInFile::NoRoom => {
            "des octets effacés sont encore dans le fichier de la base : il doit être réécrit une fois, et le disque n’en a pas la \
             place ; libérez deux fois la taille de ce fichier, puis lancez « fitn purge »"
        }
    }
}

fn kept(retention: &Retention) -> String {
    let kept: Vec<&str> = retention.keep.iter().map(|one| one.code()).collect();
    if kept.is_empty() { "rien d’autre (clé « keep » de la section [purge])".to_owned() } else { kept.join(", ") }
}

fn days(delay: SignedDuration) -> u64 {
    (delay.as_hours() / 24).unsigned_abs()
}

fn bulk(bulk: Bulk, [one, several]: [&str; 2]) -> String {
    format!("{} ({})", count(bulk.count, one, several), count(bulk.bytes, "octet", "octets"))
}

fn dossiers(due: &[ErasableDossier], width: Width) -> String {
    let rows: Vec<[String; 7]> = due
        .iter()
        .map(|dossier| {
            [
                dossier.number.to_string(),
                dossier.procedure.to_string(),
                dossier.reason.label().to_owned(),
                french_instant(dossier.since),
                dossier.versions.to_string(),
                dossier.champs.to_string(),
                dossier.attachments.to_string(),
            ]
        })
        .collect();
    let columns = [
        ("n°", Column::Right),
        ("démarche", Column::Right),
        ("retiré", Column::Flexible),
        ("depuis le", Column::Left),
        ("vers.", Column::Right),
        ("champs", Column::Right),
        ("pièces", Column::Right),
    ];
    table(columns, &rows, width)
}

fn document(purge: &Purge, retention: &Retention, dry_run: bool) -> Value {
    let dossiers: Vec<Value> = purge
        .due
        .iter()
        .map(|dossier| {
            json!({
                "number": dossier.number,
                "procedure": dossier.procedure,
                "removed_reason": dossier.reason.code(),
                "since": to_rfc3339(dossier.since),
                "versions": dossier.versions,
                "champs": dossier.champs,
                "attachments": dossier.attachments,
                "journal": dossier.journal,
            })
        })
        .collect();
    json!({
        "dry_run": dry_run,
        "erase_after_days": days(retention.erase_after),
        "keep": retention.keep.iter().map(|one| one.code()).collect::<Vec<_>>(),
        "dossiers": dossiers,
        "waiting": purge.waiting,
        "next_due": purge.next_due.map(to_rfc3339),
        "contents": contents(&purge.contents),
        "left_in_file": purge.left_in_file.is_some(),
        "left_on_disk": purge.left_on_disk,
    })
}

fn contents(Orphans { due, due_since, waiting, next_due }: &Orphans) -> Value {
    json!({
        "due": { "count": due.count, "bytes": due.bytes, "since": due_since.map(to_rfc3339) },
        "waiting": { "count": waiting.count, "bytes": waiting.bytes },
        "next_due": next_due.map(to_rfc3339),
    })
}

#[cfg(test)]
mod tests {
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::domain::dossier::RemovalReason;
    use crate::domain::erasure::Keep;

    #[test]
    fn what_is_erased_and_what_is_kept_is_told_within_80_columns() {
        let dossier = |number, reason| ErasableDossier {
            number,
            procedure: 61_234,
            reason,
            since: "2021-09-03T10:33:00Z".parse().unwrap(),
            versions: 4,
            champs: 37,
            attachments: 2,
            journal: 1,
        };
        let purge = Purge {
            due: vec![dossier(12_345_678, RemovalReason::Deleted), dossier(12_345_690, RemovalReason::Absent)],
            waiting: 1,
            next_due: Some("2021-10-20T08:00:00Z".parse().unwrap()),
            contents: Orphans {
                due: Bulk { count: 2, bytes: 102_400 },
                due_since: Some("2021-09-01T08:00:00Z".parse().unwrap()),
                waiting: Bulk { count: 1, bytes: 51_200 },
                next_due: Some("2021-10-12T08:00:00Z".parse().unwrap()),
            },
            left_in_file: Some(LeftInFile::Read),
            left_on_disk: true,
        };
        let retention = Retention { erase_after: SignedDuration::from_hours(30 * 24), keep: Keep::default() };
        let shown = [
            text(&purge, &retention, true, Width::PIPED),
            text(&purge, &retention, false, Width::PIPED),
            text(&Purge::default(), &retention, true, Width::PIPED),
        ];
        let shown = shown.join("--\n");
        assert!(shown.lines().all(|line| line.width() <= 80), "{shown}");
        insta::assert_snapshot!(shown);
    }
}
