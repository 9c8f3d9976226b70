//! `fitn restore`: a backup put in the place of the database.

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::Args;

use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::{Context, Exit, Failure, signals, workplace};
use crate::config::Config;
use crate::desk::{BegunRestoration, DeskError, Lost, MadeReady, Restoration, Restored, begin_restoration, restore};
use crate::domain::instant::french_instant;
use crate::files::Lines;

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
    let look = || begin_restoration(database, &args.file, &context.clock);
    let begun = tokio::task::block_in_place(look)?;
    context.printer.text(&before(&begun, &config, context.printer.width()))?;
    warn_of_other_procedures(&begun.restoration, &config, context);
    let (is_told, untold) = (begun.sent.untold().is_none(), untold(&begun));
    let left = if begun.restoration.is_there {
        "la base en place est comme elle était"
    } else {
        "aucune base n’est en place"
    };
    let gone = begun.restoration.losses.as_ref().map_or(0, |losses| losses.gone.count);
    if !args.yes && !confirmed(context)? {
        context.printer.note("rien n’a été restauré, la base est comme elle était");
        return Ok(Exit::Failed);
    }
    let done =
        tokio::task::block_in_place(|| restore(begun, database, settings, &context.clock, &|| !stop.is_cancelled()));
    let Restored { aside, made_ready } = done.map_err(|error: DeskError| {
        let failure = Failure::from(&error);
        Failure { message: format!("{} ; {left}", failure.message), ..failure }
    })?;
    context.printer.text(&after(aside.as_deref(), &made_ready, (is_told, gone), &untold, context.printer.width()))?;
    Ok(if made_ready.held > 0 { Exit::LeftToSee } else { Exit::Done })
}

/// Asks whoever is there.
fn confirmed(context: &Context) -> Result<bool, Failure> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Err(Failure::usage("restaurer remplace la base en place, et personne n’est là pour le confirmer")
            .hint("relancez avec « --yes » si c’est bien ce qu’il faut, ou depuis un terminal"));
    }
    context.printer.note(&format!("Restaurer cette sauvegarde ? Tapez « {YES} » pour le confirmer :"));
    let mut answer = String::new();
    // No answer is a no.
    let _ = io::stdin().read_line(&mut answer);
    Ok(answer.trim().eq_ignore_ascii_case(YES))
}

/// What is known of both, and what would be lost.
fn before(begun: &BegunRestoration, config: &Config, width: Width) -> String {
    let mut out = Paper::new(width);
    say_losses(&mut out, begun, config);
    for (what, told) in untold(begun) {
        hang(&mut out, what, &told);
    }
    out.into_text()
}

/// What was erased or sent since, and may be told by nothing.
fn untold(begun: &BegunRestoration) -> Vec<(&'static str, String)> {
    let BegunRestoration { restoration, sent } = begun;
    let left_out = [restoration.erasures.at_hand(), sent.at_hand()].into_iter().flat_map(|at_hand| &at_hand.left_out);
    let mut told: Vec<_> = left_out
        .map(|file| {
            let problem = match &file.worth {
                Lines::Damaged(problem) => problem.as_str(),
                Lines::Whole | Lines::Missing => "il ne dit rien",
            };
            ("laissé     ", format!("{} n’est pas suivi : {problem}", file.path.display()))
        })
        .collect();
    let erased = restoration.erasures.untold().map(|untold| {
        let what_then = if restoration.erasures.base_tells() {
            "la base en place dit quels dossiers ont été effacés depuis, non quelles pièces jointes"
        } else {
            "ce qui a été effacé depuis la sauvegarde, et que rien ne dit, revient avec elle ; « fitn sync --full », puis « fitn purge », \
             effacent de nouveau ce que DS ne montre plus, leur délai passé"
        };
        ("effacé     ", format!("{untold} ; {what_then}"))
    });
    let sent = sent.untold().map(|untold| {
        let what_then = "un message dont rien ne dit s’il est parti depuis la sauvegarde est retenu, à relire";
        ("envois     ", format!("{untold} ; {what_then}"))
    });
    told.extend(erased.into_iter().chain(sent));
    told
}

fn say_losses(out: &mut Paper, begun: &BegunRestoration, config: &Config) {
    let restoration = &begun.restoration;
    let candidate = &restoration.candidate;
    let synced = candidate.synced_at.map_or_else(
        || "jamais synchronisée".to_owned(),
        |at| format!("dernière synchronisation le {}", french_instant(at)),
    );
    let told = format!(
        "{}, {} : {}, {synced}, schéma {}",
        candidate.file.display(),
        if candidate.sha256.is_some() { "vérifiée" } else { "vérifiée, mais sans son empreinte" },
        count(candidate.dossiers, "dossier", "dossiers"),
        candidate.version
    );
    hang(out, "sauvegarde ", &told);
    if candidate.sha256.is_none() {
        hang(
            out,
            "empreinte  ",
            "aucun fichier « .sha256 » à côté de la sauvegarde : un octet changé dans une valeur ne se verrait pas",
        );
    }
    let database = config.database.path.display();
    if !restoration.is_there {
        hang(out, "base       ", &format!("{database} n’existe pas : rien n’est remplacé"));
        return;
    }
    hang(out, "base       ", &format!("{database} sera gardée à côté, sous un autre nom"));
    let Some(losses) = &restoration.losses else {
        hang(out, "perdu      ", "la base en place ne peut pas être lue : ce qu’elle a de plus ne peut pas être dit");
        return;
    };
    if losses.are_none() {
        hang(out, "perdu      ", "rien : la base en place n’a rien que la sauvegarde n’ait");
        return;
    }
    let mut lost = |lost: &Lost, one: &str, several: &str, what: &str| {
        if lost.count > 0 {
            let last = lost.last.map_or_else(String::new, |at| format!(", le dernier du {}", french_instant(at)));
            hang(out, "perdu      ", &format!("{}{last}{what}", count(lost.count, one, several)));
        }
    };
    let deposited = |last: &Lost| Lost { last: None, ..*last };
    lost(
        &deposited(&losses.dossiers),
        "dossier inconnu de la sauvegarde",
        "dossiers inconnus de la sauvegarde",
        " ; la prochaine synchronisation relit ceux que DS montre encore",
    );
    lost(
        &deposited(&losses.gone),
        "de ces dossiers n’est plus montré par DS",
        "de ces dossiers ne sont plus montrés par DS",
        " : rien ne le rapporte, il n’est que dans la base d’avant",
    );
    lost(
        &losses.versions,
        "version de dossier",
        "versions de dossiers",
        " ; la prochaine synchronisation relit la dernière de chaque dossier, non celles d’avant",
    );
    lost(&losses.acts, "acte d’agent", "actes d’agents", " : décisions, corrections, dossiers écartés");
    lost(&losses.documents, "fichier de document arrêté, ou reprise", "fichiers de documents arrêtés, ou reprises", "");
    lost(&losses.commentaries, "commentaire de rapport", "commentaires de rapports", "");
    lost(
        &losses.messages,
        "message",
        "messages",
        match begun.sent.untold() {
            None => " ; ceux qui sont partis le restent, le journal des envois les connaît",
            Some(_) => " ; ceux que la base en place sait partis le restent",
        },
    );
    lost(
        &losses.runs,
        "passage de synchronisation",
        "passages de synchronisation",
        " ; le prochain relit à DS ce qu’ils ont apporté",
    );
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

fn after(
    aside: Option<&std::path::Path>,
    made_ready: &MadeReady,
    (is_told, gone): (bool, u64),
    untold: &[(&'static str, String)],
    width: Width,
) -> String {
    let mut out = Paper::new(width);
    out.push_str("base restaurée\n");
    if let Some(aside) = aside {
        hang(
            &mut out,
            "gardée     ",
            &format!("la base d’avant est {} ; effacez-la quand elle ne sert plus", aside.display()),
        );
    }
    if gone > 0 {
        let line = count(
            gone,
            "dossier que DS ne montre plus n’est que dans la base d’avant",
            "dossiers que DS ne montre plus ne sont que dans la base d’avant",
        );
        hang(&mut out, "perdu      ", &line);
    }
    let MadeReady { erased, sent, held, contents, refused } = made_ready;
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
        let line = if is_told {
            count(*held, "message était à envoyer, il est retenu", "messages étaient à envoyer, ils sont retenus")
        } else {
            count(
                *held,
                "message est retenu, rien ne dit s’il est parti",
                "messages sont retenus, rien ne dit s’ils sont partis",
            )
        };
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
    if let Some(refused) = refused {
        let line = format!("{refused} ; celles qui manquent sont redemandées à DS par la prochaine synchronisation");
        hang(&mut out, "pièces     ", &line);
    }
    for (what, told) in untold {
        hang(&mut out, what, told);
    }
    hang(&mut out, "ensuite    ", "« fitn sync --full » relit tout à DS ; puis relancez le service");
    out.into_text()
}
