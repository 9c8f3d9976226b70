//! A row of the list as people read it.

use crate::domain::dossier::DossierState;
use crate::domain::text::{counted, shortened};
use crate::domain::verdict::Status;
use crate::reports::Cell;
use crate::reports::monthly::{Evolution, ListRow, Perimeter};
use crate::reports::sheets::{Tone, Value};
use crate::territory;

/// How much of the names of communes, and of a reason, is shown; the rest stands under « Toutes les colonnes ».
const NAMES: usize = 200;
const REASON: usize = 260;

/// A column that people read.
pub(super) struct ShownColumn {
    pub heading: &'static str,
    pub width: u8,
    /// The columns of the list that it is made of.
    of: &'static [&'static str],
    value: fn(&ListRow) -> Value,
}

const fn column(
    heading: &'static str,
    width: u8,
    of: &'static [&'static str],
    value: fn(&ListRow) -> Value,
) -> ShownColumn {
    ShownColumn { heading, width, of, value }
}

/// The places that formulas speak of.
pub(super) const NUMBER: u16 = 1;
pub(super) const EXPENSES: u16 = 5;
pub(super) const COMPUTED: u16 = 6;
pub(super) const COUNTED: u16 = 8;
pub(super) const STATE: u16 = 12;
pub(super) const STATUS: u16 = 13;

/// All of them, in order.
pub(super) static SHOWN: [ShownColumn; 16] = [
    column("Département", 12, &["departement"], |r| Cell::text(departement(r)).into()),
    column("N° de dossier", 11, &["numero_dossier"], |r| Value::linked(r.numero_dossier.to_string(), &r.lien_ds)),
    column("Bénéficiaire", 24, &["beneficiaire", "siret"], |r| Cell::maybe_text(r.beneficiaire.as_deref()).into()),
    column("Type de demandeur", 12, &["type_demandeur"], |r| Cell::text(kind(r)).into()),
    column("Communes rattachées", 34, &["nombre_communes", "codes_communes"], |r| Cell::text(communes(r)).into()),
    column("Dépenses éligibles", 14, &["depenses_eligibles"], |r| Cell::from(r.depenses_eligibles).into()),
    column("Montant calculé", 14, &["montant_calcule"], |r| Cell::from(r.montant_calcule).into()),
    column("Montant accordé", 14, &["montant_accorde"], |r| Cell::from(r.montant_accorde).into()),
    column("Montant compté", 14, &[], |r| Cell::from(r.montant_compte).into()),
    column("Dépôt", 11, &["date_depot"], |r| Cell::from(r.date_depot).into()),
    column("Commission", 11, &["date_commission"], |r| Cell::from(r.date_commission).into()),
    column("Notification", 12, &["date_notification"], |r| Cell::from(r.date_notification).into()),
    column("État", 12, &["etat"], |r| Cell::text(state(r)).into()),
    column("Avis des règles", 12, &["avis_regles"], |r| {
        Value::from(Cell::text(r.avis_regles.label())).toned(tone_of(r))
    }),
    column("À voir", 44, &["remarques", "motifs", "pieces_a_demander"], |r| Cell::text(to_look_at(r)).into()),
    column("Évolution", 11, &[], |r| Cell::text(r.evolution.label()).into()),
];

/// Whether the totals speak of a row.
pub(super) fn is_in_totals(row: &ListRow) -> bool {
    row.perimetre == Perimeter::Suivi && row.evolution != Evolution::Retire
}

/// The cells of a row. What changed since the last list is to be seen.
pub(super) fn cells(row: &ListRow) -> impl Iterator<Item = Value> + '_ {
    let counts = is_in_totals(row);
    SHOWN.iter().map(move |column| {
        let value = (column.value)(row);
        let is_changed = || row.colonnes_modifiees.iter().any(|name| column.of.contains(&name.as_str()));
        if !counts {
            return Value { tone: None, ..value };
        }
        let tone = match column.heading {
            "Montant accordé" | "À voir" if row.is_grant_without_amount() => Some(Tone::Warning),
            _ => value.tone.or_else(|| is_changed().then_some(Tone::Strong)),
        };
        Value { tone, ..value }
    })
}

/// Where a dossier stands. One that was decided after the end waited on the last day: no other says the same.
fn state(row: &ListRow) -> String {
    if row.decided_since { since(&row.etat) } else { row.etat.label().to_owned() }
}

/// `accepté depuis`.
pub(super) fn since(state: &DossierState) -> String {
    format!("{} depuis", state.label())
}

/// Of a département, what names its rows: `93 Seine-Saint-Denis`.
fn departement(row: &ListRow) -> String {
    let code = row.departement.as_deref().unwrap_or("inconnu");
    row.nom_departement.as_ref().map_or_else(|| code.to_owned(), |name| format!("{code} {name}"))
}

fn kind(row: &ListRow) -> String {
    match row.type_demandeur.as_deref() {
        None => String::new(),
        Some("centre_instructeur") => "centre instructeur".to_owned(),
        Some("commune_autonome") => "commune autonome".to_owned(),
        Some(other) => shortened(other, REASON),
    }
}

/// `3 communes : Bobigny, Bondy, Pantin`; those that do not fit are counted.
fn communes(row: &ListRow) -> String {
    let Some(number) = row.nombre_communes else { return String::new() };
    let number = usize::try_from(number).unwrap_or_default();
    let mut text = counted(number, "commune", "communes");
    for (index, code) in row.codes_communes.iter().enumerate() {
        let name = territory::commune(code).map_or(code.as_str(), |commune| commune.name);
        let separator = if index == 0 { "\u{a0}: " } else { ", " };
        if text.chars().count() + name.chars().count() > NAMES {
            text.push_str(" … et ");
            text.push_str(&counted(row.codes_communes.len() - index, "autre", "autres"));
            break;
        }
        text.push_str(separator);
        text.push_str(name);
    }
    text
}

fn tone_of(row: &ListRow) -> Tone {
    match row.avis_regles {
        Status::Eligible => Tone::Good,
        Status::AVerifier => Tone::Warning,
        Status::NonEligible => Tone::Bad,
    }
}

/// Nothing said twice: `ADS-08 à vérifier : À vérifier (contrôle de la préfecture) : …`.
fn reason(said: &str) -> String {
    said.replacen(" à vérifier : À vérifier", " à vérifier", 1)
}

/// What stands under « À demander » need not say of each thing that it is asked for.
fn asked(said: &str) -> String {
    let things =
        said.split(" ; ").map(|thing| thing.strip_prefix("À compléter : ").unwrap_or(thing).trim_end_matches('.'));
    things.collect::<Vec<_>>().join(" ; ")
}

/// What is to be seen of a dossier, in short: what is odd about it, then what decides its status.
fn to_look_at(row: &ListRow) -> String {
    let mut parts = Vec::new();
    if !row.remarques.is_empty() {
        parts.push(shortened(&row.remarques, 2 * REASON));
    }
    // Of what has left the list, or is decided, nobody is to judge any more.
    let is_open = row.evolution != Evolution::Retire
        && matches!(row.etat, DossierState::EnConstruction | DossierState::EnInstruction | DossierState::Accepte);
    if is_open && !row.motifs.is_empty() {
        let mut reasons = row.motifs.split(" | ");
        let first = shortened(&reason(reasons.next().unwrap_or_default()), REASON);
        let others = reasons.count();
        let more = if others > 0 {
            format!(" (et {})", counted(others, "autre motif", "autres motifs"))
        } else {
            String::new()
        };
        parts.push(format!("{first}{more}"));
    }
    if is_open && !row.pieces_a_demander.is_empty() {
        parts.push(format!("À demander\u{a0}: {}", shortened(&asked(&row.pieces_a_demander), REASON)));
    }
    parts.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_twice() {
        assert_eq!(
            reason("ADS-08 à vérifier : À vérifier (contrôle de la préfecture) : Serris est aussi ailleurs."),
            "ADS-08 à vérifier (contrôle de la préfecture) : Serris est aussi ailleurs."
        );
        assert_eq!(reason("ADS-03 non respectée : Aucune facture."), "ADS-03 non respectée : Aucune facture.");
        assert_eq!(
            asked("À compléter : SIRET du demandeur. ; À compléter : adresse. ; les factures"),
            "SIRET du demandeur ; adresse ; les factures"
        );
    }
}
