//! The list in short.

use super::row::Evolution;
use super::totals::Total;
use super::{MonthlyList, edition};
use crate::domain::instant::french_instant;
use crate::domain::text::counted;
use crate::reports::Summary;
use crate::reports::summary::correction;

/// The list in some lines: how many rows, the totals, what changed since the list kept last.
#[must_use]
pub fn summary(list: &MonthlyList) -> Summary {
    let left = list.tally.of(Evolution::Retire);
    let and_left = match left {
        0 => String::new(),
        left => format!(", et {} de la liste précédente", counted(left, "dossier retiré", "dossiers retirés")),
    };
    let mut lines =
        vec![format!("Lignes : {}{and_left}", counted(list.tally.rows() - left, "dossier", "dossiers")), String::new()];
    lines.extend(list.totals.iter().map(total));
    lines.push(String::new());
    lines.push(evolution(list));
    if !list.behind.is_empty() {
        lines.push(String::new());
        lines.extend(list.behind.iter().cloned());
    }
    Summary {
        title: format!("Liste Démat.ADS, {}{}", list.month.label(), correction(list.revision)),
        opening: format!(
            "Liste Démat.ADS : {}, région {}, arrêtée au {}.",
            edition(list.month, list.revision),
            list.region.name,
            french_instant(list.closed_at)
        ),
        lines,
    }
}

/// One line of the totals.
fn total(total: &Total) -> String {
    let name = match &total.departement {
        Some(code) => format!("- {} ({code})", total.libelle),
        None => total.libelle.clone(),
    };
    let without = match total.attributions_sans_montant {
        0 => String::new(),
        number => format!(" ({} sans montant)", counted(number, "attribution", "attributions")),
    };
    format!(
        "{name} : {} ; accordé {}{without}, engagé {}, payé {}",
        total.told(),
        total.montant_accorde,
        total.montant_engage,
        total.montant_paye
    )
}

fn evolution(list: &MonthlyList) -> String {
    if let Some((month, revision)) = list.not_compared {
        return format!(
            "Évolution : inconnue, la liste précédente ({}) ne peut plus être relue.",
            edition(month, revision)
        );
    }
    let Some((month, revision)) = list.compared_with else {
        return "Évolution : c’est la première liste, tout y est nouveau.".to_owned();
    };
    let count = |evolution| list.tally.of(evolution);
    format!(
        "Depuis la liste précédente ({}) : {}, {}, {}, {}.",
        edition(month, revision),
        counted(count(Evolution::Nouveau), "nouveau", "nouveaux"),
        counted(count(Evolution::Modifie), "modifié", "modifiés"),
        counted(count(Evolution::Retire), "retiré", "retirés"),
        counted(count(Evolution::Inchange), "inchangé", "inchangés")
    )
}
