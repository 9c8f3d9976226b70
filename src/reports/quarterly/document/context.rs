//! What the guide says of its own figures, what it says of the part that is not filed on DS, and how the report counts.

use std::fmt::Write as _;

use super::make::{heading, paragraph};
use super::words::listed;
use crate::reports::blocks::Block;
use crate::reports::quarterly::QuarterlyReport;
use crate::territory;

pub(super) fn context(report: &QuarterlyReport) -> Vec<Block> {
    let mut blocks = vec![heading(2, None, "Comment ce rapport compte")];
    blocks.push(paragraph(
        "Seuls comptent dans les sommes les dossiers acceptés à la date d’arrêté (commission et décision sur DS comprises), pour les montants qui sont saisis. Le \
         classeur joint donne chaque dossier derrière chaque chiffre.",
    ));
    if let Some(note) = report.drawing_note {
        blocks.push(heading(2, None, "Chiffres du guide"));
        blocks.push(paragraph(format!(
            "Le guide donne {} en tout ; la somme des droits de tirage fait {}. L’écart de {} n’est attribué à aucun département.",
            note.total,
            note.rights,
            note.difference()
        )));
    }
    blocks.push(heading(2, Some("contexte"), "Contexte national"));
    let region = report.region;
    let axe1 = region.guide.map(|guide| guide.axe1).unwrap_or_default();
    let mut said = "L’axe 1 (co-construction, 30 M€) ne passe pas par demarches-simplifiees.fr. Sur la plateforme à idées de l’ANCT, 476 votes ont été recensés \
         (276 pour les besoins, 200 pour les services), regroupés en 67 propositions."
        .to_owned();
    if !axe1.is_empty() {
        let each: Vec<String> = axe1
            .iter()
            .map(|(code, number)| {
                let name = territory::departement(code).map_or(*code, |departement| departement.name);
                format!("{name} {number}")
            })
            .collect();
        let all: u32 = axe1.iter().map(|(_, number)| number).sum();
        let _ = write!(said, " Région {} : {all} besoins et services déposés ({}).", region.name, listed(&each));
    }
    blocks.push(paragraph(said));
    blocks.push(paragraph(
        "L’ITN 7 est doté de 88 M€ pour les collectivités territoriales : 30 M€ pour l’axe 1, 24 M€ pour l’axe 2, 34 M€ pour l’axe 3 (30 M€ pour le volet 1, 4 M€ \
         pour le volet 2).",
    ));
    blocks
}
