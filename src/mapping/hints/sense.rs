//! What a label may be about, other than a fact.

use super::reading::Patterns;
use crate::mapping::words::{is, is_any};

/// What a label may be about, other than the fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mapping) enum Sense {
    Number,
    Person,
    Date,
    Rate,
    Count,
    Money,
    Promise,
    Negation,
    Reason,
    Mark,
    Unit,
}

impl Sense {
    pub(super) const fn words(self) -> Patterns {
        match self {
            Self::Number => {
                "numero num ref reference identifiant code siret siren iban bic rib ej juridique imputation"
            }
            Self::Person => {
                "nom prenom qualite signataire fonction interlocut* contact representant referent courriel mail mel \
                 email telephone adresse civilite responsable coordonnee"
            }
            Self::Date => "date annee echeance delai duree calendrier echeancier",
            Self::Rate => "taux pourcent* quotite ratio coefficient prorata proportion",
            Self::Count => "nombre nb nbre combien quantite effectif",
            Self::Money => "montant cout budget euro eur prix somme tarif",
            Self::Promise => {
                "je m s engageons engager promet* certifi* attest* declar* reconnai* honneur accept* autoris* \
                 confirm* connaissance"
            }
            Self::Negation => "ne n pas non aucun* sans jamais ni inelig* absence sauf excepte",
            Self::Reason => {
                "motif motiv* justifi* comment commentaire remarque observation explication expliqu* raison pourquoi \
                 precision"
            }
            Self::Mark => "note score rang classement point",
            Self::Unit => "jour heure licence exemplaire",
        }
    }

    /// Whether a label that names money means the money all the same: "Montant des licences".
    const fn yields_to_money(self) -> bool {
        matches!(self, Self::Mark | Self::Unit)
    }

    /// What the label announces instead, in French.
    pub(super) const fn in_french(self) -> &'static str {
        match self {
            Self::Number => "un numéro ou une référence",
            Self::Person => "une personne ou ses coordonnées",
            Self::Date => "une date ou une durée",
            Self::Rate => "un taux",
            Self::Count | Self::Unit => "un nombre de quelque chose",
            Self::Mark => "une note ou un rang",
            Self::Money => "un montant",
            Self::Promise => "un engagement ou une attestation",
            Self::Negation => "une négation",
            Self::Reason => "un motif ou un commentaire",
        }
    }
}

/// The senses that count against a label.
pub(super) fn meant(words: &[&str], senses: &[Sense]) -> Vec<Sense> {
    let names_money = words.iter().any(|word| is_money(word));
    senses.iter().copied().filter(|sense| !(names_money && sense.yields_to_money())).collect()
}

pub(super) fn is_money(word: &str) -> bool {
    is_any(word, Sense::Money.words()) || is(word, "ht|ttc")
}
