//! What is held on a person or a body is found wherever it stands, and no longer once it is erased.

mod common;

use common::{ADS, Run, Stand, later, outcome};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::sandbox::world::{Applicant, Dossier, Value};
use serde_json::Value as Json;

fn about(stand: &Stand, text: &str) -> Json {
    let run = outcome(stand.fitn().args(["about", text, "--json"])).expect(0);
    assert_eq!(run.err, "", "nothing of it goes elsewhere");
    run.json()
}

fn told(stand: &Stand, text: &str) -> Run {
    outcome(stand.fitn().args(["about", text])).expect(0)
}

/// The one dossier in which a text stands.
#[track_caller]
fn dossier(stand: &Stand, text: &str) -> Json {
    let found = about(stand, text);
    let dossiers = found["dossiers"].as_array().unwrap();
    assert_eq!((dossiers.len(), found["found"].as_bool()), (1, Some(true)), "{text} : {found}");
    dossiers[0].clone()
}

/// Where in it, in what words.
fn places(found: &Json) -> Vec<(String, String)> {
    let text = |value: &Json| value.as_str().unwrap().to_owned();
    let found = found["found"].as_array().unwrap();
    found.iter().map(|finding| (text(&finding["place"]), text(&finding["excerpt"]))).collect()
}

fn has(found: &Json, place: &str, excerpt: &str) -> bool {
    places(found).iter().any(|(at, says)| at.contains(place) && says.contains(excerpt))
}

/// A natural person's dossier that was read, changed, read again and decided on.
fn read_twice(stand: &Stand) -> i64 {
    let number = stand.dossiers(ADS, |dossier| matches!(dossier.applicant, Some(Applicant::Person { .. })))[0];
    let (feedback, ej) = (stand.label(ADS, "feedback"), stand.label(ADS, "ej"));
    let text = |text: &str| Some(Value::Text(text.to_owned()));
    stand.change(|w| w.rename_applicant(number, "Quatrevingt-Zébu"));
    stand.change(|w| w.answer(number, &feedback, text("Contact : Mme Ytterbium, 06 12 34 56 78"), later(0)));
    stand.run("sync").expect(0);
    stand.change(|w| w.change_files(number, |file| "Relevé de M. Xénon.pdf".clone_into(&mut file.filename)));
    stand.change(|w| w.answer(number, &feedback, text("Wolfram"), later(1)));
    stand.change(|w| w.answer(number, &ej, text("Praséodyme"), later(1)));
    stand.run("sync").expect(0);
    let (number_text, reason) = (number.to_string(), "au téléphone avec Mme Thallium");
    let words = ["decide", &number_text, "--rule", "ADS-01", "--verdict", "to_review", "--reason", reason];
    outcome(stand.fitn().args(words).args(["--by", "Camille Osmium"])).expect(0);
    number
}

#[test]
fn a_person_is_found_wherever_a_name_stands_and_nowhere_once_it_is_erased() {
    let stand = Stand::new(&[ADS]);
    let number = read_twice(&stand);

    let found = dossier(&stand, "personne QUATREVINGT zebu");
    assert_eq!(found["number"], number);
    assert!(has(&found, "demandeur", "Personne Quatrevingt-Zébu"), "{found}");
    assert!(found["versions"].as_i64() >= Some(2) && found["acts"] == 1, "{found}");
    assert!(found["attachments"].as_i64() >= Some(1) && found["erasable_at"].is_null(), "{found}");

    // Only an older version has it.
    for text in ["ytterbium", "0612345678", "06.12.34.56.78"] {
        let found = dossier(&stand, text);
        assert!(has(&found, "champ « ", "Mme Ytterbium, 06 12 34 56 78"), "{found}");
        assert!(found["found"].as_array().unwrap().iter().all(|finding| finding["current"] == false), "{found}");
    }
    // Only a file's name has it.
    let found = dossier(&stand, "xénon");
    assert!(has(&found, "nom d’une pièce jointe", "Relevé de M. Xénon.pdf"), "{found}");
    // Only the reason of a decision has it; and who decided.
    let found = dossier(&stand, "Thallium");
    assert!(has(&found, "motif de l’acte", "au téléphone avec Mme Thallium"), "{found}");
    let found = dossier(&stand, "osmium camille");
    assert!(has(&found, "auteur de l’acte", "Camille Osmium"), "{found}");
    // Two answers have it together, neither alone.
    let found = dossier(&stand, "Praséodyme Wolfram");
    assert_eq!(found["in_parts"], true);
    assert!(has(&found, "champ « ", "Wolfram") && has(&found, "annotation « ", "Praséodyme"), "{found}");

    let shown = told(&stand, "ytterbium").out;
    for line in
        ["Dossiers", "  1 dossier", "gardé tant que DS le montre", "ancienne version", "Ce qui n’a pas été cherché"]
    {
        assert!(shown.contains(line), "{line} : {shown}");
    }
    let nothing = told(&stand, "Nabuchodonosor").out;
    assert!(nothing.contains("Rien n’est détenu ici sur cette recherche"), "{nothing}");

    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|w| w.delete(number, later(2)));
    stand.run("sync").expect(0);
    let found = dossier(&stand, "thallium");
    assert!(found["erasable_at"].is_string() && found["removed_at"].is_string(), "{found}");
    stand.run("purge").expect(0);
    for text in ["quatrevingt", "ytterbium", "0612345678", "xénon", "thallium", "osmium", "praséodyme"] {
        let found = about(&stand, text);
        assert_eq!(found["found"], false, "{text} : {found}");
    }
}

#[test]
fn a_kept_document_says_it_still_with_whom_it_was_sent_to() {
    let stand = Stand::new(&[ADS]);
    let is_company = |dossier: &Dossier| matches!(dossier.applicant, Some(Applicant::Company(_)));
    let number = stand.dossiers(ADS, |dossier| dossier.state == DossierState::EnInstruction && is_company(dossier))[0];
    let siret = match stand.world().dossier(number).unwrap().applicant.as_ref().unwrap() {
        Applicant::Company(company) => company.siret.clone(),
        other => panic!("{other:?}"),
    };
    stand.change(|w| w.rename_applicant(number, "Commune de Zanzibarville"));
    stand.run("sync").expect(0);
    stand.run("export monthly --month 2022-12").expect(0);
    stand.execute(
        "INSERT INTO outbox (address, via, kind, departement, period, revision, rehearsal, state, reasons, message_id, subject,
             created_at, attempts, handing_over, unanswered, released, size, letter, mime)
         VALUES ('ada.lovelace@exemple.fr', 'smtp', 'monthly-list', '', '2022-12', 0, 0, 'envoye', '[]', 'm', '[FITN] Liste',
             '2023-01-01T00:00:00Z', 0, 0, 0, 0, 1, '{}', x'')",
    );

    let by_siret = about(&stand, &siret);
    let numbers = |found: &Json| -> Vec<i64> {
        found["dossiers"].as_array().unwrap().iter().map(|one| one["number"].as_i64().unwrap()).collect()
    };
    assert!(numbers(&by_siret).contains(&number), "{by_siret}");
    let by_company = about(&stand, &siret[..9]);
    assert!(numbers(&by_company).contains(&number), "a SIREN stands in its SIRET: {by_company}");

    stand.configure(&format!("{}\n[purge]\nerase_after_days = 0\n", stand.config()));
    stand.change(|w| w.delete(number, later(2)));
    stand.run("sync").expect(0);
    stand.run("purge").expect(0);
    let found = about(&stand, "ZANZIBARVILLE");
    assert_eq!((numbers(&found), found["documents"].as_array().unwrap().len()), (Vec::new(), 1), "{found}");
    let document = &found["documents"][0];
    assert_eq!((document["kind"].as_str(), document["period"].as_str()), (Some("monthly-list"), Some("2022-12")));
    assert!(has(document, &format!("dossier {number}, beneficiaire"), "Commune de Zanzibarville"), "{document}");
    assert_eq!(document["formats"].as_array().unwrap().len(), 4);
    assert_eq!(document["messages"][0]["to"], "ada.lovelace@exemple.fr");

    let found = about(&stand, "ada lovelace");
    assert!(has(&found["messages"][0], "destinataire", "ada.lovelace@exemple.fr"), "{found}");
    let shown = told(&stand, "zanzibarville").out;
    let flat = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains("Documents conservés la liste Démat.ADS, décembre 2022"), "{shown}");
    assert!(flat.contains("envoi ada.lovelace@exemple.fr, envoyé"), "{shown}");
}

#[test]
fn what_can_no_longer_be_read_is_told_and_its_champs_are_looked_through() {
    let stand = Stand::new(&[ADS]);
    let number = read_twice(&stand);
    stand.execute(&format!("UPDATE dossier_versions SET raw = x'00' WHERE dossier = {number}"));
    let found = about(&stand, "wolfram");
    assert_eq!(found["unread"]["dossiers"], serde_json::json!([number]), "{found}");
    assert!(has(&found["dossiers"][0], "champ « ", "Wolfram"), "{found}");
    let shown = told(&stand, "wolfram").out;
    assert!(shown.contains(&format!("dossiers abîmés dans la base : {number}")), "{shown}");
}

#[test]
fn too_little_to_look_for_is_refused() {
    let stand = Stand::new(&[ADS]);
    for text in ["", "a", "’"] {
        let refused = outcome(stand.fitn().args(["about", text])).expect(2);
        assert!(
            refused.err.contains("donnez un SIRET, ou au moins deux lettres ou chiffres"),
            "{text} : {}",
            refused.err
        );
    }
}
