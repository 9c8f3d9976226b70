use unicode_width::UnicodeWidthStr;

use super::*;
use crate::cli::sample::{sample_line, sample_page};
use crate::desk::{Bare, DossierLine, FormCell, FormRow, Past};
use crate::domain::champ::ChampKind;
use crate::domain::dossier::{Attestation, Removal, RemovalReason};
use crate::domain::fact::{Absence, Fact, FactSource, FactValue};
use crate::domain::programme::Programme;

#[test]
fn every_verdict_is_explained_within_80_columns() {
    let shown = text(&sample_page(), Detail::Full, Width::PIPED);
    // Paths and addresses are whole, to be copied.
    let mut lines = shown.lines().filter(|line| !line.trim_start().starts_with('/') && !line.contains("https://"));
    assert!(lines.all(|line| line.width() <= 80), "{shown}");
    insta::assert_snapshot!(shown);
}

#[test]
fn the_short_page_says_first_what_is_not_simply_met() {
    let shown = text(&sample_page(), Detail::Short, Width::PIPED);
    let mut lines = shown.lines().filter(|line| !line.contains("https://"));
    assert!(lines.all(|line| line.width() <= 80), "{shown}");
    assert!(shown.lines().count() < text(&sample_page(), Detail::Full, Width::PIPED).lines().count(), "{shown}");
    insta::assert_snapshot!(shown);
}

fn fact(value: FactValue) -> Fact {
    let source = FactSource { kind: ChampKind::Champ, descriptor_id: String::new(), label: "Un champ".to_owned() };
    Fact { value, source }
}

#[test]
fn what_the_criteria_rest_on_is_shown_where_there_are_criteria() {
    let mut page = sample_page();
    assert!(!text(&page, Detail::Full, Width::PIPED).contains("Critères") && json(&page).criteria.is_none());
    page.judged.subject.programme = Programme::Axe3V1;
    let facts = &mut page.judged.subject.facts;
    facts.set(FactName::TargetUsers, Ok(fact(FactValue::Integer(1_200))));
    facts.set(FactName::AgentsTrained, Err(Absence::Blank { label: "Agents formés".to_owned() }));
    let marks = FactValue::Scores([("equipe".to_owned(), 4), ("portage".to_owned(), 3)].into());
    facts.set(FactName::Scores, Ok(fact(marks)));
    let shown = text(&page, Detail::Full, Width::PIPED);
    let section = shown.split("\n\n").find(|section| section.starts_with("Critères")).unwrap();
    insta::assert_snapshot!(section, @r"
    Critères de sélection (montrés, jamais calculés)
      usagers visés       1 200
      agents formés       non renseigné (le champ « Agents formés » est vide ou
                          masqué)
      notes par critère   équipe projet 4, portage 3
    ");
    let document = serde_json::to_value(json(&page)).unwrap();
    let expected = serde_json::json!({
        "target_users": 1200, "agents_trained": null, "scores": { "equipe": 4, "portage": 3 }
    });
    assert_eq!(document["criteria"], expected);
}

#[test]
fn a_page_stays_short_whatever_the_applicant_wrote() {
    let mut page = sample_page();
    let before = text(&page, Detail::Full, Width::PIPED).len();
    let long = "très long ".repeat(100_000);
    page.judged.subject.applicant.name = Some(long.clone());
    page.rows.push(FormRow {
        fact: FactName::Expenses,
        row_id: "1".to_owned(),
        cells: vec![FormCell { label: "Nature".to_owned(), value: long.clone(), is_decimal: false }],
    });
    for correction in &mut page.judged.subject.facts.corrections {
        correction.original = Some(long.clone());
    }
    let after = text(&page, Detail::Full, Width::PIPED).len();
    assert!(after < before + 3_000, "{before} → {after}");
}

#[test]
fn a_removed_dossier_says_so_first() {
    let mut page = sample_page();
    let at = "2021-12-01T10:00:00Z".parse().unwrap();
    page.judged.subject.removed = Some(Removal { reason: RemovalReason::Absent, at });
    page.line.removed = Some(RemovalReason::Absent);
    page.line.removed_at = Some(at);
    let shown = text(&page, Detail::Full, Width::PIPED);
    let removal = "mutualisé\n  RETIRÉ : masqué ou expiré sur DS (constaté le 01/12/2021 à 11:00)";
    assert!(shown.contains(removal), "{shown}");
    let mut lines = shown.lines().filter(|line| !line.trim_start().starts_with('/') && !line.contains("https://"));
    assert!(lines.all(|line| line.width() <= 80), "{shown}");
}

#[test]
fn the_past_says_that_it_is_the_past() {
    let mut page = sample_page();
    let known_since = Some("2021-09-30T08:00:00Z".parse().unwrap());
    page.past = Some(Past { day: jiff::civil::date(2021, 9, 15), known_since });
    let shown = text(&page, Detail::Full, Width::PIPED);
    let from = shown.find("  PASSÉ").unwrap();
    insta::assert_snapshot!(shown[from..].lines().take(4).collect::<Vec<_>>().join("\n"));
    let document = serde_json::to_value(json(&page)).unwrap();
    assert_eq!((&document["at"], &document["known_since"]), (&"2021-09-15".into(), &"2021-09-30T08:00:00Z".into()));
}

#[test]
fn an_attestation_is_missed_once_there_is_a_decision_and_nothing_is_said_of_what_ds_keeps_to_itself() {
    let mut page = sample_page();
    let filed = page.filed.as_mut().unwrap();
    (filed.labels, filed.attestation) = (Some(Vec::new()), Some(Attestation::NotMade));
    assert!(!text(&page, Detail::Full, Width::PIPED).contains("attestation"));
    page.filed.as_mut().unwrap().treated_at = Some("2021-12-01T10:00:00Z".parse().unwrap());
    let shown = text(&page, Detail::Full, Width::PIPED);
    assert!(shown.contains("étiquettes          aucune\n  attestation         aucune\n"), "{shown}");
    let filed = page.filed.as_mut().unwrap();
    (filed.labels, filed.attestation) = (None, None);
    let shown = text(&page, Detail::Full, Width::PIPED);
    assert!(!shown.contains("étiquettes") && !shown.contains("attestation"), "{shown}");
}

#[test]
fn a_dossier_never_received_has_a_short_page() {
    let shown = |line| bare(&Bare { line, quarantine: None, unreadable: None }, Width::PIPED);
    let line = DossierLine {
        removed: Some(RemovalReason::Deleted),
        removed_at: Some("2021-12-01T10:00:00Z".parse().unwrap()),
        deposited_at: None,
        ..sample_line()
    };
    insta::assert_snapshot!(shown(line.clone()), @"
    Dossier 4242 — contenu jamais reçu
      RETIRÉ : supprimé de DS (constaté le 01/12/2021 à 11:00) ; il ne compte plus
               dans aucune somme
      programme           Axe 3, volet 1, thème 4 : Démat.ADS
      démarche            61234
      état                en instruction
      Rien d’autre n’en est connu ici.
    ");
    let erased = DossierLine { removed: Some(RemovalReason::Absent), erased_at: line.removed_at, ..line };
    let shown = shown(erased);
    assert!(shown.starts_with("Dossier 4242 — effacé\n") && !shown.contains("supprimé"), "{shown}");
}

#[test]
fn the_document_has_the_names_of_the_view() {
    insta::assert_snapshot!(serde_json::to_string_pretty(&json(&sample_page())).unwrap());
}
