//! Where two numbers of the report differ, a line says by what, and adds up.

use crate::domain::dossier::DossierState;
use crate::domain::money::Cents;
use crate::domain::programme::Programme;
use crate::domain::text::counted;
use crate::reports::quarterly::{Apart, QuarterlyReport, Reckoning, Section};

/// Parts of a sum, those that are nothing left out.
fn parts(parts: &[(usize, &str, &str)]) -> String {
    let said: Vec<String> =
        parts.iter().filter(|(of, ..)| *of > 0).map(|(of, one, several)| counted(*of, one, several)).collect();
    if said.is_empty() { "0".to_owned() } else { said.join(" + ") }
}

/// Of all programmes together: from what was filed to what the report shows; none where they are the same.
pub(super) fn in_all(report: &QuarterlyReport) -> Option<String> {
    report.reckonings.iter().find(|reckoning| reckoning.programme.is_none()).and_then(shown)
}

/// Of each programme, then of all together.
pub(super) fn by_programme(report: &QuarterlyReport) -> Vec<String> {
    let lines = report.reckonings.iter().filter_map(|reckoning| {
        let programme = reckoning.programme.map_or("Tous programmes", Programme::label);
        Some(format!("{programme}. {}", shown(reckoning)?))
    });
    lines.collect()
}

/// What was granted on credits that are not those of the report; none without any.
pub(super) fn other_grants(report: &QuarterlyReport) -> Option<String> {
    let grants = &report.other_grants;
    let granted: Cents = grants.iter().filter_map(|grant| grant.granted).sum();
    let without = grants.iter().filter(|grant| grant.granted.is_none()).count();
    let without = if without > 0 { format!(", {without} sans montant") } else { String::new() };
    (!grants.is_empty()).then(|| {
        let accepted = counted(grants.len(), "dossier accepté", "dossiers acceptés");
        format!("Axe 2 : {accepted} pour {granted}{without}. Ses crédits ne sont pas ceux de ce rapport : il est dans les nombres de dossiers, dans aucune somme.")
    })
}

/// From what the report shows of a programme to what its credits count.
pub(super) fn of(section: &Section, report: &QuarterlyReport) -> Vec<String> {
    let reckoning = report.reckonings.iter().find(|reckoning| reckoning.programme == Some(section.programme));
    let lines = [reckoning.and_then(counted_requests), accepted(section, report), amounts(section)];
    lines.into_iter().flatten().collect()
}

/// `92 dossiers déposés = 87 dans ce rapport + 3 retirés…`.
fn shown(reckoning: &Reckoning) -> Option<String> {
    let count = reckoning.count;
    (count.filed() != count.shown).then(|| {
        let parts = parts(&[
            (count.shown, "dans ce rapport", "dans ce rapport"),
            (count.removed, "retiré de DS sans avoir été accepté", "retirés de DS sans avoir été acceptés"),
            (count.excluded, "écarté par un agent", "écartés par un agent"),
            (count.unreadable, "illisible", "illisibles"),
        ]);
        format!("{} = {parts}.", counted(count.filed(), "dossier déposé", "dossiers déposés"))
    })
}

fn counted_requests(reckoning: &Reckoning) -> Option<String> {
    let (apart, requests) = (reckoning.apart.filter(|apart| *apart > 0)?, reckoning.requests()?);
    let parts = parts(&[
        (requests, "demande sur les crédits", "demandes sur les crédits"),
        (apart, "hors du périmètre ou de lieu à préciser", "hors du périmètre ou de lieu à préciser"),
    ]);
    Some(format!("{} = {parts}.", counted(reckoning.count.shown, "dossier du rapport", "dossiers du rapport")))
}

fn accepted(section: &Section, report: &QuarterlyReport) -> Option<String> {
    let activity = report.activities.iter().find(|activity| activity.programme == section.programme)?;
    let accepted = activity.states.of(&DossierState::Accepte);
    let apart = |why: Apart| section.grants.iter().filter(|grant| grant.apart == Some(why)).count();
    let total = &section.total;
    (accepted != total.grants).then(|| {
        let parts = parts(&[
            (total.grants, "attribution comptée", "attributions comptées"),
            (total.without_amount, "sans montant accordé", "sans montant accordé"),
            (apart(Apart::Elsewhere), "hors des départements suivis", "hors des départements suivis"),
            (
                apart(Apart::WithoutRight),
                "dans un département sans droit de tirage",
                "dans un département sans droit de tirage",
            ),
            (apart(Apart::Unsettled), "de lieu à préciser", "de lieu à préciser"),
        ]);
        format!("{} = {parts}.", counted(accepted, "dossier accepté", "dossiers acceptés"))
    })
}

/// To the cent.
fn amounts(section: &Section) -> Option<String> {
    let outside: Cents = section.apart.iter().map(|credit| credit.granted).sum();
    (outside != Cents::ZERO).then(|| {
        let counted = section.total.granted;
        format!("{} accordés = {counted} comptés + {outside} hors de ces crédits.", counted + outside)
    })
}
