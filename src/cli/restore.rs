//! `fitn restore`: a backup put in the place of the database.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;

use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, signals, workplace};
use crate::config::Config;
use crate::desk::{DeskError, Lost, MadeReady, Restoration, Restored, begin_restoration, restore};
use crate::domain::instant::french_instant;

/// The answer that is taken for a yes.
const YES: &str = "oui";

/// The arguments of `fitn restore`.
#[derive(Debug, Args)]
pub struct RestoreArgs {
    /// La sauvegarde, faite par « fitn backup » ou par le service
    #[arg(value_name = "FICHIER")]
    pub file: PathBuf,
    /// Répond oui : restaure sans rien demander
    #[arg(long)]
    pub yes: bool,
}

/// Runs the command, while no service lives.
///
/// # Errors
/// A wrong configuration, a file that is no sound backup of this connector, a database in use; without a terminal, `--yes` is needed.
pub async fn run(args: RestoreArgs, context: &Context) -> Result<Exit, Failure> {
    let stop = signals::stop();
    let config = context.config()?;
    let database = &config.database.path;
    let settings = workplace::settings(&config)?;
    let begin = || begin_restoration(database, &args.file, &context.clock);
    let restoration = tokio::task::block_in_place(begin)?;
    context.printer.text(&before(&restoration, &config, context.printer.width()))?;
    warn_of_other_procedures(&restoration, &config, context);
    if !args.yes && !confirmed(context)? {
        context.printer.note("rien n’a été restauré, la base est comme elle était");
        return Ok(Exit::Failed);
    }
    let done = tokio::task::block_in_place(|| {
        restore(restoration, database, settings, &context.clock, &|| !stop.is_cancelled())
    });
    let Restored { aside, made_ready } = done.map_err(|error: DeskError| {
        let failure = Failure::from(&error);
        Failure { message: format!("{} ; la base en place est comme elle était", failure.message), ..failure }
    })?;
    context.printer.text(&after(aside.as_deref(), &made_ready, context.printer.width()))?;
    Ok(if made_ready.held > 0 { Exit::InQuarantine } else { Exit::Done })
}

/// Asks whoever is there.
fn confirmed(context: &Context) -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::usage("restaurer remplace la base en place, et personne n’est là pour le confirmer")
            .hint("relancez avec « --yes » si c’est bien ce qu’il faut, ou depuis un terminal"));
    }
    context.printer.note(&format!("Restaurer cette sauvegarde ? Tapez « {YES} » pour le confirmer :"));
    let mut answer = String::new();
    // Who says nothing does not agree.
    let _ = io::stdin().read_line(&mut answer);
    Ok(answer.trim().eq_ignore_ascii_case(YES))
}

/// What is known of both, and what would be lost.
fn before(restoration: &Restoration, config: &Config, width: Width) -> String {
    let mut out = Paper::new(width);
    let candidate = &restoration.candidate;
    let synced = candidate.synced_at.map_or_else(
        || "jamais synchronisée".to_owned(),
        |at| format!("dernière synchronisation le {}", french_instant(at)),
    );
    let told = format!(
        "{}, vérifiée : {}, {synced}, schéma {}",
        candidate.file.display(),
        count(candidate.dossiers, "dossier", "dossiers"),
        candidate.version
    );
    hang(&mut out, "sauvegarde ", &told);
    let database = config.database.path.display();
    if !restoration.is_there {
        hang(&mut out, "base       ", &format!("{database} n’existe pas : rien n’est remplacé"));
        return out.into_text();
    }
    hang(&mut out, "base       ", &format!("{database} sera gardée à côté, sous un autre nom"));
    let Some(losses) = &restoration.losses else {
        hang(
            &mut out,
            "perdu      ",
            "la base en place ne peut pas être lue : ce qu’elle a de plus ne peut pas être dit",
        );
        return out.into_text();
    };
    if losses.are_none() {
        hang(&mut out, "perdu      ", "rien : la base en place n’a rien que la sauvegarde n’ait");
        return out.into_text();
    }
    let mut lost = |lost: &Lost, one: &str, several: &str, what: &str| {
        if lost.count > 0 {
            let last = lost.last.map_or_else(String::new, |at| format!(", le dernier du {}", french_instant(at)));
            hang(&mut out, "perdu      ", &format!("{}{last}{what}", count(lost.count, one, several)));
        }
    };
    lost(&losses.acts, "acte d’agent", "actes d’agents", " : décisions, corrections, dossiers écartés");
    lost(&losses.documents, "fichier de document arrêté, ou reprise", "fichiers de documents arrêtés, ou reprises", "");
    lost(&losses.commentaries, "commentaire de rapport", "commentaires de rapports", "");
    lost(
        &losses.messages,
        "message",
        "messages",
        " ; ceux qui sont partis le restent, le journal des envois les connaît",
    );
    lost(
        &losses.runs,
        "passage de synchronisation",
        "passages de synchronisation",
        " ; le prochain relit à DS ce qu’ils ont apporté",
    );
    out.into_text()
}

/// A backup of before a démarche was added, or after one left.
fn warn_of_other_procedures(restoration: &Restoration, config: &Config, context: &Context) {
    let known = &restoration.candidate.procedures;
    let followed: Vec<i64> = config.procedures.iter().map(|procedure| procedure.number).collect();
    let told = |numbers: Vec<String>| numbers.join(", ");
    let unknown = followed.iter().filter(|number| !known.contains(number)).map(ToString::to_string).collect::<Vec<_>>();
    let left = known.iter().filter(|number| !followed.contains(number)).map(ToString::to_string).collect::<Vec<_>>();
    if !unknown.is_empty() {
        context.printer.note(&format!(
            "attention : la sauvegarde ne connaît pas ces démarches de la configuration : {} ; la prochaine synchronisation les lira",
            told(unknown)
        ));
    }
    if !left.is_empty() {
        context.printer.note(&format!(
            "attention : la sauvegarde a des démarches qui ne sont pas dans la configuration : {}",
            told(left)
        ));
    }
}

fn after(aside: Option<&std::path::Path>, made_ready: &MadeReady, width: Width) -> String {
    let mut out = Paper::new(width);
    out.push_str("base restaurée\n");
    if let Some(aside) = aside {
        hang(
            &mut out,
            "gardée     ",
            &format!("la base d’avant est {} ; effacez-la quand elle ne sert plus", aside.display()),
        );
    }
    let MadeReady { erased, sent, held, contents } = made_ready;
    if *erased > 0 {
        let line = count(
            *erased,
            "dossier effacé depuis la sauvegarde, effacé de nouveau",
            "dossiers effacés depuis la sauvegarde, effacés de nouveau",
        );
        hang(&mut out, "effacé     ", &line);
    }
    if *sent > 0 {
        let line = count(
            *sent,
            "message parti depuis, d’après le journal des envois",
            "messages partis depuis, d’après le journal des envois",
        );
        hang(&mut out, "envois     ", &line);
    }
    if *held > 0 {
        let line =
            count(*held, "message était à envoyer, il est retenu", "messages étaient à envoyer, ils sont retenus");
        hang(
            &mut out,
            "envois     ",
            &format!("{line} : « fitn outbox » les montre, « fitn outbox release » les laisse partir"),
        );
    }
    if contents.given + contents.missing > 0 {
        let missing = match contents.missing {
            0 => String::new(),
            missing => {
                format!(" ; {}", count(missing, "contenu absent de la sauvegarde", "contenus absents de la sauvegarde"))
            }
        };
        let line = format!("{}{missing}", count(contents.given, "contenu remis", "contenus remis"));
        hang(&mut out, "pièces     ", &line);
    }
    hang(&mut out, "ensuite    ", "« fitn sync » relit à DS ce qui a changé depuis ; puis relancez le service");
    out.into_text()
}
