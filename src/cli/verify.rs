//! `fitn verify`: whether a file is what was kept, and what it says otherwise.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::json_rows::JsonRows;
use super::paper::{Paper, hang};
use super::{Context, Exit, Failure, committee, workplace};
use crate::desk::{KeptDocument, Verified};
use crate::domain::period::{Month, Quarter, Sitting};
use crate::domain::text::counted;
use crate::files::refusal_in_french;
use crate::reports::monthly::verify::{Difference, Differences};

/// So many differences are shown to people; programs get more.
const MOST_SHOWN: usize = 40;

/// The arguments of `fitn verify`.
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// Fichiers à vérifier : listes (XLSX, ODS, CSV, JSON, même réenregistrées par un tableur) et rapports
    #[arg(value_name = "FICHIER", required = true)]
    pub files: Vec<PathBuf>,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

/// Runs the command. The answer is no when one file is not what was kept.
///
/// # Errors
/// A wrong configuration, a database that cannot be used.
pub async fn run(args: VerifyArgs, context: &Context) -> Result<Exit, Failure> {
    let desk = workplace::shown(&context.config()?, context)?;
    let (mut rows, mut out) = (JsonRows::default(), Paper::new(context.printer.width()));
    let mut are_genuine = true;
    for file in &args.files {
        let verified = desk.verify(file)?;
        are_genuine &= verified.is_genuine();
        if args.json {
            rows.push(&row(file, &verified));
        } else {
            tell(&mut out, file, &verified);
        }
    }
    if args.json {
        rows.print(&context.printer)?;
    } else {
        context.printer.text(&out.into_text())?;
    }
    Ok(if are_genuine { Exit::Done } else { Exit::Failed })
}

fn row(file: &Path, verified: &Verified) -> Value {
    let (document, differences) = match verified {
        Verified::Same(document) | Verified::SavedAgain(document) => (Some(document), None),
        Verified::Differs(document, differences) => (Some(document), Some(differences)),
        Verified::NoneOfOurs(_) | Verified::Unreadable(_) => (None, None),
    };
    let told = differences.map(|differences| differences.told.iter().map(difference).collect::<Vec<_>>());
    json!({
        "file": file.display().to_string(),
        "genuine": verified.is_genuine(),
        "kind": document.map(|document| &document.kind),
        "period": document.map(|document| &document.period),
        "revision": document.map(|document| document.revision),
        "differences": told.unwrap_or_default(),
        "more_differences": differences.map_or(0, |differences| differences.more),
        "same_bytes": matches!(verified, Verified::Same(_)),
        "withdrawn": document.is_some_and(|document| document.is_withdrawn),
        "message": verdict(verified),
    })
}

fn difference(difference: &Difference) -> Value {
    let Difference { dossier, place, kept, found, message } = difference;
    json!({ "dossier": dossier, "place": place, "kept": kept, "found": found, "message": message })
}

fn tell(out: &mut Paper, file: &Path, verified: &Verified) {
    let mark = if verified.is_genuine() { "✓ " } else { "✗ " };
    hang(out, mark, &format!("{} : {}", file.display(), verdict(verified)));
    if let Verified::Differs(_, Differences { told, more, .. }) = verified {
        for difference in told.iter().take(MOST_SHOWN) {
            hang(out, "  - ", &difference.message);
        }
        let others = told.len().saturating_sub(MOST_SHOWN) + more;
        if others > 0 {
            let others = counted(others, "autre différence", "autres différences");
            hang(out, "  ", &format!("… et {others} (« --json » en donne davantage)"));
        }
    }
}

/// What the file is, in a sentence.
fn verdict(verified: &Verified) -> String {
    match verified {
        Verified::Same(document) | Verified::SavedAgain(document) if document.is_withdrawn => {
            format!("ne vaut plus : c’est {}", named(document))
        }
        Verified::Same(document) => format!("authentique, à l’octet près : {}", named(document)),
        Verified::SavedAgain(document) => format!(
            "réenregistré, mais inchangé : chaque ligne et chaque cellule disent la même chose que {} ; d’un classeur, rien n’est masqué ni ajouté \
             autour des cellules ; leur aspect (polices, couleurs, mises en forme conditionnelles) et les propriétés du fichier ne sont pas comparés",
            named(document)
        ),
        Verified::Differs(document, differences) => {
            let number = counted(differences.told.len() + differences.more, "différence", "différences");
            format!("n’est pas ce qui a été conservé : {number} avec {}, la plus proche", named(document))
        }
        Verified::NoneOfOurs(why) => format!("inconnu : {why}"),
        Verified::Unreadable(error) if error.kind() == ErrorKind::InvalidInput => {
            "ne peut pas être lu : ce n’est pas un fichier".to_owned()
        }
        Verified::Unreadable(error) => format!("ne peut pas être lu : {}", refusal_in_french(error)),
    }
}

/// `la liste Démat.ADS, septembre 2021, correction n° 1 (reprise depuis : elle ne vaut plus)`.
pub(super) fn named(document: &KeptDocument) -> String {
    let KeptDocument { period, revision, is_withdrawn, stands, .. } = document;
    let article = if document.kind == "monthly-list" { "la " } else { "le " };
    let month = period.parse::<Month>().map(|month| month.label());
    let quarter = || period.parse::<Quarter>().map(|quarter| quarter.label());
    let sitting = || period.parse::<Sitting>().map(|sitting| committee::named(&sitting));
    let period = month.or_else(|_| quarter()).or_else(|_| sitting()).unwrap_or_else(|_| period.clone());
    let correction = if *revision > 0 { format!(", correction n° {revision}") } else { String::new() };
    let since = match (is_withdrawn, stands) {
        (true, _) => " (document repris depuis : il ne vaut plus)".to_owned(),
        (false, Some(stands)) if stands > revision => format!(" (une correction l’a remplacé depuis : n° {stands})"),
        (false, _) => String::new(),
    };
    format!("{article}{}, {period}{correction}{since}", document.label())
}
