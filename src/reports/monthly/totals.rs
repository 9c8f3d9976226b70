//! The sums of the list: one line a département served, their sum, and what lies outside.
//!
//! Only dossiers `accepte` and decided by the end of the month count in what is granted, engaged and paid ("Sums over dossiers");
//! withdrawn rows count nowhere.

use std::collections::BTreeSet;

use serde::Serialize;

use super::row::{Evolution, ListRow, Perimeter};
use super::wire::euros;
use crate::domain::dossier::DossierState;
use crate::domain::money::Cents;
use crate::domain::text::counted;
use crate::domain::verdict::Status;
use crate::reports::amounts::Amounts;
use crate::territory;

/// One line of sums.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Total {
    /// The département; none for a line over several.
    pub departement: Option<String>,
    /// What the line is about, in French.
    pub libelle: String,
    /// Which dossiers it counts.
    pub perimetre: Perimeter,
    /// Requests.
    pub demandes: usize,
    /// Requests by state, as the rows have it.
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
    /// Of those accepted, those decided after the end: they waited on the last day.
    #[serde(skip_serializing_if = "is_none")]
    pub accepte_depuis: usize,
    /// The same of those refused.
    #[serde(skip_serializing_if = "is_none")]
    pub refuse_depuis: usize,
    /// The same of those closed without action.
    #[serde(skip_serializing_if = "is_none")]
    pub sans_suite_depuis: usize,
    /// Requests by what the rules say.
    pub eligible: usize,
    /// Requests by what the rules say.
    pub a_verifier: usize,
    /// Requests by what the rules say.
    pub non_eligible: usize,
    /// Computed amount of all requests.
    #[serde(serialize_with = "as_euros")]
    pub montant_calcule: Cents,
    /// Of it, requests neither refused nor closed without action on the last day.
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
fn is_none(number: &usize) -> bool {
    *number == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
fn as_euros<S: serde::Serializer>(amount: &Cents, serializer: S) -> Result<S::Ok, S::Error> {
    euros::serialize(&Some(*amount), serializer)
}

/// The lines, while rows come in.
pub(super) struct Totals {
    /// Those of the départements served, by code, then their sum.
    inside: Vec<Total>,
    apart: [Total; 3],
}

impl Totals {
    pub fn new(served: &[String]) -> Self {
        let codes: BTreeSet<&String> = served.iter().collect();
        let of = |code: &String| {
            let name = territory::departement(code).map_or("", |departement| departement.name);
            Total { departement: Some(code.clone()), ..Total::named(name, Perimeter::Suivi) }
        };
        let together = Total::named("Ensemble des départements suivis", Perimeter::Suivi);
        Self {
            inside: codes.into_iter().map(of).chain([together]).collect(),
            apart: [
                Total::named("À part : hors des départements suivis", Perimeter::HorsPerimetre),
                Total::named("À part : département inconnu", Perimeter::Inconnu),
                Total::named("À part : contenu illisible", Perimeter::Illisible),
            ],
        }
    }

    /// Takes a row in; one that is withdrawn counts nowhere.
    pub fn add(&mut self, row: &ListRow) {
        if row.evolution == Evolution::Retire {
            return;
        }
        let is_of_it = |total: &&mut Total| match &total.departement {
            Some(code) => row.departement.as_ref() == Some(code),
            None => true,
        };
        if row.perimetre == Perimeter::Suivi {
            self.inside.iter_mut().filter(is_of_it).for_each(|total| total.add(row));
        } else {
            self.apart.iter_mut().filter(|total| total.perimetre == row.perimetre).for_each(|total| total.add(row));
        }
    }

    /// The lines, in the order in which they are shown. Lines for what lies outside appear only when there is something.
    pub fn finish(self) -> Vec<Total> {
        self.inside.into_iter().chain(self.apart.into_iter().filter(|apart| apart.demandes > 0)).collect()
    }
}

impl Total {
    fn named(label: &str, perimetre: Perimeter) -> Self {
        Self { libelle: label.to_owned(), perimetre, ..Self::default() }
    }

    /// Those that were decided after the end.
    #[must_use]
    pub fn decided_since(&self) -> usize {
        self.accepte_depuis + self.refuse_depuis + self.sans_suite_depuis
    }

    /// Those that were accepted by then.
    #[must_use]
    pub fn accepted(&self) -> usize {
        self.accepte - self.accepte_depuis
    }

    /// `12 demandes, dont 4 acceptées`, and those decided since, where there are any.
    #[must_use]
    pub fn told(&self) -> String {
        let since = match self.decided_since() {
            0 => String::new(),
            since => format!(" et {} depuis", counted(since, "décidée", "décidées")),
        };
        let requests = counted(self.demandes, "demande", "demandes");
        let accepted = match self.accepted() {
            0 => "aucune acceptée".to_owned(),
            accepted => counted(accepted, "acceptée", "acceptées"),
        };
        format!("{requests}, dont {accepted}{since}")
    }

    fn add(&mut self, row: &ListRow) {
        self.demandes += 1;
        *match row.etat {
            DossierState::EnConstruction => &mut self.en_construction,
            DossierState::EnInstruction => &mut self.en_instruction,
            DossierState::Accepte => &mut self.accepte,
            DossierState::Refuse => &mut self.refuse,
            DossierState::SansSuite => &mut self.sans_suite,
            DossierState::Other(_) => &mut self.autre_etat,
        } += 1;
        if row.decided_since {
            match row.etat {
                DossierState::Accepte => self.accepte_depuis += 1,
                DossierState::Refuse => self.refuse_depuis += 1,
                DossierState::SansSuite => self.sans_suite_depuis += 1,
                _ => {}
            }
        }
        *match row.avis_regles {
            Status::Eligible => &mut self.eligible,
            Status::AVerifier => &mut self.a_verifier,
            Status::NonEligible => &mut self.non_eligible,
        } += 1;
        let computed = row.montant_calcule.unwrap_or_default();
        self.montant_calcule += computed;
        if row.etat.is_live() || row.decided_since {
            self.montant_calcule_en_cours += computed;
        }
        if row.is_in_doubt() {
            self.demandes_en_doute += 1;
            self.montant_en_doute += computed;
        }
        if let Some(Amounts { granted, engaged, paid }) = row.counted {
            self.montant_accorde += granted.unwrap_or_default();
            self.montant_engage += engaged.unwrap_or_default();
            self.montant_paye += paid.unwrap_or_default();
            self.attributions_sans_montant += usize::from(granted.is_none());
        }
    }
}
