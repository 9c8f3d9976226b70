//! The parameters of a préfecture: another région, a circular, files that are refused; told by the program.

mod common;

use common::{ADS, GUICHET, Stand};

/// A stand whose préfecture names a parameter file of its own.
fn with_parameters(stand: &Stand, parameters: &str) {
    stand.write("parametres.toml", parameters, 0o644);
    stand.reconfigure("[exports]", "[rules]\nparameters = [\"parametres.toml\"]\n\n[exports]");
}

#[test]
fn another_region_is_told_what_its_file_must_give_and_no_amount_is_made_up() {
    let stand = Stand::new(&[ADS]);
    stand.reconfigure("[exports]", "[territory]\nregion = \"84\"\n\n[exports]");
    let checked = stand.run("check").expect(2);
    insta::assert_snapshot!(told(&checked.out));
    let synced = stand.run("sync");
    let line = synced.err.lines().find(|line| line.contains("la région 84 n’a pas de valeur pour ")).unwrap();
    assert!(line.chars().count() < 250 && line.contains("« fitn check » les nomme"), "{line}");
    let status = stand.run("status --json").expect(0).json();
    let alert = status["alerts"].as_array().unwrap().iter().find(|alert| alert["key"] == "parameters").unwrap();
    assert!(alert["message"].as_str().unwrap().starts_with("la région 84 n’a pas de valeur pour "), "{alert}");
    let amounts = stand.rows("SELECT count(computed_cents) FROM view_dossiers");
    assert_eq!(amounts[0][0].as_deref(), Some("0"));
    assert!(!stand.rows("SELECT number FROM view_dossiers").is_empty());

    let own: String =
        [("ads_base", 3000, "EUR"), ("ads_per_commune", 300, "EUR"), ("ads_max_communes", 20, "communes")]
            .map(|(name, value, unit)| {
                format!("[[{name}]]\nvalue = {value}\nunit = \"{unit}\"\ncitation = \"Guide de la région\"\n\n")
            })
            .concat();
    with_parameters(&stand, &own);
    assert!(told(&stand.run("check").out).contains("✓ paramètres"));
    assert!(!stand.run("status --json").expect(0).out.contains("\"parameters\""));
    let evaluated = stand.run("evaluate").expect(0);
    assert!(!evaluated.err.contains("n’a pas de valeur"), "{}", evaluated.err);
    let most = stand.rows("SELECT max(computed_cents) FROM view_dossiers");
    let most: i64 = most[0][0].as_deref().unwrap().parse().unwrap();
    assert!((1..=900_000).contains(&most), "{most}");
}

#[test]
fn a_sync_judges_again_what_other_parameters_change() {
    let stand = Stand::new(&[ADS]);
    stand.run("sync").expect(0);
    let amounts = || stand.rows("SELECT number, computed_cents FROM view_dossiers ORDER BY number");
    let before = amounts();
    with_parameters(&stand, "[[ads_base]]\nvalue = 3000\nunit = \"EUR\"\ncitation = \"réglage\"\n");
    stand.run("sync").expect(0);
    let after = amounts();
    assert_ne!(after, before);
    stand.run("evaluate").expect(0);
    assert_eq!(amounts(), after, "nothing was left to judge");
}

/// The line of `fitn check` about parameters, with its mend.
fn told(report: &str) -> String {
    let from = report.lines().skip_while(|line| !line.contains(" paramètres "));
    let (first, rest) = (from.clone().take(1), from.skip(1).take_while(|line| line.starts_with("  ")));
    first.chain(rest).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_file_that_cannot_be_used_stops_every_command_that_judges() {
    let stand = Stand::new(&[ADS, GUICHET]);
    with_parameters(&stand, "[[ads_base]]\nvalue = 4000\nunit = \"%\"\n");
    let refused = "parametres.toml, ligne 3, clé « ads_base.unit »";
    for command in ["sync", "serve"] {
        let run = stand.run(command).expect(2);
        assert!(run.err.contains(refused), "{command} : {}", run.err);
    }
    assert!(stand.run("check").expect(2).out.contains("✗ paramètres"));
    stand.write("parametres.toml", "", 0o644);
    stand.run("sync");
    stand.write("parametres.toml", "[[ads_bass]]\nvalue = 4000\nunit = \"EUR\"\n", 0o644);
    let run = stand.run("evaluate --json").expect(2);
    let error = &run.json()["error"];
    assert!(error["message"].as_str().unwrap().contains("clé « ads_bass »"), "{error}");
    assert!(error["hint"].as_str().unwrap().contains("ads_base"), "{error}");
}
