//! The sums of the list: one line a département served, their sum, and what lies outside.
//!
//! Only dossiers `accepte` and decided by the end of the month count in what is granted, engaged and paid ("Sums over dossiers");
//! withdrawn rows count nowhere.

use serde::Serialize;

use super::row::{Evolution, ListRow, Perimeter};
use super::wire::euros;
use crate::domain::dossier::DossierState;
use crate::domain::money::Cents;
use crate::domain::verdict::Status;
use crate::reports::amounts::Amounts;
use crate::territory;

/// One line of sums.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Total {
    /// The département; none for a line over several.
    pub departement: Option<String>,
    /// What the line is about, in French.
    pub libelle: String,
    /// Which dossiers it counts.
    pub perimetre: Perimeter,
    /// Requests.
    pub demandes: usize,
    /// Requests by state.
    pub en_construction: usize,
    /// Requests by state.
    pub en_instruction: usize,
    /// Requests by state.
    pub accepte: usize,
    /// Requests by state.
    pub refuse: usize,
    /// Requests by state.
    pub sans_suite: usize,
    /// Requests in a state that this version does not know.
    pub autre_etat: usize,
    /// Requests by what the rules say.
    pub eligible: usize,
    /// Requests by what the rules say.
    pub a_verifier: usize,
    /// Requests by what the rules say.
    pub non_eligible: usize,
    /// Computed amount of all requests.
    #[serde(serialize_with = "as_euros")]
    pub montant_calcule: Cents,
    /// Of it, requests neither refused nor closed without action.
    #[serde(serialize_with = "as_euros")]
    pub montant_calcule_en_cours: Cents,
    /// Granted amount of the accepted dossiers.
    #[serde(serialize_with = "as_euros")]
    pub montant_accorde: Cents,
    /// Engaged amount of the accepted dossiers.
    #[serde(serialize_with = "as_euros")]
    pub montant_engage: Cents,
    /// Paid amount of the accepted dossiers.
    #[serde(serialize_with = "as_euros")]
    pub montant_paye: Cents,
    /// Accepted dossiers without a granted amount: above them the granted sum is a lower bound.
    pub attributions_sans_montant: usize,
    /// Live requests that may be asked twice (ADS-09).
    pub demandes_en_doute: usize,
    /// Their computed amount.
    #[serde(serialize_with = "as_euros")]
    pub montant_en_doute: Cents,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn as_euros<S: serde::Serializer>(amount: &Cents, serializer: S) -> Result<S::Ok, S::Error> {
    euros::serialize(&Some(*amount), serializer)
}

/// The lines, in the order in which they are shown. Lines for what lies outside appear only when there is something.
pub(super) fn add_up(rows: &[ListRow], served: &[String]) -> Vec<Total> {
    let rows: Vec<&ListRow> = rows.iter().filter(|row| row.evolution != Evolution::Retire).collect();
    let inside = |row: &&&ListRow| row.perimetre == Perimeter::Suivi;
    let mut codes: Vec<&String> = served.iter().collect();
    codes.sort();
    codes.dedup();
    let mut totals: Vec<Total> = codes
        .into_iter()
        .map(|code| {
            let name = territory::departement(code).map_or("", |departement| departement.name);
            let of_it = rows.iter().filter(inside).filter(|row| row.departement.as_ref() == Some(code));
            let total = sum(name, Perimeter::Suivi, of_it);
            Total { departement: Some(code.clone()), ..total }
        })
        .collect();
    totals.push(sum("Ensemble des départements suivis", Perimeter::Suivi, rows.iter().filter(inside)));
    for (label, perimeter) in [
        ("À part : hors des départements suivis", Perimeter::HorsPerimetre),
        ("À part : département inconnu", Perimeter::Inconnu),
        ("À part : contenu illisible", Perimeter::Illisible),
    ] {
        let apart = sum(label, perimeter, rows.iter().filter(|row| row.perimetre == perimeter));
        if apart.demandes > 0 {
            totals.push(apart);
        }
    }
    totals
}

fn sum<'a>(label: &str, perimeter: Perimeter, rows: impl Iterator<Item = &'a &'a ListRow>) -> Total {
    let rows: Vec<&ListRow> = rows.copied().collect();
    let count = |is: &dyn Fn(&ListRow) -> bool| rows.iter().filter(|row| is(row)).count();
    let add = |is: &dyn Fn(&ListRow) -> bool, amount: fn(&ListRow) -> Option<Cents>| -> Cents {
        rows.iter().filter(|row| is(row)).filter_map(|row| amount(row)).sum()
    };
    let counted = |amount: fn(&Amounts) -> Option<Cents>| -> Cents {
        rows.iter().filter_map(|row| row.counted.as_ref()).filter_map(amount).sum()
    };
    Total {
        departement: None,
        libelle: label.to_owned(),
        perimetre: perimeter,
        demandes: rows.len(),
        en_construction: count(&|row| row.etat == DossierState::EnConstruction),
        en_instruction: count(&|row| row.etat == DossierState::EnInstruction),
        accepte: count(&ListRow::is_accepted),
        refuse: count(&|row| row.etat == DossierState::Refuse),
        sans_suite: count(&|row| row.etat == DossierState::SansSuite),
        autre_etat: count(&|row| matches!(row.etat, DossierState::Other(_))),
        eligible: count(&|row| row.avis_regles == Status::Eligible),
        a_verifier: count(&|row| row.avis_regles == Status::AVerifier),
        non_eligible: count(&|row| row.avis_regles == Status::NonEligible),
        montant_calcule: add(&|_| true, |row| row.montant_calcule),
        montant_calcule_en_cours: add(&|row| row.etat.is_live(), |row| row.montant_calcule),
        montant_accorde: counted(|amounts| amounts.granted),
        montant_engage: counted(|amounts| amounts.engaged),
        montant_paye: counted(|amounts| amounts.paid),
        attributions_sans_montant: count(&ListRow::is_grant_without_amount),
        demandes_en_doute: count(&ListRow::is_in_doubt),
        montant_en_doute: add(&ListRow::is_in_doubt, |row| row.montant_calcule),
    }
}
