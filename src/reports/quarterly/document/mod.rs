//! The report as a document for reading, in two layers: what there is to know and to decide in front, in whole euros; then the annexes, to the cent.
//!
//! Nothing in it grows with the dossiers: tables of dossiers are in the workbook, and lists here say how many they leave out.

mod activity;
mod charts;
mod context;
mod credits;
mod differences;
mod front;
mod make;
mod projects;
mod quality;
mod sentences;
pub(in crate::reports) mod typography;
mod voices;
pub(in crate::reports) mod words;

pub(super) use credits::expected;
pub(super) use front::{METHOD, SERIES_METHOD};

use super::QuarterlyReport;
use crate::domain::programme::Programme;
use crate::reports::GENERATOR;
use crate::reports::blocks::{Block, Document};

/// How many dossiers a list or a table names; the workbook names all.
const SHOWN: usize = 20;

/// What is said of who carries a dossier.
fn who(beneficiary: Option<&str>) -> &str {
    beneficiary.unwrap_or("nom inconnu")
}

/// The report, ready to be written; the same report gives the same document.
#[must_use]
pub fn document(report: &QuarterlyReport) -> Document {
    let mut blocks = front::front(report);
    let mut annexes: Vec<(&str, &str, Vec<Block>)> = Vec::new();
    for section in &report.sections {
        let (title, anchor) = match section.programme {
            Programme::Axe3V1 => ("Volet 1, thèmes 1 à 3 : droits de tirage", "volet-1"),
            Programme::Axe3V1Ads => ("Démat.ADS", "demat-ads"),
            _ => ("Volet 2 : laboratoires d’innovation territoriale", "volet-2"),
        };
        annexes.push((title, anchor, credits::section(section, report)));
    }
    annexes.extend([
        ("Dossiers déposés et délais", "dossiers", activity::activity(report)),
        ("Projets financés", "projets", projects::projects(report)),
        ("Après l’attribution", "suites", projects::after(report)),
        ("Accompagnement attendu", "accompagnement", voices::support(report)),
        ("Retours d’expérience", "retours", voices::feedback(report)),
        ("Contrôles des décisions", "controles", quality::controls(report)),
        ("Qualité des données", "qualite", quality::quality(report)),
        ("Méthode, chiffres du guide et contexte", "methode", context::context(report)),
    ]);
    for (number, (title, anchor, annex)) in (1..).zip(annexes) {
        if number == 1 {
            blocks.push(Block::PageBreak);
        }
        blocks.push(make::heading(1, Some(anchor), format!("Annexe {number} – {title}")));
        blocks.extend(annex);
    }
    typography::document(Document {
        title: report.title(),
        author: format!("Préfecture de la région {}", report.region.name),
        standing: format!(
            "Rapport trimestriel à la DITP, axe 3 de l’ITN 7, région {}. {}.",
            report.region.name,
            report.closing()
        ),
        footer: footer(report),
        provisional: report.provisional.clone(),
        closed_at: report.closed_at,
        blocks,
    })
}

/// What stands at the foot of each page.
fn footer(report: &QuarterlyReport) -> String {
    format!("Rapport FITN 7, {} – {} – {GENERATOR}", report.quarter.french_code(), report.closing())
}
