//! What carriers expect, and what they report, in their own words.

use std::collections::BTreeMap;

use super::make::{note, numbers, paragraph, row, table, words};
use super::words::{and_others, capital, named, number};
use super::{SHOWN, who};
use crate::domain::text::{fold, shortened};
use crate::reports::blocks::{Block, RowKind, Span};
use crate::reports::quarterly::workbook::{FEEDBACK_SHEET, SUPPORT_SHEET};
use crate::reports::quarterly::{QuarterlyReport, support_label};

/// How many characters of what a carrier reports are shown on paper; the workbook has more.
const FEEDBACK: usize = 400;
/// How many carriers are named for one kind of support.
const NAMED: usize = 40;

pub(super) fn support(report: &QuarterlyReport) -> Vec<Block> {
    if report.support.is_empty() {
        return vec![paragraph("Aucun demandeur n’a fait connaître d’attente.")];
    }
    let columns = vec![words("Accompagnement", 2), numbers("Dossiers", 1), words("Demandeurs", 7)];
    let rows = report.support_by_kind().into_iter().map(|(code, dossiers)| {
        let mut carriers: BTreeMap<&str, (&str, Option<&str>)> = BTreeMap::new();
        for support in &dossiers {
            let name = who(support.beneficiary.as_deref());
            let carrier = carriers.entry(support.siren.as_deref().unwrap_or(name)).or_insert((name, None));
            carrier.1 = carrier.1.or(support.departement.as_deref());
        }
        let said = |(name, departement): (&str, Option<&str>)| match departement {
            Some(code) => format!("{name} ({code})"),
            None => name.to_owned(),
        };
        let mut carriers: Vec<String> = carriers.into_values().map(said).collect();
        // As a person looks for them: letters before apostrophes, whatever their case.
        carriers.sort_by_cached_key(|name| (fold(name), name.clone()));
        row(
            RowKind::Plain,
            [capital(support_label(code)), number(dossiers.len()), named(carriers.into_iter(), NAMED, SUPPORT_SHEET)],
        )
    });
    let caption = format!(
        "Attentes exprimées dans {}",
        crate::domain::text::counted(report.support.len(), "dossier", "dossiers")
    );
    vec![
        table(caption, columns, rows.collect()),
        note(
            "Dossiers ni refusés ni classés sans suite ; un demandeur est nommé une fois, son département entre parenthèses.",
        ),
    ]
}

pub(super) fn feedback(report: &QuarterlyReport) -> Vec<Block> {
    if report.feedback.is_empty() {
        return vec![paragraph("Aucun retour n’est enregistré.")];
    }
    let item = |feedback: &crate::reports::quarterly::Feedback| {
        let place = feedback.departement.as_ref().map_or(String::new(), |code| format!(" ({code})"));
        vec![
            Span::Strong(format!("{}{place}, dossier {}", who(feedback.beneficiary.as_deref()), feedback.number)),
            Span::text(format!(" : {}", shortened(&feedback.text, FEEDBACK))),
        ]
    };
    let mut blocks = vec![Block::List(report.feedback.iter().take(SHOWN).map(item).collect())];
    blocks.extend(and_others(report.feedback.len().saturating_sub(SHOWN), FEEDBACK_SHEET).map(paragraph));
    blocks
}
