use super::reading::{Objection, Wording};
use super::sense::Sense;
use super::wordings::wording;
use super::*;
use crate::domain::fact::{CRITERIA, EXPENSE_COLUMNS};
use crate::domain::text::fold;

fn wordings() -> Vec<Wording> {
    let facts = FactName::ALL.iter().map(|fact| wording(*fact));
    let columns = EXPENSE_COLUMNS.iter().map(|key| expense_column(key).0);
    facts.chain(columns).chain(CRITERIA.iter().map(|key| criterion(key).0)).collect()
}

/// Every pattern, without the signs that say how it is held against a word.
fn stems() -> Vec<(&'static str, bool)> {
    let texts =
        wordings().into_iter().flat_map(|wording| [wording.plain, wording.vague, wording.beside, wording.never]);
    let stems = texts.flat_map(|text| text.split([' ', '|', ';'])).filter(|stem| !stem.is_empty());
    stems.map(|stem| (stem.trim_end_matches(['*', '!']), stem.ends_with('*'))).collect()
}

#[test]
fn patterns_are_folded() {
    assert!(stems().into_iter().all(|(stem, _)| !stem.is_empty() && fold(stem) == stem));
}

#[test]
fn no_pattern_waits_for_a_word_that_is_passed_over() {
    for (stem, _) in stems().into_iter().filter(|(_, is_beginning)| !is_beginning) {
        assert!(!Words::of(stem).telling().is_empty(), "{stem}");
    }
}

#[test]
fn a_label_of_which_every_word_is_known_is_plain() {
    assert_eq!(said(FactName::GrantedAmount, "Montant définitif de la subvention (€)"), Said::Plainly);
    assert_eq!(
        said(FactName::GrantedAmount, "Montant accordé au titre du DSIL"),
        Said::Perhaps(vec!["dsil".to_owned()])
    );
    assert_eq!(
        said(FactName::GrantedAmount, "Montant accordé : nom du signataire"),
        Said::Else(Objection::About(Sense::Person))
    );
    assert_eq!(said(FactName::GrantedAmount, "Observations"), Said::Nothing);
    assert_eq!(said(FactName::GrantedAmount, "Attribution"), Said::Perhaps(Vec::new()));
}

#[test]
fn what_cannot_be_meant_is_told_of_facts_that_falsify_in_silence() {
    for (fact, label, expected) in [
        (FactName::GrantedAmount, "N° engagement juridique", "annonce un numéro ou une référence"),
        (FactName::RequestedAmount, "Taux de subvention sollicité", "annonce un taux"),
        (FactName::GrantedAmount, "Nom et qualité du signataire", "annonce une personne ou ses coordonnées"),
        (FactName::AlreadyEngaged, "Je m’engage à ne pas démarrer", "annonce un engagement ou une attestation"),
        (FactName::AttachedCommunes, "EPCI dont est membre la commune", "dit « epci »"),
        (FactName::Population, "Coût par habitant", "annonce un montant"),
        (FactName::GrantedAmount, "Note sur 20", "annonce une note ou un rang"),
        (FactName::RequestedAmount, "Score du dossier", "annonce une note ou un rang"),
        (FactName::PaidAmount, "Rang", "annonce une note ou un rang"),
        (FactName::TotalCost, "Licences", "annonce un nombre de quelque chose"),
        (FactName::EligibleExpenses, "Jours de formation", "annonce un nombre de quelque chose"),
        (FactName::CommitteeDate, "Points obtenus", "annonce une note ou un rang"),
        (FactName::Invoices, "Nombre de factures", "annonce un nombre de quelque chose"),
    ] {
        assert_eq!(objection(fact, label).map(|objection| objection.to_string()).as_deref(), Some(expected), "{label}");
    }
    assert_eq!(objection(FactName::GrantedAmount, "Attribué"), None);
    assert_eq!(objection(FactName::EligibleExpenses, "Montant des licences"), None, "it is money");
    assert_eq!(objection(FactName::CommitteeDate, "Jour de la commission"), None);
    assert_eq!(
        column_objection("amount", "Jours").map(|it| it.to_string()).as_deref(),
        Some("annonce un nombre de quelque chose")
    );
    assert_eq!(objection(FactName::ProjectTitle, "Date du projet"), None);
}
