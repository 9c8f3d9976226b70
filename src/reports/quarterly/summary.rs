//! The report in short.

use super::{Credit, QuarterlyReport, Section};
use crate::domain::instant::french_instant;
use crate::domain::money::Cents;
use crate::domain::text::counted;
use crate::reports::Summary;
use crate::reports::summary::correction;

/// The report in some lines: the credits of each section, and what is known to be missing.
#[must_use]
pub fn summary(report: &QuarterlyReport) -> Summary {
    let rows: usize = report.sections.iter().map(|section| section.grants.len()).sum();
    let mut lines = vec![format!("Lignes : {}", counted(rows, "attribution", "attributions")), String::new()];
    lines.extend(report.sections.iter().map(section));
    let without_amount = report.without_amount().count();
    if without_amount > 0 {
        lines.push(format!(
            "{} sans montant connu : ce qui est accordé est un minimum.",
            counted(without_amount, "attribution", "attributions")
        ));
    }
    let in_quarter = report.sections.iter().map(|section| section.total.granted_in_quarter).sum::<Cents>();
    lines.push(String::new());
    lines.push(format!("Accordé dans le trimestre : {in_quarter}."));
    if !report.behind.is_empty() {
        lines.push(String::new());
        lines.extend(report.behind.iter().cloned());
    }
    Summary {
        title: format!("Rapport trimestriel, {}{}", report.quarter.french_code(), correction(report.revision)),
        opening: format!(
            "Rapport trimestriel : {}{}, région {}, arrêté au {}.",
            report.quarter.label(),
            correction(report.revision),
            report.region.name,
            french_instant(report.closed_at)
        ),
        lines,
    }
}

fn section(section: &Section) -> String {
    let total: &Credit = &section.total;
    let left = total.left().map_or(String::new(), |left| format!(", reste {left}"));
    format!("- {} : accordé {}, engagé {}, payé {}{left}", section.title, total.granted, total.engaged, total.paid)
}
