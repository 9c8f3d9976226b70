//! `fitn backup`: a verified copy of the database and of what lies beside it.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, signals, workplace};
use crate::desk::BackedUp;
use crate::domain::instant::{french_instant, to_rfc3339};

/// The arguments of `fitn backup`.
#[derive(Debug, Args)]
pub struct BackupArgs {
    /// Le fichier à écrire, qui ne doit pas exister ; à défaut, un nouveau dans le répertoire de la section [backup]
    #[arg(value_name = "FICHIER")]
    pub file: Option<PathBuf>,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command. It needs no service, and disturbs none.
///
/// # Errors
/// A wrong configuration, a database that cannot be read, a place that cannot be written, another backup that is being made.
pub async fn run(args: BackupArgs, context: &Context) -> Result<Exit, Failure> {
    let stop = signals::stop();
    let config = context.config()?;
    let desk = workplace::stored_or_shown(&config, context)?;
    let made = tokio::task::block_in_place(|| desk.backup(args.file.as_deref(), &|| !stop.is_cancelled()))?;
    if args.json {
        context.printer.json(&document(&made))?;
    } else {
        context.printer.text(&text(&made, context.printer.width()))?;
    }
    Ok(Exit::Done)
}

fn text(made: &BackedUp, width: Width) -> String {
    let mut out = Paper::new(width);
    let BackedUp { copy, at, contents, removed } = made;
    hang(&mut out, "sauvegarde ", &format!("{}, vérifiée", copy.file.display()));
    let dossiers = count(copy.dossiers, "dossier", "dossiers");
    let bytes = count(copy.bytes, "octet", "octets");
    hang(&mut out, "base       ", &format!("état du {} : {dossiers}, {bytes}", french_instant(*at)));
    let kept = contents.given + contents.known;
    if kept + contents.missing > 0 {
        let missing = match contents.missing {
            0 => String::new(),
            missing => format!(
                " ; {} sur le disque, ou abîmé : la prochaine synchronisation le redemande",
                count(missing, "contenu absent", "contenus absents")
            ),
        };
        let given = count(contents.given, "nouveau", "nouveaux");
        let line = format!("{}, dont {given}{missing}", count(kept, "contenu sauvegardé", "contenus sauvegardés"));
        hang(&mut out, "pièces     ", &line);
    }
    if !removed.is_empty() {
        let number = removed.len() as u64;
        let gone = count(number, "copie plus ancienne, effacée", "copies plus anciennes, effacées");
        hang(&mut out, "rotation   ", &gone);
    }
    out.into_text()
}

fn document(made: &BackedUp) -> Value {
    let BackedUp { copy, at, contents, removed } = made;
    json!({
        "file": copy.file,
        "at": to_rfc3339(*at),
        "bytes": copy.bytes,
        "dossiers": copy.dossiers,
        "contents": { "given": contents.given, "known": contents.known, "missing": contents.missing },
        "removed": removed,
    })
}
