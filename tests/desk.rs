//! What people look at: dossiers found, what is to be done, what is new, a dossier as it was.

mod common;

use common::office::Office;
use common::{ADS, GUICHET, Stand, later, procedure};
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::sandbox::world::Value;

/// The numbers in a document.
fn numbers(document: &serde_json::Value) -> Vec<i64> {
    document.as_array().unwrap().iter().map(|row| row["number"].as_i64().unwrap()).collect()
}

#[test]
fn dossiers_are_found_by_what_an_officer_knows() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    let all = stand.run("dossiers --json").expect(0).json();
    let one =
        all.as_array().unwrap().iter().find(|row| row["siret"].is_string() && row["applicant"].is_string()).unwrap();
    let number = one["number"].as_i64().unwrap();
    for search in [number.to_string(), one["siret"].to_string(), one["applicant"].as_str().unwrap().to_uppercase()] {
        let found = common::outcome(stand.fitn().args(["dossiers", "--json", "--search", search.trim_matches('"')]));
        assert!(numbers(&found.expect(0).json()).contains(&number), "{search}");
    }
    let accepted = stand.run("dossiers --json --state accepte --programme axe3-v1-ads").expect(0).json();
    assert!(!accepted.as_array().unwrap().is_empty());
    for row in accepted.as_array().unwrap() {
        assert_eq!((&row["state"], &row["programme"]), (&"accepte".into(), &"axe3-v1-ads".into()));
    }
    let csv = stand.run("dossiers --csv --departement 77").expect(0).out;
    let of_77 = numbers(&stand.run("dossiers --json --departement 77").expect(0).json());
    assert_eq!(csv.lines().count(), of_77.len() + 1);
    assert!(csv.starts_with("\u{feff}departement;numero_dossier;"), "{csv}");
    assert_eq!(stand.run("dossiers --search rien-de-tel").expect(0).out, "Aucun dossier.\n");
    for wrong in ["dossiers --departement 99999", "dossiers --state inconnu", "dossiers --csv --json"] {
        stand.run(wrong).expect(2);
    }
    assert_eq!(common::outcome(stand.fitn().args(["dossiers", "--search", " ' "])).code, 2);
}

#[test]
fn each_knows_what_to_do_about_which_dossier() {
    let stand = Stand::new(&[ADS]);
    let binned = stand.dossiers(ADS, |dossier| dossier.state == DossierState::EnInstruction)[0];
    stand.run("sync").expect(0);
    let numbers: Vec<i64> = stand.dossiers(ADS, |_| true);
    let poisoned = numbers.into_iter().find(|number| *number != binned && stand.world_mut().poison(*number).is_ok());
    stand.change(|world| world.hide_by_administration(binned, later(60), "instructeur_request"));
    stand.run("sync --full").expect(3);
    let todo = stand.run("todo --json").expect(0).json();
    let todo = todo.as_array().unwrap();
    let of = |who: &str| todo.iter().filter(|row| row["who"] == who).count();
    assert!(of("demandeur") > 0 && of("instructeur") > 0 && of("relecture") > 0, "{todo:?}");
    for row in todo {
        let number = row["dossiers"][0].as_i64().unwrap();
        let url = row["url"].as_str().unwrap();
        assert!(url.ends_with(&format!("/dossiers/{number}")) && !row["hint"].as_str().unwrap().is_empty(), "{row}");
    }
    assert!(todo.iter().any(|row| row["dossiers"][0] == poisoned.unwrap() && row["who"] == "relecture"));
    // Whom DS no longer shows, nobody has to ask anything.
    assert!(todo.iter().all(|row| row["dossiers"][0] != binned));
    // What a person set aside is nobody's any more.
    let asked = todo.iter().find(|row| row["who"] == "demandeur").unwrap()["dossiers"][0].as_i64().unwrap();
    stand.run(&format!("exclude {asked} --reason essai --by moi")).expect(0);
    let after = stand.run("todo --json").expect(0).json();
    let is_about = |row: &serde_json::Value| row["dossiers"][0] == asked && row["who"] == "demandeur";
    assert!(!after.as_array().unwrap().iter().any(is_about));
    let shown = stand.run("todo").expect(0).out;
    assert!(shown.contains("À demander") && shown.contains("/dossiers/"), "{shown}");
}

#[test]
fn nobody_is_asked_for_what_is_refused_and_what_lies_nowhere_is_not_hidden() {
    let stand = Stand::new(&[ADS, GUICHET]);
    stand.run("sync").expect(0);
    let both = stand.config();
    let lines = |line: &str| stand.run(&format!("todo {line} --json")).expect(0).json().as_array().unwrap().len();
    let (all, placed) =
        (lines(""), stand.rows("SELECT DISTINCT departement FROM view_dossiers WHERE departement IS NOT NULL"));
    let placed: usize = placed.iter().map(|row| lines(&format!("--departement {}", row[0].as_deref().unwrap()))).sum();
    assert!(placed < all, "some applicant has no SIRET");
    let shown = stand.run("todo --departement 77").expect(0).out.replace('\n', " ");
    assert!(shown.contains("dont le département n’est pas connu : « fitn todo » les donne"), "{shown}");
    // A démarche that is not followed any more.
    let at = both.rfind("[[procedures]]").unwrap();
    stand.configure(&both[..at]);
    stand.run("evaluate").expect(0);
    let left = stand.run("todo --json").expect(0).json();
    let gone = format!("/procedures/{}/", procedure(GUICHET));
    assert!(!left.to_string().contains(&gone) && !left.as_array().unwrap().is_empty());
}

#[test]
fn a_retained_project_is_announced_to_the_region_first() {
    let stand = Stand::new(&[GUICHET]);
    let dossier = stand.dossiers(GUICHET, |dossier| dossier.state == DossierState::EnInstruction)[0];
    let answer = |key: &str, value: Option<Value>, minutes: i64| {
        let label = stand.label(GUICHET, key);
        stand.change(|world| world.answer(dossier, &label, value, later(minutes)));
    };
    let announced = || {
        stand.run("sync").expect(0);
        let todo = stand.run("todo --json").expect(0).json();
        let is_it = |row: &serde_json::Value| row["dossiers"][0] == dossier && row["rule"] == "A3V1-12";
        todo.as_array().unwrap().iter().find(|row| is_it(row)).cloned()
    };
    assert!(announced().is_none());
    answer("committee_date", Some(Value::Date("2021-10-14".parse().unwrap())), 0);
    let row = announced().unwrap();
    assert_eq!(row["who"], "prefecture");
    assert!(row["what"].as_str().unwrap().starts_with("À annoncer à la région"), "{row}");
    answer("region_informed_on", Some(Value::Date("2021-10-15".parse().unwrap())), 1);
    assert!(announced().is_none());
}

#[test]
fn the_credits_of_the_view_are_those_that_a_pending_dossier_sees() {
    let stand = Stand::new(&[GUICHET]);
    stand.run("sync").expect(0);
    let shown = stand
        .rows("SELECT departement, right_cents, granted_cents, left_cents FROM view_credits WHERE purse = 'axe3-v1'");
    assert_eq!(shown.len(), 7, "Paris has none");
    let euros = |cents: &str| Cents::from(cents.parse::<i64>().unwrap()).to_decimal_string();
    let mut compared = 0;
    for number in stand.dossiers(GUICHET, |dossier| dossier.state == DossierState::EnInstruction) {
        let credits = stand.run(&format!("dossier {number} --json")).expect(0).json()["credits"].clone();
        let Some(departement) = credits["departement"].as_str() else { continue };
        let row = shown.iter().find(|row| row[0].as_deref() == Some(departement)).unwrap();
        let [right, granted, left] = [1, 2, 3].map(|at| euros(row[at].as_ref().unwrap()));
        assert_eq!(
            [&credits["right"], &credits["granted"], &credits["left"]],
            [&right, &granted, &left],
            "{departement}"
        );
        compared += 1;
    }
    assert!(compared > 0);
}

#[test]
fn a_dossier_is_shown_as_it_was_known_on_a_day_with_what_people_had_done() {
    let stand = Stand::new(&[ADS]);
    let found = stand.dossiers(ADS, |dossier| {
        dossier.state == DossierState::Accepte && dossier.deposited_at < "2021-09-01T00:00:00Z".parse().unwrap()
    });
    let (dossier, label) = (found[0], stand.label(ADS, "granted_amount"));
    // Half past eleven in the evening in Paris, then half past midnight.
    let office = Office::open(&stand, "2021-09-30T21:30:00Z");
    stand.change(|w| w.answer(dossier, &label, Some(Value::Decimal(Cents(100_001))), later(0)));
    office.sync(&stand);
    stand.change(|w| w.answer(dossier, &label, Some(Value::Decimal(Cents(200_002))), later(60)));
    office.at("2021-09-30T22:30:00Z").sync(&stand);
    office.desk.exclude(dossier, true, fitn_connector::desk::Signed { by: "Camille", reason: "essai" }).unwrap();

    let at = |day: &str| stand.run(&format!("dossier {dossier} --json --at {day}")).expect(0).json();
    let (then, now) = (at("2021-09-30"), at("2021-10-01"));
    assert_eq!((&then["granted_cents"], &now["granted_cents"]), (&100_001.into(), &200_002.into()));
    assert_eq!((then["excluded_at"].is_null(), now["excluded_at"].is_null()), (true, false));
    assert_eq!((then["journal"].as_array().unwrap().len(), now["journal"].as_array().unwrap().len()), (0, 1));
    assert_eq!((&then["at"], then["known_since"].is_null()), (&"2021-09-30".into(), true));
    let before = at("2021-09-29");
    assert_eq!(before["known_since"], "2021-09-30T21:30:00Z", "nothing older is known");
    let shown = stand.run(&format!("dossier {dossier} --at 2021-09-30")).expect(0).out;
    assert!(shown.contains("tel que connu à la fin du 30/09/2021"), "{shown}");
    assert!(!shown.contains("ÉCARTÉ"), "{shown}");

    let unborn = stand.run(&format!("dossier {dossier} --at 2019-01-01")).expect(2);
    assert!(unborn.err.contains("rien n’est connu du dossier"), "{}", unborn.err);
    stand.run(&format!("dossier {dossier} --at 2199-01-01")).expect(2);
}

#[test]
fn what_is_new_is_told_since_a_day() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let dossier = stand.dossiers(ADS, |dossier| dossier.state == DossierState::EnConstruction)[0];
    let day = stand.one("SELECT date(max(at)) FROM view_changes").unwrap();
    let filed = stand.run("changes --since 2000-01-01 --json").expect(0).json();
    assert!(filed.as_array().unwrap().iter().any(|row| row["dossier"] == dossier && row["what"] == "filed"), "{filed}");
    stand.run(&format!("exclude {dossier} --reason essai --by moi")).expect(0);
    let news = stand.run(&format!("changes --since {day} --json")).expect(0).json();
    let last = news.as_array().unwrap().last().unwrap().clone();
    assert_eq!(last["dossier"], dossier);
    let shown = stand.run(&format!("changes --since {day}")).expect(0).out;
    assert!(shown.contains(&format!("  {dossier}")) && shown.contains("dossier écarté"), "{shown}");
    assert_eq!(stand.run("changes --since 2199-01-01").expect(0).out, "Rien de nouveau depuis le 01/01/2199.\n");
    stand.run("changes --since hier").expect(2);
}
