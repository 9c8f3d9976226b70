//! What controls of decisions found, and how far the data can be relied upon.

use super::make::{heading, note, numbers, paragraph, row, table, warning, words};
use super::words::{NONE, and_others, day, named, number};
use super::{SHOWN, differences, who};
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::domain::verdict::Who;
use crate::reports::blocks::{Block, Row, RowCell, RowKind, Span};
use crate::reports::quarterly::workbook::{ATTENTION_SHEET, CONTROLS_SHEET, NOTICE_SHEET};
use crate::reports::quarterly::{Activity, QuarterlyReport};

/// How many dossiers are named for one cause.
const NAMED: usize = 12;

/// One line a cause, with its dossiers.
pub(super) fn controls(report: &QuarterlyReport) -> Vec<Block> {
    let causes = report.causes();
    if causes.is_empty() {
        return vec![paragraph("Aucun écart relevé.")];
    }
    let columns = vec![words("Règle", 4), words("Constat", 1), numbers("Dossiers", 1), words("Lesquels", 4)];
    let rows = causes.iter().map(|cause| {
        let rule = RowCell {
            detail: Some(cause.title.to_owned()).filter(|title| !title.is_empty()),
            ..RowCell::plain(cause.rule)
        };
        let numbers = cause.breaches.iter().map(|breach| breach.number.to_string());
        let dossiers = named(numbers, NAMED, CONTROLS_SHEET).replace("\u{a0};", ",");
        let rest = [cause.verdict.label().to_owned(), number(cause.breaches.len()), dossiers].map(RowCell::plain);
        Row { kind: RowKind::Plain, cells: std::iter::once(rule).chain(rest).collect() }
    });
    vec![
        table("Écarts relevés et contrôles à vérifier : une ligne par cause", columns, rows.collect()),
        note(format!(
            "L’explication de chaque constat, dossier par dossier, est dans le classeur, feuille « {ATTENTION_SHEET} »."
        )),
    ]
}

pub(super) fn quality(report: &QuarterlyReport) -> Vec<Block> {
    let mut blocks = Vec::new();
    blocks.extend(report.behind.iter().take(SHOWN).map(warning));
    blocks.extend(and_others(report.behind.len().saturating_sub(SHOWN), NOTICE_SHEET).map(warning));
    blocks.extend([heading(2, Some("decompte"), "Décompte des dossiers"), reckonings(report)]);
    blocks.extend(differences::by_programme(report).into_iter().map(note));
    blocks.extend(differences::other_grants(report).map(note));
    if !report.activities.is_empty() {
        blocks.extend([heading(2, None, "Ce qui manque aux dossiers vivants"), lacking(report)]);
        blocks.push(note("Un dossier compte une fois dans chaque colonne où quelque chose lui manque."));
    }
    blocks.extend(without_amount(report));
    blocks.extend(removed(report));
    blocks.extend(unreadable(report));
    if !report.decided_later.is_empty() {
        let numbers = report.decided_later.iter().map(|(_, number)| number.to_string());
        blocks.push(warning(format!(
            "{} dont la commission ou la décision sur DS est postérieure à la date d’arrêté : hors sommes, compté parmi ce qui attendait une décision ({}).",
            counted(report.decided_later.len(), "dossier accepté", "dossiers acceptés"),
            named(numbers, NAMED, ATTENTION_SHEET).replace("\u{a0};", ",")
        )));
    }
    if report.known_later > 0 {
        blocks.push(warning(format!(
            "{} pour la première fois après la date d’arrêté : l’état montré est celui de cette lecture.",
            counted(report.known_later, "dossier lu", "dossiers lus")
        )));
    }
    blocks
}

/// How every count of dossiers in the report follows from the others.
fn reckonings(report: &QuarterlyReport) -> Block {
    let columns = vec![
        words("Programme", 4),
        numbers("Déposés", 1),
        numbers("− retirés de DS", 1),
        numbers("− écartés", 1),
        numbers("− illisibles", 1),
        numbers("= au rapport", 1),
        numbers("− hors des crédits", 1),
        numbers("= demandes comptées", 1),
    ];
    let maybe = |count: Option<usize>| count.map_or_else(|| NONE.to_owned(), number);
    let rows = report.reckonings.iter().map(|reckoning| {
        let count = reckoning.count;
        let kind = if reckoning.programme.is_some() { RowKind::Plain } else { RowKind::Total };
        let [filed, removed, excluded, unreadable, shown] =
            [count.filed(), count.removed, count.excluded, count.unreadable, count.shown].map(number);
        let name = reckoning.programme.map_or("Ensemble", Programme::label).to_owned();
        let (apart, requests) = (maybe(reckoning.apart), maybe(reckoning.requests()));
        row(kind, [name, filed, removed, excluded, unreadable, shown, apart, requests])
    });
    table("Décompte des dossiers : des dépôts aux demandes que comptent les crédits", columns, rows.collect())
}

fn lacking(report: &QuarterlyReport) -> Block {
    let mut columns = vec![words("Programme", 4)];
    columns.extend(Who::ALL.map(|who| numbers(who.heading(), 1)));
    let line = |activity: &Activity| {
        let mut cells = vec![RowCell::plain(activity.programme.label())];
        cells.extend(activity.lacking.map(|count| RowCell::plain(number(count))));
        Row { kind: RowKind::Plain, cells }
    };
    table(
        "Dossiers auxquels quelque chose manque, selon qui doit agir",
        columns,
        report.activities.iter().map(line).collect(),
    )
}

/// A list under its heading, with what is said of all of it; nothing for none.
fn list(title: &str, said: &str, items: Vec<Vec<Span>>) -> Vec<Block> {
    if items.is_empty() {
        return Vec::new();
    }
    let left_out = items.len().saturating_sub(SHOWN);
    let mut blocks = vec![heading(2, None, title), paragraph(said)];
    blocks.push(Block::List(items.into_iter().take(SHOWN).collect()));
    blocks.extend(and_others(left_out, ATTENTION_SHEET).map(paragraph));
    blocks
}

fn without_amount(report: &QuarterlyReport) -> Vec<Block> {
    let item = |grant: &crate::reports::quarterly::Grant| {
        let apart = grant.apart.map_or(String::new(), |apart| format!(", {}", apart.label()));
        let said = format!(", {} ({}){apart}", who(grant.beneficiary.as_deref()), grant.programme.label());
        vec![super::make::link(grant.number, &grant.link), Span::text(said)]
    };
    list(
        "Attributions sans montant",
        "Acceptés sur demarches-simplifiees.fr, sans montant accordé saisi : ils ne sont pas dans la somme de ce qui est accordé.",
        report.without_amount().map(item).collect(),
    )
}

fn removed(report: &QuarterlyReport) -> Vec<Block> {
    let items = report.removed_grants.iter().map(|grant| {
        vec![Span::text(format!(
            "{}, {} ({}) : {}, retiré de DS le {}",
            grant.number,
            who(grant.beneficiary.as_deref()),
            grant.programme.label(),
            grant.reason.label(),
            day(grant.since)
        ))]
    });
    list(
        "Dossiers acceptés que demarches-simplifiees.fr ne montre plus",
        "Ils restent dans les sommes et les droits de tirage jusqu’à ce qu’un agent les écarte.",
        items.collect(),
    )
}

fn unreadable(report: &QuarterlyReport) -> Vec<Block> {
    let items =
        report.unreadable.iter().map(|one| vec![Span::text(format!("{} ({})", one.number, one.programme.label()))]);
    list(
        "Dossiers illisibles",
        "Leur contenu enregistré ne peut plus être lu : ils ne comptent dans aucune somme.",
        items.collect(),
    )
}
