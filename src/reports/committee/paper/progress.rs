//! How far the projects funded have come.

use super::{Block, Pack, RowCell, Span, amount, column, heading, number, paragraph, table};
use crate::domain::instant::french_date;
use crate::domain::programme::Programme;
use crate::reports::blocks::Column;
use crate::reports::quarterly::{Grant, Laureate};

pub(super) fn blocks(pack: &Pack) -> Vec<Block> {
    vec![
        heading(1, "Avancement des projets financés"),
        funded(pack),
        heading(1, "Démat.ADS, subventions accordées"),
        ads(pack),
    ]
}

fn funded(pack: &Pack) -> Block {
    if pack.funded.is_empty() {
        return paragraph("Hors Démat.ADS, aucun projet financé à la date d’arrêté.");
    }
    let row = |laureate: &Laureate| (laureate.grant.programme, cells(&laureate.grant, &to_do(laureate)));
    table("Projets financés, thèmes 1 à 3", columns(), pack.funded.iter().map(row).collect())
}

fn ads(pack: &Pack) -> Block {
    let sections = pack.sections.iter().filter(|section| section.programme == Programme::Axe3V1Ads);
    let grants: Vec<&Grant> = sections.flat_map(|section| &section.grants).collect();
    if grants.is_empty() {
        return paragraph("Aucune subvention accordée à la date d’arrêté.");
    }
    let row = |grant: &&Grant| (grant.programme, cells(grant, ""));
    table("Subventions accordées, Démat.ADS", columns(), grants.iter().map(row).collect())
}

fn columns() -> Vec<Column> {
    vec![
        column("Dossier", false, 1),
        column("Porteur et projet", false, 3),
        column("Accordé", true, 1),
        column("Engagé", true, 1),
        column("Payé", true, 1),
        column("Où il en est", false, 6),
    ]
}

fn cells(grant: &Grant, to_do: &str) -> Vec<RowCell> {
    let beneficiary = grant.beneficiary.as_deref().unwrap_or("nom inconnu");
    let steps = steps(grant);
    let mut said = vec![Span::text(if steps.is_empty() { "aucune date saisie" } else { steps.as_str() })];
    if !to_do.is_empty() {
        said.extend([Span::text(" ; "), Span::Strong(to_do.to_owned())]);
    }
    vec![
        number(grant.number, &grant.link),
        RowCell { detail: grant.title.clone(), ..RowCell::plain(beneficiary) },
        amount(grant.granted),
        amount(grant.engaged),
        amount(grant.paid),
        RowCell {
            text: said,
            detail: grant.removed_on.map(|day| format!("retiré de DS le {}", french_date(day))),
            ..RowCell::default()
        },
    ]
}

/// The steps that are dated, from the decision to the evaluation.
fn steps(grant: &Grant) -> String {
    let days = &grant.days;
    let steps = [
        ("accordé", grant.counts_since),
        ("notifié", days.notified),
        ("convention", days.agreement),
        ("payé", days.paid),
        ("fin prévue", days.end),
        ("bilan", days.report),
        ("évalué", days.evaluated),
    ];
    let dated = steps.into_iter().filter_map(|(step, day)| Some(format!("{step}\u{a0}{}", french_date(day?))));
    dated.collect::<Vec<_>>().join(", ")
}

/// What is still to be done about a project.
fn to_do(laureate: &Laureate) -> String {
    let steps = [
        (laureate.report_due, "bilan d’activité à demander"),
        (laureate.evaluation_due, "évaluation à faire"),
        (laureate.to_publish, "à publier"),
    ];
    steps.into_iter().filter(|(is_due, _)| *is_due).map(|(_, step)| step).collect::<Vec<_>>().join(", ")
}
