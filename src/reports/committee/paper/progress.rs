//! How far the projects funded have come.

use super::{Block, Pack, RowCell, amount, column, day, heading, number, paragraph, table};
use crate::domain::programme::Programme;
use crate::reports::quarterly::Grant;

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
        return paragraph("Aucun projet financé à la date d’arrêté.");
    }
    let rows = pack.funded.iter().map(|laureate| {
        let (grant, days) = (&laureate.grant, &laureate.grant.days);
        let due = |is_due: bool, what: &str, done| if is_due { RowCell::plain(what) } else { day(done) };
        let cells = vec![
            number(grant.number, &grant.link),
            beneficiary(grant),
            amount(grant.granted),
            amount(grant.paid),
            day(days.notified),
            day(days.agreement),
            day(days.end),
            due(laureate.report_due, "à demander", days.report),
            due(laureate.evaluation_due, "à faire", days.evaluated),
        ];
        (grant.programme, cells)
    });
    let columns = vec![
        column("Dossier", false, 1),
        column("Porteur et projet", false, 4),
        column("Accordé", true, 1),
        column("Payé", true, 1),
        column("Notifié le", false, 1),
        column("Convention", false, 1),
        column("Fin prévue", false, 1),
        column("Bilan d’activité", false, 1),
        column("Évaluation", false, 1),
    ];
    table("Projets financés, thèmes 1 à 3", columns, rows.collect())
}

fn ads(pack: &Pack) -> Block {
    let grants: Vec<&Grant> = pack
        .sections
        .iter()
        .filter(|section| section.programme == Programme::Axe3V1Ads)
        .flat_map(|section| &section.grants)
        .collect();
    if grants.is_empty() {
        return paragraph("Aucune subvention accordée à la date d’arrêté.");
    }
    let row = |grant: &&Grant| {
        let cells = vec![
            number(grant.number, &grant.link),
            beneficiary(grant),
            amount(grant.granted),
            amount(grant.engaged),
            amount(grant.paid),
            day(grant.days.committee),
            day(grant.days.notified),
        ];
        (grant.programme, cells)
    };
    let columns = vec![
        column("Dossier", false, 1),
        column("Bénéficiaire", false, 3),
        column("Accordé", true, 1),
        column("Engagé", true, 1),
        column("Payé", true, 1),
        column("Commission", false, 1),
        column("Notifié le", false, 1),
    ];
    table("Subventions accordées, Démat.ADS", columns, grants.iter().map(row).collect())
}

fn beneficiary(grant: &Grant) -> RowCell {
    RowCell { detail: grant.title.clone(), ..RowCell::plain(grant.beneficiary.as_deref().unwrap_or("nom inconnu")) }
}
