//! Whose dossier it is, where it stands on DS, and what keeps it from being read.

use std::fmt::Write as _;

use super::super::layout::pad;
use super::super::paper::{Paper, hang};
use super::{LABEL, field};
use crate::desk::{DossierLine, Page, Past};
use crate::domain::dossier::{Applicant, Attestation, Dossier, DossierState, RemovalReason};
use crate::domain::fact::FactName;
use crate::domain::instant::{french_date, french_instant};
use crate::domain::subject::Judged;
use crate::domain::text::{QUOTED, grouped, shortened};
use crate::territory::{self, VINTAGE};

pub(super) fn identity(out: &mut Paper, page: &Page) {
    let Page { judged: Judged { subject, .. }, line, past, filed, link, .. } = page;
    let applicant = &subject.applicant;
    let name = subject.shown_applicant().unwrap_or_else(|| "demandeur sans nom".to_owned());
    hang(out, &format!("Dossier {} — ", subject.number), &name);
    if let Some(past) = past {
        known_then(out, *past);
    }
    removal(out, line);
    field(out, "programme", subject.programme.label());
    field(out, "démarche", &subject.procedure.to_string());
    field(out, "état", subject.state.label());
    erasure(out, line);
    field(out, "déposé le", &french_instant(subject.deposited_at));
    field(out, "modifié le", &french_instant(subject.updated_at));
    if let Some(instant) = subject.treated_at {
        field(out, "traité le", &french_instant(instant));
    }
    let siret = match &applicant.siret {
        Some(siret) => format!("SIRET {siret}"),
        None if subject.erased => "SIRET effacé".to_owned(),
        None => "sans SIRET".to_owned(),
    };
    field(out, "demandeur", &format!("{}, {siret}", applicant.legal_kind.label()));
    if let Some(Applicant::LegalEntity(entity)) = filed.as_ref().map(|filed| &filed.applicant)
        && let Some(address) = &entity.address
    {
        field(out, "adresse", &shortened(address, QUOTED));
    }
    field(out, "lieu", &place(applicant.code_insee.as_deref(), applicant.departement.as_deref()));
    if let Some(population) = applicant.population {
        let declared = subject.facts.integer(FactName::Population);
        let declared = declared.map_or_else(String::new, |declared| format!(" ; déclarée : {}", grouped(declared)));
        field(out, "population", &format!("{} habitants ({VINTAGE}){declared}", grouped(population)));
    } else if let Some(declared) = subject.facts.integer(FactName::Population) {
        field(out, "population", &format!("absente des tables ; déclarée : {}", grouped(declared)));
    }
    // Whole, to be copied.
    let _ = writeln!(out, "  {}{link}", pad("sur DS", LABEL));
}

/// `commune de Melun, code INSEE 77288 ; Seine-et-Marne (77)`: the postal code stands in the address, if anywhere.
fn place(code_insee: Option<&str>, departement: Option<&str>) -> String {
    let commune = code_insee.map(|code| match territory::commune(code) {
        Some(commune) => format!("{}, code INSEE {code}", commune.name),
        None => format!("code INSEE {code}"),
    });
    let departement = departement.map(|code| match territory::departement(code) {
        Some(departement) => format!("{} ({code})", departement.name),
        None => format!("département {code}"),
    });
    let known: Vec<String> = [commune, departement].into_iter().flatten().collect();
    if known.is_empty() { "inconnu".to_owned() } else { known.join(" ; ") }
}

/// What instructors and DS put on a dossier: said only where DS says it.
pub(super) fn marks(out: &mut Paper, filed: &Dossier) {
    match filed.labels.as_deref() {
        None => {}
        Some([]) => field(out, "étiquettes", "aucune"),
        Some(labels) => field(out, "étiquettes", &labels.join(", ")),
    }
    match &filed.attestation {
        Some(Attestation::Made { created_at: Some(at), .. }) => {
            field(out, "attestation", &format!("délivrée le {}", french_instant(*at)));
        }
        Some(Attestation::Made { created_at: None, .. }) => field(out, "attestation", "délivrée"),
        Some(Attestation::NotMade) if filed.treated_at.is_some() => field(out, "attestation", "aucune"),
        Some(Attestation::NotMade) | None => {}
    }
}

/// That all of it is of the past.
fn known_then(out: &mut Paper, past: Past) {
    let day = french_date(past.day);
    field(out, "PASSÉ", &format!("tel que connu à la fin du {day}, avec ce que les agents avaient fait jusque-là"));
    field(out, "", "jugé avec les règles et les paramètres d’aujourd’hui ; sans les pièces jointes");
    if let Some(since) = past.known_since {
        let since = french_instant(since);
        field(out, "", &format!("rien n’en est connu avant le {since} : ce qui l’était alors en tient lieu"));
    }
}

/// Whether DS still shows it.
pub(super) fn removal(out: &mut Paper, line: &DossierLine) {
    let Some(reason) = line.removed else { return };
    let since = line.removed_at.map(|at| format!(" (constaté le {})", french_instant(at))).unwrap_or_default();
    let counts = match (&line.state, line.excluded_at) {
        // Known by its tombstone alone.
        (DossierState::Accepte, None) if line.deposited_at.is_none() => {
            "accepté, mais rien n’en a été reçu avant : ce qui lui a été accordé n’est pas connu, et n’est dans aucune somme ; listes et rapports le \
             disent"
        }
        (DossierState::Accepte, None) => {
            "accepté, il compte toujours : une attribution ne prend pas fin avec son dossier"
        }
        _ => "il ne compte plus dans aucune somme",
    };
    hang(out, "  RETIRÉ : ", &format!("{}{since} ; {counts}", reason.label()));
}

/// Whether its content was erased here, and why.
pub(super) fn erasure(out: &mut Paper, line: &DossierLine) {
    let Some(instant) = line.erased_at else { return };
    let why = match line.removed {
        Some(RemovalReason::Deleted) => ", DS l’ayant supprimé",
        Some(RemovalReason::Absent) => ", DS ne le montrant plus",
        Some(RemovalReason::Pending) | None => "",
    };
    let means = "il reste ce que la configuration permet de garder (clé « keep » de [purge])";
    field(out, "EFFACÉ", &format!("le {}{why} ; {means}", french_instant(instant)));
}

/// That what is stored of it cannot be read, why, and the mend.
pub(super) fn illegible(out: &mut Paper, reason: &str) {
    field(out, "ILLISIBLE", &format!("ce qui est enregistré de ce dossier ne peut pas être lu ({reason})"));
    field(out, "", "ce qui suit en avait été lu avant, et peut avoir changé depuis");
    field(out, "", "pour le relire de DS : fitn sync --full ; si cela se répète, reprenez une sauvegarde");
}
