//! One dossier of the list. The names of the fields are those of the columns, on which recipients build.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::communes::Communes;
use super::reasons;
use super::wire::{euros, words};
use crate::domain::aside::Unreadable;
use crate::domain::dossier::{DossierNumber, DossierState};
use crate::domain::erasure::ERASED;
use crate::domain::fact::FactName;
use crate::domain::instant::{french_date, paris_date};
use crate::domain::money::Cents;
use crate::domain::siret::Siret;
use crate::domain::subject::Judged;
use crate::domain::text::{QUOTED, shortened};
use crate::domain::verdict::{Status, VerdictValue};
use crate::reports::amounts::Amounts;
use crate::reports::cell::clipped;
use crate::reports::sources::removed_on;
use crate::reports::waiting::is_decided_since;
use crate::reports::{Sources, dossier_link};
use crate::rules::Place;
use crate::territory;

/// What became of a dossier since the last list kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Evolution {
    /// Was not in the last list.
    Nouveau,
    /// Some column changed.
    Modifie,
    /// No column changed.
    Inchange,
    /// Was in the last list and is no longer on DS; shown this once with its last values.
    Retire,
    /// The last list can no longer be read.
    #[serde(rename = "")]
    Inconnue,
}

impl Evolution {
    /// As in the list.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Nouveau => "nouveau",
            Self::Modifie => "modifie",
            Self::Inchange => "inchange",
            Self::Retire => "retire",
            Self::Inconnue => "",
        }
    }

    /// As people read it.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Nouveau => "nouveau",
            Self::Modifie => "modifié",
            Self::Inchange => "inchangé",
            Self::Retire => "retiré",
            Self::Inconnue => "",
        }
    }
}

/// Where the applicant lies with regard to the départements served (ADS-10). In the order of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Perimeter {
    /// In a département served.
    #[default]
    Suivi,
    /// Elsewhere: shown apart, left out of sums.
    HorsPerimetre,
    /// Not known: shown apart, left out of sums.
    Inconnu,
    /// The content of the dossier cannot be read: shown apart, left out of sums.
    Illisible,
}

impl Perimeter {
    /// As in the list.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Suivi => "suivi",
            Self::HorsPerimetre => "hors_perimetre",
            Self::Inconnu => "inconnu",
            Self::Illisible => UNREADABLE,
        }
    }

    fn of(departement: Option<&str>, served: &[String]) -> Self {
        match departement {
            None => Self::Inconnu,
            Some(code) if served.iter().any(|one| one == code) => Self::Suivi,
            Some(_) => Self::HorsPerimetre,
        }
    }
}

/// What stands for the state of a dossier whose content cannot be read.
const UNREADABLE: &str = "illisible";

/// A row. Days are those of Paris; amounts are exact; what is unknown is `None` or empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each column has its meaning in `COLUMNS`")]
pub struct ListRow {
    pub departement: Option<String>,
    pub numero_dossier: DossierNumber,
    pub etat: DossierState,
    #[serde(default)]
    pub date_depot: Option<Date>,
    pub type_demandeur: Option<String>,
    pub siret: Option<Siret>,
    pub beneficiaire: Option<String>,
    pub code_insee: Option<String>,
    pub nombre_communes: Option<i64>,
    #[serde(with = "words")]
    pub codes_communes: Vec<String>,
    #[serde(with = "euros")]
    pub depenses_eligibles: Option<Cents>,
    #[serde(with = "euros")]
    pub montant_calcule: Option<Cents>,
    #[serde(with = "euros")]
    pub montant_accorde: Option<Cents>,
    #[serde(with = "euros")]
    pub montant_engage: Option<Cents>,
    #[serde(with = "euros")]
    pub montant_paye: Option<Cents>,
    pub date_commission: Option<Date>,
    pub date_notification: Option<Date>,
    pub avis_regles: Status,
    pub motifs: String,
    pub evolution: Evolution,
    #[serde(with = "words")]
    pub colonnes_modifiees: Vec<String>,
    #[serde(default)]
    pub lien_ds: String,
    #[serde(default)]
    pub nom_departement: Option<String>,
    #[serde(default)]
    pub perimetre: Perimeter,
    #[serde(default)]
    pub remarques: String,
    #[serde(default)]
    pub pieces_a_demander: String,
    #[serde(default, with = "words")]
    pub regles_non_respectees: Vec<String>,
    #[serde(default, with = "words")]
    pub regles_a_verifier: Vec<String>,
    #[serde(default, with = "words")]
    pub regles_decidees: Vec<String>,
    #[serde(default)]
    pub communes_non_reconnues: String,
    #[serde(default, with = "words")]
    pub communes_en_double: Vec<String>,
    #[serde(default)]
    pub date_decision: Option<Date>,
    #[serde(default)]
    pub engagement_juridique: Option<String>,
    #[serde(default)]
    pub etat_connu_depuis: Option<Date>,
    #[serde(default, with = "euros")]
    pub montant_compte: Option<Cents>,
    #[serde(default)]
    pub retire_de_ds: Option<Date>,
    /// Left out where it is empty: by the digest of what a list says, which is the same for every edition that says the same.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub edition: String,
    /// What it adds to the sums; none when it is no grant at the end of the month.
    #[serde(skip)]
    pub(super) counted: Option<Amounts>,
    /// Decided after the end of the month: it waited on the last day.
    #[serde(skip)]
    pub(super) decided_since: bool,
}

impl ListRow {
    /// The row of a dossier in a list closed at an instant, not yet compared with any other list.
    #[must_use]
    pub(super) fn of(judged: &Judged, sources: &Sources<'_>, closed_at: Timestamp) -> Self {
        let Judged { subject, evaluation } = judged;
        let Sources { served, site, .. } = *sources;
        let (facts, applicant) = (&subject.facts, &subject.applicant);
        let departement = Place::of(subject).departement;
        let communes = Communes::of(subject);
        let mut remarks = Vec::new();
        let counted = Amounts::of(subject, closed_at, &mut remarks);
        remarks.extend(communes.elsewhere(served));
        let retire_de_ds = removed_on(subject.removed);
        if let (Some(day), Some(removal)) = (retire_de_ds, subject.removed) {
            remarks.push(format!("retiré de DS le {} ({})", french_date(day), removal.reason.label()));
        }
        if subject.erased {
            remarks.push("données effacées, DS ayant supprimé le dossier".to_owned());
        }
        let reasons = reasons::reasons(evaluation);
        let perimetre = Perimeter::of(departement.as_deref(), served);
        Self {
            numero_dossier: subject.number,
            etat: subject.state.clone(),
            date_depot: Some(paris_date(subject.deposited_at)),
            type_demandeur: facts.text(FactName::ApplicantType).or(subject.erased.then_some(ERASED)).map(str::to_owned),
            siret: applicant.siret.clone(),
            beneficiaire: subject.shown_applicant(),
            code_insee: applicant.code_insee.as_deref().map(|code| territory::code_of_commune(code).to_owned()),
            nombre_communes: communes.number(),
            codes_communes: communes.codes,
            depenses_eligibles: evaluation.eligible_expenses,
            montant_calcule: evaluation.computed,
            montant_accorde: facts.amount(FactName::GrantedAmount),
            montant_engage: facts.amount(FactName::EngagedAmount),
            montant_paye: facts.amount(FactName::PaidAmount),
            date_commission: facts.date(FactName::CommitteeDate),
            date_notification: facts.date(FactName::NotifiedOn),
            avis_regles: evaluation.status,
            motifs: reasons::in_full(&reasons),
            evolution: Evolution::Nouveau,
            colonnes_modifiees: Vec::new(),
            lien_ds: dossier_link(site, subject.procedure, subject.number),
            nom_departement: departement.as_deref().and_then(territory::departement).map(|d| d.name.to_owned()),
            perimetre,
            departement,
            remarques: clipped(&remarks.join(" ; ")).into_owned(),
            pieces_a_demander: clipped(&reasons::to_ask(evaluation)).into_owned(),
            regles_non_respectees: reasons::rules(&reasons, VerdictValue::NotMet),
            regles_a_verifier: reasons::rules(&reasons, VerdictValue::ToReview),
            regles_decidees: reasons::decided(evaluation),
            communes_non_reconnues: clipped(&communes.unknown.join(", ")).into_owned(),
            communes_en_double: communes.repeated,
            date_decision: subject.treated_at.filter(|_| is_decided(&subject.state)).map(paris_date),
            engagement_juridique: facts.text(FactName::Ej).map(|number| shortened(number, QUOTED)),
            etat_connu_depuis: None,
            montant_compte: counted.and_then(|amounts| amounts.granted).filter(|_| perimetre == Perimeter::Suivi),
            retire_de_ds,
            edition: String::new(),
            counted,
            decided_since: is_decided_since(subject, closed_at),
        }
    }

    /// The row of a dossier whose content cannot be read: nothing but its number is sure.
    pub(super) fn unreadable(unreadable: &Unreadable, sources: &Sources<'_>) -> Self {
        let Unreadable { number, procedure, deposited_at, removed, .. } = *unreadable;
        Self {
            departement: None,
            numero_dossier: number,
            etat: DossierState::Other(UNREADABLE.to_owned()),
            date_depot: deposited_at.map(paris_date),
            type_demandeur: None,
            siret: None,
            beneficiaire: None,
            code_insee: None,
            nombre_communes: None,
            codes_communes: Vec::new(),
            depenses_eligibles: None,
            montant_calcule: None,
            montant_accorde: None,
            montant_engage: None,
            montant_paye: None,
            date_commission: None,
            date_notification: None,
            avis_regles: Status::AVerifier,
            motifs: String::new(),
            evolution: Evolution::Nouveau,
            colonnes_modifiees: Vec::new(),
            lien_ds: dossier_link(sources.site, procedure, number),
            nom_departement: None,
            perimetre: Perimeter::Illisible,
            remarques: "contenu enregistré illisible : compté dans aucune somme".to_owned(),
            pieces_a_demander: String::new(),
            regles_non_respectees: Vec::new(),
            regles_a_verifier: Vec::new(),
            regles_decidees: Vec::new(),
            communes_non_reconnues: String::new(),
            communes_en_double: Vec::new(),
            date_decision: None,
            engagement_juridique: None,
            etat_connu_depuis: None,
            montant_compte: None,
            retire_de_ds: removed_on(removed),
            edition: String::new(),
            counted: None,
            decided_since: false,
        }
    }

    /// Granted on DS.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        self.etat == DossierState::Accepte
    }

    /// A grant whose amount is not recorded, or cannot be one.
    #[must_use]
    pub fn is_grant_without_amount(&self) -> bool {
        self.counted.is_some_and(|amounts| amounts.granted.is_none())
    }

    /// Whether another live dossier seems to ask for the same thing (ADS-09): without a SIRET, nobody can tell.
    #[must_use]
    pub fn is_in_doubt(&self) -> bool {
        self.etat.is_live() && self.siret.is_some() && self.regles_a_verifier.iter().any(|rule| rule == "ADS-09")
    }
}

fn is_decided(state: &DossierState) -> bool {
    matches!(state, DossierState::Accepte | DossierState::Refuse | DossierState::SansSuite)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_perimeter_follows_the_departements_served() {
        let served = ["75".to_owned(), "93".to_owned()];
        assert_eq!(Perimeter::of(Some("93"), &served), Perimeter::Suivi);
        assert_eq!(Perimeter::of(Some("60"), &served), Perimeter::HorsPerimetre);
        assert_eq!(Perimeter::of(None, &served), Perimeter::Inconnu);
    }
}
