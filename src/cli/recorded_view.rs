//! What commands that put something in the journal share: who signs, and what became of the dossier.

use clap::Args;
use serde::Serialize;

use super::difference_view::{amount, figures, verdicts};
use super::journal_view::{JournalRow, act};
use super::layout::count;
use super::paper::{Paper, Width, hang};
use super::rows_view::EMPTY;
use super::{Context, Exit, Failure};
use crate::desk::{Recorded, Signed};
use crate::domain::journal::Act;
use crate::domain::money::Cents;
use crate::domain::text::{QUOTED, shortened};
use crate::domain::verdict::VerdictChange;
use crate::evaluation::{Difference, Figures};

/// Who does it, and why.
#[derive(Debug, Args)]
pub struct SignatureArgs {
    /// Pourquoi : gardé dans le journal et montré avec le dossier
    #[arg(long, value_name = "MOTIF")]
    pub reason: String,
    /// Qui : le nom de la personne, gardé de même
    #[arg(long, value_name = "NOM")]
    pub by: String,
    /// Donne le résultat en JSON
    #[arg(long)]
    pub json: bool,
}

impl SignatureArgs {
    /// As desk take it.
    #[must_use]
    pub fn signed(&self) -> Signed<'_> {
        Signed { by: &self.by, reason: &self.reason }
    }
}

/// The document of the commands.
#[derive(Debug, Serialize)]
struct Document<'a> {
    number: i64,
    recorded: JournalRow<'a>,
    before: Option<&'a Figures>,
    after: &'a Figures,
    verdicts: &'a [VerdictChange],
    decisions_fallen: Vec<&'a str>,
    remarks: Vec<String>,
    /// The amount that the act is about.
    corrected: Option<CorrectedAmount>,
    others_changed: u64,
}

/// Decimal strings; none: not known.
#[derive(Debug, Serialize)]
struct CorrectedAmount {
    fact: &'static str,
    before: Option<String>,
    after: Option<String>,
}

/// Prints what was recorded and what it changed.
pub(super) fn show(recorded: &Recorded, json: bool, context: &Context) -> Result<Exit, Failure> {
    let difference = difference(recorded);
    let shown = if json {
        context.printer.json(&Document {
            number: difference.number,
            recorded: JournalRow::of(&recorded.entry),
            before: difference.before.as_ref(),
            after: &difference.after,
            verdicts: &difference.verdicts,
            decisions_fallen: recorded.fallen().collect(),
            remarks: recorded.remarks(),
            corrected: recorded.corrected().map(|(fact, before, after)| CorrectedAmount {
                fact: fact.code(),
                before: before.map(Cents::to_decimal_string),
                after: after.map(Cents::to_decimal_string),
            }),
            others_changed: recorded.others,
        })
    } else {
        context.printer.text(&text(recorded, context.printer.width()))
    };
    let number = difference.number;
    shown.map_err(|failure| {
        failure.all_the_same(
            format_args!("dossier {number} : l’acte est inscrit au journal"),
            format_args!("« fitn dossier {number} » le montre"),
        )
    })?;
    Ok(Exit::Done)
}

fn difference(recorded: &Recorded) -> Difference {
    let Recorded { before, after, .. } = recorded;
    Difference::between(&after.subject, Some(&before.evaluation), &after.evaluation)
}

fn text(recorded: &Recorded, width: Width) -> String {
    let difference = difference(recorded);
    let subject = &recorded.after.subject;
    let mut out = Paper::new(width);
    let name = subject.shown_applicant().unwrap_or_else(|| "demandeur sans nom".to_owned());
    hang(&mut out, &format!("Dossier {} — ", subject.number), &name);
    hang(&mut out, "  Inscrit au journal : ", &act(&recorded.entry.act, &recorded.after));
    if matches!(recorded.entry.act, Act::Correct { .. }) {
        hang(&mut out, "  Lu sur DS : ", &shortened(recorded.original().unwrap_or(EMPTY), QUOTED));
    }
    for remark in recorded.remarks() {
        hang(&mut out, "  ! ", &format!("{remark}."));
    }
    if let Some((fact, before, after)) = recorded.corrected() {
        amount(&mut out, fact.label(), before, after);
    }
    figures(&mut out, difference.before.as_ref(), &difference.after, true);
    verdicts(&mut out, &difference.verdicts);
    for rule in recorded.fallen() {
        let said = format!("la décision sur {rule} ne compte plus : ce sur quoi elle reposait vient de changer.");
        hang(&mut out, "  ! ", &said);
    }
    let others = count(recorded.others, "autre dossier change", "autres dossiers changent");
    match (&recorded.entry.act, recorded.others) {
        (Act::Exclude, 0) => out.push_str("  Il ne compte plus dans les listes, les rapports ni les sommes.\n"),
        (Act::Exclude, _) => hang(
            &mut out,
            "  ",
            &format!("Il ne compte plus dans les listes, les rapports ni les sommes ; {others} d’avis."),
        ),
        (Act::Include, 0) => out.push_str("  Il compte de nouveau.\n"),
        (Act::Include, _) => hang(&mut out, "  ", &format!("Il compte de nouveau ; {others} d’avis.")),
        (_, 0) => {}
        _ => hang(&mut out, "  ", &format!("{others} d’avis.")),
    }
    out.into_text()
}
