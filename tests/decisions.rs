//! What agents decide, correct and set aside from the command line: who, when and why; shown as such; dropped with an alert when
//! what it rested on changes.

mod common;

use common::front::Front;
use common::{ADS, Run, Stand, later, outcome, procedure};
use fitn_connector::desk::Signed;
use fitn_connector::domain::dossier::DossierState;
use fitn_connector::domain::money::Cents;
use fitn_connector::domain::verdict::VerdictValue::{Met, ToReview};
use fitn_connector::sandbox::world::{Dossier, FormCommune, Value};
use fitn_connector::store::{Store, StoreError};
use fitn_connector::territory;
use serde_json::Value as Json;

/// Runs a command of which one argument may hold spaces, signed.
fn act(stand: &Stand, words: &[&str]) -> Run {
    let mut command = stand.fitn();
    outcome(command.args(words).args(["--reason", "vérifié par téléphone", "--by", "Camille Dupont"]))
}

fn dossier(stand: &Stand, number: i64) -> Json {
    stand.run(&format!("dossier {number} --json")).expect(0).json()
}

fn verdict(shown: &Json, rule: &str) -> Json {
    let verdicts = shown["verdicts"].as_array().unwrap();
    verdicts.iter().find(|verdict| verdict["rule"] == rule).unwrap_or_else(|| panic!("{rule}: {shown}")).clone()
}

/// The ids of the rows of a fact.
fn rows(shown: &Json, fact: &str) -> Vec<String> {
    let rows = shown["rows"].as_array().unwrap().iter().filter(|row| row["fact"] == fact);
    rows.map(|row| row["row_id"].as_str().unwrap().to_owned()).collect()
}

/// Messages and hints of the alerts about what agents did.
fn lost(stand: &Stand) -> Vec<(String, String)> {
    let rows = stand.rows(
        "SELECT message, hint FROM alerts WHERE key LIKE 'evaluation:decision:%' OR key LIKE 'evaluation:correction:%'",
    );
    rows.into_iter().map(|row| (row[0].clone().unwrap(), row[1].clone().unwrap())).collect()
}

/// Runs the command that a hint gives on a line of its own, as shown by `fitn status` and pasted into a shell.
fn follow(stand: &Stand, hint: &str) {
    let command = hint.lines().last().filter(|line| line.starts_with("fitn ")).unwrap_or_else(|| panic!("{hint}"));
    let status = stand.run("status").expect(0).out;
    assert!(status.lines().any(|line| line.trim() == command), "{status}");
    let line = format!("fitn() {{ \"$0\" --config config.toml \"$@\"; }}; {command}");
    let mut shell = assert_cmd::Command::new("sh");
    shell.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
    outcome(shell.env_remove("FITN_CONFIG")).expect(0);
}

/// A dossier being instructed, whose list names a commune that no longer exists.
fn doubtful(stand: &Stand) -> i64 {
    let odd = |dossier: &Dossier| format!("{:?}", dossier.answers).contains("Ancienne-Commune");
    stand.dossiers(ADS, |dossier| dossier.state == DossierState::EnInstruction && odd(dossier))[0]
}

/// Every commune of a list, in the order of the form.
fn communes(dossier: &mut Dossier) -> Vec<&mut FormCommune> {
    let rows = dossier.answers.values_mut().filter_map(|answer| match &mut answer.value {
        Value::Rows(rows) => Some(rows),
        _ => None,
    });
    let answers = rows.flatten().flat_map(|row| row.answers.values_mut());
    let places = answers.filter_map(|answer| match &mut answer.value {
        Value::Commune(place) => Some(place),
        _ => None,
    });
    places.collect()
}

fn rename(stand: &Stand, number: i64, at: usize, code: &str, minutes: i64) {
    let place = FormCommune::from(territory::commune(code).unwrap());
    stand.change(|w| w.edit(number, |dossier| *communes(dossier)[at] = place));
    stand.change(|w| w.touch(number, later(minutes)));
    stand.run("sync").expect(0);
}

#[test]
fn a_decision_is_signed_shown_and_dropped_when_the_facts_change() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let n = number.to_string();
    assert_eq!(dossier(&stand, number)["status"], "a_verifier");

    let said = act(&stand, &["decide", &n, "--rule", "ads-08", "--verdict", "respectée"]).expect(0);
    insta::assert_snapshot!("decide", said.out);
    let shown = dossier(&stand, number);
    let decided = verdict(&shown, "ADS-08");
    assert_eq!((&decided["verdict"], &decided["computed_verdict"]), (&"met".into(), &"to_review".into()));
    assert!(decided["decided_by"].as_str().unwrap().starts_with("Camille Dupont, le "), "{decided}");
    assert_eq!((&shown["status"], &shown["missing"]), (&"eligible".into(), &Json::Array(vec![])));
    let entry = &shown["journal"][0];
    assert_eq!(
        (&entry["kind"], &entry["person"], &entry["verdict"]),
        (&"decide".into(), &"Camille Dupont".into(), &"met".into())
    );
    let kept = "SELECT person || ', ' || reason || ', ' || rule || ', ' || verdict FROM view_journal";
    assert_eq!(stand.one(kept).unwrap(), "Camille Dupont, vérifié par téléphone, ADS-08, met");

    // The dossier advances, the facts are the same.
    stand.change(|w| w.set_state(number, DossierState::Accepte, later(1), None));
    stand.run("sync").expect(0);
    assert_eq!(verdict(&dossier(&stand, number), "ADS-08")["verdict"], "met");
    assert!(lost(&stand).is_empty(), "{:?}", lost(&stand));

    rename(&stand, number, 0, "77186", 2);
    let shown = dossier(&stand, number);
    assert_eq!(verdict(&shown, "ADS-08")["verdict"], "to_review");
    assert_eq!(verdict(&shown, "ADS-08")["decided_by"], Json::Null);
    assert_eq!(shown["journal"].as_array().unwrap().len(), 1, "the journal keeps it");
    let told = stand.run(&format!("dossier {number} --full")).expect(0).out;
    assert!(told.contains("ne compte plus"), "{told}");
    let [(message, hint)] = &lost(&stand)[..] else { panic!("{:?}", lost(&stand)) };
    assert!(message.contains(&format!("dossier {number}, règle ADS-08 : la décision d’un agent ne compte plus")));
    assert!(message.contains("(communes rattachées)") && !message.contains("Camille"), "{message}");
    // It is told as long as it is so, whatever else is judged.
    let other = stand.dossiers(ADS, |dossier| dossier.number != number)[0];
    stand.change(|w| w.touch(other, later(3)));
    stand.run("sync").expect(0);
    assert_eq!(lost(&stand).len(), 1);
    follow(&stand, hint);
    assert!(lost(&stand).is_empty());
    assert_eq!(dossier(&stand, number)["journal"].as_array().unwrap().len(), 2);
}

#[test]
fn a_decision_that_still_holds_is_taken_back() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let n = number.to_string();
    let before = dossier(&stand, number);
    act(&stand, &["decide", &n, "--rule", "ADS-08", "--verdict", "met"]).expect(0);
    stand.run("sync").expect(0);
    let decided = dossier(&stand, number);
    assert_eq!((&decided["status"], &decided["missing"]), (&"eligible".into(), &Json::Array(vec![])));
    let amount = verdict(&decided, "ADS-06");
    assert_eq!((&amount["verdict"], &amount["decided_by"]), (&"met".into(), &Json::Null));
    assert!(amount["explanation"].as_str().unwrap().ends_with("Doute tranché par un agent : ADS-08."), "{amount}");

    act(&stand, &["decide", &n, "--rule", "ADS-08", "--withdraw"]).expect(0);
    let after = dossier(&stand, number);
    for what in ["status", "verdicts", "missing", "amounts"] {
        assert_eq!(after[what], before[what], "{what}");
    }
    assert_eq!(after["journal"].as_array().unwrap().len(), 2);
    act(&stand, &["decide", &n, "--rule", "ADS-08", "--withdraw"]).expect(2);
}

#[test]
fn an_excluded_duplicate_is_nobodys_neighbour_now_and_in_past_lists() {
    let stand = Stand::new(&[ADS]);
    let office = common::office::Office::open(&stand, "2023-01-10T09:00:00Z").sync_first(&stand);
    let alone = "SELECT v.dossier FROM view_verdicts v JOIN view_dossiers d ON d.number = v.dossier
                 WHERE v.rule = 'ADS-09' AND v.verdict = 'met' AND d.state = 'en_instruction'
                 AND d.deposited_at < '2021-10-01' ORDER BY v.dossier LIMIT 1";
    let number = stand.number(alone);
    let copy = stand.world_mut().add_copy(number, "2021-10-05T10:00:00Z".parse().unwrap()).unwrap();
    office.try_sync(&stand, true).unwrap();

    let said = || {
        let evaluator = &office.desk.evaluator;
        let (then, _) = evaluator.as_of("2021-10-31T22:59:59Z".parse().unwrap(), &[ADS]).unwrap();
        let past = then.into_iter().find(|judged| judged.subject.number == number).unwrap().evaluation;
        let now = office.desk.store.read::<_, StoreError>(|reader| reader.evaluation(number)).unwrap().unwrap();
        [now, past]
            .map(|evaluation| evaluation.verdicts.iter().find(|verdict| verdict.rule == "ADS-09").unwrap().verdict)
    };
    assert_eq!(said(), [ToReview, ToReview], "the duplicate was filed before the list was closed");
    let signed = Signed { by: "Camille Dupont", reason: "essai" };
    office.desk.exclude(copy, true, signed).unwrap();
    assert_eq!(said(), [Met, Met]);
    office.desk.exclude(copy, false, signed).unwrap();
    assert_eq!(said(), [ToReview, ToReview]);
    for unsigned in [Signed { reason: " ", ..signed }, Signed { by: "", ..signed }] {
        assert!(office.desk.exclude(copy, true, unsigned).is_err());
    }
    assert_eq!(said(), [ToReview, ToReview]);
}

#[test]
fn acceptance_is_held_against_the_blocking_rules_once_people_decided_them() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let ready = "SELECT number FROM view_dossiers WHERE state = 'en_instruction' AND status = 'eligible' LIMIT 1";
    let number = stand.number(ready);
    let n = number.to_string();
    // Before the world is changed: it is locked meanwhile.
    let [invoices, feedback, kind] = ["invoices", "feedback", "applicant_type"].map(|fact| stand.label(ADS, fact));
    let says = |rule: &str| verdict(&dossier(&stand, number), rule)["verdict"].as_str().unwrap().to_owned();
    let alerts = || stand.number(&format!("SELECT count(*) FROM alerts WHERE key = 'evaluation:control:{n}:ADS-14'"));
    assert_eq!(says("ADS-14"), "not_applicable");

    stand.change(|w| w.answer(number, &invoices, None, later(1)));
    stand.change(|w| w.set_state(number, DossierState::Accepte, later(1), None));
    stand.run("sync").expect(0);
    assert_eq!((says("ADS-03").as_str(), says("ADS-14").as_str(), alerts()), ("not_met", "not_met", 1));
    let told = verdict(&dossier(&stand, number), "ADS-14")["explanation"].to_string();
    assert!(told.contains("ADS-03 (Factures jointes)"), "{told}");

    act(&stand, &["decide", &n, "--rule", "ADS-03", "--verdict", "met"]).expect(0);
    assert_eq!((says("ADS-14").as_str(), alerts()), ("met", 0), "judged after the decision on the other");
    act(&stand, &["decide", &n, "--rule", "ADS-03", "--withdraw"]).expect(0);
    assert_eq!((says("ADS-14").as_str(), alerts()), ("not_met", 1));

    act(&stand, &["decide", &n, "--rule", "ADS-14", "--verdict", "met"]).expect(0);
    assert_eq!((says("ADS-14").as_str(), alerts()), ("met", 0));
    let thanks = Some(Value::Text("Merci".to_owned()));
    stand.change(|w| w.answer(number, &feedback, thanks, later(2)));
    let unknown = Some(Value::Choice("Un syndicat".to_owned()));
    stand.change(|w| w.answer(number, &kind, unknown, later(2)));
    stand.run("sync").expect(0);
    assert_eq!((says("ADS-01").as_str(), says("ADS-14").as_str()), ("to_review", "met"), "the same rule is broken");
    assert!(lost(&stand).is_empty(), "{:?}", lost(&stand));

    stand.change(|w| w.edit(number, |dossier| dossier.deposited_at = "2021-11-05T10:00:00Z".parse().unwrap()));
    stand.change(|w| w.touch(number, later(3)));
    stand.run("sync").expect(0);
    assert_eq!((says("ADS-02").as_str(), says("ADS-14").as_str(), alerts()), ("not_met", "not_met", 1));
    let [(message, _)] = &lost(&stand)[..] else { panic!("{:?}", lost(&stand)) };
    assert!(message.contains("(conditions bloquantes en cause)"), "{message}");

    // A grant does not end with its file.
    stand.change(|w| w.delete(number, later(4)));
    stand.run("sync").expect(0);
    let removed =
        stand.number(&format!("SELECT count(*) FROM view_dossiers WHERE number = {n} AND removed_at IS NOT NULL"));
    assert_eq!((removed, alerts()), (1, 1));
}

#[test]
fn a_pending_dossier_shows_what_is_left_of_the_credits_it_would_draw_on() {
    let stand = Stand::new(&[common::GUICHET]);
    stand.run("sync").expect(0);
    let pending = stand.rows("SELECT number FROM view_dossiers WHERE state = 'en_instruction' ORDER BY number");
    let pending = pending.into_iter().map(|row| row[0].clone().unwrap().parse().unwrap());
    // Those that lie in several départements, or elsewhere, draw on no credits that are known.
    let shown = pending.map(|number: i64| (number, dossier(&stand, number)["credits"].clone()));
    let (number, credits) = shown.into_iter().find(|(_, credits)| !credits.is_null()).unwrap();
    assert_eq!(credits["right"], "297000.00");
    let cents = |key: &str| credits[key].as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    assert_eq!(cents("left"), cents("right") - cents("granted"));
    let page = stand.run(&format!("dossier {number} --full")).expect(0).out;
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    let departement = credits["departement"].as_str().unwrap();
    let said = format!("crédits restants le droit de tirage du département {departement} : reste");
    assert!(page.contains(&said), "{page}");
    let granted = stand.number("SELECT number FROM view_dossiers WHERE state = 'accepte' LIMIT 1");
    assert_eq!(dossier(&stand, granted)["credits"], Json::Null);
}

#[test]
fn a_decision_about_the_others_is_dropped_when_the_others_change() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let n = number.to_string();
    act(&stand, &["decide", &n, "--rule", "ADS-08", "--verdict", "met"]).expect(0);
    let own = communes(&mut stand.world().dossier(number).unwrap().clone())[0].code.clone();
    let centre =
        |dossier: &Dossier| dossier.state == DossierState::EnInstruction && communes(&mut dossier.clone()).len() > 1;
    let others: Vec<i64> = stand.dossiers(ADS, centre).into_iter().filter(|other| *other != number).collect();
    let mentioned = verdict(&dossier(&stand, number), "ADS-08")["explanation"].to_string();
    assert!(!mentioned.contains(&others[0].to_string()), "{mentioned}");

    // Another centre that has nothing to do with it changes.
    rename(&stand, others[0], 0, "97411", 1);
    assert!(lost(&stand).is_empty(), "{:?}", lost(&stand));
    rename(&stand, others[0], 0, &own, 2);
    let [(message, _)] = &lost(&stand)[..] else { panic!("{:?}", lost(&stand)) };
    assert!(message.contains("(autres dossiers)"), "{message}");
    assert_eq!(verdict(&dossier(&stand, number), "ADS-08")["verdict"], "to_review");
}

#[test]
fn an_unreadable_answer_that_becomes_another_one_is_another_fact() {
    let stand = Stand::new(&[ADS]);
    let number = doubtful(&stand);
    let label = stand.label(ADS, "applicant_type");
    let answer = |text: &str, minutes| {
        let value = Some(Value::Choice(text.to_owned()));
        stand.change(|w| w.answer(number, &label, value, later(minutes)));
        stand.run("sync").expect(0);
    };
    answer("Un syndicat", 1);
    assert_eq!(verdict(&dossier(&stand, number), "ADS-01")["verdict"], "to_review");
    act(&stand, &["decide", &number.to_string(), "--rule", "ADS-01", "--verdict", "met"]).expect(0);
    let feedback = stand.label(ADS, "feedback");
    stand.change(|w| w.answer(number, &feedback, Some(Value::Text("Merci".to_owned())), later(2)));
    stand.run("sync").expect(0);
    assert_eq!(verdict(&dossier(&stand, number), "ADS-01")["verdict"], "met");
    answer("Une association", 3);
    assert_eq!(verdict(&dossier(&stand, number), "ADS-01")["verdict"], "to_review");
    assert_eq!(lost(&stand).len(), 1);
}

#[test]
fn a_correction_counts_beside_the_raw_until_the_champ_changes() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let n = number.to_string();
    let shown = dossier(&stand, number);
    let before = shown["amounts"]["computed"].as_str().unwrap().to_owned();
    let (listed, spent) = (rows(&shown, "attached_communes"), rows(&shown, "expenses"));
    let raw = format!("SELECT * FROM view_champs WHERE dossier = {number}");
    let champs = stand.rows(&raw);

    let counted = ["correct", &n, "--fact", "attached_communes", "--row", &listed[0], "--value", "aucune"];
    insta::assert_snapshot!("correct", act(&stand, &counted).expect(0).out);
    let origin = ["correct", &n, "--fact", "expenses.origin", "--row", &spent[0], "--value", "hors UE"];
    act(&stand, &origin).expect(0);
    let shown = dossier(&stand, number);
    assert_ne!(shown["amounts"]["computed"], before.as_str());
    let corrections = shown["corrections"].as_array().unwrap();
    assert_eq!((&corrections[0]["original"], &corrections[0]["value"]), (&"91405".into(), &"aucune".into()));
    assert_eq!((&corrections[1]["original"], &corrections[1]["value"]), (&"eu".into(), &"hors UE".into()));
    assert_eq!(stand.rows(&raw), champs, "the raw stays");
    let fact = verdict(&shown, "ADS-08")["facts"].to_string();
    assert!(fact.contains("corrigé ici par un agent"), "{fact}");

    // Another row changes, then this one.
    rename(&stand, number, 1, "77186", 1);
    assert!(lost(&stand).is_empty());
    rename(&stand, number, 0, "77305", 2);
    let [(message, hint)] = &lost(&stand)[..] else { panic!("{:?}", lost(&stand)) };
    assert!(message.contains("la correction de attached_communes") && message.contains("ne compte plus"), "{message}");
    let told = stand.run(&format!("dossier {number} --full")).expect(0).out;
    assert!(told.contains("ne compte plus"), "{told}");
    follow(&stand, hint);
    assert!(lost(&stand).is_empty());

    // Of a dossier that is gone nobody is to correct anything.
    act(&stand, &counted).expect(0);
    rename(&stand, number, 0, "77186", 3);
    assert_eq!(lost(&stand).len(), 1);
    stand.change(|w| w.delete(number, later(4)));
    stand.run("sync").expect(0);
    assert!(lost(&stand).is_empty());
}

#[test]
fn a_dossier_that_ds_removes_and_restores_is_judged_as_such_each_time() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let sql = format!("SELECT rule, verdict FROM view_verdicts WHERE dossier = {number} ORDER BY rule");
    let verdicts = || stand.rows(&sql);
    let before = verdicts();
    stand.change(|w| w.hide_by_administration(number, later(1), "instructeur_request"));
    stand.run("sync").expect(0);
    let removed = verdicts();
    assert_ne!(removed, before, "what is asked of a request is not asked of one in the bin");
    stand.run("evaluate").expect(0);
    assert_eq!(verdicts(), removed, "nothing was left to judge");
    stand.change(|w| w.restore(number, later(2)));
    stand.run("sync").expect(0);
    assert_eq!(verdicts(), before);
}

#[test]
fn an_act_that_overturns_another_or_touches_other_dossiers_says_so() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let n = number.to_string();
    act(&stand, &["decide", &n, "--rule", "ADS-08", "--verdict", "met"]).expect(0);
    let centre =
        |dossier: &Dossier| dossier.state == DossierState::EnInstruction && communes(&mut dossier.clone()).len() > 1;
    let other = stand.dossiers(ADS, centre).into_iter().find(|other| *other != number).unwrap();
    let theirs = communes(&mut stand.world().dossier(other).unwrap().clone())[0].code.clone();
    let all = ["correct", &n, "--fact", "attached_communes", "--value", &theirs];
    let said = act(&stand, &all).expect(0).out;
    assert!(said.contains("! la décision sur ADS-08 ne compte plus"), "{said}");
    assert!(said.contains("autre dossier change d’avis"), "{said}");
    let again = act(&stand, &["decide", &n, "--rule", "ADS-08", "--verdict", "not_met", "--json"]).expect(0).json();
    assert_eq!(again["decisions_fallen"], Json::Array(vec![]));
    let back = act(&stand, &["correct", &n, "--fact", "attached_communes", "--withdraw", "--json"]).expect(0).json();
    assert_eq!(back["decisions_fallen"], serde_json::json!(["ADS-08"]));
    assert_eq!(back["others_changed"], 1);
}

#[test]
fn values_are_taken_as_french_people_write_them() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let n = number.to_string();
    for (fact, value, kept) in [
        ("granted_amount", "1 234,56", "1 234,56 €"),
        ("granted_amount", "1234.5 €", "1 234,50 €"),
        ("engaged_amount", "0", "0,00 €"),
        ("notified_on", "2021-09-03", "03/09/2021"),
        ("notified_on", "03/09/2021", "03/09/2021"),
        ("support_wanted", "expertise, formation", "expertise numérique, formation"),
        ("population", "12 345", "12345"),
        ("attached_communes", "77186 ; Melun", "2 communes"),
    ] {
        act(&stand, &["correct", &n, "--fact", fact, "--value", value]).expect(0);
        let store = Store::open_to_read(&stand.path("fitn.sqlite")).unwrap();
        let (subject, _) = store.read(|reader| reader.subject(number)).unwrap().unwrap();
        let read = subject.facts.value(fact.parse().unwrap()).unwrap().to_string();
        assert_eq!(read.replace(['\u{a0}', '\u{202f}'], " "), kept, "{fact} {value}");
    }
    for (words, said) in [
        (&["--fact", "granted_amount", "--value", "12.000"][..], "équivoque"),
        (&["--fact", "granted_amount", "--value", "-12"], "ne peut pas être négatif"),
        (&["--fact", "notified_on", "--value", "31/02/2021"], "JJ/MM/AAAA"),
        (&["--fact", "support_wanted", "--value", "vacances"], "expertise, training, lab"),
        (&["--fact", "theme", "--value", "1"], "n’est pas du programme axe3-v1-ads"),
        (&["--fact", "expenses.origin", "--value", "eu"], "--row désigne une ligne"),
        (&["--fact", "expenses.origin", "--row", "X", "--value", "eu"], "n’a pas de ligne « X »"),
        (&["--fact", "invoices", "--value", "f.pdf"], "des fichiers ne se corrigent pas ici"),
        (&["--fact", "paid_amount", "--withdraw"], "aucune correction de paid_amount à retirer"),
    ] {
        let refused = act(&stand, &[&["correct", &n][..], words].concat()).expect(2);
        assert!(refused.err.contains(said), "{}", refused.err);
        assert!(refused.err.contains("\nconseil : "), "{}", refused.err);
    }
    let unsigned = outcome(stand.fitn().args(["exclude", &n, "--reason", " ", "--by", "x"])).expect(2);
    assert!(unsigned.err.contains("il faut un nom et un motif"), "{}", unsigned.err);
}

#[test]
fn an_excluded_dossier_is_out_of_lists_and_visible_as_such() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = stand.dossiers(ADS, |dossier| dossier.state == DossierState::Accepte)[0];
    let n = number.to_string();
    let said = act(&stand, &["exclude", &n]).expect(0);
    assert!(said.out.contains("Il ne compte plus dans les listes"), "{}", said.out);
    let again = act(&stand, &["exclude", &n]).expect(2);
    assert!(again.err.contains(&format!("fitn include {n} --reason \"MOTIF\" --by \"NOM\"")), "{}", again.err);

    let list = stand.run("dossiers").expect(0).out;
    assert!(list.contains(", dont 1 écarté par un agent"), "{list}");
    assert!(list.lines().any(|line| line.contains(&n) && line.contains("écarté")), "{list}");
    assert!(dossier(&stand, number)["excluded_at"].is_string());
    assert!(stand.run(&format!("dossier {n}")).expect(0).out.contains("\n  ÉCARTÉ "));
    stand.run("export monthly --month 2022-12").expect(0);
    let read = || std::fs::read_to_string(stand.path("exports/liste-demat-ads-2022-12.json")).unwrap();
    let list: Json = serde_json::from_str(&read()).unwrap();
    assert_eq!(list["ecartes"], serde_json::json!([number]));
    assert!(stand.rows("SELECT 1 FROM view_journal WHERE kind = 'exclude'").len() == 1);

    let back = act(&stand, &["include", &n, "--json"]).expect(0).json();
    assert_eq!((&back["recorded"]["kind"], &back["number"]), (&"include".into(), &number.into()));
    assert!(dossier(&stand, number)["excluded_at"].is_null());
    act(&stand, &["include", &n]).expect(2);
}

#[test]
fn a_demarche_that_is_no_longer_followed_is_left_alone() {
    let stand = Stand::new(&[ADS, common::GUICHET]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let n = number.to_string();
    let row = rows(&dossier(&stand, number), "attached_communes").remove(0);
    act(&stand, &["correct", &n, "--fact", "attached_communes", "--row", &row, "--value", "aucune"]).expect(0);
    act(&stand, &["decide", &n, "--rule", "ADS-08", "--verdict", "met"]).expect(0);
    rename(&stand, number, 0, "77186", 1);
    assert_eq!(lost(&stand).len(), 2, "{:?}", lost(&stand));

    let config = stand.config();
    let tables: Vec<&str> = config.split("[[procedures]]").collect();
    let without: Vec<&str> = tables.into_iter().filter(|table| !table.contains(&procedure(ADS).to_string())).collect();
    stand.configure(&without.join("[[procedures]]"));
    stand.run("evaluate").expect(0);
    assert!(lost(&stand).is_empty(), "{:?}", lost(&stand));
    let refused = act(&stand, &["decide", &n, "--rule", "ADS-01", "--verdict", "met"]).expect(2);
    assert!(refused.err.contains("n’est plus suivie"), "{}", refused.err);
    stand.run(&format!("dossier {n}")).expect(0);
}

#[test]
fn what_other_parameters_would_change_is_told_and_nothing_is_written() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    assert!(stand.run("evaluate --diff").expect(0).out.starts_with("0 dossier changerait sur "));
    let parameters = "[[ads_base]]\nvalue = 3000\nunit = \"EUR\"\ncitation = \"réglage\"\n";
    stand.write("essai.toml", parameters, 0o644);
    let tables = ["evaluations", "verdicts", "subjects", "alerts", "marks", "journal"];
    let picture = || tables.map(|table| stand.rows(&format!("SELECT * FROM {table}")));
    let before = picture();
    let would = stand.run("evaluate --diff --parameters essai.toml --json").expect(0).json();
    let told = stand.run("evaluate --diff --parameters essai.toml").expect(0).out;
    insta::assert_snapshot!("evaluate_diff", told.lines().take(10).collect::<Vec<_>>().join("\n"));
    assert_eq!(picture(), before);
    let cents = |amount: &Json| amount.as_str().map(|text| Cents::parse(text).unwrap());
    let sum_of = |field: &str| -> Cents {
        would["dossiers"].as_array().unwrap().iter().filter_map(|dossier| cents(&dossier[field]["computed"])).sum()
    };
    let totals = &would["totals"];
    for field in ["before", "after"] {
        assert_eq!(cents(&totals["computed"][field]), Some(sum_of(field)), "{totals}");
    }
    let accepted = would["dossiers"].as_array().unwrap().iter().filter(|dossier| dossier["accepted"] == true).count();
    assert_eq!(totals["accepted"], accepted);
    assert_eq!(told.matches(", déjà accepté\n").count(), accepted, "{told}");
    assert!(accepted > 0, "{told}");
    let first = &would["dossiers"][0];
    assert_ne!(first["before"]["computed"], first["after"]["computed"]);
    let amount = |number: &Json| dossier(&stand, number.as_i64().unwrap())["amounts"]["computed"].clone();
    assert_eq!(amount(&first["number"]), first["before"]["computed"]);

    // What was told is what happens.
    stand.reconfigure("[exports]", "[rules]\nparameters = [\"essai.toml\"]\n\n[exports]");
    stand.run("evaluate").expect(0);
    for changed in would["dossiers"].as_array().unwrap() {
        assert_eq!(amount(&changed["number"]), changed["after"]["computed"]);
    }
    let after = stand.run("evaluate --diff --json").expect(0).json();
    assert_eq!((&after["changed"], &after["dossiers"]), (&0.into(), &Json::Array(vec![])));
    let wrong = stand.run("evaluate --diff --parameters nowhere.toml").expect(2);
    assert!(wrong.err.contains("nowhere.toml") && wrong.err.contains("« --parameters »"), "{}", wrong.err);
}

#[test]
fn a_decision_that_changes_nothing_is_recorded_and_says_so() {
    let stand = Stand::new(&[ADS, common::GUICHET]);
    stand.run("sync").expect(0);
    let n = doubtful(&stand).to_string();
    for (rule, said) in [("ADS-06", "calcule un montant"), ("ADS-13", "ne fait qu’informer")] {
        let decided = act(&stand, &["decide", &n, "--rule", rule, "--verdict", "met"]).expect(0);
        assert!(decided.out.contains(said), "{}", decided.out);
        let by = format!("SELECT decided_by FROM view_verdicts WHERE dossier = {n} AND rule = '{rule}'");
        assert!(stand.one(&by).is_some(), "{rule}");
    }
    let words = act(&stand, &["decide", &n, "--rule", "ADS-08", "--verdict", "prioritaire"]).expect(2);
    assert!(words.err.contains("ne se dit que d’une priorité"), "{}", words.err);
    let (of, rule) = {
        let priorities = stand.rows(
            "SELECT v.dossier, v.rule FROM view_verdicts v JOIN dossiers d ON d.number = v.dossier
             WHERE v.kind = 'P' AND v.verdict = 'met' AND d.removed_at IS NULL LIMIT 1",
        );
        (priorities[0][0].clone().unwrap(), priorities[0][1].clone().unwrap())
    };
    let decided = act(&stand, &["decide", &of, "--rule", &rule, "--verdict", "non prioritaire"]).expect(0).out;
    let words = decided.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains(&format!("{rule} décidée « non prioritaire » ; calculée « prioritaire »")), "{decided}");
    assert!(words.ends_with(&format!("{rule} prioritaire → non prioritaire")), "{decided}");

    // Nothing has changed since: no rule says anything else.
    let again = stand.run("evaluate --json").expect(0).json();
    assert_eq!((&again["changed"], &again["verdicts_changed"]), (&0.into(), &0.into()));
}

#[test]
fn a_dossier_that_was_never_received_has_a_page_and_nothing_to_decide() {
    let stand = Stand::new(&[ADS]);
    let number = doubtful(&stand);
    stand.change(|w| w.delete(number, later(0)));
    stand.run("sync").expect(0);
    let page = stand.run(&format!("dossier {number} --full")).expect(0).out;
    assert!(page.contains("contenu jamais reçu") && page.contains("RETIRÉ : supprimé de DS"), "{page}");
    let shown = dossier(&stand, number);
    assert_eq!((&shown["removed_reason"], &shown["verdicts"]), (&"deleted".into(), &Json::Array(vec![])));
    let n = number.to_string();
    for words in [&["decide", &n, "--rule", "ADS-08", "--verdict", "met"][..], &["exclude", &n]] {
        let refused = act(&stand, words).expect(2);
        assert!(refused.err.contains("n’a jamais été reçu : supprimé de DS"), "{}", refused.err);
    }
}

/// What people do about a dossier, each of it recorded while something else holds the lock of the sync; then the journal, in order.
fn everything_is_recorded(stand: &Stand, number: i64) {
    let n = number.to_string();
    for words in [
        &["decide", &n, "--rule", "ADS-08", "--verdict", "met"][..],
        &["correct", &n, "--fact", "granted_amount", "--value", "4000"],
        &["decide", &n, "--rule", "ADS-08", "--verdict", "to_review"],
        &["exclude", &n],
        &["include", &n],
    ] {
        act(stand, words).expect(0);
    }
    let kinds = stand.rows(&format!("SELECT kind FROM view_journal WHERE dossier = {n} ORDER BY id"));
    let kinds: Vec<&str> = kinds.iter().map(|row| row[0].as_deref().unwrap()).collect();
    assert_eq!(kinds, ["decide", "correct", "decide", "exclude", "include"]);
    let shown = dossier(stand, number);
    assert!(verdict(&shown, "ADS-08")["decided_by"].is_string(), "decided again, it holds");
    assert_eq!(
        (&shown["amounts"]["granted"], &verdict(&shown, "ADS-08")["verdict"]),
        (&"4000.00".into(), &"to_review".into())
    );
}

#[test]
fn what_people_do_waits_for_no_sync() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    // A server that has heard the sync, and lets it wait.
    let (reached, asked) = std::sync::mpsc::channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let front = Front::before(&stand, move |_, ask| {
        let _ = reached.send(());
        let _ = released.recv();
        ask()
    });
    let url = stand.running().url.clone();
    stand.reconfigure(&url, &front.url);
    // It waits for as long as all that is done meanwhile may last.
    stand.reconfigure("timeout_s = 30", "timeout_s = 3600");
    let mut sync = std::process::Command::new(assert_cmd::cargo::cargo_bin!("fitn"))
        .args(["--config", "config.toml", "sync"])
        .current_dir(stand.directory())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    asked.recv().unwrap();
    let busy = stand.run("sync").expect(5);
    assert!(busy.err.starts_with("erreur : une synchronisation est en cours (processus "), "{}", busy.err);
    everything_is_recorded(&stand, number);
    assert_eq!(sync.try_wait().unwrap(), None, "the sync still waits");
    drop(release);
    assert_eq!(sync.wait().unwrap().code(), Some(0));
    // The sync took nothing of it back.
    let shown = dossier(&stand, number);
    assert!(verdict(&shown, "ADS-08")["decided_by"].is_string(), "{shown}");
}

#[test]
fn what_people_do_waits_for_nothing_that_holds_the_lock_of_the_sync() {
    // Downloads, purges and evaluations hold it, too.
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let store = Store::open(&stand.path("fitn.sqlite")).unwrap();
    let _lock = store.sync_lock(later(0)).unwrap();
    everything_is_recorded(&stand, doubtful(&stand));
}

#[test]
fn nobody_acts_under_a_configuration_that_nothing_was_judged_by() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let ours = stand.config();
    stand.configure(&ours.replace("invoices", "project_title"));
    assert_ne!(stand.config(), ours);
    let (n, journal) = (number.to_string(), "SELECT count(*) FROM view_journal");
    let before = stand.rows("SELECT * FROM view_verdicts");
    for words in [
        &["decide", &n, "--rule", "ADS-08", "--verdict", "met"][..],
        &["correct", &n, "--fact", "granted_amount", "--value", "4000"],
        &["exclude", &n],
    ] {
        let refused = act(&stand, words).expect(2);
        assert!(refused.err.contains("n’est plus celle de la dernière évaluation"), "{}", refused.err);
        assert!(refused.err.contains("« fitn evaluate »"), "{}", refused.err);
    }
    assert_eq!((stand.number(journal), stand.rows("SELECT * FROM view_verdicts")), (0, before));
    for line in ["monthly --month 2021-11", "quarterly --quarter 2021-Q4"] {
        assert!(stand.run(&format!("export {line}")).expect(2).err.contains("« fitn evaluate »"));
    }
    assert_eq!(stand.number("SELECT count(*) FROM view_exports"), 0);
    // What shows goes on showing, and the other one is taken up by whoever says so.
    stand.run(&format!("dossier {number} --full")).expect(0);
    stand.run("evaluate").expect(0);
    act(&stand, &["exclude", &n]).expect(0);
    stand.configure(&ours);
    act(&stand, &["include", &n]).expect(2);
    stand.run("sync").expect(0);
    act(&stand, &["include", &n]).expect(0);
    assert_eq!(stand.number(journal), 2);
}

#[test]
fn what_is_odd_about_a_correction_is_told_and_it_counts() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let n = number.to_string();
    let code = communes(&mut stand.world().dossier(number).unwrap().clone())[0].code.clone();
    let row = rows(&dossier(&stand, number), "attached_communes").remove(0);
    let correct = |code: &str| {
        act(&stand, &["correct", &n, "--fact", "attached_communes", "--row", &row, "--value", code]).expect(0).out
    };
    assert!(correct(&code).contains("c’est déjà ce que dit DS"));
    assert!(correct("99998").contains("la commune 99998 n’est pas dans les tables"));
    let amount = act(&stand, &["correct", &n, "--fact", "paid_amount", "--value", "12,50"]).expect(0).out;
    assert!(amount.contains("Lu sur DS : (vide sur DS)"), "{amount}");
}

#[test]
fn a_commission_after_the_acceptance_is_told_wherever_people_look_until_it_is_settled() {
    let stand = Stand::new(&[ADS]);
    let label = stand.label(ADS, "committee_date");
    stand.run("sync").expect(0);
    let wanted = "SELECT number FROM view_dossiers WHERE state = 'accepte' AND counted_cents > 0 AND removed_at IS NULL
                  AND departement = '77' ORDER BY number LIMIT 1";
    let number: i64 = stand.one(wanted).unwrap().parse().unwrap();
    let told =
        || stand.number(&format!("SELECT count(*) FROM alerts WHERE key = 'evaluation:dates:{number}:committee_date'"));
    let date = |day: &str| Some(Value::Date(day.parse().unwrap()));
    let before = stand.one(&format!("SELECT value FROM view_champs WHERE dossier = {number} AND label = '{label}'"));
    assert_eq!(told(), 0);

    // Of the year after.
    stand.change(|w| w.answer(number, &label, date("2022-03-15"), later(5)));
    stand.run("sync").expect(0);
    assert_eq!(told(), 1);
    let said = "date de la commission (15/03/2022), postérieure à l’acceptation sur DS";
    let status = stand.run("status --json").expect(0).json();
    let alerts = status["alerts"].as_array().unwrap().iter();
    assert!(alerts.clone().any(|alert| alert["message"].as_str().unwrap().contains(said)), "{status}");
    let todo = stand.run("todo --json").expect(0).json();
    let line = todo.as_array().unwrap().iter().find(|line| line["what"].as_str().unwrap().contains(said)).unwrap();
    assert_eq!((&line["who"], &line["dossiers"]), (&"prefecture".into(), &serde_json::json!([number])));
    let page = stand.run(&format!("dossier {number} --full")).expect(0).out;
    let page = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(page.contains(&format!("DATE À VÉRIFIER accepté, {said}")), "{page}");
    // The views count it whatever its date.
    assert!(stand.number(&format!("SELECT counted_cents FROM view_dossiers WHERE number = {number}")) > 0);

    // Entered here, it is meant; taken back, it is not.
    let n = number.to_string();
    let of = ["correct", &n, "--fact", "committee_date"];
    act(&stand, &[&of[..], &["--value", "15/03/2022"]].concat()).expect(0);
    assert_eq!(told(), 0);
    act(&stand, &[&of[..], &["--withdraw"]].concat()).expect(0);
    assert_eq!(told(), 1);
    let excluded = act(&stand, &["exclude", &n]).expect(0);
    assert_eq!(told(), 0, "{}", excluded.out);
    act(&stand, &["include", &n]).expect(0);
    assert_eq!(told(), 1);
    stand.change(|w| w.answer(number, &label, date(&before.unwrap()), later(10)));
    stand.run("sync").expect(0);
    assert_eq!(told(), 0);
}

#[test]
fn the_amount_that_is_corrected_is_shown_before_and_after() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let wanted =
        "SELECT number FROM view_dossiers WHERE state = 'accepte' AND counted_cents > 0 AND removed_at IS NULL LIMIT 1";
    let n = stand.one(wanted).unwrap();
    let cents = stand.number(&format!("SELECT granted_cents FROM view_dossiers WHERE number = {n}"));
    let was = fitn_connector::domain::money::Cents::from(cents);
    let of = ["correct", &n, "--fact", "granted_amount"];
    let shown = act(&stand, &[&of[..], &["--value", "1 234,50"]].concat()).expect(0).out;
    let line = shown.lines().find(|line| line.starts_with("  montant accordé ")).unwrap_or_else(|| panic!("{shown}"));
    assert!(line.ends_with(&format!("{was} → 1\u{202f}234,50\u{a0}€")), "{line}");
    let again = act(&stand, &[&of[..], &["--value", "1 234,50"]].concat()).expect(0).out;
    assert!(again.contains("! la même correction comptait déjà : rien ne change."), "{again}");
    let back = act(&stand, &[&of[..], &["--withdraw", "--json"]].concat()).expect(0).json();
    let corrected =
        serde_json::json!({ "fact": "granted_amount", "before": "1234.50", "after": was.to_decimal_string() });
    assert_eq!(back["corrected"], corrected);
}

#[test]
fn an_act_that_cannot_be_told_is_recorded_and_says_so_and_done_again_it_changes_nothing() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let number = doubtful(&stand);
    let line = format!(
        "exec \"$0\" --config config.toml decide {number} --rule ADS-08 --verdict met --reason vu --by Camille >/dev/full"
    );
    let mut shell = assert_cmd::Command::new("sh");
    shell.args(["-c", &line]).arg(assert_cmd::cargo::cargo_bin!("fitn")).current_dir(stand.directory());
    let untold = outcome(shell.env_remove("FITN_CONFIG")).expect(1);
    let said = format!("dossier {number} : l’acte est inscrit au journal, mais la sortie ne peut pas être écrite");
    assert!(untold.err.contains(&said) && untold.err.contains("ne recommencez pas"), "{}", untold.err);
    let journal = || stand.number(&format!("SELECT count(*) FROM view_journal WHERE dossier = {number}"));
    assert_eq!(journal(), 1);
    let again = act(&stand, &["decide", &number.to_string(), "--rule", "ADS-08", "--verdict", "met"]).expect(0).out;
    assert!(again.contains("! la même décision comptait déjà : rien ne change."), "{again}");
    assert_eq!(journal(), 2);
    let other = act(&stand, &["decide", &number.to_string(), "--rule", "ADS-08", "--verdict", "not_met"]).expect(0).out;
    assert!(!other.contains("comptait déjà"), "{other}");
    let mut two_lines = stand.fitn();
    two_lines.args(["exclude", &number.to_string(), "--reason", "essai", "--by", "Camille\nDupont"]);
    let two_lines = outcome(&mut two_lines).expect(2);
    assert!(two_lines.err.contains("le nom tient sur une ligne"), "{}", two_lines.err);
}

#[test]
fn the_others_that_change_are_those_of_which_a_verdict_or_the_status_does() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let listed =
        "SELECT number FROM view_dossiers WHERE removed_at IS NULL AND excluded_at IS NULL ORDER BY number LIMIT 30";
    let mut some = 0;
    for row in stand.rows(listed) {
        let number = row[0].clone().unwrap();
        let last = stand.number("SELECT coalesce(max(seq), 0) FROM view_changes");
        let excluded = act(&stand, &["exclude", &number, "--json"]).expect(0).json();
        let moved = stand.number(&format!(
            "SELECT count(DISTINCT dossier) FROM view_changes
             WHERE what IN ('status', 'verdict') AND seq > {last} AND dossier <> {number}"
        ));
        assert_eq!(excluded["others_changed"], moved, "{number}");
        some += moved;
    }
    assert!(some > 0);
}
