//! The projects that are funded, with what their carriers say of them; and what is still to be done about them.

use super::front::short_title;
use super::make::{grouped, heading, link, note, numbers, paragraph, row, table, words};
use super::words::{and_others, money, number};
use super::{SHOWN, who};
use crate::domain::programme::Programme;
use crate::domain::text::{counted, shortened};
use crate::reports::blocks::{Block, Group, Row, RowCell, RowKind, Span};
use crate::reports::quarterly::workbook::{GRANTS_SHEET, PROGRESS_SHEET};
use crate::reports::quarterly::{Grant, Laureate, QuarterlyReport, Section, theme_label};

/// How many characters of a title and of a summary are shown on paper; the workbook has more.
const TITLE: usize = 120;
const SUMMARY: usize = 280;

pub(super) fn projects(report: &QuarterlyReport) -> Vec<Block> {
    let sections = || report.sections.iter().filter(|section| section.programme != Programme::Axe3V1Ads);
    if sections().all(|section| section.grants.is_empty()) {
        return vec![paragraph("Hors Démat.ADS, aucun projet accepté à la date d’arrêté.")];
    }
    let mut blocks = Vec::new();
    for section in sections().filter(|section| !section.grants.is_empty()) {
        blocks.extend(of(section));
    }
    let has_summary = |section: &Section| section.grants.iter().any(|grant| grant.summary.is_some());
    if !sections().any(has_summary) {
        return blocks;
    }
    blocks
        .push(note("Résumés : les mots des porteurs, tels qu’ils les ont écrits sur DS, coupés quand ils sont longs."));
    blocks
}

/// Those of the quarter first, the latest decided before the others.
fn of(section: &Section) -> Vec<Block> {
    let mut grants: Vec<&Grant> = section.grants.iter().collect();
    grants.sort_by_key(|grant| (!grant.in_quarter, std::cmp::Reverse(grant.counts_since), grant.number));
    let left_out = grants.len().saturating_sub(SHOWN);
    let mut columns = vec![words("Dossier", 1), words("Porteur", 2), words("Projet", 5)];
    columns.push(numbers("Accordé", 2));
    let (now, before): (Vec<&Grant>, Vec<&Grant>) = grants.into_iter().take(SHOWN).partition(|grant| grant.in_quarter);
    let group = |heading: &str, grants: Vec<&Grant>| Group {
        heading: Some(heading.to_owned()),
        rows: grants.into_iter().map(project).collect(),
    };
    let caption = format!(
        "{} : {}",
        short_title(section.programme),
        counted(section.grants.len(), "projet accepté", "projets acceptés")
    );
    let groups = vec![group("Ce trimestre", now), group("Auparavant", before)];
    let mut blocks =
        vec![grouped(caption, Some("Les projets du trimestre d’abord, puis les plus récents."), columns, groups)];
    blocks.extend(and_others(left_out, GRANTS_SHEET).map(paragraph));
    blocks
}

fn project(grant: &Grant) -> Row {
    let title = grant.title.as_deref().map_or_else(|| "sans titre".to_owned(), |title| shortened(title, TITLE));
    let theme = grant.theme.as_deref().filter(|codes| codes.chars().count() == 1).map(theme_label);
    let said: Vec<String> =
        theme.into_iter().chain(grant.summary.as_deref().map(|summary| shortened(summary, SUMMARY))).collect();
    let carrier = RowCell { detail: Some(place(grant)), ..RowCell::plain(who(grant.beneficiary.as_deref())) };
    let project = RowCell { detail: (!said.is_empty()).then(|| said.join(". ")), ..RowCell::plain(title) };
    let granted = if grant.granted.is_none() { "sans montant".to_owned() } else { money(grant.granted) };
    let granted = RowCell { detail: grant.apart.map(|apart| apart.label().to_owned()), ..RowCell::plain(granted) };
    let number = RowCell { text: vec![link(grant.number, &grant.link)], ..RowCell::default() };
    let kind = if grant.apart.is_some() { RowKind::Apart } else { RowKind::Plain };
    Row { kind, cells: vec![number, carrier, project, granted] }
}

fn place(grant: &Grant) -> String {
    grant.departement.clone().unwrap_or_else(|| "département à préciser".to_owned())
}

pub(super) fn after(report: &QuarterlyReport) -> Vec<Block> {
    let laureates = &report.laureates;
    if laureates.is_empty() {
        return vec![paragraph("Hors Démat.ADS, aucun projet lauréat à la date d’arrêté.")];
    }
    let is_of_the_guide = report.region.guide.is_some();
    let mut blocks = vec![progress(laureates)];
    for (title, wanted) in [
        ("Bilans d’activité à demander (projets achevés)", (|one| one.report_due) as Wanted),
        ("Projets achevés à évaluer", |one| one.evaluation_due),
        ("Lauréats du trimestre à faire connaître", |one| one.to_publish),
    ] {
        blocks.extend(list(title, laureates, wanted));
    }
    if is_of_the_guide {
        blocks.push(note(
            "L’évaluation suit la grille du niveau régional ; pour le volet 2, des indicateurs mesurent la pérennité des laboratoires, leur ancrage \
             institutionnel et leur visibilité. Les lauréats du volet 1 sont publiés sur le site de la préfecture de département et sur celui de la préfecture \
             de région, ceux du volet 2 sur ce dernier. Tous leurs porteurs sont membres du club d’innovateurs, qui capitalise les méthodes et les résultats \
             des deux volets.",
        ));
    }
    blocks
}

/// Tells some laureates from the others.
type Wanted = fn(&Laureate) -> bool;

/// How many have come how far.
fn progress(laureates: &[Laureate]) -> Block {
    let columns =
        vec![words("Étape franchie", 4), numbers("Volet 1", 1), numbers("Volet 2", 1), numbers("Ensemble", 1)];
    let steps: [(&str, Wanted); 7] = [
        ("Projets lauréats", |_| true),
        ("Notifiés", |one| one.grant.days.notified.is_some()),
        ("Conventions signées", |one| one.grant.days.agreement.is_some()),
        ("Payés, en tout ou partie", |one| one.grant.paid.is_some_and(|paid| paid.is_positive())),
        ("Bilans d’activité à demander", |one| one.report_due),
        ("Évaluations à faire", |one| one.evaluation_due),
        ("Lauréats du trimestre", |one| one.to_publish),
    ];
    let rows = steps.into_iter().map(|(name, has)| {
        let of = |programme| laureates.iter().filter(|one| one.grant.programme == programme && has(one)).count();
        let (first, second) = (of(Programme::Axe3V1), of(Programme::Axe3V2));
        row(RowKind::Plain, [name.to_owned(), number(first), number(second), number(first + second)])
    });
    table("Avancement des projets lauréats, hors Démat.ADS", columns, rows.collect())
}

fn list(title: &str, laureates: &[Laureate], wanted: Wanted) -> Vec<Block> {
    let listed: Vec<&Grant> = laureates.iter().filter(|one| wanted(one)).map(|one| &one.grant).collect();
    let mut blocks = vec![heading(2, None, title)];
    if listed.is_empty() {
        blocks.push(paragraph("Aucun."));
        return blocks;
    }
    let item = |grant: &&Grant| {
        let title = grant.title.as_deref().map_or(String::new(), |title| format!(" : {}", shortened(title, TITLE)));
        let apart = grant.apart.map_or(String::new(), |apart| format!(" ({})", apart.label()));
        let said = format!(", {}{title}{apart}", who(grant.beneficiary.as_deref()));
        vec![link(grant.number, &grant.link), Span::text(said)]
    };
    blocks.push(Block::List(listed.iter().take(SHOWN).map(item).collect()));
    blocks.extend(and_others(listed.len().saturating_sub(SHOWN), PROGRESS_SHEET).map(paragraph));
    blocks
}
